"""Where ``Kept`` lies: two slots on the disk, written in turn. A torn, damaged or half-written slot is never read.

A slot is a line with its SHA-256 and its generation, then JSON. The newest whole slot counts; the other is what was
before, so that damage to one costs one step and not the terminal.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from provisioning.agent.kept import Kept

SLOTS = ("kept.0", "kept.1")


class VaultUnwritable(Exception):
    """The disk is full or read-only: nothing was changed."""

    code = "agent.disk"


@dataclass(frozen=True, slots=True)
class Found:
    """What was on the disk. ``damaged``: a slot was there and could not be read."""

    kept: Kept
    damaged: bool = False


class Vault(Protocol):
    """``write`` returns when it would survive a power cut. Raises VaultUnwritable."""

    def load(self) -> Found: ...

    def write(self, kept: Kept) -> None: ...

    def erase(self) -> None: ...


class Disk(Protocol):
    """The few things a vault asks of a file system; ``replace`` is durable when it returns. Raise OSError."""

    def read(self, name: str) -> bytes | None: ...

    def replace(self, name: str, content: bytes) -> None: ...

    def remove(self, name: str) -> None: ...


class Folder:
    """A real folder (0700): temporary file, fsync, rename, fsync of the folder.

    What lies there already is not written again: with a full disk a terminal boots into the settings it ran before.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def read(self, name: str) -> bytes | None:
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None

    def replace(self, name: str, content: bytes) -> None:
        if self.read(name) == content:
            return
        fresh = self._path / f"{name}.new"
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path / name)
        except OSError:
            fresh.unlink(missing_ok=True)  # a full disk gets its room back
            raise
        self._sync()

    def remove(self, name: str) -> None:
        (self._path / name).unlink(missing_ok=True)
        (self._path / f"{name}.new").unlink(missing_ok=True)
        self._sync()

    def _sync(self) -> None:
        handle = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class DiskVault:
    """The real vault. Holds no file open."""

    def __init__(self, disk: Disk) -> None:
        self._disk, self._generation = disk, 0

    def load(self) -> Found:
        """The newest whole state; an empty one where there is none."""
        best, damaged = Kept(), False
        for name in SLOTS:
            try:
                raw = self._disk.read(name)
            except OSError:  # a bad sector: the other slot may be whole
                damaged = True
                continue
            if raw is None:
                continue
            read = _read(raw)
            if read is None:
                damaged = True
            elif read[0] > self._generation:
                self._generation, best = read
        return Found(best, damaged)

    def write(self, kept: Kept) -> None:
        generation = self._generation + 1
        try:
            self._disk.replace(SLOTS[generation % 2], _written(generation, kept))
        except OSError as error:
            raise VaultUnwritable(str(error)) from error
        self._generation = generation

    def erase(self) -> None:
        for name in SLOTS:
            self._disk.remove(name)


class MemoryVault:
    """For thousands of agents in one process: keeps the last written value, never the disk."""

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept = kept or Kept()

    def load(self) -> Found:
        return Found(self._kept)

    def write(self, kept: Kept) -> None:
        self._kept = kept

    def erase(self) -> None:
        self._kept = Kept()


def _written(generation: int, kept: Kept) -> bytes:
    body = b"%d\n%s" % (generation, kept.model_dump_json().encode())
    return hashlib.sha256(body).hexdigest().encode() + b" " + body


def _read(raw: bytes) -> tuple[int, Kept] | None:
    digest, _, body = raw.partition(b" ")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    generation, _, text = body.partition(b"\n")
    try:
        return int(generation), Kept.model_validate_json(text)
    except (ValueError, ValidationError):
        return None
