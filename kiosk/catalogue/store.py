"""The terminal's catalogue: fetches the one the hall has published, keeps the last good one, never shows a bad one.

A worker calls ``poll``; the screen's thread asks ``staged`` between two citizens and then ``adopt``; nothing else
changes what is shown. At boot ``open_best`` opens what is there: no network, and no reading through 80 MB, because
``state.json`` knows size and time of each verified file. ``recheck`` reads through them later.

Whoever answers may be anybody: a file counts only once its SHA-256, signature, content hash and hall are right and
no newer one was ever accepted. A refusal has a code, is told to the hall, and is tried again when the hall offers
another file, or after a long pause.
"""

import errno
import logging
import random
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from drivers.ports import Clock
from hall.catalogue.errors import CatalogueDamaged, CatalogueOlder, CatalogueWrongHall
from hall.catalogue.packing import CatalogueTooLarge
from hall.wire.messages import CatalogueManifest
from kiosk.catalogue.delivery import Delivery
from kiosk.catalogue.folder import CatalogueFolder, Held, State
from kiosk.catalogue.recovery import recovered
from kiosk.catalogue.source import CatalogueSource
from kiosk.catalogue.workshop import Order, Stamp, Workshop, WorkshopFailed
from kiosk.hall_client import HallError

log = logging.getLogger(__name__)

PACE: Final = 300.0  # seconds between two looks at the hall
FIRST_PAUSE: Final = 10.0  # after a cut connection; doubled up to PACE
LONG_PAUSE: Final = 6 * 3600.0  # until a refused file is tried again
MOST: Final = 256 << 20  # bytes of a catalogue; 100,000 guides need a third
SLACK: Final = 2 << 20  # bytes by which packing may make a file larger, zstd's own bound for MOST
SPARE: Final = 32 << 20  # bytes of the disk that stay free: the paper ledger must go on

T = TypeVar("T")


class CatalogueNoRoom(CatalogueDamaged):
    """The disk is full."""

    code = "catalogue.no_room"


