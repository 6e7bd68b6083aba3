"""Which call a hall board shows large, and which it lists: every call has its moment, none twice. No Kivy."""

from collections.abc import Iterable

from hall.wire.messages import Call

LARGE_AT_LEAST = 3.0  # seconds a call stays large although others wait
NEW_FOR = 10.0  # seconds a call is marked as new
KEPT = 64  # calls remembered for the list: more than any board lists


class CallStage:
    """One call is large; those that come meanwhile wait for their turn, and are listed at once.

    Time is that of ticks: a call that came between two counts from the later one, so none is shown for
    less than promised.
    """

    def __init__(self, old: Iterable[Call] = ()) -> None:
        """A board that starts late knows ``old`` calls: none is announced, the newest is large."""
        self.large: Call | None = None
        self.fresh = False  # whether the large call is new
        self._since: float | None = None  # the first tick that saw ``large``
        self._now = 0.0
        self._turn: list[Call] = []
        self._known: dict[int, Call] = {}  # by sequence number
        self._forgotten = 0  # calls up to this sequence number were seen, and dropped from ``_known``
        for call in old:
            self._remember(call)
        self.large = max(self._known.values(), key=lambda call: call.seq, default=None)

    def add(self, call: Call, *, announce: bool = True) -> None:
        """Take a call in, once. One that need not be announced goes to the list."""
        if call.seq in self._known or call.seq <= self._forgotten:
            return
        outdated = any(known.ticket == call.ticket and known.seq > call.seq for known in self._known.values())
        self._remember(call)
        if outdated:
            return
        if not announce:
            self._turn = [other for other in self._turn if other.ticket != call.ticket]
            if self.large is None or (not self.fresh and call.seq > self.large.seq):
                self._enlarge(call, fresh=False)
        elif self.large is None or self.large.ticket == call.ticket or self._free:
            self._enlarge(call, fresh=True)
        elif any(other.ticket == call.ticket for other in self._turn):
            self._turn = [call if other.ticket == call.ticket else other for other in self._turn]
        else:
            self._turn.append(call)

    def tick(self, monotonic: float) -> None:
        self._now = monotonic
        if self._since is None:
            self._since = monotonic
        if self._turn and self._had_its_time:
            self._enlarge(self._turn.pop(0), fresh=True)
            self._since = monotonic
        elif self.fresh and monotonic - self._since >= NEW_FOR:
            self.fresh = False

    def recent(self, most: int) -> tuple[Call, ...]:
        """The latest call of every other ticket, newest first, with those that await their turn."""
        latest: dict[str, Call] = {}
        for call in sorted(self._known.values(), key=lambda call: -call.seq):
            latest.setdefault(call.ticket, call)
        if self.large is not None:
            latest.pop(self.large.ticket, None)
        return tuple(latest.values())[:most]

    def awaits_turn(self, call: Call) -> bool:
        return call in self._turn

    @property
    def quiet(self) -> bool:
        """Nothing is being announced, and nothing waits to be."""
        return not self.fresh and not self._turn

    @property
    def _free(self) -> bool:
        return not self._turn and self._had_its_time

    @property
    def _had_its_time(self) -> bool:
        if not self.fresh:
            return True
        return self._since is not None and self._now - self._since >= LARGE_AT_LEAST

    def _enlarge(self, call: Call, *, fresh: bool) -> None:
        self.large, self.fresh, self._since = call, fresh, None

    def _remember(self, call: Call) -> None:
        self._known[call.seq] = call
        while len(self._known) > KEPT:
            oldest = min(self._known)
            del self._known[oldest]
            self._forgotten = max(self._forgotten, oldest)
