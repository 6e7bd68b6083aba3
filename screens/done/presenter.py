"""The number, huge; what became of the paper; where to go. No Kivy.

Whatever the paper did, the number stands on the screen with a code for the phone. A second paper is only
printed when asked for, and says 补打.
"""

from dataclasses import dataclass, field

from screens.effects import Effect, Show
from screens.events import Event, PaperFailed, PaperPrinted, Ticked, Ticket, Touched
from screens.printing.presenter import PRINT_CEILING, slip_of
from screens.visit import Terminal
from screens.words.faults import told
from screens.words.phrase import Phrase
from screens.words.waiting import minutes, place


@dataclass(frozen=True, slots=True)
class DoneView:
    banner: str = ""
    banner_line: str = ""
    banner_icon: str = ""
    banner_kind: str = "ok"
    attach: str = ""  # what became of the certificates that were to go with it
    attach_icon: str = ""
    attach_kind: str = "ok"
    card: str = ""  # one is in the slot
    queue: str = ""
    number: str = field(default="", repr=False)
    ahead_word: str = ""
    ahead: str = ""
    wait_word: str = ""
    wait: str = ""
    place_word: str = ""
    place: str = ""
    qr: str = field(default="", repr=False)
    qr_title: str = ""
    qr_line: str = ""
    qr_large: bool = False  # no paper: the code is what the citizen takes along
    code: str = ""
    copy: str = ""  # "": nothing to print again, or nothing to print with
    finish: str = ""


class DonePresenter:
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._copy_since: float | None = None

    def enter(self) -> None:
        self._copy_since = None

    @property
    def copying(self) -> bool:
        """A second paper is on its way; the screen does not run out meanwhile."""
        return self._copy_since is not None

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        if visit.ticket is None:
            return (Show("welcome"),)
        match event:
            case Touched("finish"):
                return (Show("welcome"),)
            case Touched("copy") if self._may_copy():
                self._copy_since = self._terminal.monotonic
                visit.paper = "printing"
                return (slip_of(visit, visit.ticket, copy=True),)
            case PaperPrinted(ticket_id) if ticket_id == visit.ticket.id:
                self._copy_since, visit.paper = None, "printed"
            case PaperFailed(ticket_id, code, sure) if ticket_id == visit.ticket.id:
                self._copy_since = None
                visit.paper, visit.paper_code = ("failed" if sure else "unknown"), code
            case Ticked(_, monotonic) if self._copy_since is not None:
                if monotonic - self._copy_since >= PRINT_CEILING:
                    self._copy_since = None
                    visit.paper, visit.paper_code = "unknown", "fault.paper_unknown"
            case _:
                pass
        return ()

    def say(self) -> Phrase:
        ticket, paper = self._terminal.visit.ticket, self._terminal.visit.paper
        key = "say.done" if paper == "printed" else "say.done_no_paper"
        if self._terminal.visit.attach_code:
            key = "say.done_attach_failed"
        if self._terminal.card_in_slot:
            key += "_card"
        return Phrase(key, (("number", ticket.number),)) if ticket else Phrase()

    @property
    def view(self) -> DoneView:
        terminal = self._terminal
        words, visit, ticket = terminal.words, terminal.visit, terminal.visit.ticket
        if ticket is None:
            return DoneView()
        banner, icon, kind = self._banner()
        attach, attach_kind = self._attach()
        queue = words.pick(ticket.queue_name, ticket.queue_name_en)
        failed = visit.paper in ("failed", "unknown")
        paperless = visit.paper != "printed"
        fewer = terminal.theme == "large"
        card = words("done.take_card") if terminal.card_in_slot else ""
        copy = self._may_copy()
        qr = "" if (attach or card) and copy else ticket.phone_url  # no room for all of them
        return DoneView(
            banner=banner,
            banner_line=self._banner_line() if failed and not fewer and not (attach and card) else "",
            banner_icon=icon,
            banner_kind=kind,
            attach=attach,
            attach_icon="certificate-outline" if attach_kind == "ok" else "alert-circle-outline",
            attach_kind=attach_kind,
            card=card,
            queue=words("done.appointment", queue=queue) if visit.appointment else queue,
            number=ticket.number,
            ahead_word=words("done.ahead"),
            ahead=words("done.next") if ticket.ahead == 0 else words("done.people", count=ticket.ahead),
            wait_word=words("done.wait"),
            wait="" if fewer else self._wait(ticket),
            place_word=words("done.place"),
            place=place(words, ticket),
            qr=qr,
            qr_title=words("done.qr_keep" if paperless else "done.qr") if qr else "",
            qr_line=words("done.qr_keep_line" if paperless else "done.qr_line") if qr and not fewer else "",
            qr_large=paperless,
            code=words("fault.code", code=visit.paper_code) if failed else "",
            copy=words("done.copy") if copy and not (attach and card and fewer) else "",  # once it is taken
            finish=words("done.finish_in", seconds=terminal.leaving)
            if terminal.leaving
            else words("done.finish"),
        )

    def _wait(self, ticket: Ticket) -> str:
        words = self._terminal.words
        if ticket.ahead == 0:
            return words("done.soon")
        return minutes(words, ticket.wait_low, ticket.wait_high) or words("wait.unknown")

    def _may_copy(self) -> bool:
        visit = self._terminal.visit
        return visit.paper in ("failed", "unknown") and self._terminal.printer is None

    def _banner_line(self) -> str:
        visit = self._terminal.visit
        code = "fault.paper_unknown" if visit.paper == "unknown" else visit.paper_code
        return told(self._terminal.words, code, "fault.printer_gone").line

    def _attach(self) -> tuple[str, str]:
        """What became of the certificates, and how that looks."""
        words, visit = self._terminal.words, self._terminal.visit
        if visit.attach_code:
            return words("done.attach_failed"), "amber"
        if visit.attached == 1:
            return words("done.attached_one"), "ok"
        return (words("done.attached", count=visit.attached) if visit.attached else ""), "ok"

    def _banner(self) -> tuple[str, str, str]:
        words, visit = self._terminal.words, self._terminal.visit
        match visit.paper:
            case "printed":
                return words("done.printed"), "check-circle", "ok"
            case "printing":
                return words("done.copying"), "printer-outline", "info"
            case "failed":
                return told(words, visit.paper_code, "fault.printer_gone").title, "printer-alert", "amber"
            case "unknown":
                return words("fault.paper_unknown.title"), "help-circle-outline", "amber"
            case "none":
                return words("done.no_paper"), "check-circle", "ok"
