"""The watch of the slot: what is told, how often, and that nobody stays in it."""

import dataclasses
import gc
import logging
import traceback
from datetime import date

import pytest

from drivers.pcsc.errors import PcscMissing
from drivers.pcsc.simulated_card import Mischief, SimulatedCard, SocialHolder
from drivers.pcsc.slot import Slot
from drivers.pcsc.vcard import sample_social_holders
from drivers.pcsc.winscard import WinScard
from hall.wire.identity import pseudonym
from hall.wire.messages import Present, PresentationView
from kiosk.hall_client import HallUnreachable
from kiosk.identity import Attempt, IdentityDesk, Malformed
from kiosk.social_card import CALM, NEVER, OPEN_EVERY, TRIES, SocialCardWatch
from screens.events import CardInSlot, Event, NotKnown, PersonKnown, Presented, SlotChanged
from tests.unit.drivers.pcsc.fake_scard import FakeScard

TODAY = date(2026, 11, 23)
KEY = bytes(range(32))
HOLDER = sample_social_holders()["adult"]


class FakeClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Hall:
    """Away; it is asked only for certificates."""

    def present(self, key: str, request: Present) -> PresentationView:
        raise HallUnreachable("POST /v1/presentations: ConnectTimeout")


class Bench:
    def __init__(self, *, bare: bool = False) -> None:
        self.scard, self.clock = FakeScard("Reader 00 00"), FakeClock()
        self.events: list[object] = []
        self.inside: list[bool] = []
        self.missing = False
        ids = iter("abcdefgh")
        self.desk = IdentityDesk(Hall(), lambda day: KEY, lambda: TODAY, lambda: next(ids))
        self.watch = SocialCardWatch(
            lambda: Slot(load=self._load), self.clock, self.desk, self._post, bare=bare
        )
        self.watch.watch(True)

    def _load(self) -> WinScard:
        if self.missing:
            raise PcscMissing("PC/SC is not installed")
        return self.scard

    def _post(self, event: Event) -> None:
        if isinstance(event, CardInSlot):
            self.inside.append(event.there)
        else:
            self.events.append(event)

    def look(self, times: int = 1) -> list[object]:
        before = len(self.events)
        for _ in range(times):
            self.waits = self.watch.idle()
        return self.events[before:]

    def put(self, card: SimulatedCard) -> list[object]:
        self.scard.insert(card)
        return self.look(3)


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    assert bench.look() == [SlotChanged(None)]
    bench.clock.sleep(CALM)
    assert bench.look() == []
    return bench


def test_a_card_becomes_a_person_once_until_it_is_pulled(bench: Bench) -> None:
    presented, known = bench.put(SimulatedCard(HOLDER))
    assert presented == Presented("social_card", "a")
    assert isinstance(known, PersonKnown)
    assert (known.attempt, known.person.pseudonym) == ("a", pseudonym(KEY, HOLDER.number))
    assert (known.person.masked_name, known.person.source) == ("测*甲", "social_card")
    assert known.person.assurance == "substantial"
    assert bench.look(3) == []
    bench.scard.remove()
    assert bench.look(2) == []
    assert [type(each) for each in bench.put(SimulatedCard(HOLDER))] == [Presented, PersonKnown]


def test_a_card_that_is_in_is_read_when_watching_begins(bench: Bench) -> None:
    bench.watch.watch(False)
    assert bench.put(SimulatedCard(HOLDER)) == []
    bench.watch.watch(True)
    assert [type(each) for each in bench.look(3)] == [Presented, PersonKnown]


def test_watching_anew_reads_the_card_that_is_still_in_once_more(bench: Bench) -> None:
    bench.put(SimulatedCard(HOLDER))
    bench.watch.watch(False)
    assert bench.look(2) == []
    bench.watch.watch(True)
    assert [type(each) for each in bench.look(3)] == [Presented, PersonKnown]


