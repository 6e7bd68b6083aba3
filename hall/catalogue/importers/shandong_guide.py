"""One row of the provincial library as the fields of a guide. Chinese titles are those of the exchange tables.

The elements inside MATERIAL_XML, LAW_XML, APPLY_CONDITION_XML, OUT_FLOW_XML, QUESTION_XML and CASE_SETTING_INFO are not
documented; those of the national tables and the plain ones are looked for, and what is found besides is kept.
"""

import re
from collections.abc import Mapping

from hall.catalogue.importers.exchange_xml import Record
from hall.catalogue.importers.rows import NOT_SAID, Fields, Row
from hall.catalogue.importers.shandong_parts import TEXT, first, labelled, read_cases, read_materials

INFO, EXT, ONLINE = "ITEM_INFO_XML", "ITME_EXT_INFO_XML", "ONLINECONDUCT_XML"  # ITME: as the source spells it
SINGLES = {INFO, EXT, "ITEM_EXT_INFO_XML", ONLINE}
LISTS = {
    "CHARGEITEM_INFO_XML",
    "ACCEPT_ADDRESS_XML",
    "CONSULT_XML",
    "RESULT_XML",
    "TITLE_XML",
    "LAW_XML",
    "APPLY_CONDITION_XML",
    "OUT_FLOW_XML",
    "PLATFORM_PROCESS_XML",
    "MATERIAL_XML",
    "MATERIAL_EXT_XML",
    "QUESTION_XML",
    "CASE_SETTING_INFO",
}
ELEMENTS = {
    "id": "ITEM_CODE",
    "name": "NAME",
    "main_name": "FOLDER_NAME",
    "type": "TYPE",
    "codes": "TASKCODE",
    "codes.task": "TASKCODE",
    "codes.handle": "TASKHANDLEITEM",
    "codes.basic": "CATALOGCODE",
    "level": "USELEVEL",
    "region": "REGION_CODE",
    "region_name": "REGION_NAME",
    "office": "ORG_NAME",
    "office.code": "ORG_CODE",
    "audience": "SERVICE_OBJECT",
    "themes": "TITLE_XML",
    "handling": "ASSORT",
    "legal_limit": "LAW_TIME",
    "promised_limit": "AGREE_TIME",
    "conditions": "APPLY_CONDITION_XML",
    "cases": "CASE_SETTING_INFO",
    "materials": "MATERIAL_XML",
    "steps": "OUT_FLOW_XML",
    "fees": "CHARGEITEM_INFO_XML",
    "bases": "LAW_XML",
    "visits": "APPLY_TIMES",
    "places": "ACCEPT_ADDRESS_XML",
    "consult_phones": "CONSULT_XML",
    "complaint_phones": "CONSULT_XML",
    "results": "RESULT_XML",
    "online": "ONLINECONDUCT_XML",
    "faqs": "QUESTION_XML",
}
_SEVERAL = re.compile(r"[;,^；，、]")
_WHOLE = re.compile(r"\d{1,5}")
_FURTHER = {  # kept under the name that people know
    (INFO, "IS_ONLINE"): "是否网办",
    (INFO, "IS_PROCEDURE"): "是否有特别程序",
    (INFO, "PROCEDURE_TIME"): "特别程序时限",
    (INFO, "HANDLE_FORM"): "办理形式",
    (INFO, "AUTHORITY_DIVISION"): "权限划分",
    (INFO, "EXERCISE_CONTENT"): "行使内容",
    (INFO, "LIMIT_NUMBER"): "数量限制",
    (EXT, "IS_RESERVE"): "是否支持预约办理",
    (EXT, "IS_IN_HALL"): "是否进驻政务大厅",
    (EXT, "ISPYC"): "一次办好",
    (EXT, "ORG_DECIDE_EMAIL"): "联办机构",
    (ONLINE, "IS_ONLINE_PAYMENT"): "是否支持网上支付",
    (ONLINE, "IS_DELIVERY"): "是否支持物流快递",
}
_LABELLED = {
    (INFO, "CROSS_SCOPE"): "通办范围",
    (EXT, "POWER_SOURCE"): "权力来源",
    (EXT, "HANDLINGMODE"): "办理方式",
}

