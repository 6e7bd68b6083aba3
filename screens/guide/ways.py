"""Where a page leads: other offices, online, a bundle's members, a phone, and what is done instead. No Kivy."""

from hall.catalogue.answers import Elsewhere
from hall.catalogue.model import Bundle, Guide
from screens.guide import told
from screens.guide.sheet import Part, Parts
from screens.guide.told import Answers, lined, said_with
from screens.visit import Reading
from screens.words.words import Words


def elsewhere(words: Words, reading: Reading, guide: Guide) -> Parts:
    """Online first, then machines, then offices from near to far."""
    online, scan = guide.online, words("guide.elsewhere.scan")
    if online.url:
        yield Part(words("guide.elsewhere.online"), scan, icon="web", qr=online.url)
    if online.mobile:
        yield Part(words("guide.elsewhere.mobile"), scan, icon="cellphone", qr=online.mobile)
    if online.depth:
        yield Part(text=words("guide.elsewhere.depth", depth=online.depth), icon="web")
    if guide.kiosk:
        yield Part(
            words("guide.elsewhere.kiosk"), words("guide.elsewhere.kiosk_line"), icon="tablet-dashboard"
        )
    for other in reading.elsewhere:
        yield _other(words, other)
    if not (online.url or online.mobile or guide.kiosk or reading.elsewhere):
        yield Part(text=words("guide.elsewhere.none"), icon="help-circle-outline", look="flat")


def _other(words: Words, other: Elsewhere) -> Part:
    near = words(f"guide.elsewhere.{other.nearness}")
    known = other.address or other.phone
    return Part(
        other.office,
        lined(
            words("guide.joined").join(filter(None, (near, other.region_name))),
            other.address,
            said_with(words, "guide.place.phone", phone=other.phone),
            "" if known else words("guide.elsewhere.unsaid"),
        ),
        good=words("guide.joined").join(
            words(f"guide.elsewhere.{mark}")
            for mark, there in (("kiosk_mark", other.kiosk), ("online_mark", other.online))
            if there
        ),
        icon="office-building-marker-outline",
        intent="open",
        value=other.id,
    )


def members(words: Words, reading: Reading, bundle: Bundle) -> Parts:
    """Which items are done in one go; a touch opens one."""
    yield Part(words("guide.bundle.members", count=len(bundle.members)), icon="layers-outline", look="ok")
    for guide in reading.members:
        yield Part(
            words.pick(guide.name, guide.name_en),
            guide.office.name,
            soft=words("guide.bundle.member"),
            icon="file-document-outline",
            intent="open",
            value=guide.id,
        )
    if missing := len(bundle.members) - len(reading.members):
        yield Part(
            text=words("guide.bundle.missing", count=missing), icon="help-circle-outline", look="amber"
        )


def phone(words: Words, page: Guide | Bundle, url: str, answers: Answers) -> Parts:
    if not url:
        yield Part(words("guide.phone.none"), icon="cellphone-off", look="flat")
        return
    yield Part(
        words("guide.phone.head"),
        words("guide.phone.line"),
        good=said_with(words, "guide.phone.answers", situation=told.situation(words, page.cases, answers)),
        qr=url,
        grand=True,
    )


def withdrawn(words: Words, reading: Reading, guide: Guide) -> Parts:
    """Why it is no longer done, since when, and where to go instead."""
    gone = guide.withdrawn
    if gone is None:
        return
    if gone.since:
        yield Part(
            words("guide.withdrawn.since", date=gone.since.isoformat()), icon="calendar-remove-outline"
        )
    reason = gone.reason or words("guide.withdrawn.absent")
    yield Part(words("guide.withdrawn.reason"), reason, icon="comment-question-outline")
    if gone.say:
        yield Part(words("guide.withdrawn.say"), gone.say, icon="arrow-right-circle-outline", look="ok")
    for entry in reading.instead:
        yield Part(
            words.pick(entry.name, entry.name_en),
            lined(entry.line, entry.office),
            soft=words("guide.withdrawn.instead"),
            icon="file-document-arrow-right-outline",
            look="chosen",
            intent="open",
            value=entry.id,
        )
    if not reading.instead and not gone.say:
        ring = words("guide.list").join(told.phones(reading)[:2])
        said = said_with(words, "guide.withdrawn.no_instead_phone", phones=ring)
        yield Part(said or words("guide.withdrawn.no_instead"), icon="help-circle-outline", look="flat")
