"""The rows of a CSV or XLSX file as texts by column, with a remark on every cell that a spreadsheet has spoilt."""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeAlias

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from hall.catalogue.importers.remarks import refusal, shown
from hall.catalogue.intake import Remark

LARGEST = 256_000_000  # bytes of a file, and of all that an XLSX file unpacks to
WIDEST = 200  # columns
DAMAGE = (  # what openpyxl and zipfile raise on files that are not what they claim
    *(OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError, RuntimeError),
    *(SyntaxError, MemoryError, zipfile.BadZipFile, zlib.error, struct.error),
    *(InvalidFileException, DefusedXmlException),
)
Rows: TypeAlias = Iterator[tuple[int, "Sequence[tuple[str, str]] | str"]]
_SCIENTIFIC = re.compile(r"\s*\d(\.\d+)?E\+\d{2,}\s*", re.IGNORECASE)
_MERGED = re.compile(rb'<mergeCell ref="([A-Z0-9:]{1,20})"')
_EXACT = 10**15  # spreadsheets keep 15 digits of a number


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet: texts by column, without the empty ones; ``notes`` are (column, reason, detail)."""

    where: str
    values: dict[str, str]
    notes: tuple[tuple[str, str, str], ...] = ()


@dataclass(slots=True)
class _Header:
    """The columns that the first line names."""

    columns: list[str] = field(default_factory=list)

    def read(self, where: str, cells: Sequence[tuple[str, str]]) -> Iterator[Remark]:
        if any(text for text, _ in cells[WIDEST:]):
            yield refusal(where, "element.unknown", f"columns beyond number {WIDEST} are not read")
        for text, _ in cells[:WIDEST]:
            name = text.strip()[:200]
            if name and name in self.columns:
                yield refusal(
                    where, "element.twice", "two columns have this name; the second is not read", name
                )
                name = ""
            self.columns.append(name)

    def line(self, where: str, cells: Sequence[tuple[str, str]]) -> Line:
        """``cells`` are text and the reason why there is none."""
        values, notes = {}, []
        for number, (text, reason) in enumerate(cells):
            column = self.columns[number] if number < len(self.columns) else ""
            if reason:
                notes.append((column, reason, text))
            elif text and not column:
                notes.append(("", "element.unknown", f"column {number + 1} has no name: {shown(text)}"))
            elif text and _SCIENTIFIC.fullmatch(text) and ("编码" in column or "编号" in column):
                notes.append((column, "cell.code_damaged", f"{text}: store codes as text"))
            elif text:
                values[column] = text
        return Line(where, values, tuple(notes))


class Unreadable(Exception):
    """Nothing more can be read of the sheet ``where``; ``reason`` is a remark's."""

    def __init__(self, where: str, error: BaseException) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.where, self.reason = where, reason_of(error)


def reason_of(error: BaseException) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "file.encoding"
    return "file.unreadable" if isinstance(error, OSError) else "file.wrong_shape"


def sheet_lines(where: str, rows: Rows) -> Iterator[Line | Remark]:
    """Lines of a sheet; the first names the columns. A row that is a text could not be read: the text says why.

    Raises Unreadable.
    """
    header: _Header | None = None
    try:
        for number, cells in rows:
            place = f"{where}!{number}"
            if isinstance(cells, str):
                yield refusal(place, "csv.broken", cells)
            elif header is None:
                header = _Header()
                yield from header.read(place, cells)
            elif any(text or reason for text, reason in cells):
                yield header.line(place, cells)
    except DAMAGE as error:
        raise Unreadable(where, error) from error


def csv_rows(path: Path) -> Rows:
    """UTF-8 (with or without byte order mark), UTF-16 with one, else GB18030; comma, semicolon or tab.

    Raises OSError, and ValueError for what is no such file.
    """
    if path.stat().st_size > LARGEST:
        raise ValueError(f"more than {LARGEST} bytes")
    text = _decoded(path.read_bytes())
    first = text[: text.find("\n")] if "\n" in text else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    while True:
        try:
            yield reader.line_num + 1, [(cell, "") for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, str(error)


@contextmanager
def xlsx_sheets(path: Path) -> Iterator[dict[str, Rows]]:
    """The rows of each sheet by its name. Raises one of DAMAGE, now or while rows are read."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
            raise ValueError(f"unpacks to more than {LARGEST} bytes")
    # with formulas as such: the values saved beside them may be old, or were never reckoned
    book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    try:
        yield {sheet.title: _xlsx_rows(sheet) for sheet in book.worksheets}
    finally:
        book.close()


def merged_cells(path: Path) -> Iterator[str]:
    """Ranges of merged cells in any sheet. Raises one of DAMAGE."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                with archive.open(name) as part:
                    tail = b""
                    while chunk := part.read(1 << 20):
                        found = list(_MERGED.finditer(tail + chunk))
                        yield from (match[1].decode() for match in found)
                        tail = (tail + chunk)[max(found[-1].end() if found else 0, len(tail + chunk) - 64) :]


def _xlsx_rows(sheet: Any) -> Rows:  # read-only sheets are untyped
    widest = min(sheet.max_column or WIDEST, WIDEST) + 1  # one more, to see whether something stands there
    for number, row in enumerate(sheet.iter_rows(max_col=widest), start=1):
        yield number, [_cell(cell.value, cell.data_type) for cell in row]


def _cell(value: object, kind: str) -> tuple[str, str]:
    if kind in ("f", "e"):
        return f"{shown(value)}: paste the values, not the formulas", "cell.formula"
    match value:
        case None:
            return "", ""
        case bool():
            return "是" if value else "否", ""
        case int() | float() if abs(value) >= _EXACT:
            return f"{value:g}: store codes as text", "cell.code_damaged"
        case float() if value.is_integer():
            return str(int(value)), ""
        case datetime():
            return (value.date() if value.time() == time() else value).isoformat(), ""
        case time():
            return f"{value:%H:%M}", ""
        case date():
            return value.isoformat(), ""
        case _:
            return str(value), ""


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")