def test_a_card_left_behind_is_not_read_for_ten_visits(bench: Bench) -> None:
    assert len(bench.put(SimulatedCard(HOLDER))) == 2
    for _ in range(10):
        bench.desk.left()
        bench.watch.watch(False)
        bench.watch.watch(True)
        assert bench.look(3) == []
    bench.scard.remove()
    assert bench.look(2) == []
    assert [type(each) for each in bench.put(SimulatedCard(HOLDER))] == [Presented, PersonKnown]


def test_a_card_that_is_exchanged_for_another_between_two_looks_is_the_new_ones(bench: Bench) -> None:
    bench.put(SimulatedCard(HOLDER))
    bench.desk.left()
    bench.look()
    bench.scard.remove()
    assert [type(each) for each in bench.put(SimulatedCard(HOLDER))] == [Presented, PersonKnown]


@pytest.mark.parametrize("seen_late", [False, True])
def test_a_slot_that_comes_back_does_not_take_a_card_left_behind_for_new(
    bench: Bench, seen_late: bool
) -> None:
    card = SimulatedCard(HOLDER)
    bench.put(card)
    bench.desk.left()
    bench.events.clear()
    bench.scard.alive = False
    bench.look()
    bench.scard.alive = True
    if seen_late:  # a service that starts finds its cards after a moment
        bench.scard.remove()
        bench.look(2)
        bench.scard.insert(card)
    bench.look(4)
    assert bench.events == [SlotChanged("fault.device_absent"), SlotChanged(None)]
    assert bench.inside[-1]


def test_a_card_that_is_put_in_as_soon_as_a_visit_is_over_is_read(bench: Bench) -> None:
    wait = bench.scard.SCardGetStatusChange

    def ending(*asked: object) -> object:
        bench.desk.left()
        bench.scard.insert(SimulatedCard(HOLDER))
        bench.scard.SCardGetStatusChange = wait  # type: ignore[method-assign]
        return wait(*asked)  # type: ignore[arg-type]

    bench.scard.SCardGetStatusChange = ending  # type: ignore[method-assign,assignment]
    assert [type(each) for each in bench.look(3)] == [Presented, PersonKnown]


def test_a_card_that_is_in_when_the_terminal_starts_is_nobodys() -> None:
    bench = Bench()
    bench.scard.insert(SimulatedCard(HOLDER))
    assert bench.look(3) == [SlotChanged(None)]
    assert bench.inside == [True]


def test_a_card_put_in_while_the_terminal_was_started_anew_is_read(bench: Bench) -> None:
    assert bench.watch.leaves_bare()
    after = Bench(bare=True)
    after.scard.insert(SimulatedCard(HOLDER))
    assert [type(each) for each in after.look(3)] == [SlotChanged, Presented, PersonKnown]


def test_a_card_that_is_in_leaves_no_bare_slot(bench: Bench) -> None:
    bench.put(SimulatedCard(HOLDER))
    assert not bench.watch.leaves_bare()
    bench.scard.remove()
    bench.look(2)
    assert bench.watch.leaves_bare()
    bench.scard.alive = False
    bench.look(2)
    assert not bench.watch.leaves_bare()


def test_a_visit_that_ends_while_a_card_is_put_in_does_not_lend_it_to_the_next(bench: Bench) -> None:
    begin = bench.desk.begin

    def ending() -> Attempt:
        bench.desk.left()
        return begin()

    bench.desk.begin = ending  # type: ignore[method-assign]
    assert bench.put(SimulatedCard(HOLDER)) == []


def test_it_is_told_whether_a_card_is_in(bench: Bench) -> None:
    assert bench.inside == []
    bench.put(SimulatedCard(HOLDER))
    bench.desk.left()
    bench.look(2)
    assert bench.inside == [True]
    bench.scard.remove()
    bench.look(2)
    assert bench.inside == [True, False]


def test_of_a_slot_that_is_ill_nothing_is_said_to_be_in(bench: Bench) -> None:
    bench.put(SimulatedCard(HOLDER))
    bench.scard.alive = False
    bench.look(2)
    assert bench.inside == [True, False]
    bench.scard.alive = True
    bench.look(2)
    assert bench.inside == [True, False, True]


