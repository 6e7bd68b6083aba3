"""Guides in the shape of guides_guangdong.json: a province's published guides, one table each.

Chinese element names are those of the national exchange tables. Materials come as names only, and stay so.
"""

from collections.abc import Iterator
from pathlib import Path

from hall.catalogue.importers.json_rows import json_rows
from hall.catalogue.importers.rows import NOT_SAID, Fields, Row, settle
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Header

ELEMENTS = {  # what the source calls the fields of a guide
    "everyday": "everyday_name",
    "type_code": "type_code",
    "region": "region_code",
    "region_name": "region",
    "office": "department",
    "audience": "service_objects",
    "legal_limit": "legal_limit",
    "promised_limit": "promise_limit",
    "conditions": "acceptance_condition",
    "places": "address",
    "consult_phones": "consult_phone",
    "complaint_phones": "complaint_phone",
    "online": "url",
    "codes.task": "task_code",
    "codes.handle": "handle_item_code",
    "codes.basic": "catalog_code",
}


def import_guangdong(path: Path, header: Header) -> Iterator[Taken]:
    for found in json_rows(path):
        if isinstance(found, Remark):
            yield found
        else:
            row = Row(*found)
            yield from settle(row, _fields(row, path.name), ELEMENTS)


def _fields(row: Row, source: str) -> Fields:
    name, task_name = row.text("name"), row.text("task_name")
    codes = {kind: row.text(ELEMENTS[f"codes.{kind}"]) for kind in ("task", "handle", "basic")}
    office, region, level = row.text("department"), row.text("region_code"), row.text("level")
    legal, promised = _limit(row, "legal_limit"), _limit(row, "promise_limit")
    conditions, materials = row.text("acceptance_condition"), row.texts("materials")
    row.absent(
        legal_limit=legal,
        promise_limit=promised,
        acceptance_condition=conditions,
        materials=materials,
        department=office,
    )
    if task_name != name:
        row.keep("事项名称", task_name)
    row.keep("是否支持物流快递", row.text("express"))
    row.keep("是否网办", {True: "是", False: "否", None: ""}[row.flag("online")])
    row.keep("联办机构", row.text("co_departments"))
    address, consult, complain = row.text("address"), row.text("consult_phone"), row.text("complaint_phone")
    return {
        "id": row.id(codes["handle"] or codes["task"], (name, office, region)),
        "name": name,
        "main_name": row.text("main_name"),
        "everyday": tuple(dict.fromkeys(filter(None, (row.text("everyday_name"), row.text("short_name"))))),
        "codes": codes,
        "type": row.text("type"),
        "type_code": row.text("type_code"),
        "level": level,
        "region": region,
        "region_name": row.text("region"),
        "office": {"name": office or NOT_SAID},
        "audience": row.texts("service_objects"),
        "themes": row.texts("themes"),
        "conditions": conditions,
        "materials": tuple({"name": material} for material in materials),
        "legal_limit": legal,
        "promised_limit": promised,
        "visits": row.whole("visits"),
        "places": ({"address": address},) if address else (),
        "consult_phones": (consult,) if consult else (),
        "complaint_phones": (complain,) if complain else (),
        "online": {"url": row.text("url")},
        "source": source,
    }


def _limit(row: Row, name: str) -> Fields | None:
    """``{"value": 7, "unit": "工作日"}``; a limit without its unit says nothing, so it is none."""
    value = row.value(name)
    if value is None:
        return None
    if isinstance(value, dict) and set(value) <= {"value", "unit"}:
        inner = Row(row.where, value)
        number, unit = inner.whole("value"), inner.text("unit")
        if number is not None and unit:
            return {"value": number, "unit": unit}
    row.note(name, "element.wrong_type", "a table of value (a whole number) and unit (a text) belongs here")
    return None
