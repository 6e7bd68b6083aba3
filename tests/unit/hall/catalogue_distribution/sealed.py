"""Files that are catalogues to ``verify_sealed`` alone: cheap to make, and as easy to spoil as real ones."""

import hashlib
import random
from datetime import date
from pathlib import Path

from hall.catalogue.answers import About
from hall.catalogue.errors import CatalogueBadSignature, CatalogueTruncated, CatalogueWrongHall

HALL = "qingyuan"


def sealed(revision: int, hall: str = HALL, size: int = 20_000, seed: int = 0) -> bytes:
    """Two revisions share most of their bytes."""
    body = bytearray(random.Random(seed).randbytes(size))
    body[size // 2 : size // 2 + 8] = revision.to_bytes(8, "big")
    words = f"{hall} {revision} {hashlib.sha256(bytes(body)).hexdigest()}\n".encode()
    return words + bytes(body)


def verify_sealed(path: Path) -> About:
    words, _, body = path.read_bytes().partition(b"\n")
    try:
        hall, revision, digest = words.decode("ascii").split(" ")
    except ValueError as error:
        raise CatalogueTruncated("no words") from error
    if hashlib.sha256(body).hexdigest() != digest:
        raise CatalogueBadSignature("other bytes than were sealed")
    if hall != HALL:
        raise CatalogueWrongHall(hall)
    version = f"{revision}-{digest[:8]}"
    return About(hall, "", "", int(revision), version, "", date(2026, 11, 22), digest, 1, 1, 0, "")


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
