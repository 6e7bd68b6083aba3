"""The sections of a guide: each of its elements stands in one of them, to the letter. No Kivy."""

from collections.abc import Callable

from hall.catalogue.model import Bundle, Guide, Place
from screens.guide import told
from screens.guide.checklist import materials
from screens.guide.sheet import Part, Parts
from screens.guide.spared import Spared
from screens.guide.told import Answers, absent, lined, said_with
from screens.guide.ways import elsewhere, members, phone
from screens.visit import Reading
from screens.words.words import Words

# The tabs in order: key of the section's word, icon.
GUIDE_TABS = {
    "plain": "lightbulb-on-outline",
    "materials": "clipboard-check-outline",
    "place": "map-marker-outline",
    "conditions": "account-check-outline",
    "process": "format-list-numbered",
    "fees": "cash",
    "basis": "scale-balance",
    "elsewhere": "directions-fork",
    "about": "information-outline",
    "phone": "cellphone",
}
BUNDLE_TABS = {
    "plain": "lightbulb-on-outline",
    "members": "layers-outline",
    "materials": "clipboard-check-outline",
    "place": "map-marker-outline",
    "about": "information-outline",
    "phone": "cellphone",
}


def tabs(page: Guide | Bundle) -> dict[str, str]:
    return GUIDE_TABS if isinstance(page, Guide) else BUNDLE_TABS


def plain(words: Words, reading: Reading) -> Parts:
    page = reading.page
    if words.language == "en" and page.plain_en:
        yield Part(text=page.plain_en)
    if page.plain:
        yield Part(text=page.plain)
    else:
        yield Part(text=words("guide.plain.absent"), icon="help-circle-outline", look="flat")
    for faq in page.faqs if isinstance(page, Guide) else ():
        yield Part(faq.question, faq.answer, icon="comment-question-outline")


def place(words: Words, reading: Reading) -> Parts:
    page = reading.page
    places = page.places or tuple(dict.fromkeys(p for guide in reading.members for p in guide.places))
    for counter in places:
        yield _counter(words, counter)
    if not places:
        yield absent(words, reading, words("guide.place.absent"))
    if calls := told.phones(reading):
        yield Part(words("guide.place.consult"), "\n".join(calls), icon="phone-outline")
    complaints = page.complaint_phones if isinstance(page, Guide) else ()
    if any(complaints):
        yield Part(words("guide.place.complaint"), lined(*complaints), icon="phone-alert-outline")


def _counter(words: Words, counter: Place) -> Part:
    return Part(
        counter.name or counter.address,
        lined(
            counter.address if counter.name else "",
            said_with(words, "guide.place.windows", windows=counter.windows),
            said_with(words, "guide.place.hours", hours=counter.hours),
            said_with(words, "guide.place.phone", phone=counter.phone),
        ),
        soft=said_with(words, "guide.place.traffic", traffic=counter.traffic),
        icon="map-marker-outline",
    )


def conditions(words: Words, reading: Reading, guide: Guide) -> Parts:
    who, what = words("guide.conditions.audience"), words("guide.conditions.conditions")
    if guide.audience:
        text = words("guide.list").join(guide.audience)
        yield Part(who, text, icon="account-group-outline")
    else:
        yield absent(words, reading, who)
    if guide.conditions:
        yield Part(what, guide.conditions, icon="account-check-outline")
    else:
        yield absent(words, reading, what)


def process(words: Words, reading: Reading, guide: Guide) -> Parts:
    limits = lined(
        *(
            words(f"guide.limit.{key}", limit=told.limit(words, given))
            for key, given in (("promised", guide.promised_limit), ("legal", guide.legal_limit))
            if given is not None
        )
    )
    if limits:
        yield Part(words("guide.limit.whole"), limits, icon="clock-outline")
    else:
        yield absent(words, reading, words("guide.limit.whole"))
    for at, step in enumerate(guide.steps, 1):
        spent = told.limit(words, step.limit) if step.limit else ""
        yield Part(
            step.name,
            lined(
                said_with(words, "guide.limit.step", limit=spent),
                said_with(words, "guide.process.result", result=step.result),
            ),
            soft=said_with(words, "guide.process.standard", standard=step.standard),
            icon=f"numeric-{at}-circle-outline" if at < 10 else "circle-outline",
        )
    if not guide.steps:
        yield absent(words, reading, words("guide.process.steps"))
    if guide.visits is not None or guide.visits_reason:
        count = ""
        if guide.visits is not None:
            key = "visits_count" if guide.visits else "visits_none"
            count = words(f"guide.process.{key}", count=guide.visits)
        yield Part(words("guide.process.visits"), lined(count, guide.visits_reason), icon="walk")
    for result in guide.results:
        yield Part(
            words("guide.process.results"),
            result.name,
            soft=lined(
                said_with(words, "guide.process.result_kind", kind=result.kind),
                said_with(words, "guide.process.validity", validity=result.validity),
                said_with(words, "guide.process.delivery", delivery=result.delivery),
            ),
            icon="certificate-outline",
        )
    if guide.handling:
        yield Part(words("guide.process.handling"), guide.handling, icon="speedometer")
    yield from _texts(words("guide.process.special"), guide.special_procedures, "alert-circle-outline")
    yield from _texts(words("guide.process.intermediaries"), guide.intermediaries, "handshake-outline")


