"""What the hall says on MQTT: calls at once, what windows and boards show as retained state.

Knows topics and payloads, no broker: it is given a function that publishes. All methods belong to the event
loop's thread.
"""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from hall.queue import events as e
from hall.queue.calls import call_record
from hall.queue.model import QueueId, State, TicketId, WindowId
from hall.queue.plan import Plan
from hall.queue.views import call_view, hall_view, window_view
from hall.service import Commit, Service
from hall.wire import topics

PAUSE = 0.2  # seconds between two pictures of the whole hall under load

Publish: TypeAlias = Callable[[str, bytes, int, bool], object]
"""Topic, payload, QoS, retain. Must not block; what it says is not looked at: the next picture is whole again."""


class LivePublisher:
    """Publishes every commit of ``service``. Nothing is said before ``start``."""

    def __init__(self, service: Service, publish: Publish) -> None:
        self._service = service
        self._publish = publish
        self._hall = service.plan.hall.id
        self._stale: set[WindowId] = set()  # windows whose counts changed
        self._hall_stale = False
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Follow the service from now on and say how things stand."""
        self._service.subscribe(self._on_commit)
        self.refresh()

    def refresh(self) -> None:
        """Say all retained state again: the broker may have lost its memory, or a minute has passed."""
        self._stale.update(self._service.plan.windows)
        self._hall_stale = True
        self._say()

    @property
    def busy(self) -> bool:
        """Whether something was said a moment ago, and more may be kept back."""
        return self._timer is not None

    def close(self) -> None:
        """Say what is still unsaid."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._say()

    def _on_commit(self, commit: Commit) -> None:
        """Calls first: people stand up for them. The window that acted next; everything else may wait its turn."""
        plan = self._service.plan
        acted: set[WindowId] = set()
        first = commit.state.seq - len(commit.events) + 1
        for seq, event in enumerate(commit.events, first):
            if isinstance(event, e.TicketCalled | e.TicketRecalled):
                self._say_call(seq, event)
            if isinstance(event, e.DayOpened | e.DayReopened | e.DayClosed):
                self._stale.update(plan.windows)
            elif isinstance(event, e.CertificatesAttached):
                self._stale.update(_serving(event.ticket, commit.state))
            elif not isinstance(event, e.StaffCalled | e.TicketTaken | e.PaperReported):
                acted.add(event.window)
            for queue in _queues(event, commit.state, plan):
                self._stale.update(plan.servers.get(queue, ()))
        for window in acted & plan.windows.keys():
            self._say_window(window)
        self._hall_stale = True
        if self._timer is None:
            self._say()
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._pause_over)

    def _pause_over(self) -> None:
        self._timer = None
        if self._hall_stale:
            self._say()
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._pause_over)

    def _say(self) -> None:
        for window in tuple(self._stale):
            self._say_window(window)
        if self._hall_stale:
            self._hall_stale = False
            view = hall_view(self._service.state, self._service.plan, self._service.clock())
            self._publish(topics.hall_view(self._hall), view.model_dump_json().encode(), 1, True)

    def _say_call(self, seq: int, event: e.TicketCalled | e.TicketRecalled) -> None:
        call = call_view(call_record(seq, event), self._service.plan)
        self._publish(topics.calls(self._hall), call.model_dump_json().encode(), 1, False)

    def _say_window(self, window: WindowId) -> None:
        self._stale.discard(window)
        view = window_view(self._service.state, window, self._service.plan, self._service.clock())
        self._publish(topics.window(self._hall, window), view.model_dump_json().encode(), 1, True)


def _serving(ticket: TicketId, state: State) -> tuple[WindowId, ...]:
    """The window that has ``ticket`` now, if one has."""
    window = state.tickets[ticket].window if ticket in state.tickets else None
    return (window,) if window and state.desk(window).current == ticket else ()


def _queues(event: e.Event, state: State, plan: Plan) -> tuple[QueueId, ...]:
    """The queues whose counts ``event`` may have changed."""
    match event:
        case e.DayOpened() | e.DayReopened() | e.DayClosed() | e.StaffCalled():
            return ()
        case e.WindowOpened() | e.WindowPaused() | e.WindowClosed():
            return plan.serves.get(event.window, ())
        case _:
            ticket = state.tickets.get(event.ticket)
            return (ticket.queue,) if ticket else ()
