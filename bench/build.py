"""Builds a catalogue of generated rows, and says how long that took."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.rows import guides, header
from hall.catalogue.build import build
from hall.catalogue.model import Guide
from hall.catalogue.vocabulary import Vocabulary

DAY = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Built:
    file: Path
    guides: int
    names: int
    refused: int
    seconds: float


def built(
    names: Sequence[tuple[str, tuple[str, ...]]], rows: int, file: Path, vocabulary: Vocabulary
) -> Built:
    return built_of(guides(names, rows), file, vocabulary)


def built_of(pages: Iterable[Guide], file: Path, vocabulary: Vocabulary, revision: int = 1) -> Built:
    begin = time.perf_counter()
    report = build(
        ((f"rows#{number}", page) for number, page in enumerate(pages, start=1)),
        header().model_copy(update={"revision": revision}),
        vocabulary,
        file,
        Ed25519PrivateKey.from_private_bytes(bytes(32)),  # the same bytes each time; trusted by nobody
        DAY,
    )
    counts = report.counts
    return Built(file, counts.guides, counts.names, counts.refused, time.perf_counter() - begin)
