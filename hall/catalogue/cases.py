"""What a citizen's answers make of a guide: which questions are left, which materials apply. Pure."""

from collections.abc import Iterable, Mapping

from hall.catalogue.model import Bundle, Case, Guide, Material, When

Answers = Mapping[str, str]  # case id → option id


def holds(conditions: Iterable[When], answers: Answers) -> bool:
    return all(answers.get(when.case) in when.options for when in conditions)


def asked(cases: tuple[Case, ...], answers: Answers) -> tuple[Case, ...]:
    """The questions that are put, given what was answered so far, in order."""
    return tuple(case for case in cases if holds(case.when, answers))


def next_question(cases: tuple[Case, ...], answers: Answers) -> Case | None:
    """The first question not yet answered; None: all are."""
    return next((case for case in asked(cases, answers) if case.id not in answers), None)


def still_true(cases: tuple[Case, ...], answers: Answers) -> dict[str, str]:
    """``answers`` without those to questions that are no longer put."""
    kept: dict[str, str] = {}
    for case in cases:  # a question depends only on those before it
        if case.id in answers and holds(case.when, kept):
            kept[case.id] = answers[case.id]
    return kept


def materials_for(materials: tuple[Material, ...], answers: Answers) -> tuple[Material, ...]:
    """What is to be brought: all unconditional materials and those whose conditions hold."""
    return tuple(material for material in materials if holds(material.when, answers))


def needed(
    cases: tuple[Case, ...], materials: tuple[Material, ...], answers: Answers
) -> tuple[Material, ...]:
    """What to show: the materials that apply; all of them while a question is still open (it may be skipped)."""
    return materials if next_question(cases, answers) is not None else materials_for(materials, answers)


def materials_of(page: Guide | Bundle, members: Iterable[Guide] = ()) -> tuple[Material, ...]:
    """A page's own materials; for a bundle without a set of its own, those of its members, each name once.

    A member's conditions are left out with it: its questions are not the bundle's.
    """
    if page.materials or isinstance(page, Guide):
        return page.materials
    each = {m.name: m.model_copy(update={"when": ()}) for guide in members for m in guide.materials}
    return tuple(each.values())
