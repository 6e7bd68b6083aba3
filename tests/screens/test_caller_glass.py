"""The caller pad on a real (offscreen) window: fingers and keys reach the presenter, and nothing spills over."""

import gc
import sys
import weakref

import pytest

from screens.board_gallery import pad_views
from screens.board_samples import (
    MORNING,
    sample_brief,
    sample_certificates,
    sample_face,
    sample_hall,
    sample_ticket,
    sample_window,
)
from screens.caller.known import LARGE_ROOM, Room
from screens.caller.presenter import CallerPresenter
from screens.events import FaceReady, Picture, Ticked, Touched
from screens.glass import make_window
from screens.window_effects import AskCertificates, SendCommand, ViewCertificate
from screens.window_events import CertificatesSeen, CommandRefused, HallSeen, KeyPressed, WindowSeen
from screens.words.words import words_of

pytestmark = pytest.mark.window

SIZE = (1280, 800)
F4, F9, KEYPAD_1, ESCAPE, LETTER = 285, 290, 257, 27, 113  # as Kivy numbers them
SHARED = sample_window("open", sample_ticket("B012", "serving", certificates=4))
SERVING = sample_window("open", sample_ticket("B012", "serving"), missed=(sample_brief("B007", "missed"),))


class Desk:
    """A pad on the glass, wired to its presenter as the role does it, with a clock that the test turns."""

    def __init__(self, window, theme="normal", room=Room(), language="zh"):  # noqa: B008  frozen
        from screens.caller_app import CallerApp

        self.window, self.time, self.sent = window, 0.0, []
        self.presenter = CallerPresenter("7", lambda: "key", lambda: self.time, room=room, language=language)
        self.app = CallerApp(
            lambda intent, value: self.tell(Touched(intent, value)),
            lambda key: self.tell(KeyPressed(key)),
            theme=theme,
        )
        window.add_widget(self.app.build())

    def tell(self, *events):
        for event in events:
            self.sent += self.presenter.handle(event)
        self.app.show(self.presenter.view)
        laid_out().settle()

    def tap(self, intent, value=""):
        """Where the control is, as the demo's page does it."""
        control = self.control(intent, value)
        self.time += 1
        self.app.touch(control["x"], control["y"])
        laid_out().settle()

    def key(self, number):
        self.window.dispatch("on_key_down", number, 0, None, [])
        laid_out().settle()

    def release(self, number):
        self.window.dispatch("on_key_up", number, 0)

    def control(self, intent, value=""):
        controls = self.app.describe()["controls"]
        return next(c for c in controls if (c["intent"], c["value"]) == (intent, value))

    @property
    def intents(self):
        return {control["intent"] for control in self.app.describe()["controls"]}


@pytest.fixture
def glass(monkeypatch):
    """The process's one window, given back as it was; every touch counts as one of its own."""
    window = make_window(*SIZE)
    size = window.size
    window.size = SIZE
    laid_out().settle()
    from screens.widgets.tappable import Tappable

    beats = iter(range(10_000))
    monkeypatch.setattr(Tappable, "_last", float("-inf"))
    monkeypatch.setattr(Tappable, "clock", staticmethod(lambda: float(next(beats))))
    yield window
    laid_out().clear()
    window.size = size


@pytest.fixture
def desk(glass):
    laid_out().clear()
    desk = Desk(glass)
    desk.tell(HallSeen(sample_hall()), Ticked(MORNING, 0.0))
    yield desk
    desk.app.on_stop()


def box(control):
    """Left, bottom, right and top, a pixel inside."""
    x, y, half_width, half_height = control["x"], control["y"], control["w"] / 2 - 1, control["h"] / 2 - 1
    return x - half_width, y - half_height, x + half_width, y + half_height


def laid_out():
    """Imported when there is a window."""
    from tests.screens import laid_out

    return laid_out


def test_a_finger_on_the_main_button_calls_the_next(desk):
    desk.tell(WindowSeen(sample_window()))
    desk.tap("call-next")
    assert desk.sent == [SendCommand("key", "call-next", {})]


