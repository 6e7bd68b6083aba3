"""A hall's day played again: the same policy gives the same day, another one shows exactly what would differ."""

import json
import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from hall.journal.chain import Head, genesis
from hall.journal.codec import encode
from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import QueueId, WindowId
from hall.wire.messages import Priority
from provisioning.centre.dry_run import dry_run
from provisioning.centre.layers import LayerChange, write
from provisioning.centre.rights import CENTRE
from provisioning.centre.statistics import NoDryRun, Statistics
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.uplink import event_of
from tests.unit.hall.small_hall import MORNING, Day, hall_settings, make_plan
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal

A, B = QueueId("a"), QueueId("b")
WINDOWS = [WindowId(n) for n in "123"]
CLASSES: list[Priority] = ["ordinary", "elder"]
TODAY = date(2026, 11, 23)


def lived(seed: int, steps: int = 80) -> Day:
    """A random day of the small hall."""
    day, chance = Day(), random.Random(seed)
    for window in WINDOWS:
        day.do(c.OpenWindow(window))
    for _ in range(steps):
        day.later(seconds=chance.randint(5, 200))
        window = chance.choice(WINDOWS)
        person = chance.choice([None, f"p{chance.randint(1, 30)}"])
        wishes: list[c.Command] = [
            c.Take(chance.choice([A, B]), chance.choice(CLASSES), person),
            c.Take(chance.choice([A, B]), "ordinary", person),
            c.CallNext(window),
            c.Finish(window),
            c.Miss(window),
            c.Recall(window),
            c.Start(window),
        ]
        day.do(chance.choice(wishes))
    return day


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_same_policy_plays_the_same_day(seed: int) -> None:
    day = lived(seed)
    same = dry_run(day.plan.hall, day.plan.policy, TODAY, day.events)
    assert not same.changes
    assert same.faithful == 1.0
    assert same.before.calls == tuple(
        dict.fromkeys(x.number for x in day.events if isinstance(x, e.TicketCalled))
    )


def test_without_a_streak_of_priority_ordinary_people_come_sooner() -> None:
    day = Day()
    day.done(c.OpenWindow(WINDOWS[1]))
    for kind in ("ordinary", "elder", "elder", "elder"):
        day.done(c.Take(B, kind))
        day.later(seconds=10)
    for _ in range(4):
        day.done(c.CallNext(WINDOWS[1]))
        day.later(minutes=5)
        day.done(c.Finish(WINDOWS[1]))
    ran = dry_run(day.plan.hall, day.plan.policy.model_copy(update={"priority_streak": 0}), TODAY, day.events)
    assert ran.before.calls.index("B001") == 2
    assert ran.after.calls != ran.before.calls
    assert ran.before.waits["all"].count == ran.after.waits["all"].count == 4


def test_numbers_that_would_have_been_refused_are_counted_by_reason() -> None:
    day = Day(plan=make_plan(policy={"one_per_person": False}))
    for _ in range(3):
        day.done(c.Take(A, person="p1"))
    ran = dry_run(
        day.plan.hall, day.plan.policy.model_copy(update={"one_per_person": True}), TODAY, day.events
    )
    assert (ran.before.taken, ran.after.taken) == (3, 1)
    assert ran.after.refused == {"person.already_waiting": 2}


def collect(database: Database, day: Day, **written: object) -> None:
    """The day's journal as the uplink sends it, of a hall that has ``written`` other settings."""
    add_hall(database, "small", settings=hall_settings(**written))
    add_terminal(database, "hall-small", "small", kind="hall")
    head, rows = Head(0, genesis("small").hash), []
    for happened in day.events:
        kept = encode(happened, head, "terminal:k01", "key")
        head = Head(kept.seq, kept.hash)
        sent = event_of({"hash": kept.hash.hex(), "record": json.loads(kept.body)}, "small")
        rows.append(
            {
                "hall": "small",
                "seq": sent.seq,
                "at": sent.at.timestamp(),
                "type": sent.type,
                "body": dict(sent.body),
                "received": 1.0,
            }
        )
    with database.write() as db:
        db.execute(insert(t.journal), rows)


def test_a_collected_journal_plays_like_the_hall_s_own(database: Database) -> None:
    day = lived(7)
    collect(database, day)
    ran = Statistics(database, lambda: day.now.timestamp()).dry_run("small", "standard", TODAY)
    assert ran.faithful == 1.0
    assert ran.events == len(day.events)


