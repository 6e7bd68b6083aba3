"""How a wait is told, and where to go. No Kivy."""

from screens.events import QueueInfo, Ticket
from screens.words.words import Words


def minutes(words: Words, low: int | None, high: int | None) -> str:
    """约 12 分钟, 约 20–28 分钟; unknown: nothing."""
    if low is None or high is None:
        return ""
    if high <= low:
        return words("wait.about", minutes=high)
    return words("wait.between", low=low, high=high)


def people(words: Words, count: int) -> str:
    """无人等候, 3 人等候."""
    if count <= 0:
        return words("wait.nobody")
    return words("wait.one") if count == 1 else words("wait.people", count=count)


def place(words: Words, of: QueueInfo | Ticket) -> str:
    """B 区 · 5–9 号窗口."""
    return words("ticket.place", zone=words.pick(of.zone, of.zone_en), windows=of.windows)
