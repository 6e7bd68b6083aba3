"""The hall process: journal, service, HTTP and live events under one roof. Here concrete classes are chosen."""

import asyncio
import gc
import logging
import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
import uvloop

from config.hall import Hall
from config.load import ConfigError, load
from hall.api.access_log import AccessLog
from hall.api.app import create_app
from hall.api.appointments import CheckIn
from hall.appointments.book import AppointmentBook
from hall.certificates.records import Kept
from hall.credentials import Credentials
from hall.journal.sqlite import SqliteStore
from hall.keys import Keys
from hall.live import LivePublisher
from hall.outside import Outside, invented
from hall.published import Published
from hall.queue.commands import CloseDay
from hall.queue.plan import Plan
from hall.replies import Replies
from hall.service import Service
from hall.showing import showing
from hall.wire import topics
from hall.wire.dumps import forbid_dumps
from hall.wire.messages import ServiceState

if TYPE_CHECKING:
    from hall.wire.link import Link

log = logging.getLogger(__name__)

JOURNAL, CREDENTIALS, KEYS, APPOINTMENTS = (
    "journal.sqlite",
    "credentials.sqlite",
    "keys.json",
    "appointments.sqlite",
)
KEEP_ALIVE = 75  # seconds; terminals keep one connection open between citizens
GRACE = 5  # seconds for requests under way when the process is told to stop


def run(
    hall_file: Path,
    data_dir: Path,
    host: str,
    port: int,
    broker_url: str | None,
    *,
    font: Path,
    demo: bool = False,
    clock: Callable[[], datetime] | None = None,
    guests: tuple[Kept, ...] = (),
    policy: str = "standard",
) -> None:
    """Serve one hall until SIGTERM or SIGINT, then seal its journal.

    ``font`` draws certificates and watermarks. A ``demo`` may have invented people, ``guests`` among them, a page
    that plays their phone, and a ``clock`` of its own. ``policy`` names the queue policy that holds. Raises
    ConfigError, JournalError, PlanMismatch or OSError when it cannot start.
    """
    forbid_dumps()
    _tune()
    hall = load(hall_file, Hall)
    try:
        hall = hall.under(policy)
    except KeyError:
        known = ", ".join(["standard", *hall.policies])
        raise ConfigError(hall_file, [f"policies: there is none named {policy!r}; known: {known}"]) from None
    if not demo and hall.certificates is not None and hall.certificates.kind == "embedded":
        raise ConfigError(hall_file, ["certificates.kind = 'embedded': invented people are for a demo only"])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(hall, data_dir, host, port, broker_url, font, demo, clock or _utc_now, guests))


async def serve(
    hall: Hall,
    data_dir: Path,
    host: str,
    port: int,
    broker_url: str | None,
    font: Path,
    demo: bool,
    clock: Callable[[], datetime],
    guests: tuple[Kept, ...] = (),
) -> None:
    """See ``run``."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    plan, keys = Plan(hall), Keys(data_dir / KEYS)
    credentials = Credentials(data_dir / CREDENTIALS)
    store = SqliteStore(data_dir / JOURNAL, hall.id)
    replies = Replies(plan, keys.phone_path)
    published = Published(data_dir, lambda: plan.local(clock()))
    outside = Outside(hall, data_dir, font, clock, guests)
    book = AppointmentBook(data_dir / APPOINTMENTS)
    try:
        service = Service(store, plan, clock, replies)
        service.tidy()
        shows = showing(
            service,
            keys,
            outside.verifier,
            outside.library,
            font,
            time.monotonic,
            rules=outside.rules,
            share_seconds=outside.share_seconds,
        )
        check_in = CheckIn(book, service, keys, published.guides, hall.appointments)
        check_in.forget_old()
        app = create_app(service, credentials, keys, replies, published, shows, check_in)
        if demo and outside.issuer is not None:
            from hall.api.code_page import add_code_page  # plays the phones of invented people

            add_code_page(app, outside.issuer, invented(guests), clock)
        server = _Server(app)
        listening = socket.create_server((host, port), backlog=1024)
        log.info(
            "hall ready hall=%s url=http://%s:%d seq=%d",
            hall.id,
            *listening.getsockname()[:2],
            service.state.seq,
        )
        with _live(service, broker_url):
            minutes = asyncio.create_task(_each_minute(service, check_in))
            await server.serve(sockets=[listening])
            minutes.cancel()
            await service.close()
            shows.close()
    finally:
        store.close()
        book.close()
        outside.close()
        credentials.close()
        published.close()
    log.info("hall stopped hall=%s", hall.id)


def _tune() -> None:
    """For a process that keeps a day of tickets and answers many at once.

    The state is made of values that cannot form cycles, so to look through all of it for garbage again and again
    finds nothing and stops everybody for 30 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


class _Server(uvicorn.Server):
    """uvicorn as a part of this process: stopping is ours, because the journal has to be sealed after it."""

    def __init__(self, app: object) -> None:
        config = uvicorn.Config(
            AccessLog(app),  # type: ignore[arg-type]  # any ASGI application
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True


@contextmanager
def _live(service: Service, broker_url: str | None) -> Iterator[None]:
    """Live events over the broker at ``broker_url``, if there is one."""
    if broker_url is None:
        yield
        return
    from hall.wire.link import Link, Will  # a hall without a broker needs no MQTT

    loop, sid = asyncio.get_running_loop(), secrets.token_hex(8)
    topic = topics.hall_state(service.plan.hall.id)

    def state(on: bool) -> bytes:
        return ServiceState(on=on, sid=sid).model_dump_json().encode()

    def connected(up: bool) -> None:
        if up:  # the broker may have forgotten everything
            loop.call_soon_threadsafe(_say_hello, link, topic, state(True), publisher)

    # One client id for a hall: a new process takes over from an old one, whose will then comes before our hello.
    link = Link(
        broker_url, f"hall-{service.plan.hall.id}", on_state=connected, will=Will(topic, state(False))
    )
    publisher = LivePublisher(service, link.publish)
    publisher.start()
    link.start()
    minute = asyncio.create_task(_refresh(publisher))
    try:
        yield
    finally:
        minute.cancel()
        publisher.close()
        link.publish(topic, state(False), 1, True)
        link.close()


def _say_hello(link: "Link", topic: str, payload: bytes, publisher: LivePublisher) -> None:
    link.publish(topic, payload, 1, True)
    publisher.refresh()


async def _refresh(publisher: LivePublisher) -> None:
    """Openings and estimates change with the clock alone."""
    while True:
        await _next_minute()
        publisher.refresh()


async def _each_minute(service: Service, check_in: CheckIn) -> None:
    """What the clock does to a hall: a day that is over is closed, old answers and appointments are forgotten."""
    while True:
        await _next_minute()
        day = service.state.day
        if day is not None and service.state.open and service.plan.day(service.clock()) > day:
            await service.submit(f"day-over-{day}", "hall:clock", CloseDay())
            service.tidy()
            check_in.forget_old()


async def _next_minute() -> None:
    now = _utc_now()
    await asyncio.sleep(60.05 - (now - now.replace(second=0, microsecond=0)) / timedelta(seconds=1))


def _utc_now() -> datetime:
    return datetime.now(UTC)
