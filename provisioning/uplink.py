"""The hall's way to the centre: reads the journal over the hall's own API and sends it on, exactly once in effect.

The journal is the outbox: numbered, durable, never changed. So nothing is kept here; how far the centre is, the centre
says. It also says which record that is: a journal that was put back from a copy no longer has it, or has another under
its number. Then nothing is sent, for it would be lost or counted twice; people are told instead (health, ``hall``), and
the centre is asked again and again: the collected journal may be there again, or somebody has said that the hall's
begins anew (provisioning.centre.branches). Then the whole of it is sent, as that branch.
What leaves the hall is what happened, not to whom: a person's pseudonym of the day is hashed again, so that it
joins with nothing but itself: "the same person, the same day, this hall" is all that is left.
"""

import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from pydantic import ValidationError

from hall.wire.expiry import Expiry
from hall.wire.link import Link, Will
from provisioning.wire import topics
from provisioning.wire.messages import Ack, Event, EventBatch, Health, Presence

log = logging.getLogger(__name__)

MOST_EVENTS, MOST_BYTES = 200, 200_000  # of one batch
ANSWER = 10.0  # seconds to wait for the centre before the batch is sent again
LOOK_EVERY = 1.0  # seconds between two looks at a journal that has nothing new
PULSE = 30.0  # seconds between two words of health
REST = 2.0  # seconds after a hall that does not answer, or whose journal is not the one that was collected

BEHIND = "centre.journal_behind"  # the hall's journal ends before what the centre has
FORKED = "centre.journal_forked"  # it has another record there
UNREAD = "centre.journal_unread"  # the hall does not answer


def uplink_id(hall: str) -> str:
    """Identity of a hall's uplink at the fleet's broker."""
    return f"{hall}-journal"[-32:].lstrip("-")


def event_of(line: dict[str, Any], hall: str) -> Event:
    """A record of the hall's journal export (hall.journal.verify.export_line) as an event for the centre."""
    content = line["record"]
    data = dict(content.get("data", {}))
    if data.get("person"):
        data["person"] = hashlib.sha256(f"{hall}/{data['person']}".encode()).hexdigest()[:12]
    at = datetime.fromisoformat(str(content["at"]))
    body = {"by": content.get("by", ""), "data": data, "hash": line["hash"]}
    return Event(seq=int(content["seq"]), at=at, type=str(content["type"]), body=body)


def batch_of(events: Iterable[Event], branch: int = 0) -> EventBatch:
    """As many of ``events`` of ``branch`` as one message holds, one at least."""
    chosen: list[Event] = []
    size = 0
    for event in events:
        size += len(event.model_dump_json())
        if chosen and (len(chosen) >= MOST_EVENTS or size > MOST_BYTES):
            break
        chosen.append(event)
    return EventBatch(stream="journal", branch=branch, events=tuple(chosen))


