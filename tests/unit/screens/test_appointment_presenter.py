"""Checking in an appointment: every state has words and a way on, and no answer but one's own counts."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from screens import samples
from screens.appointment.presenter import ASK_CEILING, AppointmentPresenter
from screens.appointment.samples import (
    CANCELLED,
    CHECKED_IN,
    EARLY,
    LATE,
    OTHER_DAY,
    READY,
    STATES,
    TAX,
    UNRESOLVED,
    WRONG_HALL,
    appointment,
)
from screens.appointment.times import slot
from screens.effects import CallStaff, IssueTicket, LookUpAppointments, Show
from screens.events import AppointmentsFailed, AppointmentsFound, HallBack, Ticked, Touched
from screens.visit import Terminal
from screens.words.words import LANGUAGES, words_of

PERSON = samples.person()


class Glass:
    """The screen on a check-in visit; keys count from key-1, the clock is the test's."""

    def __init__(self, *, person=PERSON, typed="", **terminal):
        self.terminal = Terminal(now=samples.NOW, hall=samples.hall(), **terminal)
        self.visit = self.terminal.visit
        self.visit.purpose, self.visit.person, self.visit.typed = "checkin", person, typed
        self.keys = 0
        self.presenter = AppointmentPresenter(self.terminal, self._key)
        self.asked = self.presenter.enter()

    def _key(self):
        self.keys += 1
        return f"key-{self.keys}"

    def give(self, event):
        if isinstance(event, Ticked):
            self.terminal.monotonic = event.monotonic
        return self.presenter.handle(event)

    def found(self, *appointments):
        self.give(AppointmentsFound(self.visit.asked, appointments))
        return self

    def failed(self, code):
        self.give(AppointmentsFailed(self.visit.asked, code))
        return self

    def touch(self, intent, value=""):
        return self.give(Touched(intent, value))

    @property
    def view(self):
        return self.presenter.view

    @property
    def ways(self):
        return tuple(w.intent for w in (self.view.main, self.view.second, self.view.third) if w.intent)


# -- asking ---------------------------------------------------------------------------------------------------


def test_the_person_who_is_known_is_asked_for():
    glass = Glass()
    assert glass.asked == (LookUpAppointments("key-1", person=PERSON),)
    assert (glass.view.phase, glass.ways) == ("asking", ())


def test_a_number_that_was_typed_is_asked_for_and_not_kept_in_the_visit():
    glass = Glass(person=None, typed="20261123")
    assert glass.asked == (LookUpAppointments("key-1", number="20261123"),)
    assert glass.visit.typed == ""


def test_a_document_that_was_typed_is_never_sent_as_an_appointment():
    glass = Glass(typed="11010519491231002X")
    assert glass.asked == (LookUpAppointments("key-1", person=PERSON),)


def test_what_is_known_already_is_not_asked_again():
    glass = Glass().found(READY)
    assert glass.presenter.enter() == ()
    assert glass.view.phase == "found"


def test_after_a_check_in_that_came_to_nothing_it_is_asked_again():
    glass = Glass().found(READY)
    glass.touch("check_in", "a-1")
    assert glass.presenter.enter() == (LookUpAppointments("key-3", person=PERSON),)
    assert glass.visit.appointment == ""


def test_where_there_is_nobody_to_ask_for_there_are_ways_on():
    glass = Glass(person=None)
    assert (glass.asked, glass.ways) == ((), ("type_number", "ordinary", "ask_staff"))


def test_another_number_is_asked_for_anew():
    glass = Glass(person=None, typed="1234").failed("appointment.unknown")
    glass.visit.typed = "1235"
    assert glass.presenter.enter() == (LookUpAppointments("key-2", number="1235"),)
    assert glass.view.phase == "asking"


def test_a_card_laid_down_after_a_number_counts():
    glass = Glass(person=None, typed="1234").failed("appointment.unknown")
    glass.visit.person = PERSON
    assert glass.presenter.enter() == (LookUpAppointments("key-2", person=PERSON),)


def test_a_number_typed_after_a_card_counts():
    glass = Glass().found()
    glass.visit.typed = "1234"
    assert glass.presenter.enter() == (LookUpAppointments("key-2", number="1234"),)


@pytest.mark.parametrize("stale", [AppointmentsFound("other", (READY,)), AppointmentsFailed("other", "x.y")])
def test_an_answer_to_another_question_is_no_news(stale):
    glass = Glass()
    assert glass.give(stale) == ()
    assert glass.view.phase == "asking"


def test_an_answer_without_a_question_is_no_news():
    glass = Glass(person=None)
    glass.give(AppointmentsFound("", (READY,)))
    assert glass.visit.appointments is None


