import contextlib
import logging
from dataclasses import fields, replace
from itertools import cycle
from types import FunctionType, ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceAbsent, DeviceProtocol, DeviceRefused, DeviceTimeout
from drivers.idcard import codec
from drivers.idcard.codec import Status, encode, encode_reply, join_parts
from drivers.idcard.device import PATIENCE, START_TRIES, IdCardReader
from drivers.idcard.errors import CardMoved, CardUnreadable, CardUnsupported, SamUnfit
from drivers.idcard.layouts import FLAG, encode_holder
from drivers.idcard.samples import sample_cards
from drivers.idcard.simulated_sam import (
    SIMULATED_SAM_ID,
    Refusal,
    SimulatedSam,
    bad_checksum,
    late,
    noisy,
    silent,
    truncated,
    wrong_length,
)
from drivers.idcard.simulator import SimulatedStream
from tests.unit.drivers.idcard.conftest import FakeClock

CARD = sample_cards()["adult"]
OTHER = sample_cards()["hkmotw"]


@pytest.fixture
def sam():
    return SimulatedSam()


@pytest.fixture
def stream(sam, clock):
    return SimulatedStream(sam, clock)


@pytest.fixture
def reader(stream, clock):
    return IdCardReader(stream, clock)


class ScriptedStream:
    """Answers each write with the next of ``replies`` and keeps nothing of it."""

    def __init__(self, clock, replies):
        self._clock, self._replies, self._waiting = clock, list(replies), []

    def write(self, data):
        self._waiting = [self._replies.pop(0)] if self._replies else []

    def read(self, *, until):
        if self._waiting:
            return self._waiting.pop()
        self._clock.sleep(until - self._clock.now())
        return b""

    def discard_input(self):
        self._waiting = []

    def close(self):
        pass


# --- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sample_cards())
def test_a_card_laid_down_is_read_as_it_is(name, sam, reader):
    sam.lay(sample_cards()[name])
    assert reader.find()
    assert reader.read() == sample_cards()[name]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5), st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_slicing_of_the_line_reads_the_same_card(new_clock, slices, noise):
    clock, sam = new_clock(), SimulatedSam()
    if noise:
        sam.misbehave(noisy(b"\x00\xaa\x13\xaa"))
    reader = IdCardReader(SimulatedStream(sam, clock, slices=cycle(slices)), clock)
    sam.lay(CARD)
    assert reader.wait_for_card(clock.now()) == CARD


def test_a_card_that_was_read_is_not_found_again_until_it_was_lifted(sam, reader, clock):
    sam.lay(CARD)
    assert reader.wait_for_card(clock.now() + 1) == CARD
    assert reader.wait_for_card(clock.now() + 1) is None
    sam.lift()
    assert not reader.find()
    sam.lay(OTHER)
    assert reader.wait_for_card(clock.now() + 1) == OTHER


def test_a_card_that_was_read_is_held_until_it_was_lifted(sam, reader):
    assert not reader.holds()
    sam.lay(sample_cards()["adult"])
    assert reader.holds()
    assert reader.find()
    reader.read()
    assert (reader.find(), reader.holds()) == (False, True)
    sam.lift()
    assert not reader.holds()


def test_waiting_ends_at_its_deadline_and_looks_at_once(reader, sam, clock):
    began = clock.now()
    assert reader.wait_for_card(began + 5) is None
    assert clock.now() == pytest.approx(began + 5)
    sam.lay(CARD)
    assert reader.wait_for_card(clock.now() - 1) == CARD  # one look even where no time is left


def test_a_card_laid_down_while_waiting_is_read(sam):
    class ClockWithAHand(FakeClock):
        laid = False

        def sleep(self, seconds):
            super().sleep(seconds)
            if not self.laid and self.now() > began + 2:
                sam.lay(CARD)
                self.laid = True

    clock = ClockWithAHand()
    began = clock.now()
    reader = IdCardReader(SimulatedStream(sam, clock), clock)
    assert reader.wait_for_card(began + 10) == CARD
    assert began + 2 < clock.now() < began + 3


@pytest.mark.parametrize("prints", [b"", b"p" * 512, b"p" * 1024])
def test_fingerprints_are_read_by_their_own_length(prints, sam, stream, clock):
    card = replace(CARD, fingerprint=prints)
    sam.lay(card)
    assert IdCardReader(stream, clock, fingerprint=True).read() == card


