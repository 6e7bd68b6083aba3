import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.scanner import newland, ssi
from drivers.scanner.codec import MOST, Code, Framing, Oversized
from drivers.scanner.families import ANY, Owed, Reply, Verdict
from drivers.scanner.opening import FAMILIES, dialect_of

YES = Reply(Verdict.DONE, b"#SCNTRG1")


def cut(wire, sizes):
    for size in sizes:
        yield wire[:size]
        wire = wire[size:]
    yield wire


def hear(family, wire, sizes=(), framing=Framing()):  # noqa: B008
    dialect = dialect_of(family, framing)
    found = [one for piece in cut(wire, sizes) for one in dialect.feed(piece)]
    return [*found, *dialect.quiet()]


def codes(found):
    return [one for one in found if isinstance(one, Code | Oversized)]


texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=2, max_size=30).filter(
    lambda text: text[0] not in "]"
)
slices = st.lists(st.integers(1, 7), max_size=60)


def packet(data, status=0, kind=0x1C):
    return ssi.encode(ssi.Packet(ssi.DECODE_DATA, status, bytes([kind]) + data), ssi.DECODER)


@given(st.lists(texts, max_size=4), slices, st.data())
def test_newlands_replies_and_codes_are_told_apart_in_any_slicing(payloads, sizes, data):
    wire = b""
    expected: list[Reply | Code] = []
    for payload in payloads:
        if data.draw(st.booleans()):
            wire += newland.reply(b"#SCNTRG1")
            expected.append(YES)
        wire += payload.encode() + b"\r"
        expected.append(Code(payload.encode()))
    assert hear("newland", wire, sizes) == expected


@pytest.mark.parametrize(
    ("verdict", "meaning"),
    [(newland.ACK, Verdict.DONE), (newland.NAK, Verdict.NO), (newland.ENQ, Verdict.NO)],
)
def test_newlands_verdicts_are_understood(verdict, meaning):
    assert hear("newland", newland.reply(b"#SCNTRG1", verdict)) == [Reply(meaning, b"#SCNTRG1")]


def test_newlands_heartbeat_is_an_exclamation_mark_by_itself():
    assert hear("newland", b"!") == [Reply(Verdict.DONE, b"!")]
    assert hear("newland", b"!code\r", [1]) == [Code(b"!code")]


def test_a_newland_reply_that_lost_its_tail_does_not_swallow_the_codes_after_it():
    lost = newland.reply(b"#SCNTRG1")[:-1]
    assert Code(b"kept") in hear("newland", lost + b"x" * 300 + b"\r" + b"kept\r")
    dialect = dialect_of("newland")
    assert list(dialect.feed(lost)) == []
    assert dialect.pending
    assert list(dialect.quiet()) == []
    assert list(dialect.feed(b"kept\r")) == [Code(b"kept")]


def test_a_newland_scanner_may_use_stx_as_its_prefix():
    assert hear("newland", b"\x02abcd\x03", framing=Framing(prefix=b"\x02")) == [Code(b"abcd")]


@given(st.lists(st.binary(max_size=240).map(lambda data: b"x" + data), max_size=4), slices)
def test_ssi_packets_are_found_in_any_slicing(data, sizes):
    wire = b"".join(ssi.encode(ssi.Packet(ssi.DECODE_DATA, 0, one), ssi.DECODER) for one in data)
    decoder = ssi.Decoder()
    found = [one for piece in cut(wire, sizes) for one in decoder.feed(piece)]
    assert found == [ssi.Packet(ssi.DECODE_DATA, 0, one) for one in data]
    assert not decoder.pending


def test_every_ssi_code_is_acknowledged():
    assert hear("zebra-ssi", packet(b"abcd") + packet(b"efgh")) == [
        ssi.ACK, Code(b"abcd"), ssi.ACK, Code(b"efgh"),
    ]  # fmt: skip


def test_an_ssi_code_may_carry_a_suffix_and_an_aim_id_all_the_same():
    (_, code) = hear("zebra-ssi", packet(b"]Q1abcd\r\n"))
    assert (code.payload, code.aim) == (b"abcd", "]Q1")


def test_a_damaged_ssi_packet_is_asked_for_again_once_it_is_quiet():
    wire = bytearray(packet(b"abcd" * 20))
    wire[9] ^= 1
    dialect = dialect_of("zebra-ssi")
    for _ in range(2):
        assert list(dialect.feed(bytes(wire))) == []
        assert dialect.pending
        assert list(dialect.quiet()) == [ssi.NAK_RESEND]
    assert not dialect.pending
    assert list(dialect.feed(packet(b"abcd" * 20, ssi.RETRANSMITTED))) == [ssi.ACK, Code(b"abcd" * 20)]


