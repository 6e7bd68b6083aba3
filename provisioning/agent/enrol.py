"""Enrolment, one step at a time: ask for a code, show it, wait for the approval, keep the grant, say so.

``step`` is called when ``wait`` seconds have passed; it blocks for one request and says what the glass is to show.
A code that has run out is replaced by a new one; so is a refusal, after a while: somebody may have mistyped.
"""

from collections.abc import Callable
from dataclasses import dataclass

from provisioning.agent.centre import Centre, CentreFailed
from provisioning.agent.identity import Identity, Member
from provisioning.wire.control import ShowEnrolment
from provisioning.wire.documents import Refused, fingerprint
from provisioning.wire.messages import EnrolTicket

RETRY = (2.0, 60.0)  # seconds until the centre is asked again, doubling
REFUSED = 60.0  # seconds a refusal stands on the glass


@dataclass(frozen=True, slots=True)
class Machine:
    """What the centre is told of the machine."""

    serial: str
    app: str
    os: str
    model: str


class Enrolment:
    """``now``: UTC seconds since 1970. ``member`` is there when it is done."""

    def __init__(
        self, identity: Identity, centre: Centre, machine: Machine, now: Callable[[], float]
    ) -> None:
        self._identity, self._centre, self._machine, self._now = identity, centre, machine, now
        self._ticket: EnrolTicket | None = None
        self._ends = 0.0  # of the ticket, by our own clock
        self._pause = RETRY[0]
        self.wait = 0.0
        self.member: Member | None = None

    def step(self) -> ShowEnrolment:
        """One request and what came of it. Raises OSError when the grant cannot be kept."""
        try:
            shown = self._look(self._ticket) if self._ticket is not None else self._ask()
            self._pause = RETRY[0]
        except CentreFailed as failed:
            self.wait, self._pause = self._pause, min(self._pause * 2, RETRY[1])
            if failed.status in (401, 404, 410):
                self._ticket = None
            shown = self._show("failed", fault=failed.code)
        except Refused as refused:  # a grant that is not sealed for us
            self._ticket, self.wait = None, REFUSED
            shown = self._show("failed", fault=refused.code)
        return shown

    def _ask(self) -> ShowEnrolment:
        machine = self._machine
        self._ticket = ticket = self._centre.ask_in(machine.serial, machine.app, machine.os, machine.model)
        # the terminal's clock may be wrong by years: what counts is how long it lasts from now
        self._ends = self._now() + max(60.0, min(900.0, ticket.expires.timestamp() - self._now()))
        self.wait = max(0.5, ticket.poll_seconds)
        return self._code()

    def _look(self, ticket: EnrolTicket) -> ShowEnrolment:
        answer = self._centre.state(ticket.id)
        self.wait = max(0.5, ticket.poll_seconds)
        if answer.state == "approved" and answer.grant is not None:
            self.member = self._identity.admit(answer.grant)
            self._claim(ticket.id)
            return self._show("approved")
        if answer.state == "pending":
            return self._code()
        self._ticket = None
        if answer.state == "refused":
            self.wait = REFUSED
            return self._show("refused")
        return self._show("expired")

    def _claim(self, id: str) -> None:
        """The grant is on our disk; where the centre does not hear it, its code runs out by itself."""
        for _ in range(3):
            try:
                return self._centre.claimed(id)
            except CentreFailed:
                continue
        return None

    def _code(self) -> ShowEnrolment:
        assert self._ticket is not None
        left = max(0.0, self._ends - self._now())
        return self._show("code", code=self._ticket.code, url=self._ticket.url, seconds_left=left)

    def _show(self, state: str, **more: object) -> ShowEnrolment:
        return ShowEnrolment.model_validate(
            {
                "state": state,
                "fingerprint": fingerprint(self._identity.public_key),
                "centre": self._centre.url,
                **more,
            }
        )
