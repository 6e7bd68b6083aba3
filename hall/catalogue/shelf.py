"""The hall's folder of published catalogues: which one is current, and what terminals fetch to come to it.

    shelf.json            the versions, newest first; it alone says what counts
    <sha256>.catalogue    a version; <sha256>.zst the same, packed
    <old>-<new>.delta     what makes the new file of the old one, named by the first 16 digits of each

Whatever ``shelf.json`` does not name is rubbish of a publication that was cut off, and the next one sweeps it away.
One process publishes at a time; others see the new version at their next look.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from hall.catalogue.answers import About
from hall.catalogue.errors import CatalogueDamaged, CatalogueOlder
from hall.catalogue.packing import CHUNK, make_delta, pack, sha256_of, sync_folder

INDEX: Final = "shelf.json"
KEEP: Final = 7  # versions; a terminal that was away for longer fetches the whole file
WORTH: Final = 2  # a difference that saves less than half of the packed file is not offered


class Verify(Protocol):
    """Which catalogue ``path`` is. Raises CatalogueDamaged and its kin unless it is whole, signed and this hall's."""

    def __call__(self, path: Path, /) -> About: ...


class Parcel(BaseModel):
    """A file to be fetched: its bytes, and their SHA-256 by which a cut transfer is taken up again."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class Version(BaseModel):
    """One published catalogue. ``deltas``: by the SHA-256 of the old file."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    size: int
    hall: str
    revision: int
    version: str
    packed: Parcel
    deltas: dict[str, Parcel] = {}


class _Index(BaseModel):
    v: int = 1
    versions: tuple[Version, ...] = ()


class VersionShelf:
    """The folder ``folder``; made when the first catalogue is published."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: tuple[int, int] | None = None  # the index that was read: inode and time
        self._versions: tuple[Version, ...] = ()

    def versions(self) -> tuple[Version, ...]:
        """Newest first. Raises CatalogueDamaged, OSError."""
        try:
            stat = (self._folder / INDEX).stat()
        except FileNotFoundError:
            return ()
        if (seen := (stat.st_ino, stat.st_mtime_ns)) != self._seen:
            self._versions, self._seen = self._read(), seen
        return self._versions

    def current(self) -> Version | None:
        return next(iter(self.versions()), None)

    def version(self, sha256: str) -> Version | None:
        return next((version for version in self.versions() if version.sha256 == sha256), None)

    def file(self, version: Version) -> Path:
        """The catalogue itself, to be opened."""
        return self._folder / f"{version.sha256}.catalogue"

    def packed(self, version: Version) -> Path:
        return self._folder / f"{version.sha256}.zst"

    def delta(self, version: Version, old: str) -> Path:
        return self._folder / f"{old[:16]}-{version.sha256[:16]}.delta"

    def publish(
        self, source: Path, verify: Verify, progress: Callable[[int, int], None] = lambda done, of: None
    ) -> Version:
        """Make ``source`` the current version, all at once; the same file again changes nothing.

        Raises CatalogueDamaged and its kin, CatalogueOlder unless its revision is the highest; OSError. Then, and
        when the process dies at any point, the old version stays.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            sha256 = sha256_of(source)
            current = self.current()
            if current is not None and current.sha256 == sha256:
                return current
            self._sweep()
            copy = self._folder / f"{sha256}.catalogue"
            _copy(source, copy)
            try:
                version = self._prepared(copy, sha256, current, verify, progress)
                self._write((version, *self.versions())[:KEEP])
            finally:
                self._sweep()
        return version

    def _prepared(
        self,
        copy: Path,
        sha256: str,
        current: Version | None,
        verify: Verify,
        progress: Callable[[int, int], None],
    ) -> Version:
        """Everything that terminals will ask for, on the disk."""
        if sha256_of(copy) != sha256:
            raise CatalogueDamaged(f"{copy.name}: changed while it was copied")
        about = verify(copy)
        if current is not None and about.revision <= current.revision:
            raise CatalogueOlder(f"revision {about.revision} does not follow {current.revision}")
        bases = self.versions()[: KEEP - 1]
        version = Version(
            sha256=sha256,
            size=copy.stat().st_size,
            hall=about.hall,
            revision=about.revision,
            version=about.version,
            packed=Parcel(size=0, sha256=""),
        )
        pack(copy, self.packed(version))
        packed = _parcel(self.packed(version))
        progress(1, 1 + len(bases))
        deltas = {}
        for done, old in enumerate(bases, 2):
            made = self.delta(version, old.sha256)
            if make_delta(self.file(old), copy, made) * WORTH <= packed.size:
                deltas[old.sha256] = _parcel(made)
            progress(done, 1 + len(bases))
        return version.model_copy(update={"packed": packed, "deltas": deltas})

    def _read(self) -> tuple[Version, ...]:
        try:
            return _Index.model_validate_json((self._folder / INDEX).read_bytes()).versions
        except ValidationError as error:
            raise CatalogueDamaged(f"{self._folder / INDEX}: {error.error_count()} errors") from error

    def _write(self, versions: tuple[Version, ...]) -> None:
        """The one moment at which the current version changes."""
        fresh = self._folder / f"{INDEX}.new"
        with fresh.open("w", encoding="utf-8") as file:
            file.write(_Index(versions=versions).model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder)  # the files' names before the index that speaks of them
        os.replace(fresh, self._folder / INDEX)
        sync_folder(self._folder)

    def _sweep(self) -> None:
        """Deltas towards older versions go too: terminals only ever want the newest."""
        kept = {INDEX, ".lock"}
        for place, version in enumerate(self.versions()):
            kept |= {self.file(version).name, self.packed(version).name}
            if place == 0:
                kept |= {self.delta(version, old).name for old in version.deltas}
        for path in self._folder.iterdir():
            if path.name not in kept and path.suffix in (".catalogue", ".zst", ".delta", ".new"):
                with suppress(FileNotFoundError):
                    path.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One publication at a time, whichever process it is in."""
        with (self._folder / ".lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as written:
        shutil.copyfileobj(read, written, CHUNK)
        written.flush()
        os.fsync(written.fileno())


def _parcel(path: Path) -> Parcel:
    return Parcel(size=path.stat().st_size, sha256=sha256_of(path))
