"""A kiosk process that does not exist: how it would be, at any moment, by its behaviour. No clock, no I/O."""

import base64
from collections.abc import Mapping
from typing import Any

from provisioning.simulator.behaviour import Behaviour
from provisioning.wire.control import AskIdentify, AskScreenshot, AskTestPrint, Done, KioskHealth
from provisioning.wire.messages import Paper

LOW = 50  # slips left at which the paper sensor says so
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
)
"""A grey pixel, PNG."""


class InventedKiosk:
    """Times are monotonic seconds. ``number`` sets its rhythm apart from the others'."""

    def __init__(self, behaviour: Behaviour, number: int) -> None:
        self.behaviour = behaviour
        self._phase = (number * 0.6180339887498949) % 1.0
        self._first: Mapping[str, Any] | None = None
        self._began: float | None = None
        self._frames = 0
        self.revision = 0
        self.settings: Mapping[str, Any] | None = None

    def start(self, revision: int, settings: Mapping[str, Any] | None, mono: float) -> None:
        """A new process with these settings."""
        self._began = mono if self._began is None else self._began
        if settings is not None and self._first is None:
            self._first = settings
        self.revision, self.settings, self._frames = revision, settings, 0

    @property
    def new(self) -> bool:
        """Whether it runs other settings than its first: those that its behaviour is about."""
        return self.settings is not None and self.settings != self._first

    @property
    def ends(self) -> int | None:
        """The code with which it ends by itself, soon; None: it lives."""
        return self.behaviour.exits if self.new else None

    def health(self, mono: float) -> KioskHealth | None:
        """None: it does not answer."""
        if self.behaviour.silent and self.new:
            return None
        busy, idle = self._citizen(mono)
        paper = self._paper(mono)
        printer = self.behaviour.fault if self.new else ""
        self._frames += 60
        return KioskHealth(
            revision=self.revision,
            role=str((self.settings or {}).get("role", "enrol")),
            screen="attract" if not busy else "ticket",
            busy=busy,
            idle_seconds=idle,
            frames=self._frames,
            frame_ms=18.0,
            devices={"reader": "", "printer": printer or ("fault.paper_out" if paper.state == "out" else "")},
            paper=paper,
            catalogue="2026-11-22",
            memory_mb=140.0,
        )

    def order(self, ask: AskIdentify | AskTestPrint | AskScreenshot, mono: float) -> Done:
        """What the control socket would answer."""
        busy, _ = self._citizen(mono)
        match ask:
            case AskTestPrint() if busy:
                return Done(ok=False, code="kiosk.busy")
            case AskScreenshot():
                return Done(ok=True, png=base64.b64encode(PICTURE).decode("ascii"), masked=busy)
            case _:
                return Done(ok=True)

    def _citizen(self, mono: float) -> tuple[bool, float]:
        """Whether somebody is at the glass, and for how long nobody has been."""
        cycle, busy = self.behaviour.cycle_seconds, self.behaviour.busy * self.behaviour.cycle_seconds
        if not busy:
            return False, mono - (self._began or 0.0) + 3600.0
        at = (mono + self._phase * cycle) % cycle
        return (True, 0.0) if at < busy else (False, at - busy)

    def _paper(self, mono: float) -> Paper:
        """One roll after the other: printed until it is empty, then changed."""
        rate = self.behaviour.slips_per_hour / 3600.0
        if rate <= 0:
            return Paper(state="ok", left=self.behaviour.roll)
        lasts = self.behaviour.roll / rate
        since = mono - (self._began or 0.0) + self._phase * lasts
        rolls, at = divmod(since, lasts + self.behaviour.roll_change_seconds)
        used = min(self.behaviour.roll, int(at * rate))
        left = self.behaviour.roll - used
        printed = int(rolls) * self.behaviour.roll + used
        return Paper(state="out" if left == 0 else "low" if left <= LOW else "ok", left=left, printed=printed)
