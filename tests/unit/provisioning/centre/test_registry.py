"""The registry: halls, groups, terminals; who may change what, and what it does to settings."""

import dataclasses
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from provisioning.centre import audit, layers, placings, registry
from provisioning.centre.layers import LayerChange
from provisioning.centre.registry import Group, Hall, Placing, RegistryRefused
from provisioning.centre.rights import CENTRE, Actor, Forbidden
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import drafts, terminals
from provisioning.centre.store.tables import groups as groups_table
from tests.unit.provisioning.centre.fleet_rows import add_draft, add_hall, add_terminal

HERE = Placing("qy", "terminal", "qy-k01", groups=("quiet",))
LIN = Actor("lin", "operator", ("qy",))


@pytest.fixture
def fleet(database: Database) -> Database:
    add_hall(database, "qy")
    add_hall(database, "hx")
    with database.write() as connection:
        for group in (Group("loud", "响亮", 5), Group("quiet", "安静", 1)):
            registry.save_group(connection, CENTRE, group, at=1.0)
        layers.write(
            connection, CENTRE, LayerChange("fleet", "", 0, {"source": {"url": "http://h:80"}}), at=1.0
        )
    add_terminal(database, "qy-k01", groups=["quiet"])
    add_terminal(database, "qy-k02")
    add_terminal(database, "hx-k01", "hx")
    return database


def _in_write(database: Database, change: Any, *args: Any, **more: Any) -> Any:
    with database.write() as connection:
        return change(connection, *args, **more)


def test_a_hall_is_made_changed_and_read_back(database: Database) -> None:
    hall = Hall("qy", "清源大厅", "Qingyuan", "371502", settings={"policy": {"name": "标准"}})
    _in_write(database, registry.create_hall, CENTRE, hall, at=1.0)
    changed = dataclasses.replace(hall, name="清源新厅", time_zone="Asia/Urumqi")
    _in_write(database, registry.change_hall, CENTRE, changed, at=2.0)
    with database.read() as connection:
        assert registry.hall(connection, "qy") == changed
        assert registry.all_halls(connection, LIN) == (changed,)
        assert registry.all_halls(connection, Actor("mei", "admin", ("hx",))) == ()
        last = audit.entries(connection, CENTRE).entries[0]
    assert (last.action, last.hall) == ("hall.changed", "qy")
    assert last.detail == {"name": "清源新厅", "time_zone": "Asia/Urumqi"}


@pytest.mark.parametrize(
    ("hall", "code"),
    [
        (Hall("qy", "again"), "registry.taken"),
        (Hall("xx", "x", region="３７１５０２"), "registry.region"),
        (Hall("Qy 1", "x"), "registry.id"),
        (Hall("a" * 33, "x"), "registry.id"),
        (Hall("zz", ""), "registry.name"),
        (Hall("zz", " " * 5), "registry.name"),
        (Hall("zz", "x" * 61), "registry.name"),
        (Hall("zz", "x", region="37"), "registry.region"),
        (Hall("zz", "x", time_zone="Asia/Nowhere"), "registry.zone"),
    ],
)
def test_a_hall_that_cannot_be_is_refused(fleet: Database, hall: Hall, code: str) -> None:
    with pytest.raises(RegistryRefused) as refused:
        _in_write(fleet, registry.create_hall, CENTRE, hall, at=1.0)
    assert refused.value.code == code


def test_only_an_admin_makes_halls(fleet: Database) -> None:
    with pytest.raises(Forbidden):
        _in_write(fleet, registry.create_hall, Actor("a", "approver"), Hall("zz", "x"), at=1.0)


def _put(database: Database, actor: Actor, id: str, placing: Placing) -> Any:
    return _in_write(database, registry.move, actor, [id], lambda before: placing, at=5.0)


def _regroup(
    database: Database, actor: Actor, ids: list[str], *add: str, out_of: str = "", at: float = 1.0
) -> Any:
    wanted = registry.grouped(add, [out_of] if out_of else [])
    return _in_write(database, registry.move, actor, ids, wanted, at=at)


def test_what_changes_settings_is_not_done_but_given_back_for_a_draft(fleet: Database) -> None:
    placing = Placing("hx", "window-board", "三号窗口", "Window 3", ("loud",), "w3", ("z1",))
    moved, changes = _put(fleet, CENTRE, "qy-k01", placing)
    assert moved == ()
    assert [(change.layer, change.base) for change in changes] == [(("registry", "qy-k01"), 1)]
    assert placings.placing(changes[0].values) == placing
    with fleet.read() as connection:
        assert registry.terminal(connection, CENTRE, "qy-k01").placing == HERE
        assert audit.entries(connection, CENTRE).entries[0].action == "group.created"


