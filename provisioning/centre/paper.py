"""When a roll of paper will be used up: from how fast slips left the printer of late. Pure."""

from dataclasses import dataclass, replace

from provisioning.wire.messages import Paper

STEP = 600.0  # seconds between two samples
SPAN = 7  # samples kept: an hour, so that the noon rush is seen as one and forgotten after it
LEAST = 300.0  # seconds of history from which on anything is said


@dataclass(frozen=True, slots=True)
class Printed:
    """``samples``: (when, slips printed in the terminal's life), oldest first."""

    samples: tuple[tuple[float, int], ...] = ()

    def seen(self, at: float, printed: int) -> "Printed":
        """With what was just told. A counter or clock that went back begins a new history."""
        if self.samples and (printed < self.samples[-1][1] or at < self.samples[-1][0]):
            return Printed(((at, printed),))
        if self.samples and at - self.samples[-1][0] < STEP:
            return self
        return replace(self, samples=(*self.samples, (at, printed))[-SPAN:])


def minutes_left(history: Printed, paper: Paper, at: float) -> float | None:
    """Minutes until the roll ends at the pace of ``history``; None: not known, or nothing is being printed."""
    if paper.state == "out":
        return 0.0
    if paper.left is None or not history.samples:
        return None
    began, first = history.samples[0]
    if at - began < LEAST or paper.printed <= first:
        return None
    return paper.left * (at - began) / (paper.printed - first) / 60
