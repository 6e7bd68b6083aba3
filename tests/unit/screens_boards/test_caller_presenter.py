"""The caller pad: one press, one command; what cannot be done says why; nothing is ever called twice."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screens.board_samples import (
    MORNING,
    sample_brief,
    sample_call,
    sample_hall,
    sample_ticket,
    sample_window,
)
from screens.caller.compose import pressable
from screens.caller.presenter import ANSWER, BOUNCE, SETTLE, CallerPresenter
from screens.caller.rules import window_ids
from screens.events import Ticked, Touched
from screens.window_effects import SendCommand
from screens.window_events import (
    CallHeard,
    CommandDone,
    CommandRefused,
    HallSeen,
    KeyPressed,
    LinkBack,
    LinkLost,
    WindowSeen,
)
from screens.words.words import words_of

MISSED = sample_brief("B007", "missed")
PARKED = sample_brief("B003", "parked", papers_here=True)
UNPRINTED = sample_brief("B015", "waiting", paper="failed")
LISTS: dict[str, Any] = {"missed": (MISSED,), "parked": (PARKED,), "unprinted": (UNPRINTED,)}

STAGES = {
    "closed": sample_window("closed", **LISTS),
    "paused": sample_window("paused", **LISTS),
    "idle": sample_window("open", **LISTS),
    "called": sample_window("open", sample_ticket("B012", "called"), **LISTS),
    "serving": sample_window("open", sample_ticket("B012", "serving"), **LISTS),
}


class Pad:
    """A presenter with a clock that the test turns and keys that count."""

    def __init__(self, *events):
        self.time = 100.0
        self.keys = 0
        self.presenter = CallerPresenter("7", self._key, lambda: self.time)
        self.sent = []
        for event in (HallSeen(sample_hall()), Ticked(MORNING, self.time), *events):
            self.give(event)

    def _key(self):
        self.keys += 1
        return f"key-{self.keys}"

    def give(self, event):
        self.sent += self.presenter.handle(event)
        return self

    def touch(self, intent, value="", *, after=1.0):
        self.time += after
        return self.give(Touched(intent, value))

    def key(self, key, *, after=1.0):
        self.time += after
        return self.give(KeyPressed(key))

    def wait(self, seconds):
        self.time += seconds
        return self.give(Ticked(MORNING + timedelta(seconds=self.time - 100), self.time))

    @property
    def view(self):
        return self.presenter.view

    def button(self, intent, value=""):
        return next(b for b in pressable(self.view) if (b.intent, b.value) == (intent, value))

    @property
    def said(self):
        return self.view.message.said(words_of("zh"))


def pad(stage, *events):
    return Pad(WindowSeen(STAGES[stage]), *events)


# -- states and actions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "verb"),
    [
        ("closed", "open"),
        ("paused", "open"),
        ("idle", "call-next"),
        ("called", "start"),
        ("serving", "finish"),
    ],
)
def test_there_is_one_main_action_in_every_state(stage, verb):
    it = pad(stage)
    assert (it.view.stage, it.view.main.intent, it.view.main.hint) == (stage, verb, "F1")
    it.touch(verb)
    assert it.sent == [SendCommand("key-1", verb, {})]


PLAIN = ("recall", "miss", "pause", "close")
POSSIBLE = {
    "closed": set(),
    "paused": {"close"},
    "idle": {"pause", "close"},
    "called": {"recall", "miss", "pause"},
    "serving": {"pause"},
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("verb", PLAIN)
def test_an_action_is_sent_where_it_is_possible_and_explained_where_not(stage, verb):
    it = pad(stage)
    if stage == "closed" and verb == "close":
        assert it.view.door is None
        return
    button = it.button(verb)
    it.touch(verb)
    if verb in POSSIBLE[stage]:
        assert not button.why
        assert it.sent == [SendCommand("key-1", verb, {})]
    else:
        assert it.sent == []
        assert button.dim
        assert it.view.message == button.why
        assert it.view.tone == "note"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("question", ["park", "transfer", "abandon"])
def test_a_question_is_asked_only_about_a_ticket_at_the_window(stage, question):
    it = pad(stage).touch(question)
    assert it.sent == []
    assert (it.view.panel is not None) == (stage in ("called", "serving"))


@pytest.mark.parametrize("stage", STAGES)
def test_what_a_button_says_is_there_in_both_languages(stage):
    for question in ("", "park", "transfer", "abandon"):
        it = pad(stage)
        if question:
            it.touch(question)
        for language in ("zh", "en"):
            words = words_of(language)
            for button in pressable(it.view):
                assert button.label.said(words) or button.intent == "transfer-queue"
                button.why.said(words)
            view = it.view
            phrases = [
                view.state,
                view.headline,
                view.about,
                view.empty,
                view.others,
                view.sign,
                view.message,
            ]
            for phrase in phrases:
                phrase.said(words)


def test_a_paused_window_with_a_ticket_at_hand_can_end_its_pause():
    it = Pad(WindowSeen(sample_window("paused", sample_ticket("B012", "serving"))))
    assert (it.view.main.intent, it.view.paused) == ("finish", True)
    it.key("f7")
    assert it.sent == [SendCommand("key-1", "open", {})]


def test_nobody_is_called_where_nobody_waits():
    it = Pad(WindowSeen(sample_window("open", waiting=(0, 0)))).touch("call-next")
    assert it.sent == []
    assert it.said == "没有人等候"


def test_before_the_hall_has_spoken_nothing_can_be_sent():
    it = Pad().touch("call-next").key("f1").key("f6")
    assert (it.sent, it.view.stage) == ([], "unknown")
    assert it.said == "等待大厅"


# -- one press, one command ---------------------------------------------------------------------------------------


def test_a_double_touch_calls_once_however_quick_the_hall_is():
    it = pad("idle").touch("call-next")
    it.give(CommandDone("key-1", sample_window("open", sample_ticket("B013", "called"), seq=101)))
    it.touch("start", after=0.15)  # the second tap of the same finger, on what is now 开始办理
    assert it.sent == [SendCommand("key-1", "call-next", {})]
    it.touch("start", after=BOUNCE)
    assert it.sent[1:] == [SendCommand("key-2", "start", {})]


def test_a_key_that_bounces_or_is_held_counts_once():
    it = pad("idle").key("f1")
    it.give(CommandDone("key-1", sample_window("open", sample_ticket("B013", "called"), seq=101)))
    for _ in range(40):
        it.key("f1", after=0.03)
    assert len(it.sent) == 1


def test_while_an_answer_is_awaited_nothing_else_is_sent():
    it = pad("called").touch("recall").touch("start").key("f3")
    assert it.sent == [SendCommand("key-1", "recall", {})]
    assert it.button("recall").pressed
    assert not it.button("start").dim


def test_a_slow_answer_is_shown_as_awaited():
    it = pad("called").touch("recall").wait(1)
    assert it.button("start").dim
    assert it.button("start").why.said(words_of("zh")) == "请稍候"


def test_an_answer_without_a_view_holds_the_pad_until_the_window_shows_it():
    it = pad("idle").touch("call-next").give(CommandDone("key-1")).touch("call-next")
    assert len(it.sent) == 1
    it.give(WindowSeen(sample_window("open", sample_ticket("B013", "called"), seq=101))).touch("start")
    assert [command.verb for command in it.sent] == ["call-next", "start"]


def test_a_view_that_came_before_the_answer_is_enough():
    it = pad("idle").touch("call-next")
    it.give(WindowSeen(sample_window("open", sample_ticket("B013", "called"), seq=101)))
    it.give(CommandDone("key-1")).touch("start")
    assert [command.verb for command in it.sent] == ["call-next", "start"]


def test_a_view_that_never_comes_does_not_hold_the_pad_for_ever():
    it = pad("idle").touch("call-next").give(CommandDone("key-1")).wait(SETTLE).touch("call-next")
    assert [command.key for command in it.sent] == ["key-1", "key-2"]


def test_every_press_has_a_key_of_its_own():
    it = pad("called").touch("recall")
    it.give(CommandDone("key-1", sample_window("open", sample_ticket("B012"), seq=101, recalls=1)))
    it.touch("recall")
    assert [command.key for command in it.sent] == ["key-1", "key-2"]


def test_the_same_command_again_keeps_its_key_when_nobody_knows_what_became_of_it():
    it = pad("idle").touch("call-next").give(CommandRefused("key-1", "hall.unreachable"))
    assert "再按一次，不会重复" in it.said
    assert it.view.code == "hall.unreachable"
    it.touch("call-next")
    assert [command.key for command in it.sent] == ["key-1", "key-1"]


def test_an_answer_that_never_comes_is_given_up_and_asked_for_again_with_its_key():
    it = pad("idle").touch("call-next").wait(ANSWER)
    assert "再按一次，不会重复" in it.said
    it.touch("call-next")
    assert [command.key for command in it.sent] == ["key-1", "key-1"]


def test_another_scene_makes_it_another_command():
    it = pad("called").touch("recall").give(CommandRefused("key-1", "hall.unreachable"))
    it.give(WindowSeen(sample_window("open", sample_ticket("B012"), seq=101, recalls=1)))
    assert not it.view.message
    it.touch("recall")
    assert [command.key for command in it.sent] == ["key-1", "key-2"]


def test_a_late_answer_clears_the_doubt():
    it = pad("idle").touch("call-next").give(CommandRefused("key-1", "hall.unreachable"))
    it.give(CommandDone("key-1", sample_window("open", sample_ticket("B013", "called"), seq=101)))
    assert (it.view.stage, it.said) == ("called", "")


def test_a_late_refusal_clears_the_doubt_too():
    it = pad("idle").touch("call-next").wait(ANSWER)
    it.give(CommandRefused("key-1", "queue.nobody_waiting", (("window", "7"),)))
    assert it.view.code == "queue.nobody_waiting"
    it.touch("call-next")
    assert [command.key for command in it.sent] == ["key-1", "key-2"]


def test_an_answer_to_something_else_changes_nothing():
    it = pad("idle").touch("call-next")
    before = it.view
    it.give(CommandDone("key-99")).give(CommandRefused("key-98", "window.busy", (("number", "B001"),)))
    assert it.view == before


REFUSALS = {
    "window.busy": (("number", "B012"), ("ticket", "t-B012"), ("state", "called")),
    "window.not_open": (("window", "7"), ("state", "paused")),
    "window.no_current": (("window", "7"),),
    "window.unknown": (("window", "7"),),
    "window.not_serving": (("window", "7"), ("queue", "tax")),
    "queue.nobody_waiting": (("window", "7"),),
    "queue.unknown": (("queue", "tax"),),
    "ticket.unknown": (("ticket", "t"),),
    "ticket.wrong_state": (("number", "B012"), ("state", "missed")),
    "ticket.not_yours": (("number", "B012"), ("queue", "tax"), ("window", "")),
    "person.already_waiting": (("number", "B012"), ("ticket", "t")),
    "recall.limit": (("number", "B012"), ("limit", "3")),
    "hall.closed": (("opens", "13:00"),),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_said_in_words_of_its_own_with_its_code_and_frees_the_pad(code):
    it = pad("called").touch("recall").give(CommandRefused("key-1", code, REFUSALS[code]))
    assert it.view.message.key == f"caller.refused.{code}"
    assert it.said
    assert (it.view.code, it.view.tone) == (code, "alarm")
    it.touch("miss")
    assert [command.verb for command in it.sent] == ["recall", "miss"]
    assert not it.view.message


@pytest.mark.parametrize("refusal", [("something.new", ()), ("window.busy", ())])
def test_a_refusal_of_a_newer_hall_is_said_generally(refusal):
    code, facts = refusal
    it = pad("called").touch("recall").give(CommandRefused("key-1", code, facts))
    assert (it.said, it.view.code) == ("大厅没有同意", code)


# -- keys ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "key", "verb"),
    [
        ("idle", "f1", "call-next"),
        ("called", "f1", "start"),
        ("called", "f2", "recall"),
        ("called", "f3", "miss"),
        ("serving", "f1", "finish"),
        ("idle", "f7", "pause"),
        ("idle", "f8", "close"),
    ],
)
def test_keys_do_what_the_button_that_shows_them_does(stage, key, verb):
    it = pad(stage).key(key)
    assert [command.verb for command in it.sent] == [verb]


@pytest.mark.parametrize("key", ["f4", "f5", "f6"])
def test_keys_open_questions_and_escape_closes_them(key):
    it = pad("serving").key(key)
    assert it.view.panel is not None
    it.key("esc")
    assert it.view.panel is None
    assert it.sent == []


def test_keys_of_covered_buttons_do_nothing():
    it = pad("serving").key("f5").key("f1").key("f6")
    assert it.sent == []
    assert it.view.panel.title.key == "caller.transfer.title"


def test_no_two_buttons_share_a_key():
    for stage in STAGES:
        for question in ("", "park", "transfer", "abandon"):
            it = pad(stage)
            if question:
                it.touch(question)
            hints = [button.hint for button in pressable(it.view) if button.hint]
            assert len(hints) == len(set(hints))


def test_an_unknown_key_does_nothing():
    it = pad("idle")
    before = it.view
    assert it.key("q").key("f12").key("").view == before


# -- questions ----------------------------------------------------------------------------------------------------


def test_abandoning_is_asked_once_and_can_be_left():
    it = pad("called").touch("abandon")
    assert it.view.panel.alarm
    it.touch("back").touch("abandon").touch("abandon-sure", "t-B012")
    assert it.sent == [SendCommand("key-1", "abandon", {"ticket": "t-B012"})]
    assert it.view.panel is None


def test_a_ticket_of_a_list_can_be_abandoned_while_another_is_served():
    it = pad("serving").touch("tab", "unprinted").touch("abandon", "t-B015").key("enter")
    assert it.sent == [SendCommand("key-1", "abandon", {"ticket": "t-B015"})]


@pytest.mark.parametrize(("key", "papers"), [("1", False), ("2", True)])
def test_parking_asks_where_the_papers_stay(key, papers):
    it = pad("serving").key("f4").key(key)
    assert it.sent == [SendCommand("key-1", "park", {"papers": papers})]


def test_a_transfer_asks_for_the_queue_then_for_the_window():
    it = pad("serving").key("f5").key("1").key("0")
    assert it.sent == [SendCommand("key-1", "transfer", {"queue": "general"})]


def test_a_transfer_can_name_one_window_of_the_queue_but_not_this_one():
    it = pad("serving").touch("transfer").touch("transfer-queue", "social")
    assert [choice.button.value for choice in it.view.panel.choices] == ["", "3", "5", "6"]
    it.key("2")
    assert it.sent == [SendCommand("key-1", "transfer", {"queue": "social", "window": "5"})]


def test_escape_goes_back_from_the_window_to_the_queue():
    it = pad("serving").key("f5").key("1").key("esc")
    assert it.view.panel.title.key == "caller.transfer.title"


def test_all_queues_can_be_reached_by_turning_pages():
    it, seen = pad("serving").key("f5"), []
    for _ in range(2):
        seen += [choice.button.value for choice in it.view.panel.choices]
        it.key("9")
    assert seen == [queue.id for queue in sample_hall().queues]


def test_a_question_closes_when_its_ticket_is_gone():
    it = pad("called").touch("abandon").give(WindowSeen(sample_window("open", seq=101)))
    assert it.view.panel is None
    it.key("enter")
    assert it.sent == []


# -- lists ---------------------------------------------------------------------------------------------------------


def test_a_missed_ticket_goes_back_to_its_queue():
    it = pad("idle").touch("return", "t-B007")
    assert it.sent == [SendCommand("key-1", "return", {"ticket": "t-B007"})]


def test_a_parked_ticket_is_resumed_when_the_window_is_free():
    it = pad("idle").key("f9")
    assert [tab.chosen for tab in it.view.tabs] == [False, True, False]
    it.key("1")
    assert it.sent == [SendCommand("key-1", "resume", {"ticket": "t-B003"})]


def test_a_parked_ticket_waits_while_another_is_served():
    it = pad("serving").touch("tab", "parked").touch("resume", "t-B003")
    assert (it.sent, it.said) == ([], "先办完手上")


def test_tickets_without_paper_are_counted_and_marked():
    it = pad("idle").touch("tab", "unprinted")
    assert [tab.count for tab in it.view.tabs] == [1, 1, 1]
    assert it.view.rows[0].mark.text.said(words_of("zh")) == "未出纸"
    assert it.view.rows[0].act is None


def test_long_lists_are_paged():
    missed = [sample_brief(f"B{n:03d}", "missed") for n in range(9)]
    it, seen = Pad(WindowSeen(sample_window("open", missed=missed))), []
    for _ in range(3):
        seen += [row.number for row in it.view.rows]
        it.touch("page")
    assert seen == [ticket.number for ticket in missed]


@pytest.mark.parametrize(
    ("ticket", "words"),
    [
        (sample_ticket(paper="printed"), []),
        (sample_ticket(paper="none"), ["手机取号"]),
        (sample_ticket(paper="printing"), ["正在出纸"]),
        (sample_ticket(paper="failed"), ["未出纸"]),
        (sample_ticket(paper="unknown"), ["出纸不明"]),
        (sample_ticket(priority="elder", paper="failed"), ["老年人", "未出纸"]),
    ],
)
def test_the_current_ticket_shows_its_class_and_its_paper(ticket, words):
    marks = Pad(WindowSeen(sample_window("open", ticket))).view.current.marks
    assert [mark.text.said(words_of("zh")) for mark in marks] == words


# -- the link --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_without_the_link_the_picture_stays_and_every_action_says_why_not(stage):
    it = pad(stage, LinkLost("fault.link"))
    assert it.view.stage == stage
    assert it.view.sign.said(words_of("zh")) == "信号中断，显示的是 10:42 的情况"
    for button in pressable(it.view):
        if button.intent not in ("tab", "language"):
            assert button.why.key == "caller.why.lost"
            it.touch(button.intent, button.value)
    assert it.sent == []
    it.give(LinkBack())
    assert not it.view.sign
    assert not it.view.main.why


def test_an_older_view_is_ignored_and_another_windows_too():
    it = pad("serving")
    it.give(WindowSeen(sample_window("open", seq=99, at=MORNING - timedelta(seconds=1))))
    it.give(WindowSeen(sample_window("open", seq=200, window="8")))
    assert it.view.stage == "serving"


def test_the_language_is_switched_on_the_spot():
    it = pad("idle").touch("language")
    assert it.view.language == "en"


def test_the_windows_of_a_queue_are_read_from_its_sign():
    assert window_ids("3, 5–7, east") == ("3", "5", "6", "7", "east")
    assert window_ids("") == ()


# -- anything at all -------------------------------------------------------------------------------------------------

tickets = st.builds(sample_ticket, st.sampled_from(("B001", "B002")), st.sampled_from(("called", "serving")))
windows = st.builds(
    lambda state, current, seq, recalls: sample_window(
        state, current if state != "closed" else None, seq=seq, recalls=recalls, **LISTS
    ),
    st.sampled_from(("open", "open", "paused", "closed")),
    st.none() | tickets,
    st.integers(90, 130),
    st.integers(0, 2),
)
answers = st.one_of(
    st.builds(CommandDone, st.integers(1, 12).map("key-{}".format), st.none() | windows),
    st.builds(
        CommandRefused,
        st.integers(1, 12).map("key-{}".format),
        st.sampled_from(("window.busy", "hall.unreachable", "brand.new")),
        st.sampled_from(((), (("number", "B001"),))),
    ),
)
keys = st.sampled_from([f"f{n}" for n in range(1, 13)] + list("0123456789") + ["enter", "esc", "x"]).map(
    KeyPressed
)
others = st.sampled_from(
    (
        LinkLost("fault.link"),
        LinkBack(),
        HallSeen(sample_hall()),
        CallHeard(sample_call("B001", "7", seq=120)),
    )
)
steps = st.one_of(
    windows.map(WindowSeen), answers, keys, others, st.just("tick"), st.integers(0, 40), st.integers(0, 40)
)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(steps, st.sampled_from((0.0, 0.1, 0.5, 2.0, 20.0))), max_size=40))
def test_whatever_happens_a_press_sends_one_command_at_most_and_nothing_else_sends_any(script):
    it = Pad()
    awaited, since = None, 0.0
    for step, pause in script:
        it.time += pause
        before = len(it.sent)
        match step:
            case "tick":
                it.wait(0)
            case int(place):  # a finger on one of the buttons that are there
                there = list(pressable(it.view))
                button = there[place % len(there)]
                it.give(Touched(button.intent, button.value))
                if button.why:
                    assert len(it.sent) == before
            case event:
                it.give(event)
        sent = it.sent[before:]
        assert len(sent) <= (1 if isinstance(step, int | KeyPressed) else 0)
        if isinstance(step, CommandDone | CommandRefused) and step.key == awaited:
            awaited = None
        if sent:
            assert awaited is None or it.time - since >= ANSWER  # never two on their way
            awaited, since = sent[0].key, it.time
        for button in pressable(it.view):
            button.why.said(words_of("zh"))
