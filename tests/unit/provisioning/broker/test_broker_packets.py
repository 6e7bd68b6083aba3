"""MQTT packets: any slicing gives the same ones, and what is not MQTT is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.broker import packets
from provisioning.broker.packets import BadPacket, Message, Packets, Will

bodies = st.binary(max_size=300)
topics = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    qos = draw(st.integers(0, 2))
    mid = draw(st.integers(1, 0xFFFF)) if qos else 0
    return Message(
        draw(topics), draw(bodies), qos, draw(st.booleans()), mid, bool(qos) and draw(st.booleans())
    )


@given(st.lists(messages(), max_size=5), st.data())
@settings(max_examples=60)
def test_any_slicing_gives_the_same_messages(sent: list[Message], data: st.DataObject) -> None:
    wire, stream, found, at = b"".join(map(packets.publish, sent)), Packets(), [], 0
    while at < len(wire):
        step = data.draw(st.integers(1, len(wire) - at))
        found += list(stream.feed(wire[at : at + step]))
        at += step
    assert [packets.published(flags, body) for kind, flags, body in found] == sent
    assert {kind for kind, _, _ in found} <= {packets.PUBLISH}


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 2_097_152])
def test_lengths_around_every_border_are_read_back(size: int) -> None:
    stream = Packets()
    assert list(stream.feed(packets.packet(packets.PINGRESP, bytes(size)))) == [(13, 0, bytes(size))]


@given(st.binary(max_size=200))
@settings(max_examples=60)
def test_noise_is_refused_or_waited_for_and_never_more(noise: bytes) -> None:
    try:
        for kind, flags, body in Packets().feed(noise):
            if kind == packets.PUBLISH:
                packets.published(flags, body)
    except BadPacket:
        pass


def test_a_length_without_end_is_not_mqtt() -> None:
    with pytest.raises(BadPacket):
        list(Packets().feed(b"\x30\xff\xff\xff\xff\x01"))


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x00\x05ab", b"\x00\x01\xff"])
def test_a_message_that_is_cut_short_is_refused(body: bytes) -> None:
    with pytest.raises(BadPacket):
        packets.published(2, body)


def test_connect_says_what_the_standard_says() -> None:
    """Bytes by hand after MQTT 3.1.1, 3.1."""
    will = Will("w", b"gone")
    wire = packets.connect("ab", "u", "p", will=will, keepalive=60, clean=True)
    expected = (
        b"\x00\x04MQTT\x04\xee\x00\x3c" + b"\x00\x02ab" + b"\x00\x01w\x00\x04gone" + b"\x00\x01u\x00\x01p"
    )
    assert wire == bytes((0x10, len(expected))) + expected
    bare = packets.connect("ab", None, None, will=None, keepalive=0, clean=False)
    assert bare == b"\x10\x0e\x00\x04MQTT\x04\x00\x00\x00\x00\x02ab"


def test_subscribe_and_release_carry_the_flags_that_must_be_there() -> None:
    assert packets.subscribe(7, [("a/+", 1)]) == b"\x82\x08\x00\x07\x00\x03a/+\x01"
    assert packets.answer(packets.PUBREL, 7) == b"\x62\x02\x00\x07"
    assert packets.answer(packets.PUBACK, 7) == b"\x40\x02\x00\x07"