Lists = Mapping[str, list[Record]]


def guide_fields(row: Row, lists: Lists) -> Fields:
    """``row`` holds the scalar columns and, as "ITEM_INFO_XML/NAME", the single values; ``lists`` the records."""
    inner = _single(row, INFO, "NAME")
    name = row.text("NAME") or inner
    row.keep("事项名称", inner if inner != name else "")
    codes = {
        "task": _single(row, INFO, "TASKCODE"),
        "handle": _single(row, INFO, "TASKHANDLEITEM"),
        "basic": _single(row, INFO, "CATALOGCODE"),
        "local": row.text("ITEM_CODE"),
    }
    office, region, kind = row.text("ORG_NAME"), row.text("REGION_CODE"), row.text("TYPE")
    row.absent(ORG_NAME=office)
    charged = row.flag(f"{INFO}/IS_CHARGE")
    parts = {column: _parts(row, column, lists.get(column, [])) for column in sorted(LISTS)}
    consult, complain = _phones(row, parts["CONSULT_XML"])
    cases, needed = read_cases(row, parts["CASE_SETTING_INFO"])
    for (column, element), title in _FURTHER.items():
        row.keep(title, _single(row, column, element))
    for (column, element), title in _LABELLED.items():
        row.keep(title, labelled(row, element, _single(row, column, element)))
    fields = {
        "id": row.id(codes["handle"] or codes["task"] or codes["local"], (name, office, region)),
        "name": name,
        "main_name": row.text("FOLDER_NAME"),
        "codes": codes,
        "type": labelled(row, "TYPE", kind),
        "type_code": kind,
        "level": labelled(row, "USELEVEL", _single(row, EXT, "USELEVEL")),
        "region": region,
        "region_name": _single(row, INFO, "REGION_NAME"),
        "office": {
            "name": office or NOT_SAID,
            "code": row.text("ORG_CODE"),
            "kind": labelled(row, "ORG_PROPERTY", _single(row, INFO, "ORG_PROPERTY")),
        },
        "audience": _labels(row, "SERVICE_OBJECT", _single(row, INFO, "SERVICE_OBJECT")),
        "themes": tuple(dict.fromkeys(filter(None, (first(p, "NAME", TEXT) for p in parts["TITLE_XML"])))),
        "handling": labelled(row, "ASSORT", row.text("ASSORT")),
        "legal_limit": _limit(row, INFO, "LAW_TIME", "LAW_TIME_UNIT", "LAW_TIME_BASIS"),
        "promised_limit": _limit(row, INFO, "AGREE_TIME", "AGREE_TIME_UNIT", ""),
        "conditions": "\n".join(
            filter(
                None, (first(p, "CONDITION", "CONTENT", "NAME", TEXT) for p in parts["APPLY_CONDITION_XML"])
            )
        ),
        "cases": cases,
        "materials": read_materials(row, parts["MATERIAL_XML"], parts["MATERIAL_EXT_XML"], needed),
        "steps": tuple(_step(p) for p in parts["OUT_FLOW_XML"] or parts["PLATFORM_PROCESS_XML"]),
        "fee_free": None if charged is None else not charged,
        "fees": tuple(
            {"name": first(p, "NAME", TEXT), "standard": first(p, "STANDARD"), "basis": first(p, "BASIS")}
            for p in parts["CHARGEITEM_INFO_XML"]
        ),
        "bases": tuple(
            {
                "title": first(p, "LAW_NAME", "NAME", "TITLE", TEXT),
                "article": first(p, "ARTICLE", "LAW_ITEM", "CLAUSE"),
                "text": first(p, "CONTENT", "LAW_CONTENT"),
            }
            for p in parts["LAW_XML"]
        ),
        "visits": row.whole(f"{EXT}/APPLY_TIMES"),
        "visits_reason": _single(row, EXT, "LIMITSCENEEXPLAIN"),
        "places": tuple(
            {
                "name": first(p, "NAME"),
                "address": first(p, "ADDRESS", TEXT),
                "windows": first(p, "WINDOW_NUM"),
                "hours": first(p, "OFFICE_HOUR"),
                "traffic": first(p, "TRAFFIC_GUIDE"),
            }
            for p in parts["ACCEPT_ADDRESS_XML"]
        ),
        "consult_phones": consult,
        "complaint_phones": complain,
        "results": tuple(_result(p) for p in parts["RESULT_XML"]),
        "online": {"depth": "、".join(_labels(row, "CONDUCT_DEPTH", _single(row, ONLINE, "CONDUCT_DEPTH")))},
        "kiosk": row.flag(f"{INFO}/IS_WEB") or False,
        "faqs": tuple(
            {"question": first(p, "QUESTION"), "answer": first(p, "ANSWER")} for p in parts["QUESTION_XML"]
        ),
    }
    for column, found in parts.items():
        for number, part in enumerate(found, start=1):
            part.keep_rest()
            for left in part.more:
                row.keep(f"{column}[{number}] {left['name']}", left["value"])
    return fields


