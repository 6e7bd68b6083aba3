"""The demo's fleet: a broker of its own, the central service, a hall's uplink, and one terminal kept by its agent.

Everything is made anew at each start; what a province does over weeks (hall known, serial pre-authorised, people with
rights) is done here in a second, by the same functions.
"""

import json
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from config.hall import Hall
from hall.broker import BrokerFailed
from provisioning.broker import private
from provisioning.centre.accounts import Accounts, Person
from provisioning.centre.hall_link import know_hall, link_of, write_private
from provisioning.centre.layers import LayerChange
from provisioning.centre.layers import write as write_layer
from provisioning.centre.preauthorise import Preauthorised
from provisioning.centre.rights import CENTRE
from provisioning.centre.secrets_kept import KeptSecrets
from provisioning.centre.store.database import Database
from provisioning.centre.vault import Vault
from tongyuan.processes import Children

OPERATOR, APPROVER, ADMIN = "chen", "li", "admin"
SERIAL = "DEMO-0001"


def a_password() -> str:
    """Hexadecimal digits spell none of the names: a password that holds its owner's would be refused."""
    return secrets.token_hex(8)


@dataclass(slots=True)
class DemoFleet:
    """``port`` of the console. Call ``start``, then ``start_terminal``; ``stop`` is safe at any time."""

    folder: Path
    hall: Hall
    port: int
    password: str = field(init=False, default="", repr=False)
    broker: private.PrivateBroker | None = field(init=False, default=None)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(
        self,
        children: Children,
        *,
        terminal: tuple[str, str, str],
        hall_url: str,
        catalogue_keys: list[str],
        of_terminal: Mapping[str, Any],
        hall_token: str,
        hall_broker: str,
        reader_token: str,
    ) -> None:
        """Centre and uplink. ``terminal``: id and names of the one that will enrol, ``of_terminal`` its own settings.

        Raises BrokerFailed, OSError.
        """
        for name in ("centre", "fleet-broker", "agent"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self.broker = private.start(self.folder / "fleet-broker")
        except private.BrokerFailed as error:
            raise BrokerFailed(str(error)) from error
        self._write_centre_settings()
        self._fill(terminal, hall_url, catalogue_keys, of_terminal, hall_token, hall_broker)
        write_private(self.folder / "reader.token", reader_token)
        self.start_centre(children)
        self.start_uplink(children, hall_url)

    def start_centre(self, children: Children) -> None:
        """Start it, also again after it was killed, at the same address."""
        children.start(
            "centre", "-m", "tongyuan", "fleet", "serve", "--config", str(self.folder / "centre.toml")
        )

    def start_uplink(self, children: Children, hall_url: str) -> None:
        """Send the journal of the hall at ``hall_url`` on, also again after it was killed."""
        token, link = self.folder / "reader.token", self.folder / "uplink.url"
        children.start(
            "uplink",
            *("-m", "tongyuan", "fleet", "uplink", "--hall", self.hall.id, "--hall-url", hall_url),
            *("--token-file", str(token), "--link-file", str(link)),
        )

    def ready(self) -> bool:
        """Whether the centre answers."""
        return requests.get(f"{self.url}/healthz", timeout=1).ok

    def start_terminal(
        self, children: Children, name: str, demo: Mapping[str, Any], environment: Mapping[str, str]
    ) -> None:
        """The agent of the terminal; it enrols by itself and starts its kiosk."""
        state = self.folder / "agent"
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = [
            f"centre = {json.dumps(self.url)}",
            f"state_dir = {json.dumps(str(state))}",
            f"serial = {json.dumps(SERIAL)}",
            "may_reboot = false",
            f"log_file = {json.dumps(str(self.folder.parent / 'log' / f'{name}.log'))}",
            "[kiosk]",
            "production = false",
            "[kiosk.demo]",
            *(f"{key} = {json.dumps(value)}" for key, value in demo.items()),
        ]
        config = self.folder / "agent.toml"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        children.start(name, "-m", "provisioning.agent", str(config), environment=environment)

    def stop(self) -> None:
        if self.broker is not None:
            self.broker.stop()

    # -- making it ----------------------------------------------------------------------------------------

    def _write_centre_settings(self) -> None:
        assert self.broker is not None
        text = f"""data = {json.dumps(str(self.folder / "centre"))}
url = {json.dumps(self.url)}
port = {self.port}
production = false

[[brokers]]
folder = {json.dumps(str(self.broker.folder))}
url = {json.dumps(self.broker.url)}
"""
        (self.folder / "centre.toml").write_text(text, encoding="utf-8")

    def _fill(
        self,
        terminal: tuple[str, str, str],
        hall_url: str,
        catalogue_keys: list[str],
        of_terminal: Mapping[str, Any],
        hall_token: str,
        hall_broker: str,
    ) -> None:
        assert self.broker is not None
        data = self.folder / "centre"
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        database = Database(f"sqlite:///{data / 'centre.sqlite'}")
        try:
            database.prepare()
            self._let_people_in(Accounts(database, time.time))
            know_hall(database, self.hall)
            write_private(self.folder / "uplink.url", link_of(database, self.hall.id, self.broker.url))
            name, title, title_en = terminal
            expected = f"{SERIAL},{name},{self.hall.id},terminal,{title},{title_en}"
            table = f"serial,terminal,hall,role,name,name_en\n{expected}\n"
            Preauthorised(database, time.time).take(CENTRE, table.encode())
            kept = KeptSecrets(database, Vault(data / "centre.key"), time.time)
            kept.put(CENTRE, "serial", SERIAL, "hall-token", hall_token)
            kept.put(CENTRE, "serial", SERIAL, "hall-broker", hall_broker)
            first = (
                LayerChange("fleet", "", 0, {"source": {"catalogue_keys": catalogue_keys}}),
                LayerChange(
                    "hall",
                    self.hall.id,
                    0,
                    {"source": {"url": hall_url}, "services": {"certificates": True, "checkin": True}},
                ),
                LayerChange("terminal", name, 0, dict(of_terminal)),
            )
            with database.write() as connection:
                for change in first:
                    write_layer(connection, CENTRE, change, at=time.time())
        finally:
            database.close()

    def _let_people_in(self, accounts: Accounts) -> None:
        """An admin, one who drafts and one who approves, with a password that holds for this start."""
        self.password = a_password()
        accounts.ensure_admin(ADMIN, self.password)
        accounts.create(CENTRE, Person(OPERATOR, "陈工", "operator"), self.password)
        accounts.create(CENTRE, Person(APPROVER, "李工", "approver"), self.password)