def test_a_second_answer_changes_nothing():
    glass = Glass().found(READY)
    glass.give(AppointmentsFound("key-1", ()))
    assert glass.view.phase == "found"


def test_silence_is_told_and_a_late_answer_is_still_welcome():
    glass = Glass()
    glass.give(Ticked(samples.NOW, ASK_CEILING - 0.1))
    assert glass.view.phase == "asking"
    glass.give(Ticked(samples.NOW, ASK_CEILING))
    assert (glass.view.phase, glass.ways) == ("failed", ("again", "ordinary", "ask_staff"))
    assert glass.found(READY).view.main.intent == "check_in"


def test_a_hall_out_of_reach_is_told_with_its_code_and_asked_again_with_a_new_key():
    glass = Glass().failed("hall.unreachable")
    assert glass.view.title == words_of("zh")("appointment.failed.title")
    assert "hall.unreachable" in glass.view.code
    assert glass.touch("again") == (LookUpAppointments("key-2", person=PERSON),)
    assert glass.view.phase == "asking"


def test_a_hall_that_is_back_is_asked_by_itself():
    assert Glass().failed("hall.unreachable").give(HallBack()) == (
        LookUpAppointments("key-2", person=PERSON),
    )
    assert Glass().found(READY).give(HallBack()) == ()


# -- nothing found ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nothing", ["found", "failed"])
def test_somebody_without_an_appointment_has_ways_on(nothing):
    glass = Glass()
    glass.found() if nothing == "found" else glass.failed("appointment.unknown")
    assert glass.view.phase == "none"
    assert glass.ways == ("type_number", "ordinary", "ask_staff")
    assert glass.view.code == ""
    assert glass.touch("type_number") == (Show("typein"),)
    assert glass.touch("ask_staff") == (CallStaff("appointment"),)
    assert glass.touch("ordinary") == (Show("choose"),)
    assert glass.visit.purpose == "number"


def test_a_number_nobody_knows_can_be_typed_again():
    glass = Glass(person=None, typed="9999").failed("appointment.unknown")
    assert glass.view.title == words_of("zh")("appointment.none_number.title")
    assert glass.view.main.text == words_of("zh")("appointment.way_type_again")


# -- how each stands ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "said", "ways"),
    [
        (READY, "现在可以签到", ("check_in", "ordinary")),
        (EARLY, "10:45 起可以签到", ("home", "ordinary")),
        (LATE, "预约时间已过", ("ordinary", "home")),
        (OTHER_DAY, "不是今天的预约", ("home", "ordinary")),
        (WRONG_HALL, "请到清源县不动产登记中心（学府路 8 号）办理", ("home", "ask_staff")),
        (CHECKED_IN, "已经签到，不用再取号", ("home",)),
        (CANCELLED, "这个预约已经取消", ("ordinary", "home")),
    ],
    ids=lambda value: value.state if hasattr(value, "state") else None,
)
def test_each_state_is_said_and_has_its_ways(one, said, ways):
    glass = Glass().found(one)
    (card,) = glass.view.cards
    assert card.status == said
    assert card.line
    assert glass.ways == ways
    assert not card.value  # alone: the main action is its own


def test_the_number_that_is_held_is_shown():
    (card,) = Glass().found(CHECKED_IN).view.cards
    assert (card.number, card.number_word) == ("B012", "您的号码")


def test_what_the_hall_left_out_is_not_made_up():
    early, wrong = EARLY.model_copy(update={"opens": None}), WRONG_HALL.model_copy(update={"hall_name": ""})
    assert Glass().found(early).view.cards[0].status == "还没到签到时间"
    assert Glass().found(wrong).view.cards[0].status == "这个预约不在本大厅"


@pytest.mark.parametrize("one", [EARLY, LATE, OTHER_DAY, WRONG_HALL, CHECKED_IN, CANCELLED])
def test_nothing_but_what_is_ready_is_checked_in(one):
    glass = Glass().found(one)
    assert glass.touch("check_in", one.id) == ()
    assert glass.visit.appointment == ""


def test_a_way_that_is_not_offered_is_no_way():
    glass = Glass().found(CHECKED_IN)
    assert [glass.touch(way) for way in ("ordinary", "again", "type_number", "ask_staff")] == [()] * 4


# -- checking in ----------------------------------------------------------------------------------------------------


def issued(effects):
    show, issue = effects
    assert show == Show("printing")
    assert isinstance(issue, IssueTicket)
    return issue


