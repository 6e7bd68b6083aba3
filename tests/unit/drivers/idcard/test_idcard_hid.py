import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceAbsent
from drivers.idcard import codec
from drivers.idcard.codec import Status, encode, encode_reply
from drivers.idcard.device import IdCardReader
from drivers.idcard.hid import LATEST_START, REPORT, HidrawDevice, HidStream
from drivers.idcard.samples import sample_cards
from drivers.idcard.simulated_sam import Refusal, SimulatedSam, noisy, silent
from drivers.ports import SystemClock

CARD = sample_cards()["foreigner"]


class HidSam:
    """A reader that wraps its frames in reports, each frame ``lead`` bytes into its first."""

    def __init__(self, sam, clock, lead=0, lead_byte=b"\0"):
        self._sam, self._clock, self._lead = sam, clock, lead * lead_byte
        self.written, self._reports = [], []

    def write_report(self, report):
        self.written.append(report)
        for answer in self._sam.receive(report):
            wire = self._lead + answer.data if answer.data else b""
            self._reports += [
                wire[at : at + REPORT].ljust(REPORT, b"\xee") for at in range(0, len(wire), REPORT)
            ]

    def read_report(self, *, until):
        if self._reports:
            return self._reports.pop(0)
        self._clock.sleep(until - self._clock.now())
        return b""

    def close(self):
        self.written.clear()


@given(st.integers(0, LATEST_START), st.sampled_from([b"\0", b"\xaa", b"\x40"]))
@settings(max_examples=24, deadline=None)
def test_a_card_is_read_wherever_the_preamble_starts(new_clock, lead, lead_byte):
    clock, sam = new_clock(), SimulatedSam()
    sam.lay(CARD)
    reader = IdCardReader(HidStream(HidSam(sam, clock, lead, lead_byte), clock), clock)
    assert reader.wait_for_card(clock.now()) == CARD
    assert not reader.find()


def test_a_request_fills_one_report_with_zeros(clock):
    device = HidSam(SimulatedSam(), clock)
    HidStream(device, clock).write(encode(codec.FIND.body))
    assert device.written == [bytes.fromhex("aaaaaa96690003200122") + bytes(54)]


def test_a_request_longer_than_a_report_goes_out_in_several(clock):
    device = HidSam(SimulatedSam(), clock)
    HidStream(device, clock).write(bytes(range(100)))
    assert [len(report) for report in device.written] == [REPORT, REPORT]
    assert b"".join(device.written) == bytes(range(100)) + bytes(28)


@pytest.mark.parametrize("lead", [0, 3, LATEST_START])
def test_a_reply_is_handed_on_without_its_padding(lead, clock):
    sam = SimulatedSam()
    sam.lay(CARD)
    device = HidSam(sam, clock, lead)
    stream = HidStream(device, clock)
    stream.write(encode(codec.SELECT.body))
    assert stream.read(until=clock.now()) == encode_reply(Status.OK, bytes(8))
    stream.write(encode(codec.READ_TEXT_PHOTO.body))
    pieces = []
    while piece := stream.read(until=clock.now()):
        pieces.append(piece)
    assert len(pieces) == 21  # reports in a reply of 1295 bytes
    assert len(b"".join(pieces)) == 1295


def test_a_report_without_a_preamble_is_handed_on_for_the_decoder_to_judge(clock):
    sam = SimulatedSam()
    sam.misbehave(noisy(b"x" * 40))
    stream = HidStream(HidSam(sam, clock), clock)
    stream.write(encode(codec.FIND.body))
    assert len(stream.read(until=clock.now())) == REPORT


def test_discarding_forgets_the_rest_of_a_reply(clock):
    sam = SimulatedSam()
    sam.lay(CARD)
    stream = HidStream(HidSam(sam, clock), clock)
    stream.write(encode(codec.SELECT.body))
    stream.write(encode(codec.READ_TEXT_PHOTO.body))
    stream.read(until=clock.now())
    stream.read(until=clock.now())
    stream.discard_input()
    assert stream.read(until=clock.now()) == b""
    sam.misbehave(Refusal(Status.NO_CARD))
    stream.write(encode(codec.FIND.body))
    assert stream.read(until=clock.now()) == encode_reply(Status.NO_CARD)


def test_silence_lasts_until_the_deadline(clock):
    sam = SimulatedSam()
    sam.misbehave(silent)
    stream = HidStream(HidSam(sam, clock), clock)
    stream.write(encode(codec.FIND.body))
    until = clock.now() + 1
    assert stream.read(until=until) == b""
    assert clock.now() == until


# --- hidraw: a socket pair that keeps message boundaries stands in for the kernel's device file -----------


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    clock = SystemClock()
    device = HidrawDevice(ours.detach(), "pair", clock)
    with theirs:
        yield device, theirs, clock
    device.close()


def test_hidraw_writes_a_report_number_before_the_report(pair):
    device, kernel, _ = pair
    device.write_report(b"r" * REPORT)
    assert kernel.recv(200) == b"\0" + b"r" * REPORT


def test_hidraw_reads_one_report_at_a_time(pair):
    device, kernel, clock = pair
    kernel.send(b"1" * REPORT)
    kernel.send(b"2" * REPORT)
    assert device.read_report(until=clock.now() + 5) == b"1" * REPORT
    assert device.read_report(until=clock.now()) == b"2" * REPORT
    assert device.read_report(until=clock.now()) == b""


def test_hidraw_that_is_unplugged_is_absent(pair):
    device, kernel, clock = pair
    kernel.close()
    with pytest.raises(DeviceAbsent, match="hid=pair gone while writing"):
        device.write_report(bytes(REPORT))
    with pytest.raises(DeviceAbsent, match="hid=pair gone"):
        device.read_report(until=clock.now())


def test_hidraw_that_was_closed_is_absent_and_closes_again_in_peace(pair):
    device, _, clock = pair
    device.close()
    device.close()
    with pytest.raises(DeviceAbsent, match="closed"):
        device.read_report(until=clock.now())
    with pytest.raises(DeviceAbsent, match="closed"):
        device.write_report(bytes(REPORT))


def test_hidraw_opens_a_path_for_both_directions_or_is_absent(tmp_path):
    clock = SystemClock()
    with pytest.raises(DeviceAbsent, match="cannot be opened"):
        HidrawDevice.open(str(tmp_path / "hidraw9"), clock)
    fifo = tmp_path / "hidraw0"
    os.mkfifo(fifo)  # what is written into it comes back
    device = HidrawDevice.open(str(fifo), clock)
    device.write_report(b"r" * (REPORT - 1))
    assert device.read_report(until=clock.now() + 5) == b"\0" + b"r" * (REPORT - 1)
    device.close()
