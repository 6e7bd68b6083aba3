"""Items in the shape of items_guangan.json: one county's list with its platform's own codes, kept as they are."""

from collections.abc import Iterator
from pathlib import Path

from hall.catalogue.importers.json_rows import json_rows
from hall.catalogue.importers.rows import NOT_SAID, Fields, Row, settle
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Header

ELEMENTS = {
    "type_code": "type_code_upstream",
    "region": "region_code",
    "region_name": "region",
    "office": "department",
    "online": "url",
    "codes": "item_code_upstream",
}


def import_guangan(path: Path, header: Header) -> Iterator[Taken]:
    for found in json_rows(path):
        if isinstance(found, Remark):
            yield found
        else:
            row = Row(*found)
            yield from settle(row, _fields(row, path.name), ELEMENTS)


def _fields(row: Row, source: str) -> Fields:
    name, code = row.text("name"), row.text("item_code_upstream")
    office, region = row.text("department"), row.text("region_code")
    row.absent(department=office)
    return {
        "id": row.id(code, (name, office, region)),
        "name": name,
        "main_name": row.text("main_name"),
        "codes": {"local": code},
        "type": row.text("type"),
        "type_code": row.text("type_code_upstream"),
        "level": row.text("level"),
        "region": region,
        "region_name": row.text("region"),
        "office": {"name": office or NOT_SAID},
        "online": {"url": row.text("url")},
        "source": source,
    }
