"""Tells the hall which catalogue this terminal shows, what is wrong with it, and which searches found nothing."""

import logging
from collections.abc import Callable
from typing import Final

from drivers.ports import Clock
from hall.wire.messages import CatalogueReport
from kiosk.catalogue.misses import Misses
from kiosk.catalogue.source import CatalogueSource
from kiosk.catalogue.store import CatalogueStore
from kiosk.hall_client import HallRefused, HallUnreachable

log = logging.getLogger(__name__)

FLUSH: Final = 3600.0  # seconds between two counts; what was asked for is nobody's single search any more
AGAIN: Final = 24 * 3600.0  # seconds until the hall is told the same once more


class CatalogueReporter:
    """One thread, the one that polls. ``new_key``: a fresh idempotency key."""

    def __init__(
        self,
        source: CatalogueSource,
        store: CatalogueStore,
        misses: Misses,
        clock: Clock,
        new_key: Callable[[], str],
    ) -> None:
        self._source, self._store, self._misses, self._clock = source, store, misses, clock
        self._new_key = new_key
        self._pending: tuple[str, CatalogueReport] | None = None  # sent again as it was, with its key
        self._said: tuple[str | None, tuple[str, ...]] | None = None
        self._again = self._flush = clock.now()

    def tell(self) -> None:
        """Say what is new, once; what the hall did not confirm is said again the next time."""
        if self._pending is None and (report := self._news()) is not None:
            self._pending = (self._new_key(), report)
        if self._pending is None:
            return
        key, report = self._pending
        try:
            self._source.report(key, report)
        except HallUnreachable as error:
            log.info("catalogue report waits: %s", error)
            return
        except HallRefused as error:  # it will not be taken the next time either
            log.warning("catalogue report refused code=%s", error.code)
        self._pending = None
        self._said, self._again = (report.version, report.states), self._clock.now() + AGAIN

    def _news(self) -> CatalogueReport | None:
        now, misses = self._clock.now(), {}
        if now >= self._flush:
            misses, self._flush = self._misses.take(), now + FLUSH
        said = (self._store.version, self._store.states())
        if not misses and said == self._said and now < self._again:
            return None
        return CatalogueReport(version=said[0], states=said[1], misses=misses)
