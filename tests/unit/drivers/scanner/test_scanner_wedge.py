import os
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceAbsent
from drivers.ports import SystemClock
from drivers.scanner.device import Scan, Scanner, Unreadable
from drivers.scanner.errors import ScannerGone, ScannerRefused
from drivers.scanner.opening import dialect_of, open_scanner
from drivers.scanner.wedge import CHUNK, EVENT, EVIOCGRAB, NOT_TOLD, Wedge

CLOCK = SystemClock()
PLENTY = 30.0
SHIFT, ALT, ENTER = 42, 56, 28
# How a US keyboard is laid out (linux/input-event-codes.h), written down apart from the driver's own table.
ROWS = {2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'`", 43: "\\zxcvbnm,./", 57: " "}
SHIFTED = {2: "!@#$%^&*()_+", 16: "QWERTYUIOP{}", 30: 'ASDFGHJKL:"~', 43: "|ZXCVBNM<>?"}
PLAIN_KEYS = {character: first + n for first, row in ROWS.items() for n, character in enumerate(row)}
SHIFT_KEYS = {character: first + n for first, row in SHIFTED.items() for n, character in enumerate(row)}


def event(code, value, kind=1):
    return struct.pack("<qqHHi", 1, 2, kind, code, value)


def press(code):
    return event(4, 458756, kind=4) + event(code, 1) + event(0, 0, 0) + event(code, 0) + event(0, 0, 0)


def typing(text):
    wire = b""
    for character in text:
        if character in PLAIN_KEYS:
            wire += press(PLAIN_KEYS[character])
        else:
            wire += event(SHIFT, 1) + press(SHIFT_KEYS[character]) + event(SHIFT, 0)
    return wire + press(ENTER)


class Ioctl:
    def __init__(self, fails=False):
        self.calls, self.fails = [], fails

    def __call__(self, descriptor, request, value):
        self.calls.append((request, value))
        if self.fails:
            raise OSError(16, "Device or resource busy")


class Node:
    def __init__(self):
        self.out, self.into = os.pipe()
        self.ioctl = Ioctl()
        self.wedge = Wedge(self.out, "test", CLOCK, ioctl=self.ioctl)

    def typed(self, wire):
        os.write(self.into, wire)
        return self.wedge.read(until=CLOCK.now() + PLENTY)

    def close(self):
        self.wedge.close()
        os.close(self.into)


@pytest.fixture
def node():
    made = Node()
    yield made
    made.close()


def test_an_event_has_the_kernels_size():
    assert EVENT.size == 24
    assert (1 << 30) | (4 << 16) | (ord("E") << 8) | 0x90 == EVIOCGRAB


def test_every_printable_character_is_typed_as_itself(node):
    everything = "".join(map(chr, range(0x20, 0x7F)))
    assert set(everything) == set(PLAIN_KEYS) | set(SHIFT_KEYS)
    typed = b""
    for at in range(0, len(everything), 8):
        typed += node.typed(typing(everything[at : at + 8]))
    assert typed.replace(b"\r", b"").decode() == everything


@given(
    st.text(st.sampled_from(sorted(PLAIN_KEYS | SHIFT_KEYS)), min_size=4, max_size=30), st.integers(1, 200)
)
@settings(max_examples=30)
def test_a_code_typed_is_a_code_read_however_its_events_are_cut(text, size):
    node = Node()
    wire = typing(text)
    scanner, found = Scanner(node.wedge, CLOCK, dialect_of("plain")), None
    try:
        for at in range(0, len(wire), size):
            os.write(node.into, wire[at : at + size])
            found = found or scanner.read(until=CLOCK.now())
        assert isinstance(found, Scan)
        aim = text[:3] if found.aim else ""
        assert aim + found.text == text
    finally:
        node.close()


def test_nothing_typed_ends_at_the_deadline(node):
    assert node.wedge.read(until=CLOCK.now()) == b""
    os.write(node.into, event(0, 0, 0))
    assert node.wedge.read(until=CLOCK.now() + 0.01) == b""


@pytest.mark.parametrize(
    "wire",
    [
        event(ALT, 1) + press(PLAIN_KEYS["1"]) + event(ALT, 0),
        press(59),  # F1
        event(3, 0, 0),  # SYN_DROPPED
    ],
    ids=["an Alt code", "a key without a character", "events that were lost"],
)
def test_a_code_with_something_that_cannot_be_told_is_refused_as_a_whole(node, wire):
    os.write(node.into, typing("ab")[: -len(press(ENTER))] + wire + typing("cd"))
    scanner = Scanner(node.wedge, CLOCK, dialect_of("plain"))
    assert isinstance(scanner.read(until=CLOCK.now() + PLENTY), Unreadable)
    os.write(node.into, typing("next"))
    assert scanner.read(until=CLOCK.now() + PLENTY) == Scan("next")


def test_a_key_that_is_held_types_once(node):
    a = PLAIN_KEYS["a"]
    assert node.typed(event(a, 1) + event(a, 2) + event(a, 2) + event(a, 0) + press(ENTER)) == b"a\r"


def test_locks_change_nothing(node):
    assert node.typed(press(58) + press(69) + typing("ab")) == b"ab\r"


def test_the_keypad_types_digits(node):
    assert node.typed(press(71) + press(82) + press(96)) == b"70\r"


def test_discarded_keys_are_never_read_but_a_shift_let_go_in_them_is(node):
    os.write(node.into, event(SHIFT, 1) + press(PLAIN_KEYS["a"]) + event(SHIFT, 0))
    node.wedge.discard_input()
    assert node.typed(typing("b")) == b"b\r"


def test_the_keyboard_is_grabbed_and_let_go_once(node):
    assert node.ioctl.calls == [(EVIOCGRAB, 1)]
    node.wedge.close()
    node.wedge.close()
    assert node.ioctl.calls == [(EVIOCGRAB, 1), (EVIOCGRAB, 0)]
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(node.out)


def test_a_keyboard_that_cannot_be_grabbed_is_not_read():
    out, into = os.pipe()
    with pytest.raises(ScannerGone, match="grabbed"):
        Wedge(out, "test", CLOCK, ioctl=Ioctl(fails=True))
    os.close(into)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(out)


def test_a_keyboard_that_was_pulled_out_is_gone(node):
    os.close(node.into)
    node.into = os.open(os.devnull, os.O_WRONLY)
    with pytest.raises(DeviceAbsent, match="gone"):
        node.wedge.read(until=CLOCK.now() + PLENTY)


def test_a_closed_keyboard_is_gone(node):
    node.wedge.close()
    with pytest.raises(ScannerGone, match="closed"):
        node.wedge.read(until=CLOCK.now())


def test_a_keyboard_takes_no_orders(node, tmp_path):
    with pytest.raises(ScannerRefused):
        node.wedge.write(b"x")
    with pytest.raises(ScannerRefused, match="family newland"):
        open_scanner("evdev:///dev/input/event3", "newland", CLOCK)


def test_what_is_no_keyboard_cannot_be_opened(tmp_path):
    with pytest.raises(ScannerGone, match="opened"):
        open_scanner(f"evdev://{tmp_path}/event3", "plain", CLOCK)
    (tmp_path / "event4").write_bytes(b"")
    with pytest.raises(ScannerGone, match="grabbed"):
        open_scanner(f"evdev://{tmp_path}/event4", "plain", CLOCK)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 0x2FF), st.integers(-1, 3)), max_size=80))
@settings(max_examples=60)
def test_any_events_become_ascii_or_are_not_told(events):
    node = Node()
    try:
        os.write(node.into, b"".join(event(code, value, kind) for kind, code, value in events))
        typed = node.wedge.read(until=CLOCK.now())
        assert all(0x20 <= byte < 0x7F or byte in b"\r\t" + NOT_TOLD for byte in typed)
        assert len(events) * 24 <= CHUNK or len(typed) <= CHUNK
    finally:
        node.close()
