"""The key facts at a glance: how long, what it costs, how often one comes, what to bring, who, where. No Kivy.

Short words of our own; what the source wrote stands in the section that a touch on the fact opens.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hall.catalogue.model import Bundle, Guide
from screens.guide import told
from screens.guide.checklist import materials_count
from screens.guide.lines import width
from screens.guide.told import Answers
from screens.visit import Reading
from screens.words.words import Words

_PEOPLE = ("自然人", "个人", "公民")
_FIRMS = ("法人", "企业", "组织", "单位", "个体", "机关")


@dataclass(frozen=True, slots=True)
class Glance:
    """One fact; a touch opens the section that has it in full."""

    icon: str = ""
    word: str = ""
    text: str = ""
    section: str = ""
    small: bool = False  # too long for the large type


def glances(words: Words, reading: Reading, answers: Answers) -> Iterator[Glance]:
    page = reading.page
    yield _time(words, page)
    if isinstance(page, Guide):
        yield _fees(words, page)
        yield _visits(words, page)
    else:
        yield _members(words, page)
        ring = told.phones(reading)
        said = ring[0] if ring else words("guide.fact.unsaid")
        yield Glance("phone-outline", words("guide.place.consult"), said, "place")
    count = materials_count(reading, answers)
    said = words("guide.fact.unsaid" if count is None else "guide.fact.materials_count", count=count)
    yield Glance("clipboard-check-outline", words("guide.fact.materials"), said, "materials")
    who = _who(words, page.audience)
    yield Glance(
        "account-check-outline",
        words("guide.fact.who"),
        who,
        "conditions" if isinstance(page, Guide) else "about",
    )
    yield _where(words, page)


def _time(words: Words, page: Guide | Bundle) -> Glance:
    if isinstance(page, Bundle):
        key, limit = "time", page.limit
    elif page.promised_limit:
        key, limit = "promised", page.promised_limit
    else:
        key, limit = "legal" if page.legal_limit else "time", page.legal_limit
    said = told.limit(words, limit.model_copy(update={"note": ""})) if limit else words("guide.fact.unsaid")
    return Glance(
        "clock-outline", words(f"guide.fact.{key}"), said, "process" if isinstance(page, Guide) else "about"
    )


def _fees(words: Words, guide: Guide) -> Glance:
    if guide.fees:
        standards = [fee.standard for fee in guide.fees]
        short = len(standards) == 1 and 0 < width(standards[0], 44) <= 350 and "\n" not in standards[0]
        said = standards[0] if short else words("guide.fact.charged_look")
    elif guide.fee_free is None:
        said = words("guide.fact.unsaid")
    else:
        said = words("guide.fact.free" if guide.fee_free else "guide.fact.charged")
    return Glance("cash", words("guide.fact.fees"), said, "fees")


def _members(words: Words, bundle: Bundle) -> Glance:
    said = words("guide.fact.members_count", count=len(bundle.members))
    return Glance("layers-outline", words("guide.fact.members"), said, "members")


def _visits(words: Words, guide: Guide) -> Glance:
    if guide.visits is None:
        said = words("guide.fact.unsaid")
    else:
        said = words(
            "guide.fact.visits_count" if guide.visits else "guide.fact.visits_none", count=guide.visits
        )
    return Glance("walk", words("guide.fact.visits"), said, "process")


def _who(words: Words, audience: tuple[str, ...]) -> str:
    """In words a grandmother knows; "see" where the source's own words are none of them."""
    people = any(word in who for who in audience for word in _PEOPLE)
    firms = any(word in who for who in audience for word in _FIRMS)
    if not audience:
        return words("guide.fact.unsaid")
    if people and firms:
        return words("guide.fact.both")
    return words("guide.fact.people" if people else "guide.fact.firms" if firms else "guide.fact.see")


def _where(words: Words, page: Guide | Bundle) -> Glance:
    ways = []
    if page.places:
        ways.append("window")
    if isinstance(page, Guide):
        ways += ["online"] if page.online.url or page.online.mobile else []
        ways += ["kiosk"] if page.kiosk else []
    said = words("guide.list").join(words(f"guide.fact.{way}") for way in ways)
    section = "elsewhere" if ways and ways[0] != "window" else "place"
    return Glance(
        "map-marker-outline", words("guide.fact.where"), said or words("guide.fact.unsaid"), section
    )