def test_a_group_that_says_nothing_is_joined_at_once_and_every_version_is_kept(fleet: Database) -> None:
    assert _regroup(fleet, CENTRE, ["qy-k01"], "loud") == (("qy-k01",), ())
    with fleet.read() as connection:
        assert registry.terminal(connection, CENTRE, "qy-k01").groups == ("loud", "quiet")
        entry = audit.entries(connection, CENTRE).entries[0]
        versions = [
            (one.version, one.values["groups"]) for one in layers.history(connection, "registry", "qy-k01")
        ]
    assert (entry.action, entry.hall) == ("terminal.changed", "qy")
    assert entry.detail == {"groups": [["quiet"], ["loud", "quiet"]]}
    assert versions == [(2, {"loud": True, "quiet": True}), (1, {"quiet": True})]


def test_a_group_whose_layer_says_something_is_joined_and_left_by_drafts_only(fleet: Database) -> None:
    with fleet.write() as connection:
        for group in ("loud", "quiet"):
            said = {"voice": {"volume": 5}}
            layers.write(connection, CENTRE, LayerChange("group", group, 0, said), at=1.0)
    for ids, add, out_of in ((["qy-k01", "qy-k02"], ["loud"], ""), (["qy-k01"], [], "quiet")):
        moved, changes = _regroup(fleet, CENTRE, ids, *add, out_of=out_of)
        assert moved == ()
        assert [change.key for change in changes] == (ids if add else ["qy-k01"])[-len(changes) :]
        assert changes
    with fleet.read() as connection:
        assert registry.terminal(connection, CENTRE, "qy-k01").groups == ("quiet",)


@pytest.mark.parametrize("state", ["submitted", "approved", "rolling"])
def test_what_somebody_reviews_or_rolls_out_counts_as_if_it_held(fleet: Database, state: str) -> None:
    said = [{"kind": "group", "key": "loud", "base": 0, "values": {"voice": {"volume": 5}}}]
    add_draft(fleet, said, state)
    assert _regroup(fleet, CENTRE, ["qy-k01"], "loud")[0] == ()


def test_a_terminal_that_a_rollout_moves_is_moved_by_nobody_else(fleet: Database) -> None:
    add_draft(
        fleet, [{"kind": "registry", "key": "qy-k01", "base": 1, "values": placings.values(HERE)}], "rolling"
    )
    with pytest.raises(RegistryRefused, match=r"registry\.rolling"):
        _regroup(fleet, CENTRE, ["qy-k01"], "loud")


@pytest.mark.parametrize(
    ("placing", "code"),
    [
        (Placing("nowhere", "terminal", "x"), "registry.hall"),
        (Placing("qy", "enrol", "x"), "registry.role"),
        (Placing("qy", "king", "x"), "registry.role"),
        (Placing("qy", "caller", "x"), "registry.window"),
        (Placing("qy", "terminal", "x", window="Nr. 3"), "registry.id"),
        (Placing("qy", "terminal", "x", zones=("",)), "registry.id"),
        (Placing("qy", "terminal", ""), "registry.name"),
        (Placing("qy", "terminal", "一号\u202e机"), "registry.name"),
        (Placing("qy", "terminal", "x", "a\nb"), "registry.name"),
        (Placing("qy", "terminal", "x", groups=("nothing",)), "registry.group"),
    ],
)
def test_a_place_that_cannot_be_is_refused_and_nothing_changes(
    fleet: Database, placing: Placing, code: str
) -> None:
    with pytest.raises(RegistryRefused) as refused:
        _put(fleet, CENTRE, "qy-k01", placing)
    assert refused.value.code == code
    with fleet.read() as connection:
        assert registry.terminal(connection, CENTRE, "qy-k01").placing == HERE


def test_moving_takes_rights_in_both_halls(fleet: Database) -> None:
    with pytest.raises(Forbidden):
        _put(fleet, LIN, "qy-k01", Placing("hx", "terminal", "x"))
    with pytest.raises(RegistryRefused, match=r"registry\.unknown"):
        _put(fleet, LIN, "hx-k01", Placing("qy", "terminal", "x"))
    with pytest.raises(Forbidden):
        _put(fleet, Actor("v", "viewer"), "qy-k01", Placing("qy", "terminal", "x"))


def test_a_retired_terminal_is_changed_no_more(fleet: Database) -> None:
    add_terminal(fleet, "old", state="retired")
    with pytest.raises(RegistryRefused, match=r"registry\.retired"):
        _regroup(fleet, CENTRE, ["old"], "loud")


def test_many_are_regrouped_with_one_entry_in_the_audit(fleet: Database) -> None:
    ids = ["qy-k01", "qy-k02", "hx-k01"]
    assert _regroup(fleet, CENTRE, ids, "loud", out_of="quiet", at=3.0) == (tuple(sorted(ids)), ())
    assert _regroup(fleet, CENTRE, ["qy-k01"], "loud", at=4.0) == ((), ())
    with fleet.read() as connection:
        assert registry.terminal(connection, CENTRE, "qy-k01").groups == ("loud",)
        page = audit.entries(connection, CENTRE, action="terminals.regrouped", until=3.5)
    assert page.total == 1
    assert page.entries[0].detail["count"] == 3


