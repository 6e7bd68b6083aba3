"""How a caller pad shows what the citizen at the window agreed to show. No Kivy."""

from datetime import date
from typing import Final

from hall.wire.messages import CertificateStatus, CertificateView, WindowCertificate, WindowView
from screens.caller.blocking import blocked
from screens.caller.known import Known
from screens.caller.refusals import refusal
from screens.caller.showing import Showing
from screens.caller.view_model import Button, CertificateRow, CertificatesPanel, Face, Mark, Tone
from screens.words.phrase import NOTHING, Phrase

_STATUS: Final[dict[CertificateStatus, tuple[str, Tone]]] = {
    "valid": ("check-circle-outline", "plain"),
    "expired": ("calendar-remove-outline", "alarm"),
    "revoked": ("close-circle-outline", "alarm"),
    "suspended": ("pause-circle-outline", "note"),
    "not_yet": ("clock-outline", "note"),
}


def offered(window: WindowView) -> Mark | None:
    """How many certificates the citizen at the window agreed to show; None: none."""
    count = window.current.certificates if window.current is not None else 0
    if not count:
        return None
    return Mark(_count("caller.certificates.offered", count), "card-account-details-outline")


def look(known: Known, window: WindowView) -> Button | None:
    """Opens the list; not there while it is open, or while a question is asked."""
    if offered(window) is None or known.showing is not None or known.asked is not None:
        return None
    return blocked(known, Button("certificates", Phrase("caller.certificates.look"), "", hint="F10"))


def certificates(known: Known) -> CertificatesPanel | None:
    """The list, or why there is none; None: it is not open."""
    showing = known.showing
    if showing is None:
        return None
    all_of_them, size = showing.listed or (), known.room.certificates
    pages = max(1, -(-len(all_of_them) // size))
    at = showing.page % pages
    note, tone = _note(showing)
    turn = Phrase("caller.more", (("page", str(at + 1)), ("pages", str(pages))))
    shown = enumerate(all_of_them[at * size : (at + 1) * size], 1)
    return CertificatesPanel(
        title=_count("caller.certificates.title", len(all_of_them))
        if all_of_them
        else Phrase("caller.certificates.heading"),
        note=note,
        tone=tone,
        code=showing.code,
        rows=tuple(_row(known, showing, one, str(key)) for key, one in shown),
        back=Button("certificates-back", Phrase("caller.certificates.back"), "close", hint="Esc"),
        again=blocked(
            known, Button("certificates", Phrase("caller.certificates.again"), "refresh", hint="F10")
        )
        if showing.code and showing.listed is None
        else None,
        more=Button("certificates-page", turn, "chevron-right", hint="5") if pages > 1 else None,
    )


def face(known: Known, window: WindowView) -> Face | None:
    """The certificate that is looked at; None: none."""
    showing = known.showing
    one = showing.certificate(showing.shown) if showing is not None and showing.shown else None
    if showing is None or one is None:
        return None
    return Face(
        name=one.certificate.name,
        name_en=one.certificate.name_en,
        number=window.current.number if window.current is not None else "",
        picture=showing.picture,
        left=showing.left,
        back=Button("face-back", Phrase("caller.certificates.close"), "close", hint="Esc"),
    )


def _note(showing: Showing) -> tuple[Phrase, Tone]:
    if showing.code == "hall.unreachable":
        return Phrase("caller.certificates.unreachable"), "alarm"
    if showing.code:
        return refusal(showing.code), "alarm"
    if showing.listed is None:
        return Phrase("caller.certificates.asking"), "plain"
    if showing.gone:
        return Phrase("caller.certificates.gone"), "alarm"
    return NOTHING, "plain"


def _row(known: Known, showing: Showing, one: WindowCertificate, key: str) -> CertificateRow:
    of = one.certificate
    icon, tone = _STATUS[of.status]
    view = Button("certificates-view", Phrase("caller.certificates.view"), "", of.id, key)
    return CertificateRow(
        name=of.name,
        name_en=of.name_en,
        holder=of.holder,
        number=of.number,
        issuer=of.issuer,
        validity=_validity(of),
        status=Mark(Phrase(f"caller.certificates.{of.status}"), icon, tone),
        doubt=Phrase("caller.certificates.doubtful") if of.doubtful else NOTHING,
        viewed=Phrase("caller.certificates.viewed") if one.viewed else NOTHING,
        button=None if one.viewed else _viewable(known, showing, view),
    )


def _viewable(known: Known, showing: Showing, button: Button) -> Button:
    """One picture is fetched at a time."""
    busy = Phrase("caller.why.busy") if showing.opening[1] else None
    return blocked(known, button, "certificates", why=busy)


def _validity(of: CertificateView) -> Phrase:
    if of.valid_to is None:
        return Phrase("caller.certificates.long_term")
    if of.status == "not_yet" and of.valid_from is not None:
        return Phrase("caller.certificates.from", (("day", _day(of.valid_from)),))
    return Phrase("caller.certificates.until", (("day", _day(of.valid_to)),))


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"


def _count(key: str, count: int) -> Phrase:
    return Phrase(f"{key}_one") if count == 1 else Phrase(key, (("count", str(count)),))
