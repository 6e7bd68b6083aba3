"""Queue policies are written in a hall's own settings and only chosen by the fleet: is what is chosen written there?"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from config.problems import Problem
from provisioning.centre.layers import Stack
from provisioning.centre.store.tables import halls


def unwritten(
    connection: Connection, terminals: Iterable[Row[Any]], now: Stack, then: Stack
) -> Iterator[tuple[Row[Any], Problem]]:
    """Halls among ``terminals`` that would change over to a policy they do not have: they could not start.

    Where the settings of a hall have not come to the centre nothing can be said: its agent would fall back.
    """
    for terminal in terminals:
        if terminal.role != "hall":
            continue  # others carry the key and do nothing with it
        new = then.effective(terminal)
        policy = new.values.get("policy")
        if policy == now.effective(terminal).values.get("policy"):
            continue
        settings = connection.execute(select(halls.c.settings).where(halls.c.id == terminal.hall)).scalar()
        names = sorted({"standard", *(settings or {}).get("policies", {})})
        if settings and policy not in names:
            reason = f"hall {terminal.hall} has no queue policy of that name, only {', '.join(names)}"
            yield terminal, Problem("policy", policy, reason, str(new.origin_of("policy") or ""))
