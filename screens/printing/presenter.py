"""Between the touch and the paper: the number is being taken, then printed. No Kivy.

Nothing is retried by itself. Both waits have a ceiling, after which the citizen is told what is known.
"""

from dataclasses import dataclass, field
from typing import Literal

from screens.effects import Effect, IssueTicket, PrintSlip, Show
from screens.events import Event, PaperFailed, PaperPrinted, Ticked, Ticket, TicketIssued, TicketRefused
from screens.visit import Fault, Terminal, Visit
from screens.words.phrase import Phrase

ISSUE_CEILING = 20.0  # seconds for the hall to answer
PRINT_CEILING = 45.0  # seconds for the paper to be known of

Phase = Literal["", "issuing", "printing"]


@dataclass(frozen=True, slots=True)
class PrintingView:
    phase: Phase = ""
    icon: str = ""
    title: str = ""
    line: str = ""
    number: str = field(default="", repr=False)
    steps: tuple[str, ...] = ()
    step: int = 0  # which of them is under way


def accepted(visit: Visit, issued: TicketIssued) -> tuple[Effect, ...]:
    """The hall has given this visit a ticket: print it, or show it at once where no paper is wanted."""
    visit.ticket = ticket = issued.ticket
    visit.attached, visit.attach_code = issued.attached, issued.attach_code
    if not visit.paper_wanted:
        return (Show("done"),)
    visit.paper = "printing"
    return (Show("printing"), slip_of(visit, ticket))


def issue_of(visit: Visit) -> IssueTicket:
    """The wish for a number as this visit has it, also when it is sent a second time with the same key."""
    item, shown = visit.item, visit.presentation
    attaches = shown is not None and visit.agreed and bool(visit.chosen)
    return IssueTicket(
        visit.key,
        visit.queue,
        visit.person,
        visit.priority,
        visit.paper_wanted,
        item=item.page.id if item else "",
        item_name=item.page.name if item else "",
        catalogue=item.version if item else "",
        appointment=visit.appointment,
        presentation=shown.id if shown is not None and attaches else "",
        certificates=visit.chosen if attaches else (),
    )


def slip_of(visit: Visit, ticket: Ticket, *, copy: bool = False) -> PrintSlip:
    """The paper of ``ticket``, with the item it was taken for and the catalogue version that was read."""
    item = visit.item
    return PrintSlip(
        ticket, copy, item_name=item.page.name if item else "", catalogue=item.version if item else ""
    )


class PrintingPresenter:
    """Knows which key it waits for: an answer to any other is not this citizen's."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._since = 0.0

    def enter(self) -> None:
        self._since = self._terminal.monotonic

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        match event:
            case TicketIssued(key) if key == visit.key and visit.ticket is None:
                return accepted(visit, event)
            case TicketRefused(key, code, facts) if key == visit.key and visit.ticket is None:
                visit.fault = Fault(code, facts)
                return (Show("fault"),)
            case PaperPrinted(ticket_id) if visit.ticket is not None and ticket_id == visit.ticket.id:
                visit.paper = "printed"
                return (Show("done"),)
            case PaperFailed(ticket_id, code, sure) if (
                visit.ticket is not None and ticket_id == visit.ticket.id
            ):
                visit.paper, visit.paper_code = ("failed" if sure else "unknown"), code
                return (Show("done"),)
            case Ticked(_, monotonic):
                return self._waited(monotonic - self._since)
            case _:
                return ()

    def _waited(self, seconds: float) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        if visit.ticket is None and seconds >= ISSUE_CEILING:
            visit.fault = Fault("hall.silent")
            return (Show("fault"),)
        if visit.ticket is not None and seconds >= PRINT_CEILING:
            visit.paper, visit.paper_code = "unknown", "fault.paper_unknown"
            return (Show("done"),)
        return ()

    def say(self) -> Phrase:
        return Phrase(f"say.{self._phase()}")

    @property
    def view(self) -> PrintingView:
        words, ticket, phase = self._terminal.words, self._terminal.visit.ticket, self._phase()
        steps = ("printing.step_issue", "printing.step_print", "printing.step_take")
        return PrintingView(
            phase=phase,
            icon="ticket-confirmation-outline" if phase == "issuing" else "printer-outline",
            title=words(f"printing.{phase}"),
            line=words(f"printing.{phase}_line"),
            number=ticket.number if ticket else "",
            steps=tuple(words(step) for step in steps) if self._terminal.visit.paper_wanted else (),
            step=0 if phase == "issuing" else 1,
        )

    def _phase(self) -> Phase:
        return "issuing" if self._terminal.visit.ticket is None else "printing"
