"""A hall's journal that was lost or put back goes on as another branch: all that came is kept, each record once."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from hall.journal.chain import BEFORE_GENESIS, canonical, link
from provisioning.centre import audit
from provisioning.centre.alerts import Alerts
from provisioning.centre.branches import LONGEST, Branch, BranchRefused, begin, branches, records
from provisioning.centre.collection import Collection
from provisioning.centre.fleet import Fleet
from provisioning.centre.registry import RegistryRefused
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.statistics import NoDryRun, Statistics
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.uplink import BEHIND, FORKED, UNREAD, Uplink, batch_of, event_of
from provisioning.wire.messages import EventBatch, Health, Presence
from tests.unit.hall.small_hall import hall_settings
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal, open_alerts

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
OPS = Actor("lin", "operator", ("small",))
WHY = "the disk died"
NUMBERS = count()


class Journal:
    """A hall's, on its disk: chained, and can be put back from a copy."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.minute = 0  # of the hall's clock, past MORNING

    def write(self, type: str = "window_opened", **data: Any) -> None:
        self.minute += 1
        seq, at = len(self.lines) + 1, MORNING + timedelta(minutes=self.minute)
        record = {"at": at.isoformat(), "by": "terminal:k01", "data": data, "seq": seq, "type": type}
        before = bytes.fromhex(self.lines[-1]["hash"]) if self.lines else BEFORE_GENESIS
        self.lines.append({"hash": link(before, canonical(record)).hex(), "record": record})

    def after(self, seq: int) -> list[dict[str, Any]]:
        return self.lines[seq : seq + 500]


class Scene:
    """A hall with its uplink, and a centre. ``lost``: whether a message is lost, asked for each, there and back."""

    def __init__(self, database: Database, hall: str = "small") -> None:
        self.database, self.hall, self.device = database, hall, f"{hall}-journal"
        self.now = MORNING.timestamp()
        self.lost: Callable[[], bool] = lambda: False
        add_hall(database, hall)
        add_terminal(database, self.device, hall, kind="hall")
        self.collection = Collection(database, lambda: self.now)
        self.journal, self.wrong = Journal(), ""
        self.begun: list[Branch] = []
        self.fleet = Fleet(database, lambda: self.now)
        self.fleet.load()
        self.alerts = Alerts(database, self.fleet, lambda: self.now, lambda told: None)
        self.fleet.listen(self.alerts.changed)
        self.fleet.link("main", True)
        self.fleet.heard_presence(self.device, Presence(on=True, sid="s", at=MORNING))
        self.uplink = self._uplink()

    def _uplink(self) -> Uplink:
        return Uplink(
            self.hall,
            lambda after: self.journal.after(after),
            self._send,
            pulse=self._pulse,
            mono=lambda: 0.0,
        )

    def _send(self, payload: bytes) -> bool:
        if self.lost():
            return False
        taken = self.collection.take(self.device, EventBatch.model_validate_json(payload))
        if taken.begun is not None:
            self.begun.append(taken.begun)
        if self.lost():
            self.uplink.lost()
            return False
        self.uplink.heard(taken.ack.model_dump_json().encode())
        return True

    def _pulse(self, wrong: str) -> None:
        self.wrong = wrong
        self.fleet.heard_health(self.device, Health(sid="s", at=MORNING, up_seconds=1, rev=0, hall=wrong))
        self.alerts.sweep()

    def sent(self, steps: int = 6) -> str:
        """What the uplink finds wrong after it had some time."""
        for _ in range(steps):
            self.uplink.step()
        return self.uplink.wrong

    def begin(self, why: str = WHY, actor: Actor = OPS) -> Branch:
        with self.database.write() as db:
            return begin(db, actor, self.hall, why, at=self.now)

    def kept(self) -> list[tuple[int, str]]:
        j = t.journal.c
        with self.database.read() as db:
            rows = db.execute(select(j.branch, j.body).where(j.hall == self.hall).order_by(j.branch, j.seq))
            return [(row.branch, row.body["hash"]) for row in rows]

    def branches(self) -> tuple[Branch, ...]:
        with self.database.read() as db:
            return branches(db, self.hall)


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database)


