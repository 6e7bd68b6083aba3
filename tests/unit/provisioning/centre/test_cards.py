"""The brokers' health cards: all are probed beside each other, with guests that are out afterwards."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from provisioning.broker.access import PROBES
from provisioning.broker.card import Card, Check
from provisioning.broker.probe import Access
from provisioning.centre import cards as centre_cards
from provisioning.centre.cards import BrokerLeaks, Cards, Reached

BROKERS = {
    name: Reached(f"mqtt://centre:word@127.0.0.1:{port}") for name, port in (("north", 1), ("south", 2))
}


class Accounts:
    def __init__(self) -> None:
        self.guests_there: list[set[str]] = []

    def guests(self, secrets: Mapping[str, str]) -> None:
        self.guests_there.append(set(secrets))


def probed(accounts: Any, monkeypatch: pytest.MonkeyPatch, examine: Any) -> Cards:
    monkeypatch.setattr(centre_cards, "examine", examine)
    return Cards(BROKERS, accounts, lambda: 5.0, many=1)


def test_all_brokers_are_probed_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    both, accounts = threading.Barrier(len(BROKERS), timeout=40), Accounts()
    seen: dict[str, Access] = {}

    def examine(access: Access, name: str, now: Any, *, many: int) -> Card:
        both.wait()  # broken where one is begun only when the other is through
        seen[name] = access
        return Card(name, now(), (Check("broker.will", "warn" if name == "south" else "ok"),))

    cards = probed(accounts, monkeypatch, examine)
    found = cards.probe(["north"])
    assert {name: (card.broker, card.grade) for name, card in found.items()} == {
        "north": ("north", "ok"),
        "south": ("south", "warn"),
    }
    assert {name: access.centre for name, access in seen.items()} == {"north": None, "south": "word"}
    assert accounts.guests_there == [set(PROBES), set()]


def test_guests_are_out_and_nothing_is_fit_when_a_probe_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    def examine(access: Access, name: str, now: Any, *, many: int) -> Card:
        if name == "north":
            raise RuntimeError("broken")
        return Card(name, now(), ())

    accounts = Accounts()
    cards = probed(accounts, monkeypatch, examine)
    with pytest.raises(RuntimeError, match="broken"):
        cards.probe()
    assert accounts.guests_there[-1] == set()
    with pytest.raises(BrokerLeaks, match="north: was not probed"):
        cards.demand_fit()