def test_figures_of_a_day_are_those_of_its_events(database: Database) -> None:
    day = lived(3, 150)
    collect(database, day)
    seen = Statistics(database, lambda: day.now.timestamp())
    figures = seen.day("small", seen.today("small"))
    count = {
        kind: sum(isinstance(x, kind) for x in day.events)
        for kind in (e.TicketTaken, e.TicketFinished, e.TicketMissed)
    }
    assert (figures.taken, figures.served, figures.missed) == tuple(count.values())
    assert sum(figures.taken_by_hour) == figures.taken == figures.channels["terminal"]
    assert sum(w.served for w in figures.windows) == figures.served
    waiting = [x for x in day.state.tickets.values() if x.state == "waiting" and x.round == 0]
    assert figures.waiting == len(waiting)
    assert figures.records == len(day.events)


def test_a_dry_run_that_cannot_be_says_why(database: Database) -> None:
    def why(hall: str, policy: str, day: date) -> str:
        try:
            Statistics(database, lambda: 0.0).dry_run(hall, policy, day)
        except NoDryRun as error:
            return error.code
        return ""

    assert why("small", "standard", TODAY) == "dry_run.no_hall"
    collect(database, lived(1, 5))
    assert why("small", "unheard-of", TODAY) == "dry_run.no_policy"
    assert why("small", "standard", date(2020, 1, 1)) == "dry_run.no_journal"


def test_a_dry_run_is_beside_the_policy_that_the_hall_is_told_now(database: Database) -> None:
    day = lived(11, 150)
    written = {"rush": {"priority_streak": 0, "return_after": 0}}
    collect(database, day, policies=written)
    seen = Statistics(database, lambda: day.now.timestamp())
    usual = seen.dry_run("small", "rush", TODAY)
    assert usual.changes
    add_terminal(database, "kept-hall", "small", role="hall")
    with database.write() as connection:
        write(connection, CENTRE, LayerChange("terminal", "kept-hall", 0, {"policy": "rush"}), at=1.0)
    assert not seen.dry_run("small", "rush", TODAY).changes
    back = seen.dry_run("small", "standard", TODAY)
    assert (back.before, back.after) == (usual.after, usual.before)


def record(seq: int, at: datetime, by: str, **data: object) -> dict[str, object]:
    taken = {"ticket": f"t{seq}", "queue": "a", "number": f"A{seq}", **data}
    return {
        "hall": "small",
        "seq": seq,
        "at": at.timestamp(),
        "type": "ticket_taken",
        "body": {"by": by, "data": taken, "hash": str(seq)},
        "received": 1.0,
    }


def test_numbers_are_counted_by_where_they_were_taken(database: Database) -> None:
    add_hall(database, "small")
    where = ["terminal:k01", "terminal:k02", "window:3", "manager:desk"]
    rows = [record(n, MORNING, by) for n, by in enumerate(where, 1)]
    rows.append(record(9, MORNING, "terminal:k01", appointment="y-1"))
    with database.write() as db:
        db.execute(insert(t.journal), rows)
    figures = Statistics(database, lambda: 0.0).day("small", TODAY)
    assert figures.channels == {"terminal": 2, "window": 1, "manager": 1, "appointment": 1}
    assert sum(figures.channels.values()) == figures.taken == 5


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Asia/Shanghai", date(2026, 11, 23)),
        ("America/New_York", date(2026, 11, 1)),  # has 25 hours
        ("America/New_York", date(2026, 3, 8)),  # has 23
        ("Pacific/Kiritimati", date(2026, 11, 23)),
    ],
)
def test_a_day_is_from_midnight_to_midnight_on_the_wall_of_its_hall(
    database: Database, zone: str, day: date
) -> None:
    add_hall(database, "small", time_zone=zone)
    begins = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    moment = timedelta(seconds=1)
    moments = [begins - moment, begins, ends - moment, ends]
    with database.write() as db:
        db.execute(insert(t.journal), [record(n, at, "terminal:k01") for n, at in enumerate(moments, 1)])
    seen = Statistics(database, lambda: (ends - moment).timestamp())
    assert seen.today("small") == day
    figures = seen.day("small", day)
    assert (figures.taken, figures.taken_by_hour[0], figures.taken_by_hour[23]) == (2, 1, 1)
    assert [seen.day("small", day + timedelta(days=n)).taken for n in (-1, 1)] == [1, 1]
