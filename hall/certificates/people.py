"""Who is in the embedded library: invented people and companies for demo, training and tests, in people.toml.

The region of every ID number, 379900, was never assigned, so none of them can be anybody's; check digits are right.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from hall.certificates.records import Kept, Record
from hall.codes.port import Company, Holder


def people() -> tuple[Holder, ...]:
    """The residents; the first one has the most to show."""
    return tuple(kept.holder for kept in everybody() if kept.holder.company is None)


def companies() -> tuple[Holder, ...]:
    """The agents, each for a company."""
    return tuple(kept.holder for kept in everybody() if kept.holder.company is not None)


@cache
def everybody() -> tuple[Kept, ...]:
    """All of them with their certificates."""
    table = tomllib.loads((Path(__file__).parent / "people.toml").read_text("utf-8"))
    return tuple(_kept(row) for row in table["holder"])


# Any: rows of a TOML file that comes with the software; a test reads all of it.
def _kept(row: dict[str, Any]) -> Kept:
    company = Company(**row["company"]) if "company" in row else None
    records = tuple(Record(**record) for record in row.get("certificates", ()))
    holder = Holder(row["number"], row["name"], row.get("birth"), company)
    return Kept(holder, row.get("facts", {}), records)