def test_a_button_that_cannot_be_pressed_says_why_when_it_is_touched(desk):
    desk.tell(WindowSeen(sample_window()))
    assert desk.control("recall")["disabled"]
    assert not desk.control("call-next")["disabled"]
    desk.tap("recall")
    assert desk.sent == []
    assert desk.app.root_widget.ids.message.text == "还没叫号"


def test_a_question_covers_the_buttons_and_gives_them_back(desk):
    desk.tell(WindowSeen(SERVING))
    finish = desk.control("finish")
    desk.tap("transfer")
    assert "finish" not in desk.intents
    assert "transfer-queue" in desk.intents
    desk.time += 1
    desk.app.touch(finish["x"], finish["y"])  # where it was is now part of the question
    assert desk.sent == []
    while "back" in desk.intents:
        desk.tap("back")
    desk.tap("pause")  # where the question had a button
    assert desk.sent == [SendCommand("key", "pause", {})]


def test_a_missed_ticket_is_returned_from_its_row(desk):
    desk.tell(WindowSeen(SERVING))
    desk.tap("return", "t-B007")
    assert desk.sent == [SendCommand("key", "return", {"ticket": "t-B007"})]


def test_a_row_that_is_gone_takes_no_touch(desk):
    desk.tell(WindowSeen(SERVING))
    row = desk.control("return", "t-B007")
    desk.tell(WindowSeen(sample_window("open", sample_ticket("B012", "serving"), seq=101)))
    desk.time += 1
    desk.app.touch(row["x"], row["y"])
    assert desk.sent == []
    assert "return" not in desk.intents


def test_the_number_pad_counts_and_letters_do_not(desk):
    desk.tell(WindowSeen(SERVING))
    desk.key(LETTER)
    assert desk.sent == []
    desk.key(KEYPAD_1)
    assert [command.verb for command in desk.sent] == ["return"]


def test_a_key_that_is_held_is_pressed_once(desk):
    desk.tell(WindowSeen(SERVING))
    for _ in range(3):
        desk.time += 1
        desk.key(F9)
    assert [tab.chosen for tab in desk.app.root_widget.view.tabs] == [False, True, False]


def test_a_key_that_was_let_go_can_be_pressed_again(desk):
    desk.tell(WindowSeen(SERVING))
    for key in (F4, ESCAPE, F4, ESCAPE):  # F4 asks about parking, Esc leaves it
        desk.time += 1
        desk.key(key)
        desk.release(key)
    assert desk.app.root_widget.view.panel is None
    desk.time += 1
    desk.key(F4)
    assert desk.app.root_widget.view.panel is not None


def test_a_certificate_is_looked_at_and_the_call_buttons_stay(desk):
    desk.tell(WindowSeen(SHARED))
    desk.tap("certificates")
    desk.tell(CertificatesSeen("key", sample_certificates()))
    assert {"finish", "park", "transfer", "pause"} <= desk.intents
    desk.tap("certificates-view", "c1")
    assert desk.sent == [AskCertificates("key"), ViewCertificate("key", "c1")]
    desk.tell(FaceReady("key", sample_face()))
    assert {"face-back", "finish", "park", "transfer", "pause"} <= desk.intents
    assert not {"tab", "certificates-view", "certificates"} & desk.intents
    assert "60 秒后自动关闭" in desk.app.describe()["texts"]
    desk.tap("face-back")
    assert "face-back" not in desk.intents
    assert desk.control("certificates-view", "c3")


MARK = (18, 52, 86)  # a colour of nothing else


def a_marked_picture():
    return Picture(613, 401, bytes(MARK) * (613 * 401))


