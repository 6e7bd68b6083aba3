"""Conformance with the public vectors that are kept beside the repository; skipped where they are not."""

from datetime import date

import pytest

from drivers.idcard import codec
from drivers.idcard.codec import Decoder, Frame, encode, encode_reply, join_parts, split_parts
from drivers.idcard.layouts import BLOCK, CardHolder, decode_holder, decode_text, encode_holder, encode_text
from drivers.idcard.numbers import CardKind, Flaw, check_number

COMMANDS = {
    command.name: command
    for command in (
        codec.RESET_SAM,
        codec.SAM_STATUS,
        codec.SAM_ID,
        codec.FIND,
        codec.SELECT,
        codec.READ_TEXT_PHOTO,
        codec.READ_TEXT_PHOTO_FINGER,
        codec.READ_NEWEST_ADDRESS,
        codec.READ_IIN_SN_DN,
        codec.SLEEP,
        codec.WAKE,
    )
} | {"set_max_rf_byte_0x50": codec.max_rf_bytes(0x50)}
KINDS = {
    "citizen": CardKind.CITIZEN,
    "J": CardKind.HKMOTW,
    "I": CardKind.FOREIGNER_OLD,
    "Y": CardKind.FOREIGNER,
}
ENTRIES = {
    "name": "name", "sex": "sex", "eth": "ethnic_group", "birth": "birth", "addr": "address", "num": "number",
    "issuer": "issuer", "vf": "valid_from", "vt": "valid_to", "permit": "permit_number", "times": "times_issued",
    "en": "english_name", "nat": "nationality", "cn": "name", "ver": "card_version", "agency": "issuer",
    "renew": "times_issued", "old": "old_number_link",
}  # fmt: skip
NUMBERS_AS_OF = date(2026, 1, 1)


def decode(hexadecimal):
    decoder = Decoder()
    return [*decoder.feed(bytes.fromhex(hexadecimal)), *decoder.finish()]


def only_frame(hexadecimal):
    (frame,) = decode(hexadecimal)
    assert isinstance(frame, Frame)
    return frame.body


def test_every_command_is_encoded_as_published(vectors):
    published = {vector["name"]: vector["hex"].lower() for vector in vectors["samv"]["commands"]}
    assert {name: encode(command.body).hex() for name, command in COMMANDS.items()} == published


def test_every_reading_is_decoded_and_encoded_as_published(vectors):
    for vector in vectors["samv"]["read_replies"]:
        reply = codec.READ_TEXT_PHOTO.answer(only_frame(vector["frame"]))
        assert reply is not None
        text, photo = split_parts(reply.data, 2)
        assert (text.hex().upper(), len(photo)) == (vector["text256"], 1024)
        entries = {ENTRIES[name]: value for name, value in vector["fields"].items()}
        assert decode_holder(text) == CardHolder(KINDS[vector["kind"]], **entries)
        assert encode_holder(decode_holder(text)) == text
        assert encode_reply(0x90, join_parts(text, photo)).hex().upper() == vector["frame"]


def test_readings_with_fingerprints_have_the_published_frame(vectors):
    for vector in vectors["samv"]["read_finger_replies"]:
        prints = bytes(vector["frame_len"] - 1297)
        frame = encode_reply(0x90, join_parts(bytes(BLOCK), bytes(1024), prints))
        assert len(frame) == vector["frame_len"]
        assert frame.hex().upper().startswith(vector["head"])
        reply = codec.READ_TEXT_PHOTO_FINGER.answer(only_frame(frame.hex()))
        assert reply is not None
        assert split_parts(reply.data, 3)[2] == prints


@pytest.mark.parametrize(
    ("name", "command", "status"),
    [
        ("find_ok", codec.FIND, 0x9F),
        ("find_none", codec.FIND, 0x80),
        ("select_ok", codec.SELECT, 0x90),
        ("select_fail", codec.SELECT, 0x81),
        ("read_fail", codec.READ_TEXT_PHOTO, 0x41),
        ("sam_status_ok", codec.SAM_STATUS, 0x90),
        ("sam_not_authorised", codec.SAM_STATUS, 0x66),
        ("checksum_err", codec.FIND, 0x10),
        ("length_err", codec.FIND, 0x11),
        ("command_err", codec.FIND, 0x21),
        ("newest_address_none", codec.READ_NEWEST_ADDRESS, 0x91),
        ("newest_address", codec.READ_NEWEST_ADDRESS, 0x90),
        ("sam_id", codec.SAM_ID, 0x90),
    ],
)
def test_every_short_reply_is_understood(name, command, status, vectors):
    (vector,) = [vector for vector in vectors["samv"]["short_replies"] if vector["name"] == name]
    reply = command.answer(only_frame(vector["hex"]))
    assert reply.status == status
    assert encode_reply(reply.status, reply.data).hex().upper() == vector["hex"]
    if name == "sam_id":
        assert codec.sam_id_text(reply.data) == vector["text"]
    if name == "newest_address":
        address = decode_text(reply.data)
        assert address == address.strip() != ""
        assert encode_text(address, 70) == reply.data


@pytest.mark.parametrize(
    ("name", "bodies"),
    [
        ("bad_checksum", 0),
        ("truncated", 0),
        ("noise_then_frame", 1),
        ("extra_AA_before_preamble", 1),
        ("two_frames", 2),
        ("bt_timeout_style", 0),
    ],
)
def test_line_noise_is_survived(name, bodies, vectors):
    (vector,) = [vector for vector in vectors["samv"]["robustness"] if vector["name"] == name]
    found = [item for item in decode(vector["hex"]) if isinstance(item, Frame)]
    assert found == [Frame(bytes.fromhex("00009f00000000"))] * bodies


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("valid_citizen", CardKind.CITIZEN),
        ("valid_hkmotw", CardKind.HKMOTW),
        ("valid_foreigner_2023", CardKind.FOREIGNER),
        ("valid_foreigner_old", CardKind.FOREIGNER_OLD),
    ],
)
def test_valid_numbers_are_valid(group, kind, vectors):
    checks = [check_number(number, today=NUMBERS_AS_OF) for number in vectors["id_numbers"][group]]
    assert checks
    assert [(check.flaw, check.kind) for check in checks] == [(None, kind)] * len(checks)


def test_invalid_numbers_are_invalid_for_the_published_reason(vectors):
    reasons = {
        "check digit": Flaw.CHECK_DIGIT,
        "date 0230": Flaw.BIRTH_DATE,
        "future birth date": Flaw.BIRTH_IN_FUTURE,
        "17 chars": Flaw.LENGTH,
        "check digit (MRZ 7-3-1)": Flaw.CHECK_DIGIT,
    }
    for vector in vectors["id_numbers"]["invalid"]:
        assert check_number(vector["n"], today=NUMBERS_AS_OF).flaw is reasons[vector["why"]], vector["why"]