def _single(row: Row, column: str, element: str) -> str:
    found = row.text(f"{column}/{element}")
    return found or (row.text(f"ITEM_EXT_INFO_XML/{element}") if column == EXT else "")


def _parts(row: Row, column: str, found: list[Record]) -> list[Row]:
    """The records of ``column`` as rows that are refused with ``row``; the same element twice in one is noted."""
    parts = []
    for number, record in enumerate(found, start=1):
        values: dict[str, object] = {value.name or TEXT: value.text for value in record}
        part = Row(f"{row.where} {column}[{number}]", values, part_of=row)
        if len(values) != len(record):
            part.note(column, "element.twice", "、".join(value.name for value in record))
        parts.append(part)
    return parts


def _labels(row: Row, element: str, codes: str) -> tuple[str, ...]:
    parts = (code.strip() for code in _SEVERAL.split(codes))
    return tuple(dict.fromkeys(labelled(row, element, code) for code in parts if code))


def _limit(row: Row, column: str, element: str, unit_element: str, note_element: str) -> Fields | None:
    value = row.whole(f"{column}/{element}")
    unit, note = _single(row, EXT, unit_element), _single(row, EXT, note_element) if note_element else ""
    if value is None:
        row.keep(note_element, note)
        return None
    if not unit:
        row.note(unit_element, "element.absent", f"{value}: of what?")
        return None
    return {
        "value": value,
        "unit": labelled(row, "TIME_UNIT", unit) if unit.isascii() else unit,
        "note": note,
    }


def _phones(row: Row, parts: list[Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Consultation and complaint. CONSULT_XML: TYPE 0 is the one, 1 the other."""
    consult: list[str] = []
    complain = [_single(row, INFO, "COMPLAIN_PHONE")]
    for part in parts:
        kind, phone = part.text("TYPE"), first(part, "PHONE_NUMBER", TEXT)
        if kind not in ("", "0", "1"):
            part.note("TYPE", "element.label_unknown", f"{kind}: taken for consultation")
        (complain if kind == "1" else consult).append(phone)
    return tuple(dict.fromkeys(filter(None, consult))), tuple(dict.fromkeys(filter(None, complain)))


def _step(part: Row) -> Fields:
    value, unit = first(part, "TIME_LIMIT", "LIMIT_TIME"), first(part, "TIME_LIMIT_UNIT", "TIME_UNIT")
    limit = {"value": int(value), "unit": unit} if _WHOLE.fullmatch(value) and unit else None
    if value and limit is None:
        part.note("TIME_LIMIT", "element.invalid", f"{value} {unit}: a whole number and its unit belong here")
    return {
        "name": first(part, "NAME", "STEP_NAME", "FLOW_NAME", TEXT),
        "limit": limit,
        "result": first(part, "RESULT", "STEP_RESULT"),
        "standard": first(part, "STANDARD", "CONTENT"),
    }


def _result(part: Row) -> Fields:
    return {
        "name": first(part, "RESULT_NAME", "NAME", TEXT),
        "kind": labelled(part, "RESULT_TYPE", part.text("RESULT_TYPE")),
        "validity": labelled(part, "RESULT_SCHEDULE", part.text("RESULT_SCHEDULE")),
        "delivery": "、".join(_labels(part, "SERVICE_MODE", part.text("SERVICE_MODE"))),
    }
