"""What comes round by itself: accounts at brokers, time-outs, and alerts of the centre's own affairs."""

import logging
import threading
from collections.abc import Callable, Collection

from provisioning.broker.accounts import BrokerAccounts
from provisioning.centre.alerts import Alerts
from provisioning.centre.commands import Commands
from provisioning.centre.own_certificates import OwnCertificates
from provisioning.centre.signs import Sign, ending
from provisioning.centre.store.database import StoreFailed

log = logging.getLogger(__name__)

EVERY = 0.5  # seconds


class Rounds:
    """``run`` belongs to one thread. ``brokers``: all there are; ``connected``: those that the centre reaches now."""

    def __init__(
        self,
        alerts: Alerts,
        commands: Commands,
        accounts: BrokerAccounts,
        certificates: OwnCertificates,
        brokers: Collection[str],
        connected: Callable[[], Collection[str]],
    ) -> None:
        self._alerts, self._commands = alerts, commands
        self._accounts, self._certificates = accounts, certificates
        self._brokers, self._connected = brokers, connected
        self._trouble = ""
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
            self._commands.sweep,
            self._lost_brokers,
            self._ending_certificates,
            self._alerts.sweep,
        )
        trouble = ""
        for job in jobs:
            try:
                job()
            except StoreFailed as error:
                trouble = error.code
            except Exception:  # last resort of the thread: the other jobs go on
                log.exception("rounds job failed")
        if trouble != self._trouble:
            log.warning("rounds=%s", f"waiting code={trouble}" if trouble else "go on")
            self._trouble = trouble

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