class CatalogueStore:
    """``folder``: its own, nobody else's files. ``free``: bytes free on its disk. Raises OSError when made."""

    def __init__(
        self,
        folder: Path,
        hall: str,
        source: CatalogueSource,
        workshop: Workshop,
        clock: Clock,
        *,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self._folder, self._hall = CatalogueFolder(folder), hall
        self._source, self._workshop, self._clock, self._free = source, workshop, clock, free
        self._delivery = Delivery(self._folder, source, workshop, clock)
        self._lock = threading.Lock()  # around the state; never held while something is fetched or made
        self._jitter = random.Random()  # its own: terminals that boot together must not ask together for ever
        self._pause = FIRST_PAUSE
        self._refused: dict[str, tuple[str, float]] = {}  # by SHA-256: code, and when to try again
        self._damaged = ""  # code of a held file that was found damaged since the last good one came
        self._shown: Held | None = None  # what the screens were given
        self._shown_damaged = False
        self._state = self._at_boot()

    # -- for the screen's thread ----------------------------------------------------------------------------

    def best(self) -> Path | None:
        """The file to open at boot: the newest good one; None: there is none yet."""
        while (held := self._state.current) is not None and not self._is_untouched(held):
            pass  # the next one has moved up
        with self._lock:
            self._shown, self._shown_damaged = held, False
        return self._folder.file(held.sha256) if held else None

    def open_best(self, opener: Callable[[Path], T]) -> T | None:
        """``opener`` of the best file that it opens; one that it refuses with CatalogueDamaged is set aside."""
        while (path := self.best()) is not None:
            try:
                return opener(path)
            except CatalogueDamaged as error:
                self.set_aside(path, error.code)
            except OSError:
                self.set_aside(path, CatalogueDamaged.code)
        return None

    def staged(self) -> Path | None:
        """What ``adopt`` would show: a newer file, or another one because the shown one is damaged; None: nothing."""
        with self._lock:
            held = self._next()
        return self._folder.file(held.sha256) if held else None

    def adopt(self) -> Path | None:
        """Make the staged file the current one; only between two citizens. None: nothing changes.

        Then ``open_best`` opens it, or the one before if it does not open.
        """
        with self._lock:
            held = self._next()
            if held is None:
                return None
            self._state = self._written(self._state.adopting())
            self._shown, self._shown_damaged = held, False
        log.info("catalogue=%s adopted", held.version)
        return self._folder.file(held.sha256)

    def set_aside(self, path: Path, code: str) -> None:
        """``path`` was found damaged: it is never opened again, and the hall is told ``code``."""
        sha256 = path.stem
        with self._lock:
            state = self._state.without(sha256)
            if state == self._state:
                return
            self._damaged = code
            self._shown_damaged |= self._shown is not None and self._shown.sha256 == sha256
            self._folder.set_aside(sha256)
            self._state = self._written(state)
        log.warning("catalogue=%s code=%s set aside", sha256[:16], code)

    @property
    def version(self) -> str | None:
        """Version of the file that the screens were given."""
        with self._lock:
            return self._shown.version if self._shown else None

    def states(self) -> tuple[str, ...]:
        """Codes of what is wrong now; empty: all is well."""
        with self._lock:
            codes = {code for code, _ in self._refused.values()} | {self._damaged}
        return tuple(sorted(codes - {""}))

    # -- for the worker's thread ----------------------------------------------------------------------------

    def poll(self) -> float:
        """Look at the hall; fetch, make, verify and stage what is new. Seconds until it wants to be called again."""
        try:
            manifest = self._source.manifest()
            if self._wanted(manifest):
                self._bring(manifest)
        except HallError as error:
            log.info("catalogue code=%s %s", error.code, error)
            pause, self._pause = self._pause, min(self._pause * 2, PACE)
            return pause * self._jitter.uniform(0.5, 1.5)
        self._pause = FIRST_PAUSE
        return PACE * self._jitter.uniform(0.8, 1.2)

    def recheck(self) -> None:
        """Read through every file that is held; a damaged one is set aside. Takes seconds."""
        with self._lock:
            held_files = self._state.held()
        for held in held_files:
            try:
                self._workshop.carry_out(self._order(held.sha256, held.size))
            except CatalogueDamaged as error:
                self.set_aside(self._folder.file(held.sha256), error.code)
            except FileNotFoundError:
                with self._lock:
                    still = held in self._state.held()
                if still:
                    self.set_aside(self._folder.file(held.sha256), CatalogueDamaged.code)
            except (OSError, WorkshopFailed) as error:
                log.warning("catalogue=%s not rechecked: %s", held.version, error)

    def _wanted(self, manifest: CatalogueManifest) -> bool:
        """Whether it is to be fetched: not held, and not refused a short while ago."""
        with self._lock:
            if any(held.sha256 == manifest.sha256 for held in self._state.held()):
                self._refused.clear()
                with suppress(OSError):
                    self._folder.drop_part()
                return False
            _, again = self._refused.get(manifest.sha256, ("", 0.0))
            if manifest.sha256 not in self._refused:
                self._refused.clear()  # the hall offers another one: what was is of no interest
        return self._clock.now() >= again

    def _bring(self, manifest: CatalogueManifest) -> None:
        """Stage it, or note why not. Raises HallError."""
        try:
            self._check_words(manifest)
            with self._lock:
                held = {held.sha256 for held in self._state.held()}
            self._stage(manifest, self._delivery.bring(manifest, held))
        except CatalogueDamaged as error:
            self._refuse(manifest, error.code, str(error))
        except WorkshopFailed as error:  # nothing is known against the file
            self._refuse(manifest, error.code, str(error), PACE)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            self._refuse(manifest, CatalogueNoRoom.code if full else "catalogue.unwritable", str(error.errno))

    def _check_words(self, manifest: CatalogueManifest) -> None:
        """What can be refused before anything is fetched. Raises CatalogueDamaged."""
        if manifest.hall != self._hall:
            raise CatalogueWrongHall(f"offered by {manifest.hall[:64]}")
        self._check_age(manifest.revision, manifest.sha256)
        if manifest.size > MOST or manifest.packed > manifest.size + SLACK:
            raise CatalogueTooLarge(f"{manifest.size} bytes, {manifest.packed} packed")
        if self._free(self._folder.path) < manifest.size + manifest.packed + SPARE:
            raise CatalogueNoRoom(f"{manifest.size + manifest.packed} bytes are needed")

    def _check_age(self, revision: int, sha256: str) -> None:
        """The newest itself may come again: it may have been found damaged here. Raises CatalogueOlder."""
        with self._lock:
            newest, its_sha256 = self._state.newest
        if revision < newest or (revision == newest and sha256 != its_sha256):
            raise CatalogueOlder(f"revision {revision} after {newest}")

    def _stage(self, manifest: CatalogueManifest, stamp: Stamp) -> None:
        """Raises CatalogueDamaged, OSError."""
        if stamp.hall != self._hall:
            raise CatalogueWrongHall(f"is the catalogue of {stamp.hall}")
        self._check_age(stamp.revision, manifest.sha256)
        with self._lock:
            stat = self._folder.accept(manifest.sha256)
            held = Held.of(manifest.sha256, stamp.revision, stamp.version, stat)
            state = self._state.staging(held)
            self._folder.write_state(state)
            self._state, self._damaged = state, ""
            self._refused.clear()
        log.info("catalogue=%s staged", held.version)

    def _refuse(self, manifest: CatalogueManifest, code: str, detail: str, pause: float = LONG_PAUSE) -> None:
        with self._lock:
            self._refused[manifest.sha256] = (code, self._clock.now() + pause)
            with suppress(OSError):  # it may be the disk that has refused
                self._folder.drop_part()
                self._folder.sweep(self._state)
        log.warning("catalogue=%s code=%s %s", manifest.version[:64], code, detail)

    # -- what is held ---------------------------------------------------------------------------------------

    def _next(self) -> Held | None:
        """What should be shown, if it is not shown. Called with the lock held."""
        wanted = self._state.staged or self._state.current
        shown = self._shown.sha256 if self._shown and not self._shown_damaged else ""
        return wanted if wanted is not None and wanted.sha256 != shown else None

    def _written(self, state: State) -> State:
        """On the disk, or at least in memory: the state on the disk speaks of good files too."""
        try:
            self._folder.write_state(state)
        except OSError as error:
            log.warning("catalogue state not written errno=%s", error.errno)
        return state

    def _is_untouched(self, held: Held) -> bool:
        """Whether the file is the one that was verified, by size and time; if not, it is verified again or set
        aside."""
        path = self._folder.file(held.sha256)
        try:
            stat = path.stat()
            if (stat.st_size, stat.st_mtime_ns) == (held.size, held.mtime_ns):
                return True
            stamp = self._workshop.carry_out(self._order(held.sha256, held.size))
            self._note_again(held, Held.of(held.sha256, stamp.revision, stamp.version, stat))
        except CatalogueDamaged as error:
            self.set_aside(path, error.code)
        except (OSError, WorkshopFailed):  # then nobody vouches for it; the hall has another copy
            self.set_aside(path, CatalogueDamaged.code)
        return False

    def _note_again(self, old: Held, fresh: Held) -> None:
        with self._lock:
            places = {
                place: fresh
                for place in ("current", "previous", "staged")
                if getattr(self._state, place) == old
            }
            self._state = self._state.model_copy(update=places)

    def _order(self, sha256: str, size: int) -> Order:
        return Order(target=self._folder.file(sha256), size=size, sha256=sha256)

    def _at_boot(self) -> State:
        """What was staged is current now: nobody is being served."""
        if (state := self._folder.read_state()) is not None:
            return self._written(state.adopting())
        state, certain = recovered(self._folder, self._workshop, self._hall)
        return self._written(state) if certain else state  # what could not be read is not swept away
