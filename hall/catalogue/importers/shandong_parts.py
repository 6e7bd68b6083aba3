"""Materials and cases of a row of the provincial library, which refer to one another."""

from collections.abc import Iterable

from hall.catalogue.importers.domains import label
from hall.catalogue.importers.rows import Fields, Row

TEXT = "TEXT"  # stands for the name of a text without markup
NECESSITIES = {
    "1": "required",
    "2": "optional",
    "3": "later",
    "必要": "required",
    "非必要": "optional",
    "容缺后补": "later",
}
FORMS = {
    "1": "paper",
    "2": "electronic",
    "3": "either",
    "纸质": "paper",
    "电子": "electronic",
    "电子化": "electronic",
    "纸质/电子": "either",
    "纸质/电子化": "either",
}
ORIGINALS = {"原件": "original", "复印件": "copy", "原件和复印件": "both"}
_IDS = ("MATERIAL_ID", "MATERIAL_CODE", "MATERIAL_GUID", "ID", "MATERIAL_NAME", "NAME")

Needed = dict[str, dict[str, tuple[str, ...]]]  # material's name or id → case → options


def first(part: Row, *elements: str) -> str:
    """The first of ``elements`` that has a value."""
    return next(filter(None, (part.text(element) for element in elements)), "")


def labelled(row: Row, element: str, code: str) -> str:
    """What a code of this source means; an unknown one as it stands, and noted."""
    if not code:
        return ""
    found = label("shandong", element, code)
    if found is None:
        row.note(element, "element.label_unknown", code)
    return code if found is None else found


def read_materials(row: Row, parts: list[Row], further: list[Row], needed: Needed) -> tuple[Fields, ...]:
    """``further`` are the records of MATERIAL_EXT_XML; each belongs to the material with the same id or name."""
    by_id = {value: part for part in further for element in _IDS if (value := part.text(element))}
    found, named = [], set()
    for part in parts:
        ids = [value for element in _IDS if (value := part.text(element))]
        extra = next((by_id[value] for value in ids if value in by_id), None)
        conditions = next((needed[value] for value in ids if value in needed), {})
        named |= {value for value in ids if value in needed}
        when = tuple({"case": case, "options": options} for case, options in conditions.items())
        found.append(_material([part] if extra is None else [part, extra]) | {"when": when})
    for name in (name for name in needed if name not in named):
        row.note("CASE_SETTING_INFO", "case.unclear", f"no such material: {name}")
    return tuple(found)


def _material(parts: list[Row]) -> Fields:
    def said(*elements: str) -> str:
        return next(filter(None, (part.text(element) for part in parts for element in elements)), "")

    def one_of(labels: dict[str, str], element: str) -> str:
        text = said(element)
        if text and text not in labels:
            parts[0].note(element, "element.label_unknown", text)
            spoken.append(f"{element}：{text}")
        return labels.get(text, "")

    spoken: list[str] = []
    kind, copies, source = said("MATERIAL_TYPE"), said("PAGE_NUM"), said("SOURCE_TYPE")
    if copies and not (copies.isascii() and copies.isdigit() and len(copies) < 4):
        parts[0].note("PAGE_NUM", "element.wrong_type", f"{copies} is no whole number")
        spoken.append(f"PAGE_NUM：{copies}")
        copies = ""
    if kind.isascii() and kind:  # two readings of these digits are in use, so none is right
        parts[0].note("MATERIAL_TYPE", "element.label_unknown", kind)
    return {
        "name": said("MATERIAL_NAME", "NAME", TEXT),
        "issuer": said("SOURCE_EXPLAIN", "ISSUER"),
        "kind": "" if kind in ORIGINALS else kind,
        "original": ORIGINALS.get(kind, ""),
        "copies": int(copies) if copies else None,
        "form": one_of(FORMS, "MATERIAL_FORMAT"),
        "necessity": one_of(NECESSITIES, "IS_NEED"),
        "source": labelled(parts[0], "SOURCE_TYPE", source),
        "standard": said("ACCEPT_STAND"),
        "note": "\n".join(filter(None, (said("FILL_EXPLAIN"), said("REMARK"), *spoken))),
    }


def read_cases(row: Row, parts: list[Row]) -> tuple[tuple[Fields, ...], Needed]:
    """Questions with their options, and which material needs which answer.

    One record for each option: CASE_NAME the question, OPTION_NAME the answer, MATERIALS what is needed only then
    (names or ids with ^ between). If any record is otherwise, none is used: wrong questions are worse than none.
    """
    cases: dict[str, Fields] = {}
    needed: Needed = {}
    for part in parts:
        question = first(part, "CASE_NAME", "QUESTION")
        option = first(part, "OPTION_NAME", "OPTION")
        if not question or not option or part.text(TEXT):
            return _unclear(row, parts, "a record without question or answer")
        case = cases.setdefault(question, {"id": f"q{len(cases) + 1}", "question": question, "options": ()})
        number = f"a{len(case['options']) + 1}"
        case["options"] += ({"id": number, "label": option},)
        for material in _names(part.text("MATERIALS")):
            options = needed.setdefault(material, {})
            options[case["id"]] = (*options.get(case["id"], ()), number)
    if any(len(case["options"]) < 2 for case in cases.values()):
        return _unclear(row, parts, "a question with one answer")
    return tuple(cases.values()), needed


def _unclear(row: Row, parts: list[Row], why: str) -> tuple[tuple[Fields, ...], Needed]:
    row.note("CASE_SETTING_INFO", "case.unclear", why)
    for part in parts:
        part.forget()  # so that all of it is kept as further elements
    return (), {}


def _names(text: str) -> Iterable[str]:
    return filter(None, (name.strip() for name in text.split("^")))
