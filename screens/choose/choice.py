"""What follows from choosing a queue, wherever it is chosen: on the list or on a guide. No Kivy."""

from screens.effects import Effect, Show
from screens.visit import Fault, Terminal

# What stops a number being taken for a queue, as the code that explains it.
SHUT = {"closed": "queue.closed", "quota": "queue.quota_reached", "paused": "queue.paused"}


def choose(terminal: Terminal, queue_id: str) -> tuple[Effect, ...]:
    """On to the card, or straight to the confirmation; a shut queue is explained. An unknown one is no news."""
    queue = terminal.queue_of(queue_id)
    if queue is None:
        return ()
    terminal.visit.queue = queue_id
    if queue.state != "open":
        terminal.visit.fault = Fault(SHUT[queue.state])
        return (Show("fault"),)
    known = terminal.visit.person is not None
    return (Show("confirm" if known or queue.identity == "none" else "identify"),)
