"""Rows of Shandong's provincial item library (省库): scalar columns and columns of XML, as an exchange hands them over.

Two outer forms are read: XML, where each child of the root is a row and each of its children a column
(``<rows><row><ITEM_CODE>…``), the inner XML nested, in CDATA or escaped; and JSON lines with the same columns.
Column names in any case. **Not proven on a file of the real exchange**: only its column and element names are known.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from hall.catalogue.importers.exchange_xml import (
    DEEPEST,
    Broken,
    Forbidden,
    Record,
    Value,
    names,
    records,
    records_in,
)
from hall.catalogue.importers.json_rows import json_rows
from hall.catalogue.importers.remarks import refusal, shown
from hall.catalogue.importers.rows import Row, settle
from hall.catalogue.importers.shandong_guide import ELEMENTS, LISTS, SINGLES, guide_fields
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Header

LARGEST = 512_000_000  # bytes of a file


def import_shandong(path: Path, header: Header) -> Iterator[Taken]:
    """Rows are called "items.xml#17": the seventeenth row."""
    if path.suffix.lower() == ".xml":
        yield from _xml(path)
        return
    for found in json_rows(path):
        if isinstance(found, Remark):
            yield found
        else:
            where, columns = found
            yield from _row(where, [(name.upper(), _as_text(columns[name])) for name in columns], path.name)


def _xml(path: Path) -> Iterator[Taken]:
    number = depth = 0
    try:
        if path.stat().st_size > LARGEST:
            yield refusal(path.name, "file.too_large", f"more than {LARGEST} bytes")
            return
        parser = iterparse(path, events=("start", "end"), forbid_dtd=True)
        root: Element | None = None
        for event, element in parser:
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > DEEPEST:
                raise Broken("nested too deeply")
            if event == "end" and depth == 1:
                number += 1
                columns = [
                    (names(column)[0], column if len(column) else column.text or "") for column in element
                ]
                yield from _row(f"{path.name}#{number}", columns, path.name)
                root.clear()  # the rows read so far; or all of them stay in memory
    except OSError as error:
        yield refusal(path.name, "file.unreadable", error.strerror or "")
    except DefusedXmlException as error:
        yield refusal(f"{path.name}#{number + 1}", "xml.forbidden", type(error).__name__)
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an encoding that nobody knows
        yield refusal(f"{path.name}#{number + 1}", "xml.broken", f"not read from here on: {error}")


def _row(where: str, columns: Sequence[tuple[str, object]], source: str) -> Iterator[Taken]:
    values: dict[str, object] = {}
    lists: dict[str, list[Record]] = {}
    notes = []
    if twice := [column for column, count in Counter(column for column, _ in columns).items() if count > 1]:
        yield refusal(where, "element.twice", "、".join(twice), twice[0])
        return
    for column, value in columns:
        if column not in LISTS | SINGLES:
            values[column] = _verbatim(value)
            continue
        try:
            found = list(records_in(value)) if isinstance(value, Element) else _records(value)
        except Forbidden as error:
            yield refusal(where, "xml.forbidden", str(error), column)
            return
        except Broken as error:
            notes.append((column, "xml.broken", str(error)))
            continue
        if column in LISTS:
            lists[column] = found
        else:
            for single in _flat(found):
                name = f"{column}/{single.name}"
                if values.setdefault(name, single.text) != single.text:
                    notes.append((name, "element.twice", f"the second is not read: {shown(single.text)}"))
    row = Row(where, values)
    for note in notes:
        row.note(*note)
    yield from settle(row, guide_fields(row, lists) | {"source": source}, ELEMENTS)


def _flat(found: list[Record]) -> Iterator[Value]:
    for record in found:
        yield from record


def _records(value: object) -> list[Record]:
    if value is None:
        return []
    if isinstance(value, str):
        return records(value)
    raise Broken(f"{type(value).__name__} where XML belongs")


def _verbatim(value: object) -> object:
    """A column that should be scalar, yet is XML, as texts one below the other."""
    return "\n".join(value.itertext()) if isinstance(value, Element) else value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
