"""What can be wrong with a row, as codes; docs/catalogue.md tells staff what to do about each."""

import unicodedata
from collections.abc import Iterator

from pydantic import ValidationError

from hall.catalogue.intake import Remark

REASONS = {
    "file.unreadable": "The file cannot be opened or read",
    "file.too_large": "The file is larger than an importer reads",
    "file.encoding": "The text is in no encoding this shape allows",
    "file.wrong_shape": "The file is not of the shape its name says, or is damaged",
    "file.truncated": "The file ends in the middle of a row",
    "json.broken": "The row is not JSON: syntax, NaN, or nested too deeply",
    "xml.forbidden": "The XML declares entities or a document type",
    "xml.broken": "The XML is not well formed or nested too deeply",
    "csv.broken": "The line is not CSV: a quotation mark without its partner, or a cell beyond 128 KB",
    "row.wrong_type": "The row is not a table of elements",
    "row.no_owner": "The row belongs to an item that this file does not hold",
    "row.duplicate": "An earlier row has the same code",
    "element.absent": "The source says nothing here",
    "element.twice": "The same element stands there twice, and nobody can say which is meant",
    "element.unknown": "The element is not one of this shape",
    "element.wrong_type": "The value is not of the kind that belongs here",
    "element.invalid": "The value is of the right kind but not allowed",
    "element.label_unknown": "The source's code has no label known here; it stands as it is",
    "text.too_long": "The text is longer than allowed",
    "cell.formula": "The cell holds a formula without a saved value, or an error",
    "cell.code_damaged": "A spreadsheet made a number of a code and lost its digits",
    "cell.merged": "Cells are merged: only the first of them has the value",
    "office.unclear": "The source names several offices and does not say which",
    "bundle.no_members": "A one-thing bundle without its items",
    "case.unclear": "What decides which materials are needed cannot be read; all materials are shown to all",
    "limit.promise_longer": "The promised limit is longer than the legal one",
}

_BY_ERROR = {
    "missing": "element.absent",
    "string_too_short": "element.absent",
    "extra_forbidden": "element.unknown",
    "string_too_long": "text.too_long",
}


def shown(value: object, length: int = 60) -> str:
    """``value`` for a remark: cut short, control and direction characters as escapes."""
    text = (
        value
        if isinstance(value, str)
        else repr(value)
        if isinstance(value, int | float)
        else _outline(value)
    )
    short = text if len(text) <= length else text[:length] + "…"
    return "".join(
        c if unicodedata.category(c)[0] != "C" else c.encode("unicode_escape").decode() for c in short
    )


def faults(error: ValidationError) -> Iterator[tuple[tuple[int | str, ...], str, str]]:
    """Place, reason and detail of each thing a model found wrong."""
    for found in error.errors(include_url=False, include_context=False):
        kind = found["type"]
        reason = _BY_ERROR.get(kind) or (
            "element.wrong_type" if kind.endswith("_type") else "element.invalid"
        )
        detail = found["msg"] if reason == "element.absent" else f"{shown(found['input'])}: {found['msg']}"
        yield found["loc"], reason, shown(detail, 300)


def refusal(row: str, reason: str, detail: str, element: str = "") -> Remark:
    """The row is not taken."""
    return Remark(row, element, reason, shown(detail, 300), refused=True)


def _outline(value: object) -> str:
    if isinstance(value, dict | list | tuple):
        return f"{type(value).__name__} of {len(value)}"
    return "nothing" if value is None else type(value).__name__
