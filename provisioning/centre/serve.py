"""The centre under one roof: database, desk, rollouts, alerts, console. Here concrete classes are chosen; nothing is
decided.

Threads: uvicorn's loop with its pool (HTTP), the desk's (MQTT, fleet, rollouts), one for what comes round by itself
(accounts, alerts, time-outs), one for web-hooks, and each link's own.
"""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI

from provisioning.broker.accounts import BrokerAccounts, Door
from provisioning.broker.card import Card
from provisioning.broker.configuration import CENTRE_URL
from provisioning.centre.accesses import Accesses
from provisioning.centre.accounts import Accounts
from provisioning.centre.alerts import Alerts
from provisioning.centre.api.app import Parts, centre_app
from provisioning.centre.api.connection import PromptConnection
from provisioning.centre.api.facing import Facing
from provisioning.centre.api.limits import Rate, Rates
from provisioning.centre.broker_line import BrokerLine
from provisioning.centre.cards import Cards, Reached
from provisioning.centre.collection import Collection
from provisioning.centre.coming import Comings
from provisioning.centre.commands import Commands
from provisioning.centre.console.app import add_console
from provisioning.centre.console.services import Services
from provisioning.centre.desk import Desk
from provisioning.centre.documents import Documents
from provisioning.centre.drafts import Drafts
from provisioning.centre.enrolment import Enrolments
from provisioning.centre.fleet import Fleet
from provisioning.centre.gathering import Gathering
from provisioning.centre.notify import Notifier
from provisioning.centre.outbound import Outbound
from provisioning.centre.own_certificates import OwnCertificates
from provisioning.centre.preauthorise import Preauthorised
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.rotation import KeyRotation
from provisioning.centre.rounds import Rounds
from provisioning.centre.secrets_kept import KeptSecrets
from provisioning.centre.settings import Broker, Centre
from provisioning.centre.signing import SigningKeys
from provisioning.centre.statistics import Statistics
from provisioning.centre.store.database import Database
from provisioning.centre.vault import Vault

log = logging.getLogger(__name__)

PROBED = 5000  # retained messages the probe counts


