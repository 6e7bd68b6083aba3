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
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import uvicorn
from fastapi import FastAPI

from hall.wire.link import Link, Will
from provisioning.broker.accounts import BrokerAccounts, Door
from provisioning.centre.accounts import Accounts
from provisioning.centre.alerts import Alerts
from provisioning.centre.api.app import Parts, centre_app
from provisioning.centre.api.facing import Facing
from provisioning.centre.api.limits import Rate, Rates
from provisioning.centre.cards import Cards, Reached
from provisioning.centre.collection import Collection, Taken, UnknownDevice
from provisioning.centre.coming import Comings
from provisioning.centre.commands import Commands
from provisioning.centre.console.app import add_console
from provisioning.centre.console.services import Services
from provisioning.centre.desk import Desk, Dial, Plug
from provisioning.centre.documents import Documents
from provisioning.centre.drafts import Drafts
from provisioning.centre.enrolment import Enrolments
from provisioning.centre.fleet import Fleet
from provisioning.centre.notify import Notifier
from provisioning.centre.outbound import Outbound
from provisioning.centre.preauthorise import Preauthorised
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.rotation import KeyRotation
from provisioning.centre.secrets_kept import KeptSecrets
from provisioning.centre.settings import Broker, Centre
from provisioning.centre.signing import SigningKeys
from provisioning.centre.signs import Sign
from provisioning.centre.statistics import Statistics
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.centre.vault import Vault
from provisioning.wire.messages import Ack, BrokerAccess, EventBatch

log = logging.getLogger(__name__)

ROUND = 0.5  # seconds
QUEUED, INFLIGHT = 50_000, 100  # messages a link keeps and has under way: a whole fleet's documents
PROBED = 5000  # retained messages the probe counts


class Running:
    """All parts, made from ``settings``. ``start`` then ``close``; ``app`` is served by whoever likes (``run``)."""

    def __init__(self, settings: Centre, now: Callable[[], float] = time.time) -> None:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.settings = settings
        self.database = Database(settings.database_url)
        self.database.prepare()
        database, vault = self.database, Vault(settings.data / "centre.key")
        self.keys = SigningKeys(database, vault, now)
        self.fleet = Fleet(database, now)
        self.fleet.load()
        documents = Documents(self.keys, now)
        self.outbound = Outbound(self.fleet, now, settings.documents_per_second)
        self.rollouts = Rollouts(database, documents, self.fleet, self.outbound.publish, now)
        self.notifier = Notifier(database, vault, now)
        self.alerts = Alerts(database, self.fleet, now, self.notifier.tell)
        self.fleet.listen(self.alerts.changed)
        self.collection = Collection(database, now)
        self.commands = Commands(
            database,
            now,
            lambda body: self.desk.sign(body),
            lambda d, topic, body: self.desk.say(d, topic, body),
        )
        self.desk = Desk(
            database,
            documents,
            self.keys,
            self.fleet,
            self.rollouts,
            self.outbound,
            {broker.name: _dial(broker) for broker in settings.brokers},
            now,
            events=self._collected,
            together=self._collected_together,
            answers=self.commands.answered,
        )
        doors = {broker.name: Door.of(broker.folder) for broker in settings.brokers}
        self.broker_accounts = BrokerAccounts(database, doors, now)
        self.cards = Cards(
            {broker.name: Reached(_own_url(broker), broker.ca) for broker in settings.brokers},
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
            {broker.name: BrokerAccess(url=broker.url, ca=_text(broker.ca)) for broker in settings.brokers},
            comings,
            now,
            url=settings.url,
            per_address=int(100 * settings.crowd),
        )
        self.expected = Preauthorised(database, now)
        self._now, self._over = now, threading.Event()
        self._threads = [
            threading.Thread(target=self._rounds, name="rounds", daemon=True),
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
        self._over.set()
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
            brokers=lambda: list(self.cards.cards().values()),
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
            card=self.cards.cards,
            probe=lambda: self.cards.probe(self.desk.connected),
            now=self._now,
            clock=time.monotonic,
        )
        zone = ZoneInfo(self.settings.time_zone)
        facing = Facing(self.settings.url)
        return centre_app(parts, facing, rates, [lambda door: add_console(door, services, zone)])

    # -- threads ------------------------------------------------------------------------------------------

    def _collected(self, device: str, batch: EventBatch) -> Ack:
        """On the desk's thread."""
        try:
            taken = self.collection.take(device, batch)
        except UnknownDevice:
            return Ack(stream=batch.stream, seq=0)
        return self._gaps(device, taken)

    def _collected_together(self, batches: Sequence[tuple[str, EventBatch]]) -> list[Ack]:
        """On the desk's thread; all or none. Raises UnknownDevice."""
        taken = self.collection.take_all(batches)
        return [self._gaps(device, one) for (device, _), one in zip(batches, taken, strict=True)]

    def _gaps(self, device: str, taken: Taken) -> Ack:
        live = self.fleet.get(device)
        hall = live.hall if live is not None else ""
        if taken.gap is not None:
            first, last = taken.gap
            detail: dict[str, object] = {"stream": taken.ack.stream, "first": first, "last": last}
            self.alerts.raise_(device, hall, Sign("gap", "warning", "centre.gap", detail))
        if (begun := taken.begun) is not None and not begun.whole:
            detail = {"after": begun.after, "since": _said(begun.after_at), "until": _said(begun.first_at)}
            self.alerts.raise_(device, hall, Sign("gap", "warning", "centre.journal_anew", detail))
        return taken.ack

    def _rounds(self) -> None:
        """What comes round by itself. The database may be away for a while: the next round tries again."""
        jobs: tuple[Callable[[], object], ...] = (
            self.broker_accounts.step,
            self.alerts.sweep,
            self._late_orders,
            self._stopped_rollouts,
            self._broker_alerts,
        )
        while not self._over.wait(ROUND):
            for job in jobs:
                try:
                    job()
                except StoreFailed as error:
                    log.warning("rounds=waiting code=%s", error.code)
                except Exception:  # last resort of the thread: the other jobs go on
                    log.exception("rounds job failed")

    def _late_orders(self) -> None:
        """A time-out that nobody sees is none: one alert a batch, until somebody has seen it."""
        for late in self.commands.sweep():
            live = self.fleet.get(late.terminals[0])
            detail: dict[str, object] = {"verb": late.verb, "terminals": list(late.terminals[:20])}
            sign = Sign("command", "info", "command.timeout", detail)
            subject = late.terminals[0] if len(late.terminals) == 1 else late.batch
            self.alerts.raise_(subject, live.hall if live and len(late.terminals) == 1 else "", sign)

    def _stopped_rollouts(self) -> None:
        """A rollout that stopped by itself wants a person."""
        for number, reason in self.rollouts.stopped():
            code = reason.partition(" ")[0] or "rollout.aborted"
            sign = Sign("rollout", "critical", code, {"rollout": number, "reason": reason})
            self.alerts.raise_(f"rollout-{number}", "", sign)

    def _broker_alerts(self) -> None:
        for broker in self.settings.brokers:
            if broker.name in self.desk.connected:
                self.alerts.clear("broker", broker.name)
            else:
                sign = Sign("broker", "critical", "broker.away", {"broker": broker.name})
                self.alerts.hold(broker.name, "", sign)