def test_a_bug_is_told_without_what_was_on_the_card(bench: Bench) -> None:
    def broken(day: date) -> bytes:
        raise ValueError(f"cannot key {HOLDER.number}")

    bench.desk._day_key = broken
    bench.scard.insert(SimulatedCard(HOLDER))
    with pytest.raises(RuntimeError, match=r"^ValueError at .* while a card was read$") as raised:
        bench.look(3)
    assert HOLDER.number not in "".join(traceback.format_exception(raised.value))
    assert bench.events[-1] == NotKnown("fault.internal", "a")


def test_a_name_that_the_hall_has_no_room_for_is_an_unreadable_card(bench: Bench) -> None:
    name = chr(0x9F98) * 121
    with pytest.raises(Malformed) as raised:
        bench.desk.by_document(Attempt("x", "certificates"), "social_card", number=HOLDER.number, name=name)
    assert raised.value.code == "fault.card_unreadable"
    assert name[0] not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (SimulatedCard(HOLDER, 3), "fault.card_third_generation"),
        (SimulatedCard(HOLDER, social=False), "fault.card_not_social"),
        (SimulatedCard(HOLDER, mischief=Mischief(garbage_at=3)), "fault.device_garbled"),
        (SimulatedCard(HOLDER, mischief=Mischief(pulled_at=3)), "fault.card_moved"),
        (SimulatedCard(SocialHolder("379900199003159019", "甲")), "fault.card_unreadable"),
    ],
)
def test_every_card_that_is_nobodys_is_told_why_once(bench: Bench, card: SimulatedCard, code: str) -> None:
    assert bench.put(card) == [Presented("social_card", "a"), NotKnown(code, "a")]
    assert bench.look(3) == []
    assert not bench.scard.handles


def test_a_card_the_wrong_way_round_is_told(bench: Bench) -> None:
    bench.scard.insert(SimulatedCard(HOLDER), mute=True)
    assert bench.look(2)[1:] == [NotKnown("fault.card_wrong_way", "a")]


def test_bouncing_contacts_get_another_try(bench: Bench) -> None:
    card = SimulatedCard(HOLDER, mischief=Mischief(garbage_at=1))

    def steady(seconds: float) -> None:
        card.mischief = Mischief()

    bench.clock.sleep = steady  # type: ignore[method-assign]
    assert [type(each) for each in bench.put(card)] == [Presented, PersonKnown]
    assert 1 < bench.scard.connections <= TRIES


def test_a_hall_that_is_away_spoils_one_reading_and_not_the_slot(bench: Bench) -> None:
    bench.desk.watch("certificates")
    _, not_known = bench.put(SimulatedCard(HOLDER))
    assert not_known == NotKnown("hall.unreachable", "a")
    assert bench.waits == 0.0


def test_a_slot_that_goes_away_is_told_once_and_comes_back(bench: Bench) -> None:
    bench.scard.alive = False
    assert bench.look(3) == [SlotChanged("fault.device_absent")]
    assert bench.waits == OPEN_EVERY
    bench.scard.alive = True
    assert bench.look(3) == [SlotChanged(None)]
    assert not bench.scard.handles
    assert len(bench.scard.contexts) == 1
    bench.watch.close()
    assert not bench.scard.contexts


def test_where_pcsc_is_not_installed_it_is_told_once() -> None:
    bench = Bench()
    bench.missing = True
    assert bench.look(3) == [SlotChanged("fault.pcsc_missing")]
    assert bench.waits == NEVER


def test_a_bug_is_told_and_over_with_the_next_good_look(bench: Bench) -> None:
    bench.watch.failed("fault.internal")
    assert bench.events[-1] == SlotChanged("fault.internal")
    assert bench.look(2) == [SlotChanged(None)]


def test_nobody_stays_in_the_watch_or_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    holder = dataclasses.replace(HOLDER, name="龘龘龘")
    events = bench.put(SimulatedCard(holder))
    bench.scard.card = None
    gc.collect()
    held = repr(vars(bench.watch)) + repr(events) + caplog.text
    assert not any(part in held for part in (holder.number, holder.name, "1990"))
