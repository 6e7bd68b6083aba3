"""The slot over a real pcscd with vpcd's virtual reader: reading, pulling, a crash of pcscd, and nothing leaked.

TONGYUAN_LONG=1 makes it 200 insertions (some 140 s) instead of 40; pcscd looks every 0.4 s and can not be hurried.
"""

import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from drivers.errors import DriverError
from drivers.pcsc.errors import KeysNeeded, NotSocialCard
from drivers.pcsc.pcscd import Pcscd, unusable
from drivers.pcsc.simulated_card import Manner, Mischief, SimulatedCard
from drivers.pcsc.slot import Inserted, Removed, Slot
from drivers.pcsc.social_card import SocialCard, read_social_card
from drivers.pcsc.vcard import VirtualSlot, sample_social_holders
from drivers.ports import SystemClock

CYCLES = 200 if os.environ.get("TONGYUAN_LONG") else 40
WITHIN = 40.0  # for one event, on a busy machine
HOLDER = sample_social_holders()["adult"]
REASON = unusable()

pytestmark = [
    pytest.mark.skipif(REASON is not None, reason=str(REASON)),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def pcscd() -> Iterator[Pcscd]:
    """One for all: libpcsclite reads its way to pcscd once in a process."""
    pytest.importorskip("smartcard.scard", reason="pyscard is not installed")
    with (
        tempfile.TemporaryDirectory(prefix="tongyuan-pcscd-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        service = Pcscd(Path(folder))
        for name, value in service.environment.items():
            patch.setenv(name, value)
        service.start()
        try:
            yield service
        finally:
            service.stop()


@pytest.fixture
def place(pcscd: Pcscd) -> Iterator[tuple[Slot, VirtualSlot]]:
    pcscd.start()
    name, port = pcscd.slots[0]
    empty(name)
    slot, virtual = Slot(name), VirtualSlot(port)
    yield slot, virtual
    virtual.close()
    slot.close()


def empty(name: str) -> None:
    """Until pcscd has seen that the last card is gone: it looks every 0.4 s only, and takes no fresh one before."""
    clock = SystemClock()
    until = clock.now() + WITHIN
    while _occupied(name):
        assert clock.now() < until, "a card stays in"


def _occupied(name: str) -> bool:
    slot = Slot(name)
    try:
        return isinstance(slot.wait(0.1), Inserted)
    finally:
        slot.close()


def next_event(slot: Slot) -> Inserted | Removed:
    """What happens next, faults of the service ridden out as their owner would."""
    clock = SystemClock()
    until = clock.now() + WITHIN
    while clock.now() < until:
        try:
            event = slot.wait(0.5)
        except DriverError:
            clock.sleep(0.1)
            continue
        if event is not None:
            return event
    raise AssertionError("nothing happened")


def read(slot: Slot) -> SocialCard:
    with slot.connect() as card:
        return read_social_card(card.transmit)


@pytest.mark.parametrize(
    ("generation", "manner"), [(1, None), (2, None), (1, Manner.CHAINED), (2, Manner.EXACT_LE)]
)
def test_the_first_two_generations_are_read_whatever_their_manner(
    place: tuple[Slot, VirtualSlot], generation: int, manner: Manner | None
) -> None:
    slot, virtual = place
    virtual.insert(SimulatedCard(HOLDER, generation, manners=frozenset({manner} if manner else ())))
    assert isinstance(next_event(slot), Inserted)
    card = read(slot)
    assert (card.number, card.name, card.facts.generation) == (HOLDER.number, HOLDER.name, generation)
    assert card.birth == date(1990, 3, 15)


def test_the_third_generation_and_other_cards_are_refused_by_their_own_words(
    place: tuple[Slot, VirtualSlot],
) -> None:
    slot, virtual = place
    virtual.insert(SimulatedCard(HOLDER, 3))
    next_event(slot)
    with pytest.raises(KeysNeeded):
        read(slot)
    virtual.remove()
    assert isinstance(next_event(slot), Removed)
    virtual.insert(SimulatedCard(HOLDER, social=False))
    next_event(slot)
    with pytest.raises(NotSocialCard):
        read(slot)


def test_a_card_pulled_in_the_middle_spoils_one_reading_and_not_the_next(
    pcscd: Pcscd, place: tuple[Slot, VirtualSlot]
) -> None:
    slot, virtual = place
    virtual.insert(SimulatedCard(HOLDER, mischief=Mischief(pulled_at=5)))
    next_event(slot)
    with pytest.raises(DriverError):
        read(slot)
    assert isinstance(next_event(slot), Removed)
    empty(pcscd.slots[0][0])  # told by our own hanging up; pcscd's own look at the reader comes later
    assert slot.wait(0.5) is None
    virtual.insert(SimulatedCard(HOLDER))
    assert isinstance(next_event(slot), Inserted)
    assert read(slot).number == HOLDER.number


class Round:
    """One slot's share: insert, read, remove, again and again; every event must be the one expected."""

    def __init__(self, name: str, port: int, cycles: int, meeting: threading.Barrier) -> None:
        self._slot, self._virtual = Slot(name), VirtualSlot(port)
        self._cycles, self._meeting = cycles, meeting
        self.read = 0
        self.events: list[type[Inserted] | type[Removed]] = []
        self.crash: Exception | None = None

    def run(self) -> None:
        try:
            for turn in range(self._cycles):
                if turn == self._cycles // 2:
                    self._meeting.wait(120)  # pcscd is killed and started now, while the slot is empty
                self._virtual.insert(SimulatedCard(HOLDER, 1 + turn % 2))
                self.events.append(type(next_event(self._slot)))
                self.read += read(self._slot).number == HOLDER.number
                self._virtual.remove()
                self.events.append(type(next_event(self._slot)))
        except Exception as error:  # noqa: BLE001  a thread's end; the test's own thread asserts it
            self.crash = error
            self._meeting.abort()
        finally:
            self._virtual.close()
            self._slot.close()


def test_no_insertion_is_missed_over_a_crash_of_pcscd_and_nothing_leaks(
    pcscd: Pcscd, place: tuple[Slot, VirtualSlot]
) -> None:
    threads, handles = threading.active_count(), _open_files()
    meeting = threading.Barrier(len(pcscd.slots), action=lambda: os.kill(pcscd.pid or 0, 9))
    rounds = [Round(name, port, CYCLES // len(pcscd.slots), meeting) for name, port in pcscd.slots]
    workers = [threading.Thread(target=each.run) for each in rounds]
    old = pcscd.pid
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        if pcscd.pid == old and meeting.n_waiting == 0 and _dead(old):
            pcscd.restart()  # from this thread, which outlives the workers
        for worker in workers:
            worker.join(0.05)
    assert [each.crash for each in rounds] == [None, None]
    assert pcscd.pid != old
    for each in rounds:
        assert each.events == [Inserted, Removed] * (CYCLES // len(rounds))
        assert each.read == CYCLES // len(rounds)
    assert threading.active_count() == threads
    assert _open_files() <= handles


def test_a_card_that_stays_in_over_a_crash_of_pcscd_is_noticed_again(
    pcscd: Pcscd, place: tuple[Slot, VirtualSlot]
) -> None:
    slot, virtual = place
    virtual.insert(SimulatedCard(HOLDER))
    assert isinstance(next_event(slot), Inserted)
    pcscd.restart()
    assert isinstance(next_event(slot), Inserted)
    assert read(slot).number == HOLDER.number


def test_a_stopped_pcscd_leaves_nothing_behind(pcscd: Pcscd, place: tuple[Slot, VirtualSlot]) -> None:
    pid = pcscd.pid
    assert pid is not None
    pcscd.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not pcscd.socket.exists()


def _dead(pid: int | None) -> bool:
    """Killed, and not yet waited for."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
