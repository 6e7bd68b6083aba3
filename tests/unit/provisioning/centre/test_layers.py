"""Layers in the database: versions, and what holds for a terminal by them."""

from typing import Any

import pytest
from sqlalchemy import Row, select

from config.layers import Origin
from config.problems import SettingsError
from provisioning.centre import layers, registry
from provisioning.centre.layers import LayerChange, LayerMoved
from provisioning.centre.registry import Group
from provisioning.centre.rights import CENTRE
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import groups, terminals
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal


@pytest.fixture
def fleet(database: Database) -> Database:
    add_hall(database, "qy")
    with database.write() as connection:
        for group in (Group("a", "a", 1), Group("b", "b", 2)):
            registry.save_group(connection, CENTRE, group, at=1.0)
        for change in (
            LayerChange("fleet", "", 0, {"source": {"url": "http://h:80"}, "voice": {"volume": 10}}),
            LayerChange("hall", "qy", 0, {"voice": {"volume": 20, "one": "幺"}}),
            LayerChange("group", "a", 0, {"voice": {"volume": 30}, "idle": {"after": 90}}),
            LayerChange("group", "b", 0, {"voice": {"volume": 40}}),
            LayerChange("terminal", "k2", 0, {"voice": {"volume": 50}}),
        ):
            layers.write(connection, CENTRE, change, at=1.0)
    add_terminal(database, "k1", groups=["a", "b"], name="一号", zones=["z1"])
    add_terminal(database, "k2", groups=["a"])
    add_terminal(database, "k3", "elsewhere")
    return database


def _rows(database: Database) -> list[Row[Any]]:
    with database.read() as connection:
        return list(connection.execute(select(terminals).order_by(terminals.c.id)))


def test_the_nearest_layer_decides_and_each_value_keeps_its_origin(fleet: Database) -> None:
    with fleet.read() as connection:
        found = dict(layers.effective_many(connection, _rows(fleet)))
    assert [found[id].values["voice"]["volume"] for id in ("k1", "k2", "k3")] == [40, 50, 10]
    first = found["k1"]
    assert first.origin_of("voice.volume") == Origin("group", "b")
    assert first.origin_of("voice.one") == Origin("hall", "qy")
    assert first.origin_of("idle.after") == Origin("group", "a")
    assert first.origin_of("name") == Origin("registry", "k1")
    assert first.origin_of("screen.theme") == Origin("default")
    assert (first.values["name"], first.values["zones"], first.values["source"]["hall"]) == (
        "一号",
        ["z1"],
        "qy",
    )


def test_one_terminal_alone_resolves_as_among_all(fleet: Database) -> None:
    rows = _rows(fleet)
    change = LayerChange("group", "a", 1, {"voice": {"volume": 99}})
    with fleet.read() as connection:
        for changes in ((), (change,)):
            many = dict(layers.effective_many(connection, rows, changes))
            for row in rows:
                assert layers.effective(connection, row, changes) == many[row.id]


def test_changes_lie_over_the_released_layers_and_release_nothing(fleet: Database) -> None:
    change = LayerChange("terminal", "k2", 1, {})
    row = _rows(fleet)[1]
    with fleet.read() as connection:
        assert layers.effective(connection, row, (change,)).values["voice"]["volume"] == 30
        assert layers.effective(connection, row).values["voice"]["volume"] == 50


def test_the_layer_of_a_group_that_is_gone_says_nothing(fleet: Database) -> None:
    with fleet.write() as connection:
        row = connection.execute(select(terminals).where(terminals.c.id == "k1")).one()
        assert layers.effective(connection, row).values["idle"]["after"] == 90
        connection.execute(groups.delete().where(groups.c.id == "a"))
        assert layers.effective(connection, row).values["idle"]["after"] == 60


def test_settings_for_documents_are_checked_as_the_terminal_checks_them(fleet: Database) -> None:
    rows = _rows(fleet)
    with fleet.read() as connection:
        assert set(layers.resolved(connection, rows)) == {"k1", "k2", "k3"}
        broken = LayerChange("hall", "qy", 1, {"voice": {"volume": 101}})
        with pytest.raises(SettingsError, match=r"voice\.volume"):
            layers.resolved(connection, [rows[0]], [LayerChange("terminal", "k1", 0, broken.values)])


def test_every_version_is_kept(fleet: Database) -> None:
    with fleet.write() as connection:
        assert layers.write(connection, CENTRE, LayerChange("hall", "qy", 1, {}), at=2.0, draft=7) == 2
        kept = layers.history(connection, "hall", "qy")
        assert [(one.version, one.draft, dict(one.values)) for one in kept] == [
            (2, 7, {}),
            (1, None, {"voice": {"volume": 20, "one": "幺"}}),
        ]
        assert layers.read(connection, "hall", "qy").version == 2
        assert layers.read(connection, "hall", "nobody").version == 0


def test_a_writer_who_follows_an_older_version_is_refused(fleet: Database) -> None:
    def write(base: int) -> int:
        with fleet.write() as connection:
            return layers.write(connection, CENTRE, LayerChange("hall", "qy", base, {}), at=2.0)

    for base in (0, 2):
        with pytest.raises(LayerMoved) as moved:
            write(base)
        assert moved.value.version == 1
    assert write(1) == 2
    with pytest.raises(LayerMoved):
        write(1)
