"""Makes a catalogue file of what was fetched, and verifies it, in a process of its own.

To apply a difference takes the old file, a copy of it and zstandard's window at once (measured: 140 MB for a
catalogue of 50 MB), and the content hash is two seconds of Python: neither belongs beside a screen that must not
stutter and may grow by 40 MB. The child has one order on its standard input, low priority, and no secret.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from hall.catalogue.answers import About
from hall.catalogue.errors import CatalogueDamaged
from hall.catalogue.packing import apply_delta, sha256_of, unpack
from hall.catalogue.seal import public_key, trusting
from hall.catalogue.verify import verify

PATIENCE: Final = 300.0  # seconds; an 80 MB catalogue takes some seconds on a slow terminal
NICE: Final = 15


class Broken(CatalogueDamaged):
    """The file is refused; ``code`` is the workshop's."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class WorkshopFailed(Exception):
    """Nothing can be said about the file: the child died, or the disk failed. It may work later."""

    code = "catalogue.workshop"


class Stamp(BaseModel):
    """Which catalogue a file is, from its signed words."""

    model_config = ConfigDict(frozen=True)

    hall: str
    revision: int
    version: str


class Order(BaseModel):
    """Make ``target`` of ``transfer`` (and ``base``), or without a transfer only look at it. Then verify it."""

    target: Path
    size: int
    sha256: str
    transfer: Path | None = None
    base: Path | None = None


class Workshop(Protocol):
    def carry_out(self, order: Order) -> Stamp:
        """Raises CatalogueDamaged and its kin, OSError, WorkshopFailed."""


class Here:
    """In this process; for tests and for tools without a screen."""

    def __init__(self, verify: Callable[[Path], About]) -> None:
        self._verify = verify

    def carry_out(self, order: Order) -> Stamp:
        if order.transfer is None:
            if order.target.stat().st_size != order.size or sha256_of(order.target) != order.sha256:
                raise CatalogueDamaged(f"{order.target.name}: is not what was accepted")
        elif order.base is None:
            unpack(order.transfer, order.target, order.size, order.sha256)
        else:
            apply_delta(order.base, order.transfer, order.target, order.size, order.sha256)
        about = self._verify(order.target)
        return Stamp(hall=about.hall, revision=about.revision, version=about.version)


class InChild:
    """In a child process. ``keys``: trusted public keys, hex; ``hall``: whose catalogue it must be."""

    def __init__(self, keys: Sequence[str], hall: str) -> None:
        self._keys, self._hall = list(keys), hall

    def carry_out(self, order: Order) -> Stamp:
        asked = {"order": order.model_dump(mode="json"), "keys": self._keys, "hall": self._hall}
        try:
            child = subprocess.run(
                [sys.executable, "-m", "kiosk.catalogue.workshop"],
                input=json.dumps(asked).encode(),
                stdout=subprocess.PIPE,
                cwd=Path(__file__).parents[2],  # where -m finds us, installed or not
                timeout=PATIENCE,
                check=True,
            )
            said = json.loads(child.stdout)
        except (subprocess.SubprocessError, ValueError) as error:
            raise WorkshopFailed(type(error).__name__) from error
        match said:
            case {"code": str(code), "detail": str(detail)}:
                raise Broken(code, detail)
            case {"errno": int(errno), "detail": str(detail)}:
                raise OSError(errno, detail)
        try:
            return Stamp.model_validate(said)
        except ValidationError as error:
            raise WorkshopFailed("an answer that is none") from error


def _answer(asked: Any) -> dict[str, Any]:
    """What the child says."""
    order, trust = Order.model_validate(asked["order"]), trusting(*map(public_key, asked["keys"]))
    for path in (order.target, order.transfer, order.base):
        if path is not None and not path.is_absolute():
            raise ValueError(f"{path} means another file here")
    try:
        return Here(lambda path: verify(path, trust, asked["hall"])).carry_out(order).model_dump()
    except CatalogueDamaged as error:
        return {"code": error.code, "detail": str(error)[:500]}
    except OSError as error:
        return {"errno": error.errno or 0, "detail": error.strerror or ""}


if __name__ == "__main__":
    os.nice(NICE)
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