class Running:
    """All parts, made from ``settings``. ``start`` then ``close``; ``app`` is served by whoever likes (``run``).

    Raises BrokerRefused where a certificate that the settings name cannot be used.
    """

    def __init__(self, settings: Centre, now: Callable[[], float] = time.time) -> None:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.settings = settings
        self.accesses = Accesses(settings, now())
        self.database = Database(settings.database_url)
        self.database.prepare()
        database, vault = self.database, Vault(settings.data / "centre.key")
        self.keys = SigningKeys(database, vault, now)
        self.fleet = Fleet(database, now)
        self.fleet.load()
        documents = Documents(self.keys, now, self.accesses.told)
        self.outbound = Outbound(self.fleet, now, settings.documents_per_second)
        self.rollouts = Rollouts(database, documents, self.fleet, self.outbound.publish, now)
        self.notifier = Notifier(database, vault, now)
        self.alerts = Alerts(database, self.fleet, now, self.notifier.tell)
        self.fleet.listen(self.alerts.changed)
        self.commands = Commands(
            database,
            now,
            lambda body: self.desk.sign(body),
            lambda d, topic, body: self.desk.say(d, topic, body),
        )
        gathering = Gathering(Collection(database, now), self.commands.answered)
        lines = {b.name: BrokerLine(_own_url(b), b.ca, b.client_files) for b in settings.brokers}
        self.desk = Desk(
            database,
            documents,
            self.keys,
            self.fleet,
            self.rollouts,
            self.outbound,
            lines,
            now,
            events=gathering.take,
            together=gathering.take_all,
            answers=self.commands.answered,
        )
        doors = {broker.name: Door.of(broker.folder) for broker in settings.brokers}
        self.broker_accounts = BrokerAccounts(database, doors, now)
        self.cards = Cards(
            {b.name: Reached(_own_url(b), b.ca, b.client_files, b.probes) for b in settings.brokers},
            self.broker_accounts,
            now,
            many=PROBED,
        )
        comings = Comings(self.rollouts, self.outbound, self.broker_accounts)
        comings.desk = self.desk
        self.accounts = Accounts(database, now)
        self.secrets = KeptSecrets(database, vault, now)
        self.statistics = Statistics(database, now)
        self.drafts = Drafts(database, now, self.desk.changed)
        self.enrolments = Enrolments(
            database,
            self.keys,
            documents,
            self.secrets,
            self.accesses.brokers,
            comings,
            now,
            url=settings.url,
            per_address=int(100 * settings.crowd),
        )
        self.expected = Preauthorised(database, now)
        self.certificates = OwnCertificates(settings.tls.certificate if settings.tls else None, lines, now)
        self.rounds = Rounds(
            self.alerts,
            self.commands,
            self.broker_accounts,
            self.certificates,
            [broker.name for broker in settings.brokers],
            lambda: self.desk.connected,
        )
        self._now = now
        self._threads = [
            threading.Thread(target=self.rounds.run, name="rounds", daemon=True),
            threading.Thread(target=self.notifier.run, name="hooks", daemon=True),
        ]
        self.app = self._make_app()

    def start(self) -> None:
        """Probe the brokers, then begin. Raises BrokerLeaks in production."""
        self.broker_accounts.step()
        self.cards.probe()
        if self.settings.production:
            self.cards.demand_fit()
        self.alerts.load()
        self.commands.load()
        self.desk.start()
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Idempotent."""
        self.rounds.close()
        self.notifier.close()
        self.desk.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=10)
        self.database.close()

    # -- parts --------------------------------------------------------------------------------------------

    def _make_app(self) -> FastAPI:
        crowd, usual = self.settings.crowd, Rates()
        rates = Rates(*(Rate(r.burst * crowd, r.per_second * crowd) for r in _all(usual)))
        services = Services(
            database=self.database,
            accounts=self.accounts,
            drafts=self.drafts,
            rollouts=self.rollouts,
            enrolments=self.enrolments,
            preauthorised=self.expected,
            alerts=self.alerts,
            commands=self.commands,
            notifier=self.notifier,
            statistics=self.statistics,
            signing=self.keys,
            brokers=lambda: list(self.health().values()),
            now=self._now,
        )
        parts = Parts(
            database=self.database,
            accounts=self.accounts,
            enrolments=self.enrolments,
            expected=self.expected,
            fleet=self.fleet,
            drafts=self.drafts,
            rollouts=self.rollouts,
            commands=self.commands,
            alerts=self.alerts,
            statistics=self.statistics,
            keys=KeyRotation(self.keys, self.database, self._now),
            secrets=self.secrets,
            card=self.health,
            probe=self._probed,
            now=self._now,
            clock=time.monotonic,
        )
        zone = ZoneInfo(self.settings.time_zone)
        facing = Facing(self.settings.url)
        return centre_app(parts, facing, rates, [lambda door: add_console(door, services, zone)])

    def health(self) -> dict[str, Card]:
        """The health cards of brokers as last probed and, of certificates and ways in, as it is now."""
        cards = self.accesses.beside(self.cards.cards(), self.fleet)
        return self.certificates.beside(cards, self.settings.url)

    def _probed(self) -> dict[str, Card]:
        self.cards.probe(self.desk.connected)
        return self.health()


def run(settings: Centre, *, ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve until SIGTERM or SIGINT. ``ready`` is told the address once it listens.

    Raises BrokerRefused, BrokerLeaks, StoreFailed, VaultBroken or OSError when it cannot start.
    """
    running = Running(settings)
    try:
        running.start()
        listening = socket.create_server((settings.listen, settings.port), backlog=1024)
        ready(f"{'https' if settings.tls else 'http'}://{settings.listen}:{listening.getsockname()[1]}")
        asyncio.run(server(running.app, settings).serve(sockets=[listening]))
    finally:
        running.close()
    log.info("centre stopped")


def server(app: FastAPI, settings: Centre) -> uvicorn.Server:
    """What answers for ``app`` to whoever connects."""
    tls = settings.tls
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=PromptConnection,
            ws="none",
            access_log=False,  # the door writes one line a request, without queries
            log_config=None,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
            timeout_graceful_shutdown=5,
            lifespan="off",
        )
    )


def _own_url(broker: Broker) -> str:
    return (broker.folder / CENTRE_URL).read_text(encoding="utf-8").strip()


def _all(rates: Rates) -> Iterable[Rate]:
    return (rates.address, rates.sign_in, rates.enrol, rates.code)
