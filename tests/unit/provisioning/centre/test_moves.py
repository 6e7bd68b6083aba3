"""Where terminals stand, as part of drafts: what is released to them in the end is what the layers say of them."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlalchemy import insert, select, update

from provisioning.centre import layers, placings, registry
from provisioning.centre.drafts import Draft, DraftConflict, DraftRefused, Drafts
from provisioning.centre.layers import LayerChange
from provisioning.centre.placings import Placing
from provisioning.centre.registry import RegistryRefused
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.rollouts import RolloutRefused
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.wire.documents import etag
from tests.unit.provisioning.centre.rollout_scene import APPROVER, QUICK, Scene, fleet_wide, terminal_row

LIN = Actor("lin", "operator")
HALLS = {"a": ["a1:terminal", "a2:terminal", "a3:terminal"], "b": ["b1:terminal", "b2:terminal"]}
LAYERS = [("fleet", ""), ("hall", "a"), ("group", "loud"), ("group", "plain"), ("terminal", "a1")]
LOUD = {"voice": {"volume": 90}}


class Board(Scene):
    """The scene with drafts and groups: "loud" says something, "plain" nothing."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.drafts = Drafts(self.database, self.clock, lambda ids: self.fleet.refresh(ids))
        with self.database.write() as connection:
            for group, priority in (("loud", 5), ("plain", 1)):
                connection.execute(insert(t.groups).values(id=group, name=group, priority=priority))
            layers.write(connection, APPROVER, LayerChange("group", "loud", 0, LOUD), at=0.0)
        assert self.run(self.start(self.draft(fleet_wide({"source": {"url": "http://h:80"}})))) == "done"
        self.times_told.clear()

    def start(self, draft: int) -> int:
        return self.rollouts.start(draft, APPROVER)

    def into(self, *ids: str, group: str = "loud", actor: Actor = LIN) -> int | None:
        return self.drafts.move(actor, ids, registry.grouped([group], []), "into").draft

    def approved(self, number: int) -> Draft:
        quick = self.drafts.edit(LIN, number, self.drafts.get(LIN, number).version, plan=QUICK)
        sent = self.drafts.submit(LIN, number, quick.version)
        return self.drafts.approve(APPROVER, number, sent.version)

    def turn(self, state: str = "confirmed") -> None:
        """Time goes on; whoever is there answers what was told, for whichever rollout."""
        seen = dict(self.times_told)
        self.rollouts.tick()
        for name, times in self.times_told.items():
            live = self.fleet.get(name)
            if times != seen.get(name, 0) and live is not None and live.online:
                self.report(name, state, "config.schema" if state == "rejected" else "")
        self.clock.at += 2
        self.flush()

    def placing(self, name: str) -> Placing:
        with self.database.read() as connection:
            return registry.terminal(connection, APPROVER, name).placing

    def wanted(self) -> dict[str, dict[str, Any]]:
        """What resolving says of everybody, now."""
        with self.database.read() as connection:
            rows = connection.execute(select(t.terminals).where(t.terminals.c.state == "enrolled")).all()
            return {one: held.values for one, held in layers.effective_many(connection, rows)}

    def arrive(self, name: str, hall: str, groups: Sequence[str]) -> None:
        row = terminal_row(name, hall, "terminal") | {"enrolled": self.clock(), "groups": list(groups)}
        with self.database.write() as connection:
            connection.execute(insert(t.terminals).values(**row))
            issued = self.rollouts.first(connection, name)
        self.fleet.refresh([name])
        self.publish([issued])
        self.online(name)
        self.report(name, "confirmed")


@pytest.fixture
def board(database: Database, tmp_path: Path) -> Board:
    return Board(database, tmp_path, HALLS)


