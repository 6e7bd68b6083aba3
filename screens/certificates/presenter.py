"""What the office already has of somebody: the certificates as cards, and what they spare of a guide. No Kivy."""

from dataclasses import dataclass, field, replace

from hall.wire.messages import CertificateView, PresentationView
from screens.certificates.card import ACROSS, CertificateCard, card_of, fitted, pages_of
from screens.effects import Effect, Show
from screens.events import Event, Touched
from screens.find.state_card import StateCard, Way
from screens.guide.lines import width
from screens.guide.sheet import leading
from screens.guide.spared import Spared, spared
from screens.visit import Terminal, Visit
from screens.words.faults import told
from screens.words.phrase import Phrase

FORGOTTEN = "presentation.unknown"  # the hall keeps what was shown for a few minutes only


@dataclass(frozen=True, slots=True)
class Company:
    """For whom somebody acts. Texts are in lines; ``height`` in pixels."""

    name: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    agent: str = field(default="", repr=False)
    height: int = 0
    small: bool = False  # the name, which is too long for a line of the larger type


@dataclass(frozen=True, slots=True)
class Sparing:
    """What need not be handed in, and what must still be brought."""

    covered: str = ""
    left: str = ""
    left_icon: str = ""
    height: int = 0


@dataclass(frozen=True, slots=True)
class CertificatesView:
    who_icon: str = ""
    who: str = field(default="", repr=False)
    title: str = ""
    title_kind: str = "title"
    company: Company = Company()
    sparing: Sparing = Sparing()
    cards: tuple[CertificateCard, ...] = field(default=(), repr=False)
    page: str = ""
    before: str = ""
    after: str = ""
    before_value: str = ""
    after_value: str = ""
    state: StateCard = StateCard()  # noqa: RUF009  frozen
    attach: str = ""  # "": there is nothing in force to show
    handover: str = ""
    on: Way = Way()  # noqa: RUF009  frozen; where nothing is in force, so that the list is no dead end


