"""Whatever happens, in whatever order: the journey never breaks, forgets everybody, and takes one number a touch."""

from datetime import timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kiosk.journey import Journey
from kiosk.routes import ROUTES
from screens import samples
from screens.effects import Effect, Forget, IssueTicket, PrintSlip, Show
from screens.events import (
    CardInSlot,
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

INTENTS = (
    "take", "home", "back", "stay", "stir", "large", "contrast", "language", "aloud", "staff", "without_card",
    "ask_staff", "confirm", "confirm_without_paper", "copy", "finish", "retry", "choose", "identify", "nonsense",
)  # fmt: skip
CODES = (
    "hall.unreachable",
    "hall.closed",
    "queue.closed",
    "person.already_waiting",
    "fault.never_heard_of",
    "",
)
FAULTS = ("fault.paper_out", "fault.reader_gone", "fault.card_moved", "fault.device_silent", "x")
QUEUES = [queue.id for queue in samples.queues()]


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        keys = count(1)
        self.made: list[str] = []

        def make_key() -> str:
            self.made.append(f"key-{next(keys)}")
            return self.made[-1]

        self.journey = Journey(make_key=make_key)
        self.seconds = 0
        self.issued: list[IssueTicket] = []
        self.printed: list[PrintSlip] = []

    @initialize()
    def open_hall(self) -> None:
        self.happen(Ticked(samples.NOW, 0.0), HallChanged(samples.hall()))

    def happen(self, *events: Event) -> None:
        for event in events:
            made, before = len(self.made), self.journey.screen
            effects: tuple[Effect, ...] = self.journey.handle(event)
            self.issued += [e for e in effects if isinstance(e, IssueTicket)]
            self.printed += [e for e in effects if isinstance(e, PrintSlip)]
            assert len([e for e in effects if isinstance(e, IssueTicket)]) <= 1
            assert len(self.made) - made <= 1
            if self.journey.screen != before:
                assert Show(self.journey.screen) in effects
                assert (self.journey.screen == "welcome") <= (Forget() in effects)

    @rule(intent=st.sampled_from(INTENTS))
    def touch(self, intent: str) -> None:
        self.happen(Touched(intent))

    @rule(queue=st.sampled_from([*QUEUES, "unheard-of"]))
    def choose(self, queue: str) -> None:
        self.happen(Touched("queue", queue))

    @rule(value=st.sampled_from(["0", "1", "2", "99", "", "-1", "x"]))
    def turn(self, value: str) -> None:
        self.happen(Touched("page", value))

    @rule(value=st.sampled_from(["elder", "disabled", "veteran", "staff", ""]))
    def prefer(self, value: str) -> None:
        self.happen(Touched("priority", value))

    @rule(seconds=st.sampled_from([1, 2, 20, 46, 61]))
    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.seconds += 1
            self.happen(Ticked(samples.NOW + timedelta(seconds=self.seconds), float(self.seconds)))

    @rule()
    def lay_card(self) -> None:
        self.happen(Presented())

    @rule(elder=st.booleans())
    def know_person(self, elder: bool) -> None:
        self.happen(PersonKnown(samples.person(elder=elder)))

    @rule(code=st.sampled_from(FAULTS))
    def fail_card(self, code: str) -> None:
        self.happen(NotKnown(code))

    @rule(code=st.sampled_from([None, *FAULTS]))
    def change_devices(self, code: str | None) -> None:
        self.happen(ReaderChanged(code), PrinterChanged(code))

    @rule(there=st.booleans())
    def put_card_into_slot(self, there: bool) -> None:
        self.happen(CardInSlot(there))
        said = getattr(
            self.journey.view, {"done": "card", "welcome": "card_left"}.get(self.journey.screen, ""), None
        )
        assert said is None or bool(said) is there

    @rule(code=st.sampled_from(CODES))
    def lose_hall(self, code: str) -> None:
        self.happen(HallLost(code))

    @rule()
    def find_hall(self) -> None:
        self.happen(HallBack())

    @rule(hall=st.sampled_from([samples.hall(), samples.hall(shut=True), HallInfo(), HallInfo(name="X")]))
    def change_hall(self, hall: HallInfo) -> None:
        self.happen(HallChanged(hall))

    @rule(which=st.integers(-3, -1))
    def answer(self, which: int) -> None:
        if len(self.issued) >= -which:
            self.happen(TicketIssued(self.issued[which].key, samples.ticket()))

    @rule(code=st.sampled_from(CODES))
    def refuse(self, code: str) -> None:
        if self.issued:
            self.happen(TicketRefused(self.issued[-1].key, code))

    @rule(ticket=st.sampled_from(["t-1", "t-0"]))
    def paper_comes(self, ticket: str) -> None:
        self.happen(PaperPrinted(ticket))

    @rule(ticket=st.sampled_from(["t-1", "t-0"]), code=st.sampled_from(FAULTS), sure=st.booleans())
    def paper_fails(self, ticket: str, code: str, sure: bool) -> None:
        self.happen(PaperFailed(ticket, code, sure))

    @rule(event=st.sampled_from([StaffCalled(), Faulted("fault.internal")]))
    def something_else(self, event: Event) -> None:
        self.happen(event)

    @invariant()
    def every_view_can_be_drawn(self) -> None:
        assert self.journey.view
        assert self.journey.frame.bar[-1].intent == "staff"

    @invariant()
    def nobody_is_shown_to_the_next(self) -> None:
        for name, view in self.journey.views.items():
            if name == "welcome" or name != self.journey.screen:
                shown = " ".join(leaves(view))
                assert samples.person().masked_name not in shown
                assert samples.ticket().number not in shown

    @invariant()
    def a_key_is_asked_with_one_request_only(self) -> None:
        asked: dict[str, IssueTicket] = {}
        for issue in self.issued:
            assert asked.setdefault(issue.key, issue) == issue
        assert len(asked) == len(self.made)

    @invariant()
    def a_key_prints_one_unmarked_paper(self) -> None:
        assert len([slip for slip in self.printed if not slip.copy]) <= len(self.made)

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        screen = self.journey.screen
        assert ROUTES[screen].home or screen in ("welcome", "printing")


def leaves(value: object) -> list[str]:
    """Every text of a view, fields that keep out of repr included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in leaves(item)]
    return [leaf for name in getattr(type(value), "__slots__", ()) for leaf in leaves(getattr(value, name))]


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
