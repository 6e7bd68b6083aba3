"""How fast documents go out, in which order, and what becomes of them while a broker is away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.centre.documents import Issued
from provisioning.centre.fleet import Fleet
from provisioning.centre.outbound import BURST, SEED_RATE, SEEDS_AT_ONCE, Outbound
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal
from tests.unit.provisioning.centre.rollout_scene import BEGAN, Clock

RATE = 10.0
NAMES = [f"k{number:02}" for number in range(40)]


class Knows:
    """As much of the fleet as is asked for: all are known, those of "far-" are at another broker."""

    @dataclass(frozen=True)
    class Known:
        broker: str
        rev: int = 1

    def __init__(self) -> None:
        self.told: list[str] = []

    def issued(self, some: Sequence[Issued]) -> None:
        self.told += [one.terminal for one in some]

    def get(self, terminal: str) -> "Knows.Known | None":
        return None if terminal == "nobody" else self.Known("far" if terminal.startswith("far-") else "main")


@dataclass
class Broker:
    """Takes what is published until ``room`` is used up."""

    room: int = 1_000_000
    sent: list[tuple[str, bytes]] = field(default_factory=list)

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        if len(self.sent) >= self.room:
            return False
        self.sent.append((topic.split("/")[3], payload))
        return True

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.sent]


class Desk:
    """An ``Outbound``, a clock, and the broker "main"."""

    def __init__(self, fleet: Any = None) -> None:
        known: Any = fleet or Knows()
        self.clock, self.main = Clock(), Broker()
        self.fleet, self.outbound = known, Outbound(known, self.clock, RATE)
        self.outbound.attach("main", self.main)
        self.asked: list[int] = []

    def issue(self, *names: str, rev: int = 1) -> None:
        self.outbound.publish([Issued(name, rev, "e", None, False, f"rev {rev}".encode()) for name in names])

    def again(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        self.asked.append(len(ids))
        return dict.fromkeys(ids, b"again")

    def after(self, seconds: float) -> int:
        self.clock.at += seconds
        return self.outbound.pump(self.again)


def test_documents_go_out_in_order_at_the_rate() -> None:
    desk = Desk()
    desk.issue(*NAMES)
    assert [desk.after(0.25) for _ in range(6)] == [2, 3, 2, 3, 2, 3]
    assert desk.main.names == NAMES[:15]
    assert (desk.outbound.waiting, desk.fleet.told) == (25, NAMES)


@given(st.lists(st.floats(-3600, 3600), min_size=1, max_size=40))
def test_whatever_the_clock_does_no_more_than_a_burst_goes_out_at_once(steps: list[float]) -> None:
    desk = Desk()
    desk.issue(*(f"n{number}" for number in range(2000)))
    passed = 0.0
    for step in steps:
        sent = desk.after(step)
        assert 0 <= sent <= BURST * RATE
        passed += max(0.0, step)
        assert len(desk.main.sent) <= passed * RATE


def test_a_newer_document_takes_the_place_of_one_that_was_not_sent() -> None:
    desk = Desk()
    desk.issue("k1", "k2")
    desk.issue("k1", rev=2)
    assert desk.after(0.5) == 2
    assert desk.main.sent == [("k1", b"rev 2"), ("k2", b"rev 1")]


@pytest.mark.parametrize("away", [True, False])
def test_nothing_is_lost_while_a_broker_is_away_or_full_and_another_is_not_held_up(away: bool) -> None:
    desk = Desk()
    far = Broker()
    desk.outbound.attach("far", far)
    if away:
        desk.outbound.attach("main", None)
    else:
        desk.main.room = 0
    desk.issue("k1", "far-1", "k2")
    desk.outbound.seed(["k3", "far-3"])
    desk.after(0.5)
    assert (far.names, desk.main.names) == (["far-1", "far-3"], [])
    assert (desk.outbound.waiting, desk.outbound.seeding) == (2, 1)
    desk.main.room = 9
    desk.outbound.attach("main", desk.main)
    desk.after(0.5)
    assert desk.main.sent == [("k1", b"rev 1"), ("k2", b"rev 1"), ("k3", b"again")]


def test_a_broker_that_forgot_everything_is_filled_in_portions() -> None:
    desk = Desk()
    names = [f"n{number}" for number in range(2 * SEEDS_AT_ONCE + 5)]
    desk.outbound.seed([*names, "nobody"])
    while desk.after(SEEDS_AT_ONCE / SEED_RATE + 0.001):
        pass
    assert desk.main.names == names
    assert desk.asked == [SEEDS_AT_ONCE, SEEDS_AT_ONCE, 5]
    assert desk.outbound.seeding == 0


def test_what_is_new_need_not_be_sent_again() -> None:
    desk = Desk()
    desk.outbound.seed(["k1", "k2"])
    desk.issue("k1", rev=2)
    desk.outbound.seed(["k1"])
    desk.after(0.5)
    assert sorted(desk.main.sent) == [("k1", b"rev 2"), ("k2", b"again")]


def test_one_that_was_issued_while_its_old_document_was_being_made_again_gets_the_new_one_alone() -> None:
    desk = Desk()
    desk.outbound.seed(["k1"])

    def again(ids: Sequence[str]) -> Mapping[str, bytes]:
        desk.issue("k1", rev=2)
        return dict.fromkeys(ids, b"old")

    desk.clock.at += 0.5
    desk.outbound.pump(again)
    desk.after(0.5)
    assert desk.main.sent == [("k1", b"rev 2")]


def test_a_retired_terminal_is_told_nothing_more() -> None:
    desk = Desk()
    desk.issue("k1", "k2")
    desk.outbound.seed(["k3"])
    for name in ("k1", "k3"):
        desk.outbound.drop(name)
    desk.after(0.5)
    assert desk.main.names == ["k2"]


def test_small_things_go_at_once_or_not_at_all(database: Database) -> None:
    add_hall(database)
    add_terminal(database, "k1")
    fleet = Fleet(database, lambda: BEGAN)
    fleet.load()
    desk = Desk(fleet)
    assert desk.outbound.say("k1", "k/1/d/k1/cmd", b"x")
    assert desk.main.sent == [("k1", b"x")]
    desk.outbound.attach("main", None)
    assert not desk.outbound.say("k1", "k/1/d/k1/cmd", b"x")
    assert not desk.outbound.say("stranger", "k/1/d/stranger/cmd", b"x")
