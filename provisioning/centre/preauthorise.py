"""Serial numbers that are let in by themselves, from a table (CSV) that a hall's delivery note can be made into.

Columns: serial, terminal, hall, role, name; and if wanted name_en, groups (ids with spaces between), window. The first
line names them, in any order. All lines are good, or none is taken.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, insert, select

from provisioning.centre import audit
from provisioning.centre.placement import EnrolmentRefused, Placement, sound
from provisioning.centre.registry import RegistryRefused
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import preauthorised, terminals
from provisioning.wire.messages import EnrolRequest

NEEDED = ("serial", "terminal", "hall", "role", "name")
KNOWN = (*NEEDED, "name_en", "groups", "window")
MOST_LINES = 10_000
_COLUMNS = {
    "enrolment.name_reserved": "terminal",
    "registry.role": "role",
    "registry.window": "window",
    "registry.group": "groups",
}
"""Where in a line the refused value stands; everything else is about its hall."""

_serial: TypeAdapter[str] = TypeAdapter(EnrolRequest.model_fields["serial"].rebuild_annotation())


@dataclass(frozen=True, slots=True)
class Fault:
    """``line`` as an editor counts. ``code``: csv.{columns, value, twice}, or why an id, hall or group is refused."""

    line: int
    column: str
    code: str


class TableRefused(Exception):
    """Nothing was taken."""

    code = "csv.refused"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        super().__init__(f"{len(faults)} faults; line {first.line}, {first.column}: {first.code}")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Expected:
    """A serial that is waited for. ``used``: when it came."""

    serial: str
    place: Placement
    by: str
    at: float
    used: float | None


class Preauthorised:
    """``now``: UTC seconds since 1970."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database, self._now = database, now

    def take(self, actor: Actor, table: bytes) -> int:
        """How many serials are expected from it; one that was expected already is as the table says now.

        Raises Forbidden, TableRefused.
        """
        actor.needs("enrol")
        rows, faults = read(table)
        with self._database.write() as connection:
            for line, serial, place in rows:
                faults += self._unfit(connection, actor, line, serial, place)
            if faults:
                raise TableRefused(tuple(sorted(faults, key=lambda fault: fault.line)))
            now = self._now()
            for _line, serial, place in rows:
                connection.execute(delete(preauthorised).where(preauthorised.c.serial == serial))
                values = place.model_dump(exclude={"zones", "kind"}) | {"groups": list(place.groups)}
                connection.execute(
                    insert(preauthorised).values(serial=serial, by=actor.name, at=now, **values)
                )
            halls = sorted({place.hall for _, _, place in rows})
            audit.record(
                connection,
                actor,
                "enrolment.preauthorised",
                f"{len(rows)} serials",
                halls[0] if len(halls) == 1 else "",
                {"halls": halls, "serials": [serial for _line, serial, _place in rows][:100]},
                at=now,
            )
        return len(rows)

    def all(self, actor: Actor) -> tuple[Expected, ...]:
        """Of the actor's halls, by serial. Raises Forbidden."""
        actor.needs("enrol")
        with self._database.read() as connection:
            rows = connection.execute(select(preauthorised).order_by(preauthorised.c.serial)).mappings()
            return tuple(
                Expected(
                    row["serial"],
                    Placement.model_validate({k: row[k] for k in row if k in Placement.model_fields}),
                    row["by"],
                    row["at"],
                    row["used"],
                )
                for row in rows
                if actor.sees(row["hall"])
            )

    def forget(self, actor: Actor, serial: str) -> None:
        """It is no longer let in by itself. Raises Forbidden, EnrolmentRefused."""
        actor.needs("enrol")
        with self._database.write() as connection:
            found = select(preauthorised).where(preauthorised.c.serial == serial)
            row = connection.execute(found).first()
            if row is None or not actor.sees(row.hall):
                raise EnrolmentRefused("enrolment.unknown")
            connection.execute(delete(preauthorised).where(preauthorised.c.serial == serial))
            audit.record(
                connection, actor, "enrolment.forgotten", f"serial {serial}", row.hall, at=self._now()
            )

    @staticmethod
    def _unfit(connection: Connection, actor: Actor, line: int, serial: str, place: Placement) -> list[Fault]:
        try:
            actor.needs("enrol", place.hall)
            sound(connection, place)
        except (Forbidden, EnrolmentRefused, RegistryRefused) as error:
            return [Fault(line, _COLUMNS.get(error.code, "hall"), error.code)]
        taken = select(terminals.c.id).where(terminals.c.id == place.terminal)
        if connection.scalar(taken) is not None:
            return [Fault(line, "terminal", "registry.taken")]
        known = (
            select(preauthorised.c.hall).where(preauthorised.c.serial == serial),
            select(terminals.c.hall).where(terminals.c.serial == serial, terminals.c.state == "enrolled"),
        )
        if not all(actor.sees(hall) for found in known for hall in connection.scalars(found)):
            return [Fault(line, "serial", "registry.taken")]  # it is another hall's
        return []


def read(table: bytes) -> tuple[list[tuple[int, str, Placement]], list[Fault]]:
    """Line, serial and place of every good line, and what is wrong with the others. Raises TableRefused."""
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = table.decode("gb18030")  # what a Chinese spreadsheet program writes
        except UnicodeDecodeError:
            raise TableRefused((Fault(1, "", "csv.value"),)) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="more", strict=True)
    try:
        names = [name.strip() for name in reader.fieldnames or ()]
    except csv.Error:  # a quotation mark that never ends, or a NUL
        raise TableRefused((Fault(1, "", "csv.columns"),)) from None
    if set(NEEDED) - set(names) or set(names) - set(KNOWN):
        wrong = sorted(set(NEEDED) - set(names)) or sorted(set(names) - set(KNOWN))
        raise TableRefused((Fault(1, wrong[0][:40], "csv.columns"),))
    reader.fieldnames = names
    rows: list[tuple[int, str, Placement]] = []
    faults: list[Fault] = []
    serials: set[str] = set()
    ids: set[str] = set()
    try:
        for said in reader:
            line = reader.line_num
            if len(rows) >= MOST_LINES or "more" in said:
                faults.append(Fault(line, "", "csv.columns"))
                break
            found = _row(line, {name: (value or "").strip() for name, value in said.items()})
            if isinstance(found, Fault):
                faults.append(found)
                continue
            serial, place = found
            if serial in serials or place.terminal in ids:
                faults.append(Fault(line, "serial" if serial in serials else "terminal", "csv.twice"))
            serials.add(serial)
            ids.add(place.terminal)
            rows.append((line, serial, place))
    except csv.Error:
        faults.append(Fault(reader.line_num, "", "csv.value"))
    if not rows and not faults:
        faults.append(Fault(1, "", "csv.value"))
    return rows, faults


def _row(line: int, said: dict[str, str]) -> tuple[str, Placement] | Fault:
    values = {name: value for name, value in said.items() if value and name != "serial"}
    try:
        serial = _serial.validate_python(said["serial"])
    except ValidationError:
        return Fault(line, "serial", "csv.value")
    try:
        return serial, Placement.model_validate(values | {"groups": said.get("groups", "").split()})
    except ValidationError as error:
        return Fault(line, str(error.errors()[0]["loc"][0]), "csv.value")
