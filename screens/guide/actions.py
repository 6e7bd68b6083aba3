"""What can be done with a guide: take a number for it, print the notice; and why not, in words. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from hall.catalogue.model import Bundle, Guide
from screens.events import QueueInfo
from screens.visit import Terminal, opens
from screens.words.faults import fault_key, told
from screens.words.words import Words

GENERAL = "general"  # the queue of whatever has none of its own


@dataclass(frozen=True, slots=True)
class Taking:
    """The main action, or why there is none just now and when there will be."""

    button: str = ""
    icon: str = ""
    why: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Printing:
    """The notice's button, which says how the printing goes as well."""

    icon: str = ""
    text: str = ""
    line: str = ""
    kind: Literal["", "info", "ok", "amber"] = ""  # "": to be touched, and nothing has happened yet
    intent: str = ""  # "": nothing to touch now


def queue_for(terminal: Terminal, page: Guide | Bundle) -> QueueInfo | None:
    """The page's own queue; the general one where the source names none."""
    return terminal.queue_of(page.queue or GENERAL)


def can_take(terminal: Terminal, page: Guide | Bundle) -> bool:
    queue = queue_for(terminal, page)
    return terminal.link is None and terminal.hall.open_now and queue is not None and queue.state == "open"


def taking(terminal: Terminal, page: Guide | Bundle) -> Taking:
    words, queue = terminal.words, queue_for(terminal, page)
    if can_take(terminal, page):
        return Taking(button=words("guide.take"), icon="ticket-confirmation-outline")
    if terminal.link is not None:
        return Taking(icon="lan-disconnect", why=words("guide.shut_lost"))
    if not terminal.hall.open_now:
        when = opens(terminal, terminal.hall.opens)
        return Taking(icon="clock-outline", why=words("guide.shut_hall"), when=when)
    if queue is None:
        return Taking(icon="account-question-outline", why=words("guide.shut_unknown"))
    icon = {"closed": "clock-outline", "quota": "account-off-outline"}.get(queue.state, "pause-circle-outline")
    return Taking(icon=icon, why=words(f"guide.shut_{queue.state}"), when=opens(terminal, queue.opens))


def printing(terminal: Terminal) -> Printing:
    words, visit = terminal.words, terminal.visit
    if visit.notice == "printing":
        return Printing("printer-outline", words("guide.notice_printing"), kind="info")
    if terminal.printer is not None:
        why = _said(words, terminal.printer)
        return Printing("printer-alert", why or words("guide.notice_off"), _code(words, terminal.printer), "amber")
    match visit.notice:
        case "printed":
            return Printing("check-circle", words("guide.notice_printed"), kind="ok", intent="notice")
        case "failed" | "unknown":
            failed = visit.notice == "failed"
            why = _said(words, visit.notice_code) if failed else words("guide.notice_unknown")
            again = words("guide.notice_again")
            return Printing("printer-alert", why or again, again if why else "", "amber", "notice")
        case _:
            return Printing("printer-outline", words("guide.notice"), intent="notice")


def _said(words: Words, code: str) -> str:
    return told(words, code, "fault.printer_gone").title if code else ""


def _code(words: Words, code: str) -> str:
    return words("fault.code", code=code) if fault_key(words, code, "") else ""