class Uplink:
    """Sends the journal of ``hall``. ``records(after)`` gives the hall's records behind that number, oldest first.

    ``wrong``: "" or why nothing can be sent, a code; ``pulse`` is told it. ``run`` belongs to one thread; ``heard`` may
    be called from any.
    """

    def __init__(
        self,
        hall: str,
        records: Callable[[int], list[dict[str, Any]]],
        send: Callable[[bytes], bool],
        *,
        pulse: Callable[[str], None] = lambda wrong: None,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hall, self._records, self._send = hall, records, send
        self._pulse, self._mono, self._pulse_at = pulse, mono, mono()
        self._acked: Ack | None = None  # None: the centre has not said yet
        self.wrong = ""
        self._news = threading.Event()
        self._over = threading.Event()

    def heard(self, payload: bytes) -> None:
        """An ``Ack`` from the centre."""
        try:
            ack = Ack.model_validate_json(payload)
        except ValidationError:
            log.warning("uplink=%s ack of %d bytes is none", self._hall, len(payload))
            return
        if ack.stream == "journal":
            self._acked = ack
            self._news.set()

    def lost(self) -> None:
        """The connection is gone: what the centre has is asked again."""
        self._acked = None

    def step(self) -> float:
        """Send one batch and wait for its answer; the seconds until there is more to do."""
        if self._mono() >= self._pulse_at:
            self._pulse_at = self._mono() + PULSE
            self._pulse(self.wrong)
        acked = self._acked
        if acked is None:
            return 0.0 if self._ask(EventBatch(stream="journal")) else LOOK_EVERY
        try:
            lines = self._records(max(0, acked.seq - 1))  # from the one that the centre has already
        except (requests.RequestException, ValueError) as error:
            if self.wrong != UNREAD:
                log.warning("uplink=%s hall does not answer: %s", self._hall, type(error).__name__)
            self.wrong = UNREAD  # told with the next pulse: a hall that only restarts is there before
            return REST
        self._judge(_fault(acked, lines))
        if self.wrong:
            self._acked = None
            return REST
        lines = lines[1:] if acked.seq else lines
        if not lines:
            return LOOK_EVERY
        taken = self._ask(batch_of((event_of(line, self._hall) for line in lines), acked.branch))
        return 0.0 if taken and self._acked != acked else LOOK_EVERY

    def _ask(self, batch: EventBatch) -> bool:
        self._news.clear()
        if not self._send(batch.model_dump_json().encode()):
            return False
        return self._news.wait(ANSWER)

    def _judge(self, wrong: str) -> None:
        if wrong == self.wrong:
            return
        if wrong:
            log.error("uplink=%s code=%s nothing is sent", self._hall, wrong)
        else:
            log.info("uplink=%s journal is in order", self._hall)
        self.wrong = wrong
        self._pulse(wrong)

    def run(self) -> None:
        """Until ``close``."""
        while not self._over.is_set():
            self._over.wait(self.step())

    def close(self) -> None:
        self._over.set()
        self._news.set()


def _fault(acked: Ack, lines: list[dict[str, Any]]) -> str:
    """Whether ``lines`` begin with the record that was ``acked``: "" or the code of what is wrong."""
    if not acked.seq:
        return ""
    if not lines or int(lines[0]["record"]["seq"]) != acked.seq:
        return BEHIND
    return FORKED if acked.hash and lines[0]["hash"] != acked.hash else ""


class HallJournal:
    """The journal of the hall at ``url``; ``token`` has the role "reader"."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"

    def after(self, seq: int) -> list[dict[str, Any]]:
        """Raises requests.RequestException, ValueError."""
        answer = self._session.get(f"{self._url}/v1/journal", params={"after": seq}, timeout=10)
        answer.raise_for_status()
        answer.encoding = "utf-8"
        return [json.loads(line) for line in answer.text.splitlines()]


class Pulse:
    """That the uplink is there: presence with a will of the same connection, and a word of health now and then."""

    def __init__(self, device: str, now: Callable[[], datetime]) -> None:
        self._device, self._now = device, now
        self._sid, self._began = secrets.token_hex(8), now()

    def will(self) -> Will:
        """For the connection that is made next."""
        self._sid = secrets.token_hex(8)
        return Will(topics.status(self._device), self._presence(on=False))

    def there(
        self,
        publish: Callable[[str, bytes, int, bool], object],
        expiry: Expiry | None,
        *,
        fresh: bool,
        wrong: str = "",
    ) -> None:
        """``expiry``: of the connection. ``fresh``: it was made just now. ``wrong``: why nothing is sent, a code."""
        if fresh:
            publish(topics.status(self._device), self._presence(on=True), 1, True)
        at = self._now()
        up = max(0.0, (at - self._began).total_seconds())
        health = Health(
            sid=self._sid,
            at=at,
            up_seconds=up,
            rev=0,
            screen="journal",
            hall=wrong,
            certificate_days=expiry.days(at.timestamp()) if expiry else None,
            certificate=expiry.whose if expiry else "",
        )
        publish(topics.health(self._device), health.model_dump_json().encode(), 0, False)

    def _presence(self, *, on: bool) -> bytes:
        return Presence(on=on, sid=self._sid, at=self._now()).model_dump_json().encode()


def uplink(
    hall: str,
    hall_url: str,
    token: str,
    broker_url: str,
    *,
    ca_file: Path | None = None,
    client_files: tuple[Path, Path] | None = None,
) -> tuple[Uplink, Link]:
    """The uplink of ``hall`` and its link, neither started. ``broker_url`` has its user and password in it."""
    device = uplink_id(hall)
    pulse = Pulse(device, lambda: datetime.now(UTC))
    said: list[Link] = []

    def beat(wrong: str, *, fresh: bool = False) -> None:
        pulse.there(said[0].publish, said[0].expiry, fresh=fresh, wrong=wrong)

    def state(up: bool) -> None:
        if up:
            beat(sender.wrong, fresh=True)
        else:
            sender.lost()

    sender = Uplink(
        hall,
        HallJournal(hall_url, token).after,
        lambda payload: said[0].publish(topics.events(device), payload),
        pulse=beat,
    )
    said.append(
        Link(
            broker_url,
            device,
            subscribe=((topics.ack(device), 1),),
            on_message=lambda topic, payload: sender.heard(payload),
            on_state=state,
            will=pulse.will,
            ca_file=ca_file,
            client_files=client_files,
        )
    )
    return sender, said[0]
