"""A draft that would tell a hall of a queue policy it has not written is found wrong, with the names it has."""

from typing import Any

from provisioning.centre.draft_effects import effects
from provisioning.centre.layers import LayerChange, write
from provisioning.centre.rights import CENTRE
from provisioning.centre.store.database import Database
from tests.unit.hall.small_hall import hall_settings
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal

HERE = {"source": {"url": "http://10.0.0.1:8080"}}


def halls(database: Database) -> None:
    """``qy`` has the policy market-day, ``lc`` has none, nothing is known of ``dz``. Each has a process, a terminal."""
    written: dict[str, dict[str, Any]] = {
        "qy": hall_settings(policies={"market-day": {}}),
        "lc": hall_settings(),
        "dz": {},
    }
    for hall, settings in written.items():
        add_hall(database, hall, settings=settings)
        add_terminal(database, f"{hall}-hall", hall, role="hall")
        add_terminal(database, f"{hall}-k01", hall)
    with database.write() as connection:
        write(connection, CENTRE, LayerChange("fleet", "", 0, HERE), at=1.0)


def found(database: Database, kind: Any, key: str, base: int, **values: Any) -> list[tuple[str, list[str]]]:
    with database.read() as connection:
        told = effects(connection, [LayerChange(kind, key, base, values)])
    return [(str(one.problem), one.among.examples) for one in told.problems]


def test_each_hall_without_the_policy_is_a_problem_of_its_own(database: Database) -> None:
    halls(database)
    reason = "policy = 'market-day': hall lc has no queue policy of that name, only standard (from fleet)"
    assert found(database, "fleet", "", 1, **HERE, policy="market-day") == [(reason, ["lc-hall"])]
    assert len(found(database, "fleet", "", 1, **HERE, policy="unheard-of")) == 2


def test_a_policy_that_is_written_is_none(database: Database) -> None:
    halls(database)
    assert found(database, "hall", "qy", 0, policy="market-day") == []
    assert found(database, "hall", "qy", 0, policy="standard") == []


def test_a_terminal_may_carry_any_policy_and_so_may_a_hall_that_is_not_known(database: Database) -> None:
    halls(database)
    assert found(database, "terminal", "lc-k01", 0, policy="market-day") == []
    assert found(database, "hall", "dz", 0, policy="market-day") == []


def test_a_draft_about_something_else_is_not_held_up_by_a_hall_that_lost_its_policy(
    database: Database,
) -> None:
    halls(database)
    with database.write() as connection:
        write(connection, CENTRE, LayerChange("hall", "lc", 0, {"policy": "market-day"}), at=1.0)
    kept = {"policy": "market-day", "name_en": "Queue"}
    assert found(database, "hall", "lc", 1, **kept) == []
