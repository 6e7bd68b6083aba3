"""Card laid down → person known, beside the time the bytes need on a 115200-baud wire."""

import random
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

from bench.load import percentile
from drivers.idcard.samples import sample_cards
from drivers.idcard.simulator import SimulatedReader
from drivers.ports import SystemClock
from drivers.streams import SerialStream
from hall.wire.messages import Present, PresentationView
from kiosk.card import LOOK_EVERY, CardWatch
from kiosk.identity import IdentityDesk
from kiosk.workers import Worker
from screens.events import Event, PersonKnown

BAUD, BITS = 115200, 10  # 8N1
FIND, SELECT, READ = (10 + 15), (10 + 19), (10 + 1295)  # request and reply, bytes (devices' own frames)


class NoHall:
    """Never asked: a number needs the card alone."""

    def present(self, key: str, request: Present) -> PresentationView:
        raise NotImplementedError


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    reader = SimulatedReader(baud=BAUD)
    reader.start()
    known, seen = threading.Semaphore(0), list[float]()

    def post(event: Event) -> None:
        if isinstance(event, PersonKnown):
            seen.append(time.perf_counter())
            known.release()

    clock = SystemClock()
    desk = IdentityDesk(NoHall(), lambda _day: bytes(32), date.today)
    watch = CardWatch(lambda: SerialStream(reader.url, clock), clock, desk, post)
    worker, times, card = Worker("reader", idle=watch.idle), list[float](), sample_cards()["adult"]
    watch.watch(True)
    worker.start()
    for _ in range(10 if quick else 40):
        time.sleep(0.5 + random.uniform(0, LOOK_EVERY))  # people don't come in step with the poll
        begin = time.perf_counter()
        reader.lay(card)
        known.acquire(timeout=5)
        times.append(seen[-1] - begin)
        reader.lift()
    worker.close()
    watch.close()
    reader.close()
    wire = (FIND + SELECT + READ) * BITS / BAUD
    yield {
        "figure": "card_to_known",
        "p50_ms": round(percentile(times, 0.5) * 1e3, 1),
        "p99_ms": round(percentile(times, 0.99) * 1e3, 1),
        "floor_wire_ms": round(wire * 1e3, 1),
        "poll_every_ms": round(LOOK_EVERY * 1e3),
        "p50_without_mean_poll_ms": round((percentile(times, 0.5) - LOOK_EVERY / 2) * 1e3, 1),
    }
