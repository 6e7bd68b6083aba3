"""Lists of items: names with what is known of them (items.json), or names alone (one-thing bundles, survey keywords).

One guide for each name and region. Where a name has several offices, levels or codes, the source does not say which
belongs to which region. Then the office is the one whose name begins like the region's, or all that are named;
levels stand side by side; codes are kept as a further element.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hall.catalogue.importers.json_rows import json_rows
from hall.catalogue.importers.rows import NOT_SAID, Fields, Row, settle
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Header

ELEMENTS = {
    "everyday": "aliases",
    "type": "types",
    "level": "levels",
    "region_name": "regions",
    "office": "departments",
    "codes.task": "codes",
    "codes.handle": "codes",
    "codes.basic": "codes",
}
ONE_THING = "一件事"
_KINDS = {31: "task", 33: "handle", 12: "basic"}  # digits → which code


def import_items(path: Path, header: Header) -> Iterator[Taken]:
    """items.json: departments, levels, types, codes, regions and aliases are lists."""
    for found in json_rows(path):
        if isinstance(found, Remark):
            yield found
        else:
            yield from _item(found[0], found[1], header, path.name)


def import_names(path: Path, header: Header) -> Iterator[Taken]:
    """items_seed.json and items_one_thing.json: a name, and for a one-thing bundle its document and whom it is for.

    A bundle without members is no bundle yet: it becomes a guide of the type 一件事, with a remark.
    """
    for found in json_rows(path):
        if isinstance(found, Remark):
            yield found
            continue
        row = Row(*found)
        name, document, subject = row.text("name"), row.text("doc"), row.text("subject")
        one_thing = bool(document or subject)
        if one_thing:
            row.note("name", "bundle.no_members", name)
        office = row.text("department")
        row.absent(department=office)
        yield from settle(
            row,
            {
                "id": row.id("", (name, document)),
                "name": name,
                "type": ONE_THING if one_thing else "",
                "office": {"name": office or NOT_SAID},
                "audience": (subject,) if subject else (),
                "bases": ({"title": document},) if document else (),
                "source": path.name,
            },
            {"audience": "subject", "bases": "doc", "office": "department"},
        )


def region_code(region: str, header: Header) -> str:
    """GB/T 2260 code of the home region, its city or its province by name; "" for any other."""
    names = header.region_names
    for depth, digits in ((len(names), 6), (len(names) - 1, 4), (1, 2)):
        if 0 < depth <= len(names) and region in (names[depth - 1], "".join(names[:depth])):
            return header.region[:digits].ljust(6, "0")
    return ""


def _item(where: str, values: dict[str, Any], header: Header, source: str) -> Iterator[Taken]:
    regions = Row(where, values).texts("regions") or ("",)
    said: set[Remark] = set()
    for number, region in enumerate(regions, start=1):
        row = Row(where, values)
        fields = _fields(row, region, f".{number}" if len(regions) > 1 else "")
        fields |= {"region": region_code(region, header), "region_name": region, "source": source}
        for taken in settle(row, fields, ELEMENTS):
            if not isinstance(taken, Remark):
                yield taken
            elif taken not in said:  # what is wrong with a row is said once, not for each of its regions
                said.add(taken)
                yield taken


def _fields(row: Row, region: str, suffix: str) -> Fields:
    name, offices, types, levels = (
        row.text("name"),
        row.texts("departments"),
        row.texts("types"),
        row.texts("levels"),
    )
    row.texts("regions")
    here = _of(region, offices)
    row.absent(departments=offices)
    if len(here) > 1:
        row.note("departments", "office.unclear", "、".join(offices))
    return {
        "id": row.id(row.text("id"), (name,)) + suffix,
        "name": name,
        "everyday": row.texts("aliases"),
        "codes": _codes(row, alone=not suffix),
        "type": "、".join(types),
        "level": "、".join(levels),
        "office": {"name": "、".join(here) or NOT_SAID},
    }


def _of(region: str, offices: tuple[str, ...]) -> tuple[str, ...]:
    """Those of ``offices`` that bear the region's name (广东省广州市: 广州市司法局), or all."""
    endings = tuple(region[start:] for start in range(len(region) - 1))
    return tuple(office for office in offices if office.startswith(endings)) or offices


def _codes(row: Row, *, alone: bool) -> Fields:
    """By their length, where each kind is there once and the row is of one region; otherwise kept as they stand."""
    codes = row.texts("codes")
    by_kind: Fields = {_KINDS.get(len(code), "local"): code for code in codes}
    if alone and len(by_kind) == len(codes):
        return by_kind
    row.keep("编码", "、".join(codes))
    return {}
