"""Drafts: two people and no surprises: checked, shown exactly, never approved by their author or when stale."""

import json
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, precondition, rule
from sqlalchemy import select, update

from config.layers import Change, diff
from config.problems import SettingsError
from provisioning.centre import audit, layers, registry
from provisioning.centre.drafts import Draft, DraftConflict, DraftRefused, Drafts
from provisioning.centre.layers import LayerChange
from provisioning.centre.registry import Group
from provisioning.centre.rights import CENTRE, Actor, Forbidden
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import drafts as table
from provisioning.centre.store.tables import terminals
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal

LIN = Actor("lin", "operator")
WU = Actor("wu", "approver")
MEI = Actor("mei", "approver")
LOCAL = Actor("local", "operator", ("qy",))
NEAR = Actor("near", "approver", ("qy",))

FLEET = {"source": {"url": "http://h:80"}, "screen": {"theme": "normal"}}
LARGE = LayerChange("fleet", "", 1, {"source": {"url": "http://h:80"}, "screen": {"theme": "large"}})


def _furnish(database: Database) -> None:
    for hall in ("qy", "hx"):
        add_hall(database, hall)
        for number in range(3):
            add_terminal(database, f"{hall}-k{number}", hall, groups=["both"] if number == 0 else [])
    with database.write() as connection:
        for group in ("both", "local", "empty"):
            registry.save_group(connection, CENTRE, Group(group, group), at=1.0)
        registry.move(connection, CENTRE, ["qy-k1"], registry.grouped(["local"], []), at=1.0)
        layers.write(connection, CENTRE, LayerChange("fleet", "", 0, FLEET), at=1.0)


@pytest.fixture
def drafts(database: Database) -> Drafts:
    _furnish(database)
    return Drafts(database, lambda: 1000.0)


def _submitted(drafts: Drafts, *changes: LayerChange, author: Actor = LIN) -> Draft:
    made = drafts.create(author, "大字", changes)
    return drafts.submit(author, made.id, made.version)


def _code(call: Callable[[], Any]) -> str:
    with pytest.raises(DraftRefused) as refused:
        call()
    return refused.value.code


# -- the way of a draft --------------------------------------------------------------------------------------


def test_a_draft_goes_from_its_author_to_a_second_person(drafts: Drafts, database: Database) -> None:
    plan = Plan(waves=("1", "100%"), soak_seconds=0)
    made = drafts.create(LIN, " 大字 ", [LARGE], plan)
    assert (made.state, made.title, made.author, made.version, made.plan) == ("draft", "大字", "lin", 1, plan)
    sent = drafts.submit(LIN, made.id, 1)
    done = drafts.approve(WU, made.id, sent.version, "好")
    assert (done.state, done.reviewer, done.remark, done.version) == ("approved", "wu", "好", 3)
    assert drafts.get(LIN, made.id) == done
    with database.read() as connection:
        assert layers.read(connection, "fleet", "").version == 1
        entries = audit.entries(connection, CENTRE, action="draft.").entries
    assert [(entry.who, entry.action) for entry in entries] == [
        ("wu", "draft.approved"),
        ("lin", "draft.submitted"),
        ("lin", "draft.created"),
    ]
    assert audit.verify(database).sound


def test_nobody_approves_the_own_draft_whatever_the_role(drafts: Drafts) -> None:
    for author in (WU, Actor("root1", "admin")):
        sent = _submitted(drafts, LARGE, author=author)
        assert _code(lambda a=author, d=sent: drafts.approve(a, d.id, d.version)) == "draft.own"  # type: ignore[misc]
        assert drafts.get(author, sent.id).state == "submitted"


def test_an_operator_approves_nothing(drafts: Drafts) -> None:
    sent = _submitted(drafts, LARGE)
    for actor in (Actor("other", "operator"), Actor("other", "viewer")):
        with pytest.raises(Forbidden):
            drafts.approve(actor, sent.id, sent.version)
        with pytest.raises(Forbidden):
            drafts.give_back(actor, sent.id, sent.version, "nein")