def hashes(journal: Journal) -> list[str]:
    return [one["hash"] for one in journal.lines]


def written(scene: Scene, count: int) -> None:
    for _ in range(count):
        scene.journal.write()


def test_a_new_empty_journal_goes_on_as_another_branch_and_what_came_before_stays(scene: Scene) -> None:
    written(scene, 5)
    assert scene.sent() == ""
    before = hashes(scene.journal)
    scene.journal.lines = []
    assert scene.sent() == BEHIND
    scene.now += 3600
    made = scene.begin()
    assert (made.branch, made.after, made.after_hash) == (1, 5, before[-1])
    assert made.after_at == (MORNING + timedelta(minutes=5)).timestamp()
    assert scene.sent() == ""
    scene.journal.minute = 89
    written(scene, 3)
    assert scene.sent() == scene.wrong == ""
    assert scene.kept() == [(0, one) for one in before] + [(1, one) for one in hashes(scene.journal)]
    (told,) = scene.begun
    assert (told.first, told.follows, told.whole) == (1, "", False)
    assert told.until == told.first_at == (MORNING + timedelta(minutes=90)).timestamp()
    assert scene.branches() == (told,)
    times = {"since": "2026-11-23T01:05:00+00:00", "until": "2026-11-23T02:30:00+00:00"}
    lost = (scene.device, "small", "centre.journal_anew", {"after": 5, **times})
    assert open_alerts(scene.database)[-1] == lost


def test_of_a_copy_that_was_put_back_only_what_is_new_is_kept(scene: Scene) -> None:
    written(scene, 5)
    old = list(scene.journal.lines)
    scene.sent()
    scene.journal.lines = old[:3]
    written(scene, 4)
    assert scene.sent() == FORKED
    scene.begin()
    assert scene.sent() == ""
    assert scene.kept() == [(0, one["hash"]) for one in old] + [(1, one) for one in hashes(scene.journal)[3:]]
    (told,) = scene.begun
    assert (told.after, told.first, told.follows, told.whole) == (5, 4, old[2]["hash"], False)
    with scene.database.read() as db:
        assert records(branches(db, "small"), *scene.collection.position(scene.device, "journal")) == 9


def test_where_the_collected_journal_is_there_again_nothing_is_missing_and_that_is_said(scene: Scene) -> None:
    written(scene, 5)
    whole = list(scene.journal.lines)
    scene.sent()
    scene.journal.lines = whole[:2]
    scene.sent()
    scene.begin()
    scene.journal.lines = whole
    scene.journal.write()
    assert scene.sent() == ""
    assert [hash for _, hash in scene.kept()] == hashes(scene.journal)
    assert [(one.first, one.whole) for one in scene.branches()] == [(6, True)]


def test_a_disk_that_is_found_again_after_another_began_is_not_counted_twice(scene: Scene) -> None:
    written(scene, 6)
    first = list(scene.journal.lines)
    scene.sent()
    scene.journal.lines = []
    scene.sent()
    scene.begin()
    written(scene, 2)
    scene.sent()
    second = hashes(scene.journal)
    scene.journal.lines = list(first)
    written(scene, 1)
    assert scene.sent() == FORKED
    scene.begin("the old disk was found")
    assert scene.sent() == ""
    assert [hash for _, hash in scene.kept()] == [
        *(one["hash"] for one in first),
        *second,
        hashes(scene.journal)[6],
    ]
    assert [(one.after, one.first) for one in scene.branches()] == [(6, 1), (2, 7)]
    with scene.database.read() as db:
        assert records(branches(db, "small"), *scene.collection.position(scene.device, "journal")) == 9


