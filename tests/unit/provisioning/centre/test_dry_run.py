"""A hall's day played again: the same policy gives the same day, another one shows exactly what would differ."""

import json
import random
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from hall.journal.chain import genesis
from hall.journal.codec import encode
from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import QueueId, WindowId
from provisioning.centre.dry_run import dry_run
from provisioning.centre.statistics import NoDryRun, Statistics
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.uplink import event_of
from tests.unit.hall.small_hall import Day, hall_settings, make_plan
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal

A, B = QueueId("a"), QueueId("b")
WINDOWS = [WindowId(n) for n in "123"]
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
        wish = chance.choice(
            [
                c.Take(chance.choice([A, B]), chance.choice(["ordinary", "elder"]), person),
                c.Take(chance.choice([A, B]), "ordinary", person),
                c.CallNext(window),
                c.Finish(window),
                c.Miss(window),
                c.Recall(window),
                c.Start(window),
            ]
        )
        day.do(wish)
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
        day.done(c.Take(B, kind))  # type: ignore[arg-type]
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


def collect(database: Database, day: Day) -> None:
    """The day's journal as the uplink sends it."""
    add_hall(database, "small", settings=hall_settings())
    add_terminal(database, "hall-small", "small", kind="hall")
    head, rows = genesis("small"), []
    for happened in day.events:
        record = encode(happened, head, "terminal:k01", "key")  # type: ignore[arg-type]
        head = record  # type: ignore[assignment]
        sent = event_of({"hash": record.hash.hex(), "record": json.loads(record.body)}, "small")
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
