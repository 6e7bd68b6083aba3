"""What the rest of the centre does when a terminal comes, goes, or gets a new password (enrolment.Surroundings)."""

from sqlalchemy import Connection

from provisioning.broker.accounts import BrokerAccounts
from provisioning.centre.desk import Desk
from provisioning.centre.documents import Issued
from provisioning.centre.outbound import Outbound
from provisioning.centre.rollouts import Rollouts


class Comings:
    """Everything here happens after the enrolment's own commit, but ``first``."""

    def __init__(self, rollouts: Rollouts, outbound: Outbound, accounts: BrokerAccounts) -> None:
        self._rollouts, self._outbound, self._accounts = rollouts, outbound, accounts
        self.desk: Desk | None = None  # made after this: it has the links

    def first(self, connection: Connection, terminal: str) -> Issued:
        return self._rollouts.first(connection, terminal)

    def enrolled(self, issued: Issued) -> None:
        if self.desk is not None:
            self.desk.changed([issued.terminal])
        self._outbound.publish([issued])
        self._accounts.changed()

    def retired(self, terminal: str) -> None:
        if self.desk is not None:
            self.desk.retire(terminal)
        self._accounts.changed()

    def password_changed(self, terminal: str) -> None:
        self._accounts.changed()
