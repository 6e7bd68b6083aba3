"""What the console's pages ask of the rest of the centre, in one value; the lead's wiring makes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from provisioning.broker.card import Card
from provisioning.centre.accounts import Accounts
from provisioning.centre.alerts import Alerts
from provisioning.centre.commands import Commands
from provisioning.centre.drafts import Drafts
from provisioning.centre.enrolment import Enrolments
from provisioning.centre.notify import Notifier
from provisioning.centre.preauthorise import Preauthorised
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.signing import SigningKeys
from provisioning.centre.statistics import Statistics
from provisioning.centre.store.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """``now``: UTC seconds since 1970. ``brokers``: the health cards, as last probed."""

    database: Database
    accounts: Accounts
    drafts: Drafts
    rollouts: Rollouts
    enrolments: Enrolments
    preauthorised: Preauthorised
    alerts: Alerts
    commands: Commands
    notifier: Notifier
    statistics: Statistics
    signing: SigningKeys
    brokers: Callable[[], Sequence[Card]]
    now: Callable[[], float]
