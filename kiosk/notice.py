"""From a guide and a citizen's answers to the one-time notice on paper: a pure translation."""

from datetime import datetime

from drivers.printer.notice import Notice, NoticeMaterial
from hall.catalogue.cases import asked, materials_of, needed
from hall.catalogue.links import guide_path
from hall.catalogue.model import Bundle, Guide, Place
from hall.catalogue.wording import fee_lines, limit_text, material_facts, visits_text
from kiosk.feed import stamp
from screens.effects import PrintNotice

NOT_SAID = "来源没有写明，请先电话咨询"


def notice_of(effect: PrintNotice, *, hall: str, terminal: str, phone_url: str, now: datetime) -> Notice:
    """What the paper says: the materials that apply, and everything needed to come only once."""
    page, answers = effect.page, dict(effect.answers)
    materials = needed(page.cases, materials_of(page, effect.members), answers)
    return Notice(
        hall=hall,
        title=page.name,
        office=page.office.name if isinstance(page, Guide) else "、".join(m.name for m in effect.members),
        withdrawn=_withdrawn(page),
        situation=tuple(
            option.label
            for case in asked(page.cases, answers)
            for option in case.options
            if answers.get(case.id) == option.id
        ),
        materials=tuple(NoticeMaterial(m.name, material_facts(m), m.note) for m in materials),
        no_materials=NOT_SAID,
        facts=_facts(page),
        places=tuple(filter(None, map(_place, _places(page, effect.members)))),
        phones=_phones(page, effect.members),
        url=f"{phone_url.rstrip('/')}{guide_path(page.id, answers)}" if phone_url else "",
        version=effect.catalogue,
        printed=stamp(now),
        terminal=terminal,
        job=effect.job,
    )


def _withdrawn(page: Guide | Bundle) -> tuple[str, ...]:
    if isinstance(page, Bundle) or page.withdrawn is None:
        return ()
    return tuple(filter(None, (page.withdrawn.reason, page.withdrawn.say))) or ("请咨询窗口",)


def _facts(page: Guide | Bundle) -> tuple[tuple[str, str], ...]:
    if isinstance(page, Bundle):
        return (("办理时限", limit_text(page.limit)),) if page.limit else ()
    facts = [
        ("承诺时限", limit_text(page.promised_limit)) if page.promised_limit else None,
        ("法定时限", limit_text(page.legal_limit)) if page.legal_limit else None,
        *(("收费", line) for line in fee_lines(page)),
        ("跑几次", visits_text(page.visits)) if page.visits is not None else None,
    ]
    return tuple(fact for fact in facts if fact)


def _places(page: Guide | Bundle, members: tuple[Guide, ...]) -> tuple[Place, ...]:
    """A page's own; for a bundle without any, its members', each once."""
    return page.places or tuple(dict.fromkeys(place for guide in members for place in guide.places))


def _place(place: Place) -> str:
    at = " ".join(filter(None, (place.name, place.windows)))
    hours = f"时间：{place.hours}" if place.hours else ""
    phone = f"电话：{place.phone}" if place.phone else ""
    return "\n".join(filter(None, (at, place.address, hours, phone)))


def _phones(page: Guide | Bundle, members: tuple[Guide, ...]) -> tuple[tuple[str, str], ...]:
    consult = page.consult_phones or tuple(dict.fromkeys(p for g in members for p in g.consult_phones))
    complaint = page.complaint_phones if isinstance(page, Guide) else ()
    return (*(("咨询", phone) for phone in consult), *(("投诉", phone) for phone in complaint))