def test_only_the_author_edits_submits_and_withdraws(drafts: Drafts) -> None:
    made = drafts.create(LIN, "大字", [LARGE])
    for call in (
        lambda: drafts.edit(WU, made.id, 1, title="x"),
        lambda: drafts.submit(WU, made.id, 1),
        lambda: drafts.rebase(WU, made.id, 1),
    ):
        assert _code(call) == "draft.not_author"
    sent = drafts.submit(LIN, made.id, 1)
    assert _code(lambda: drafts.withdraw(WU, made.id, sent.version)) == "draft.not_author"


def test_a_returned_draft_says_why_and_is_edited_and_sent_again(drafts: Drafts) -> None:
    sent = _submitted(drafts, LARGE)
    assert _code(lambda: drafts.give_back(WU, sent.id, sent.version, "  ")) == "draft.remark"
    back = drafts.give_back(WU, sent.id, sent.version, "先试一厅")
    assert (back.state, back.remark, back.reviewer) == ("returned", "先试一厅", "wu")
    hall = LayerChange("hall", "qy", 0, {"screen": {"theme": "large"}})
    edited = drafts.edit(LIN, back.id, back.version, changes=[hall])
    assert (edited.state, edited.changes) == ("draft", (hall,))
    assert drafts.submit(LIN, edited.id, edited.version).state == "submitted"


def test_an_approved_draft_that_is_withdrawn_needs_a_new_approval(drafts: Drafts) -> None:
    sent = _submitted(drafts, LARGE)
    done = drafts.approve(WU, sent.id, sent.version)
    back = drafts.withdraw(LIN, done.id, done.version)
    assert (back.state, back.reviewer, back.reviewed) == ("draft", "", None)


def test_a_discarded_draft_comes_to_nothing(drafts: Drafts) -> None:
    sent = _submitted(drafts, LARGE)
    with pytest.raises(Forbidden):
        drafts.discard(Actor("other", "operator"), sent.id, sent.version)
    gone = drafts.discard(WU, sent.id, sent.version)
    assert gone.state == "discarded"
    assert _code(lambda: drafts.edit(LIN, gone.id, gone.version, title="x")) == "draft.state"
    assert _code(lambda: drafts.approve(WU, gone.id, gone.version)) == "draft.state"


def test_what_is_rolling_is_nobodys_to_change(drafts: Drafts, database: Database) -> None:
    sent = _submitted(drafts, LARGE)
    done = drafts.approve(WU, sent.id, sent.version)
    with database.write() as connection:
        connection.execute(update(table).values(state="rolling"))
    for call in (
        lambda: drafts.withdraw(LIN, done.id, done.version),
        lambda: drafts.discard(WU, done.id, done.version),
        lambda: drafts.edit(LIN, done.id, done.version, title="x"),
    ):
        assert _code(call) == "draft.state"


@pytest.mark.parametrize(
    ("title", "changes", "code"),
    [
        ("", [LARGE], "draft.title"),
        ("x" * 121, [LARGE], "draft.title"),
        ("x", [LARGE, LARGE], "draft.layer"),
        ("x", [LayerChange("hall", "nowhere", 0, {})], "draft.layer"),
        ("x", [LayerChange("group", "nothing", 0, {})], "draft.layer"),
        ("x", [LayerChange("terminal", "nobody", 0, {})], "draft.layer"),
        ("x", [LayerChange("fleet", "x", 0, {})], "draft.layer"),
        ("x\u202ey", [], "draft.title"),
        (
            "x",
            [LayerChange("fleet", "", 1, {"texts": json.loads("[" * 31 + "]" * 31)})],
            "draft.layer",
        ),
    ],
)
def test_what_cannot_be_a_draft_is_refused(
    drafts: Drafts, title: str, changes: list[LayerChange], code: str
) -> None:
    assert _code(lambda: drafts.create(LIN, title, changes)) == code