def test_a_bulk_change_is_all_or_nothing(fleet: Database) -> None:
    for ids, actor in ((["qy-k01", "nobody"], CENTRE), (["qy-k01", "hx-k01"], LIN)):
        with pytest.raises(RegistryRefused, match=r"registry\.unknown"):
            _regroup(fleet, actor, ids, "loud")
    with fleet.read() as connection:
        assert registry.terminal(connection, CENTRE, "qy-k01").groups == ("quiet",)


def test_a_group_of_members_keeps_a_priority_that_decides_something(fleet: Database) -> None:
    assert _regroup(fleet, CENTRE, ["qy-k01"], "loud")[0]
    with fleet.write() as connection:
        for group, volume in (("loud", 90), ("quiet", 5)):
            change = LayerChange("group", group, 0, {"voice": {"volume": volume}})
            layers.write(connection, CENTRE, change, at=1.0)
    with pytest.raises(RegistryRefused, match=r"registry\.in_use"):
        _in_write(fleet, registry.save_group, CENTRE, Group("quiet", "安静", 9), at=1.0)
    with fleet.read() as connection:
        assert registry.all_groups(connection)[0].id == "loud"
        assert layers.effective(connection, registry.terminal(connection, CENTRE, "qy-k01")).values[
            "voice"
        ] == {
            **layers.effective(connection, registry.terminal(connection, CENTRE, "qy-k02")).values["voice"],
            "volume": 90,
        }
    saved = _in_write(fleet, registry.save_group, CENTRE, Group("quiet", "安静", 3), at=1.0)
    assert saved.priority == 3


def test_thousands_are_regrouped_in_one_go(fleet: Database) -> None:
    with fleet.write() as connection:
        pattern = dict(
            connection.execute(select(terminals).where(terminals.c.id == "qy-k02")).mappings().one()
        )
        many = [pattern | {"id": f"m{number:04d}"} for number in range(1200)]
        connection.execute(terminals.insert(), many)
    moved, _ = _regroup(fleet, CENTRE, [row["id"] for row in many], "loud")
    assert len(moved) == 1200
    with fleet.read() as connection:
        counted = select(func.count()).select_from(terminals).where(registry.in_group("loud"))
        assert connection.scalar(counted) == 1200


def test_members_are_found_by_the_whole_id_of_the_group(fleet: Database) -> None:
    with fleet.write() as connection:
        for group in ("lo", "loud-2"):
            registry.save_group(connection, CENTRE, Group(group, group), at=1.0)
        registry.move(connection, CENTRE, ["qy-k02"], registry.grouped(["loud-2"], []), at=1.0)

        def members(connection: Connection, group: str) -> list[str]:
            return list(connection.scalars(select(terminals.c.id).where(registry.in_group(group))))

        assert [members(connection, group) for group in ("loud", "lo", "loud-2", "quiet")] == [
            [],
            [],
            ["qy-k02"],
            ["qy-k01"],
        ]


def test_a_group_in_use_is_not_deleted(fleet: Database) -> None:
    with pytest.raises(RegistryRefused, match=r"registry\.in_use"):
        _in_write(fleet, registry.delete_group, CENTRE, "quiet", at=1.0)
    assert _regroup(fleet, CENTRE, ["qy-k01"], out_of="quiet")[0]
    with fleet.write() as connection:
        layers.write(connection, CENTRE, LayerChange("group", "quiet", 0, {"voice": {"volume": 5}}), at=1.0)
    with pytest.raises(RegistryRefused, match=r"registry\.in_use"):
        _in_write(fleet, registry.delete_group, CENTRE, "quiet", at=1.0)
    joins = placings.values(dataclasses.replace(HERE, groups=("loud",)))
    draft = add_draft(fleet, [{"kind": "registry", "key": "qy-k01", "base": 2, "values": joins}], "approved")
    with pytest.raises(RegistryRefused, match=r"registry\.in_use"):
        _in_write(fleet, registry.delete_group, CENTRE, "loud", at=1.0)
    with fleet.write() as connection:
        connection.execute(drafts.update().where(drafts.c.id == draft).values(state="discarded"))
    _in_write(fleet, registry.delete_group, CENTRE, "loud", at=1.0)
    with fleet.read() as connection:
        assert list(connection.scalars(select(groups_table.c.id))) == ["quiet"]


def test_groups_are_for_those_who_are_bound_to_no_hall(fleet: Database) -> None:
    for change in (
        lambda: _in_write(fleet, registry.save_group, LIN, Group("mine", "我的"), at=1.0),
        lambda: _in_write(fleet, registry.delete_group, LIN, "loud", at=1.0),
    ):
        with pytest.raises(Forbidden):
            change()
