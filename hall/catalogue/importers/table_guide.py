"""One item of the documented table as the fields of a guide.

Half a list of materials misleads: if one of its lines cannot be read, the whole list is left out, with a remark.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from hall.catalogue.importers.rows import NOT_SAID, Fields, Row
from hall.catalogue.importers.sheets import Line
from hall.catalogue.importers.template import CASES, FEES, MATERIALS, OWNER, SEPARATORS, STEPS

ELEMENTS = {
    "id": OWNER,
    "name": "事项名称",
    "name_en": "英文名称",
    "main_name": "主项名称",
    "everyday": "日常用语",
    "codes": "编码",
    "codes.task": "实施编码",
    "codes.handle": "业务办理项编码",
    "codes.basic": "基本编码",
    "type": "事项类型",
    "level": "行使层级",
    "region": "行政区划",
    "region_name": "区划名称",
    "office": "实施主体",
    "office.code": "实施主体编码",
    "audience": "服务对象",
    "themes": "主题",
    "events": "人生事件",
    "handling": "办件类型",
    "legal_limit": "法定办结时限",
    "promised_limit": "承诺办结时限",
    "conditions": "受理条件",
    "places": "办理地点",
    "consult_phones": "咨询方式",
    "complaint_phones": "投诉方式",
    "bases": "设定依据",
    "visits": "到现场次数",
    "results": "审批结果",
    "online": "网办地址",
    "queue": "队列",
    "materials": MATERIALS,
    "cases": CASES,
    "steps": STEPS,
    "fees": FEES,
    "withdrawn": "停办后事项",
}
ORIGINALS = {"原件": "original", "复印件": "copy", "原件和复印件": "both"}
FORMS = {"纸质": "paper", "电子": "electronic", "纸质或电子": "either"}
NECESSITIES = {"必要": "required", "非必要": "optional", "容缺后补": "later"}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


def row_of(line: Line, part_of: Row | None = None) -> Row:
    """The line as a row, with what a spreadsheet has spoilt noted."""
    row = Row(line.where, line.values, part_of)
    for note in line.notes:
        row.note(*note)
    return row


def guide_fields(row: Row) -> Fields:
    """What stands in the line of the item itself."""
    text = row.text
    codes = {
        "task": text("实施编码"),
        "handle": text("业务办理项编码"),
        "basic": text("基本编码"),
        "local": text("地方编码"),
    }
    code = text(OWNER) or codes["handle"] or codes["task"] or codes["local"]
    name, office, region = text("事项名称"), text("实施主体"), text("行政区划")
    row.absent(实施主体=office)
    place = {"address": text("办理地点"), "windows": text("办理窗口"), "hours": text("办理时间")}
    charged = row.flag("是否收费")
    return {
        "id": row.id(code, (name, office, region)),
        "name": name,
        "name_en": text("英文名称"),
        "main_name": text("主项名称"),
        "everyday": _several(row, "日常用语"),
        "codes": codes,
        "type": text("事项类型"),
        "level": text("行使层级"),
        "region": region,
        "region_name": text("区划名称"),
        "office": {"name": office or NOT_SAID, "code": text("实施主体编码"), "kind": text("实施主体性质")},
        "audience": _several(row, "服务对象"),
        "themes": _several(row, "主题"),
        "events": _several(row, "人生事件"),
        "handling": text("办件类型"),
        "legal_limit": _limit(row, "法定办结时限", "法定时限单位"),
        "promised_limit": _limit(row, "承诺办结时限", "承诺时限单位"),
        "conditions": text("受理条件"),
        "places": (place,) if any(place.values()) else (),
        "consult_phones": _several(row, "咨询方式"),
        "complaint_phones": _several(row, "投诉方式"),
        "fee_free": None if charged is None else not charged,
        "bases": tuple({"title": title} for title in _several(row, "设定依据")),
        "visits": row.whole("到现场次数"),
        "visits_reason": text("现场办理原因"),
        "intermediaries": _several(row, "中介服务"),
        "special_procedures": _several(row, "特别程序"),
        "results": tuple({"name": result} for result in _several(row, "审批结果")),
        "online": {"url": text("网办地址"), "mobile": text("移动端地址")},
        "kiosk": row.flag("自助终端") or False,
        "queue": text("队列"),
        "plain": text("通俗说明"),
        "plain_en": text("英文说明"),
        "valid_from": _date(row, "生效日期"),
        "valid_until": _date(row, "失效日期"),
        **_withdrawn(row),
    }


def detail_fields(row: Row, lines: Mapping[str, list[Line]]) -> Fields:
    """What stands in the lines of the other sheets, by sheet, that belong to the item in ``row``."""
    found: Fields = {
        "materials": _list(row, lines[MATERIALS], _material),
        "steps": _list(row, lines[STEPS], _step),
        "fees": _list(row, lines[FEES], _fee),
        "cases": _cases(row, lines[CASES]),
    }
    standard = row.text("收费标准")
    if standard and not lines[FEES]:
        found["fees"] = ({"name": row.text("事项名称"), "standard": standard},)
    return found


def _list(row: Row, lines: list[Line], read: Callable[[Row], Fields]) -> tuple[Fields, ...]:
    parts = []
    for line in lines:
        part = row_of(line, row)
        part.text(OWNER)
        values = read(part)
        part.keep_rest()
        for left in part.more:
            part.note(left["name"], "element.unknown", left["value"])
        parts.append(values)
    return tuple(parts)


def _material(part: Row) -> Fields:
    spoken: list[str] = []
    found = {
        "name": part.text("材料名称"),
        "issuer": part.text("出具单位"),
        "kind": part.text("材料类型"),
        "original": _label(part, "原件复印件", ORIGINALS, spoken),
        "copies": part.whole("份数"),
        "form": _label(part, "材料形式", FORMS, spoken),
        "necessity": _label(part, "必要性", NECESSITIES, spoken),
        "source": part.text("来源渠道"),
        "sample": part.text("示例样表"),
        "blank": part.text("空白表格"),
        "standard": part.text("受理标准"),
        "certificate": part.text("电子证照"),
        "when": _when(part, "适用情形"),
    }
    return found | {"note": "\n".join(filter(None, (part.text("备注"), *spoken)))}


def _step(part: Row) -> Fields:
    return {
        "name": part.text("环节名称"),
        "limit": _limit(part, "环节时限", "环节时限单位"),
        "result": part.text("环节结果"),
        "standard": part.text("审查标准"),
    }


def _fee(part: Row) -> Fields:
    return {
        "name": part.text("收费项目"),
        "standard": part.text("收费标准"),
        "basis": part.text("收费依据"),
        "relief": part.text("减免规定"),
    }


def _cases(row: Row, lines: list[Line]) -> tuple[Fields, ...]:
    """One question for each 问题编号, with an option for each line; question and 前提 are those of its first line."""
    cases: dict[str, Fields] = {}
    for line in lines:
        part = row_of(line, row)
        number = part.text("问题编号")
        question, english, when = part.text("问题"), part.text("问题英文"), _when(part, "前提")
        case = cases.setdefault(
            number, {"id": number, "question": question, "question_en": english, "when": when, "options": ()}
        )
        case["options"] += (
            {
                "id": part.text("选项编号"),
                "label": part.text("选项"),
                "label_en": part.text("选项英文"),
                "note": part.text("选项说明"),
            },
        )
    return tuple(cases.values())


def _several(row: Row, column: str) -> tuple[str, ...]:
    parts = re.split(f"[{SEPARATORS}]", row.text(column))
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in parts))))


def _limit(row: Row, column: str, unit_column: str) -> Fields | None:
    value, unit = row.whole(column), row.text(unit_column)
    if value is None:
        return None
    if not unit:
        row.note(unit_column, "element.absent", f"{value}: of what?")
        return None
    return {"value": value, "unit": unit}


def _label(part: Row, column: str, labels: Mapping[str, str], spoken: list[str]) -> str:
    """The model's word for a label; an unknown label goes into the note as it stands."""
    text = part.text(column)
    if text and text not in labels:
        part.note(column, "element.label_unknown", f"{text}: {'、'.join(labels)}")
        spoken.append(f"{column}：{text}")
    return labels.get(text, "")


def _when(part: Row, column: str) -> tuple[Fields, ...]:
    """``q1=a,b；q2=c``: all of these; the options of one are alternatives."""
    return tuple(
        {
            "case": question.strip(),
            "options": tuple(option.strip() for option in re.split("[,，]", options)),
        }
        for question, _, options in (text.partition("=") for text in _several(part, column))
    )


def _date(row: Row, column: str) -> date | None:
    text = row.text(column).strip()
    if not text:
        return None
    found = _DATE.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    row.note(column, "element.invalid", f"{text}: write dates as 2026-01-31")
    return None


def _withdrawn(row: Row) -> Fields:
    reason, say, instead = row.text("停办原因"), row.text("停办后去向"), _several(row, "停办后事项")
    if not (reason or say or instead):
        return {}
    return {"state": "withdrawn", "withdrawn": {"reason": reason, "say": say, "instead": instead}}