def test_a_layer_that_cannot_be_read_at_all_is_refused_at_once(drafts: Drafts) -> None:
    with pytest.raises(SettingsError):
        drafts.create(LIN, "x", [LayerChange("hall", "qy", 0, {"a.b": 1})])


def test_a_draft_that_changes_nothing_is_not_sent(drafts: Drafts) -> None:
    for changes in ((), (LayerChange("fleet", "", 1, {**FLEET, "idle": {"after": None}}),)):
        made = drafts.create(LIN, "x", changes)
        assert _code(lambda d=made: drafts.submit(LIN, d.id, d.version)) == "draft.empty"  # type: ignore[misc]


# -- what it would do ----------------------------------------------------------------------------------------


def test_the_difference_is_told_once_for_all_it_is_about(drafts: Drafts, database: Database) -> None:
    with database.write() as connection:
        own = LayerChange("terminal", "hx-k2", 0, {"screen": {"theme": "contrast"}})
        layers.write(connection, CENTRE, own, at=1.0)
    made = drafts.create(LIN, "x", [LARGE, LayerChange("hall", "hx", 0, {"voice": {"volume": 7}})])
    found = drafts.check(LIN, made.id)
    told = {(one.path, one.before, one.after): one.among for one in found.differences}
    assert set(told) == {("screen.theme", "normal", "large"), ("voice.volume", 100, 7)}
    large = told["screen.theme", "normal", "large"]
    assert (large.terminals, large.halls, large.examples) == (
        5,
        {"qy", "hx"},
        ["hx-k0", "hx-k1", "qy-k0", "qy-k1", "qy-k2"],
    )
    assert told["voice.volume", 100, 7].terminals == 3
    assert (found.terminals, found.halls, found.problems) == (6, {"qy", "hx"}, ())


def test_the_difference_of_one_terminal_is_exactly_what_would_be_issued(
    drafts: Drafts, database: Database
) -> None:
    made = drafts.create(LIN, "x", [LARGE])
    assert drafts.diff(LIN, made.id, "qy-k0") == (Change("screen.theme", "normal", "large"),)
    with database.read() as connection:
        rows = connection.execute(select(terminals)).all()
        before, after = layers.resolved(connection, rows), layers.resolved(connection, rows, made.changes)
    for row in rows:
        assert drafts.diff(LIN, made.id, row.id) == diff(before[row.id], after[row.id])


def test_a_check_changes_nothing(drafts: Drafts, database: Database) -> None:
    made = drafts.create(LIN, "x", [LARGE])
    before = audit.verify(database)
    drafts.check(LIN, made.id)
    drafts.diff(LIN, made.id, "qy-k0")
    assert drafts.get(LIN, made.id) == made
    assert audit.verify(database) == before


def test_problems_are_told_by_cause_and_stop_the_draft(drafts: Drafts) -> None:
    wrong = LayerChange("fleet", "", 1, {**FLEET, "voice": {"volume": 101}, "screen": {"themes": ["large"]}})
    made = drafts.create(LIN, "x", [wrong])
    causes = {cause.problem.key: cause for cause in drafts.check(LIN, made.id).problems}
    assert set(causes) == {"voice.volume", "screen.theme"}
    assert causes["voice.volume"].among.terminals == 6
    assert causes["voice.volume"].problem.origin == "fleet"
    assert _code(lambda: drafts.submit(LIN, made.id, 1)) == "draft.problems"


def test_what_many_lack_is_one_cause(drafts: Drafts) -> None:
    made = drafts.create(LIN, "x", [LayerChange("fleet", "", 1, {})])
    (cause,) = drafts.check(LIN, made.id).problems
    assert (cause.problem.key, cause.among.terminals) == ("source.url", 6)


def test_what_the_registry_says_of_several_is_one_cause(drafts: Drafts, database: Database) -> None:
    for number in range(2):
        add_terminal(database, f"old-{number}", role="kiosk")
    made = drafts.create(LIN, "x", [LARGE])
    (cause,) = drafts.check(LIN, made.id).problems
    assert (cause.problem.key, cause.problem.value, cause.among.terminals) == ("role", "kiosk", 2)


