"""The terminals' accounts at the brokers. The truth is ``terminals.password`` in the centre's database.

A broker's password file is written whole from the database and then read again by the broker (SIGHUP). With 10,000
users that stalls mosquitto for more than half a second, so it is done once for all that happened in ``every`` seconds.
Reading it again also ends the connections of those whose account is gone.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import func, select, update

from provisioning.broker import passwords
from provisioning.broker.access import CENTRE, PROBES, RESERVED
from provisioning.broker.configuration import PASSWORDS, PID, centre_password
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.centre.store.tables import halls, terminals
from provisioning.wire.messages import DeviceId

log = logging.getLogger(__name__)

EVERY = 3.0  # seconds
MAIN = "main"

_device_id: TypeAdapter[str] = TypeAdapter(DeviceId)


class NameTaken(Exception):
    """A terminal may not be called this: the name is the centre's own at the broker."""

    code = "enrolment.name_reserved"


@dataclass(frozen=True, slots=True)
class Door:
    """One broker's password file, and how to have it read again."""

    passwords: Path
    reload: Callable[[], None]
    centre_hash: str

    @classmethod
    def of(cls, folder: Path, reload: Callable[[], None] | None = None) -> "Door":
        """That of the broker configured in ``folder`` (configuration.write). Raises OSError."""
        kept = passwords.read(folder / PASSWORDS).get(CENTRE) or passwords.hashed(centre_password(folder))
        return cls(folder / PASSWORDS, reload or (lambda: hang_up(folder / PID)), kept)


class BrokerAccounts:
    """Accounts of every terminal at its hall's broker. ``doors``: by the broker's name (``halls.broker``).

    ``put`` and ``remove`` are for any thread; ``step`` is called twice a second or so by one.
    """

    def __init__(
        self, database: Database, doors: Mapping[str, Door], now: Callable[[], float], *, every: float = EVERY
    ) -> None:
        self._database, self._doors, self._now, self._every = database, doors, now, every
        self._lock = threading.Lock()
        self._dirty = True  # after a start the files may be older than the database
        self._written = float("-inf")
        self._guests: dict[str, str] = {}

    def put(self, device: str, password: str) -> None:
        """From the next ``step`` that writes on, ``device`` signs in with ``password``. Raises NameTaken."""
        if device in RESERVED:
            raise NameTaken(device)
        self._keep(_device_id.validate_python(device), passwords.hashed(password))

    def remove(self, device: str) -> None:
        """``device`` is thrown out at the next ``step`` that writes, and does not come in again."""
        self._keep(device, "")

    def changed(self) -> None:
        """Somebody wrote ``terminals.password`` themselves, in a transaction of their own that is committed."""
        with self._lock:
            self._dirty = True

    def guests(self, secrets: Mapping[str, str]) -> None:
        """Name to password of the probe's own accounts; empty when it is done. Written at once."""
        if set(secrets) - set(PROBES):
            raise NameTaken(", ".join(sorted(set(secrets) - set(PROBES))))
        with self._lock:
            self._guests = {name: passwords.hashed(secret) for name, secret in secrets.items()}
            self._dirty, self._written = True, float("-inf")
        self.step()

    def step(self) -> bool:
        """Write what changed, unless that was done less than ``every`` seconds ago. True: a broker was told.

        What fails is said, and tried again after as long; one broker's trouble is not the others'.
        """
        with self._lock:
            moment = self._now()
            if not self._dirty or 0 <= moment - self._written < self._every:
                return False
            self._dirty, self._written = False, moment
            guests = dict(self._guests)
        try:
            wanted = self._all()
        except StoreFailed as error:
            log.error("accounts=not_written reason=%s", error)
            self.changed()
            return False
        told = False
        for name, door, users in wanted:
            try:
                told = self._write(name, door, users, guests) or told
            except OSError as error:
                log.error("accounts=not_written broker=%s reason=%s", name, error)
                self.changed()
        return told

    def _keep(self, device: str, kept: str) -> None:
        with self._database.write() as connection:
            connection.execute(update(terminals).where(terminals.c.id == device).values(password=kept))
        self.changed()

    def _all(self) -> list[tuple[str, Door, dict[str, str]]]:
        users: dict[str, dict[str, str]] = {name: {} for name in self._doors}
        query = (
            select(terminals.c.id, terminals.c.password, func.coalesce(halls.c.broker, MAIN))
            .select_from(terminals.outerjoin(halls, terminals.c.hall == halls.c.id))
            .where(terminals.c.state == "enrolled", terminals.c.password != "")
        )
        with self._database.read() as connection:
            for device, kept, broker in connection.execute(query):
                if device not in RESERVED:
                    users.setdefault(broker, {})[device] = kept
        for broker in users.keys() - self._doors.keys():
            log.warning("broker=%s is not among the centre's accounts=%d", broker, len(users[broker]))
        return [(name, door, users[name]) for name, door in self._doors.items()]

    def _write(self, name: str, door: Door, users: dict[str, str], guests: dict[str, str]) -> bool:
        wanted = users | guests | {CENTRE: door.centre_hash}
        if passwords.read(door.passwords) == wanted:
            return False
        passwords.write(door.passwords, wanted)
        door.reload()
        log.info("broker=%s accounts=%d", name, len(users))
        return True


def hang_up(pid_file: Path) -> None:
    """SIGHUP to the mosquitto of ``pid_file``. One that does not run reads its files when it starts."""
    try:
        pid = int(pid_file.read_text(encoding="ascii"))
        if Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() != "mosquitto":
            raise ProcessLookupError("another process has its number now")
        os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError) as error:
        log.warning("broker=not_told pid_file=%s reason=%s", pid_file, error)