@pytest.mark.parametrize(
    "leave",
    [
        lambda desk: desk.tap("face-back"),
        lambda desk: desk.tap("finish"),
        lambda desk: desk.tell(WindowSeen(sample_window("open", sample_ticket("B013"), seq=101))),
    ],
    ids=["closed", "finished", "another ticket"],
)
def test_of_a_picture_that_is_not_looked_at_nothing_is_left(desk, leave):
    picture = a_marked_picture()
    held = sys.getrefcount(picture)
    desk.tell(WindowSeen(SHARED), KeyPressed("f10"), CertificatesSeen("key", sample_certificates()))
    desk.tap("certificates-view", "c1")
    desk.tell(FaceReady("key", picture))
    texture = weakref.ref(desk.app.root_widget.ids.face.ids.picture.texture)
    assert sees(desk, MARK)
    leave(desk)
    assert not sees(desk, MARK)
    gc.collect()
    assert texture() is None
    assert sys.getrefcount(picture) == held


def sees(desk, colour):
    return any(of == colour for _, of in desk.app.capture().getcolors(1 << 24))


def test_a_picture_that_cannot_be_opened_says_so(desk):
    desk.tell(WindowSeen(SHARED), KeyPressed("f10"), CertificatesSeen("key", sample_certificates()))
    desk.tap("certificates-view", "c1")
    desk.tell(FaceReady("key", Picture()))
    assert "图片打不开" in desk.app.describe()["texts"]
    desk.tap("face-back")
    assert "图片打不开" not in desk.app.describe()["texts"]


def test_what_was_listed_is_not_left_in_the_places(desk):
    desk.tell(WindowSeen(SHARED), KeyPressed("f10"), CertificatesSeen("key", sample_certificates()))
    assert "欧阳*海" in every_text(desk.app.root_widget)
    desk.tell(WindowSeen(sample_window("open", sample_ticket("B013"), seq=101)))
    assert "欧阳*海" not in every_text(desk.app.root_widget)


def every_text(widget):
    """Also of what is not shown."""
    own = [widget.text] if getattr(widget, "text", "") else []
    return own + [text for child in widget.children for text in every_text(child)]


def test_english_is_spoken_on_the_spot(desk):
    desk.tell(WindowSeen(SERVING))
    desk.tap("language")
    assert {"Finish", "Social security", "Window 7"} <= set(desk.app.describe()["texts"])
    assert desk.app.describe()["language"] == "en"


@pytest.mark.parametrize(
    ("theme", "language", "room"),
    [
        ("normal", "zh", Room()),
        ("normal", "en", Room()),
        ("large", "zh", LARGE_ROOM),
        ("large", "en", LARGE_ROOM),
    ],
)
def test_nothing_spills_over_and_no_button_lies_over_another(glass, theme, language, room):
    laid_out().clear()
    desk = Desk(glass, theme, room)
    for name, view in pad_views(language, room):
        desk.app.show(view)
        laid_out().settle()
        assert laid_out().spilling(desk.app.root_widget) == [], name
        boxes = [box(control) for control in desk.app.describe()["controls"]]
        for at, (left, bottom, right, top) in enumerate(boxes):
            assert (left, bottom) >= (0, 0), name
            assert (right <= SIZE[0], top <= SIZE[1]) == (True, True), name
            assert min(right - left, top - bottom) >= 48, name  # 8 mm at the least
            for other in boxes[at + 1 :]:
                assert right <= other[0] or other[2] <= left or top <= other[1] or other[3] <= bottom, name
    desk.app.on_stop()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("theme", "room"), [("normal", Room()), ("large", LARGE_ROOM)])
def test_every_refusal_fits_its_line(glass, theme, room, language):
    laid_out().clear()
    desk = Desk(glass, theme, room, language)
    facts = (("number", "AB1024"),)
    prefix = "caller.refused."
    codes = [key.removeprefix(prefix) for key in words_of("zh") if key.startswith(prefix)]
    desk.tell(WindowSeen(sample_window("open", sample_ticket("AB1024"))))
    for code in codes:
        desk.time += 1
        desk.tell(Touched("recall"), CommandRefused("key", code, facts))
        assert laid_out().spilling(desk.app.root_widget) == [], code
    desk.app.on_stop()
