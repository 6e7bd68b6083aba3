"""The slot over a PC/SC of our own: what is told, what is raised, and that everything taken is given back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceAbsent, DriverError
from drivers.pcsc import winscard
from drivers.pcsc.errors import CardMute, CardPulled, PcscMissing
from drivers.pcsc.simulated_card import Mischief, SimulatedCard
from drivers.pcsc.slot import Inserted, Removed, Slot
from drivers.pcsc.social_card import read_social_card
from drivers.pcsc.vcard import sample_social_holders
from tests.unit.drivers.pcsc.fake_scard import FakeScard

HOLDER = sample_social_holders()["adult"]
NAME = "ACME Reader 00 00"
IN, OUT = Inserted(NAME, SimulatedCard(HOLDER).atr), Removed(NAME)


def slot_of(scard: FakeScard, reader: str = "any") -> Slot:
    return Slot(reader, lambda: scard)


def test_a_card_that_is_in_already_is_told_first() -> None:
    scard = FakeScard(NAME)
    scard.insert(SimulatedCard(HOLDER))
    slot = slot_of(scard)
    assert [slot.wait(0.5), slot.wait(0.5)] == [IN, None]


def test_a_card_swapped_between_two_looks_is_told_as_two() -> None:
    scard = FakeScard(NAME)
    slot = slot_of(scard)
    scard.insert(SimulatedCard(HOLDER))
    assert slot.wait(0.5) == IN
    scard.remove()
    scard.insert(SimulatedCard(HOLDER))
    assert [slot.wait(0.5), slot.wait(0.5), slot.wait(0.5)] == [OUT, IN, None]


def test_the_reader_is_chosen_by_a_part_of_its_name() -> None:
    scard = FakeScard("SAM slot", NAME)
    scard.insert(SimulatedCard(HOLDER))
    event = slot_of(scard, "acme").wait(0.5)
    assert event == IN
    with pytest.raises(DeviceAbsent):
        slot_of(scard, "other").wait(0.5)


@pytest.mark.parametrize("fault", ["crash", "unplug", "unplug while waiting"])
def test_whatever_goes_away_is_raised_given_back_and_found_again(fault: str) -> None:
    scard = FakeScard(NAME)
    scard.insert(SimulatedCard(HOLDER))
    slot = slot_of(scard)
    assert slot.wait(0.5) == IN
    if fault == "crash":
        scard.crash()
    elif fault == "unplug":
        scard.readers.clear()
    else:
        scard.on_wait = scard.readers.clear
    for _ in range(3):
        with pytest.raises(DeviceAbsent):
            slot.wait(0.5)
        assert not scard.contexts
    scard.alive, scard.readers, scard.on_wait = True, [NAME], lambda: None
    assert slot.wait(0.5) == IN
    slot.close()
    slot.close()
    assert not scard.contexts


def test_every_card_gets_a_connection_of_its_own_which_is_given_back_whatever_happens() -> None:
    scard = FakeScard(NAME)
    slot = slot_of(scard)
    for turn in range(1, 4):
        scard.insert(SimulatedCard(HOLDER, mischief=Mischief(pulled_at=4 if turn == 2 else None)))
        assert slot.wait(0.5) == IN
        if turn == 2:
            with pytest.raises(CardPulled), slot.connect() as card:
                read_social_card(card.transmit)
        else:
            with slot.connect() as card:
                assert read_social_card(card.transmit).number == HOLDER.number
            scard.remove()
        assert not scard.handles
        assert slot.wait(0.5) == OUT
        assert scard.connections == turn


def test_a_card_the_wrong_way_round_is_told_and_says_so() -> None:
    scard = FakeScard(NAME)
    slot = slot_of(scard)
    scard.insert(SimulatedCard(HOLDER), mute=True)
    assert slot.wait(0.5) == Inserted(NAME, b"")
    with pytest.raises(CardMute):
        slot.connect()


@given(st.lists(st.sampled_from(["in", "out", "crash", "start", "unplug", "plug", "look"]), max_size=30))
def test_whatever_happens_the_slot_tells_ins_and_outs_by_turns_and_ends_up_right(steps: list[str]) -> None:
    scard = FakeScard(NAME)
    slot = slot_of(scard)
    inside = False

    def look() -> bool:
        nonlocal inside
        try:
            event = slot.wait(0.5)
        except DriverError:
            inside = False
            return False
        if event is not None:
            assert isinstance(event, Removed if inside else Inserted)
            inside = not inside
        return event is not None

    for step in steps:
        match step:
            case "in" if scard.card is None:
                scard.insert(SimulatedCard(HOLDER))
            case "out" if scard.card is not None:
                scard.remove()
            case "crash" | "start":
                scard.alive = step == "start"
            case "unplug" | "plug":
                scard.readers[:] = [NAME] if step == "plug" else []
            case "look":
                look()
        assert len(scard.contexts) <= 1
    scard.alive, scard.readers[:] = True, [NAME]
    while look():
        pass
    assert inside == (scard.card is not None)


def test_where_pcsc_is_not_installed_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winscard, "LIBRARY", "libpcsclite-that-is-nowhere.so")
    with pytest.raises(PcscMissing) as told:
        Slot().wait(0.5)
    assert (told.value.code, told.value.retryable) == ("fault.pcsc_missing", False)