def test_a_mistake_in_a_layer_that_speaks_for_nobody_yet_is_found(drafts: Drafts) -> None:
    made = drafts.create(LIN, "x", [LayerChange("group", "empty", 0, {"voice": {"volume": "loud"}})])
    (cause,) = drafts.check(LIN, made.id).problems
    assert (cause.problem.key, cause.among.terminals) == ("voice.volume", 0)
    assert _code(lambda: drafts.submit(LIN, made.id, 1)) == "draft.problems"


def test_what_became_wrong_after_submission_is_not_approved(drafts: Drafts, database: Database) -> None:
    hall = LayerChange("hall", "qy", 0, {"screen": {"theme": "contrast"}})
    sent = _submitted(drafts, hall)
    with database.write() as connection:
        narrow = LayerChange("group", "local", 0, {"screen": {"themes": ["normal", "large"]}})
        layers.write(connection, CENTRE, narrow, at=2.0)
    assert _code(lambda: drafts.approve(WU, sent.id, sent.version)) == "draft.problems"
    assert drafts.get(LIN, sent.id).state == "submitted"


def test_what_reaches_no_terminal_is_released_on_approval(drafts: Drafts, database: Database) -> None:
    add_hall(database, "new")
    values = {"source": {"url": "http://new:80"}}
    sent = _submitted(drafts, LayerChange("hall", "new", 0, values))
    done = drafts.approve(WU, sent.id, sent.version)
    assert done.state == "applied"
    with database.read() as connection:
        kept = layers.history(connection, "hall", "new")
    assert [(one.version, one.values, one.by, one.draft) for one in kept] == [(1, values, "wu", done.id)]


def test_nothing_is_released_from_under_a_rollout(drafts: Drafts, database: Database) -> None:
    first = _submitted(drafts, LayerChange("group", "empty", 0, {"voice": {"volume": 5}}))
    with database.write() as connection:
        connection.execute(update(table).where(table.c.id == first.id).values(state="rolling"))
    sent = _submitted(drafts, LayerChange("group", "empty", 0, {"voice": {"volume": 6}}))
    assert _code(lambda: drafts.approve(WU, sent.id, sent.version)) == "draft.rolling"
    assert drafts.get(WU, sent.id).state == "submitted"


# -- when others were quicker --------------------------------------------------------------------------------


def test_a_draft_on_a_layer_that_moved_is_stale_until_rebased(drafts: Drafts, database: Database) -> None:
    sent = _submitted(drafts, LARGE)
    made = drafts.create(LIN, "y", [LARGE])
    with database.write() as connection:
        theirs = {**FLEET, "voice": {"volume": 40}, "screen": {"theme": "contrast"}}
        layers.write(connection, CENTRE, LayerChange("fleet", "", 1, theirs), at=2.0)
    assert _code(lambda: drafts.approve(WU, sent.id, sent.version)) == "draft.stale"
    assert _code(lambda: drafts.submit(LIN, made.id, 1)) == "draft.stale"
    moved, found = drafts.rebase(LIN, made.id, 1)
    (change,) = moved.changes
    assert (change.base, moved.state) == (2, "draft")
    assert change.values == {**FLEET, "voice": {"volume": 40}, "screen": {"theme": "large"}}
    assert [(clash.path, clash.theirs, clash.ours) for clash in found] == [
        ("screen.theme", "contrast", "large")
    ]
    again = drafts.submit(LIN, moved.id, moved.version)
    assert drafts.approve(WU, again.id, again.version).state == "approved"


