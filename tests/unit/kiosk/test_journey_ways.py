"""Journeys from the first screen to the last: with a card, without, back, and idle. No window."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest

from kiosk.idle import Limits
from kiosk.journey import Journey
from kiosk.routes import ROUTES
from screens import samples
from screens.effects import CallStaff, Effect, Forget, IssueTicket, PrintSlip, Say, Show, Watch
from screens.events import (
    CatalogueChanged,
    Event,
    Faulted,
    HallBack,
    HallChanged,
    HallInfo,
    HallLost,
    NotKnown,
    PaperFailed,
    PaperPrinted,
    PersonKnown,
    Presented,
    PrinterChanged,
    ReaderChanged,
    StaffCalled,
    Ticked,
    TicketIssued,
    TicketRefused,
    Touched,
)


@dataclass
class Walk:
    """A journey on foot: every step returns the effects it had; all of them are kept."""

    features: frozenset[str] = frozenset()
    effects: list[Effect] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        keys = count(1)
        self.journey = Journey(
            make_key=lambda: f"key-{next(keys)}", limits=Limits(60, 15, 20), features=self.features
        )
        self.effects += self.journey.start()
        self.see(
            Ticked(samples.NOW, 0.0), HallChanged(samples.hall()), ReaderChanged(None), PrinterChanged(None)
        )
        self.effects.clear()

    def see(self, *events: Event) -> tuple[Effect, ...]:
        out: tuple[Effect, ...] = ()
        for event in events:
            out += self.journey.handle(event)
        self.effects += out
        return out

    def touch(self, intent: str, value: str = "") -> tuple[Effect, ...]:
        return self.see(Touched(intent, value))

    def wait(self, seconds: int) -> tuple[Effect, ...]:
        out: tuple[Effect, ...] = ()
        for _ in range(seconds):
            self.seconds += 1
            out += self.see(Ticked(samples.NOW + timedelta(seconds=self.seconds), self.seconds))
        return out

    @property
    def screen(self) -> str:
        return self.journey.screen

    def of(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def to_confirm(self, queue: str = "social") -> None:
        self.touch("take")
        self.touch("queue", queue)
        if self.screen == "identify":
            self.touch("without_card")
        assert self.screen == "confirm"

    def to_printing(self) -> IssueTicket:
        self.to_confirm()
        self.touch("confirm")
        (issue,) = self.of(IssueTicket)
        assert isinstance(issue, IssueTicket)
        return issue

    def to_done(self) -> None:
        issue = self.to_printing()
        self.see(TicketIssued(issue.key, samples.ticket()), PaperPrinted("t-1"))
        assert self.screen == "done"


@pytest.fixture
def walk() -> Walk:
    return Walk()


Step = tuple[Event | tuple[str, str] | str, str]

WAYS: dict[str, tuple[Step, ...]] = {
    "touch only": (
        ("take", "choose"),
        (("queue", "social"), "identify"),
        ("without_card", "confirm"),
        ("confirm", "printing"),
        (TicketIssued("key-1", samples.ticket()), "printing"),
        (PaperPrinted("t-1"), "done"),
        ("finish", "welcome"),
    ),
    "card at the reader when asked": (
        ("take", "choose"),
        (("queue", "household"), "identify"),
        (Presented(), "identify"),
        (PersonKnown(samples.person()), "confirm"),
        ("confirm", "printing"),
        (TicketIssued("key-1", samples.ticket()), "printing"),
        (PaperPrinted("t-1"), "done"),
        ("home", "welcome"),
    ),
    "card on the welcome screen": (
        (Presented(), "choose"),
        (PersonKnown(samples.person()), "choose"),
        (("queue", "household"), "confirm"),
        ("confirm", "printing"),
        (TicketIssued("key-1", samples.ticket()), "printing"),
        (PaperPrinted("t-1"), "done"),
    ),
    "a queue that asks nobody's name": (
        ("take", "choose"),
        (("queue", "utilities"), "confirm"),
        ("confirm_without_paper", "printing"),
        (TicketIssued("key-1", samples.ticket()), "done"),
    ),
    "a second page": (
        ("take", "choose"),
        (("page", "1"), "choose"),
        (("queue", "unresolved"), "identify"),
        ("back", "choose"),
        ("back", "welcome"),
    ),
    "back from every screen": (
        ("take", "choose"),
        (("queue", "social"), "identify"),
        ("without_card", "confirm"),
        ("back", "identify"),
        (Presented(), "identify"),
        (PersonKnown(samples.person()), "confirm"),
        ("back", "choose"),
        (("queue", "tax"), "confirm"),
        ("home", "welcome"),
    ),
    "a card that is not read the first time": (
        ("take", "choose"),
        (("queue", "household"), "identify"),
        (Presented(), "identify"),
        (NotKnown("fault.card_moved"), "identify"),
        ("without_card", "identify"),  # not for this queue
        (Presented(), "identify"),
        (PersonKnown(samples.person()), "confirm"),
    ),
    "the printer can't print": (
        (PrinterChanged("fault.paper_out"), "welcome"),
        ("take", "choose"),
        (("queue", "utilities"), "confirm"),
        ("confirm", "confirm"),  # no paper can be promised
        ("confirm_without_paper", "printing"),
        (TicketIssued("key-1", samples.ticket()), "done"),
    ),
    "no paper came out, then a copy": (
        ("take", "choose"),
        (("queue", "utilities"), "confirm"),
        ("confirm", "printing"),
        (TicketIssued("key-1", samples.ticket()), "printing"),
        (PaperFailed("t-1", "fault.paper_jam", sure=True), "done"),
        ("copy", "done"),
        (PaperPrinted("t-1"), "done"),
        ("finish", "welcome"),
    ),
    "the hall refuses": (
        ("take", "choose"),
        (("queue", "utilities"), "confirm"),
        ("confirm", "printing"),
        (TicketRefused("key-1", "person.already_waiting", (("number", "B007"),)), "fault"),
        ("choose", "choose"),
        (("queue", "tax"), "identify"),
    ),
    "the hall asks for a card after all": (
        ("take", "choose"),
        (("queue", "utilities"), "confirm"),
        ("confirm", "printing"),
        (TicketRefused("key-1", "person.required"), "fault"),
        ("identify", "identify"),
        (Presented(), "identify"),
        (PersonKnown(samples.person()), "confirm"),
    ),
    "the hall is away and comes back": (
        ("take", "choose"),
        (HallLost("hall.unreachable"), "fault"),
        ("retry", "fault"),
        (HallBack(), "choose"),
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_way_leads_where_it_says(walk: Walk, way: tuple[Step, ...]):
    for step, screen in way:
        walk.see(
            Touched(step) if isinstance(step, str) else Touched(*step) if isinstance(step, tuple) else step
        )
        assert walk.screen == screen, step
        assert len(walk.of(IssueTicket)) <= 1


def test_show_is_the_effect_of_every_change_of_screen(walk: Walk):
    walk.to_done()
    walk.touch("finish")
    shown = [effect.screen for effect in walk.effects if isinstance(effect, Show)]
    assert shown[0] == "choose"
    assert [s for s, t in zip(shown, [*shown[1:], ""], strict=True) if s != t] == [
        "choose", "identify", "confirm", "printing", "done", "welcome",
    ]  # fmt: skip


# -- taking the number ------------------------------------------------------------------------------------


def test_what_is_asked_of_the_hall_is_what_was_chosen(walk: Walk):
    walk.see(Presented(), PersonKnown(samples.person(elder=True)))
    walk.touch("queue", "social")
    walk.touch("confirm")
    assert walk.of(IssueTicket) == [IssueTicket("key-1", "social", samples.person(elder=True), "elder", True)]


def test_a_double_touch_on_confirm_takes_one_number(walk: Walk):
    walk.to_confirm()
    walk.see(Touched("confirm"), Touched("confirm"), Touched("confirm_without_paper"))
    assert len(walk.of(IssueTicket)) == 1


def test_the_same_answer_twice_prints_once(walk: Walk):
    issue = walk.to_printing()
    walk.see(TicketIssued(issue.key, samples.ticket()), TicketIssued(issue.key, samples.ticket()))
    assert walk.of(PrintSlip) == [PrintSlip(samples.ticket())]


def test_an_answer_to_another_key_is_not_this_citizens(walk: Walk):
    walk.to_printing()
    walk.see(TicketIssued("key-0", samples.ticket()), TicketRefused("key-0", "hall.closed"))
    assert walk.screen == "printing"
    assert not walk.of(PrintSlip)


def test_a_number_that_comes_after_its_citizen_left_shows_and_prints_nothing(walk: Walk):
    issue = walk.to_printing()
    walk.wait(21)
    assert walk.screen == "fault"
    walk.touch("home")
    assert walk.see(TicketIssued(issue.key, samples.ticket())) == ()
    assert walk.screen == "welcome"
    assert "B012" not in repr(flat(walk.journey.view))


def test_a_number_that_comes_late_reaches_a_citizen_who_waited(walk: Walk):
    issue = walk.to_printing()
    walk.wait(21)
    walk.see(TicketIssued(issue.key, samples.ticket()))
    assert walk.screen == "printing"
    assert walk.of(PrintSlip) == [PrintSlip(samples.ticket())]


def test_a_late_number_of_somebody_else_is_not_given_to_who_waits(walk: Walk):
    walk.to_printing()
    walk.wait(21)
    assert walk.see(TicketIssued("key-0", samples.ticket())) == ()
    assert walk.screen == "fault"


def test_what_was_refused_is_not_asked_again_later(walk: Walk):
    issue = walk.to_printing()
    walk.see(TicketRefused(issue.key, "queue.quota_reached"), Touched("choose"))
    walk.see(HallLost("hall.unreachable"), HallBack())
    assert walk.screen == "choose"
    assert walk.of(IssueTicket) == [issue]


def test_a_page_beyond_the_last_is_the_last(walk: Walk):
    walk.touch("take")
    walk.touch("page", "99")
    assert [card.id for card in walk.journey.view.cards] == ["utilities", "unresolved"]  # type: ignore[attr-defined]


def test_trying_again_after_silence_repeats_the_same_key(walk: Walk):
    first = walk.to_printing()
    walk.wait(21)
    walk.touch("retry")
    assert walk.screen == "printing"
    assert walk.of(IssueTicket) == [first, first]


def test_another_queue_after_silence_is_another_key(walk: Walk):
    walk.to_printing()
    walk.wait(21)
    walk.touch("home")
    walk.to_confirm()
    walk.touch("confirm")
    assert [issue.key for issue in walk.effects if isinstance(issue, IssueTicket)] == ["key-1", "key-2"]


@pytest.mark.parametrize("chosen", ["elder", "disabled", "veteran"])
def test_priority_is_chosen_and_unchosen_by_touch(walk: Walk, chosen: str):
    walk.to_confirm()
    walk.touch("priority", chosen)
    assert [c.value for c in walk.journey.view.choices if c.chosen] == [chosen]  # type: ignore[attr-defined]
    walk.touch("priority", chosen)
    assert not any(c.chosen for c in walk.journey.view.choices)  # type: ignore[attr-defined]
    walk.touch("priority", "staff")  # not offered to a finger
    walk.touch("confirm")
    assert walk.of(IssueTicket)[0].priority == "ordinary"  # type: ignore[union-attr]


# -- paper ------------------------------------------------------------------------------------------------


def test_a_copy_is_asked_for_once_and_says_so(walk: Walk):
    issue = walk.to_printing()
    walk.see(
        TicketIssued(issue.key, samples.ticket()), PaperFailed("t-1", "fault.printer_silent", sure=False)
    )
    assert walk.screen == "done"
    walk.see(Touched("copy"), Touched("copy"))
    assert walk.of(PrintSlip) == [PrintSlip(samples.ticket()), PrintSlip(samples.ticket(), copy=True)]


def test_nothing_is_printed_again_unasked(walk: Walk):
    issue = walk.to_printing()
    walk.see(TicketIssued(issue.key, samples.ticket()), PaperFailed("t-1", "fault.paper_out", sure=True))
    walk.see(PrinterChanged("fault.paper_out"), PrinterChanged(None))
    walk.wait(15)
    assert len(walk.of(PrintSlip)) == 1


def test_without_a_working_printer_no_copy_is_offered(walk: Walk):
    issue = walk.to_printing()
    walk.see(
        TicketIssued(issue.key, samples.ticket()),
        PrinterChanged("fault.paper_out"),
        PaperFailed("t-1", "fault.paper_out", sure=True),
    )
    assert walk.journey.view.copy == ""  # type: ignore[attr-defined]
    walk.touch("copy")
    assert len(walk.of(PrintSlip)) == 1


def test_a_print_nobody_hears_of_ends_as_unknown_with_the_number_on_the_screen(walk: Walk):
    issue = walk.to_printing()
    walk.see(TicketIssued(issue.key, samples.ticket()))
    walk.wait(46)
    view = walk.journey.view
    assert walk.screen == "done"
    assert (view.number, view.qr_large) == ("B012", True)  # type: ignore[attr-defined]
    assert "fault.paper_unknown" in view.code  # type: ignore[attr-defined]


def test_news_of_another_tickets_paper_changes_nothing(walk: Walk):
    issue = walk.to_printing()
    walk.see(
        TicketIssued(issue.key, samples.ticket()),
        PaperPrinted("t-0"),
        PaperFailed("t-0", "fault.paper_out", True),
    )
    assert walk.screen == "printing"


def test_paper_that_comes_after_all_is_said(walk: Walk):
    issue = walk.to_printing()
    walk.see(
        TicketIssued(issue.key, samples.ticket()),
        PaperFailed("t-1", "fault.printer_silent", sure=False),
        PaperPrinted("t-1"),
    )
    assert walk.journey.view.banner_kind == "ok"  # type: ignore[attr-defined]


# -- faults -----------------------------------------------------------------------------------------------

REFUSALS = {
    "queue.quota_reached": ("choose", "ask_staff"),
    "queue.closed": ("choose", "home"),
    "queue.paused": ("choose", "home"),
    "queue.unknown": ("choose", "home"),
    "hall.closed": ("home", ""),
    "hall.unreachable": ("retry", "ask_staff"),
    "hall.busy": ("retry", "ask_staff"),
    "person.already_waiting": ("home", "choose"),
    "person.required": ("identify", "choose"),
    "request.invalid": ("home", "ask_staff"),
}


@pytest.mark.parametrize(("code", "ways"), REFUSALS.items())
def test_every_refusal_has_words_a_way_on_and_its_code(walk: Walk, code: str, ways: tuple[str, str]):
    issue = walk.to_printing()
    walk.see(TicketRefused(issue.key, code, (("number", "A012"), ("opens", "13:30"))))
    view = walk.journey.view
    assert walk.screen == "fault"
    assert view.title  # type: ignore[attr-defined]
    assert view.line  # type: ignore[attr-defined]
    assert code in view.code  # type: ignore[attr-defined]
    assert (view.main_intent, view.second_intent) == ways  # type: ignore[attr-defined]


def test_who_has_a_number_is_shown_it(walk: Walk):
    issue = walk.to_printing()
    walk.see(TicketRefused(issue.key, "person.already_waiting", (("number", "A012"),)))
    assert walk.journey.view.number == "A012"  # type: ignore[attr-defined]


def test_a_shut_queue_says_why_and_when(walk: Walk):
    walk.see(HallChanged(samples.hall(shut=True)))
    walk.touch("take")
    for queue, code in (
        ("medical", "queue.closed"),
        ("exit-entry", "queue.quota_reached"),
        ("tax", "queue.paused"),
    ):
        walk.touch("queue", queue)
        assert walk.screen == "fault"
        assert code in walk.journey.view.code  # type: ignore[attr-defined]
        assert ("13:30" in walk.journey.view.more) == (queue == "medical")  # type: ignore[attr-defined]
        walk.touch("choose")
    assert not walk.of(IssueTicket)


def test_a_queue_that_goes_away_sends_back_to_choosing(walk: Walk):
    walk.to_confirm("social")
    walk.see(HallChanged(replace(samples.hall(), queues=samples.queues()[2:])))
    assert walk.screen == "choose"


@pytest.mark.parametrize(
    ("events", "mode"),
    [
        ((HallLost("hall.unreachable"),), "lost"),
        ((HallChanged(replace(samples.hall(), open_now=False, opens="13:00")),), "closed"),
        ((HallChanged(HallInfo()),), "starting"),
    ],
)
def test_no_journey_starts_where_no_number_can_be_had(walk: Walk, events: tuple[Event, ...], mode: str):
    walk.see(*events)
    assert walk.journey.view.mode == mode  # type: ignore[attr-defined]
    walk.see(Touched("take"), Presented(), PersonKnown(samples.person()))
    assert walk.screen == "welcome"
    assert not samples_of_person_in(walk.journey.view)


def test_a_reader_that_is_gone_leaves_a_way_on(walk: Walk):
    walk.see(ReaderChanged("fault.reader_gone"))
    walk.touch("take")
    walk.touch("queue", "social")
    assert walk.journey.view.main_intent == "without_card"  # type: ignore[attr-defined]
    walk.touch("back")
    walk.touch("queue", "household")
    assert walk.journey.view.main_intent == "ask_staff"  # type: ignore[attr-defined]
    walk.touch("ask_staff")
    assert walk.of(CallStaff) == [CallStaff("identify")]


def test_a_fault_of_ours_is_shown_but_never_over_a_number_under_way(walk: Walk):
    walk.touch("take")
    walk.see(Faulted("fault.internal"))
    assert walk.screen == "fault"
    walk.touch("home")
    walk.to_printing()
    walk.see(Faulted("fault.internal"))
    assert walk.screen == "printing"
    walk.see(TicketIssued("key-1", samples.ticket()), PaperPrinted("t-1"), Faulted("fault.internal"))
    assert (walk.screen, walk.journey.view.number) == ("done", "B012")  # type: ignore[attr-defined]


# -- cards ------------------------------------------------------------------------------------------------


def test_a_card_read_after_its_citizen_left_is_nobodys(walk: Walk):
    walk.see(Presented())
    walk.touch("home")
    walk.see(PersonKnown(samples.person()))
    assert walk.screen == "welcome"
    walk.touch("take")
    walk.see(PersonKnown(samples.person()))
    assert not samples_of_person_in(walk.journey.view)


def test_cards_are_looked_for_only_where_one_is_asked_for(walk: Walk):
    fresh = Walk()
    assert fresh.journey.handle(HallLost("hall.unreachable")) == (Watch(None),)
    assert fresh.journey.handle(HallBack()) == (Watch("number"),)
    walk.see(Presented(), PersonKnown(samples.person()))
    assert walk.of(Watch) == [Watch(None)]
    walk.touch("home")
    assert walk.of(Watch) == [Watch(None), Watch("number")]


# -- idleness ---------------------------------------------------------------------------------------------

AT: dict[str, Callable[[Walk], object]] = {
    "choose": lambda w: w.touch("take"),
    "identify": lambda w: (w.touch("take"), w.touch("queue", "social")),
    "confirm": lambda w: w.to_confirm(),
    "fault": lambda w: (w.touch("take"), w.see(HallLost("hall.unreachable"))),
}


@pytest.mark.parametrize(("screen", "go"), AT.items(), ids=AT)
def test_a_deserted_screen_warns_then_goes_home_and_forgets(
    walk: Walk, screen: str, go: Callable[[Walk], object]
):
    go(walk)
    assert walk.screen == screen
    walk.wait(44)
    assert walk.journey.frame.leaving == 0
    walk.wait(1)
    assert walk.journey.frame.leaving == 15
    walk.wait(14)
    assert (walk.screen, walk.journey.frame.leaving) == (screen, 1)
    assert Forget() in walk.wait(1)
    assert walk.screen == "welcome"


@pytest.mark.parametrize("sign", [Touched("stay"), Touched("stir"), Presented()])
def test_a_sign_of_life_takes_the_warning_away(walk: Walk, sign: Event):
    walk.touch("take")
    walk.wait(50)
    walk.see(sign)
    assert walk.journey.frame.leaving == 0
    walk.wait(44)
    assert (walk.screen, walk.journey.frame.leaving) == ("choose", 0)


def test_the_last_screen_counts_down_on_its_own_button(walk: Walk):
    walk.to_done()
    walk.wait(12)
    assert "8" in walk.journey.view.finish  # type: ignore[attr-defined]
    assert walk.journey.frame.leaving == 0
    walk.wait(8)
    assert walk.screen == "welcome"


def test_a_copy_under_way_is_waited_for(walk: Walk):
    issue = walk.to_printing()
    walk.see(
        TicketIssued(issue.key, samples.ticket()),
        PaperFailed("t-1", "fault.paper_jam", sure=True),
        Touched("copy"),
    )
    walk.wait(40)
    assert walk.screen == "done"
    walk.wait(5)
    assert "fault.paper_unknown" in walk.journey.view.code  # type: ignore[attr-defined]
    walk.wait(20)
    assert walk.screen == "welcome"


# -- the frame --------------------------------------------------------------------------------------------


def test_theme_and_language_last_for_the_visit_and_no_longer(walk: Walk):
    walk.see(Touched("large"), Touched("language"), Touched("take"))
    assert (walk.journey.frame.theme, walk.journey.frame.language) == ("large", "en")
    assert walk.journey.view.title == "What is it about?"  # type: ignore[attr-defined]
    walk.touch("contrast")
    assert walk.journey.frame.theme == "contrast"
    walk.touch("contrast")
    assert walk.journey.frame.theme == "normal"
    walk.touch("home")
    assert (walk.journey.frame.theme, walk.journey.frame.language) == ("normal", "zh")


def test_a_welcome_screen_left_in_english_comes_back_to_chinese(walk: Walk):
    walk.touch("language")
    walk.wait(60)
    assert walk.journey.frame.language == "zh"


def test_a_call_for_staff_is_answered_or_said_to_be_unheard(walk: Walk):
    walk.see(Touched("staff"), Touched("staff"))
    assert walk.of(CallStaff) == [CallStaff("welcome")]
    assert walk.journey.frame.staff == "calling"
    walk.see(StaffCalled())
    assert walk.journey.frame.staff == "coming"
    walk.wait(8)
    assert walk.journey.frame.staff == ""
    walk.touch("staff")
    walk.wait(10)
    assert walk.journey.frame.staff == "unheard"


def test_a_call_from_a_fault_names_its_code(walk: Walk):
    issue = walk.to_printing()
    walk.see(TicketRefused(issue.key, "queue.quota_reached"), Touched("ask_staff"))
    assert walk.of(CallStaff) == [CallStaff("queue.quota_reached")]


def test_reading_aloud_says_each_screen_once(walk: Walk):
    walk.touch("take")
    assert not walk.of(Say)
    walk.touch("aloud")
    assert walk.of(Say) == [Say("say.choose")]
    walk.wait(3)
    walk.touch("queue", "social")
    assert walk.of(Say) == [Say("say.choose"), Say("say.identify")]
    walk.touch("aloud")
    walk.touch("without_card")
    assert len(walk.of(Say)) == 2


def test_every_way_out_is_where_it_should_be(walk: Walk):
    def ways() -> list[str]:
        return [item.intent for item in walk.journey.frame.bar if item.intent in ("home", "back")]

    assert ways() == []
    walk.touch("take")
    assert ways() == ["home", "back"]
    walk.touch("queue", "utilities")
    walk.touch("confirm")
    assert (walk.screen, ways()) == ("printing", [])
    walk.touch("home")
    assert walk.screen == "printing"


def test_features_are_shown_only_where_they_are_on():
    plain, full = Walk(), Walk(features=frozenset({"guide", "checkin"}))
    assert plain.journey.view.features == ()  # type: ignore[attr-defined]
    full.journey.handle(CatalogueChanged("2026112201-3fa94c07"))
    assert [f.intent for f in full.journey.view.features] == ["guide", "checkin"]  # type: ignore[attr-defined]


def test_only_the_current_screen_shows_anybody(walk: Walk):
    walk.see(Presented(), PersonKnown(samples.person()))
    walk.touch("queue", "social")
    views = walk.journey.views
    assert samples_of_person_in(views["confirm"])
    assert {name for name, view in views.items() if view != ROUTES[name].empty} == {"confirm"}


def flat(value: object) -> Iterable[object]:
    """Every leaf of a view, fields that keep out of repr included."""
    slots = getattr(type(value), "__slots__", None)
    if slots and not isinstance(value, str):
        return [leaf for name in slots for leaf in flat(getattr(value, name))]
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in flat(item)]
    return [value]


def samples_of_person_in(view: object) -> bool:
    return any(samples.person().masked_name in str(leaf) for leaf in flat(view))
