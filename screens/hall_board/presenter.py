"""What a hall board 综合屏 shows, decided from the hall's views, its calls and the clock. No Kivy."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from hall.wire.messages import Call, HallView, QueueView
from screens.events import Ticked
from screens.hall_board.calls import CallStage
from screens.hall_board.view_model import CallLine, HallBoardView, NoticeLine, QueueLine, Tone
from screens.window_events import CallHeard, HallBoardEvent, HallSeen, LinkBack, LinkLost
from screens.words.notices import notice_pages
from screens.words.opening import opening
from screens.words.phrase import NOTHING, Phrase

QUEUE_PAGE = 8.0  # seconds a page of queues stays
NOTICE_PAGE = 10.0  # seconds a notice stays
STALE = timedelta(seconds=60)  # a call learned of later than this is listed, not announced


class HallBoardPresenter:
    """Keeps the last that the hall said, whatever the order and however often it came.

    ``zones`` limits the board to those zones, by id; none: the whole hall. ``rows`` and ``recents`` are
    how many queues and recent calls the view has room for.
    """

    def __init__(self, zones: Sequence[str] = (), *, rows: int = 6, recents: int = 4) -> None:
        self.view = HallBoardView()
        self._zones = frozenset(zones)
        self._rows, self._recents = rows, recents
        self._hall: HallView | None = None
        self._calls = CallStage()
        self._now: datetime | None = None
        self._monotonic = 0.0
        self._began: float | None = None  # the first tick: pages are turned from here
        self._lost = False

    def handle(self, event: HallBoardEvent) -> tuple[()]:
        """Take one event in; ``view`` is the answer, a board wants nothing done."""
        match event:
            case HallSeen(view):
                self._see(view)
            case CallHeard(call):
                if self._mine(call.zone):
                    self._calls.add(call)
            case LinkLost():
                self._lost = True
            case LinkBack():
                self._lost = False
            case Ticked(now, monotonic):
                self._now, self._monotonic = now, monotonic
                self._began = monotonic if self._began is None else self._began
                self._calls.tick(monotonic)
            case _:
                assert_never(event)
        self.view = self._compose()
        return ()

    def _see(self, view: HallView) -> None:
        known = self._hall
        first = known is None or _begins_anew(known, view)
        if known is not None and not first and view.seq < known.seq:
            return
        self._hall = view
        calls = [call for call in view.calls if self._mine(call.zone)]
        if first:
            self._calls = CallStage(calls)
            return
        for call in sorted(calls, key=lambda call: call.seq):
            self._calls.add(call, announce=view.at - call.at < STALE)

    def _compose(self) -> HallBoardView:
        hall, now = self._hall, self._now
        minute = now.replace(second=0, microsecond=0) if now is not None else None
        if hall is None:
            return replace(self.view, now=minute, sign=Phrase("board.no_hall") if self._lost else NOTHING)
        queues = [queue for queue in hall.queues if self._mine(queue.zone)]
        page, pages, shown = self._page_of(queues)
        zones = [zone for zone in hall.zones if zone.id in self._zones]
        large = self._calls.large
        closed = self._is_closed(hall, queues)
        return HallBoardView(
            mode="closed" if closed else "quiet" if large is None else "calling",
            hall=hall.name,
            hall_en=hall.name_en,
            zone="、".join(zone.name for zone in zones),
            zone_en=", ".join(zone.name_en for zone in zones),
            now=minute,
            call=_line(large, self._calls.fresh) if large is not None and not closed else None,
            recent=tuple(
                _line(call, self._calls.awaits_turn(call)) for call in self._calls.recent(self._recents)
            ),
            queues=tuple(_queue_line(queue, now) for queue in shown),
            page=page,
            pages=pages,
            notice=self._notice(hall),
            opening=opening(hall.opens, now) if closed else NOTHING,
            hours=hall.hours if closed else "",
            sign=self._sign(hall),
        )

    def _is_closed(self, hall: HallView, queues: Sequence[QueueView]) -> bool:
        """Nothing opens, nobody waits and nobody is being called: after closing time people are still called."""
        return (
            not hall.open_now
            and all(queue.state != "open" and not queue.waiting for queue in queues)
            and self._calls.quiet
        )

    def _page_of(self, queues: Sequence[QueueView]) -> tuple[int, int, Sequence[QueueView]]:
        """The page whose turn it is, of pages as even as can be."""
        pages = max(1, -(-len(queues) // self._rows))
        size = -(-len(queues) // pages)
        at = self._turn(QUEUE_PAGE) % pages
        return at + 1, pages, queues[at * size : (at + 1) * size]

    def _notice(self, hall: HallView) -> NoticeLine:
        pages = [page for notice in hall.notices for page in notice_pages(notice.zh, notice.en)]
        if not pages:
            return NoticeLine()
        zh, en = pages[self._turn(NOTICE_PAGE) % len(pages)]
        return NoticeLine(zh, en)

    def _turn(self, seconds: float) -> int:
        return int((self._monotonic - (self._began or 0.0)) // seconds)

    def _sign(self, hall: HallView) -> Phrase:
        if not self._lost:
            return NOTHING
        at = hall.at.astimezone(self._now.tzinfo) if self._now is not None else hall.at
        return Phrase("board.link_lost", (("time", f"{at:%H:%M}"),))

    def _mine(self, zone: str) -> bool:
        return not self._zones or zone in self._zones


def _begins_anew(known: HallView, view: HallView) -> bool:
    """Another day, another hall, or a journal that was begun again: lower numbers at a later time."""
    if known.hall != view.hall or (view.seq < known.seq and view.at > known.at):
        return True
    return known.day is not None and view.day is not None and view.day > known.day


def _line(call: Call, fresh: bool) -> CallLine:
    return CallLine(
        number=call.number,
        window=call.window_name,
        window_en=call.window_name_en,
        queue=call.queue_name,
        queue_en=call.queue_name_en,
        again=call.kind == "recalled",
        fresh=fresh,
    )


def _queue_line(queue: QueueView, now: datetime | None) -> QueueLine:
    tone: Tone = "count"
    wait = NOTHING
    if queue.state == "open" and not queue.waiting:
        tone, wait = "free", Phrase("board.wait_free")
    elif queue.state == "open":
        wait = _minutes(queue.wait_low, queue.wait_high)
    else:
        tone = "count" if queue.waiting else "off"
        wait = opening(queue.opens, now) if queue.state == "closed" and queue.opens else NOTHING
        wait = wait or Phrase(f"board.queue_{queue.state}")
    return QueueLine(queue.name, queue.name_en, queue.waiting, wait, tone)


def _minutes(low: int | None, high: int | None) -> Phrase:
    known = sorted({minutes for minutes in (low, high) if minutes is not None})
    return Phrase("board.wait_about", (("minutes", "–".join(map(str, known))),)) if known else NOTHING