def test_an_older_version_is_refused_with_the_present_one(drafts: Drafts) -> None:
    made = drafts.create(LIN, "x", [LARGE])
    drafts.edit(LIN, made.id, 1, title="y")
    for call in (
        lambda: drafts.edit(LIN, made.id, 1, title="z"),
        lambda: drafts.submit(LIN, made.id, 1),
        lambda: drafts.discard(LIN, made.id, 1),
        lambda: drafts.rebase(LIN, made.id, 1),
    ):
        with pytest.raises(DraftConflict) as conflict:
            call()
        assert conflict.value.version == 2
    assert drafts.get(LIN, made.id).title == "y"


def test_who_approves_has_seen_what_is_approved(drafts: Drafts) -> None:
    sent = _submitted(drafts, LARGE)
    back = drafts.withdraw(LIN, sent.id, sent.version)
    other = drafts.edit(
        LIN, back.id, back.version, changes=[LayerChange("fleet", "", 1, {**FLEET, "texts": {}})]
    )
    with pytest.raises(DraftConflict):
        drafts.approve(WU, sent.id, sent.version)
    assert other.state == "draft"


def _both(*calls: Callable[[], Any]) -> list[Any]:
    """What becomes of calls that are made at once: a draft, or the error."""
    outcome: list[Any] = []
    begin = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> None:
        begin.wait()
        try:
            outcome.append(call())
        except (DraftConflict, DraftRefused) as error:
            outcome.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def test_of_two_who_approve_at_once_one_does(drafts: Drafts, database: Database) -> None:
    sent = _submitted(drafts, LARGE)
    outcome = _both(
        lambda: drafts.approve(WU, sent.id, sent.version), lambda: drafts.approve(MEI, sent.id, sent.version)
    )
    (done,) = [one for one in outcome if isinstance(one, Draft)]
    (refused,) = [one for one in outcome if isinstance(one, Exception)]
    assert isinstance(refused, DraftConflict)
    assert drafts.get(LIN, sent.id).reviewer == done.reviewer
    with database.read() as connection:
        assert audit.entries(connection, CENTRE, action="draft.approved").total == 1


def test_of_approving_and_returning_at_once_one_happens(drafts: Drafts) -> None:
    sent = _submitted(drafts, LARGE)
    outcome = _both(
        lambda: drafts.approve(WU, sent.id, sent.version),
        lambda: drafts.give_back(MEI, sent.id, sent.version, "不"),
        lambda: drafts.withdraw(LIN, sent.id, sent.version),
    )
    (done,) = [one for one in outcome if isinstance(one, Draft)]
    assert drafts.get(LIN, sent.id) == done


def test_of_two_who_edit_at_once_one_is_told_so(drafts: Drafts) -> None:
    made = drafts.create(LIN, "x", [LARGE])
    outcome = _both(*(lambda t=title: drafts.edit(LIN, made.id, 1, title=t) for title in ("a", "b")))
    (done,) = [one for one in outcome if isinstance(one, Draft)]
    assert [type(one) for one in outcome if not isinstance(one, Draft)] == [DraftConflict]
    assert drafts.get(LIN, made.id).title == done.title


def test_of_two_drafts_for_one_new_layer_the_second_becomes_stale(drafts: Drafts, database: Database) -> None:
    sent = [
        _submitted(drafts, LayerChange("group", "empty", 0, {"voice": {"volume": volume}}))
        for volume in (5, 6)
    ]
    outcome = _both(*(lambda d=one: drafts.approve(WU, d.id, d.version) for one in sent))
    assert [one.code for one in outcome if isinstance(one, DraftRefused)] == ["draft.stale"]
    with database.read() as connection:
        assert len(layers.history(connection, "group", "empty")) == 1