def test_fingerprints_are_not_asked_for_by_default(sam, reader):
    sam.lay(replace(CARD, fingerprint=b"p" * 1024))
    assert reader.read().fingerprint == b""


@pytest.mark.parametrize("address", [None, "样例省样例市新地址9号"])
def test_the_newest_address_is_read_where_asked_for(address, sam, stream, clock):
    sam.lay(replace(CARD, newest_address=address))
    assert IdCardReader(stream, clock, newest_address=True).read().newest_address == address


def test_the_newest_address_is_not_asked_for_by_default(sam, reader):
    sam.misbehave(silent, on=codec.READ_NEWEST_ADDRESS)
    sam.lay(replace(CARD, newest_address="样例省样例市新地址9号"))
    assert reader.read() == CARD


# --- starting and health ---------------------------------------------------------------------------------


def test_starting_tells_the_sam_id_and_warns_once_that_hardware_is_unproven(reader, caplog):
    caplog.set_level(logging.DEBUG)
    assert reader.start() == codec.sam_id_text(SIMULATED_SAM_ID)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "unproven" in warnings[0].getMessage()


@pytest.mark.parametrize("mischief", [silent, bad_checksum, truncated(9), wrong_length])
def test_starting_asks_again_while_the_first_answers_are_garbage(mischief, sam, reader):
    sam.misbehave(mischief, times=START_TRIES - 1)
    assert reader.start() == codec.sam_id_text(SIMULATED_SAM_ID)


def test_starting_gives_up_after_its_tries(sam, reader, clock):
    sam.misbehave(silent)
    began = clock.now()
    with pytest.raises(DeviceTimeout):
        reader.start()
    assert clock.now() == pytest.approx(began + START_TRIES * PATIENCE[codec.SAM_ID])


def test_status_is_silent_when_the_sam_is_well_and_raises_when_it_is_not(sam, reader):
    reader.status()
    sam.misbehave(Refusal(Status.SELF_TEST_FAILED))
    with pytest.raises(SamUnfit, match="status=60"):
        reader.status()


# --- refusals --------------------------------------------------------------------------------------------

MEANINGS = {
    0x10: (DeviceProtocol, "fault.device_garbled", True),
    0x11: (DeviceProtocol, "fault.device_garbled", True),
    0x21: (DeviceProtocol, "fault.device_garbled", True),
    0x23: (DeviceRefused, "fault.device_refused", False),
    0x24: (DeviceRefused, "fault.device_refused", False),
    0x31: (CardUnreadable, "fault.card_unreadable", False),
    0x32: (CardUnreadable, "fault.card_unreadable", False),
    0x33: (CardUnreadable, "fault.card_unreadable", False),
    0x40: (CardUnsupported, "fault.card_unsupported", False),
    0x41: (CardMoved, "fault.card_moved", True),
    0x47: (CardMoved, "fault.card_moved", True),
    0x60: (SamUnfit, "fault.reader_unfit", False),
    0x66: (SamUnfit, "fault.reader_unfit", False),
    0x80: (CardMoved, "fault.card_moved", True),
    0x81: (CardMoved, "fault.card_moved", True),
    0x91: (DeviceRefused, "fault.device_refused", False),
    0xEE: (DeviceRefused, "fault.device_refused", False),  # in no document
}


def test_the_table_above_names_every_status_that_is_no_success():
    assert set(Status) - {Status.OK, Status.CARD_FOUND} <= set(MEANINGS)


@pytest.mark.parametrize("command", [codec.SELECT, codec.READ_TEXT_PHOTO])
@pytest.mark.parametrize("status", MEANINGS)
def test_every_refusal_of_a_reading_has_its_error(status, command, sam, reader):
    error, code, retryable = MEANINGS[status]
    sam.lay(CARD)
    sam.misbehave(Refusal(status), on=command)
    with pytest.raises(error, match=f"command={command.name} status={status:02X}") as caught:
        reader.read()
    assert (type(caught.value), caught.value.code, caught.value.retryable) == (error, code, retryable)


@pytest.mark.parametrize("status", set(MEANINGS) - {0x80})
def test_every_refusal_of_a_find_but_no_card_is_an_error(status, sam, reader):
    sam.misbehave(Refusal(status), on=codec.FIND)
    with pytest.raises(MEANINGS[status][0], match="command=find"):
        reader.find()


def test_a_newest_address_that_is_refused_is_not_taken_for_none(sam, stream, clock):
    sam.lay(CARD)
    sam.misbehave(Refusal(Status.READ_FAILED), on=codec.READ_NEWEST_ADDRESS)
    with pytest.raises(CardMoved):
        IdCardReader(stream, clock, newest_address=True).read()


