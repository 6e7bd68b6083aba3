"""The catalogue files of a terminal, and the small file that says which of them are good.

    state.json            what is held: current, previous, staged, and the newest that was ever accepted
    <sha256>.catalogue    a file that was verified when it came
    incoming.part, .json  a transfer that is under way, and of what
    set-aside.bin         the last file that was found damaged, for whoever wants to know why

``state.json`` is replaced whole, after everything it speaks of is on the disk. A file it does not name is never
opened; only when it is lost are the files verified one by one.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from hall.catalogue.packing import sync_folder

STATE: Final = "state.json"
PART, PART_OF = "incoming.part", "incoming.json"
SET_ASIDE: Final = "set-aside.bin"
SUFFIX, MAKING = ".catalogue", ".making"


class Held(BaseModel):
    """A verified file, and by what it is known again without reading it."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    revision: int
    version: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, sha256: str, revision: int, version: str, stat: os.stat_result) -> "Held":
        return cls(
            sha256=sha256, revision=revision, version=version, size=stat.st_size, mtime_ns=stat.st_mtime_ns
        )


class State(BaseModel):
    """``newest``: revision and SHA-256 of the newest catalogue ever accepted; nothing older comes in again."""

    model_config = ConfigDict(frozen=True)

    v: int = 1
    newest: tuple[int, str] = (0, "")
    current: Held | None = None
    previous: Held | None = None
    staged: Held | None = None

    def held(self) -> tuple[Held, ...]:
        """The best first."""
        return tuple(held for held in (self.current, self.previous, self.staged) if held is not None)

    def staging(self, held: Held) -> "State":
        """``held`` was verified, is no older than any before, and is to be shown next."""
        newest = (held.revision, held.sha256)
        return self.model_copy(update={"staged": held, "newest": newest})

    def adopting(self) -> "State":
        """What is staged becomes current."""
        if self.staged is None:
            return self
        return self.model_copy(update={"current": self.staged, "previous": self.current, "staged": None})

    def without(self, sha256: str) -> "State":
        """A damaged file leaves, and the next best moves up."""
        current, previous, staged = (
            None if held is None or held.sha256 == sha256 else held
            for held in (self.current, self.previous, self.staged)
        )
        if current is None:
            current, previous = previous, None
        if current is None:
            current, staged = staged, None
        return self.model_copy(update={"current": current, "previous": previous, "staged": staged})


class Partial(BaseModel):
    """What the bytes in ``incoming.part`` are of."""

    model_config = ConfigDict(frozen=True)

    path: str  # at the hall
    etag: str


class CatalogueFolder:
    """Plain file work; whoever uses it sees to it that one thread at a time changes ``state``."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.path.mkdir(parents=True, exist_ok=True)

    def file(self, sha256: str) -> Path:
        return self.path / f"{sha256}{SUFFIX}"

    def making(self, sha256: str) -> Path:
        """Where a file is made before it is verified."""
        return self.path / f"{sha256}{MAKING}"

    @property
    def part(self) -> Path:
        return self.path / PART

    def files(self) -> tuple[Path, ...]:
        return tuple(sorted(self.path.glob(f"*{SUFFIX}")))

    def read_state(self) -> State | None:
        """None: there is none, or it is damaged."""
        try:
            state = State.model_validate_json((self.path / STATE).read_bytes())
        except (OSError, ValidationError):
            return None
        return state if state.v == 1 else None

    def write_state(self, state: State) -> None:
        """The one moment at which anything changes; then whatever it no longer names goes. Raises OSError."""
        self._write(STATE, state)
        self.sweep(state)

    def sweep(self, state: State) -> None:
        named = {self.file(held.sha256) for held in state.held()}
        for path in self.path.iterdir():
            if path.suffix in (MAKING, ".new") or (path.suffix == SUFFIX and path not in named):
                with suppress(FileNotFoundError):
                    path.unlink()

    def accept(self, sha256: str) -> os.stat_result:
        """The made file becomes one that may be named. Raises OSError."""
        os.replace(self.making(sha256), self.file(sha256))
        sync_folder(self.path)
        return self.file(sha256).stat()

    def set_aside(self, sha256: str) -> None:
        """Keep one damaged file for whoever looks for the cause, if the disk lets us."""
        with suppress(OSError):
            os.replace(self.file(sha256), self.path / SET_ASIDE)

    def partial(self) -> Partial | None:
        try:
            return Partial.model_validate_json((self.path / PART_OF).read_bytes())
        except (OSError, ValidationError):
            return None

    def begin_part(self, partial: Partial) -> None:
        """Forget what came so far; from now on the bytes are those of ``partial``. Raises OSError."""
        self.drop_part()
        self._write(PART_OF, partial)

    def drop_part(self) -> None:
        for name in (PART, PART_OF):
            with suppress(FileNotFoundError):
                (self.path / name).unlink()

    def _write(self, name: str, words: BaseModel) -> None:
        fresh = self.path / f"{name}.new"
        with fresh.open("w", encoding="utf-8") as file:
            file.write(words.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.path / name)
        sync_folder(self.path)
