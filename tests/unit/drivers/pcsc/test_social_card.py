"""The social-security card over a simulated one and over the recorded conversation; nobody's data in any error."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceProtocol, DriverError
from drivers.pcsc.errors import CardUnreadable, KeysNeeded, NotSocialCard
from drivers.pcsc.simulated_card import Manner, SimulatedCard, SocialHolder
from drivers.pcsc.social_card import read_facts, read_social_card, select_application
from drivers.pcsc.vcard import framed, sample_social_holders

HOLDER = sample_social_holders()["adult"]
VECTORS = Path(__file__).parents[4].parent / "shared" / "data" / "device_vectors.json"
FITTING = st.frozensets(st.sampled_from(Manner)).filter(
    lambda manners: not manners >= {Manner.BY_CURRENT_FILE_ONLY, Manner.BY_SHORT_ID_ONLY}
)
NAMES = st.text(st.sampled_from("测试甲乙丙䶮·ABC㐂𠮷"), min_size=1, max_size=12)


@given(FITTING, st.sampled_from([1, 2]), NAMES)
def test_cards_of_every_manner_say_the_same(manners: frozenset[Manner], generation: int, name: str) -> None:
    if generation == 1:
        name = name[:7]  # no extension: what doesn't fit 30 bytes isn't there
    read = read_social_card(
        SimulatedCard(SocialHolder(HOLDER.number, name), generation, manners=manners).answer
    )
    assert (read.number, read.name, read.sex, read.birth) == (HOLDER.number, name, "1", date(1990, 3, 15))
    assert (read.facts.generation, read.facts.city) == (generation, "379900")


@pytest.mark.parametrize(
    "name", ["阿卜杜·" * 5, "A" + "测" * 20]
)  # the second has a character across the border
def test_a_long_name_goes_on_in_its_extension(name: str) -> None:
    assert read_social_card(SimulatedCard(SocialHolder(HOLDER.number, name)).answer).name == name


@pytest.mark.parametrize("at", [0, 1])
def test_a_record_that_is_not_the_one_asked_for_is_never_taken(at: int) -> None:
    card = SimulatedCard(HOLDER)

    def transmit(raw: bytes) -> bytes:
        answer = bytearray(card.answer(raw))
        if raw[1:3] == b"\xb2\x08":
            answer[at] += 1
        return bytes(answer)

    with pytest.raises(DeviceProtocol):
        read_social_card(transmit)


def test_validity_is_told_and_judged_by_others() -> None:
    facts = read_social_card(SimulatedCard(HOLDER).answer).facts
    assert facts.valid_to == date(2040, 1, 1)
    assert (facts.expired(date(2040, 1, 1)), facts.expired(date(2040, 1, 2))) == (False, True)
    eternal = SimulatedCard(SocialHolder(HOLDER.number, "甲", valid_to=None))
    assert not read_social_card(eternal.answer).facts.expired(date(2999, 1, 1))


def test_the_third_generation_needs_keys_and_its_own_file_can_still_be_read() -> None:
    card = SimulatedCard(HOLDER, 3)
    asked: list[bytes] = []
    with pytest.raises(KeysNeeded) as told:
        read_social_card(lambda raw: asked.append(raw) or card.answer(raw))  # type: ignore[func-returns-value]
    assert told.value.code == "fault.card_third_generation"
    assert not any(b"\xef\x06" in raw for raw in asked)
    select_application(card.answer)
    assert read_facts(card.answer).generation == 3


def test_a_closed_holder_file_is_a_matter_of_keys_whatever_the_version_says() -> None:
    card = SimulatedCard(HOLDER, 2)

    def transmit(raw: bytes) -> bytes:
        return b"\x69\x82" if raw[1:3] == b"\xb2\x08" else card.answer(raw)

    with pytest.raises(KeysNeeded):
        read_social_card(transmit)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (0x6A82, NotSocialCard),
        (0x6E00, NotSocialCard),
        (0x6D00, NotSocialCard),
        (0x6283, CardUnreadable),
        (0x6581, CardUnreadable),
    ],
)
def test_what_a_card_says_to_the_application(status: int, kind: type[DriverError]) -> None:
    with pytest.raises(kind):
        read_social_card(lambda raw: status.to_bytes(2, "big"))


def test_a_card_without_a_number_is_unreadable() -> None:
    with pytest.raises(CardUnreadable):
        read_social_card(SimulatedCard(SocialHolder("", "甲", birth="19900101")).answer)


@given(st.data())
def test_noise_ends_in_a_driver_error_that_names_nobody(data: st.DataObject) -> None:
    card = SimulatedCard(HOLDER, manners=data.draw(FITTING))

    def transmit(raw: bytes) -> bytes:
        answer = card.answer(raw)
        match data.draw(st.sampled_from("aaaaaacfn")):
            case "c":
                return answer[: data.draw(st.integers(0, len(answer)))]
            case "f":
                at = data.draw(st.integers(0, len(answer) - 1))
                return (
                    answer[:at] + bytes((answer[at] ^ 1 << data.draw(st.integers(0, 7)),)) + answer[at + 1 :]
                )
            case "n":
                return data.draw(st.binary(max_size=300))
        return answer

    said = ""
    try:
        assert read_social_card(transmit).number  # a flipped bit in it is the check digit's matter
    except DriverError as error:
        said = str(error)
    assert HOLDER.number not in said
    assert HOLDER.name not in said


def test_nothing_personal_is_shown() -> None:
    shown = repr(read_social_card(SimulatedCard(HOLDER).answer)) + repr(HOLDER)
    assert not any(part in shown for part in (HOLDER.number, HOLDER.name, "1990", "T00000001", "5A1B"))


def _vectors(part: str) -> Any:  # what stands in the file
    if not VECTORS.exists():
        pytest.skip("the shared device vectors are not beside this repository")
    return json.loads(VECTORS.read_text())[part]


def test_the_recorded_conversation_is_read() -> None:
    """A card that answers exactly as recorded, and 6A83 to what was not asked then."""
    said = {
        bytes.fromhex(each["c"]): bytes.fromhex(each["r"])
        for each in _vectors("social_security_card")["apdu"]
    }
    said[bytes.fromhex("00C0000013")] = bytes.fromhex("6F11840F7378312E73682EC9E7BBE1B1A3D5CF9000")
    said[bytes.fromhex("00B2010000")] = said[bytes.fromhex("00B2010012")]
    said[bytes.fromhex("00B2030000")] = bytes.fromhex("0304322E30309000")
    read = read_social_card(lambda raw: said.get(raw, b"\x6a\x83"))
    assert (len(read.number), read.name) == (18, "测试张三")
    assert (read.facts.city, read.facts.card_number, read.facts.version) == ("370000", "A00000001", "2.00")


def test_the_simulated_card_answers_as_the_recorded_one_does() -> None:
    card = SimulatedCard(HOLDER)
    for pair in _vectors("social_security_card")["apdu"]:
        command, recorded = bytes.fromhex(pair["c"]), bytes.fromhex(pair["r"])
        if command[1] == 0xC0:  # the recorded card took 0x14 for 0x13; ours is strict
            command = bytes.fromhex("00C0000013")
        answer = card.answer(command)
        assert (len(answer), answer[-2:]) == (len(recorded), recorded[-2:]), command.hex()


def test_vpcd_messages_are_framed_as_recorded() -> None:
    for each in _vectors("vpcd")["messages"]:
        raw = bytes.fromhex(each["hex"])
        assert framed(raw[2:]) == raw