def test_the_one_that_is_ready_is_checked_in_with_a_key_of_its_own():
    glass = Glass().found(READY)
    assert (glass.view.main.intent, glass.view.main.value) == ("check_in", "a-1")
    issue = issued(glass.touch("check_in", "a-1"))
    assert (issue.key, issue.queue, issue.person, issue.paper) == ("key-2", "social", PERSON, True)
    assert issue.appointment == "a-1"
    assert (glass.visit.key, glass.visit.appointment, glass.visit.queue) == ("key-2", "a-1", "social")
    assert not glass.visit.for_item


def test_without_paper_the_number_is_taken_all_the_same_and_it_is_said():
    glass = Glass(printer="fault.paper_out").found(READY)
    assert glass.view.main.text == "签到取号（不出纸条）"
    assert glass.view.printer_note == words_of("zh")("fault.paper_out.title")
    assert not issued(glass.touch("check_in", "a-1")).paper
    assert not glass.visit.paper_wanted


def test_of_several_that_are_ready_each_is_touched():
    glass = Glass().found(TAX, READY)
    assert [(card.value, bool(card.act)) for card in glass.view.cards] == [("a-1", True), ("a-2", True)]
    assert glass.view.main.intent == ""
    assert issued(glass.touch("check_in", "a-2")).queue == "tax"


def test_the_only_one_that_is_ready_comes_first_and_is_the_main_action():
    glass = Glass().found(UNRESOLVED, CHECKED_IN, TAX)
    assert [card.queue for card in glass.view.cards] == ["税务", "社会保障"]
    assert (glass.view.main.intent, glass.view.main.value) == ("check_in", "a-2")


def test_many_are_paged():
    glass = Glass().found(READY, TAX, UNRESOLVED)
    assert (len(glass.view.cards), glass.view.page, glass.view.after_value) == (2, "1/2", "1")
    glass.touch("page", "1")
    assert ([card.queue for card in glass.view.cards], glass.view.before_value) == (["办不成事反映窗口"], "0")
    glass.touch("page", "99")
    assert len(glass.view.cards) == 1


# -- an ordinary number instead -----------------------------------------------------------------------------------


def test_an_ordinary_number_is_of_the_same_queue_and_checks_nothing_in():
    glass = Glass().found(LATE)
    glass.visit.appointment, glass.visit.key = "a-1", "old"
    assert glass.touch("ordinary") == (Show("confirm"),)
    assert (glass.visit.queue, glass.visit.appointment, glass.visit.key) == ("social", "", "")
    assert glass.visit.purpose == "number"


def test_where_a_name_is_needed_a_number_alone_leads_to_the_card():
    glass = Glass(person=None, typed="1234").found(appointment("late", queue="household"))
    assert glass.touch("ordinary") == (Show("identify"),)


@pytest.mark.parametrize(
    "appointments",
    [(LATE, UNRESOLVED), (appointment("late", queue="gone"),)],
    ids=["two queues", "a queue that is not here"],
)
def test_where_the_queue_is_not_plain_it_is_chosen(appointments):
    assert Glass().found(*appointments).touch("ordinary") == (Show("choose"),)


# -- words ------------------------------------------------------------------------------------------------------------


def test_a_slot_is_said_by_its_day_on_the_walls_clock():
    wall = timezone(timedelta(hours=8))
    now = datetime(2026, 11, 23, 8, 0, tzinfo=wall)
    words = words_of("zh")

    def said(day, hour):
        starts = datetime(2026, 11, day, hour, 30, tzinfo=UTC)
        return slot(words, starts, starts + timedelta(minutes=30), now)

    assert said(23, 1) == "今天 09:30–10:00"
    assert said(23, 23) == "明天 07:30–08:00"
    assert said(22, 1) == "昨天 09:30–10:00"
    assert said(25, 1) == "11月25日 星期三 09:30–10:00"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", STATES)
def test_every_designed_state_has_words_for_eyes_and_ears(name, language):
    terminal = Terminal(now=samples.NOW, hall=samples.hall(), language=language)
    screen, view = STATES[name](terminal)
    assert (screen, bool(view.title)) == ("appointment", True)
    assert view.cards or view.line


def test_what_is_read_aloud_names_neither_the_person_nor_the_business():
    glass = Glass().found(READY, CHECKED_IN)
    said = glass.presenter.say().said(words_of("zh"))
    assert "现在可以签到" in said
    assert not any(
        private in said for private in (READY.queue_name, READY.item_name, PERSON.masked_name, "B012")
    )


def test_nobody_is_in_the_views_repr():
    glass = Glass().found(CHECKED_IN)
    assert "B012" not in repr(glass.view)
    assert PERSON.pseudonym not in repr(glass.terminal)
