"""The part of a terminal's wiring that reads guides: its copies of the catalogue, the desk, two workers.

One worker answers the screens from the open file; the other brings new versions from the hall and tells it how this
terminal stands. A new version is taken up only in ``between_citizens``.
"""

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import Future

from config.kiosk import Kiosk
from drivers.ports import Clock
from hall.catalogue.errors import CatalogueDamaged
from kiosk.catalogue.misses import Misses
from kiosk.catalogue.reporter import CatalogueReporter
from kiosk.catalogue.source import HttpSource
from kiosk.catalogue.store import CatalogueStore
from kiosk.catalogue.workshop import InChild
from kiosk.guides import GuideDesk
from kiosk.workers import Worker
from screens.effects import Browse, OpenGuide, Search
from screens.events import CatalogueChanged, Event

log = logging.getLogger(__name__)

SOON = 0.012  # seconds; most answers take 3 ms, and to draw a frame without them costs ten times that


class GuideReading:
    def __init__(self, settings: Kiosk, token: str, clock: Clock, post: Callable[[Event], None]) -> None:
        self._settings, self._token, self._clock, self._post = settings, token, clock, post
        self._desk: GuideDesk | None = None
        self._reader = Worker("guides", failed=self._failed)
        self._porter: Worker | None = None
        self._gathered: list[Event] | None = None  # answers of the job at hand

    def start(self) -> None:
        self._reader.start()
        self._reader.do(self._open)

    def carry_out(self, effect: Search | Browse | OpenGuide) -> tuple[Event, ...]:
        """From Kivy's thread; the answers, if they are there soon. Later ones are posted."""
        answered: Future[tuple[Event, ...]] = Future()
        self._reader.do(lambda: self._answer(effect, answered))
        try:
            return answered.result(SOON)
        except TimeoutError:
            answered.add_done_callback(self._post_all)  # at once, if they have come just now
            return ()

    def between_citizens(self) -> None:
        """Nobody's journey is under way; from Kivy's thread, before anything of the next one."""
        self._reader.do(lambda: self._desk.between_citizens() if self._desk else None)

    def close(self) -> None:
        for worker in (self._porter, self._reader):
            if worker is not None:
                worker.close()
        if self._desk is not None:
            self._desk.close()

    # -- the reading worker's thread ------------------------------------------------------------------------

    def _answer(self, effect: Search | Browse | OpenGuide, answered: "Future[tuple[Event, ...]]") -> None:
        self._gathered = []
        try:
            if self._desk is not None:
                self._desk.carry_out(effect)
        finally:
            gathered, self._gathered = self._gathered, None
            answered.set_result(tuple(gathered))

    def _say(self, event: Event) -> None:
        """What the desk has to say: answers to whom asked; which file is open, in the order of the files."""
        if self._gathered is not None and not isinstance(event, CatalogueChanged):
            self._gathered.append(event)
        else:
            self._post(event)

    def _post_all(self, answered: "Future[tuple[Event, ...]]") -> None:
        for event in answered.result():
            self._post(event)

    def _open(self) -> None:
        source = self._settings.source
        hall = HttpSource(source.url, self._token)
        try:
            store = CatalogueStore(
                self._settings.state_dir / "catalogue",
                source.hall,
                hall,
                InChild(source.catalogue_keys, source.hall),
                self._clock,
            )
        except OSError as error:
            log.error("catalogue folder unusable errno=%s", error.errno)
            self._post(CatalogueChanged("", "catalogue.unwritable"))
            return
        misses = Misses()
        self._desk = GuideDesk(store, self._say, misses.note)
        self._desk.open()
        reporter = CatalogueReporter(hall, store, misses, self._clock, lambda: uuid.uuid4().hex)

        def look() -> float:
            pause = store.poll()
            reporter.tell()
            return self._settings.demo.catalogue_every or pause

        self._porter = Worker("catalogue", idle=look)
        self._porter.do(store.recheck)
        self._porter.start()

    def _failed(self, code: str) -> None:
        """A bug while a file was opened; one in an answer has been answered."""
        if self._desk is None or not self._desk.version:
            self._post(CatalogueChanged("", CatalogueDamaged.code))
