"""The first screen: what can be done here, how busy it is, and the one main action. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from screens.effects import Effect, Show
from screens.events import Event, Presented, Touched
from screens.visit import Terminal, opens
from screens.welcome import notices
from screens.words.phrase import Phrase
from screens.words.waiting import people

WAITING_LINES = 6

Mode = Literal["", "starting", "open", "closed", "lost"]

# What else a terminal can do, in the order shown; each only where the settings say it is on.
FEATURES = (
    ("guide", "book-open-variant"),
    ("certificates", "qrcode-scan"),
    ("checkin", "calendar-check-outline"),
)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A queue of the live strip; ``busy`` is told by the words too."""

    name: str = ""
    count: str = ""
    nobody: bool = False


@dataclass(frozen=True, slots=True)
class FeatureCard:
    intent: str = ""
    icon: str = ""
    title: str = ""
    line: str = ""


_NUMBER = FeatureCard("take", "ticket-confirmation-outline")  # its words depend on how much else there is


@dataclass(frozen=True, slots=True)
class WelcomeView:
    mode: Mode = ""
    title: str = ""
    line: str = ""
    take: str = ""  # the main action: a number, or what else is done here first
    take_line: str = ""
    take_intent: str = "take"
    take_icon: str = "ticket-confirmation-outline"
    state_icon: str = ""  # in place of the main action, when no number can be taken
    state_title: str = ""
    state_line: str = ""
    state_more: str = ""
    state_hours: str = ""
    code: str = ""
    card_title: str = ""  # empty: the reader is gone, or there is too much else
    card_line: str = ""
    features: tuple[FeatureCard, ...] = ()
    waiting_title: str = ""
    waiting: tuple[WaitingLine, ...] = ()
    own_notice: str = ""  # of this terminal
    notice: str = ""  # of the hall
    card_left: str = ""  # in the slot, by whoever it was
    printer_note: str = ""


