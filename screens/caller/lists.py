"""The lists of a caller pad: missed, parked, and tickets without paper. No Kivy."""

from datetime import datetime, tzinfo

from hall.wire.messages import TicketBrief, WindowView
from screens.caller.blocking import blocked
from screens.caller.known import Known
from screens.caller.marks import paper_mark, priority_mark
from screens.caller.view_model import Button, Mark, Row, Tab, TabView
from screens.words.phrase import Phrase

TABS: tuple[Tab, ...] = ("missed", "parked", "unprinted")
_ACT: dict[Tab, tuple[str, str]] = {"missed": ("return", "undo-variant"), "parked": ("resume", "play")}


def tabs(known: Known, window: WindowView) -> tuple[TabView, ...]:
    """All three, each with its count; the hotkey goes to the next."""
    following = TABS[(TABS.index(known.tab) + 1) % len(TABS)]
    return tuple(
        TabView(
            Button("tab", Phrase(f"caller.tab.{tab}"), value=tab, hint="F9" if tab == following else ""),
            len(_tickets(window, tab)),
            tab == known.tab,
        )
        for tab in TABS
    )


def rows(known: Known, window: WindowView) -> tuple[tuple[Row, ...], Button | None]:
    """The rows of the page that is open, and the button to the next page where there is one."""
    tickets = _tickets(window, known.tab)
    size = known.room.rows
    pages = max(1, -(-len(tickets) // size))
    at = known.page % pages
    shown = tickets[at * size : (at + 1) * size]
    facts = (("page", str(at + 1)), ("pages", str(pages)))
    more = Button("page", Phrase("caller.more", facts), "chevron-right", hint="5") if pages > 1 else None
    return tuple(_row(known, ticket, str(place)) for place, ticket in enumerate(shown, 1)), more


def wall_time(at: datetime, zone: tzinfo | None) -> str:
    """10:42, on the clock that the pad shows."""
    return f"{at.astimezone(zone) if zone is not None else at:%H:%M}"


def _tickets(window: WindowView, tab: Tab) -> tuple[TicketBrief, ...]:
    match tab:
        case "missed":
            return window.missed
        case "parked":
            return window.parked
        case "unprinted":
            return window.unprinted


def _row(known: Known, ticket: TicketBrief, key: str) -> Row:
    act = None
    if known.tab in _ACT:
        verb, icon = _ACT[known.tab]
        act = blocked(known, Button(verb, Phrase(f"caller.do.{verb}"), icon, ticket.id, key))
    hint = "" if act is not None else key
    drop = Button("abandon", Phrase("caller.do.abandon"), "close", ticket.id, hint)
    return Row(
        number=ticket.number,
        queue=ticket.queue_name,
        queue_en=known.queue_en(ticket.queue),
        since=wall_time(ticket.since, known.now.tzinfo if known.now else None),
        mark=_mark(ticket),
        act=act,
        drop=blocked(known, drop, "drop"),
    )


def _mark(ticket: TicketBrief) -> Mark | None:
    """The one that matters most."""
    if ticket.paper in ("failed", "unknown"):
        return paper_mark(ticket.paper)
    if ticket.papers_here:
        return Mark(Phrase("caller.papers_here"), "folder-outline", "note")
    return priority_mark(ticket.priority)