# -- halls ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        (LARGE, False),
        (LayerChange("hall", "qy", 0, {"screen": {"theme": "large"}}), True),
        (LayerChange("hall", "hx", 0, {"screen": {"theme": "large"}}), False),
        (LayerChange("group", "both", 0, {"screen": {"theme": "large"}}), False),
        (LayerChange("group", "local", 0, {"screen": {"theme": "large"}}), True),
        (LayerChange("terminal", "qy-k0", 0, {"screen": {"theme": "large"}}), True),
        (LayerChange("terminal", "hx-k0", 0, {"screen": {"theme": "large"}}), False),
    ],
)
def test_who_is_bound_to_a_hall_drafts_and_approves_for_that_hall_only(
    drafts: Drafts, change: LayerChange, allowed: bool
) -> None:
    sent = _submitted(drafts, change)
    if allowed:
        assert _submitted(drafts, change, author=LOCAL).author == "local"
        assert drafts.approve(NEAR, sent.id, sent.version).state == "approved"
        return
    with pytest.raises(Forbidden):
        drafts.create(LOCAL, "x", [change])
    with pytest.raises((Forbidden, DraftRefused)):
        drafts.approve(NEAR, sent.id, sent.version)
    assert drafts.get(WU, sent.id).state == "submitted"


def test_a_group_that_spread_meanwhile_is_no_longer_one_halls(drafts: Drafts, database: Database) -> None:
    change = LayerChange("group", "local", 0, {"screen": {"theme": "large"}})
    made = drafts.create(LOCAL, "x", [change])
    with database.write() as connection:
        registry.move(connection, CENTRE, ["hx-k1"], registry.grouped(["local"], []), at=2.0)
    with pytest.raises(Forbidden):
        drafts.submit(LOCAL, made.id, 1)


def test_drafts_of_other_halls_are_not_seen(drafts: Drafts) -> None:
    far = drafts.create(LIN, "far", [LayerChange("hall", "hx", 0, {})])
    near = drafts.create(LIN, "near", [LayerChange("hall", "qy", 0, {})])
    fleet = drafts.create(LIN, "fleet", [LARGE])
    assert _code(lambda: drafts.get(LOCAL, far.id)) == "draft.unknown"
    assert drafts.all(LOCAL) == ((fleet, near), 2)
    assert drafts.all(LIN, size=2) == ((fleet, near), 3)
    assert drafts.all(LIN, size=2, page=2) == ((far,), 3)
    assert drafts.all(LIN, states=["approved"]) == ((), 0)


# -- any order of steps --------------------------------------------------------------------------------------


