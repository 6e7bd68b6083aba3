"""The kiosk process as the agent sees it: which run, what it last said, how often it died. It decides nothing."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from provisioning.agent.effects import AskKiosk, StartKiosk
from provisioning.agent.turn import Turn
from provisioning.wire.control import KioskHealth

SILENT = 30.0  # without an answer this long nobody can use it
HUNG = 60.0  # then it is started anew
ANSWER = 12.0  # an ask that had no answer of any kind is forgotten
PATIENCE = 1.0  # seconds until one that did not answer is asked again
CRASHES, WITHIN = 3, 60.0  # that many ends in so many seconds are a loop
BACK_OFF = (1.0, 60.0)  # seconds between two starts, doubling
STEADY = 15.0  # seconds between two asks when nothing is going on


class Running:
    """``run`` numbers the processes; what an earlier one says does not count."""

    def __init__(self) -> None:
        self.run, self.revision = 0, 0
        self.settings: Mapping[str, Any] | None = None
        self.alive = False  # started and not died
        self.said: KioskHealth | None = None
        self.said_at = 0.0
        self.began = 0.0
        self.restarts = 0
        self.start_at: float | None = None  # when a dead one is started again
        self.ask_at: float | None = None
        self._asked_at: float | None = None
        self._not_before = 0.0
        self._deaths: deque[float] = deque(maxlen=CRASHES)
        self._pause = BACK_OFF[0]
        self._looping = False

    def start(self, turn: Turn, revision: int, settings: Mapping[str, Any] | None) -> None:
        """Run these settings in place of whatever runs."""
        if (revision, settings) != (self.revision, self.settings):
            self._deaths.clear()
            self._pause, self._looping = BACK_OFF[0], False
        self.run += 1
        self.revision, self.settings = revision, settings
        self.alive, self.said, self.began = True, None, turn.mono
        self.start_at = self.ask_at = self._asked_at = None
        turn.effects.append(StartKiosk(self.run, revision, settings))

    def again(self, turn: Turn) -> None:
        """The same settings in a new process."""
        self.start(turn, self.revision, self.settings)

    def started(self, turn: Turn) -> None:
        self.ask_at = turn.mono

    def heard(self, turn: Turn, said: KioskHealth) -> None:
        self.said, self.said_at, self._asked_at = said, turn.mono, None
        if turn.mono - self.began > WITHIN:
            self._pause, self._looping = BACK_OFF[0], False
        self.ask_at = turn.mono + STEADY

    def silent(self, turn: Turn) -> None:
        self._asked_at = None
        self.ask_at = self._not_before = turn.mono + PATIENCE

    def died(self, turn: Turn) -> int:
        """It ended by itself and is started again after a pause. How often that was of late."""
        self.alive, self.said, self.ask_at = False, None, None
        self.restarts += 1
        self._deaths.append(turn.mono)
        self.start_at = turn.mono + self._pause
        self._pause = min(self._pause * 2, BACK_OFF[1])
        return sum(turn.mono - death <= WITHIN for death in self._deaths)

    def newly_looping(self) -> bool:
        """Whether a loop of crashes is to be told: once, until it has lived again."""
        looping = len(self._deaths) == CRASHES and self._deaths[-1] - self._deaths[0] <= WITHIN
        told, self._looping = self._looping, looping or self._looping
        return looping and not told

    def ask_soon(self, at: float) -> None:
        """Have it asked at ``at`` at the latest."""
        if self.alive and self.ask_at is not None:
            self.ask_at = min(self.ask_at, max(at, self._not_before))

    def tend(self, turn: Turn) -> None:
        """What time alone brings about: a start after a pause, the next ask, an end to silence."""
        if not self.alive:
            if self.start_at is not None and turn.mono >= self.start_at:
                self.again(turn)
            return
        if turn.mono - max(self.said_at if self.said else 0.0, self.began) >= HUNG:
            self.restarts += 1
            turn.note("kiosk.hung", run=self.run, revision=self.revision)
            self.again(turn)
            return
        if self._asked_at is not None and turn.mono - self._asked_at >= ANSWER:
            self.silent(turn)
        if self._asked_at is None and self.ask_at is not None and turn.mono >= self.ask_at:
            self._asked_at = turn.mono
            turn.effects.append(AskKiosk(self.run))

    @property
    def due(self) -> float:
        """When ``tend`` has something to do."""
        if not self.alive:
            return self.start_at if self.start_at is not None else float("inf")
        hung = max(self.said_at if self.said else 0.0, self.began) + HUNG
        if self._asked_at is not None:
            return min(hung, self._asked_at + ANSWER)
        return min(hung, self.ask_at) if self.ask_at is not None else hung

    def idle(self, mono: float, seconds: float) -> bool:
        """Nobody is at the glass: it says so in this very turn, or it is such that nobody can use it.

        Since an earlier answer somebody may have come.
        """
        if not self.alive or mono - max(self.said_at if self.said else 0.0, self.began) >= SILENT:
            return True
        said = self.said
        return said is not None and self.said_at == mono and not said.busy and said.idle_seconds >= seconds
