"""A card forgotten in the slot, with journey, desk and watch as they are wired: it is never the next one's."""

from collections.abc import Iterator
from datetime import date
from itertools import count

import pytest

from drivers.pcsc.simulated_card import SimulatedCard
from drivers.pcsc.slot import Slot
from drivers.pcsc.vcard import sample_social_holders
from hall.wire.messages import Present, PresentationView
from kiosk.identity import IdentityDesk
from kiosk.journey import Journey
from kiosk.social_card import CALM, SocialCardWatch
from screens import samples
from screens.effects import Forget, IssueTicket, Watch
from screens.events import (
    CardInSlot,
    Event,
    HallChanged,
    PersonKnown,
    Presented,
    Ticked,
    TicketIssued,
    Touched,
)
from tests.unit.drivers.pcsc.fake_scard import FakeScard


class StillClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class NoHall:
    def present(self, key: str, request: Present) -> PresentationView:
        raise AssertionError("a number needs no certificates")


class Wired:
    """One thread plays them all: each look of the slot, then everything that was posted."""

    def __init__(self) -> None:
        self.scard, self.clock, keys = FakeScard("Reader 00 00"), StillClock(), count(1)
        self.posted: list[Event] = []
        self.seen: list[Event] = []
        self.desk = IdentityDesk(NoHall(), lambda day: bytes(32), lambda: date(2026, 11, 23))
        self.watch = SocialCardWatch(
            lambda: Slot(load=lambda: self.scard), self.clock, self.desk, self.posted.append
        )
        self.journey = Journey(make_key=lambda: f"key-{next(keys)}")
        self.carry_out(self.journey.start())
        self.happen(Ticked(samples.NOW, 0.0), HallChanged(samples.hall()))
        self.look()
        self.clock.sleep(CALM)
        self.look()

    def carry_out(self, effects: tuple[object, ...]) -> None:
        for effect in effects:
            match effect:
                case Forget():
                    self.desk.left()
                case Watch(purpose, item):
                    self.desk.watch(purpose, item)
                    self.watch.watch(purpose is not None)
                case IssueTicket(key=key):
                    self.posted.append(TicketIssued(key, samples.ticket()))

    def happen(self, *events: Event) -> None:
        for event in events:
            self.seen.append(event)
            if not isinstance(event, Presented) or self.desk.current(event.attempt):
                self.carry_out(self.journey.handle(event))

    def look(self, times: int = 3) -> None:
        for _ in range(times):
            self.watch.idle()
            while self.posted:
                self.happen(self.posted.pop(0))

    def visit(self) -> None:
        """Somebody without a card takes a number and leaves."""
        for touch in ("take", "queue", "confirm_without_paper", "finish"):
            self.happen(Touched(touch, "utilities" if touch == "queue" else ""))
            self.look()

    def of(self, *kinds: type) -> list[Event]:
        return [event for event in self.seen if isinstance(event, kinds)]


@pytest.fixture
def wired() -> Iterator[Wired]:
    made = Wired()
    yield made
    made.watch.close()


def forgotten(wired: Wired) -> None:
    """Somebody takes a number with a card, and goes without it."""
    wired.scard.insert(SimulatedCard(sample_social_holders()["adult"]))
    wired.look()
    assert wired.journey.screen == "choose"
    assert len(wired.of(PersonKnown)) == 1
    for touch in ("queue", "confirm_without_paper"):
        wired.happen(Touched(touch, "social" if touch == "queue" else ""))
        wired.look()
    assert wired.journey.screen == "done"
    assert wired.journey.view.card  # type: ignore[attr-defined]
    wired.happen(Touched("finish"))
    wired.look()


def test_a_forgotten_card_is_presented_to_nobody_for_ten_visits(wired: Wired) -> None:
    forgotten(wired)
    for _ in range(10):
        assert wired.journey.screen == "welcome"
        assert wired.journey.view.card_left  # type: ignore[attr-defined]
        wired.visit()
    assert wired.journey.screen == "welcome"
    assert len(wired.of(Presented, PersonKnown)) == 2, "one of each, of the visit that was the card's own"


def test_once_it_was_taken_out_the_same_card_is_anybodys_again(wired: Wired) -> None:
    forgotten(wired)
    wired.scard.remove()
    wired.look()
    assert wired.of(CardInSlot)[-1] == CardInSlot(False)
    assert wired.journey.view.card_left == ""  # type: ignore[attr-defined]
    wired.scard.insert(SimulatedCard(sample_social_holders()["adult"]))
    wired.look()
    assert wired.journey.screen == "choose"
    assert len(wired.of(PersonKnown)) == 2


def test_within_one_visit_the_card_that_is_in_is_read_again(wired: Wired) -> None:
    wired.scard.insert(SimulatedCard(sample_social_holders()["adult"]))
    wired.look()
    wired.watch.watch(False)
    wired.watch.watch(True)
    wired.look()
    assert len(wired.of(Presented)) == 2


def test_a_card_that_was_told_of_before_its_visit_ended_is_not_the_next_ones(wired: Wired) -> None:
    wired.happen(Touched("take"))
    wired.scard.insert(SimulatedCard(sample_social_holders()["adult"]))
    for _ in range(3):
        wired.watch.idle()  # it is read, and nothing of that has reached the glass yet
    late = [event for event in wired.posted if isinstance(event, Presented | PersonKnown)]
    assert len(late) == 2
    wired.posted.clear()
    wired.happen(Touched("home"))
    wired.happen(*late)
    wired.look()
    assert wired.journey.screen == "welcome"
