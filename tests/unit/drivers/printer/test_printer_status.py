import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.status import (
    SILENT,
    Decoder,
    Full,
    Junk,
    PrinterStatus,
    Pushed,
    Reached,
    RealTime,
    from_full,
    from_pushed,
    from_real_time,
)

VECTORS = Path(__file__).parents[4].parent / "shared" / "data" / "device_vectors.json"
FINE = {1: 0x12, 2: 0x12, 3: 0x12, 4: 0x12}


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    if not VECTORS.exists():
        pytest.skip("no shared device vectors beside the repository")
    found: dict[str, Any] = json.loads(VECTORS.read_text())["escpos_status"]
    return found


MEANINGS = {
    "offline": "fault.printer_offline",
    "cover open": "fault.cover_open",
    "printing stopped: paper end": "fault.paper_out",
    "error occurred": "fault.printer_error",
    "recoverable mechanical error (model dependent)": "fault.printer_error",
    "auto-cutter error": "fault.cutter",
    "unrecoverable error": "fault.printer_error",
    "auto-recoverable error (head hot)": "fault.printer_hot",
    "paper end": "fault.paper_out",
    "near end + paper end": "fault.paper_out",
}


def test_published_real_time_answers_mean_what_the_manuals_say(vectors: dict[str, Any]) -> None:
    for vector in vectors["dle_eot"]:
        byte = int(vector["b"], 16)
        found = from_real_time({**FINE, vector["n"]: byte})
        assert found.problem == MEANINGS.get(vector["means"]), vector
        assert found.paper_low == ("near end" in vector["means"]), vector
        assert list(Decoder().feed(bytes((byte,)))) == [RealTime(byte)]


def test_published_bytes_that_are_no_real_time_answer_are_none(vectors: dict[str, Any]) -> None:
    for text in vectors["not_a_dle_eot_reply"]:
        assert not any(isinstance(found, RealTime) for found in Decoder().feed(bytes.fromhex(text)))


def test_published_pushed_frames_mean_what_the_manuals_say(vectors: dict[str, Any]) -> None:
    for vector in vectors["asb"]:
        data = bytes.fromhex(vector["hex"])
        assert list(Decoder().feed(data)) == [Pushed(data)]
        found, means = from_pushed(data), vector["means"]
        assert found.cover_open == ("cover open" in means)
        assert found.cutter_error == ("cutter" in means)
        assert found.paper_out == ("paper end" in means)
        assert found.paper_low == ("near end" in means)
        assert (found.problem is None) == (means in ("online ok", "near end"))


@pytest.mark.parametrize("byte", range(256))
def test_a_byte_is_a_real_time_answer_exactly_when_its_fixed_bits_are(byte: int) -> None:
    valid = byte & 0b10010011 == 0b00010010
    assert any(isinstance(found, RealTime) for found in Decoder().feed(bytes((byte,)))) == valid
    for n in FINE:
        status = from_real_time({**FINE, n: byte})
        assert status.answered == valid
        assert valid or status.problem == "fault.printer_silent"


@pytest.mark.parametrize("missing", FINE)
def test_a_missing_answer_makes_the_printer_unusable(missing: int) -> None:
    assert from_real_time(FINE).problem is None
    assert from_real_time({n: byte for n, byte in FINE.items() if n != missing}) == SILENT


def test_a_status_of_nothing_is_that_of_a_silent_printer() -> None:
    assert PrinterStatus().problem == "fault.printer_silent"
    assert from_pushed(b"").problem == from_full(b"").problem == "fault.printer_silent"
    assert from_pushed(b"\x10\x00\x00\x80").problem == "fault.printer_silent"


def test_an_error_bit_that_nothing_explains_is_an_error() -> None:
    assert from_real_time({**FINE, 2: 0x52}).problem == "fault.printer_error"
    assert from_real_time({**FINE, 2: 0x52, 3: 0x52}).problem == "fault.printer_hot"


def test_paper_that_runs_low_is_no_fault() -> None:
    low = from_real_time({**FINE, 4: 0x1E})
    assert low.paper_low
    assert low.problem is None


def test_two_sources_are_joined_to_the_worse() -> None:
    fine, ill = from_real_time(FINE), from_pushed(b"\x38\x00\x00\x00")
    assert fine.joined(ill).problem == ill.joined(fine).problem == "fault.cover_open"
    assert fine.joined(from_pushed(b"\x18\x00\x00\x00")).problem == "fault.printer_offline"
    assert fine.joined(SILENT).problem == "fault.printer_silent"
    assert fine.joined(fine) == fine


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("00000000", None),
        ("04000000", None),
        ("20000000", None),
        ("01000000", "fault.paper_out"),
        ("00020000", "fault.cover_open"),
        ("00000100", "fault.printer_error"),
        ("00000001", "fault.printer_error"),
    ],
)
def test_customs_full_status_is_understood(data: str, problem: str | None) -> None:
    assert from_full(bytes.fromhex(data)).problem == problem


plain = st.sampled_from([byte for byte in range(256) if byte & 0x90 == 0])
answers = st.one_of(
    st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x12]).map(RealTime),
    plain.map(Reached),
    st.tuples(
        st.sampled_from([byte for byte in range(256) if byte & 0x93 == 0x10]),
        plain.filter(lambda byte: byte != 0x0F),
        plain,
        plain,
    ).map(lambda four: Pushed(bytes(four))),
    st.binary(min_size=4, max_size=4).map(Full),
)


def wire(answer: RealTime | Reached | Pushed | Full) -> bytes:
    match answer:
        case RealTime(byte) | Reached(byte):
            return bytes((byte,))
        case Pushed(data):
            return data
        case Full(data):
            return b"\x10\x0f" + data


@given(st.lists(answers), st.lists(st.integers(1, 5), min_size=1))
def test_every_slicing_gives_the_same_answers(sent: list[Any], slices: list[int]) -> None:
    data, decoder, found, at = b"".join(map(wire, sent)), Decoder(), [], 0
    while at < len(data):
        step = slices[at % len(slices)]
        found += decoder.feed(data[at : at + step])
        at += step
    assert found == sent


@given(st.lists(answers), st.data())
def test_flow_control_between_the_bytes_changes_nothing(sent: list[Any], data: st.DataObject) -> None:
    mixed = bytearray()
    for answer in sent:
        for byte in wire(answer):
            if not isinstance(answer, Full):
                mixed += bytes(data.draw(st.lists(st.sampled_from([0x11, 0x13]), max_size=2)))
            mixed.append(byte)
    assert list(Decoder().feed(bytes(mixed))) == sent


@given(st.binary(max_size=300))
def test_any_noise_is_taken_and_forgotten(data: bytes) -> None:
    decoder = Decoder()
    list(decoder.feed(data))
    list(decoder.feed(b"\x00" * 8))  # completes whatever was begun
    assert list(decoder.feed(b"\x12")) == [RealTime(0x12)]


def test_a_torn_pushed_frame_does_not_swallow_the_answer_behind_it() -> None:
    assert list(Decoder().feed(b"\x10\x00\x12")) == [Junk(b"\x10\x00"), RealTime(0x12)]
