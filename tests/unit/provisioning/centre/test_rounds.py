"""What the centre sees of its own affairs becomes alerts, and is over when it is."""

import logging
from typing import Any

import pytest

from hall.wire.expiry import Expiry
from provisioning.centre.alerts import Alert, Alerts
from provisioning.centre.fleet import Fleet
from provisioning.centre.own_certificates import OwnCertificates
from provisioning.centre.rights import Actor
from provisioning.centre.rounds import Rounds
from provisioning.centre.store.database import Database, StoreFailed
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal

ADMIN = Actor("admin", "admin")
DAY = 86_400.0


class Parts:
    """Commands, rollouts, accounts and a line to the broker "main", as the rounds meet them."""

    def __init__(self) -> None:
        self.expiry: Expiry | None = None
        self.steps, self.away = 0, False

    def sweep(self) -> None:
        """No order is late."""

    def step(self) -> None:
        self.steps += 1
        if self.away:
            raise StoreFailed


class Scene:
    def __init__(self, database: Database) -> None:
        add_hall(database)
        for terminal in ("qy-k1", "qy-k2"):
            add_terminal(database, terminal)
        self.now, self.told = 1_000_000.0, list[Alert]()
        fleet = Fleet(database, lambda: self.now)
        fleet.load()
        self.alerts = Alerts(database, fleet, lambda: self.now, self.told.extend)
        self.connected = {"main"}
        self.parts = Parts()
        parts: Any = self.parts
        certificates = OwnCertificates(None, {"main": self.parts}, lambda: self.now)
        self.rounds = Rounds(self.alerts, parts, parts, certificates, ["main"], lambda: self.connected)

    def turn(self) -> list[tuple[str, str, str, bool]]:
        """What is told in one turn: of whom, code, how bad, over."""
        self.told.clear()
        self.rounds.turn()
        return [(one.terminal, one.sign.code, one.sign.severity, one.over) for one in self.told]


@pytest.fixture
def scene(database: Database) -> Scene:
    return Scene(database)


def test_a_certificate_that_ends_is_told_when_it_gets_near_and_nearer_and_is_over_when_renewed(
    scene: Scene,
) -> None:
    scene.parts.expiry = Expiry(scene.now + 40 * DAY, "broker")
    assert scene.turn() == []
    scene.now += 11 * DAY
    assert scene.turn() == [("main", "broker.certificate", "warning", False)]
    assert scene.told[0].sign.detail == {"days": 29, "whose": "broker"}
    assert scene.turn() == []
    scene.now += 23 * DAY
    assert scene.turn() == [("main", "broker.certificate", "critical", False)]
    scene.parts.expiry = None  # the broker is away: what was wrong stays
    assert scene.turn() == []
    assert [row["severity"] for row in scene.alerts.listed(ADMIN)] == ["critical"]
    scene.parts.expiry = Expiry(scene.now + 400 * DAY, "broker")
    assert scene.turn() == [("main", "broker.certificate", "critical", True)]


def test_a_broker_that_is_away_is_told_once_and_when_it_is_back(scene: Scene) -> None:
    scene.connected.clear()
    assert scene.turn() == [("main", "broker.away", "critical", False)]
    (row,) = scene.alerts.listed(ADMIN)
    scene.alerts.acknowledge(ADMIN, [row["id"]])
    assert scene.turn() == []  # somebody is on it, and it is not over by that
    assert [one["id"] for one in scene.alerts.listed(ADMIN)] == [row["id"]]
    scene.connected.add("main")
    assert scene.turn() == [("main", "broker.away", "critical", True)]


def test_one_job_that_fails_does_not_stop_the_others(scene: Scene) -> None:
    scene.parts.away = True
    scene.connected.clear()
    assert scene.turn() == [("main", "broker.away", "critical", False)]
    assert scene.parts.steps == 1


def test_a_database_that_is_away_is_said_once_and_when_it_is_back(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "provisioning.centre.rounds")
    for away in (True, True, False, False):
        scene.parts.away = away
        scene.turn()
    assert [record.getMessage() for record in caplog.records] == [
        "rounds=waiting code=centre.store",
        "rounds=go on",
    ]