def test_a_card_lifted_between_find_and_read_has_moved(sam, reader):
    sam.lay(CARD)
    assert reader.find()
    sam.lift()
    with pytest.raises(CardMoved):
        reader.read()


def test_a_card_of_an_unknown_kind_is_unsupported(clock):
    block = bytearray(encode_holder(CARD.holder))
    block[FLAG] = "Q".encode("utf-16-le")
    replies = [encode_reply(Status.OK, bytes(8)), encode_reply(Status.OK, join_parts(bytes(block), b""))]
    with pytest.raises(CardUnsupported, match="'Q'"):
        IdCardReader(ScriptedStream(clock, replies), clock).read()


def test_a_text_block_of_another_size_is_garbled(clock):
    replies = [encode_reply(Status.OK, bytes(8)), encode_reply(Status.OK, join_parts(bytes(250), b""))] * 2
    with pytest.raises(DeviceProtocol, match="256"):
        IdCardReader(ScriptedStream(clock, replies), clock).read()


# --- a bad line ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mischief", "error"),
    [
        (silent, DeviceTimeout),
        (truncated(8), DeviceProtocol),
        (bad_checksum, DeviceProtocol),
        (wrong_length, DeviceProtocol),
        (lambda frame: late(0.0)(bytes(200)), DeviceProtocol),
    ],
)
@pytest.mark.parametrize("command", [codec.FIND, codec.SAM_ID, codec.SAM_STATUS])
def test_a_spoilt_answer_is_an_error_at_the_deadline(command, mischief, error, sam, reader, clock):
    sam.misbehave(mischief)
    began = clock.now()
    with pytest.raises(error, match=f"command={command.name}"):
        {"find": reader.find, "sam_id": reader.sam_id, "sam_status": reader.status}[command.name]()
    assert clock.now() == pytest.approx(began + PATIENCE[command])


@pytest.mark.parametrize("mischief", [silent, truncated(100), bad_checksum, wrong_length, Refusal(0x41)])
@pytest.mark.parametrize("command", [codec.SELECT, codec.READ_TEXT_PHOTO])
def test_one_spoilt_reading_is_asked_for_once_more(command, mischief, sam, reader):
    sam.lay(CARD)
    sam.misbehave(mischief, on=command, times=1)
    assert reader.read() == CARD


@pytest.mark.parametrize("mischief", [silent, truncated(100), bad_checksum, wrong_length])
def test_two_spoilt_readings_are_an_error(mischief, sam, reader):
    sam.lay(CARD)
    sam.misbehave(mischief, on=codec.READ_TEXT_PHOTO, times=2)
    with pytest.raises((DeviceProtocol, DeviceTimeout)):
        reader.read()


def test_a_damaged_request_is_reported_as_garbled(sam, clock):
    class Damaging(SimulatedStream):
        def write(self, data):
            super().write(data[:-1] + bytes([data[-1] ^ 1]))

    with pytest.raises(DeviceProtocol, match="status=10"):
        IdCardReader(Damaging(sam, clock), clock).find()


def test_a_late_answer_is_not_taken_for_the_next_one(sam, reader):
    sam.lay(CARD)
    sam.misbehave(late(PATIENCE[codec.FIND] + 0.1), on=codec.FIND, times=1)
    with pytest.raises(DeviceTimeout):
        reader.find()
    assert reader.read() == CARD  # find's answer arrives while select waits for its own


def test_an_answer_that_came_between_two_questions_is_not_taken_for_the_second(sam, reader, clock):
    sam.misbehave(late(1.2), on=codec.FIND, times=1)
    with pytest.raises(DeviceTimeout):
        reader.find()
    clock.sleep(0.3)  # "no card" arrives here
    sam.lay(CARD)
    assert reader.find()


def test_a_late_reading_is_not_taken_for_the_next_persons(sam, reader, clock):
    sam.lay(CARD)
    sam.misbehave(late(5), on=codec.READ_TEXT_PHOTO, times=1)
    with pytest.raises(DeviceTimeout):
        reader.read()
    sam.lay(OTHER)
    card = None
    while card is None:  # the reader is busy with the late answer for a while yet
        with contextlib.suppress(DeviceTimeout, DeviceProtocol):
            card = reader.wait_for_card(clock.now())
    assert card == OTHER


