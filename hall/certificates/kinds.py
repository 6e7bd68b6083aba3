"""The kinds of certificate that the hall knows: what they are called, stand in for, look like. Read from kinds.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from hall.certificates.port import Kind

Shape = Literal["card", "spread", "page"]  # ID-1 card · two open pages of a booklet · one framed sheet
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a face: its label in both languages, and where its value comes from ("{number}")."""

    label: str
    label_en: str
    value: str


@dataclass(frozen=True, slots=True)
class Design:
    """How a face is drawn. ``paper`` is its ground, ``accent`` its title, labels and frame."""

    shape: Shape
    title: str
    title_en: str
    paper: Colour
    accent: Colour
    photo: bool = False


@dataclass(frozen=True, slots=True)
class KnownKind:
    kind: Kind
    design: Design
    lines: tuple[Line, ...]


@cache
def known_kinds() -> Mapping[str, KnownKind]:
    """By short name ("id-card"), in the order in which people expect them."""
    table = tomllib.loads((Path(__file__).parent / "kinds.toml").read_text("utf-8"))
    return {name: _known(row) for name, row in table.items()}


def by_code(code: str) -> KnownKind | None:
    """The kind with this 证照类型代码."""
    return next((known for known in known_kinds().values() if known.kind.code == code), None)


def design_of(kind: Kind) -> Design:
    """How a certificate of ``kind`` looks; one that is not known here gets a plain sheet."""
    known = by_code(kind.code)
    return known.design if known else Design("page", kind.name, kind.name_en, (250, 250, 246), (60, 74, 96))


# Any: a row of a TOML file that comes with the software; a test reads all of it.
def _known(row: dict) -> KnownKind:  # type: ignore[type-arg]
    kind = Kind(
        code=row["code"],
        name=row["name"],
        name_en=row["name_en"],
        icon=row["icon"],
        stands_for=(row["name"], *row.get("stands_for", ())),
        of_company=row.get("of_company", False),
    )
    paper, accent = (_colour(row[key]) for key in ("paper", "accent"))
    design = Design(
        row["shape"], row.get("title", kind.name), kind.name_en, paper, accent, row.get("photo", False)
    )
    return KnownKind(kind, design, tuple(Line(*line) for line in row["lines"]))


def _colour(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue
