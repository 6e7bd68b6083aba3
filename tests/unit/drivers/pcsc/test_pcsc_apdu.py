"""APDUs and the exchange: every command comes back, every conversation comes to an end."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceProtocol
from drivers.pcsc.apdu import MAX_TURNS, Command, Response, exchange, meaning

BYTE = st.integers(0, 255)
COMMANDS = st.builds(
    Command, BYTE, BYTE, BYTE, BYTE, st.binary(max_size=255), st.none() | st.integers(1, 256)
)
VECTORS = Path(__file__).parents[4].parent / "shared" / "data" / "device_vectors.json"
READ = Command(0, 0xB2, 8, 0, expected=256)


@given(COMMANDS)
def test_a_command_comes_back_as_it_was(command: Command) -> None:
    assert Command.decode(command.encode()) == command


@given(st.binary(max_size=300))
def test_noise_is_a_command_or_a_protocol_error_and_never_two_commands(raw: bytes) -> None:
    try:
        command = Command.decode(raw)
    except DeviceProtocol:
        return
    assert command.encode() == raw


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Command(0, 0, 0, 256),
        lambda: Command(0, 0, 0, 0, bytes(256)),
        lambda: Command(0, 0, 0, 0, expected=257),
        lambda: Command(0, 0, 0, 0, expected=0),
    ],
)
def test_what_does_not_fit_a_short_command_is_a_bug(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"byte|Le"):
        wrong()  # type: ignore[operator]


@given(st.binary(min_size=1, max_size=600), st.integers(1, 255), st.integers(0, 65535))
def test_an_answer_in_pieces_is_put_together(data: bytes, piece: int, noise: int) -> None:
    owed = [data[at : at + piece] for at in range(0, len(data), piece)][:MAX_TURNS]
    whole = b"".join(owed)
    asked: list[bytes] = []

    def card(raw: bytes) -> bytes:
        asked.append(raw)
        out = b"" if len(asked) == 1 else owed.pop(0)
        return out + (bytes((0x61, len(owed[0]))) if owed else b"\x90\x00")

    if len(owed) < MAX_TURNS:
        assert exchange(card, READ) == Response(0x9000, whole)
        assert {raw[1] for raw in asked[1:]} == {0xC0}
    else:
        with pytest.raises(DeviceProtocol):
            exchange(card, READ)


def test_a_wrong_le_is_asked_again_with_the_right_one_and_only_once() -> None:
    asked: list[bytes] = []

    def card(raw: bytes) -> bytes:
        asked.append(raw)
        return b"\x6c\x03" if raw[-1] != 3 else b"abc\x90\x00"

    assert exchange(card, READ) == Response(0x9000, b"abc")
    assert asked == [bytes.fromhex("00B2080000"), bytes.fromhex("00B2080003")]
    assert exchange(lambda raw: b"\x6c\x05", READ).status == 0x6C05


@given(st.data())
def test_no_card_can_keep_us_talking(data: st.DataObject) -> None:
    turns = 0

    def card(raw: bytes) -> bytes:
        nonlocal turns
        turns += 1
        return data.draw(st.sampled_from([b"\x61\x01", b"x\x61\x00", b"\x6c\x01", b"", b"\x90\x00", b"\0\0"]))

    with contextlib.suppress(DeviceProtocol):
        exchange(card, READ)
    assert turns <= MAX_TURNS


@given(st.binary(max_size=2000))
def test_a_response_is_short_and_ends_with_a_status_word(raw: bytes) -> None:
    try:
        response = Response.decode(raw)
    except DeviceProtocol:
        assert not 2 <= len(raw) <= 258 or raw[-2] >> 4 not in (6, 9) or raw[-2] == 0x60
    else:
        assert response.data + response.status.to_bytes(2, "big") == raw


def test_status_words_have_meanings() -> None:
    assert meaning(0x6A82) == "file or application not found"
    assert meaning(0x6C12) == "wrong Le"
    assert meaning(0x9999) == "unknown"


def test_no_data_is_shown() -> None:
    assert "379900" not in repr(Response(0x9000, b"379900")) + repr(Command(0, 0, 0, 0, b"379900"))


def test_the_public_vectors_decode_and_encode() -> None:
    if not VECTORS.exists():
        pytest.skip("the shared device vectors are not beside this repository")
    pairs = json.loads(VECTORS.read_text())["social_security_card"]["apdu"]
    for pair in pairs:
        raw = bytes.fromhex(pair["c"])
        assert Command.decode(raw).encode() == raw
        Response.decode(bytes.fromhex(pair["r"]))
    assert len(pairs) >= 14
