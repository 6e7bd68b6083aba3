"""Where a journey leads from where it stands, as far as that depends on more than the screen. Pure."""

from kiosk.routes import ROUTES
from screens.effects import Watch
from screens.visit import Terminal


def way_back(screen: str, terminal: Terminal) -> str:
    """Where "back" leads: the screen's usual way, or how the citizen came here."""
    visit, queue, usual = terminal.visit, terminal.queue, ROUTES[screen].back
    match screen:
        case "confirm" if queue is not None and queue.identity != "none" and visit.person is None:
            return "identify"  # somebody without a card: back to laying it down
        case "confirm" | "identify" if visit.item is not None:
            return "guide"
        case "browse" if visit.browsing[0] == "queue":
            return "confirm"  # the materials check on the way to a number
        case "find" if visit.browsing[0] == "queue":
            return "browse"  # and looking further from there
        case "guide":
            return visit.came_from or usual
        case "present" | "certificates" if visit.reading is not None:
            return "guide"
        case "typein" if visit.purpose != "number":
            return "present"
        case "choose" if visit.presentation is not None:
            return "certificates"
        case _:
            return usual


def wanted(screen: str, terminal: Terminal) -> Watch | None:
    """What cards and codes are looked for now; None: for nothing."""
    visit = terminal.visit
    if not ROUTES[screen].takes_card or terminal.refused_until > terminal.monotonic:
        return None
    if visit.purpose == "certificates":
        item = visit.reading.page.id if visit.reading is not None else ""
        return Watch("certificates", item) if visit.presentation is None else None
    return Watch(visit.purpose) if visit.person is None else None


def reason(screen: str, terminal: Terminal) -> str:
    """Why help is wanted, as operations know it: the fault's code, else the screen."""
    visit = terminal.visit
    fault = visit.fault.code if screen == "fault" and visit.fault else ""
    paper = visit.paper_code if screen == "done" else ""
    return fault or paper or screen
