"""What importers yield: guides and bundles that are whole, and remarks on every row that is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from hall.catalogue.model import Bundle, Guide, Header


@dataclass(frozen=True, slots=True)
class Remark:
    """Something wrong with one row. A refused row is not in the catalogue; a doubtful one is, as the remark says."""

    row: str  # where: "guides.json#17", "guides.xlsx:sheet!23"
    element: str  # which element, as the source names it
    reason: str  # code: "code.check_digit", "text.control_characters" … see docs/catalogue.md
    detail: str  # for people; shortened, control characters shown as escapes
    refused: bool


Taken: TypeAlias = tuple[str, Guide | Bundle] | Remark  # (row, value), or what is wrong with a row
Importer: TypeAlias = Callable[[Path, Header], Iterator[Taken]]  # in file order; ``Header`` says what home is
