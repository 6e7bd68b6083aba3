"""How an invented terminal behaves. Values only: what goes wrong, how often, and for which share of the fleet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A well one by default. "New settings" are any but the first that this terminal ever ran."""

    fault: str = ""
    """With new settings the printer says this: the probation fails when its deadline comes."""
    exits: int | None = None
    """With new settings the kiosk ends by itself with this code, again and again (2: cannot use them; -11: crash)."""
    silent: bool = False
    """With new settings the screen's thread never answers."""
    start_seconds: float = 0.05
    """From the order to start until the screen answers."""
    busy: float = 0.0
    """Share of the time with a citizen at the glass."""
    cycle_seconds: float = 120.0
    """From one citizen to the next."""
    away_every: float = 0.0
    """Seconds between two cuts of the network; 0: none."""
    away_seconds: float = 10.0
    """How long a cut lasts."""
    slips_per_hour: float = 0.0
    roll: int = 900
    """Slips of a fresh roll. An empty one is changed after ``roll_change_seconds``."""
    roll_change_seconds: float = 600.0
    skew: float = 0.0
    """Seconds its clock is ahead of the true time."""
    duplicated: float = 0.0
    """Share of messages, either way, that come twice."""
    reordered: float = 0.0
    """Share of messages, either way, that are overtaken by the next."""


NAMED: Mapping[str, Behaviour] = {
    "well": Behaviour(),
    "failing": Behaviour(fault="fault.printer_silent"),
    "refusing": Behaviour(exits=2),
    "crashing": Behaviour(exits=-11),
    "hanging": Behaviour(silent=True),
    "busy": Behaviour(busy=0.7, slips_per_hour=30),
    "away": Behaviour(away_every=60.0),
    "printing": Behaviour(slips_per_hour=600, roll=200),
    "skewed": Behaviour(skew=900.0),
    "garbled": Behaviour(duplicated=0.2, reordered=0.2),
}


def mix(text: str) -> Callable[[int], Behaviour]:
    """``well`` or ``well=80,failing=20``: which behaviour the n-th terminal has; shares are spread evenly.

    Raises ValueError for a name or a share that is not known.
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.strip().partition("=")
        if name not in NAMED:
            raise ValueError(f"no behaviour {name!r}; there are {', '.join(NAMED)}")
        shares[name] = shares.get(name, 0.0) + float(share or 1)
    total = sum(shares.values())
    if total <= 0 or min(shares.values()) < 0:
        raise ValueError("shares are numbers above 0")

    def of(number: int) -> Behaviour:
        at = (number * 0.6180339887498949) % 1.0 * total  # the golden ratio spreads any prefix evenly
        for name, share in shares.items():
            if at < share:
                return NAMED[name]
            at -= share
        return NAMED[name]

    return of
