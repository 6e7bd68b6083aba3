"""Tells the hall what became of paper, until the hall confirms it. Survives a hall that is away, and a restart."""

import logging
from typing import Protocol

from hall.wire.messages import ReportPaper
from kiosk.hall_client import HallRefused, HallUnreachable
from kiosk.ledger import PaperLedger

log = logging.getLogger(__name__)

RESTED = 3.0  # seconds between two tries while the hall is away
LOOK_EVERY = 1.0  # seconds between two looks at the ledger


class Hears(Protocol):
    def report_paper(self, ticket: str, report: ReportPaper) -> None:
        """See ``HallClient.report_paper``."""


class PaperReports:
    """``send`` belongs to one worker thread, with a client of its own."""

    def __init__(self, ledger: PaperLedger, client: Hears) -> None:
        self._ledger, self._client = ledger, client

    def send(self) -> float:
        """Report everything untold, in order; the seconds until it wants to be called again."""
        for slip in self._ledger.untold():
            report = ReportPaper(job=slip.job, state=slip.state, copy=slip.copy, code=slip.code)
            try:
                self._client.report_paper(slip.ticket, report)
            except HallUnreachable:
                return RESTED
            except HallRefused as error:
                if error.code.startswith("auth."):  # somebody will mend the credential; the report stays true
                    return RESTED
                # anything else will not be otherwise tomorrow: note it and go on
                log.warning("ticket=%s job=%s paper report refused: %s", slip.ticket, slip.job, error.code)
            self._ledger.told(slip)
        return LOOK_EVERY
