"""The card watch over the simulated reader: what is told, how often, and that nobody stays in it."""

import dataclasses
import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from drivers.errors import DeviceAbsent
from drivers.idcard.codec import FIND, READ_TEXT_PHOTO, SELECT, Command, Status
from drivers.idcard.layouts import IdCard
from drivers.idcard.samples import sample_cards, sample_holders
from drivers.idcard.simulated_sam import Refusal, SimulatedSam, bad_checksum, silent
from drivers.idcard.simulator import SimulatedStream
from drivers.ports import ByteStream
from hall.wire.identity import pseudonym
from hall.wire.messages import Present, PresentationView
from kiosk.card import LOOK_EVERY, OPEN_EVERY, CardWatch
from kiosk.hall_client import HallUnreachable
from kiosk.identity import Attempt, IdentityDesk
from screens.events import NotKnown, PersonKnown, Presented, ReaderChanged

TODAY = date(2026, 11, 23)
KEY = bytes(range(32))


class FakeClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


class NoCertificates:
    """A hall that is never asked."""

    def present(self, key: str, request: Present) -> PresentationView:
        raise AssertionError("a number needs nobody's certificates")


class Bench:
    """A reader on a desk; ``look`` is what its worker does."""

    def __init__(self, *, bare: bool = False, sam: SimulatedSam | None = None) -> None:
        self.clock, self.sam = FakeClock(), sam or SimulatedSam()
        self.events: list[object] = []
        self.plugged = True
        self.hall_away = False
        self.stream: SimulatedStream | None = None
        self.desk = IdentityDesk(NoCertificates(), self._key, lambda: TODAY, lambda: "")
        self.watch = CardWatch(self._open, self.clock, self.desk, self.events.append, bare=bare)
        self.watch.watch(True)

    def look(self, times: int = 1) -> list[object]:
        """Events of so many looks."""
        before = len(self.events)
        for _ in range(times):
            self.clock.sleep(self.watch.idle())
        return self.events[before:]

    def unplug(self) -> None:
        self.plugged = False
        if self.stream is not None:
            self.stream.unplug()

    def _open(self) -> ByteStream:
        if not self.plugged:
            raise DeviceAbsent("no reader")
        self.stream = SimulatedStream(self.sam, self.clock)
        return self.stream

    def _key(self, day: date) -> bytes:
        assert day == TODAY
        if self.hall_away:
            raise HallUnreachable("GET /v1/pseudonym-key: ConnectTimeout")
        return KEY


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    assert made.look() == [ReaderChanged(None)]
    yield made
    made.watch.close()


@pytest.fixture
def card() -> IdCard:
    return sample_cards()["adult"]


def known(events: list[object]) -> PersonKnown:
    [person] = [event for event in events if isinstance(event, PersonKnown)]
    return person


def test_nothing_is_told_while_nothing_lies_there(bench: Bench) -> None:
    assert bench.look(5) == []


@pytest.mark.parametrize("kind", sample_holders())
def test_a_card_is_told_once_until_it_is_lifted(bench: Bench, kind: str) -> None:
    bench.sam.lay(sample_cards()[kind])
    laid, person = bench.look(5)
    assert laid == Presented()
    assert isinstance(person, PersonKnown)
    assert person.person.pseudonym == pseudonym(KEY, sample_holders()[kind].number)
    assert person.person.priority == ("elder" if kind == "elderly" else "ordinary")
    bench.sam.lift()
    assert bench.look(2) == []
    bench.sam.lay(sample_cards()[kind])
    assert [type(event) for event in bench.look(2)] == [Presented, PersonKnown]


def test_nobody_is_read_while_no_card_is_wanted(bench: Bench, card: IdCard) -> None:
    bench.watch.watch(False)
    bench.sam.lay(card)
    assert bench.look(3) == []
    bench.watch.watch(True)
    assert len(bench.look(3)) == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (Status.CARD_REJECTED_BY_SAM, "fault.card_unreadable"),
        (Status.READ_FAILED, "fault.card_moved"),
        (Status.UNKNOWN_CARD, "fault.card_unsupported"),
    ],
)
@pytest.mark.parametrize("command", [FIND, SELECT, READ_TEXT_PHOTO])
def test_a_card_that_fails_is_told_once_with_its_code_and_the_reader_stays_well(
    bench: Bench, card: IdCard, status: int, code: str, command: Command
) -> None:
    bench.sam.lay(card)
    bench.sam.misbehave(Refusal(status), on=SELECT)
    if command is not SELECT:
        bench.sam.misbehave(Refusal(status), on=command)
    assert bench.look(20) == [Presented(), NotKnown(code)]
    bench.sam.behave()
    bench.sam.lift()
    bench.look()
    bench.sam.misbehave(Refusal(status), on=SELECT)
    bench.sam.lay(card)
    assert bench.look() == [Presented(), NotKnown(code)], "laid down again, it is told again"