def test_a_late_batch_of_the_branch_before_is_not_taken(scene: Scene) -> None:
    written(scene, 3)
    scene.sent()
    late = scene.journal.after(0)
    scene.journal.lines = []
    scene.sent()
    scene.begin()
    batch = batch_of(event_of(one, "small") for one in late)
    answer = scene.collection.take(scene.device, batch)
    assert (answer.new, answer.ack.seq, answer.ack.branch, answer.ack.hash) == ((), 0, 1, "")
    assert len(scene.kept()) == 3


def test_a_journal_in_order_does_not_begin_anew(scene: Scene) -> None:
    def refused() -> str:
        with pytest.raises(BranchRefused) as error:
            scene.begin()
        return error.value.code

    assert refused() == "hall.journal_whole"  # nothing came yet
    written(scene, 3)
    scene.sent()
    assert refused() == "hall.journal_whole"
    scene._pulse(UNREAD)
    assert refused() == "hall.journal_whole"
    scene.journal.lines = []
    scene.sent()
    scene.begin()
    assert refused() == "hall.journal_whole"  # said twice is said once
    assert len(scene.branches()) == 1


def test_who_may_not_steer_the_hall_or_gives_no_reason_is_refused_and_nothing_changes(scene: Scene) -> None:
    written(scene, 3)
    scene.sent()
    scene.journal.lines = []
    scene.sent()
    for actor in (Actor("w", "viewer"), Actor("o", "operator", ("other",))):
        with pytest.raises(Forbidden):
            scene.begin(actor=actor)
    for why in ("", "  ", "x" * (LONGEST + 1)):
        with pytest.raises(BranchRefused) as error:
            scene.begin(why)
        assert error.value.code == "hall.no_reason"
    with scene.database.write() as db, pytest.raises(RegistryRefused):
        begin(db, Actor("a", "admin"), "nowhere", WHY, at=0.0)
    assert (scene.branches(), scene.collection.position(scene.device, "journal")) == ((), (3, 0))


def test_who_began_it_and_why_is_in_the_audit(scene: Scene) -> None:
    written(scene, 3)
    scene.sent()
    scene.journal.lines = []
    scene.sent()
    scene.begin()
    with scene.database.read() as db:
        (entry,) = audit.entries(db, Actor("a", "admin"), action="hall.journal_begun").entries
    assert (entry.who, entry.hall, entry.detail) == ("lin", "small", {"branch": 1, "after": 3, "why": WHY})


def test_another_hall_is_not_touched(database: Database, scene: Scene) -> None:
    other = Scene(database, "other")
    for one in (scene, other):
        written(one, 3)
        one.sent()
    scene.journal.lines = []
    scene.sent()
    scene.begin()
    written(other, 2)
    assert other.sent() == ""
    assert [branch for branch, _ in other.kept()] == [0] * 5
    assert other.branches() == ()


