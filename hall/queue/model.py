"""What a hall's day is at one moment: immutable values, equal when they mean the same.

Knows no clock, no settings and no storage; ``evolve`` alone makes new ones. Named tuples and not dataclasses: to
copy one with a change is what the hall does most, and so it costs a third.
"""

from datetime import date, datetime
from typing import Literal, NamedTuple, NewType

from immutables import Map

from hall.queue.line import Line
from hall.wire.messages import PaperState, Priority, TicketState, WindowState

TicketId = NewType("TicketId", str)
QueueId = NewType("QueueId", str)
WindowId = NewType("WindowId", str)

PaperReport = Literal["printing", "printed", "failed", "unknown"]
Lane = Literal["", "directed", "transferred", "priority", "ordinary"]

ENDED: tuple[TicketState, ...] = ("finished", "abandoned")
LAST_CALLS = 12  # as many as a hall board can show at once
EMPTY = Line()


class Ticket(NamedTuple):
    """One number and everything that happened to it."""

    id: TicketId
    number: str
    queue: QueueId
    priority: Priority
    taken_at: datetime
    arrival: int  # order of taking; never changes, not by a transfer and not by a return
    state: TicketState
    since: datetime
    paper: PaperState
    job: str = ""  # print job that reported last
    copies: int = 0
    lane: Lane = ""  # where it waits; "" when it does not
    window: WindowId | None = None  # where it was called to, is parked at, or is directed to
    round: int = 0  # 1 for the call, 2 for the first recall
    started_at: datetime | None = None
    spent: float = 0.0  # handling time before it was parked
    papers_here: bool = False
    person: str | None = None
    item: str | None = None
    item_name: str | None = None
    certificates: int = 0  # that its holder agreed to show at the window
    viewed: tuple[int, ...] = ()  # which of them were shown there: places from 1

    def __repr__(self) -> str:
        """Without the person: a pseudonym has no business in a log or a traceback."""
        return f"Ticket({self.id} {self.state} queue={self.queue} window={self.window} paper={self.paper})"


class Lanes(NamedTuple):
    """One queue: who waits in it, by lane, and what it has to remember."""

    issued: int = 0
    transferred: Line = EMPTY
    priority: Line = EMPTY
    ordinary: Line = EMPTY
    directed: Map[WindowId, Line] = Map()
    streak: int = 0  # priority calls in a row while an ordinary ticket waited
    missed: Line = EMPTY
    unprinted: Line = EMPTY  # waiting, and the paper failed or nobody knows
    pace: float | None = None  # handling time, exponentially weighted; None: nothing measured yet

    @property
    def waiting(self) -> int:
        """How many wait, those directed to a window included."""
        here = self.transferred.size + self.priority.size + self.ordinary.size
        return here + sum(line.size for line in self.directed.values()) if self.directed else here


class Desk(NamedTuple):
    """One window."""

    state: WindowState = "closed"
    current: TicketId | None = None
    parked: tuple[TicketId, ...] = ()
    served: int = 0


class CallRecord(NamedTuple):
    """A call as it went out."""

    seq: int
    kind: Literal["called", "recalled"]
    ticket: TicketId
    number: str
    queue: QueueId
    window: WindowId
    round: int
    at: datetime


NO_LANES = Lanes()
NO_DESK = Desk()


class State(NamedTuple):
    """A hall's day. ``seq`` counts the events that made it."""

    seq: int = 0
    day: date | None = None
    open: bool = False
    arrivals: int = 0
    tickets: Map[TicketId, Ticket] = Map()
    queues: Map[QueueId, Lanes] = Map()
    windows: Map[WindowId, Desk] = Map()
    persons: Map[tuple[QueueId, str], tuple[TicketId, ...]] = Map()  # live numbers a person holds of a queue
    calls: tuple[CallRecord, ...] = ()  # newest first
    appointments: Map[str, TicketId] = Map()  # checked in today, and with which ticket

    def __repr__(self) -> str:
        return f"State(seq={self.seq} day={self.day} open={self.open} tickets={len(self.tickets)})"

    def lanes(self, queue: QueueId) -> Lanes:
        return self.queues.get(queue, NO_LANES)

    def desk(self, window: WindowId) -> Desk:
        return self.windows.get(window, NO_DESK)
