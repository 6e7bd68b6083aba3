"""The pad and what a citizen agreed to show: one view each, a minute each, and nothing left when they go."""

import sys
from typing import Any

import pytest

from screens.board_samples import (
    MORNING,
    sample_brief,
    sample_certificates,
    sample_hall,
    sample_ticket,
    sample_window,
)
from screens.caller.compose import pressable
from screens.caller.known import LARGE_ROOM, Room
from screens.caller.presenter import CallerPresenter
from screens.caller.showing import ANSWER, FACE_SECONDS
from screens.events import FaceFailed, FaceReady, Picture, Ticked, Touched
from screens.window_effects import AskCertificates, SendCommand, ViewCertificate
from screens.window_events import (
    CertificatesFailed,
    CertificatesSeen,
    HallSeen,
    KeyPressed,
    LinkLost,
    WindowSeen,
)
from screens.words.words import words_of

SHARED = sample_ticket("B012", "serving", certificates=4)


def window(current=SHARED, *, seq=100, state="open", **given):
    return WindowSeen(sample_window(state, current, seq=seq, **given))


def a_picture():
    return Picture(2, 1, b"nobody")


class Pad:
    """A presenter with a clock that the test turns and keys that count."""

    def __init__(self, *events, room=Room()):  # noqa: B008  frozen
        self.time, self.keys, self.sent = 100.0, 0, []
        self.presenter = CallerPresenter("7", self._key, lambda: self.time, room=room)
        for event in (HallSeen(sample_hall()), Ticked(MORNING, self.time), window(), *events):
            self.give(event)

    def _key(self):
        self.keys += 1
        return f"key-{self.keys}"

    def give(self, event):
        self.sent += self.presenter.handle(event)
        return self

    def touch(self, intent, value=""):
        self.time += 1
        return self.give(Touched(intent, value))

    def key(self, key):
        self.time += 1
        return self.give(KeyPressed(key))

    def wait(self, seconds):
        self.time += seconds
        return self.give(Ticked(MORNING, self.time))

    @property
    def view(self):
        return self.presenter.view

    @property
    def intents(self):
        return {button.intent for button in pressable(self.view)}

    @property
    def note(self):
        return self.view.certificates.note.said(words_of("zh"))


def listing(**given):
    """The list is open: key-1 was its question."""
    return Pad(KeyPressed("f10"), CertificatesSeen("key-1", sample_certificates()), **given)


def looking():
    """The first picture is shown: key-2 was its question."""
    return listing().key("1").give(FaceReady("key-2", a_picture()))


# -- the list -----------------------------------------------------------------------------------------------------


def test_the_mark_says_how_many_were_agreed_to():
    assert Pad().view.offered.text.said(words_of("zh")) == "已授权 4 份证照"
    one = window(sample_ticket("B012", certificates=1), seq=101)
    assert Pad(one).view.offered.text.said(words_of("en")) == "1 certificate shared"


def test_a_ticket_with_none_has_neither_mark_nor_button():
    pad = Pad(window(sample_ticket("B013"), seq=101))
    assert (pad.view.offered, pad.view.look) == (None, None)
    assert pad.key("f10").sent == []


@pytest.mark.parametrize("press", ["touch", "key"])
def test_the_button_asks_the_hall(press):
    pad = Pad()
    pad.touch("certificates") if press == "touch" else pad.key("f10")
    assert pad.sent == [AskCertificates("key-1")]
    assert pad.note == "正在取证照目录"


def test_each_is_told_in_summary():
    rows = listing(room=Room(certificates=4)).view.certificates.rows
    said = words_of("zh")
    assert [row.name for row in rows] == [
        "居民身份证",
        "社会保障卡",
        "中华人民共和国机动车驾驶证",
        "不动产权证书",
    ]
    assert [row.status.text.said(said) for row in rows] == ["有效", "有效", "已过期", "已撤销"]
    assert [row.validity.said(said) for row in rows[:2]] == ["有效期至 2038-05-01", "长期"]
    assert [bool(row.doubt) for row in rows] == [False, False, False, True]
    assert (rows[0].holder, rows[0].number) == ("欧阳*海", "370************01X")


def test_what_was_viewed_says_so_and_has_no_button():
    first, second, _ = listing().view.certificates.rows
    assert (first.button.value, first.button.hint, bool(first.viewed)) == ("c1", "1", False)
    assert (second.button, second.viewed.said(words_of("zh"))) == (None, "已查看")


@pytest.mark.parametrize(("room", "pages"), [(Room(), [3, 1, 3]), (LARGE_ROOM, [2, 2, 2])])
def test_many_are_paged(room, pages):
    pad = listing(room=room)
    seen = [len(pad.view.certificates.rows)]
    for _ in range(2):
        seen.append(len(pad.key("5").view.certificates.rows))
    assert seen == pages