def test_a_card_that_is_put_right_without_being_lifted_is_read_after_all(bench: Bench, card: IdCard) -> None:
    bench.sam.lay(card)
    bench.sam.misbehave(Refusal(Status.SELECT_FAILED), on=SELECT)
    assert bench.look(3) == [Presented(), NotKnown("fault.card_moved")]
    bench.sam.behave()
    assert [type(event) for event in bench.look(3)] == [Presented, PersonKnown]


def test_a_card_left_lying_is_told_to_the_next_one_who_is_asked_for_a_card(
    bench: Bench, card: IdCard
) -> None:
    bench.sam.lay(card)
    bench.sam.misbehave(Refusal(Status.UNKNOWN_CARD), on=SELECT)
    bench.look(3)
    bench.watch.watch(False)
    bench.watch.watch(True)
    assert bench.look(3) == [Presented(), NotKnown("fault.card_unsupported")]


def test_a_card_left_behind_is_not_read_for_the_next_visit(bench: Bench, card: IdCard) -> None:
    bench.sam.lay(card)
    assert len(bench.look(2)) == 2
    for _ in range(10):
        bench.desk.left()
        bench.watch.watch(False)
        bench.watch.watch(True)
        assert bench.look(3) == []
    bench.sam.lift()
    assert bench.look() == []
    bench.sam.lay(card)
    assert [type(event) for event in bench.look(2)] == [Presented, PersonKnown]


def test_a_card_that_was_laid_down_when_none_was_wanted_and_left_is_not_the_next_ones(
    bench: Bench, card: IdCard
) -> None:
    bench.watch.watch(False)
    bench.sam.lay(card)
    assert bench.look(2) == []
    bench.desk.left()
    bench.watch.watch(True)
    assert bench.look(3) == []


def test_a_card_that_is_laid_down_as_soon_as_a_visit_is_over_is_read(bench: Bench, card: IdCard) -> None:
    bench.desk.left()
    bench.sam.lay(card)
    assert [type(event) for event in bench.look()] == [Presented, PersonKnown]


def test_a_card_left_behind_may_be_lifted_while_none_is_wanted(bench: Bench, card: IdCard) -> None:
    bench.sam.lay(card)
    bench.look(2)
    bench.desk.left()
    bench.watch.watch(False)
    assert bench.look(2) == []
    bench.sam.lift()
    bench.look()
    bench.watch.watch(True)
    bench.sam.lay(card)
    assert [type(event) for event in bench.look(2)] == [Presented, PersonKnown]


def test_a_card_that_lies_there_when_the_terminal_starts_is_nobodys(card: IdCard) -> None:
    bench = Bench()
    bench.sam.lay(card)
    assert bench.look(3) == [ReaderChanged(None)]
    bench.watch.close()


def test_a_card_is_not_read_before_cards_are_wanted(card: IdCard) -> None:
    bench = Bench(bare=True)
    bench.watch = CardWatch(bench._open, bench.clock, bench.desk, bench.events.append, bare=True)
    bench.sam.lay(card)
    assert bench.look(3) == [ReaderChanged(None)], "the hall is not known yet"
    bench.watch.watch(True)
    assert [type(event) for event in bench.look(2)] == [Presented, PersonKnown]
    bench.watch.close()


def test_whoever_lays_a_card_down_as_soon_as_the_reader_is_said_to_be_well_is_served(card: IdCard) -> None:
    bench = Bench()
    post = bench.events.append

    def told(event: object) -> None:
        post(event)
        if event == ReaderChanged(None):
            bench.sam.lay(card)

    bench.watch._post = told
    assert [type(event) for event in bench.look(3)] == [ReaderChanged, Presented, PersonKnown]
    bench.watch.close()


def test_a_card_laid_down_while_the_terminal_was_started_anew_is_read(card: IdCard) -> None:
    before = Bench()
    before.look()
    assert before.watch.leaves_bare()
    after = Bench(bare=True, sam=before.sam)
    after.sam.lay(card)
    assert [type(event) for event in after.look(2)] == [ReaderChanged, Presented, PersonKnown]


def test_a_card_laid_down_after_the_last_look_leaves_the_reader_bare(bench: Bench, card: IdCard) -> None:
    bench.sam.lay(card)
    assert bench.watch.leaves_bare()


