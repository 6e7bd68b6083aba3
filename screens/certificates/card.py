"""One certificate as a card: what it is, its masked number, its issuer, whether it is in force. No Kivy."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from hall.wire.messages import CertificateView
from screens.guide.lines import lines, width
from screens.guide.sheet import leading
from screens.theme.tokens import Tokens
from screens.words.words import Words

ACROSS = 1000  # pixels between the margins
ICON = 88  # side of a card's icon

Kind = Literal["ok", "amber", "soft"]


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether a certificate is in force: by icon and word, never by colour alone."""

    icon: str = ""
    text: str = ""
    kind: Kind = "ok"


@dataclass(frozen=True, slots=True)
class CertificateCard:
    """Texts are broken into lines for their place; ``height`` is in pixels of the design."""

    id: str = ""
    intent: str = ""
    icon: str = ""
    name: str = ""
    small: bool = False  # the name: too long for the large type
    line: str = field(default="", repr=False)
    state: Validity = Validity()
    note: str = ""  # for the clerk
    mark: str = ""  # at the end: a chevron, or a box to tick
    chosen: bool = False
    height: int = 0


def validity(words: Words, certificate: CertificateView) -> Validity:
    """长期有效, 有效至 2031-05-01, 已过期 2024-03-01 …"""
    begins, ends = certificate.valid_from, certificate.valid_to
    match certificate.status:
        case "valid" if ends is None:
            return Validity("check-circle-outline", words("certificates.always"), "ok")
        case "valid":
            return Validity("check-circle-outline", words("certificates.until", date=ends), "ok")
        case "expired":
            said = words("certificates.expired_on", date=ends) if ends else words("certificates.expired")
            return Validity("clock-alert-outline", said, "amber")
        case "revoked":
            return Validity("cancel", words("certificates.revoked"), "amber")
        case "suspended":
            return Validity("pause-circle-outline", words("certificates.suspended"), "amber")
        case "not_yet":
            said = words("certificates.from", date=begins) if begins else words("certificates.not_yet")
            return Validity("calendar-clock-outline", said, "amber")


def name_of(words: Words, certificate: CertificateView) -> str:
    return words.pick(certificate.name, certificate.name_en)


def card_of(words: Words, tokens: Tokens, certificate: CertificateView) -> CertificateCard:
    """As it stands on the list: a touch opens it."""
    room = ACROSS - 2 * tokens.gap - ICON - tokens.card - 2 * tokens.gap
    name, small = _name(words, tokens, certificate, room)
    together = words("certificates.joined", one=certificate.number, other=certificate.issuer)
    one_line = width(together, tokens.small) <= room
    line = (together,) if one_line else (certificate.number, certificate.issuer)
    shown = tuple(part for text in line if text for part in fitted(text, tokens.small, room, 2))
    note = words("certificates.doubtful") if certificate.doubtful else ""
    height = _height(tokens, name, small, len(shown), bool(note))
    return CertificateCard(
        id=certificate.id,
        intent="open",
        icon=certificate.icon,
        name="\n".join(name),
        small=small,
        line="\n".join(shown),
        state=validity(words, certificate),
        note=note,
        mark="chevron-right",
        height=height,
    )


def choice_of(words: Words, tokens: Tokens, certificate: CertificateView, chosen: bool) -> CertificateCard:
    """As it stands among those to choose from: a touch ticks it."""
    room = ACROSS - 2 * tokens.gap - ICON - tokens.card - 2 * tokens.gap
    name, small = _name(words, tokens, certificate, room)
    return CertificateCard(
        id=certificate.id,
        intent="toggle",
        icon=certificate.icon,
        name="\n".join(name),
        small=small,
        state=validity(words, certificate),
        mark="checkbox-marked" if chosen else "checkbox-blank-outline",
        chosen=chosen,
        height=_height(tokens, name, small, 0, False),
    )


def pages_of(
    cards: Sequence[CertificateCard], room: int, gap: int, pager: int
) -> tuple[tuple[CertificateCard, ...], ...]:
    """Cards over pages of ``room`` pixels; more than one leaves ``pager`` to turn by. At least one."""
    pages = _dealt(cards, room, gap)
    return pages if len(pages) == 1 else _dealt(cards, room - pager, gap)


def _dealt(cards: Sequence[CertificateCard], room: int, gap: int) -> tuple[tuple[CertificateCard, ...], ...]:
    pages: list[list[CertificateCard]] = [[]]
    left = room
    for card in cards:
        if card.height > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append(card)
        left -= card.height + gap
    return tuple(map(tuple, pages))


def fitted(text: str, size: int, room: float, most: int) -> tuple[str, ...]:
    """``text`` in at most ``most`` lines; what is left out is shown by an ellipsis."""
    broken = lines(text, size, room)
    if len(broken) <= most:
        return broken
    last = broken[most - 1]
    while last and width(last + "…", size) > room:
        last = last[:-1]
    return (*broken[: most - 1], last + "…")


def _name(
    words: Words, tokens: Tokens, certificate: CertificateView, room: int
) -> tuple[tuple[str, ...], bool]:
    name = name_of(words, certificate)
    if width(name, tokens.lead) <= room:
        return (name,), False
    return fitted(name, tokens.body, room, 2), True


def _height(tokens: Tokens, name: tuple[str, ...], small: bool, told: int, note: bool) -> int:
    """Its name, ``told`` small lines, its validity and a note; never less than a finger needs."""
    text = len(name) * leading(tokens.body if small else tokens.lead) + told * leading(tokens.small)
    text += leading(tokens.body) + (leading(tokens.small) if note else 0)
    return max(tokens.target, ICON, text) + 3 * tokens.unit