def test_a_line_that_never_stops_babbling_cannot_hold_the_reader_past_its_deadline(clock):
    class Babbling(ScriptedStream):
        def read(self, *, until):
            clock.sleep(0.01)
            return b"\xaa\xaa\xaa\x96\x69\x0f"

    began = clock.now()
    with pytest.raises(DeviceProtocol):
        IdCardReader(Babbling(clock, []), clock).find()
    assert clock.now() <= began + PATIENCE[codec.FIND] + 0.02


def test_a_frame_hidden_behind_a_damaged_length_is_found_at_the_deadline(sam, reader):
    sam.lay(CARD)
    sam.misbehave(noisy(codec.PREAMBLE + b"\x0f\x00"), on=codec.FIND)
    assert reader.find()


def test_a_bluetooth_adapters_time_out_is_garbled_not_swallowed(sam, reader):
    sam.misbehave(lambda frame: late(0.0)(codec.ADAPTER_TIMEOUT), times=1)
    with pytest.raises(DeviceProtocol, match="adapter time-out"):
        reader.find()
    assert not reader.find()


def test_a_reader_that_is_gone_is_absent(stream, reader):
    stream.unplug()
    for call in (reader.start, reader.find, reader.read, reader.status, lambda: reader.wait_for_card(0)):
        with pytest.raises(DeviceAbsent):
            call()


@given(st.binary(max_size=80), st.sampled_from([codec.FIND, codec.SELECT, codec.READ_TEXT_PHOTO]))
@settings(max_examples=60, deadline=None)
def test_any_garbage_ends_in_a_driver_error_or_an_answer(new_clock, garbage, command):
    clock, sam = new_clock(), SimulatedSam()
    sam.lay(CARD)
    sam.misbehave(lambda frame: late(0.0)(garbage), on=command, times=1)
    reader = IdCardReader(SimulatedStream(sam, clock), clock)
    try:
        card = reader.wait_for_card(clock.now())
    except (DeviceProtocol, DeviceTimeout):
        card = reader.read()
    assert card == CARD


# --- privacy ---------------------------------------------------------------------------------------------


def spellings(card):
    """Every personal entry of ``card``, as text and as the bytes of the wire."""
    for entry in fields(card.holder):
        value = getattr(card.holder, entry.name)
        if entry.name != "kind" and len(value) > 2:
            yield value
            yield value.encode("utf-16-le")


def reachable(root):
    """Every object that ``root`` holds on to, through attributes and containers."""
    seen, waiting = {}, [root]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, (type, ModuleType, FunctionType)):
            continue
        seen[id(item)] = item
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, (list, tuple, set, frozenset)):
            waiting += item
        waiting += getattr(item, "__dict__", {}).values()
    return seen.values()


def test_nothing_personal_stays_in_the_reader_after_a_reading(clock):
    good = [
        encode_reply(Status.OK, bytes(8)),
        encode_reply(Status.OK, join_parts(encode_holder(CARD.holder), CARD.photo)),
    ]
    spoilt = [good[0], bad_checksum(good[1]).data]
    good[1] += good[1] + good[1][:300]  # more than was asked for
    reader = IdCardReader(ScriptedStream(clock, spoilt + good), clock)
    assert reader.read() == CARD
    held: list[Any] = [item for item in reachable(reader) if isinstance(item, (str, bytes, bytearray))]
    for secret in spellings(CARD):
        assert not [item for item in held if type(item) is type(secret) and secret in item]
    assert not [item for item in held if isinstance(item, bytearray) and item]


@pytest.mark.parametrize("mischief", [bad_checksum, wrong_length, truncated(300), noisy(b"\xaa"), silent])
def test_nothing_personal_is_logged_or_said_in_an_error(mischief, sam, reader, clock, caplog):
    caplog.set_level(logging.DEBUG)
    sam.lay(CARD)
    sam.misbehave(mischief)
    said = ""
    try:
        reader.start()
        reader.wait_for_card(clock.now())
    except (DeviceProtocol, DeviceTimeout) as error:
        said = repr(error)
    sam.behave()
    sam.misbehave(mischief, on=codec.READ_TEXT_PHOTO)
    try:
        reader.read()
    except (DeviceProtocol, DeviceTimeout) as error:
        said += repr(error)
    said += caplog.text
    assert said
    for secret in spellings(CARD):
        assert (secret if isinstance(secret, str) else secret.hex()) not in said


def test_a_request_on_the_wire_is_the_documented_one():
    assert encode(codec.FIND.body).hex() == "aaaaaa96690003200122"
