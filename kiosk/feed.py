"""From the hall's retained state to what the terminal's presenters know: a pure translation."""

from datetime import datetime

from config import settings as told
from hall.wire.messages import HallView, QueueView, TicketView
from screens.events import HallInfo, QueueInfo, Ticket
from screens.offer import Offer, OwnNotice, Wording


def hall_info(view: HallView, *, terminal: str, terminal_en: str) -> HallInfo:
    return HallInfo(
        name=view.name,
        name_en=view.name_en,
        terminal=terminal,
        terminal_en=terminal_en,
        queues=tuple(_queue(q) for q in view.queues),
        notices=tuple(n.zh for n in view.notices),
        notices_en=tuple(n.en or n.zh for n in view.notices),
        open_now=view.open_now,
        opens=view.opens,
        hours=view.hours,
    )


def ticket(view: TicketView, *, phone_url: str) -> Ticket:
    return Ticket(
        id=view.id,
        number=view.number,
        queue=view.queue,
        queue_name=view.queue_name,
        queue_name_en=view.queue_name_en,
        ahead=view.ahead,
        wait_low=view.wait_low,
        wait_high=view.wait_high,
        zone=view.zone,
        zone_en=view.zone_en,
        windows=view.windows,
        phone_url=f"{phone_url.rstrip('/')}{view.phone_path}" if view.phone_path else "",
        appointment=view.priority == "appointment",
    )


def offer(settings: told.Settings) -> Offer:
    """What the settings of a terminal offer and say to citizens."""
    texts, screen = settings.texts, settings.screen
    return Offer(
        themes=screen.themes,
        languages=screen.languages,
        numbers=settings.services.numbers,
        title=_wording(texts.welcome_title),
        line=_wording(texts.welcome_line),
        hours=_wording(settings.hours),
        notices=tuple(OwnNotice(Wording(n.zh, n.en), n.since, n.until) for n in settings.notices),
    )


def waiting_line(ahead: int, low: int | None, high: int | None) -> str:
    """约 20–28 分钟, as it is printed; empty when nothing is known, or nobody has to be waited for."""
    if ahead == 0 or low is None or high is None:
        return ""
    return f"约 {low} 分钟" if low == high else f"约 {low}–{high} 分钟"


def _wording(said: told.Wording | told.Headline) -> Wording:
    return Wording(said.zh, said.en)


def stamp(local: datetime) -> str:
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _queue(view: QueueView) -> QueueInfo:
    return QueueInfo(
        id=view.id,
        name=view.name,
        name_en=view.name_en,
        about=view.about,
        about_en=view.about_en,
        icon=view.icon,
        waiting=view.waiting,
        wait_low=view.wait_low,
        wait_high=view.wait_high,
        zone=view.zone,
        zone_en=view.zone_en,
        windows=view.windows,
        identity=view.identity,
        state=view.state,
        opens=view.opens,
    )