def run(settings: Centre, *, ready: Callable[[str], None] = lambda url: None) -> None:
    """Serve until SIGTERM or SIGINT. ``ready`` is told the address once it listens.

    Raises BrokerLeaks, StoreFailed, VaultBroken or OSError when it cannot start.
    """
    running = Running(settings)
    try:
        running.start()
        listening = socket.create_server((settings.listen, settings.port), backlog=1024)
        ready(f"{'https' if settings.tls else 'http'}://{settings.listen}:{listening.getsockname()[1]}")
        asyncio.run(_server(running, settings).serve(sockets=[listening]))
    finally:
        running.close()
    log.info("centre stopped")


def _server(running: Running, settings: Centre) -> uvicorn.Server:
    tls = settings.tls
    return uvicorn.Server(
        uvicorn.Config(
            running.app,
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


def _dial(broker: Broker) -> Dial:
    def dial(
        subscribe: tuple[tuple[str, int], ...],
        on_message: Callable[[str, bytes], None],
        on_state: Callable[[bool], None],
        will: Will,
    ) -> Plug:
        return Link(
            _own_url(broker),
            "centre",
            subscribe=subscribe,
            on_message=on_message,
            on_state=on_state,
            will=will,
            ca_file=broker.ca,
            queued=QUEUED,
            inflight=INFLIGHT,
        )

    return dial


def _own_url(broker: Broker) -> str:
    from provisioning.broker.configuration import CENTRE_URL

    return (broker.folder / CENTRE_URL).read_text(encoding="utf-8").strip()


def _text(file: Path | None) -> str | None:
    return None if file is None else file.read_text(encoding="utf-8")


def _said(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _all(rates: Rates) -> Iterable[Rate]:
    return (rates.address, rates.sign_in, rates.enrol, rates.code)