def test_noise_before_an_ssi_packet_is_not_asked_for_again():
    assert hear("zebra-ssi", b"\x01noise" + packet(b"abcd")) == [ssi.ACK, Code(b"abcd")]


def test_an_ssi_packet_sent_again_because_our_ack_was_lost_is_acknowledged_and_taken_once():
    wire = packet(b"abcd") + packet(b"abcd", ssi.RETRANSMITTED)
    assert hear("zebra-ssi", wire) == [ssi.ACK, Code(b"abcd"), ssi.ACK]


def test_the_same_code_read_twice_is_two_codes_to_ssi():
    assert len(codes(hear("zebra-ssi", packet(b"abcd") + packet(b"abcd")))) == 2


@pytest.mark.parametrize("each_has_its_kind", [True, False])
def test_an_ssi_code_in_parts_is_put_together(each_has_its_kind):
    second = packet(b"efgh") if each_has_its_kind else packet(b"fgh", kind=ord("e"))
    wire = packet(b"abcd", ssi.CONTINUED) + second + packet(b"next")
    assert codes(hear("zebra-ssi", wire)) == [Code(b"abcdefgh"), Code(b"next")]


def test_a_part_sent_again_is_not_joined_twice():
    parts = [
        packet(b"abcd", ssi.CONTINUED), packet(b"abcd", ssi.CONTINUED | ssi.RETRANSMITTED), packet(b"efgh"),
    ]  # fmt: skip
    assert codes(hear("zebra-ssi", b"".join(parts))) == [Code(b"abcdefgh")]


def test_too_many_ssi_parts_are_one_oversized_code():
    wire = packet(b"x" * 250, ssi.CONTINUED) * (MOST // 250 + 20) + packet(b"x") + packet(b"next")
    dialect = dialect_of("zebra-ssi")
    assert isinstance(dialect, ssi.ZebraSsi)
    found = []
    for at in range(0, len(wire), 100):
        found += dialect.feed(wire[at : at + 100])
        assert len(dialect._parts) <= Framing().longest
    assert codes(found) == [Oversized(), Code(b"next")]


def test_ssi_replies_are_understood():
    nak = ssi.encode(ssi.Packet(ssi.CMD_NAK, data=bytes([ssi.RESEND])), ssi.DECODER)
    denied = ssi.encode(ssi.Packet(ssi.CMD_NAK, data=b"\x06"), ssi.DECODER)
    revision = ssi.encode(ssi.Packet(ssi.REPLY_REVISION, data=b"x"), ssi.DECODER)
    assert hear("zebra-ssi", nak) == [Reply(Verdict.AGAIN, ANY)]
    assert hear("zebra-ssi", denied) == [Reply(Verdict.NO, ANY)]
    assert hear("zebra-ssi", revision) == [Reply(Verdict.DONE, bytes([ssi.REPLY_REVISION]))]


def test_the_hosts_own_echo_is_no_packet():
    assert codes(hear("zebra-ssi", ssi.encode(ssi.Packet(ssi.DECODE_DATA, data=b"\x1cabcd")))) == []


def test_a_packet_cannot_be_longer_than_its_length_byte_counts():
    with pytest.raises(ValueError, match="do not fit"):
        ssi.encode(ssi.Packet(ssi.DECODE_DATA, data=bytes(252)))


@given(st.binary(max_size=200), slices, texts)
@settings(max_examples=200)
def test_an_ssi_packet_behind_any_noise_is_found_at_the_latest_when_it_is_quiet(noise, sizes, text):
    wire = noise + packet(text.encode())
    found = hear("zebra-ssi", wire, sizes)
    # Noise that is itself a packet which reaches into the code is one in 65,536, and shrinks to no example.
    assert codes(found)[-1:] == [Code(text.encode())]


@given(st.sampled_from(sorted(FAMILIES)), st.lists(st.binary(max_size=600), max_size=12))
@settings(max_examples=200)
def test_no_family_raises_or_holds_much_whatever_comes(family, chunks):
    dialect = dialect_of(family)
    for chunk in chunks:
        for found in dialect.feed(chunk):
            assert isinstance(found, Code | Oversized | Reply | Owed)
    for found in dialect.quiet():
        assert isinstance(found, Code | Oversized | Reply | Owed)
    assert not dialect.pending
