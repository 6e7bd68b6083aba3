"""A whole centre over a real database, with one hall "qy" and one "ly", people of every role, and no network."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from fastapi import FastAPI

from provisioning.centre.accounts import Accounts, Person
from provisioning.centre.alerts import Alerts
from provisioning.centre.api.app import Parts, centre_app
from provisioning.centre.api.door import Door
from provisioning.centre.api.facing import Facing
from provisioning.centre.api.limits import Rate, Rates
from provisioning.centre.commands import Commands
from provisioning.centre.console.app import add_console
from provisioning.centre.console.services import Services
from provisioning.centre.documents import Documents, Issued
from provisioning.centre.drafts import Drafts
from provisioning.centre.enrolment import Enrolments
from provisioning.centre.fleet import Fleet
from provisioning.centre.layers import LayerChange, write
from provisioning.centre.notify import Notifier
from provisioning.centre.passwords import Passwords
from provisioning.centre.preauthorise import Preauthorised
from provisioning.centre.rights import CENTRE, Actor, Role
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.secrets_kept import KeptSecrets
from provisioning.centre.signing import Signer, SigningKeys
from provisioning.centre.statistics import Statistics
from provisioning.centre.store.database import Database
from provisioning.centre.vault import Vault
from provisioning.wire.documents import prove, sign_command, unseal
from provisioning.wire.messages import BrokerAccess, Command, EnrolRequest, Secrets
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.fleet_rows import add_hall

URL = "https://fleet.test"
PASSWORD = "correct horse battery"
ROLES: tuple[Role, ...] = ("viewer", "operator", "approver", "admin")
QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
OPEN = Rate(10_000, 10_000)


class Time:
    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at

    @property
    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


@dataclass
class Machine:
    """A terminal's side of enrolling."""

    serial: str = "SN-1"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    sealing: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)

    @property
    def request(self) -> EnrolRequest:
        return EnrolRequest(
            public_key=self.key.public_key().public_bytes_raw().hex(),
            seal_key=self.sealing.public_key().public_bytes_raw().hex(),
            serial=self.serial,
            app="1.0",
            os="Debian 12",
            model="KT-80",
        )

    def proof(self, purpose: str, about: str, at: datetime) -> dict[str, str]:
        return {"Authorization": f"Proof {prove(self.key, purpose, about, at)}"}

    def unsealed(self, sealed: str) -> Secrets:
        return Secrets.model_validate_json(unseal(sealed, self.sealing))


class Keys:
    """The signing keys as the routes want them."""

    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def active(self) -> Signer:
        return self._keys.active()

    def public(self) -> dict[str, str]:
        return self._keys.public()

    def rotate(self, actor: Actor) -> str:
        actor.needs("admin")
        return self._keys.rotate()

    def revoke(self, actor: Actor, kid: str) -> None:
        actor.needs("admin")
        self._keys.revoke(kid)


class Centre:
    """Everything wired, and what would have gone out on the network."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.time = database, Time()
        add_hall(database)
        add_hall(database, "ly", name="临邑大厅", name_en="Linyi hall")
        with database.write() as db:
            enough = LayerChange("fleet", "", 0, {"source": {"url": "http://hall.test:8080"}})
            write(db, CENTRE, enough, at=self.time())
        self.vault = Vault(folder / "key")
        self.keys = SigningKeys(database, self.vault, self.time)
        documents = Documents(self.keys, self.time)
        self.fleet = Fleet(database, self.time)
        self.published: list[str] = []
        self.rollouts = Rollouts(
            database,
            documents,
            self.fleet,
            lambda some: self.published.extend(i.terminal for i in some),
            self.time,
        )
        self.first = self.rollouts.first
        self.accounts_changed = 0
        self.gone: list[str] = []
        self.said: list[tuple[str, str, bytes]] = []
        self.kept = KeptSecrets(database, self.vault, self.time)
        brokers = {"main": BrokerAccess(url="mqtts://broker.test:8883", ca="CA")}
        self.enrolments = Enrolments(
            database, self.keys, documents, self.kept, brokers, self, self.time, url=URL, per_address=20
        )
        self.expected = Preauthorised(database, self.time)
        self.accounts = Accounts(database, self.time, Passwords(QUICK))
        self.commands = Commands(database, self.time, self._signed, self._say)
        self.alerts = Alerts(database, self.fleet, self.time, lambda some: None)
        self.drafts = Drafts(database, self.time)

    def _signed(self, command: Command) -> bytes:
        return sign_command(command, self.keys.active().kid, self.keys.active().key)

    def _say(self, device: str, topic: str, payload: bytes) -> bool:
        self.said.append((device, topic, payload))
        return True

    # -- Surroundings

    def enrolled(self, issued: Issued) -> None:
        self.fleet.refresh([issued.terminal])
        self.published.append(issued.terminal)
        self.accounts_changed += 1

    def retired(self, terminal: str) -> None:
        self.fleet.refresh([terminal])
        self.gone.append(terminal)
        self.accounts_changed += 1

    def password_changed(self, terminal: str) -> None:
        self.accounts_changed += 1

    # -- people

    def hire(self, name: str, role: Role, *halls: str) -> None:
        self.accounts.create(CENTRE, Person(name, name, role, halls), PASSWORD)

    def app(self, rates: Rates | None = None, *, pages: bool = False) -> FastAPI:
        parts = Parts(
            self.database,
            self.accounts,
            self.enrolments,
            self.expected,
            self.fleet,
            self.drafts,
            self.rollouts,
            self.commands,
            self.alerts,
            Statistics(self.database, self.time),
            Keys(self.keys),
            self.kept,
            lambda: {"main": {"ok": True}},
            self.time,
            self.time,
        )
        return centre_app(
            parts, Facing(URL), rates or Rates(OPEN, OPEN, OPEN, OPEN), [self._console] if pages else []
        )

    def _console(self, door: Door) -> None:
        """The pages; refused ones are problem documents here, so that a test reads their code."""
        services = Services(
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
            brokers=lambda: (),
            now=self.time,
        )
        add_console(door, services, ZoneInfo("Asia/Shanghai"))
        door.refused_page = None


def browser(app: FastAPI, address: str = "192.0.2.1") -> Browser:
    return Browser(app, URL, address)


def sign_in(browser: Browser, name: str, password: str = PASSWORD) -> dict[str, str]:
    """The header for changes."""
    answer = browser.post("/v1/session", json={"name": name, "password": password})
    assert answer.status_code == 204, answer.text
    return {"X-CSRF-Token": browser.get("/v1/session").json()["csrf"]}


def code(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.json()['code']}"


def place(terminal: str = "qy-k01", hall: str = "qy", **more: Any) -> dict[str, Any]:
    return {"terminal": terminal, "hall": hall, "role": "terminal", "name": "一号机"} | more