def test_joining_a_group_that_says_something_waits_for_a_second_person_and_comes_in_waves(
    board: Board,
) -> None:
    number = board.into("a1", "b1")
    assert number is not None
    assert board.placing("a1").groups == ()
    assert board.times_told == {}
    found = board.drafts.check(APPROVER, number)
    assert [(one.path, one.after, one.among.terminals) for one in found.differences] == [
        ("voice.volume", 90, 2)
    ]
    assert [one.after for one in board.drafts.diff(APPROVER, number, "a1")] == [90]
    own = board.into("a2", actor=APPROVER)
    assert own is not None
    sent = board.drafts.submit(APPROVER, own, 1)
    with pytest.raises(DraftRefused, match=r"draft\.own"):
        board.drafts.approve(APPROVER, own, sent.version)
    assert board.approved(number).state == "approved"
    assert board.times_told == {}
    rollout = board.start(number)
    board.turn()
    assert len(board.times_told) == 1, "the first wave is one terminal"
    assert board.placing("a1").groups == ()
    assert board.run(rollout) == "done"
    assert set(board.times_told) == {"a1", "b1"}
    assert board.placing("a1").groups == ("loud",)
    assert board.told["a1"].settings == board.wanted()["a1"]
    live = board.fleet.get("b1")
    assert live is not None


def test_joining_a_group_that_says_nothing_is_done_at_once(board: Board) -> None:
    assert board.into("a1", group="plain") is None
    assert board.placing("a1").groups == ("plain",)
    assert board.times_told == {}


def test_one_that_was_away_for_a_change_and_for_its_undoing_ends_with_what_is_released(board: Board) -> None:
    """It still waits for the change when that is undone: the undoing must be the last to speak to it."""
    board.online("b2", False)
    undone = board.rollouts.rollback(1, APPROVER)
    for _ in range(20):
        board.turn()
    board.rollouts.rollback(undone, APPROVER)
    board.online("b2")
    for _ in range(20):
        board.turn()
    assert board.told["b2"].settings == board.wanted()["b2"]


def test_one_that_waits_for_a_change_gets_it_also_when_a_newer_one_is_aborted(board: Board) -> None:
    board.online("a1", False)
    undone = board.rollouts.rollback(1, APPROVER)
    for _ in range(20):
        board.turn()
    newer = board.rollouts.rollback(undone, APPROVER)
    board.online("a1")
    board.turn("rejected")
    for _ in range(20):
        board.turn()
    assert board.row(t.rollouts, newer).state == "aborted"
    assert board.told["a1"].settings == board.wanted()["a1"]


def test_rolling_back_takes_memberships_back_too(board: Board) -> None:
    before = board.told["a1"].etag
    number = board.into("a1")
    assert number is not None
    board.approved(number)
    rollout = board.start(number)
    assert board.run(rollout) == "done"
    assert board.told["a1"].etag != before
    assert board.run(board.rollouts.rollback(rollout, APPROVER)) == "done"
    assert board.placing("a1").groups == ()
    assert board.told["a1"].etag == before


def test_giving_up_leaves_everybody_where_they_stood(board: Board) -> None:
    before = board.told["a1"].etag
    number = board.into("a1", "a2", "b1")
    assert number is not None
    board.approved(number)
    rollout = board.start(number)
    assert board.run(rollout, dict.fromkeys(board.names, "rejected config.schema")) == "aborted"
    assert [board.placing(name).groups for name in ("a1", "a2", "b1")] == [(), (), ()]
    assert {board.told[name].etag for name in ("a1",)} == {before}


def test_a_draft_that_moves_a_terminal_elsewhere_shows_the_new_halls_settings(board: Board) -> None:
    with board.database.write() as connection:
        change = LayerChange("hall", "b", 0, {"voice": {"volume": 7}})
        layers.write(connection, APPROVER, change, at=0.0)
    there = Placing("b", "terminal", "新名")
    number = board.drafts.move(LIN, ["a1"], lambda before: there, "move").draft
    assert number is not None
    changed = {one.path: one.after for one in board.drafts.diff(APPROVER, number, "a1")}
    assert changed == {"name": "新名", "source.hall": "b", "voice.volume": 7}
    shown = {one.path: one.after for one in board.drafts.check(APPROVER, number).differences}
    assert shown == changed


