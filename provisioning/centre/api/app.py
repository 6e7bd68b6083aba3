"""The whole application: every part of the centre behind one door."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from provisioning.centre.accounts import Accounts
from provisioning.centre.alerts import Alerts
from provisioning.centre.api.door import Door, create_app
from provisioning.centre.api.enrolling import add_enrolling
from provisioning.centre.api.facing import Facing
from provisioning.centre.api.journals import add_journals
from provisioning.centre.api.limits import Rates
from provisioning.centre.api.ordering import add_alerts, add_orders
from provisioning.centre.api.people import add_people
from provisioning.centre.api.ports import Rotation
from provisioning.centre.api.registering import add_registry
from provisioning.centre.api.rolling import add_drafts, add_rollouts
from provisioning.centre.api.watching import add_brokers, add_machinery, add_watching
from provisioning.centre.commands import Commands
from provisioning.centre.drafts import Drafts
from provisioning.centre.enrolment import Enrolments
from provisioning.centre.fleet import Fleet
from provisioning.centre.preauthorise import Preauthorised
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.secrets_kept import KeptSecrets
from provisioning.centre.statistics import Statistics
from provisioning.centre.store.database import Database

Pages = Callable[[Door], None]
"""Declares more routes: the console's pages."""


@dataclass(frozen=True, slots=True)
class Parts:
    """All that the routes call. ``card``: broker to its health, as ``probe`` finds it."""

    database: Database
    accounts: Accounts
    enrolments: Enrolments
    expected: Preauthorised
    fleet: Fleet
    drafts: Drafts
    rollouts: Rollouts
    commands: Commands
    alerts: Alerts
    statistics: Statistics
    keys: Rotation
    secrets: KeptSecrets
    card: Callable[[], Mapping[str, Any]]
    now: Callable[[], float]
    clock: Callable[[], float]
    probe: Callable[[], Mapping[str, Any]] = dict


def centre_app(parts: Parts, facing: Facing, rates: Rates, pages: Iterable[Pages] = ()) -> FastAPI:
    """The API, and ``pages``. Raises Undeclared."""
    door = Door(parts.accounts, facing, rates, now=parts.now, clock=parts.clock)
    declare(door, parts)
    for add in pages:
        add(door)
    return create_app(door)


def declare(door: Door, parts: Parts) -> None:
    """Every route of the API."""
    add_people(door, parts.accounts)
    add_enrolling(door, parts.enrolments, parts.expected)
    add_registry(door, parts.database, parts.drafts, parts.now)
    add_drafts(door, parts.drafts)
    add_rollouts(door, parts.database, parts.rollouts)
    add_orders(door, parts.commands)
    add_alerts(door, parts.alerts)
    add_journals(door, parts.database, parts.now)
    add_watching(door, parts.database, parts.fleet, parts.statistics)
    add_machinery(door, parts.keys, parts.secrets)
    add_brokers(door, parts.database, parts.card, parts.probe, parts.now)

    @door.get("/healthz", "public", status_code=204)
    def alive() -> None:
        """Whether the process answers."""