class CertificatesPresenter:
    """A picture that was looked at is forgotten as soon as the list is there again."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._page = 0
        self._shown: PresentationView | None = None

    def enter(self) -> None:
        visit = self._terminal.visit
        visit.face, visit.face_code, visit.face_until, visit.looking_at = None, "", 0.0, ""
        visit.share_url, visit.share_code, visit.share_until = "", "", 0.0
        visit.asked = ""
        if self._shown is not visit.presentation:
            self._shown, self._page = visit.presentation, 0

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        given = visit.presentation
        if given is None:
            return (Show("welcome"),)
        match event:
            case Touched("open", value) if any(c.id == value for c in given.certificates):
                visit.looking_at = value
                return (Show("certificate"),)
            case Touched("attach") if in_force(given):
                return (Show("consent"),)
            case Touched("handover") if in_force(given):
                return (Show("handover"),)
            case Touched("page", value) if value.isdecimal():
                self._page = min(int(value), len(self._pages()) - 1)
            case Touched("again") if not given.certificates:
                return present_again(visit)
            case Touched("guide") if visit.reading is not None:
                return (Show("guide"),)
            case Touched("take") if self._terminal.gives_numbers:
                return (Show("choose"),)
            case _:
                pass
        return ()

    def say(self) -> Phrase:
        given, found = self._terminal.visit.presentation, spared(self._terminal.visit)
        if given is None:
            return Phrase()
        if not given.certificates:
            return Phrase(
                "say.certificates_unavailable" if given.certificates_code else "say.certificates_none"
            )
        count = ("count", str(len(given.certificates)))
        if not found.materials:
            return Phrase("say.certificates", (count,))
        covered, every = ("covered", str(len(found.covered))), ("all", str(len(found.materials)))
        return Phrase("say.certificates_spared", (count, covered, every))

    @property
    def view(self) -> CertificatesView:
        terminal, given = self._terminal, self._terminal.visit.presentation
        if given is None:
            return CertificatesView()
        words, found = terminal.words, spared(terminal.visit)
        title, kind = self._title(found)
        pages = self._pages()
        page = min(self._page, len(pages) - 1)
        usable = bool(in_force(given))
        return CertificatesView(
            who_icon="account-tie-outline" if given.company else "account-check-outline",
            who=self._who(given),
            title=title,
            title_kind=kind,
            company=self._company(given),
            sparing=self._sparing(found) if given.certificates else Sparing(),
            cards=pages[page],
            page=words("guide.page", page=page + 1, pages=len(pages)) if len(pages) > 1 else "",
            before=words("guide.before"),
            after=words("guide.after"),
            before_value=str(page - 1) if page else "",
            after_value=str(page + 1) if page + 1 < len(pages) else "",
            state=StateCard() if given.certificates else self._nothing(given),
            attach=words("certificates.attach") if usable else "",
            handover=words("certificates.handover") if usable else "",
            on=self._way_on() if given.certificates and not usable else Way(),
        )

    # -- whose they are ---------------------------------------------------------------------------------------

    def _who(self, given: PresentationView) -> str:
        words = self._terminal.words
        source = words(f"certificates.source.{given.source}")
        if given.company is not None or not given.masked_name:
            return source
        return words("certificates.who", name=given.masked_name, source=source)

    def _title(self, found: Spared) -> tuple[str, str]:
        words, tokens = self._terminal.words, self._terminal.tokens
        given = self._terminal.visit.presentation
        if not found.materials or given is None or not given.certificates:
            key = "certificates.title_company" if given and given.company else "certificates.title"
            return words(key), "title"
        said = words("certificates.spared", covered=len(found.covered), all=len(found.materials))
        return said, "title" if len(fitted(said, tokens.title, ACROSS, 2)) == 1 else "card"

    def _company(self, given: PresentationView) -> Company:
        """Left out in large type where there are words in place of a list."""
        words, tokens, company = self._terminal.words, self._terminal.tokens, given.company
        if company is None or (tokens.name == "large" and not given.certificates):
            return Company()
        room = ACROSS - 2 * tokens.gap
        until = company.authority_until
        agent = words(
            "certificates.agent_until" if until else "certificates.agent",
            name=company.agent,
            authority=company.authority,
            date=until,
        )
        small = width(company.name, tokens.lead) > room
        size = tokens.body if small else tokens.lead
        name = fitted(company.name, size, room, 2)
        code = (words("certificates.credit_code", code=company.code),)
        acting = fitted(agent, tokens.body, room, 2)
        height = len(name) * leading(size) + leading(tokens.small)
        height += len(acting) * leading(tokens.body) + 4 * tokens.unit
        return Company("\n".join(name), "\n".join(code), "\n".join(acting), height, small)

    def _sparing(self, found: Spared) -> Sparing:
        if not found.materials:
            return Sparing()
        words, tokens = self._terminal.words, self._terminal.tokens
        room = ACROSS - 2 * tokens.gap - tokens.body - tokens.unit * 2
        between = words("certificates.between")
        covered, left = found.covered, found.left
        yes = words("certificates.covered", names=between.join(covered)) if covered else ""
        no = (
            words("certificates.left", names=between.join(left))
            if left
            else words("certificates.all_covered")
        )
        # in large type what must be brought has the room: how much is spared the title says
        large, given = tokens.name == "large", self._terminal.visit.presentation
        whole = not (large and yes and given is not None and given.company)
        good = fitted(yes, tokens.body, room, 1 if large else 2) if yes else ()
        still = fitted(no, tokens.body, room, 2 if whole else 1)
        height = (
            (len(good) + len(still)) * leading(tokens.body) + 4 * tokens.unit + (tokens.unit if yes else 0)
        )
        icon = "clipboard-text-outline" if left else "check-all"
        return Sparing("\n".join(good), "\n".join(still), icon, height)

    # -- the list ---------------------------------------------------------------------------------------------

    def _pages(self) -> tuple[tuple[CertificateCard, ...], ...]:
        terminal, given = self._terminal, self._terminal.visit.presentation
        if given is None:
            return ((),)
        words, tokens = terminal.words, terminal.tokens
        gap = tokens.unit * 2
        cards = [card_of(words, tokens, certificate) for certificate in ordered(terminal.visit)]
        return pages_of(cards, self._room(given), gap, tokens.target + gap)

    def _room(self, given: PresentationView) -> int:
        """Height for the cards, between what stands above and the actions, without a pager."""
        tokens, found = self._terminal.tokens, spared(self._terminal.visit)
        gap = tokens.unit * 2
        room = 1920 - tokens.header - tokens.bar - 4 - 2 * tokens.gap - 2 * gap
        room -= leading(tokens.body) + leading(getattr(tokens, self._title(found)[1]))
        for panel in (self._company(given).height, self._sparing(found).height):
            room -= panel + gap if panel else 0
        room -= tokens.target + 40
        if in_force(given):
            room -= tokens.target + 16 + gap
        return room

    def _way_on(self) -> Way:
        """Whoever has nothing to show is helped at a window, or goes on reading."""
        words = self._terminal.words
        if self._terminal.visit.reading is not None:
            return Way("guide", "clipboard-check-outline", words("certificates.to_guide"))
        if self._terminal.gives_numbers:
            return Way("take", "ticket-confirmation-outline", words("certificates.take"))
        return Way("staff", "face-agent", words("find.missing.staff"))

    def _nothing(self, given: PresentationView) -> StateCard:
        """No certificates: none are kept, or nobody could say; and the ways on."""
        terminal, code = self._terminal, given.certificates_code
        words = terminal.words
        on = self._way_on()
        again = Way("again", "refresh", words("certificates.again"))
        if code:
            unreachable = "certificates.unreachable"  # the hall's own words are about numbers
            said = told(words, unreachable if code.startswith("hall.") else code, unreachable)
            once_more = replace(again, text=words("certificate.present"))
            return StateCard(
                "cloud-alert-outline", said.title, said.line, words("fault.code", code=code), once_more, on
            )
        key = "certificates.none_company" if given.company else "certificates.none"
        return StateCard(
            "card-search-outline", words(f"{key}.title"), words(f"{key}.line"), main=on, second=again
        )


def in_force(given: PresentationView) -> tuple[CertificateView, ...]:
    """Those that may be shown to somebody as proof."""
    return tuple(certificate for certificate in given.certificates if certificate.status == "valid")


def ordered(visit: Visit) -> tuple[CertificateView, ...]:
    """Those that spare something of the guide first, then the others in force, then the rest."""
    given, sparing = visit.presentation, spared(visit).certificates
    return tuple(
        sorted(
            given.certificates if given is not None else (),
            key=lambda certificate: (certificate.id not in sparing, certificate.status != "valid"),
        )
    )


def present_again(visit: Visit) -> tuple[Effect, ...]:
    """Back to showing a code or a card, and nothing is left of the one before."""
    visit.presentation, visit.card, visit.card_code = None, "", ""
    visit.purpose, visit.chosen, visit.agreed = "certificates", (), False
    return (Show("present"),)
