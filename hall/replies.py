"""What each command answers when it was accepted."""

from collections.abc import Callable
from datetime import datetime

from pydantic_core import to_json

from hall.problems import Reply
from hall.queue import commands as c
from hall.queue.model import State, TicketId
from hall.queue.plan import Plan
from hall.queue.views import hall_view, ticket_facts, window_view
from hall.wire.messages import AttachedView

PhonePath = Callable[[TicketId], str]


class Replies:
    """Answers from the state after a command; ``phone_path`` names the page that follows a number."""

    def __init__(self, plan: Plan, phone_path: PhonePath) -> None:
        self._plan = plan
        self._phone_path = phone_path

    def ticket(self, state: State, ticket: TicketId, status: int = 200) -> Reply:
        facts = ticket_facts(state, state.tickets[ticket], self._plan, self._phone_path(ticket))
        return Reply(status, to_json(facts))

    def accepted(self, command: c.Command, state: State, taken: TicketId | None, now: datetime) -> Reply:
        """The answer to ``command`` after it led to ``state``; ``taken`` is the ticket that Take made."""
        match command:
            case c.Take():
                assert taken is not None
                return self.ticket(state, taken, 201)
            case c.ReportPaper():
                return self.ticket(state, command.ticket)
            case c.Attach():
                count = state.tickets[command.ticket].certificates
                return Reply(200, AttachedView(ticket=command.ticket, count=count).model_dump_json().encode())
            case c.CallStaff() | c.ViewCertificate():
                return Reply(204, b"")
            case c.OpenDay() | c.CloseDay():
                return Reply(200, hall_view(state, self._plan, now).model_dump_json().encode())
            case _:
                view = window_view(state, command.window, self._plan, now)
                return Reply(200, view.model_dump_json().encode())