class AnyOrder(RuleBasedStateMachine):
    """Everybody does anything in any order: what holds always, holds."""

    made = Bundle("made")
    prepared: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=AnyOrder.prepared.parent))
        shutil.copy(AnyOrder.prepared, self.folder / "centre.sqlite")
        self.database = Database(f"sqlite:///{self.folder / 'centre.sqlite'}")
        self.drafts = Drafts(self.database, lambda: 1.0)
        self.created = 0
        self.approved: dict[int, tuple[LayerChange, ...]] = {}

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    def _try(self, call: Callable[[], Draft]) -> Draft | None:
        try:
            return call()
        except (DraftRefused, DraftConflict, Forbidden):
            return None

    def _now(self, id: int) -> Draft:
        return self.drafts.get(CENTRE, id)

    actors = st.sampled_from([LIN, WU, MEI, LOCAL, NEAR])
    mostly_authors = st.none() | actors  # None: whoever wrote it
    volumes = st.integers(0, 3)
    targets = st.sampled_from([("fleet", ""), ("hall", "qy"), ("group", "empty"), ("terminal", "hx-k0")])

    @staticmethod
    def _who(actor: Actor | None, draft: Draft) -> Actor:
        return actor or next(one for one in (LIN, WU, MEI, LOCAL, NEAR) if one.name == draft.author)

    def _change(self, target: tuple[Any, str], volume: int) -> LayerChange:
        with self.database.read() as connection:
            now = layers.read(connection, *target)
        return LayerChange(*target, now.version, {**now.values, "voice": {"volume": volume}})

    @precondition(lambda self: self.created < 3)  # few, so that they get somewhere
    @rule(target=made, actor=actors, layer=targets, volume=volumes)
    def create(self, actor: Actor, layer: tuple[Any, str], volume: int) -> Any:
        draft = self._try(lambda: self.drafts.create(actor, "x", [self._change(layer, volume)]))
        self.created += draft is not None
        return draft.id if draft else multiple()

    @rule(id=made, by=mostly_authors, volume=volumes, behind=st.integers(0, 1))
    def edit(self, id: int, by: Actor | None, volume: int, behind: int) -> None:
        now = self._now(id)
        actor = self._who(by, now)
        change = LayerChange(
            now.changes[0].kind,
            now.changes[0].key,
            now.changes[0].base,
            {**FLEET, "voice": {"volume": volume}},
        )
        done = self._try(lambda: self.drafts.edit(actor, id, now.version - behind, changes=[change]))
        if done:
            assert not behind
            assert now.state in ("draft", "returned")
            assert done.author == actor.name

    @rule(id=made, by=mostly_authors, step=st.sampled_from(["rebase", "withdraw", "give_back", "discard"]))
    def step(self, id: int, by: Actor | None, step: str) -> None:
        now = self._now(id)
        actor = self._who(by, now)
        remark = ("why",) if step == "give_back" else ()
        done = self._try(lambda: getattr(self.drafts, step)(actor, id, now.version, *remark))
        if done:
            before = {
                "rebase": ("draft", "returned"),
                "withdraw": ("submitted", "approved"),
                "give_back": ("submitted",),
                "discard": ("draft", "returned", "submitted", "approved"),
            }
            assert now.state in before[step]
            if step == "give_back":
                assert actor.name != now.author
            elif step != "discard":
                assert actor.name == now.author

    @rule(id=made, by=mostly_authors)
    def submit(self, id: int, by: Actor | None) -> None:
        now = self._now(id)
        done = self._try(lambda: self.drafts.submit(self._who(by, now), id, now.version))
        if done:
            assert now.state in ("draft", "returned")
            assert by is None or by.name == now.author
            assert done.changes == now.changes

    @rule(id=made, actor=st.sampled_from([WU, MEI, NEAR, LIN]), rolls=st.booleans())
    def approve(self, id: int, actor: Actor, rolls: bool) -> None:
        now = self._now(id)
        done = self._try(lambda: self.drafts.approve(actor, id, now.version))
        if done:
            assert now.state == "submitted"
            assert actor.name != now.author
            assert actor.may("approve")
            assert done.changes == now.changes
            self.approved[id] = done.changes
            if rolls:
                self._roll_out(id)

    def _roll_out(self, id: int) -> None:
        """As a rollout that goes well does it."""
        if (now := self._now(id)).state != "approved":
            return
        with self.database.write() as connection:
            try:
                for change in now.changes:
                    layers.write(connection, CENTRE, change, at=2.0, draft=id)
            except layers.LayerMoved:
                return
            connection.execute(update(table).where(table.c.id == id).values(state="applied"))

    @invariant()
    def what_is_approved_was_approved_by_another_as_it_is(self) -> None:
        for draft in self.drafts.all(CENTRE, size=1000)[0]:
            if draft.state in ("approved", "applied"):
                assert draft.reviewer
                assert draft.reviewer != draft.author
                assert self.approved[draft.id] == draft.changes

    @invariant()
    def what_is_released_was_approved(self) -> None:
        with self.database.read() as connection:
            for kind, key in (("hall", "qy"), ("group", "empty"), ("terminal", "hx-k0"), ("fleet", "")):
                for one in layers.history(connection, kind, key)[: -1 if kind == "fleet" else None]:  # type: ignore
                    assert one.draft is not None
                    assert one.values in [change.values for change in self.approved[one.draft]]

    @invariant()
    def the_audit_is_one_sound_chain(self) -> None:
        assert audit.verify(self.database).sound


@pytest.fixture(scope="module", autouse=True)
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> None:
    AnyOrder.prepared = tmp_path_factory.mktemp("any-order") / "prepared.sqlite"
    database = Database(f"sqlite:///{AnyOrder.prepared}")
    database.prepare()
    _furnish(database)
    database.close()


class TestAnyOrder(AnyOrder.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(max_examples=25, stateful_step_count=40)
