"""A small fleet in a database, with agents that answer as told: for the tests of rollouts and of the desk."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, insert, select

from provisioning.centre.documents import Documents, Issued
from provisioning.centre.fleet import Fleet
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.centre.vault import Vault
from provisioning.wire.documents import Document, open_document
from provisioning.wire.messages import Fault, Presence, Reported

APPROVER = Actor("wang", "approver")
BEGAN = 1_800_000_000.0
QUICK = Plan(soak_seconds=0)


@dataclass
class Clock:
    at: float = BEGAN

    def __call__(self) -> float:
        return self.at


def terminal_row(name: str, hall: str, role: str = "ticket", **other: Any) -> dict[str, Any]:
    row: dict[str, Any] = {column.name: "" for column in t.terminals.columns}
    row.update(id=name, hall=hall, kind="terminal", role=role, name=name, groups=[], window=None, zones=[])
    row.update(state="enrolled", enrolled=0.0, retired=None, rev=0, rollout=None, pinned=False)
    row.update(reported_rev=0, running=0, good=0, highest=0, fault=None, keys=[], reported_at=None)
    row.update(online=False, boot=0, presence_at=None, seen=None, health=None, health_at=None, skew=None)
    row.update(paper_minutes=None, **other)
    return row


@dataclass
class Scene:
    """``halls``: hall to its terminals, each "name" or "name:role". All are enrolled, online and confirmed."""

    database: Database
    folder: Path
    halls: dict[str, list[str]]
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        with self.database.write() as connection:
            for hall, names in self.halls.items():
                connection.execute(
                    insert(t.halls).values(
                        id=hall,
                        name=hall,
                        name_en="",
                        region="",
                        time_zone="Asia/Shanghai",
                        broker="main",
                        settings={},
                    )
                )
                for one in names:
                    name, _, role = one.partition(":")
                    connection.execute(
                        insert(t.terminals).values(**terminal_row(name, hall, role or "ticket"))
                    )
        self.keys = SigningKeys(self.database, Vault(self.folder / "vault.key"), self.clock)
        self.documents = Documents(self.keys, self.clock)
        self.told: dict[str, Document] = {}
        self.times_told: dict[str, int] = {}
        self.awake()
        for name in self.names:
            with self.database.write() as connection:
                issued = self.rollouts.first(connection, name)
            self.publish([issued])
        for name in self.names:
            self.online(name)
            self.report(name, "confirmed")
        self.times_told.clear()
        self.flush()

    def awake(self) -> None:
        """The centre starts (again): nothing but the database is left."""
        self.fleet = Fleet(self.database, self.clock)
        self.fleet.load()
        self.rollouts = Rollouts(self.database, self.documents, self.fleet, self.publish, self.clock)

    @property
    def names(self) -> list[str]:
        return [one.partition(":")[0] for names in self.halls.values() for one in names]

    def publish(self, issued: "list[Issued] | Any") -> None:
        self.fleet.issued(issued)
        now = datetime.fromtimestamp(self.clock(), UTC)
        for one in issued:
            self.told[one.terminal] = open_document(one.envelope, self.keys.public(), one.terminal, 0, now)
            self.times_told[one.terminal] = self.times_told.get(one.terminal, 0) + 1

    def online(self, name: str, on: bool = True) -> None:
        at = datetime.fromtimestamp(self.clock(), UTC)
        self.fleet.heard_presence(name, Presence(on=on, sid="s1", boot=1, at=at))

    def report(self, name: str, state: str, code: str = "", **other: Any) -> None:
        live = self.fleet.get(name)
        assert live is not None
        rev = self.told[name].rev
        good = rev if state == "confirmed" else live.good
        values = {
            "device": name,
            "sid": "s1",
            "rev": rev,
            "etag": self.told[name].etag,
            "state": state,
            "running": rev if state in ("confirmed", "probation") else live.good,
            "good": good,
            "highest": rev,
            "fault": Fault(code=code) if code else None,
            "keys": tuple(self.told[name].keys),
            "at": datetime.fromtimestamp(self.clock(), UTC),
        }
        said = Reported.model_validate(values | other)
        if self.fleet.heard_reported(name, said):
            live = self.fleet.get(name)
            assert live is not None
            self.rollouts.heard(live)

    def flush(self) -> None:
        self.fleet.flush()
        self.rollouts.flush()

    def draft(self, *changes: dict[str, Any], plan: Plan = QUICK, state: str = "approved") -> int:
        """An approved draft; a change is kind, key, base, values."""
        with self.database.write() as connection:
            number: int = connection.execute(
                insert(t.drafts)
                .values(
                    title="新公告",
                    state=state,
                    changes=list(changes),
                    plan=plan.model_dump(mode="json"),
                    author="li",
                    created=0.0,
                    changed=0.0,
                    reviewer="wang",
                    reviewed=0.0,
                    remark="",
                    version=1,
                )
                .returning(t.drafts.c.id)
            ).scalar_one()
        return number

    def rows(self, question: Any) -> list[Row[Any]]:
        with self.database.read() as connection:
            return list(connection.execute(question).all())

    def row(self, table: Any, number: int) -> Row[Any]:
        return self.rows(select(table).where(table.c.id == number))[0]

    def states(self, rollout: int) -> dict[str, str]:
        """Of targets, in the database."""
        self.flush()
        found = self.rows(select(t.targets).where(t.targets.c.rollout == rollout))
        return {row.terminal: row.state for row in found}

    def run(self, rollout: int, answers: dict[str, str] | None = None, turns: int = 60) -> str:
        """Tick and let every terminal that was told something answer (default: confirmed); the state it comes to."""
        for _ in range(turns):
            seen = dict(self.times_told)
            self.rollouts.tick()
            for name, times in self.times_told.items():
                live = self.fleet.get(name)
                if times != seen.get(name, 0) and live is not None and live.online:
                    state, _, code = (answers or {}).get(name, "confirmed").partition(" ")
                    if self.told[name].rollout == str(rollout) and state != "silent":
                        self.report(name, state, code)
            self.clock.at += 1
            if (state := str(self.row(t.rollouts, rollout).state)) in ("done", "aborted", "paused"):
                return state
        return str(self.row(t.rollouts, rollout).state)


def fleet_wide(values: dict[str, Any], base: int = 0) -> dict[str, Any]:
    return {"kind": "fleet", "key": "", "base": base, "values": values}


def hall_wide(hall: str, values: dict[str, Any], base: int = 0) -> dict[str, Any]:
    return {"kind": "hall", "key": hall, "base": base, "values": values}