def test_somebody_of_one_hall_neither_moves_nor_approves_beyond_it(board: Board) -> None:
    near = Actor("mei", "operator", ("a",))
    with pytest.raises(RegistryRefused, match=r"registry\.unknown"):
        board.into("a1", "b1", actor=near)
    with pytest.raises(Forbidden):
        board.drafts.move(near, ["a1"], lambda one: Placing("b", one.role, one.name), "x")
    change = LayerChange("registry", "a1", 1, placings.values(Placing("b", "terminal", "a1")))
    with pytest.raises(Forbidden):
        board.drafts.create(near, "x", [change])
    number = board.drafts.create(LIN, "x", [change]).id
    sent = board.drafts.submit(LIN, number, 1)
    with pytest.raises(Forbidden):
        board.drafts.approve(Actor("wu", "approver", ("a",)), number, sent.version)
    assert board.drafts.get(near, number).id == number, "it reaches a terminal of theirs"


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"hall": "a", "role": "terminal"}, "config.invalid"),
        ({"hall": "a", "role": "terminal", "name": "x", "password": "y"}, "config.invalid"),
        ({"hall": "nowhere", "role": "terminal", "name": "x"}, "registry.hall"),
        ({"hall": "a", "role": "terminal", "name": "x", "groups": {"nobody": True}}, "registry.group"),
    ],
)
def test_a_place_that_cannot_be_is_no_draft(board: Board, values: dict[str, Any], refused: str) -> None:
    with pytest.raises(Exception, match=r".") as error:
        board.drafts.create(LIN, "x", [LayerChange("registry", "a1", 1, values)])
    assert getattr(error.value, "code", "") == refused


def test_two_who_add_a_group_each_both_have_their_way(board: Board) -> None:
    renamed = Placing("a", "terminal", "新")
    first, second = board.into("a1"), board.drafts.move(LIN, ["a1"], lambda one: renamed, "x").draft
    assert first is not None
    assert second is not None
    board.approved(first)
    board.run(board.start(first))
    with pytest.raises(DraftRefused, match=r"draft\.stale"):
        board.drafts.submit(LIN, second, 1)
    _, clashes = board.drafts.rebase(LIN, second, 1)
    assert clashes == ()
    board.approved(second)
    board.run(board.start(second))
    assert board.placing("a1") == Placing("a", "terminal", "新", groups=("loud",))


def test_one_that_joins_a_group_while_its_layer_is_rolled_out_gets_it_in_the_end(board: Board) -> None:
    quiet = [{"kind": "group", "key": "loud", "base": 1, "values": {"voice": {"volume": 10}}}]
    number = board.into("a1")
    assert number is not None
    board.approved(number)
    assert board.run(board.start(number)) == "done"
    joins, changes = board.into("b1"), board.draft(*quiet)
    assert joins is not None
    board.approved(joins)
    board.start(changes)
    board.start(joins)
    for _ in range(20):
        board.turn()
    assert [row.state for row in board.rows(select(t.rollouts.c.state))] == ["done"] * 4
    assert board.placing("b1").groups == ("loud",)
    assert board.told["b1"].settings["voice"]["volume"] == 10


def test_what_was_meant_for_a_terminal_that_is_retired_meanwhile_is_passed_over(board: Board) -> None:
    own = LayerChange("terminal", "a1", 0, {"screen": {"theme": "large"}})
    move = LayerChange("registry", "a2", 1, placings.values(Placing("a", "terminal", "a2", groups=("loud",))))
    number = board.drafts.create(LIN, "x", [own, move]).id
    board.approved(number)
    rollout = board.start(number)
    with board.database.write() as connection:
        gone = {one: Placing("a", "terminal", one) for one in ("a1", "a2")}
        connection.execute(update(t.terminals).where(t.terminals.c.id.in_(gone)).values(state="retired"))
        placings.write(connection, "wang", gone, at=board.clock())
    board.fleet.refresh(["a1", "a2"])
    assert board.run(rollout) == "done"
    assert board.placing("a2").groups == ()


