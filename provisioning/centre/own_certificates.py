"""When the certificates end that the centre itself depends on: the one it shows, and those of its brokers' connections.

What is shown and what was met count, not files: a certificate that was renewed on the disk helps nobody before the
centre is started with it, or the broker's connection is made anew.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from cryptography import x509

from hall.wire.expiry import Expiry
from provisioning.broker.card import Card, Check
from provisioning.centre.signs import ending

log = logging.getLogger(__name__)

CENTRE, BROKER = "centre.certificate", "broker.certificate"


@dataclass(frozen=True, slots=True)
class Ending:
    """The first certificate to end, of the centre's own address (``broker`` "") or of its connection to a broker.

    ``whose``: centre, broker, authority (it must come from) or client. ``days`` are left; below 0 it has ended.
    """

    code: str
    broker: str
    whose: str
    days: float

    @property
    def check(self) -> Check:
        """As a line of a health card."""
        return Check(
            self.code, "ok" if ending(self.days) is None else "warn", f"{self.days:.0f} d, {self.whose}"
        )


class Line(Protocol):
    """A connection to a broker. ``expiry``: None where there is no TLS, or nothing stands."""

    @property
    def expiry(self) -> Expiry | None: ...


class OwnCertificates:
    """``chain``: what the centre shows (PEM), read now, as the server does. ``brokers``: by name."""

    def __init__(self, chain: Path | None, brokers: Mapping[str, Line], now: Callable[[], float]) -> None:
        self._brokers, self._now = brokers, now
        self._shown = _first(chain) if chain is not None else None

    def endings(self) -> tuple[Ending, ...]:
        """Of every address and connection with TLS; a broker that is away has none."""
        at = self._now()
        found = [] if self._shown is None else [Ending(CENTRE, "", "centre", (self._shown - at) / 86400)]
        for name, line in self._brokers.items():
            if (expiry := line.expiry) is not None:
                found.append(Ending(BROKER, name, expiry.whose, expiry.days(at)))
        return tuple(found)

    def beside(self, cards: Mapping[str, Card], url: str) -> dict[str, Card]:
        """``cards``, each with the days its broker's certificates have left; the centre's own under its ``url``."""
        held = {one.broker: one.check for one in self.endings()}
        found = {
            name: replace(card, checks=(*card.checks, held[name])) if name in held else card
            for name, card in cards.items()
        }
        return found | ({url: Card(url, self._now(), (held[""],))} if "" in held else {})


def _first(chain: Path) -> float | None:
    """UTC seconds. None where it cannot be read: the server says so, and ends."""
    try:
        shown = x509.load_pem_x509_certificates(chain.read_bytes())
    except (OSError, ValueError) as error:
        log.warning("certificate=%s cannot be read: %s", chain.name, error)
        return None
    return min(one.not_valid_after_utc.timestamp() for one in shown)