@pytest.mark.parametrize("wanted", [True, False])
def test_a_card_left_behind_leaves_no_bare_reader(bench: Bench, card: IdCard, *, wanted: bool) -> None:
    bench.watch.watch(wanted)
    bench.sam.lay(card)
    bench.look(3)
    bench.desk.left()
    bench.look(2)
    assert not bench.watch.leaves_bare()
    bench.sam.lift()
    bench.look()
    assert bench.watch.leaves_bare()


def test_of_a_reader_that_is_away_nothing_is_known(bench: Bench) -> None:
    bench.unplug()
    assert not bench.watch.leaves_bare()
    bench.look()
    assert not bench.watch.leaves_bare()


def test_a_reader_that_lost_its_power_and_finds_a_forgotten_card_again_shows_it_to_nobody(
    bench: Bench, card: IdCard
) -> None:
    bench.sam.lay(card)
    assert len(bench.look(3)) == 2
    bench.desk.left()
    bench.unplug()
    bench.look()
    bench.plugged = True
    bench.sam.lay(card)  # it does not remember that it has read this one
    assert bench.look(4) == [ReaderChanged(None)]
    bench.sam.lift()
    bench.look()
    bench.sam.lay(card)
    assert [type(event) for event in bench.look(2)] == [Presented, PersonKnown]


def test_a_reader_that_was_away_does_not_take_what_was_left_behind_for_new(
    bench: Bench, card: IdCard
) -> None:
    bench.sam.lay(card)
    bench.look(2)
    bench.desk.left()
    bench.unplug()
    bench.look()
    bench.plugged = True
    assert bench.look(4) == [ReaderChanged(None)]


def test_a_visit_that_ends_while_a_card_is_looked_for_does_not_lend_it_to_the_next(
    bench: Bench, card: IdCard
) -> None:
    begin = bench.desk.begin

    def ending() -> Attempt:
        bench.desk.left()
        return begin()

    bench.desk.begin = ending  # type: ignore[method-assign]
    bench.sam.lay(card)
    assert bench.look() == []
    bench.desk.begin = begin  # type: ignore[method-assign]
    assert bench.look(3) == []


def test_an_attempt_that_was_begun_before_the_visit_ended_is_not_current(bench: Bench) -> None:
    old = bench.desk.begin().id
    assert bench.desk.current(old)
    bench.desk.left()
    assert not bench.desk.current(old)


