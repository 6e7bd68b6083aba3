"""What can be done with a guide: take a number for it, print the notice; and why not, in words. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from hall.catalogue.model import Bundle, Guide
from screens.events import QueueInfo
from screens.guide.lines import lines
from screens.visit import Terminal, opens
from screens.words.faults import told
from screens.words.words import Words

Kind = Literal["", "info", "ok", "amber"]
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
    kind: Kind = ""  # "": to be touched, and nothing has happened yet
    intent: str = ""  # "": nothing to touch now


def queue_for(terminal: Terminal, page: Guide | Bundle) -> QueueInfo | None:
    """The page's own queue; the general one where the source names none."""
    return terminal.queue_of(page.queue or GENERAL)


def can_take(terminal: Terminal, page: Guide | Bundle) -> bool:
    queue = queue_for(terminal, page)
    return terminal.gives_numbers and terminal.hall.open_now and queue is not None and queue.state == "open"


def taking(terminal: Terminal, page: Guide | Bundle) -> Taking:
    words, queue = terminal.words, queue_for(terminal, page)

    def not_now(icon: str, key: str, when: str = "") -> Taking:
        return Taking("", icon, _broken(terminal, words(key), 568, terminal.tokens.card), when)

    if can_take(terminal, page):
        return Taking(button=words("guide.take"), icon="ticket-confirmation-outline")
    if terminal.link is not None:
        return not_now("lan-disconnect", "guide.shut_lost")
    if not terminal.offer.numbers:
        return not_now("ticket-confirmation-outline", "guide.shut_here")
    if not terminal.hall.open_now:
        return not_now("clock-outline", "guide.shut_hall", opens(terminal, terminal.hall.opens))
    if queue is None:
        return not_now("account-question-outline", "guide.shut_unknown")
    icon = {"closed": "clock-outline", "quota": "account-off-outline"}.get(
        queue.state, "pause-circle-outline"
    )
    return not_now(icon, f"guide.shut_{queue.state}", opens(terminal, queue.opens))


def printing(terminal: Terminal) -> Printing:
    words, visit = terminal.words, terminal.visit
    kind: Kind = "amber"
    icon, text, line, intent = "printer-outline", words("guide.notice"), "", "notice"
    if visit.notice == "printing":
        text, kind, intent = words("guide.notice_printing"), "info", ""
    elif terminal.printer is not None:
        icon, intent = "printer-alert", ""
        text, line = _said(words, terminal.printer), terminal.printer
    elif visit.notice == "printed":
        icon, text, kind = "check-circle", words("guide.notice_printed"), "ok"
    elif visit.notice == "failed":
        icon, text, line = "printer-alert", _said(words, visit.notice_code), words("guide.notice_again")
    elif visit.notice == "unknown":
        icon, text, line = "printer-alert", words("guide.notice_unknown"), words("guide.notice_again")
    else:
        return Printing(icon, text, line, "", intent)
    text = _broken(terminal, text, 416, terminal.tokens.lead)
    return Printing(icon, text, line if text.count("\n") < 2 else "", kind, intent)


def _broken(terminal: Terminal, text: str, across: int, icon: int) -> str:
    """In lines for a place of ``across`` pixels with an icon."""
    return "\n".join(lines(text, 34, across - 2 * terminal.tokens.gap - icon - 2 * terminal.tokens.unit))


def _said(words: Words, code: str) -> str:
    return told(words, code, "fault.printer_gone").title