class WelcomePresenter:
    """The journey starts by a touch, or by laying a card down."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def enter(self) -> None:
        """Nothing is kept from the visitor before."""

    @property
    def open(self) -> bool:
        """Whether a card or a code begins a journey here now: the way to a number."""
        return self._mode() == "open" and self._terminal.offer.numbers

    def handle(self, event: Event) -> tuple[Effect, ...]:
        match event:
            case Touched("guide") if self._reads and self._mode() != "starting":
                return (Show("find"),)  # guides need no network: they are there when the hall is not
            case Touched("take") | Presented() if self.open:
                return (Show("choose"),)
            case Touched("certificates" | "checkin" as purpose) if self._mode() == "open" and self._has(
                purpose
            ):
                self._terminal.visit.purpose = purpose
                return (Show("present"),)
            case _:
                return ()

    def say(self) -> Phrase:
        if self._terminal.card_in_slot:
            return Phrase("say.welcome_card_left")
        mode = self.view.mode
        return Phrase("say.welcome_other" if mode == "open" and not self.open else f"say.welcome_{mode}")

    @property
    def view(self) -> WelcomeView:
        mode = self._mode()
        features = self._features(*(self._terminal.features if mode == "open" else ("guide",)))
        if mode == "starting":
            return self._nothing(mode, ())
        if self._terminal.offer.numbers:
            return self._something(_NUMBER, features) if mode == "open" else self._nothing(mode, features)
        if features:
            return self._something(features[0], features[1:])
        return self._nothing("starting" if mode == "open" else mode, ())

    def _nothing(self, mode: Mode, features: tuple[FeatureCard, ...]) -> WelcomeView:
        """No number can be taken now, and why; guides may be there all the same."""
        terminal, words, offer = self._terminal, self._terminal.words, self._terminal.offer
        own_notice, notice = notices.own(terminal), notices.of_the_hall(terminal)
        card_left = words("welcome.card_left") if terminal.card_in_slot else ""
        return WelcomeView(
            mode=mode,
            title=offer.title.said(words, words("welcome.title_other")),
            line=offer.line.said(words),
            state_icon={"closed": "clock-outline", "lost": "lan-disconnect"}.get(mode, "timer-sand"),
            state_title=words(f"welcome.{mode}"),
            state_line=words(f"welcome.{mode}_line"),
            state_more=opens(terminal, terminal.hall.opens) if mode == "closed" else "",
            state_hours=self._hours() if mode == "closed" else "",
            code=words("fault.code", code=terminal.link) if terminal.link else "",
            features=features,
            own_notice=own_notice,
            notice="" if own_notice and (card_left or terminal.theme == "large") else notice,
            card_left=card_left,
        )

    def _something(self, main: FeatureCard, features: tuple[FeatureCard, ...]) -> WelcomeView:
        """What can be done here, ``main`` in large; the more there is, the less is said beside it."""
        terminal, words, hall = self._terminal, self._terminal.words, self._terminal.hall
        offer, numbers = terminal.offer, main is _NUMBER
        own_notice, notice = notices.own(terminal), notices.of_the_hall(terminal)
        card_left = words("welcome.card_left") if terminal.card_in_slot else ""
        more, large, full = bool(features), terminal.theme == "large", len(features) == len(FEATURES)
        no_paper = words("welcome.no_paper") if numbers and terminal.printer is not None else ""
        if card_left and full and large:
            own_notice = ""  # until the card is taken
        if (card_left or own_notice) and full:
            no_paper = ""  # it is said again where a number is taken
        crowded = bool(no_paper or card_left or own_notice) and full
        brief = (crowded and large) or (bool(own_notice) and (full or large))
        scans = terminal.scanner is None
        lay_card = (
            numbers and terminal.reader is None and len(features) <= 1 and not (card_left or own_notice)
        )
        line = self._line() if numbers and not (large and (more or lay_card)) else ""
        total = sum(queue.waiting for queue in hall.queues)
        return WelcomeView(
            mode="open",
            title=offer.title.said(words, words("welcome.title")),
            line="" if brief and full and large else offer.line.said(words, line),
            take=words("welcome.take" if numbers else f"welcome.{main.intent}_main"),
            take_line="" if brief else words("welcome.take_line") if numbers else main.line,
            take_intent=main.intent,
            take_icon=main.icon,
            card_title=words("welcome.card_code" if scans else "welcome.card") if lay_card else "",
            card_line=words("welcome.card_code_line" if scans else "welcome.card_line") if lay_card else "",
            features=features,
            waiting_title=words("welcome.waiting", people=people(words, total))
            if numbers and not (crowded or (more and large))
            else "",
            waiting=tuple(
                WaitingLine(words.pick(q.name, q.name_en), str(q.waiting), q.waiting == 0)
                for q in hall.queues[: 0 if more or large or not numbers else WAITING_LINES]
            ),
            own_notice=own_notice,
            notice="" if large and (more or own_notice) else notice,
            card_left=card_left,
            printer_note=no_paper,
        )

    def _hours(self) -> str:
        """When the doors are open, as a line of its own."""
        terminal = self._terminal
        hours = terminal.offer.hours.said(terminal.words, terminal.hall.hours)
        return terminal.words("welcome.hours", hours=hours) if hours else ""

    def _line(self) -> str:
        """What else than a touch starts a journey here."""
        terminal = self._terminal
        lays, scans = terminal.reader is None, terminal.scanner is None
        if lays:
            return terminal.words("welcome.line_card_code" if scans else "welcome.line")
        return terminal.words("welcome.line_code" if scans else "welcome.line_no_reader")

    def _features(self, *names: str) -> tuple[FeatureCard, ...]:
        """Those of ``names`` that this terminal has, in the order shown."""
        words = self._terminal.words
        return tuple(
            FeatureCard(name, icon, words(f"welcome.{name}"), words(f"welcome.{name}_line"))
            for name, icon in FEATURES
            if name in names and self._has(name) and (name != "guide" or self._reads)
        )

    def _has(self, name: str) -> bool:
        return name in self._terminal.features

    @property
    def _reads(self) -> bool:
        """Whether guides can be read here now."""
        return "guide" in self._terminal.features and self._terminal.catalogue_code is None

    def _mode(self) -> Mode:
        terminal = self._terminal
        if terminal.link is not None:
            return "lost"
        if not terminal.hall.name:
            return "starting"
        return "open" if terminal.hall.open_now else "closed"
