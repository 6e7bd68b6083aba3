"""The hall board: every call has its moment, the picture is right however and whenever things arrive."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screens.board_samples import CALLS, MORNING, QUEUES, sample_call, sample_hall
from screens.events import Ticked
from screens.hall_board.calls import LARGE_AT_LEAST, NEW_FOR, CallStage
from screens.hall_board.presenter import HallBoardPresenter
from screens.window_events import CallHeard, HallSeen, LinkBack, LinkLost
from screens.words.phrase import Phrase


def ticked(seconds, now=MORNING):
    return Ticked(now + timedelta(seconds=seconds), 1000.0 + seconds)


def board(*events, **options):
    presenter = HallBoardPresenter(**options)
    for event in events:
        assert presenter.handle(event) == ()
    return presenter


def large(presenter):
    return presenter.view.call.number if presenter.view.call else None


def listed(presenter):
    return [line.number for line in presenter.view.recent]


# -- calls ------------------------------------------------------------------------------------------------


def test_a_call_is_large_and_new_at_once():
    presenter = board(
        HallSeen(sample_hall(calls=())), ticked(0), CallHeard(sample_call("B012", "7", seq=101))
    )
    assert presenter.view.mode == "calling"
    assert (presenter.view.call.number, presenter.view.call.window) == ("B012", "7 号窗口")
    assert presenter.view.call.fresh


def test_a_call_stays_new_for_ten_seconds_and_large_for_good():
    presenter = board(
        HallSeen(sample_hall(calls=())), CallHeard(sample_call("B012", "7", seq=101)), ticked(0)
    )
    presenter.handle(ticked(NEW_FOR - 1))
    assert presenter.view.call.fresh
    presenter.handle(ticked(NEW_FOR))
    assert not presenter.view.call.fresh
    presenter.handle(ticked(3600))
    assert large(presenter) == "B012"


def test_a_burst_is_shown_one_after_another_each_for_three_seconds_and_listed_at_once():
    presenter = board(HallSeen(sample_hall(calls=())), ticked(0))
    for seq, number in enumerate(("A001", "A002", "A003"), 101):
        presenter.handle(CallHeard(sample_call(number, "1", seq=seq)))
    assert large(presenter) == "A001"
    assert listed(presenter) == ["A003", "A002"]
    assert all(line.fresh for line in presenter.view.recent)
    shown = []
    for second in range(1, 12):
        presenter.handle(ticked(second))
        shown.append(large(presenter))
    assert shown == ["A001"] * 3 + ["A002"] * 3 + ["A003"] * 5
    assert listed(presenter) == ["A002", "A001"]


def test_a_call_after_a_calm_moment_does_not_wait_for_the_clock():
    presenter = board(
        HallSeen(sample_hall()), ticked(0), ticked(60), CallHeard(sample_call("K001", "20", seq=200))
    )
    assert large(presenter) == "K001"


def test_a_call_that_is_heard_twice_is_shown_once():
    call = sample_call("B012", "7", seq=101)
    presenter = board(
        HallSeen(sample_hall(calls=())), CallHeard(call), ticked(0), ticked(20), CallHeard(call)
    )
    assert not presenter.view.call.fresh
    assert listed(presenter) == []


def test_the_view_that_brings_a_call_before_the_call_itself_announces_it_once():
    call = sample_call("K001", "20", seq=101, at=MORNING)
    presenter = board(
        HallSeen(sample_hall()), ticked(0), HallSeen(sample_hall(seq=101, calls=(call, *CALLS)))
    )
    assert (large(presenter), presenter.view.call.fresh) == ("K001", True)
    presenter.handle(ticked(1))
    presenter.handle(ticked(12))
    presenter.handle(CallHeard(call))
    assert (large(presenter), presenter.view.call.fresh) == ("K001", False)


def test_a_recall_is_marked_as_new_again():
    presenter = board(HallSeen(sample_hall()), ticked(0), ticked(20))
    assert (large(presenter), presenter.view.call.fresh) == ("B012", False)
    presenter.handle(CallHeard(sample_call("B012", "7", seq=102, kind="recalled")))
    assert (large(presenter), presenter.view.call.fresh, presenter.view.call.again) == ("B012", True, True)


def test_a_recall_of_the_large_call_does_not_wait_behind_others():
    presenter = board(HallSeen(sample_hall(calls=())), ticked(0))
    presenter.handle(CallHeard(sample_call("A001", "1", seq=101)))
    presenter.handle(CallHeard(sample_call("A002", "2", seq=102)))
    presenter.handle(CallHeard(sample_call("A001", "1", seq=103, kind="recalled")))
    assert (large(presenter), presenter.view.call.again) == ("A001", True)
    assert listed(presenter) == ["A002"]


def test_calls_out_of_order_are_all_shown_and_the_list_is_in_the_order_of_calling():
    presenter = board(HallSeen(sample_hall(calls=())), ticked(0))
    for seq in (103, 101, 102):
        presenter.handle(CallHeard(sample_call(f"A{seq}", "1", seq=seq)))
    assert large(presenter) == "A103"
    assert listed(presenter) == ["A102", "A101"]


def test_an_older_call_of_a_ticket_that_was_called_again_elsewhere_is_not_announced():
    presenter = board(
        HallSeen(sample_hall(calls=())), ticked(0), CallHeard(sample_call("A001", "9", seq=105))
    )
    presenter.handle(CallHeard(sample_call("A001", "2", seq=101)))
    presenter.handle(ticked(5))
    assert presenter.view.call.window == "9 号窗口"
    assert listed(presenter) == []


def test_a_late_start_is_right_at_once_and_announces_nothing():
    presenter = board(HallSeen(sample_hall()))
    assert (large(presenter), presenter.view.call.fresh) == ("B012", False)
    assert listed(presenter) == ["A031", "D008", "Q002", "J1024"]


def test_calls_missed_while_the_link_was_lost_are_listed_and_only_young_ones_announced():
    old = sample_call("C001", "8", seq=110, at=MORNING + timedelta(minutes=2))
    young = sample_call("C002", "8", seq=120, at=MORNING + timedelta(minutes=9, seconds=30))
    later = sample_hall(seq=130, at=MORNING + timedelta(minutes=10), calls=(young, old, *CALLS))
    presenter = board(HallSeen(sample_hall()), ticked(0), LinkLost("fault.link"), LinkBack(), HallSeen(later))
    assert (large(presenter), presenter.view.call.fresh) == ("C002", True)
    assert listed(presenter)[:2] == ["C001", "B012"]
    assert not presenter.view.recent[0].fresh


def test_a_new_day_begins_with_an_empty_board():
    tomorrow = MORNING + timedelta(days=1)
    presenter = board(HallSeen(sample_hall()), ticked(0))
    presenter.handle(HallSeen(sample_hall(seq=300, at=tomorrow, day=tomorrow.date(), calls=())))
    assert presenter.view.mode == "quiet"
    assert (large(presenter), listed(presenter)) == (None, [])


# -- the hall's view ----------------------------------------------------------------------------------------


def test_an_older_view_does_not_replace_a_newer_one():
    newer = sample_hall(seq=100, queues=(replace(QUEUES[0], waiting=5),))
    older = sample_hall(seq=99, queues=(replace(QUEUES[0], waiting=9),), at=MORNING - timedelta(seconds=1))
    presenter = board(HallSeen(newer), HallSeen(older))
    assert presenter.view.queues[0].waiting == 5


def test_a_journal_that_was_begun_again_is_followed():
    again = sample_hall(seq=2, calls=(), at=MORNING + timedelta(minutes=5))
    presenter = board(HallSeen(sample_hall(seq=100)), HallSeen(again))
    assert presenter.view.mode == "quiet"


def test_a_zone_board_shows_its_zone_only():
    presenter = board(
        HallSeen(sample_hall()), CallHeard(sample_call("K009", "20", seq=140, zone="d")), zones=("a",)
    )
    assert {line.name for line in presenter.view.queues} == {"综合受理", "帮办代办", "办不成事反映窗口"}
    assert large(presenter) == "A031"
    assert listed(presenter) == ["Q002"]
    assert presenter.view.zone == "A 区 综合"


def test_queues_turn_their_pages_every_eight_seconds_and_all_have_their_turn():
    presenter = board(ticked(0), HallSeen(sample_hall()))
    assert (presenter.view.page, presenter.view.pages) == (1, 3)
    first = presenter.view.queues
    presenter.handle(ticked(7))
    assert presenter.view.queues == first
    seen = []
    for second in (8, 16, 24):
        presenter.handle(ticked(second))
        seen += [line.name for line in presenter.view.queues]
    assert sorted(seen) == sorted(queue.name for queue in QUEUES)
    assert presenter.view.page == 1


@pytest.mark.parametrize(
    ("queue", "tone", "wait"),
    [
        (
            replace(QUEUES[0], waiting=6, low=10, high=14),
            "count",
            Phrase("board.wait_about", (("minutes", "10–14"),)),
        ),
        (
            replace(QUEUES[0], waiting=6, low=9, high=9),
            "count",
            Phrase("board.wait_about", (("minutes", "9"),)),
        ),
        (replace(QUEUES[0], waiting=6, low=None, high=None), "count", Phrase()),
        (replace(QUEUES[0], waiting=0), "free", Phrase("board.wait_free")),
        (replace(QUEUES[0], waiting=0, state="closed"), "off", Phrase("board.queue_closed")),
        (
            replace(QUEUES[0], waiting=0, state="closed", opens="13:00"),
            "off",
            Phrase("opening.today", (("time", "13:00"),)),
        ),
        (replace(QUEUES[0], waiting=3, state="quota"), "count", Phrase("board.queue_quota")),
        (replace(QUEUES[0], waiting=0, state="paused"), "off", Phrase("board.queue_paused")),
    ],
)
def test_a_queue_says_how_long_or_why_not(queue, tone, wait):
    line = board(HallSeen(sample_hall(queues=(queue,)))).view.queues[0]
    assert (line.waiting, line.tone, line.wait) == (queue.waiting, tone, wait)


def test_before_the_first_call_the_board_says_where_to_look():
    assert board(HallSeen(sample_hall(calls=()))).view.mode == "quiet"


def test_a_closed_hall_says_when_it_opens():
    shut = tuple(replace(queue, waiting=0, state="closed") for queue in QUEUES)
    evening = sample_hall(queues=shut, open_now=False, opens="2026-11-21 09:00")
    presenter = board(HallSeen(evening), ticked(0))
    assert presenter.view.mode == "closed"
    assert presenter.view.opening == Phrase("opening.tomorrow", (("time", "09:00"),))


def test_after_closing_time_those_who_wait_are_still_called():
    shut = tuple(replace(queue, state="closed") for queue in QUEUES)
    assert board(HallSeen(sample_hall(queues=shut, open_now=False))).view.mode == "calling"


def test_a_call_in_a_closed_hall_is_shown():
    shut = tuple(replace(queue, waiting=0, state="closed") for queue in QUEUES)
    presenter = board(HallSeen(sample_hall(queues=shut, open_now=False)), ticked(0))
    presenter.handle(CallHeard(sample_call("B099", "7", seq=150)))
    assert (presenter.view.mode, large(presenter)) == ("calling", "B099")


def test_a_lost_link_keeps_the_picture_and_says_how_old_it_is():
    presenter = board(HallSeen(sample_hall()), ticked(0), LinkLost("fault.link"))
    assert presenter.view.sign == Phrase("board.link_lost", (("time", "10:42"),))
    assert large(presenter) == "B012"
    assert presenter.view.queues
    presenter.handle(LinkBack())
    assert not presenter.view.sign


def test_a_board_that_never_heard_of_the_hall_says_so():
    presenter = board(ticked(0), LinkLost("fault.link"))
    assert presenter.view.mode == "starting"
    assert presenter.view.sign == Phrase("board.no_hall")


def test_notices_take_turns_and_long_ones_are_paged():
    presenter = board(ticked(0), HallSeen(sample_hall()))
    first = presenter.view.notice
    presenter.handle(ticked(10))
    assert presenter.view.notice != first
    presenter.handle(ticked(20))
    assert presenter.view.notice == first


def test_the_view_changes_with_the_minute_not_with_the_second():
    presenter = board(HallSeen(sample_hall(queues=QUEUES[:3], notices=())), ticked(0))
    before = presenter.view
    presenter.handle(ticked(30))
    assert presenter.view == before
    presenter.handle(ticked(60))
    assert presenter.view.now == MORNING + timedelta(minutes=1)


def test_the_presenters_need_no_kivy():
    code = (
        "import sys, screens.hall_board.presenter, screens.window_board.presenter, screens.caller.presenter\n"
        "assert 'kivy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# -- any order ----------------------------------------------------------------------------------------------

some_calls = st.builds(
    lambda seq, number, window, again: sample_call(
        f"A{number:03d}", str(window), seq=seq, kind="recalled" if again else "called"
    ),
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(1, 9),
    st.booleans(),
)
some_events = st.one_of(
    some_calls.map(CallHeard),
    st.builds(
        lambda seq, calls: HallSeen(sample_hall(seq=seq, calls=calls)),
        st.integers(1, 50),
        st.lists(some_calls, max_size=4),
    ),
    st.just(LinkLost("fault.link")),
    st.just(LinkBack()),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(some_events, st.integers(0, 4)), max_size=25))
def test_any_order_of_events_gives_a_whole_picture(steps):
    presenter, seconds = HallBoardPresenter(), 0
    for event, pause in steps:
        presenter.handle(event)
        seconds += pause
        presenter.handle(ticked(seconds))
        numbers = [large(presenter), *listed(presenter)]
        assert len(set(numbers)) == len(numbers)  # no number stands there twice
        assert len(presenter.view.recent) <= 4
        assert 1 <= presenter.view.page <= presenter.view.pages


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(some_calls, st.integers(0, 4)), max_size=25, unique_by=lambda step: step[0].seq))
def test_the_latest_call_of_every_ticket_becomes_large_for_long_enough(steps):
    stage, seconds, shown = CallStage(), 0, {}
    latest = {}

    def look():
        if stage.large is not None:
            shown.setdefault(stage.large.seq, []).append(seconds)

    for call, pause in steps:
        stage.add(call)
        latest[call.ticket] = max(call.seq, latest.get(call.ticket, 0))
        look()
        for _ in range(pause):
            seconds += 1
            stage.tick(float(seconds))
            look()
    for _ in range(4 * len(steps)):
        seconds += 1
        stage.tick(float(seconds))
        look()
    for seq in latest.values():
        assert seq in shown
    for number in latest.values():
        if stage.large is None or number != stage.large.seq:
            assert shown[number][-1] - shown[number][0] >= LARGE_AT_LEAST - 1
