"""The window board: what its counter is doing, at once and however late."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screens.board_samples import MORNING, sample_call, sample_hall, sample_ticket, sample_window
from screens.events import Ticked
from screens.window_board.presenter import FLASH_FOR, WindowBoardPresenter
from screens.window_events import CallHeard, HallSeen, LinkBack, LinkLost, WindowSeen
from screens.words.phrase import Phrase


def ticked(seconds):
    return Ticked(MORNING + timedelta(seconds=seconds), 50.0 + seconds)


def board(*events):
    presenter = WindowBoardPresenter("7")
    for event in events:
        assert presenter.handle(event) == ()
    return presenter


@pytest.mark.parametrize(
    ("window", "mode", "number"),
    [
        (sample_window("closed"), "closed", ""),
        (sample_window("paused"), "paused", ""),
        (sample_window("open"), "free", ""),
        (sample_window("open", sample_ticket("B012", "called")), "calling", "B012"),
        (sample_window("open", sample_ticket("B012", "serving")), "serving", "B012"),
        (sample_window("paused", sample_ticket("B012", "serving")), "serving", "B012"),
    ],
)
def test_the_board_shows_what_the_window_does(window, mode, number):
    view = board(WindowSeen(window)).view
    assert (view.mode, view.number, view.window) == (mode, number, "7 号窗口")


def test_the_queues_are_named_in_both_languages():
    view = board(HallSeen(sample_hall()), WindowSeen(sample_window())).view
    assert view.queues == "社会保障 · 就业与档案"
    assert view.queues_en == "Social security · Jobs and archives"


def test_a_call_is_shown_before_the_windows_own_view_comes():
    presenter = board(WindowSeen(sample_window(seq=100)), CallHeard(sample_call("B013", "7", seq=101)))
    assert (presenter.view.mode, presenter.view.number, presenter.view.fresh) == ("calling", "B013", True)
    presenter.handle(WindowSeen(sample_window("open", sample_ticket("B013", "called"), seq=101)))
    assert (presenter.view.mode, presenter.view.number, presenter.view.fresh) == ("calling", "B013", True)


def test_a_call_after_the_windows_own_view_pulses_too():
    view = sample_window("open", sample_ticket("B013", "called"), seq=101)
    presenter = board(WindowSeen(view), CallHeard(sample_call("B013", "7", seq=101)))
    assert presenter.view.fresh


def test_a_pulse_is_one_second_on_and_one_off_and_ends():
    presenter = board(ticked(0), CallHeard(sample_call("B013", "7", seq=101)))
    lit = []
    for second in range(1, int(FLASH_FOR) + 4):
        presenter.handle(ticked(second))
        lit.append(presenter.view.lit)
    assert lit == [True, False] * int(FLASH_FOR / 2) + [False] * 3
    assert (presenter.view.mode, presenter.view.number, presenter.view.fresh) == ("calling", "B013", False)


def test_an_older_view_does_not_undo_a_call():
    presenter = board(CallHeard(sample_call("B013", "7", seq=101)))
    presenter.handle(WindowSeen(sample_window("open", seq=99)))
    assert presenter.view.number == "B013"


def test_a_call_of_another_window_changes_nothing():
    before = board(WindowSeen(sample_window()))
    after = board(WindowSeen(sample_window()), CallHeard(sample_call("A001", "3", seq=101)))
    assert after.view == before.view


def test_another_windows_view_changes_nothing():
    assert board(WindowSeen(sample_window(window="3"))).view.mode == "starting"


def test_a_call_that_is_over_does_not_come_back():
    presenter = board(
        WindowSeen(sample_window("open", seq=105)), CallHeard(sample_call("B013", "7", seq=101))
    )
    assert (presenter.view.mode, presenter.view.fresh) == ("free", False)


def test_serving_ends_the_pulse():
    presenter = board(ticked(0), CallHeard(sample_call("B013", "7", seq=101)), ticked(1))
    presenter.handle(WindowSeen(sample_window("open", sample_ticket("B013", "serving"), seq=102)))
    assert (presenter.view.mode, presenter.view.fresh, presenter.view.lit) == ("serving", False, False)


def test_a_recall_is_marked():
    presenter = board(WindowSeen(sample_window("open", sample_ticket("B013", "called"), recalls=1)))
    assert presenter.view.again


def test_a_lost_link_keeps_the_picture_and_says_how_old_it_is():
    presenter = board(ticked(0), WindowSeen(sample_window("open", sample_ticket())), LinkLost("fault.link"))
    assert (presenter.view.number, presenter.view.sign) == (
        "B012",
        Phrase("board.link_lost", (("time", "10:42"),)),
    )
    presenter.handle(LinkBack())
    assert not presenter.view.sign


events = st.one_of(
    st.builds(
        lambda number, seq: CallHeard(sample_call(f"B{number:03d}", "7", seq=seq)),
        st.integers(1, 5),
        st.integers(90, 120),
    ),
    st.builds(
        lambda state, current, seq: WindowSeen(sample_window(state, current, seq=seq)),
        st.sampled_from(("open", "paused", "closed")),
        st.none() | st.builds(sample_ticket, st.just("B001"), st.sampled_from(("called", "serving"))),
        st.integers(90, 120),
    ),
    st.sampled_from((LinkLost("fault.link"), LinkBack(), HallSeen(sample_hall()))),
    st.integers(0, 30).map(ticked),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(events, max_size=20))
def test_any_order_of_events_gives_a_whole_picture(steps):
    presenter = WindowBoardPresenter("7")
    for event in steps:
        presenter.handle(event)
        view = presenter.view
        assert bool(view.number) == (view.mode in ("calling", "serving"))
        assert view.mode == "calling" or not view.fresh
        assert view.fresh or not view.lit
