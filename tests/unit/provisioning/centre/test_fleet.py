"""The fleet's live state: what terminals say, in whatever order and however often, and what is made of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from provisioning.centre.fleet import SILENT, Fleet, Live, stale
from provisioning.centre.paper import LEAST, Printed, minutes_left
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.wire.messages import Health, Paper, Presence, Reported
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal, fails
from tests.unit.provisioning.centre.rollout_scene import BEGAN, Clock


@dataclass
class Watched:
    fleet: Fleet
    clock: Clock
    database: Database
    seen: list[tuple[str, str]] = field(default_factory=list)

    def at(self, ahead: float = 0.0) -> datetime:
        return datetime.fromtimestamp(self.clock() + ahead, UTC)

    def presence(self, on: bool, sid: str) -> bool:
        return self.fleet.heard_presence("k1", Presence(on=on, sid=sid, boot=1, at=self.at()))

    def health(self, sid: str = "a", **other: Any) -> bool:
        values: dict[str, Any] = {"sid": sid, "at": self.at(), "up_seconds": 1, "rev": 1}
        return self.fleet.heard_health("k1", Health.model_validate(values | other))

    def reported(self, rev: int, state: str, highest: int = 0, **other: Any) -> bool:
        values: dict[str, Any] = {
            "device": "k1",
            "sid": "a",
            "rev": rev,
            "state": state,
            "running": rev,
            "good": rev,
        }
        values |= {"highest": max(rev, highest), "at": self.at()}
        return self.fleet.heard_reported("k1", Reported.model_validate(values | other))

    @property
    def live(self) -> Live:
        live = self.fleet.get("k1")
        assert live is not None
        return live


@pytest.fixture
def watched(database: Database) -> Watched:
    add_hall(database)
    add_terminal(database, "k1", rev=1)
    clock = Clock()
    watched = Watched(Fleet(database, clock), clock, database)
    watched.fleet.load()
    watched.fleet.listen(
        lambda before, after: watched.seen.append(
            (before.presence if before else "-", after.presence if after else "-")
        )
    )
    return watched


def test_nobody_is_offline_while_the_centre_has_just_started(watched: Watched) -> None:
    watched.fleet.sweep()
    assert watched.live.presence == "unknown"
    watched.fleet.link("main", True)
    watched.clock.at += SILENT
    watched.fleet.sweep()
    assert watched.live.presence == "unknown"
    watched.clock.at += 1
    watched.fleet.sweep()
    assert watched.live.presence == "offline"


def test_a_terminal_that_enrolled_just_now_is_not_offline_before_its_first_word(
    watched: Watched, database: Database
) -> None:
    watched.fleet.link("main", True)
    watched.clock.at += 10 * SILENT
    add_terminal(database, "k2", rev=1, enrolled=watched.clock.at)
    watched.fleet.refresh(["k2"])
    watched.fleet.sweep()
    new = watched.fleet.get("k2")
    assert new is not None
    assert new.presence == "unknown"
    watched.clock.at += SILENT + 1
    watched.fleet.sweep()
    new = watched.fleet.get("k2")
    assert new is not None
    assert new.presence == "offline"


def test_a_will_says_offline_at_once_and_a_late_one_says_nothing(watched: Watched) -> None:
    assert watched.presence(True, "a")
    assert watched.presence(False, "a")
    assert watched.live.presence == "offline"
    watched.presence(True, "b")
    assert not watched.presence(False, "a")
    assert watched.live.presence == "online"


def test_three_healths_missing_are_offline_and_one_is_online_again(watched: Watched) -> None:
    watched.fleet.link("main", True)
    watched.health()
    watched.clock.at += SILENT + 1
    watched.fleet.sweep()
    assert watched.live.presence == "offline"
    watched.health()
    assert watched.live.presence == "online"
    assert watched.seen == [("unknown", "online"), ("online", "offline"), ("offline", "online")]


def test_while_the_broker_is_away_everybody_is_unknown_and_no_alarm_is_raised(watched: Watched) -> None:
    watched.fleet.link("main", True)
    watched.health()
    watched.fleet.link("main", False)
    watched.clock.at += 10 * SILENT
    watched.fleet.sweep()
    assert watched.live.presence == "unknown"
    watched.fleet.link("main", True)
    watched.fleet.sweep()
    assert watched.live.presence == "unknown"
    assert "offline" not in {after for _, after in watched.seen}


def test_a_wrong_clock_is_seen(watched: Watched) -> None:
    watched.health(at=watched.at(-3600))
    assert watched.live.skew == pytest.approx(-3600)


def test_an_older_or_repeated_report_changes_nothing(watched: Watched) -> None:
    assert watched.reported(5, "confirmed")
    assert not watched.reported(4, "rolled_back")
    assert not watched.reported(5, "staged")
    assert not watched.reported(5, "probation")
    assert watched.live.reported_state == "confirmed"
    assert watched.reported(5, "rolled_back")
    assert watched.reported(6, "staged")


REPORTS = st.lists(
    st.tuples(
        st.integers(1, 4), st.sampled_from(["staged", "probation", "confirmed", "rejected", "rolled_back"])
    ),
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(REPORTS)
def test_revisions_never_go_back_and_a_settled_one_never_begins_again(reports: list[tuple[int, str]]) -> None:
    live = Live("k1", "qy", "main", "terminal", "ticket", "k1", (), 4, "", None, False)
    for rev, state in reports:
        at = datetime.fromtimestamp(BEGAN, UTC)
        said = Reported.model_validate(
            {
                "device": "k1",
                "sid": "a",
                "rev": rev,
                "state": state,
                "running": 0,
                "good": 0,
                "highest": rev,
                "at": at,
            }
        )
        before = (live.reported_rev, live.reported_state)
        if not stale(live, said):
            live = Live(
                "k1",
                "qy",
                "main",
                "terminal",
                "ticket",
                "k1",
                (),
                4,
                "",
                None,
                False,
                rev,
                state,
                highest=rev,
            )
            assert rev >= before[0]
            assert not (rev == before[0] and before[1] == "confirmed" and state in ("staged", "probation"))
    assert live.reported_rev == max((rev for rev, _ in reports), default=0)


def test_another_document_under_the_same_number_is_not_a_confirmation(watched: Watched) -> None:
    with watched.database.write() as connection:
        connection.execute(update(t.terminals).values(etag="0123456789abcdef"))
    watched.fleet.refresh(["k1"])
    watched.reported(1, "confirmed", etag="fedcba9876543210")
    assert watched.live.reported_state == "drifted"
    assert not watched.live.converged
    watched.reported(1, "confirmed", etag="0123456789abcdef")
    assert watched.live.converged


def test_what_was_heard_is_in_the_database_after_a_flush_and_read_again(watched: Watched) -> None:
    watched.presence(True, "a")
    watched.health(devices={"printer": "fault.paper_out"}, paper={"state": "low", "left": 30, "printed": 7})
    watched.reported(1, "confirmed", app="1.2", keys=["k"])
    before = watched.live
    assert watched.fleet.flush() == 1
    assert watched.fleet.flush() == 0
    with watched.database.read() as connection:
        row = connection.execute(select(t.terminals)).one()
    assert (row.online, row.sid, row.reported_state, row.app, row.keys) == (
        True,
        "a",
        "confirmed",
        "1.2",
        ["k"],
    )
    again = Fleet(watched.database, watched.clock)
    again.load()
    live = again.get("k1")
    assert live is not None
    assert (live.health, live.highest, live.skew, live.presence) == (before.health, 1, before.skew, "unknown")


def test_nothing_is_lost_when_the_database_fails(watched: Watched, tmp_path: Path) -> None:
    watched.presence(True, "a")
    rows = watched.fleet._database
    broken = Database(f"sqlite:///{tmp_path / 'none' / 'x.sqlite'}")
    watched.fleet._database = broken
    with pytest.raises(StoreFailed):
        watched.fleet.flush()
    watched.fleet._database = rows
    assert watched.fleet.flush() == 1
    broken.close()


def test_a_retired_terminal_is_no_longer_heard(watched: Watched) -> None:
    with watched.database.write() as connection:
        connection.execute(update(t.terminals).values(state="retired"))
    watched.fleet.refresh(["k1"])
    assert not watched.health()
    assert (len(watched.fleet), watched.fleet.retired("k1")) == (0, True)
    assert watched.seen == [("unknown", "-")]


def test_what_changed_while_the_database_was_away_is_read_when_it_is_back(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_terminal(watched.database, "k2")
    with watched.database.write() as connection:
        connection.execute(update(t.terminals).where(t.terminals.c.id == "k1").values(state="retired"))
    with monkeypatch.context() as away:
        away.setattr(watched.database, "read", fails)
        watched.fleet.changed(["k1", "k2"])
        watched.fleet.sweep()
        assert [live.id for live in watched.fleet] == ["k1"]
    watched.fleet.sweep()
    assert [live.id for live in watched.fleet] == ["k2"]
    assert watched.fleet.retired("k1")
    monkeypatch.setattr(watched.database, "read", fails)
    watched.fleet.sweep()  # and nothing is left to read


def test_counts_are_of_all_or_of_some(watched: Watched) -> None:
    add_terminal(watched.database, "k2")
    watched.fleet.refresh(["k2"])
    watched.health(devices={"printer": "fault.cover"})
    counts = watched.fleet.counts()
    assert (counts.all, counts.online, counts.unknown, counts.faulty) == (2, 1, 1, 1)
    assert watched.fleet.counts([watched.live]).all == 1


# -- paper ------------------------------------------------------------------------------------------------


def test_a_roll_that_loses_two_slips_a_minute_with_sixty_left_lasts_half_an_hour() -> None:
    history = Printed()
    for minute in range(31):
        history = history.seen(minute * 60.0, minute * 2)
    assert minutes_left(history, Paper(state="low", left=60, printed=60), 1800.0) == pytest.approx(30)


def test_paper_says_nothing_without_history_and_zero_when_it_is_out() -> None:
    assert minutes_left(Printed(), Paper(left=5), 0) is None
    young = Printed().seen(0, 0)
    assert minutes_left(young, Paper(left=5, printed=9), LEAST - 1) is None
    assert minutes_left(young, Paper(left=5, printed=0), LEAST) is None
    assert minutes_left(young, Paper(state="out", left=0), 0) == 0


@given(
    st.lists(st.tuples(st.floats(-100, 4000), st.integers(-2, 50)), max_size=60),
    st.integers(0, 1000),
)
def test_the_prediction_is_never_negative_and_history_stays_small(
    steps: list[tuple[float, int]], left: int
) -> None:
    history, at, printed = Printed(), BEGAN, 0
    for passed, slips in steps:
        at, printed = at + passed, max(0, printed + slips)
        history = history.seen(at, printed)
        minutes = minutes_left(history, Paper(left=left, printed=printed), at)
        assert minutes is None or minutes >= 0
        assert 1 <= len(history.samples) <= 7


def test_a_new_counter_begins_a_new_history() -> None:
    history = Printed().seen(0, 100).seen(700, 120).seen(1400, 3)
    assert history.samples == ((1400, 3),)
    assert timedelta(seconds=history.samples[0][0]) == timedelta(seconds=1400)
