"""How the journals of halls come in, and that one begins anew."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field

from provisioning.centre import branches
from provisioning.centre.api.door import Door, Who
from provisioning.centre.api.people import Said
from provisioning.centre.branches import LONGEST, Branch
from provisioning.centre.rights import Forbidden
from provisioning.centre.store.database import Database


@dataclass(frozen=True, slots=True)
class Journal:
    """``branches``: each time that it began anew, with what may be missing before."""

    hall: str
    branches: tuple[Branch, ...]


class BeginJournal(Said):
    why: str = Field(min_length=1, max_length=LONGEST)


def add_journals(door: Door, database: Database, now: Callable[[], float]) -> None:
    @door.get("/v1/halls/{hall}/journal", "see")
    def journal(hall: str, who: Who) -> Journal:
        """The branches of a hall's journal."""
        if not who.sees(hall):
            raise Forbidden(hall)
        with database.read() as connection:
            return Journal(hall, branches.branches(connection, hall))

    @door.post("/v1/halls/{hall}/journal", "steer", status_code=201)
    def journal_begin(hall: str, said: BeginJournal, who: Who) -> Branch:
        """A hall's journal that was lost or put back from an old copy begins anew; what came before stays."""
        with database.write() as connection:
            return branches.begin(connection, who, hall, said.why, at=now())
