"""What a terminal asks of the hall for its citizen: a number, what goes with it, help, to be forgotten.

Belongs to the hall worker's thread; whatever is asked for has an answer that is told.
"""

import logging
import uuid
from collections.abc import Callable

from hall.wire.messages import Attach, TakeTicket
from kiosk.feed import ticket
from kiosk.hall_client import HallClient, HallError, HallRefused
from screens.effects import IssueTicket
from screens.events import Event, StaffCalled, TicketIssued, TicketRefused

log = logging.getLogger(__name__)


class Counter:
    def __init__(self, client: HallClient, phone_url: str, post: Callable[[Event], None]) -> None:
        self._client, self._phone_url, self._post = client, phone_url, post

    def issue(self, effect: IssueTicket) -> None:
        person = effect.person.pseudonym if effect.person is not None else ""
        request = TakeTicket(
            queue=effect.queue,
            priority=effect.priority,
            person=person or None,
            paper=effect.paper,
            item=effect.item or None,
            catalogue=effect.catalogue or None,
            appointment=effect.appointment or None,
        )
        try:
            view = self._client.take(effect.key, request)
        except HallRefused as error:
            self._post(TicketRefused(effect.key, error.code, tuple(error.facts.items())))
        except HallError as error:
            log.warning("hall=away while a number was taken: %s", error)
            self._post(TicketRefused(effect.key, error.code))
        else:
            attached, code = self._attach(effect, view.id)
            self._post(TicketIssued(effect.key, ticket(view, phone_url=self._phone_url), attached, code))

    def leave(self, presentation: str) -> None:
        """Have the hall forget what somebody has shown."""
        try:
            self._client.leave(presentation)
        except HallError as error:  # it forgets by itself in a few minutes
            log.info("hall=away at leaving: %s", error.code)

    def call_staff(self, reason: str) -> None:
        try:
            self._client.call_staff(uuid.uuid4().hex, reason)
        except HallError as error:
            log.warning("staff call not delivered: %s", error)
        else:
            self._post(StaffCalled())

    def _attach(self, effect: IssueTicket, number: str) -> tuple[int, str]:
        """How many certificates go with the ticket as was agreed, or why none do; the number stands either way."""
        if not effect.certificates:
            return 0, ""
        wanted = Attach(ticket=number, certificates=effect.certificates)
        try:
            return self._client.attach(f"{effect.key}.attach", effect.presentation, wanted).count, ""
        except HallError as error:
            log.warning("certificates not attached: %s", error.code)
            return 0, error.code