class Interleaved(RuleBasedStateMachine):
    """Drafts, moves, rollouts, abortions and rollbacks in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name)
        database = Database(f"sqlite:///{path / 'c.sqlite'}")
        database.prepare()
        self.board = Board(database, path, HALLS)
        self.pending: list[int] = []

    def teardown(self) -> None:
        try:
            self._all_is_as_resolved()
        finally:
            self.board.database.close()
            self.folder.cleanup()

    def _all_is_as_resolved(self) -> None:
        board = self.board
        for name in board.told:
            board.online(name)
        for _ in range(200):
            board.turn()
            if not board.rollouts._book.open:
                break
        else:
            raise AssertionError("it comes to an end")
        held = {row.id for row in board.rows(select(t.terminals).where(t.terminals.c.pinned))}
        wanted = {one: values for one, values in board.wanted().items() if one not in held}
        assert {one: board.told[one].settings for one in wanted} == wanted
        etags = {one: etag(told.settings) for one, told in board.told.items()}
        assert {row.id: row.etag for row in board.rows(select(t.terminals))} == etags

    @rule(
        layer=st.sampled_from(LAYERS),
        volume=st.sampled_from([None, 10, 20, 90]),
    )
    def say(self, layer: tuple[Any, str], volume: int | None) -> None:
        with self.board.database.read() as connection:
            now = layers.read(connection, *layer)
        values = {**now.values, "voice": {"volume": volume}}
        self.pending.append(
            self.board.drafts.create(LIN, "say", [LayerChange(*layer, now.version, values)], QUICK).id
        )

    @rule(
        names=st.sets(st.sampled_from(["a1", "a2", "a3", "b1", "b2"]), min_size=1, max_size=3),
        group=st.sampled_from(["loud", "plain"]),
        leave=st.booleans(),
    )
    def regroup(self, names: set[str], group: str, leave: bool) -> None:
        wanted = registry.grouped([] if leave else [group], [group] if leave else [])
        self._move(sorted(names), wanted)

    @rule(name=st.sampled_from(["a1", "a2", "b1"]), hall=st.sampled_from(["a", "b"]))
    def place(self, name: str, hall: str) -> None:
        self._move([name], lambda one: Placing(hall, one.role, one.name, groups=one.groups))

    def _move(self, names: list[str], wanted: Any) -> None:
        try:
            draft = self.board.drafts.move(LIN, names, wanted, "move").draft
        except RegistryRefused:  # a rollout moves it
            return
        if draft is not None:
            self.pending.append(draft)

    @rule()
    def approve_and_start(self) -> None:
        if not self.pending:
            return
        number = self.pending.pop(0)
        board = self.board
        try:
            draft = board.drafts.get(LIN, number)
            draft, _ = board.drafts.rebase(LIN, number, draft.version)
            if board.approved(number).state == "approved":
                board.start(number)
        except (DraftRefused, DraftConflict, RolloutRefused):
            pass

    @rule(state=st.sampled_from(["confirmed", "confirmed", "confirmed", "rejected"]))
    def turn(self, state: str) -> None:
        self.board.turn(state)

    @rule()
    def several_turns(self) -> None:
        for _ in range(6):
            self.board.turn("confirmed")

    @rule(abort=st.booleans())
    def undo(self, abort: bool) -> None:
        numbers = [
            row.id for row in self.board.rows(select(t.rollouts).order_by(t.rollouts.c.id.desc()).limit(1))
        ]
        try:
            if abort:
                self.board.rollouts.abort(numbers[0], APPROVER)
            else:
                self.board.rollouts.rollback(numbers[0], APPROVER)
        except RolloutRefused:
            pass

    @rule(name=st.sampled_from(["a1", "b1"]))
    def restore(self, name: str) -> None:
        self.board.rollouts.restore([name], APPROVER)

    @rule(name=st.sampled_from(["a1", "a2", "b2"]), on=st.booleans())
    def presence(self, name: str, on: bool) -> None:
        self.board.online(name, on)

    @rule(groups=st.sampled_from([[], ["loud"], ["plain"]]))
    def somebody_new(self, groups: list[str]) -> None:
        self.board.arrive(f"n{len(self.board.told)}", "b", groups)

    @rule()
    def restart(self) -> None:
        self.board.flush()
        on = [live.id for live in self.board.fleet if live.online]
        self.board.awake()
        for name in on:
            self.board.online(name)


class TestInterleaved(Interleaved.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(
        max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