def test_the_list_takes_the_place_of_the_lists_and_their_keys_alone():
    pad = Pad(window(seq=101, missed=(sample_brief("B007", "missed"),)))
    assert {"return", "tab"} <= pad.intents
    pad.key("f10").give(CertificatesSeen("key-1", sample_certificates()))
    assert not {"return", "tab"} & pad.intents
    assert {"finish", "transfer", "recall", "pause", "certificates-view"} <= pad.intents
    pad.key("esc")
    assert {"return", "tab"} <= pad.intents


def test_what_is_gone_is_said():
    pad = Pad(KeyPressed("f10"), CertificatesSeen("key-1", sample_certificates(count=0, gone=True)))
    assert pad.note == "授权的证照已经不在了，请市民重新出示"
    assert pad.view.certificates.rows == ()


def test_a_list_that_does_not_come_can_be_asked_for_again():
    pad = Pad(KeyPressed("f10"), CertificatesFailed("key-1", "hall.unreachable"))
    assert (pad.view.certificates.code, pad.view.certificates.again is not None) == ("hall.unreachable", True)
    pad.touch("certificates")
    assert pad.sent[-1] == AskCertificates("key-2")
    assert pad.view.certificates.again is None


def test_an_answer_nobody_sends_is_given_up():
    pad = Pad(KeyPressed("f10")).wait(ANSWER - 0.1)
    assert pad.view.certificates.code == ""
    assert pad.wait(0.2).view.certificates.code == "hall.unreachable"


def test_a_list_of_another_ticket_closes_the_panel():
    pad = Pad(KeyPressed("f10"), CertificatesSeen("key-1", sample_certificates("t-B013")))
    assert pad.view.certificates is None


def test_a_list_that_was_not_asked_for_is_no_news():
    assert Pad(CertificatesSeen("key-1", sample_certificates())).view.certificates is None
    late = Pad(KeyPressed("f10"), CertificatesSeen("other", sample_certificates()))
    assert late.view.certificates.rows == ()


def test_without_the_hall_nothing_is_viewed_and_it_says_why():
    pad = listing().give(LinkLost("fault.link"))
    assert pad.view.certificates.rows[0].button.why.said(words_of("zh")) == "连不上大厅"
    assert pad.key("1").sent == [AskCertificates("key-1")]


# -- one picture ----------------------------------------------------------------------------------------------------


def test_a_view_asks_the_hall_once_and_shows_the_picture_large():
    pad = listing().touch("certificates-view", "c1")
    assert pad.sent[-1] == ViewCertificate("key-2", "c1")
    assert pad.view.face is None
    pad.give(FaceReady("key-2", a_picture()))
    face: Any = pad.view.face  # it was None, and mypy does not know what an event does
    assert (face.name, face.picture, face.left) == ("居民身份证", a_picture(), 60)


def test_one_picture_is_fetched_at_a_time():
    pad = listing().key("1").key("3")
    assert pad.sent == [AskCertificates("key-1"), ViewCertificate("key-2", "c1")]


def test_the_countdown_runs_and_ends_by_itself():
    pad = looking()
    assert pad.wait(0.5).view.face.left == 60
    assert pad.wait(FACE_SECONDS - 1).view.face.left == 1
    assert pad.wait(0.5).view.face is None
    assert pad.view.certificates.rows[0].viewed


def test_closing_leaves_it_viewed():
    pad = looking().key("esc")
    assert pad.view.face is None
    assert (pad.view.certificates.rows[0].button, bool(pad.view.certificates.rows[0].viewed)) == (None, True)
    pad.touch("certificates-view", "c1")
    assert len(pad.sent) == 2


def test_beside_a_picture_the_tickets_own_keys_work_and_no_others():
    pad = Pad(window(seq=101, missed=(sample_brief("B007", "missed"),)))
    pad.key("f10").give(CertificatesSeen("key-1", sample_certificates()))
    pad.key("1").give(FaceReady("key-2", a_picture()))
    assert pad.key("3").key("f9").sent[-1] == ViewCertificate("key-2", "c1")
    assert pad.key("f1").sent[-1] == SendCommand("key-3", "finish", {})


@pytest.mark.parametrize("answer", [FaceReady("other", Picture()), FaceFailed("other", "certificates.gone")])
def test_an_answer_to_another_view_is_no_news(answer):
    pad = listing().key("1").give(answer)
    assert pad.view.face is None
    assert pad.view.certificates.rows[0].button is not None


def test_a_picture_comes_once():
    pad = looking().key("esc").give(FaceReady("key-2", a_picture()))
    assert pad.view.face is None


