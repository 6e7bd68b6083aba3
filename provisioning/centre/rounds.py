"""What comes round by itself: accounts at brokers, time-outs, and alerts of the centre's own affairs."""

import logging
import threading
from collections.abc import Callable, Collection

from provisioning.broker.accounts import BrokerAccounts
from provisioning.centre.alerts import Alerts
from provisioning.centre.commands import Commands
from provisioning.centre.fleet import Fleet
from provisioning.centre.own_certificates import OwnCertificates
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.signs import Sign, ending
from provisioning.centre.store.database import StoreFailed

log = logging.getLogger(__name__)

EVERY = 0.5  # seconds


class Rounds:
    """``run`` belongs to one thread. ``brokers``: all there are; ``connected``: those that the centre reaches now."""

    def __init__(
        self,
        fleet: Fleet,
        alerts: Alerts,
        commands: Commands,
        rollouts: Rollouts,
        accounts: BrokerAccounts,
        certificates: OwnCertificates,
        brokers: Collection[str],
        connected: Callable[[], Collection[str]],
    ) -> None:
        self._fleet, self._alerts, self._commands, self._rollouts = fleet, alerts, commands, rollouts
        self._accounts, self._certificates = accounts, certificates
        self._brokers, self._connected = brokers, connected
        self._over = threading.Event()

    def run(self) -> None:
        """Until ``close``."""
        while not self._over.wait(EVERY):
            self.turn()

    def close(self) -> None:
        self._over.set()

    def turn(self) -> None:
        """The database may be away for a while: the next turn tries again."""
        jobs: tuple[Callable[[], object], ...] = (
            self._accounts.step,
            self._alerts.sweep,
            self._late_orders,
            self._stopped_rollouts,
            self._lost_brokers,
            self._ending_certificates,
        )
        for job in jobs:
            try:
                job()
            except StoreFailed as error:
                log.warning("rounds=waiting code=%s", error.code)
            except Exception:  # last resort of the thread: the other jobs go on
                log.exception("rounds job failed")

    def _late_orders(self) -> None:
        """A time-out that nobody sees is none: one alert a batch, until somebody has seen it."""
        for late in self._commands.sweep():
            live = self._fleet.get(late.terminals[0])
            detail: dict[str, object] = {"verb": late.verb, "terminals": list(late.terminals[:20])}
            sign = Sign("command", "info", "command.timeout", detail)
            subject = late.terminals[0] if len(late.terminals) == 1 else late.batch
            self._alerts.raise_(subject, live.hall if live and len(late.terminals) == 1 else "", sign)

    def _stopped_rollouts(self) -> None:
        """A rollout that stopped by itself wants a person."""
        for number, reason in self._rollouts.stopped():
            code = reason.partition(" ")[0] or "rollout.aborted"
            sign = Sign("rollout", "critical", code, {"rollout": number, "reason": reason})
            self._alerts.raise_(f"rollout-{number}", "", sign)

    def _lost_brokers(self) -> None:
        connected = self._connected()
        for name in self._brokers:
            if name in connected:
                self._alerts.clear("broker", name)
            else:
                sign = Sign("broker", "critical", "broker.away", {"broker": name})
                self._alerts.hold(name, "", sign)

    def _ending_certificates(self) -> None:
        """Of a broker that is away nothing is known: what was wrong stays."""
        for one in self._certificates.endings():
            severity = ending(one.days)
            if severity is None:
                self._alerts.clear("server_certificate", one.broker)
                continue
            detail: dict[str, object] = {"days": round(one.days), "whose": one.whose}
            self._alerts.hold(one.broker, "", Sign("server_certificate", severity, one.code, detail))
