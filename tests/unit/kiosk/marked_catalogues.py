"""Small catalogues of several versions whose every text bears its version's mark, and a terminal's copies of them."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from hall.catalogue.answers import About
from hall.catalogue.build import build
from hall.catalogue.errors import CatalogueOlder
from hall.catalogue.file import Catalogue, CatalogueDamaged
from hall.catalogue.model import Bundle, Guide, Material
from hall.catalogue.seal import trusting
from hall.catalogue.verify import verify
from hall.catalogue.vocabulary import Vocabulary
from kiosk.catalogue.store import LONG_PAUSE, CatalogueStore
from kiosk.catalogue.workshop import Here
from tests.unit.hall.small_catalogue import BUNDLE, CARD, GUIDES, HEADER, KEY, PUBLISHED, rows
from tests.unit.kiosk.offering import Offering

MARKS = "犇骉羴"  # in no word of the screens and in no name
WORDS = ("社保卡", "身份证")

# What is no text for people: a mark would make it another thing.
_KEYS = (
    *("id", "when", "instead", "members", "region", "queue", "state", "certificate", "original", "necessity"),
    *("phone", "consult_phones", "complaint_phones", "unit"),
)
_QUEUES = {"card": "social", "food": "", "idcard": "household", "health-code": "general"}


def _marked(value: Any, mark: str, key: str = "") -> Any:
    if isinstance(value, BaseModel):
        texts = {name: _marked(getattr(value, name), mark, name) for name in type(value).model_fields}
        return value.model_copy(update=texts)
    if key in _KEYS:
        return value
    if isinstance(value, tuple):
        return tuple(_marked(item, mark, key) for item in value)
    return f"{value}{mark}" if isinstance(value, str) and value and not value.isdigit() else value


def guides(mark: str) -> tuple[Guide, ...]:
    made = [guide.model_copy(update={"queue": _QUEUES.get(guide.id, "social")}) for guide in GUIDES]
    return tuple(_marked(guide, mark) for guide in made)


def bundle(mark: str) -> Bundle:
    case = CARD.cases[0]
    material = Material(name="开店申请表", necessity="required")
    whole = BUNDLE.model_copy(
        update={"queue": "general", "events": ("我要开店",), "cases": (case,), "materials": (material,)}
    )
    return _marked(whole, mark)


def write_marked(folder: Path, at: int) -> Path:
    """The catalogue with the mark ``MARKS[at]``, a newer one than those before."""
    mark, path = MARKS[at], folder / f"{at}.catalogue"
    header = HEADER.model_copy(update={"revision": HEADER.revision + at})
    words = Vocabulary(
        "test-1", {"开饭店": (f"食品经营许可证核发{mark}",)}, tuple(w + mark for w in WORDS), ()
    )
    build(rows(guides(mark), (bundle(mark),)), header, words, path, KEY, PUBLISHED)
    return path


def marks(value: object) -> set[str]:
    """The marks on any text in ``value``."""
    return {mark for text in texts(value) for mark in MARKS if mark in text}


def mark_of(version: str) -> str:
    """The mark of a catalogue's version."""
    return MARKS[int(version.partition("-")[0]) - HEADER.revision]


def texts(value: object) -> Iterator[str]:
    """Every text of a view, an effect or a paper."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name))
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


class Copies:
    """A terminal's copies: the best last. What is damaged is found so when it is opened or read."""

    def __init__(self, folder: Path, first: Path) -> None:
        self._folder, self._made = folder, 0
        self.files = [self._copy(first)]
        self.waiting: Path | None = None

    def stage(self, file: Path) -> None:
        """A newer one has come and was verified."""
        self.waiting = self._copy(file)

    def damage(self) -> None:
        """The disk loses all of the best one, under whoever reads it."""
        if self.files:
            with self.files[-1].open("r+b") as file:
                file.write(b"\xff" * self.files[-1].stat().st_size)

    def boot(self) -> None:
        """What was waiting is the best one now: nobody is being served."""
        self.adopt()

    def open_best(self, opener: Callable[[Path], Catalogue]) -> Catalogue | None:
        while self.files:
            try:
                return opener(self.files[-1])
            except CatalogueDamaged as error:
                self.set_aside(self.files[-1], error.code)
        return None

    def staged(self) -> Path | None:
        return self.waiting

    def adopt(self) -> Path | None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self.files = [*self.files[-1:], waiting]
        return waiting

    def set_aside(self, path: Path, code: str) -> None:
        assert code
        self.files.remove(path)

    def _copy(self, file: Path) -> Path:
        self._made += 1
        return Path(shutil.copy(file, self._folder / f"copy-{self._made}.catalogue"))


class Clock:
    """Stands still until it is moved."""

    time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class CopiesFromHall:
    """The real store of a terminal, and a hall without a network that publishes real files."""

    def __init__(self, folder: Path, first: Path) -> None:
        self._folder, self._hall, self._clock = folder / "copies", Offering(folder / "hall"), Clock()
        self.boot()
        self.stage(first)
        self.boot()

    def boot(self) -> None:
        """What was staged is the best one now."""
        self.store = CatalogueStore(self._folder, HEADER.hall, self._hall, Here(_verified), self._clock)

    def stage(self, file: Path) -> None:
        """The hall publishes it, unless it had a newer one; hours later the terminal has looked."""
        with suppress(CatalogueOlder):
            self._hall.shelf.publish(file, _verified)
        self._clock.time += LONG_PAUSE
        self.store.poll()

    def damage(self) -> None:
        """The disk loses all of the best one, under whoever reads it."""
        state = json.loads((self._folder / "state.json").read_bytes())
        if state["current"] is not None:
            path = self._folder / f"{state['current']['sha256']}.catalogue"
            with path.open("r+b") as file:
                file.write(b"\xff" * path.stat().st_size)

    def open_best(self, opener: Callable[[Path], Catalogue]) -> Catalogue | None:
        return self.store.open_best(opener)

    def staged(self) -> Path | None:
        return self.store.staged()

    def adopt(self) -> Path | None:
        return self.store.adopt()

    def set_aside(self, path: Path, code: str) -> None:
        self.store.set_aside(path, code)


def _verified(path: Path) -> About:
    return verify(path, trusting(KEY.public_key()), HEADER.hall)