def test_a_number_whose_check_digit_is_wrong_is_an_unreadable_card(
    bench: Bench, card: IdCard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number = card.holder.number
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    bench.sam.lay(replace(card, holder=replace(card.holder, number=wrong)))
    assert bench.look(4) == [Presented(), NotKnown("fault.card_unreadable")]
    assert wrong not in caplog.text
    bench.sam.lay(card)
    assert known(bench.look(2)).person.pseudonym == pseudonym(KEY, number)


def test_without_the_hall_a_card_cannot_become_a_person(bench: Bench, card: IdCard) -> None:
    bench.hall_away = True
    bench.sam.lay(card)
    assert bench.look(4) == [Presented(), NotKnown("hall.unreachable")]
    bench.hall_away = False
    bench.sam.lift()
    bench.look()
    bench.sam.lay(card)
    assert known(bench.look(2)).person.pseudonym


def test_a_reading_that_is_spoilt_on_the_line_is_the_cards_failure_not_the_readers(
    bench: Bench, card: IdCard
) -> None:
    bench.sam.lay(card)
    bench.sam.misbehave(bad_checksum, on=READ_TEXT_PHOTO)
    assert bench.look(4) == [Presented(), NotKnown("fault.device_garbled")]


def test_a_reader_that_falls_silent_is_told_once_and_once_when_it_is_back(bench: Bench) -> None:
    bench.sam.misbehave(silent)
    assert bench.look(4) == [ReaderChanged("fault.device_silent")]
    bench.sam.behave()
    assert bench.look(4) == [ReaderChanged(None)]


def test_a_reader_that_falls_silent_over_a_card_leaves_nobody_waiting(bench: Bench, card: IdCard) -> None:
    bench.sam.lay(card)
    bench.sam.misbehave(silent, on=READ_TEXT_PHOTO)
    assert bench.look(1) == [
        Presented(),
        NotKnown("fault.device_silent"),
        ReaderChanged("fault.device_silent"),
    ]


def test_a_reader_that_is_unplugged_is_told_once_tried_with_patience_and_told_once_when_it_is_back(
    bench: Bench, card: IdCard
) -> None:
    bench.unplug()
    assert bench.look(5) == [ReaderChanged("fault.device_absent")]
    assert bench.watch.idle() == OPEN_EVERY
    bench.plugged = True
    assert bench.look(3) == [ReaderChanged(None)]
    assert bench.watch.idle() == LOOK_EVERY
    bench.sam.lay(card)
    assert known(bench.look(2))


def test_a_reader_that_is_missing_from_the_start_is_told(card: IdCard) -> None:
    bench = Bench()
    bench.unplug()
    assert bench.look(3) == [ReaderChanged("fault.device_absent")]


def test_an_ill_security_module_is_the_readers_failure(bench: Bench, card: IdCard) -> None:
    bench.sam.lay(card)
    bench.sam.misbehave(Refusal(Status.NOT_AUTHORISED), on=SELECT)
    assert bench.look(1) == [
        Presented(),
        NotKnown("fault.reader_unfit"),
        ReaderChanged("fault.reader_unfit"),
    ]


def test_a_bug_is_told_and_is_over_with_the_next_good_look(bench: Bench, card: IdCard) -> None:
    def broken(day: date) -> bytes:
        raise ValueError(f"cannot key {card.holder.number}")

    bench.desk._day_key = broken
    bench.sam.lay(card)
    with pytest.raises(RuntimeError, match=r"^ValueError at .* while a card was read$") as raised:
        bench.watch.idle()
    assert card.holder.number not in "".join(traceback.format_exception(raised.value))
    bench.watch.failed("fault.internal")
    assert bench.events[-3:] == [Presented(), NotKnown("fault.internal"), ReaderChanged("fault.internal")]
    assert bench.look(2)[0] == ReaderChanged(None)


# -- nobody stays in it -----------------------------------------------------------------------------------


def secrets_of(card: IdCard) -> set[str]:
    """Everything on a card that says who somebody is."""
    holder = card.holder
    return {
        text
        for text in (holder.number, holder.name, holder.english_name, holder.birth, holder.address)
        if text
    }


def held(thing: object, seen: set[int], stop: object) -> Iterator[object]:
    """All values reachable from ``thing``, without the port, at whose other end the simulated card lies."""
    if id(thing) in seen or thing is stop:
        return
    seen.add(id(thing))
    yield thing
    inside: list[object] = []
    if isinstance(thing, dict):
        inside = [*thing, *thing.values()]
    elif isinstance(thing, list | tuple | set | frozenset):
        inside = list(thing)
    elif not isinstance(thing, type) and not callable(thing):
        inside = list(getattr(thing, "__dict__", {}).values())
        inside += [getattr(thing, slot) for slot in getattr(thing, "__slots__", ()) if hasattr(thing, slot)]
    for value in inside:
        yield from held(value, seen, stop)


@pytest.mark.parametrize("kind", sample_holders())
@pytest.mark.parametrize("trouble", ["none", "garbled", "hall", "flaw"])
def test_nothing_personal_is_in_events_logs_or_the_watch_itself(
    bench: Bench, kind: str, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    card = sample_cards()[kind]
    if trouble == "garbled":
        bench.sam.misbehave(bad_checksum, on=READ_TEXT_PHOTO)
    if trouble == "flaw":
        card = replace(card, holder=replace(card.holder, number=card.holder.number[::-1]))
    bench.hall_away = trouble == "hall"
    bench.sam.lay(card)
    events = bench.look(3)
    assert len(events) == 2
    words = secrets_of(card)
    said = caplog.text + repr(events) + str(events) + repr(vars(bench.watch))
    assert [word for word in words if word in said] == []
    assert pseudonym(KEY, card.holder.number) not in said
    events.clear()
    bench.events.clear()
    inside = list(held(vars(bench.watch), set(), bench.stream))
    assert len(inside) > 8, "the search goes somewhere"
    assert [type(value) for value in inside if isinstance(value, IdCard | type(card.holder))] == []
    texts = [value for value in inside if isinstance(value, str)]
    raw = [bytes(value) for value in inside if isinstance(value, bytes | bytearray)]
    for word in words:
        assert not any(word in text for text in texts)
        assert not any(word.encode("utf-16-le") in data for data in raw)


@pytest.mark.parametrize("kind", sample_holders())
def test_what_is_posted_of_a_person_holds_no_name_and_no_number(bench: Bench, kind: str) -> None:
    card = sample_cards()[kind]
    bench.sam.lay(card)
    values = dataclasses.astuple(known(bench.look(2)).person)
    assert [word for word in secrets_of(card) if any(word in str(value) for value in values)] == []
