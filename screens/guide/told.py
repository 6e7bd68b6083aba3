"""Elements of a guide in the words of the screen's language. What the source wrote stays as it is. No Kivy."""

from collections.abc import Iterable
from typing import TypeAlias

from hall.catalogue.model import Case, Guide, Limit, Material, When
from hall.catalogue.wording import COUNTED
from screens.guide.sheet import Part
from screens.visit import Reading
from screens.words.words import Words

Answers: TypeAlias = dict[str, str]  # case → option

_UNITS_EN = {
    "工作日": ("working day", "working days"),
    "自然日": ("calendar day", "calendar days"),
    "天": ("day", "days"),
    "日": ("day", "days"),
    "小时": ("hour", "hours"),
    "分钟": ("minute", "minutes"),
    "月": ("month", "months"),
    "年": ("year", "years"),
}


def limit(words: Words, given: Limit) -> str:
    """20 个工作日, 20 working days; a unit that has no English stays as it is."""
    if given.value == 0:
        said = words("guide.limit.at_once")
    else:
        key = "guide.limit.counted" if given.unit in COUNTED else "guide.limit.plain"
        english = _UNITS_EN.get(given.unit, (given.unit, given.unit))[given.value != 1]
        said = words(key, value=given.value, unit=words.pick(given.unit, english))
    return words("guide.limit.noted", limit=said, note=given.note) if given.note else said


def material_facts(words: Words, material: Material) -> str:
    """必须带 · 原件 1 份 · 纸质: only what the source says."""
    what = words(f"guide.material.{material.original}") if material.original else ""
    if material.copies is not None:
        key = "copies" if what else "copies_only"
        what = words(f"guide.material.{key}", what=what, count=material.copies)
    necessity = material.necessity if material.necessity in ("required", "optional") else ""
    return words("guide.joined").join(
        fact
        for fact in (
            words(f"guide.material.{necessity}") if necessity else "",
            what,
            words(f"guide.material.{material.form}") if material.form else "",
        )
        if fact
    )


def material_part(
    words: Words, material: Material, at: int, ticked: bool, conditions: str = "", spared: bool = False
) -> Part:
    """One line of the checklist, to be ticked; one that is ``spared`` need not be handed in."""
    facts = material_facts(words, material)
    key = "guide.spare.material" if spared else "guide.material.certificate"
    return Part(
        head=material.name,
        text="" if spared else facts,
        good=said_with(words, key, certificate=material.certificate),
        late=words("guide.material.later") if material.necessity == "later" else "",
        soft=lined(
            facts if spared else "",
            conditions,
            words("guide.joined").join(
                said_with(words, f"guide.material.{what}", **{what: getattr(material, what)})
                for what in ("issuer", "kind", "source")
                if getattr(material, what)
            ),
            said_with(words, "guide.material.standard", standard=material.standard),
            said_with(words, "guide.material.note", note=material.note),
            _forms(words, material),
        ),
        icon="check-decagram" if spared else "checkbox-marked" if ticked else "checkbox-blank-outline",
        intent="" if spared else "tick",
        value="" if spared else str(at),
        ticked=ticked and not spared,
        look="ok" if ticked or spared else "paper",
    )


def form_parts(words: Words, materials: Iterable[Material]) -> Iterable[Part]:
    """The codes that lead a phone to example and blank forms."""
    for material in materials:
        if material.sample:
            yield Part(
                material.name, words("guide.material.sample_of"), icon="file-eye-outline", qr=material.sample
            )
        if material.blank:
            yield Part(
                material.name, words("guide.material.blank_of"), icon="file-outline", qr=material.blank
            )


def _forms(words: Words, material: Material) -> str:
    if material.sample and material.blank:
        return words("guide.material.blank_and_sample")
    if material.sample:
        return words("guide.material.sample")
    return words("guide.material.blank") if material.blank else ""


def condition(words: Words, cases: tuple[Case, ...], conditions: tuple[When, ...]) -> str:
    """什么时候要带：补领原因 丢失 或 损坏."""
    known = {case.id: case for case in cases}
    told = []
    for when in conditions:
        case = known[when.case]
        options = [words.pick(o.label, o.label_en) for o in case.options if o.id in when.options]
        question = words.pick(case.question, case.question_en)
        told.append(words("guide.is", question=question, options=words("guide.or").join(options)))
    return words("guide.if_case", conditions=words("guide.and").join(told)) if told else ""


def situation(words: Words, cases: tuple[Case, ...], answers: Answers) -> str:
    """丢失 · 本人办理: what was answered, as it was offered."""
    return words("guide.joined").join(
        words.pick(option.label, option.label_en)
        for case in cases
        for option in case.options
        if answers.get(case.id) == option.id
    )


def phones(reading: Reading) -> tuple[str, ...]:
    """Whom to ring: the page's own, else its members'."""
    asked = reading.page.consult_phones or tuple(p for guide in reading.members for p in guide.consult_phones)
    return tuple(dict.fromkeys(phone for phone in asked if phone))


def absent(words: Words, reading: Reading, head: str = "") -> Part:
    """Said where the source says nothing: nothing is made up, and nothing left as a hole."""
    ring = words("guide.list").join(phones(reading)[:2])
    office = reading.page.office.name if isinstance(reading.page, Guide) else ""
    text = words("guide.absent_phone", phones=ring) if ring else lined(words("guide.absent"), office)
    return Part(head=head, text=text, icon="help-circle-outline", look="flat")


def lined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)


def said_with(words: Words, key: str, **fact: str) -> str:
    """The message, or nothing where its fact is empty."""
    return words(key, **fact) if all(fact.values()) else ""
