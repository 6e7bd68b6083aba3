"""The paper desk: asks the printer how it is, prints slips through the ledger, never twice unmarked.

``idle`` and ``print`` belong to the printer's worker thread. Every slip goes: noted in the ledger (durably) → sent →
its end noted. A printer that says nothing is not fine; nothing is retried by itself.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from drivers.errors import DriverError
from drivers.ports import ByteStream
from drivers.printer.device import PrintOutcome, ThermalPrinter
from drivers.printer.notice import Notice
from drivers.printer.proof import Proof
from drivers.printer.status import PrinterStatus
from drivers.printer.ticket import Slip
from kiosk.feed import stamp, waiting_line
from kiosk.ledger import LedgerUnwritable, PaperLedger
from screens.effects import PrintSlip
from screens.events import Event, NoticeFailed, NoticePrinted, PaperFailed, PaperPrinted, PrinterChanged

log = logging.getLogger(__name__)

ASK_EVERY = 2.0  # seconds between two looks at a printer that is well
OPEN_EVERY = 3.0  # seconds between two tries to reach one that is not
PAPER_OUT = "fault.paper_out"


class PaperDesk:
    def __init__(
        self,
        open_stream: Callable[[], ByteStream],
        make_printer: Callable[[ByteStream], ThermalPrinter],
        draw: Callable[[Slip | Notice | Proof], bytes],
        ledger: PaperLedger,
        *,
        make_job: Callable[[], str],
        now: Callable[[], datetime],
        terminal: str,
        hall_name: Callable[[], str],
        post: Callable[[Event], None],
    ) -> None:
        """``make_printer`` and ``draw`` are given what the settings chose; ``make_job`` makes job ids."""
        self._open, self._make, self._draw, self._ledger = open_stream, make_printer, draw, ledger
        self._make_job, self._now, self._terminal, self._hall_name = make_job, now, terminal, hall_name
        self._post = post
        self._stream: ByteStream | None = None
        self._printer: ThermalPrinter | None = None
        self._said: PrinterChanged | None = None
        self._ending = False  # the roll in the printer is at its end

    def idle(self) -> float:
        """Ask how the printer is; the seconds until the next look."""
        try:
            status = self._ready().status()
        except DriverError as error:
            self.close()
            self._tell(PrinterChanged(error.code))
            return OPEN_EVERY
        self._look_at_roll(status)
        self._tell(PrinterChanged(status.problem, status.paper_low))
        return ASK_EVERY if status.problem is None else OPEN_EVERY / 3

    def print(self, wanted: PrintSlip) -> None:
        """Print one slip and post how it ended."""
        ticket, job = wanted.ticket, self._make_job()
        copy = wanted.copy or self._ledger.printed_before(ticket.id)
        try:
            if not self._ledger.begin(job, ticket.id, copy=copy):
                raise RuntimeError(f"job={job} was begun before")
        except LedgerUnwritable as error:
            log.error("ledger=unwritable %s", error)
            self._post(PaperFailed(ticket.id, error.code, sure=True))
            return
        end = self._carry_out(job, self._slip(wanted, job, copy))
        try:
            self._ledger.end(job, end.state, end.code)
        except LedgerUnwritable as error:  # the citizen hears how it ended; a restart will call it unknown
            log.error("ledger=unwritable job=%s paper=%s %s", job, end.state, error)
        log.info("ticket=%s job=%s copy=%s paper=%s code=%s", ticket.id, job, copy, end.state, end.code)
        if end.state == "printed":
            self._post(PaperPrinted(ticket.id))
        else:
            self._post(PaperFailed(ticket.id, end.code or "fault.printer_error", sure=end.state == "failed"))

    def print_notice(self, notice: Notice) -> None:
        """Print a one-time notice and post how it ended. It is nobody's number: the ledger has no place for it."""
        end = self._carry_out(notice.job, notice)
        log.info("notice job=%s paper=%s code=%s", notice.job, end.state, end.code)
        if end.state == "printed":
            self._post(NoticePrinted(notice.job))
        else:
            code = end.code or "fault.printer_error"
            self._post(NoticeFailed(notice.job, code, sure=end.state == "failed"))

    def print_proof(self, terminal_id: str) -> PrintOutcome:
        """Print the engineers' test page; how it ended. No number stands on it, so the ledger has no place for it."""
        proof = Proof(self._terminal, terminal_id, stamp(self._now()), self._make_job())
        end = self._carry_out(proof.job, proof)
        log.info("proof job=%s paper=%s code=%s", proof.job, end.state, end.code)
        return end

    def failed(self, code: str) -> None:
        """Something unforeseen went wrong on this thread: told once, and over with the next look that is well."""
        self.close()
        self._tell(PrinterChanged(code))

    def close(self) -> None:
        stream, self._stream, self._printer = self._stream, None, None
        if stream is not None:
            stream.close()

    def _look_at_roll(self, status: PrinterStatus) -> None:
        """Where there was no paper, or little, and now is, a new roll was put in."""
        ending = status.problem == PAPER_OUT or (status.problem is None and status.paper_low)
        if self._ending and status.problem is None and not status.paper_low:
            self._ledger.new_roll()
            self._ending = False
        self._ending = self._ending or ending

    def _ready(self) -> ThermalPrinter:
        if self._printer is None:
            self._stream = self._open()
            self._printer = self._make(self._stream)
        return self._printer

    def _carry_out(self, job: str, paper: Slip | Notice | Proof) -> PrintOutcome:
        try:
            printer, data = self._ready(), self._draw(paper)
        except DriverError as error:  # nothing was sent
            self.close()
            return PrintOutcome("failed", error.code)
        except Exception:  # a slip that cannot be drawn must not be "printing" for ever
            log.exception("job=%s bug in drawing", job)
            return PrintOutcome("failed", "fault.internal")
        try:
            return printer.print(job, data)
        except DriverError as error:  # gone in the middle: some of it may be on paper
            self.close()
            return PrintOutcome("unknown", error.code)

    def _slip(self, wanted: PrintSlip, job: str, copy: bool) -> Slip:
        ticket = wanted.ticket
        return Slip(
            hall=self._hall_name(),
            number=ticket.number,
            queue=ticket.queue_name,
            queue_en=ticket.queue_name_en,
            ahead=ticket.ahead,
            wait=waiting_line(ticket.ahead, ticket.wait_low, ticket.wait_high),
            zone=ticket.zone,
            windows=ticket.windows,
            taken=stamp(self._now()),
            url=ticket.phone_url,
            job=job,
            copy=copy,
            terminal=self._terminal,
            item=wanted.item_name,
            catalogue=wanted.catalogue,
            appointment=ticket.appointment,
        )

    def _tell(self, now: PrinterChanged) -> None:
        if now != self._said:
            log.info("device=printer state=%s low=%s", now.code or "ok", now.paper_low)
            self._said = now
            self._post(now)