def test_a_view_nobody_answered_is_asked_for_with_the_same_key():
    pad = listing().key("1").give(FaceFailed("key-2", "hall.unreachable"))
    assert pad.note == "没有回音，请再点一次，不会多算"
    pad.key("1")
    assert pad.sent[-1] == ViewCertificate("key-2", "c1")
    pad.wait(ANSWER)
    assert pad.view.certificates.code == "hall.unreachable"
    assert pad.key("1").sent[-1] == ViewCertificate("key-2", "c1")
    assert pad.key("3").view.face is None
    assert pad.give(FaceReady("key-2", a_picture())).view.face.name == "居民身份证"


@pytest.mark.parametrize(
    ("code", "viewed", "rows", "said"),
    [
        ("certificates.viewed", True, 3, "这份证照已经查看过了"),
        ("certificates.gone", False, 0, "授权的证照已经不在了，请市民重新出示"),
        ("certificates.no_face", False, 3, "证照库里没有这份的图片"),
        ("something.new", False, 3, "大厅没有同意"),
    ],
)
def test_a_refused_view_is_said(code, viewed, rows, said):
    pad = listing().key("1").give(FaceFailed("key-2", code))
    assert (pad.note, len(pad.view.certificates.rows)) == (said, rows)
    if rows:
        assert bool(pad.view.certificates.rows[0].viewed) == viewed
        assert (pad.view.certificates.rows[0].button is None) == viewed


# -- nothing stays ----------------------------------------------------------------------------------------------------

LEAVES = {
    "another ticket": lambda pad: pad.give(window(sample_ticket("B013", certificates=2), seq=101)),
    "finished elsewhere": lambda pad: pad.give(window(None, seq=101)),
    "none agreed to any more": lambda pad: pad.give(window(sample_ticket("B012", "serving"), seq=101)),
    "finish": lambda pad: pad.key("f1"),
    "park is asked about": lambda pad: pad.key("f4"),
    "transfer is asked about": lambda pad: pad.key("f5"),
    "abandon is asked about": lambda pad: pad.key("f6"),
}


@pytest.mark.parametrize("leaves", LEAVES.values(), ids=LEAVES)
def test_what_takes_the_ticket_away_drops_everything_at_once(leaves):
    picture = a_picture()
    before = sys.getrefcount(picture)
    pad = listing().key("1").give(FaceReady("key-2", picture))
    assert sys.getrefcount(picture) > before
    leaves(pad)
    assert (pad.view.face, pad.view.certificates) == (None, None)
    assert sys.getrefcount(picture) == before
    assert "欧阳" not in repr(pad.presenter._known) + repr(pad.view)


@pytest.mark.parametrize("ends", ["closed", "its time is over"])
def test_a_picture_that_is_not_looked_at_is_not_held(ends):
    picture = a_picture()
    before = sys.getrefcount(picture)
    pad = listing().key("1").give(FaceReady("key-2", picture))
    pad.key("esc") if ends == "closed" else pad.wait(FACE_SECONDS)
    assert pad.view.certificates.rows
    assert sys.getrefcount(picture) == before


def test_a_missed_ticket_leaves_nothing():
    called = window(sample_ticket("B012", "called", certificates=4), seq=101)
    pad = Pad(called, KeyPressed("f10"), CertificatesSeen("key-1", sample_certificates()))
    assert pad.view.certificates.rows
    assert pad.key("f3").view.certificates is None


@pytest.mark.parametrize("key", ["f2", "f7"])
def test_what_leaves_the_ticket_here_leaves_the_list_open(key):
    called = window(sample_ticket("B012", "called", certificates=4), seq=101)
    pad = Pad(called, KeyPressed("f10"), CertificatesSeen("key-1", sample_certificates()))
    assert len(pad.key(key).sent) == 2
    assert pad.view.certificates.rows


def test_answers_that_come_after_the_ticket_left_are_nobodys():
    picture = a_picture()
    before = sys.getrefcount(picture)
    pad = listing().key("1").give(window(sample_ticket("B013", certificates=2), seq=101))
    pad.give(FaceReady("key-2", picture)).give(CertificatesSeen("key-1", sample_certificates()))
    assert (pad.view.face, pad.view.certificates) == (None, None)
    assert sys.getrefcount(picture) == before


def test_nothing_of_a_person_is_in_a_repr():
    pad = looking()
    said = repr(pad.view) + repr(pad.presenter._known) + repr(pad.sent) + repr(FaceReady("k", a_picture()))
    assert not any(private in said for private in ("欧阳", "01X", "nobody", "清源县公安局"))
    assert "欧阳" not in repr(CertificatesSeen("k", sample_certificates()))
