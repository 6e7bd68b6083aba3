"""The library that the settings ask for."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from config.certificates import Certificates
from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.port import CertificateLibrary
from hall.certificates.records import Kept
from hall.certificates.shared import SharedLibrary


def library(
    settings: Certificates,
    font: Path,
    *,
    clock: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    guests: Iterable[Kept] = (),
) -> CertificateLibrary:
    """``font`` draws faces. ``clock`` counts seconds; ``now`` is aware, in the hall's own time zone.
    ``guests`` are further invented people of an embedded library.

    Raises OSError where a file of the settings can't be read, ValueError for a kind that is not known.
    """
    if settings.kind == "shared" and settings.shared is not None:
        return SharedLibrary(settings.shared, font, clock, now)
    return EmbeddedLibrary(font, guests, today=lambda: now().date())
