"""The boards on a real (offscreen) window: what is said is there, whole, and where it should be."""

import pytest

from screens.board_gallery import hall_views, window_views
from screens.board_samples import CALLS, MORNING, sample_call, sample_hall
from screens.events import Ticked
from screens.glass import make_window
from screens.hall_board.presenter import HallBoardPresenter
from screens.window_events import CallHeard, HallSeen

pytestmark = pytest.mark.window


def laid_out():
    """Imported when there is a window."""
    from tests.screens import laid_out

    return laid_out


@pytest.fixture
def glass():
    """The process's one window, given back as it was."""
    window = make_window(1920, 1080)
    size = window.size
    yield window
    laid_out().clear()
    window.size = size


def app_on(window, size, role, theme="normal"):
    from kivy.base import EventLoop

    from screens.board_app import BoardApp

    laid_out().clear()
    window.size = size
    EventLoop.idle()
    app = BoardApp(role, theme=theme)
    window.add_widget(app.build())
    return app


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (3840, 2160)])
def test_every_state_of_the_hall_board_fits(glass, size):
    app = app_on(glass, size, "hall")
    for name, view in hall_views():
        app.show(view)
        laid_out().settle()
        assert laid_out().spilling(app.root_widget) == [], name


@pytest.mark.parametrize("size", [(1280, 480), (1920, 540)])
def test_every_state_of_the_window_board_fits(glass, size):
    app = app_on(glass, size, "window")
    for name, view in window_views():
        app.show(view)
        laid_out().settle()
        assert laid_out().spilling(app.root_widget) == [], name


def test_a_call_is_on_the_hall_board_in_both_languages(glass):
    app = app_on(glass, (1920, 1080), "hall")
    presenter = HallBoardPresenter()
    for event in (
        Ticked(MORNING, 0.0),
        HallSeen(sample_hall()),
        CallHeard(sample_call("B013", "6", seq=200)),
    ):
        presenter.handle(event)
    app.show(presenter.view)
    laid_out().settle()
    described = app.describe()
    assert {"B013", "6 号窗口", "Please go to Window 6", "社会保障", "B012"} <= set(described["texts"])
    assert (described["screen"], described["controls"]) == ("hall_board", [])


@pytest.mark.parametrize("theme", ["normal", "contrast"])
def test_a_new_call_is_filled_with_the_colour_of_a_call_and_calms_down(glass, theme):
    from kivy.base import EventLoop

    from screens.theme.tokens import THEMES

    app = app_on(glass, (1280, 720), "hall", theme)
    presenter = HallBoardPresenter()
    for event in (
        Ticked(MORNING, 0.0),
        HallSeen(sample_hall()),
        CallHeard(sample_call("B013", "6", seq=200)),
    ):
        presenter.handle(event)

    def corner():
        app.show(presenter.view)
        for _ in range(3):
            EventLoop.idle()
        card = app.root_widget.ids.call
        return "#{:02X}{:02X}{:02X}".format(
            *app.capture().getpixel((int(card.right) - 30, 720 - int(card.top) + 30))
        )

    assert corner() == THEMES[theme].call
    for second in (1, 12):
        presenter.handle(Ticked(MORNING, float(second)))
    assert corner() == THEMES[theme].paper


def test_a_row_without_a_call_shows_nothing(glass):
    app = app_on(glass, (1920, 1080), "hall")
    presenter = HallBoardPresenter()
    presenter.handle(HallSeen(sample_hall(calls=CALLS)))
    app.show(presenter.view)
    presenter.handle(HallSeen(sample_hall(seq=1, at=MORNING.replace(hour=12), calls=CALLS[:2])))
    app.show(presenter.view)
    laid_out().settle()
    assert "D008" not in app.describe()["texts"]