happenings = st.lists(
    st.one_of(
        st.sampled_from(["copy", "back", "empty", "begin", "lose", "again"]),
        st.sampled_from(["write", "step", "send", "begin"]),
    ),
    min_size=8,
    max_size=50,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(happenings)
def test_whatever_happens_to_the_hall_s_disk_each_record_is_kept_once_and_the_present_journal_whole(
    database: Database, happens: list[str]
) -> None:
    scene = Scene(database, f"h{next(NUMBERS)}")
    copy: list[dict[str, Any]] = []
    losses, anybody = [False], Actor("a", "admin")

    def lost() -> bool:
        return losses.pop() if len(losses) > 1 else False

    scene.lost = lost
    for what in happens:
        match what:
            case "write":
                written(scene, 2)
            case "step":
                scene.uplink.step()
            case "send":
                scene.sent()
            case "copy":
                copy = list(scene.journal.lines)
            case "back":
                scene.journal.lines = list(copy)
            case "empty":
                scene.journal.lines = []
            case "begin":
                with suppress(BranchRefused):
                    scene.begin(actor=anybody)
            case "lose":
                losses.append(True)
            case "again":
                scene.uplink = scene._uplink()
    losses[:] = [False]
    if scene.sent() != "":
        scene.begin(actor=anybody)
        assert scene.sent(10) == ""
    scene.sent()
    kept = [hash for _, hash in scene.kept()]
    assert len(set(kept)) == len(kept)
    assert set(hashes(scene.journal)) <= set(kept)
    with database.read() as db:
        found = branches(db, scene.hall)
        assert records(found, *scene.collection.position(scene.device, "journal")) == len(kept)


# -- counted -----------------------------------------------------------------------------------------------


def day(scene: Scene) -> Any:
    return Statistics(scene.database, lambda: scene.now).day("small", TODAY)


def taken(scene: Scene, *numbers: int) -> None:
    for number in numbers:
        scene.journal.write("ticket_taken", ticket=f"t{number}", queue="a")


def served(scene: Scene, *numbers: int) -> None:
    for number in numbers:
        scene.journal.write("ticket_called", ticket=f"t{number}", window="1")
        scene.journal.write("ticket_finished", ticket=f"t{number}", window="1", handled=60)


def put_back(scene: Scene, lines: list[dict[str, Any]]) -> None:
    scene.sent()
    scene.journal.lines = lines
    scene.sent()
    scene.begin()


def test_a_number_given_again_after_the_disk_died_is_another_person(scene: Scene) -> None:
    taken(scene, 1, 2, 3)
    served(scene, 1)
    put_back(scene, [])
    taken(scene, 1, 2)
    served(scene, 1)
    scene.sent()
    figures = day(scene)
    assert (figures.taken, figures.served, figures.channels) == (5, 2, {"terminal": 5})
    assert (figures.waiting, figures.abandoned) == (
        1,
        2,
    )  # the hall does not know the first t2 and t3 any more
    assert [(one.after, one.first) for one in figures.gaps] == [(5, 1)]


def test_who_was_served_before_a_copy_was_put_back_is_not_served_twice(scene: Scene) -> None:
    taken(scene, 1, 2)
    copy = list(scene.journal.lines)
    served(scene, 1)
    put_back(scene, copy)
    served(scene, 1, 2)
    scene.sent()
    figures = day(scene)
    assert (figures.taken, figures.served, figures.waiting, figures.abandoned) == (2, 2, 0, 0)
    assert [(one.calls, one.served) for one in figures.windows] == [(3, 2)]


def test_who_was_served_before_a_copy_was_put_back_has_not_left(scene: Scene) -> None:
    taken(scene, 1, 2)
    copy = list(scene.journal.lines)
    served(scene, 1)
    put_back(scene, copy)
    scene.journal.write("day_closed", left=["t1", "t2"])
    scene.sent()
    figures = day(scene)
    assert (figures.served, figures.abandoned, figures.waiting) == (1, 1, 0)


@pytest.mark.parametrize(("days", "gaps"), [(-1, 0), (0, 1), (1, 1), (2, 1), (3, 0)])
def test_a_gap_is_told_on_every_day_it_lies_in_and_on_no_other(scene: Scene, days: int, gaps: int) -> None:
    written(scene, 3)
    scene.sent()
    scene.journal.lines = []
    scene.sent()
    scene.begin()
    scene.journal.minute = 2 * 24 * 60
    written(scene, 1)
    scene.sent()
    figures = Statistics(scene.database, lambda: scene.now).day("small", TODAY + timedelta(days=days))
    assert len(figures.gaps) == gaps


def test_a_day_on_which_the_journal_began_anew_is_not_played_again(scene: Scene) -> None:
    with scene.database.write() as db:
        db.execute(update(t.halls).where(t.halls.c.id == "small").values(settings=hall_settings()))
    taken(scene, 1)
    put_back(scene, [])
    taken(scene, 1)
    scene.sent()
    with pytest.raises(NoDryRun) as refused:
        Statistics(scene.database, lambda: scene.now).dry_run("small", "standard", TODAY)
    assert refused.value.code == "dry_run.begun_anew"
