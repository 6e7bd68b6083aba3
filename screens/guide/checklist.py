"""What to bring: the materials that the citizen's answers leave, to be ticked off, and codes for the forms. No Kivy."""

from hall.catalogue.cases import holds, materials_of, next_question
from hall.catalogue.model import Bundle, Guide, Material
from screens.guide import told
from screens.guide.sheet import Part, Parts
from screens.guide.spared import Spared
from screens.guide.told import Answers, absent, lined, said_with
from screens.visit import Reading
from screens.words.words import Words


def materials(
    words: Words,
    reading: Reading,
    ticked: frozenset[int],
    answers: Answers,
    spared: Spared = Spared(),  # noqa: B008  frozen
) -> Parts:
    """The situation they were chosen for, the checklist, and codes for the forms."""
    page, everything = reading.page, _materials(reading)
    covered = spared.covered_places
    open_question = next_question(page.cases, answers)
    shown = [
        (at, material)
        for at, (material, _for) in enumerate(everything)
        if open_question is not None or holds(material.when, answers)
    ]
    if page.cases and any(material.when for material, _for in everything):
        yield _chosen_for(words, page, answers, filtered=open_question is None)
    if not shown:
        if everything:
            yield Part(text=words("guide.nothing_filtered"), icon="check-circle-outline", look="flat")
        else:
            yield absent(words, reading, words("guide.section.materials"))
        return
    for at, material in shown:
        conditions = told.condition(words, page.cases, material.when) if open_question is not None else ""
        used = said_with(words, "guide.material.used_for", members=everything[at][1])
        yield told.material_part(
            words, material, at, at in ticked, lined(conditions, used), spared=at in covered
        )
    yield from told.form_parts(words, (material for _at, material in shown))


def offer(words: Words, spared: Spared, *, shown: bool, plain: bool) -> Parts:
    """The way to bring less: showing one's code, or once that is done (``shown``) what it has spared.

    ``plain``: without a headline, which in large type would leave no room for the first material.
    """
    count, every = len(spared.covered), len(spared.materials)
    if not shown:
        icon, said = "qrcode-scan", words("guide.spare.offer")
        line = words("guide.spare.most", count=spared.most)
    elif count:
        icon, said = "check-decagram", words("guide.spare.spared", covered=count, all=every)
        line = words("guide.spare.see")
    else:
        icon, said, line = "card-search-outline", words("guide.spare.none"), words("guide.spare.see_all")
    if plain:
        yield Part(text=said, soft=line, icon=icon, look="chosen", intent="certificates")
    else:
        yield Part(head=said, text=line, icon=icon, look="chosen", intent="certificates")


def _materials(reading: Reading) -> tuple[tuple[Material, str], ...]:
    """Each with the names of a bundle's members that want it, where the bundle has no set of its own."""
    page = reading.page
    own = bool(page.materials) or isinstance(page, Guide)
    return tuple(
        (
            material,
            ""
            if own
            else "、".join(
                g.name for g in reading.members if any(m.name == material.name for m in g.materials)
            ),
        )
        for material in materials_of(page, reading.members)
    )


def materials_count(reading: Reading, answers: Answers) -> int | None:
    """How many are to be brought; None: the source lists none at all."""
    everything = _materials(reading)
    if not everything:
        return None
    if next_question(reading.page.cases, answers) is not None:
        return len(everything)
    return sum(holds(material.when, answers) for material, _for in everything)


def _chosen_for(words: Words, page: Guide | Bundle, answers: Answers, *, filtered: bool) -> Part:
    """In the type of the body: in large type a headline would leave no room for the first material."""
    if filtered:
        said = words("guide.filtered", situation=told.situation(words, page.cases, answers))
        return Part(
            text=said,
            soft=words("guide.change"),
            icon="filter-check-outline",
            look="chosen",
            intent="change",
        )
    return Part(
        text=words("guide.filter_all"),
        soft=words("guide.filter_ask", count=len(page.cases)),
        icon="filter-off-outline",
        look="amber",
        intent="change",
    )