def _texts(head: str, texts: tuple[str, ...], icon: str) -> Parts:
    return (Part(head, text, icon=icon) for text in texts if text)


def fees(words: Words, reading: Reading, guide: Guide) -> Parts:
    if guide.fee_free is None and not guide.fees:
        yield absent(words, reading, words("guide.section.fees"))
    elif guide.fee_free is not None:
        key = "free" if guide.fee_free else "charged"
        icon = "check-circle-outline" if guide.fee_free else "cash"
        yield Part(words(f"guide.fees.{key}"), icon=icon, look="ok" if guide.fee_free else "paper")
    for fee in guide.fees:
        yield Part(
            fee.name,
            said_with(words, "guide.fees.standard", standard=fee.standard),
            soft=lined(
                said_with(words, "guide.fees.relief", relief=fee.relief),
                said_with(words, "guide.fees.basis", basis=fee.basis),
            ),
            icon="cash",
        )


def basis(words: Words, reading: Reading, guide: Guide) -> Parts:
    for law in guide.bases:
        yield Part(law.title, law.article, soft=law.text, icon="scale-balance")
    if not guide.bases:
        yield absent(words, reading, words("guide.section.basis"))


def about(words: Words, page: Guide | Bundle) -> Parts:
    """What the other sections don't need: names, codes, validity, and elements without a section of their own."""

    def named(key: str, text: str, icon: str, soft: str = "") -> Parts:
        if text or soft:
            yield Part(words(f"guide.about.{key}"), text, soft=soft, icon=icon)

    several = words("guide.list").join
    if isinstance(page, Guide):
        for element in page.more:
            yield Part(element.name, element.value, icon="text-box-outline")
    yield from named("everyday", several(page.everyday), "tag-text-outline")
    if isinstance(page, Guide):
        yield from named("main_name", page.main_name, "file-tree-outline")
    if words.language == "en":
        yield from named("english", page.name, "translate")
    if isinstance(page, Guide):
        code = said_with(words, "guide.about.office_code", code=page.office.code)
        yield from named("office", page.office.name, "office-building-outline", lined(page.office.kind, code))
        yield from named("type", lined(page.type, page.type_code), "shape-outline")
        yield from named("level", page.level, "stairs")
        yield from named("region", lined(page.region_name, page.region), "map-outline")
        yield from named("themes", several(page.themes), "bookmark-outline")
    else:
        if page.audience:
            yield Part(
                words("guide.conditions.audience"), several(page.audience), icon="account-group-outline"
            )
        if page.limit:
            yield Part(words("guide.limit.whole"), told.limit(words, page.limit), icon="clock-outline")
    yield from named("events", several(page.events), "calendar-heart")
    if isinstance(page, Guide):
        since, until = page.valid_from, page.valid_until
        valid = (
            words("guide.about.valid_from", date=since.isoformat()) if since else "",
            words("guide.about.valid_until", date=until.isoformat()) if until else "",
        )
        yield from named("valid", lined(*valid), "calendar-range")
        codes = lined(
            said_with(words, "guide.about.task", code=page.codes.task),
            said_with(words, "guide.about.handle", code=page.codes.handle),
            said_with(words, "guide.about.basic", code=page.codes.basic),
            said_with(words, "guide.about.local", code=page.codes.local),
        )
        yield from named("codes", codes, "barcode")
    yield from named("source", page.source, "database-outline", words("guide.about.id", code=page.id))


_OF_A_GUIDE: dict[str, Callable[[Words, Reading, Guide], Parts]] = {
    "conditions": conditions,
    "process": process,
    "fees": fees,
    "basis": basis,
    "elsewhere": elsewhere,
}


def parts_of(
    section: str,
    words: Words,
    reading: Reading,
    ticked: frozenset[int],
    answers: Answers,
    url: str,
    spared: Spared = Spared(),  # noqa: B008  frozen
) -> tuple[Part, ...]:
    """Everything that ``section`` of the page says. Raises KeyError for a section that the page has not."""
    page = reading.page
    match section:
        case "plain":
            return tuple(plain(words, reading))
        case "materials":
            return tuple(materials(words, reading, ticked, answers, spared))
        case "place":
            return tuple(place(words, reading))
        case "about":
            return tuple(about(words, page))
        case "phone":
            return tuple(phone(words, page, url, answers))
        case "members" if isinstance(page, Bundle):
            return tuple(members(words, reading, page))
        case _ if isinstance(page, Guide):
            return tuple(_OF_A_GUIDE[section](words, reading, page))
    raise KeyError(section)
