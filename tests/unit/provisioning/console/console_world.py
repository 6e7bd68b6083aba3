"""A whole centre with its console over a real database, people of every role, and the training fleet if wanted."""

from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from provisioning.broker.card import Card, Check
from provisioning.centre.api.door import Door
from provisioning.centre.console.app import add_console
from provisioning.centre.console.sample import fill
from provisioning.centre.console.services import Services
from provisioning.centre.notify import Notifier
from provisioning.centre.statistics import Statistics
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import PASSWORD, Centre

ZONE = ZoneInfo("Asia/Shanghai")


class ConsoleCentre(Centre):
    """As the API's tests have it, with refused pages as people see them."""

    @property
    def services(self) -> Services:
        checks = (Check("broker.anonymous", "ok"), Check("broker.retained_all", "warn", "1020 of 5000"))
        return Services(
            database=self.database,
            accounts=self.accounts,
            drafts=self.drafts,
            rollouts=self.rollouts,
            enrolments=self.enrolments,
            preauthorised=self.expected,
            alerts=self.alerts,
            commands=self.commands,
            notifier=Notifier(self.database, self.vault, self.time),
            statistics=Statistics(self.database, self.time),
            signing=self.keys,
            brokers=lambda: (Card("main", self.time() - 300, checks),),
            now=self.time,
        )

    def _console(self, door: Door) -> None:
        add_console(door, self.services, ZONE)


def console(database: Database, folder: Path, terminals: int = 0, halls: int = 12) -> ConsoleCentre:
    """With people named like their role, and "chen" and "lin" (approvers), all with the same password."""
    centre = ConsoleCentre(database, folder)
    centre.hire("viewer", "viewer")
    centre.hire("operator", "operator")
    centre.hire("chen", "approver")
    centre.hire("lin", "approver")
    centre.hire("admin", "admin")
    if terminals:
        with database.write() as db:  # the training fleet brings layers of its own
            db.execute(delete(t.layer_history))
            db.execute(delete(t.layers))
        fill(database, centre.time(), terminals, halls)
        centre.fleet.load()
        centre.hire("local", "operator", "h001")
    return centre


def enter(browser: Browser, name: str) -> str:
    """Sign in as people do; the page's token against forged requests."""
    answer = browser.post("/sign-in", data={"name": name, "password": PASSWORD, "next": "/overview"})
    assert answer.status_code == 303, answer.text
    page = browser.get("/help").text
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
