"""Social-security card put in → person known, over PC/SC, beside what pcscd and its virtual reader take by themselves.

vpcd looks for a card every half second or so, and pcscd asks it as often; a real reader tells at once. The floor is
the moment in which PC/SC says that a card is in, by another client of the same pcscd.
"""

import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from bench.card import NoHall
from bench.load import percentile
from drivers.pcsc.pcscd import Pcscd, PcscdUnusable
from drivers.pcsc.simulated_card import SimulatedCard
from drivers.pcsc.slot import Inserted, Slot
from drivers.pcsc.vcard import VirtualSlot, sample_social_holders
from drivers.ports import SystemClock
from kiosk.identity import IdentityDesk
from kiosk.social_card import SocialCardWatch
from kiosk.workers import Worker
from screens.events import CardInSlot, Event, PersonKnown

WAIT = 5.0  # seconds for one card


class Moments:
    """When each kind of event came last; from any thread."""

    def __init__(self) -> None:
        self._came: dict[str, float] = {}
        self._changed = threading.Condition()

    def note(self, name: str) -> None:
        with self._changed:
            self._came[name] = time.perf_counter()
            self._changed.notify_all()

    def after(self, name: str, moment: float) -> float:
        with self._changed:
            if not self._changed.wait_for(lambda: self._came.get(name, 0.0) >= moment, WAIT):
                raise RuntimeError(f"{name} did not come within {WAIT:g} s")
            return self._came[name]


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as name:
        service = Pcscd(Path(name) / "pcscd")
        try:
            service.start()
        except PcscdUnusable as error:
            yield {"figure": "chip_card_to_known", "not_here": str(error)}
            return
        try:
            os.environ.update(service.environment)  # libpcsclite reads it at its first call
            yield _measured(service, 10 if quick else 60)
        finally:
            service.stop()


def _measured(service: Pcscd, rounds: int) -> dict[str, Any]:
    name, port = service.slots[0]
    moments, slot, ended = Moments(), VirtualSlot(port), threading.Event()

    def post(event: Event) -> None:
        if isinstance(event, CardInSlot):
            moments.note("in" if event.there else "out")
        elif isinstance(event, PersonKnown):
            moments.note("known")

    def watch_beside() -> None:
        bare = Slot(name)
        while not ended.is_set():
            if isinstance(bare.wait(0.2), Inserted):
                moments.note("floor")
        bare.close()

    desk = IdentityDesk(NoHall(), lambda _day: bytes(32), date.today)
    watch = SocialCardWatch(lambda: Slot(name), SystemClock(), desk, post)
    worker, beside = Worker("slot", idle=watch.idle), threading.Thread(target=watch_beside)
    holders, floors, wholes, reading = list(sample_social_holders().values()), [], [], []
    watch.watch(True)
    worker.start()
    beside.start()
    time.sleep(2)  # both are sure that the slot is empty
    for n in range(rounds):
        time.sleep(random.uniform(0.6, 1.2))  # in no step with vpcd
        begin = time.perf_counter()
        slot.insert(SimulatedCard(holders[n % len(holders)]))
        known = moments.after("known", begin)
        floors.append(moments.after("floor", begin) - begin)
        reading.append(known - moments.after("in", begin))
        wholes.append(known - begin)
        pulled = time.perf_counter()
        slot.remove()
        moments.after("out", pulled)
    ended.set()
    beside.join()
    worker.close()
    watch.close()
    slot.close()
    return {
        "figure": "chip_card_to_known",
        "cards": rounds,
        "p50_ms": _ms(wholes, 0.5),
        "p99_ms": _ms(wholes, 0.99),
        "read_p50_ms": _ms(reading, 0.5),
        "read_p99_ms": _ms(reading, 0.99),
        "floor_pcscd_says_so_p50_ms": _ms(floors, 0.5),
        "floor_pcscd_says_so_p99_ms": _ms(floors, 0.99),
    }


def _ms(seconds: list[float], share: float) -> float:
    return round(percentile(seconds, share) * 1e3, 1)
