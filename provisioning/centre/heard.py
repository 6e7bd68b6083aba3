"""What comes from terminals, as checked values; everything damaged or strange is counted and dropped. No MQTT here."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import ValidationError

from provisioning.centre.api.limits import Buckets, Rate
from provisioning.wire import topics
from provisioning.wire.messages import Answer, CentreState, EventBatch, Health, Presence, Reported

log = logging.getLogger(__name__)

MOST = 256 * 1024  # bytes: events come in batches of this at most (provisioning.agent)
SAY_EVERY = 60.0  # seconds between two lines about the same kind of rubbish
MESSAGES = Rate(500, 50)
"""Of one terminal. It says a few in a minute; a hall's journal is sent as fast as it is acknowledged."""
BYTES = Rate(16 * 2**20, 64 * 2**10)
"""Of one terminal: a hall's whole month at once, and then five gigabytes a day."""

Message: TypeAlias = Reported | Presence | Health | EventBatch | Answer | CentreState
KINDS: dict[str, type[Message]] = {
    "reported": Reported,
    "status": Presence,
    "health": Health,
    "event": EventBatch,
    "rsp": Answer,
}


@dataclass(frozen=True, slots=True)
class Heard:
    """``device`` by the topic, which the broker's access list binds to the credential. "": the centre's own state.

    ``message`` None: a retained topic was cleared.
    """

    device: str
    kind: str
    message: Message | None


class Dropped:
    """Counts what is not believed, and says so at most every ``SAY_EVERY`` seconds for each reason."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._said: dict[str, float] = {}
        self._messages, self._bytes = Buckets(MESSAGES, now), Buckets(BYTES, now)
        self.counts: Counter[str] = Counter()

    def add(self, reason: str, device: str) -> None:
        """``device`` may be anything that somebody wrote into a topic."""
        self.counts[reason] += 1
        at = self._now()
        if abs(at - self._said.get(reason, -SAY_EVERY)) >= SAY_EVERY:
            self._said[reason] = at
            log.warning("dropped=%s device=%s count=%d", reason, ascii(device[:32]), self.counts[reason])

    def floods(self, device: str, size: int) -> bool:
        """Whether ``device`` says more than one terminal may: what it has to say comes again."""
        return bool(self._messages.take(device) or self._bytes.take(device, size))


def parse(topic: str, payload: bytes, dropped: Dropped) -> Heard | None:
    """The message, or None when it is to be ignored: never raises."""
    if topic == topics.CENTRE_STATE:
        device, kind, shape = "", "state", CentreState
    else:
        found = topics.device_of(topic)
        if found is None or found[1] not in KINDS:
            dropped.add("topic", topic)
            return None
        (device, kind), shape = found, KINDS[found[1]]  # type: ignore[assignment]  # one of Message
    if not payload:
        return Heard(device, kind, None)
    if len(payload) > MOST:
        dropped.add("size", device)
        return None
    if device and dropped.floods(device, len(payload)):
        dropped.add("flood", device)
        return None
    try:
        message = shape.model_validate_json(payload)
    except (ValidationError, ValueError, RecursionError, OverflowError):
        dropped.add("malformed", device)
        return None
    if isinstance(message, Reported) and message.device != device:
        dropped.add("foreign", device)
        return None
    return Heard(device, kind, message)
