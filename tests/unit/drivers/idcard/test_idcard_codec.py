from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.idcard import codec
from drivers.idcard.codec import ADAPTER_TIMEOUT, HEAD, MAX_LEN, PREAMBLE, Decoder, Frame, Junk, encode

bodies = st.binary(min_size=1, max_size=40).filter(lambda body: not encode(body).startswith(ADAPTER_TIMEOUT))
# Noise that is likely to look like the beginning of something.
noise = st.lists(
    st.sampled_from([b"\xaa", b"\x96", PREAMBLE, PREAMBLE + b"\x00\x08", ADAPTER_TIMEOUT])
    | st.binary(max_size=8),
    max_size=12,
).map(b"".join)


def decode(wire, cuts=()):
    """All that a decoder finds in ``wire``, cut at ``cuts``."""
    decoder, found = Decoder(), []
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    for start, end in pairwise(edges):
        found += decoder.feed(wire[start:end])
    return found + list(decoder.finish())


def rebuilt(found):
    return b"".join(item.data if isinstance(item, Junk) else encode(item.body) for item in found)


def frames(found):
    return [item.body for item in found if isinstance(item, Frame)]


@given(st.lists(bodies.map(encode) | noise), st.lists(st.integers(0, 400)))
@settings(max_examples=150)
def test_any_slicing_gives_the_same_frames_and_loses_no_byte(items, cuts):
    wire = b"".join(items)
    whole, sliced = decode(wire), decode(wire, cuts)
    assert frames(sliced) == frames(whole)
    assert rebuilt(sliced) == rebuilt(whole) == wire


@given(st.lists(bodies, max_size=6))
@settings(max_examples=60)
def test_frames_come_back_as_they_were_sent(payloads):
    assert decode(b"".join(map(encode, payloads))) == [Frame(body) for body in payloads]


@given(st.binary(max_size=60).filter(lambda data: PREAMBLE not in data), bodies)
@settings(max_examples=100)
def test_a_frame_is_found_behind_any_noise_without_a_preamble(before, body):
    assert frames(decode(before + encode(body))) == [body]


@given(noise, bodies, noise)
@settings(max_examples=150)
def test_garbage_never_raises_and_every_byte_is_accounted_for(before, body, after):
    wire = before + encode(body) + after
    assert rebuilt(decode(wire)) == wire


def test_the_decoder_never_holds_more_than_one_frame():
    decoder, fed, told = Decoder(), 0, 0
    for _ in range(300):  # a longest frame promised over and over, none kept
        chunk = PREAMBLE + MAX_LEN.to_bytes(2, "big") + bytes(93)
        fed += len(chunk)
        told += len(rebuilt(decoder.feed(chunk)))
        assert fed - told < HEAD + MAX_LEN


def test_a_damaged_length_costs_only_its_own_frame():
    damaged = bytearray(encode(b"\x00\x00\x90"))
    damaged[6] = 0xF0
    good = encode(b"\x00\x00\x80")
    decoder = Decoder()
    assert list(decoder.feed(bytes(damaged) + good)) == []  # it may still be on its way
    found = list(decoder.finish())
    assert frames(found) == [b"\x00\x00\x80"]
    assert found[0] == Junk(PREAMBLE[:1], "truncated")


def test_a_frame_that_began_inside_a_spoilt_one_is_found():
    cut_short = PREAMBLE + b"\x00\x06\x00\x00"  # promises more than came before the next frame
    assert frames(decode(cut_short + encode(b"\x00\x00\x80"))) == [b"\x00\x00\x80"]


@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        (encode(b"\x00\x00\x90")[:-1] + b"\x00", "bad checksum"),
        (PREAMBLE + b"\x00\x01\x01", "impossible length"),
        (PREAMBLE + (MAX_LEN + 1).to_bytes(2, "big"), "impossible length"),
        (b"hello", "no preamble"),
        (encode(b"\x00\x00\x90")[:-2], "truncated"),
        (ADAPTER_TIMEOUT, "adapter time-out"),
    ],
)
def test_skipped_bytes_say_why(wire, reason):
    found = decode(wire)
    assert found[0].reason == reason
    assert rebuilt(found) == wire


def test_the_longest_frame_allowed_is_taken():
    body = bytes(MAX_LEN - 1)
    assert decode(encode(body)) == [Frame(body)]


def test_an_adapters_time_out_does_not_swallow_the_next_frame():
    assert frames(decode(ADAPTER_TIMEOUT + encode(b"\x00\x00\x80"))) == [b"\x00\x00\x80"]


def test_an_extra_first_byte_before_the_preamble_is_skipped():
    assert decode(b"\xaa" + encode(b"\x00\x00\x80")) == [Junk(b"\xaa", "no preamble"), Frame(b"\x00\x00\x80")]


@pytest.mark.parametrize(
    ("command", "body", "fits"),
    [
        (codec.FIND, b"\x00\x00\x9f" + bytes(4), True),
        (codec.FIND, b"\x00\x00\x80", True),
        (codec.FIND, b"\x00\x00\x90" + bytes(8), False),  # that was select's
        (codec.FIND, b"\x00\x00\x9f" + bytes(3), False),
        (codec.FIND, b"\x00\x00\x90" + bytes(4), False),
        (codec.SELECT, b"\x00\x00\x90" + bytes(8), True),
        (codec.SELECT, b"\x00\x00\x9f" + bytes(4), False),  # that was find's
        (codec.SELECT, b"\x00\x00\x90", False),
        (codec.SAM_STATUS, b"\x00\x00\x90", True),
        (codec.SAM_STATUS, b"\x00\x00", False),
        (codec.READ_TEXT_PHOTO, b"\x00\x00\x90" + codec.join_parts(b"text", b"photo"), True),
        (codec.READ_TEXT_PHOTO, b"\x00\x00\x90" + codec.join_parts(b"text", b"photo") + b"!", False),
        (codec.READ_TEXT_PHOTO, b"\x00\x00\x90" + bytes(8), False),  # that was select's
        (codec.READ_TEXT_PHOTO, b"\x00\x00\x90\x01", False),
        (codec.READ_TEXT_PHOTO_FINGER, b"\x00\x00\x90" + codec.join_parts(b"text", b"photo", b""), True),
        (codec.READ_NEWEST_ADDRESS, b"\x00\x00\x90" + bytes(70), True),
        (codec.READ_NEWEST_ADDRESS, b"\x00\x00\x90" + bytes(69), False),
    ],
)
def test_a_success_is_taken_only_for_the_command_it_answers(command, body, fits):
    assert (command.answer(body) is not None) is fits


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3))
@settings(max_examples=50)
def test_parts_come_back_by_their_own_lengths(parts):
    assert codec.split_parts(codec.join_parts(*parts), len(parts)) == tuple(parts)


def test_parts_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="promise 9 bytes, there are 8"):
        codec.split_parts(b"\x00\x02\x00\x03abcd", 2)


def test_a_sam_id_reads_as_printed_on_the_reader():
    raw = codec.SAM_ID_FORM.pack(5, 3, 20160926, 1234567, 987654321)
    assert codec.sam_id_text(raw) == "05.03-20160926-0001234567-0987654321"


def test_bytes_that_may_be_personal_do_not_show():
    values = (Frame(b"SECRET"), Junk(b"SECRET", "bad checksum"), codec.Reply(0x90, b"SECRET"))
    assert "SECRET" not in repr(values)
