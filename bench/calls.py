"""Call → board and call → voice: from the clerk's request to the event on a board's link and the first sound.

Beside it, in the same run: a bare round trip through the same mosquitto between two links.
"""

import contextlib
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from bench.hall import Running, running_hall
from bench.load import percentile
from config.kiosk import Kiosk, Source, Voice
from drivers.ports import SystemClock
from drivers.voice.reports import Report, Started
from hall import broker as brokers
from hall.wire import topics
from hall.wire.link import Link
from kiosk import sounds
from kiosk.hall_link import HallLink
from kiosk.roles import voice as voices

WINDOWS = ("5", "6")
WAIT = 5.0  # seconds for one answer


class Gauge:
    """Collects when something named was seen; ``wait`` until it has been."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._changed = threading.Condition()

    def mark(self, name: str) -> None:
        now = time.perf_counter()
        with self._changed:
            self._seen.setdefault(name, now)
            self._changed.notify_all()

    def wait(self, name: str) -> float:
        with self._changed:
            if not self._changed.wait_for(lambda: name in self._seen, WAIT):
                raise RuntimeError(f"{name} did not come within {WAIT:g} s")
            return self._seen[name]


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    rounds = 40 if quick else 200
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        broker = brokers.choose(None, folder)
        stack.callback(broker.stop)
        bare = _round_trips(broker, rounds)
        hall = stack.enter_context(running_hall(windows=WINDOWS, broker_url=broker.hall_url))
        settings = _settings(hall, broker, folder)
        board, voice = Gauge(), Gauge()
        link = HallLink(
            settings.model_copy(update={"id": "bench-board"}), on_call=lambda call: board.mark(call.ticket)
        )
        link.start()
        stack.callback(link.close)
        heard = _voice(settings, voice)
        stack.callback(heard.close)
        to_board, to_voice = list[float](), list[float]()
        for begin, ticket, seq in _call(hall, rounds):
            to_board.append(board.wait(ticket) - begin)
            to_voice.append(voice.wait(seq) - begin)
            heard.wait_idle(WAIT)  # a call that waits for the one before is not what is measured
    for figure, values in (("call_to_board", to_board), ("call_to_voice", to_voice)):
        yield {
            "figure": figure,
            "broker": broker.kind,
            "calls": len(values),
            "p50_ms": round(percentile(values, 0.5) * 1e3, 2),
            "p99_ms": round(percentile(values, 0.99) * 1e3, 2),
            "floor_broker_round_trip_p50_ms": round(percentile(bare, 0.5) * 1e3, 2),
            "floor_broker_round_trip_p99_ms": round(percentile(bare, 0.99) * 1e3, 2),
        }


def _round_trips(broker: brokers.Broker, rounds: int) -> list[float]:
    """Seconds from publishing to receiving, one message at a time, QoS 1, two links."""
    gauge, up, times = Gauge(), Gauge(), list[float]()
    topic = topics.calls("bench")
    receiver = Link(
        broker.reader_url,
        "bench-in",
        subscribe=((topic, 1),),
        on_message=lambda _topic, payload: gauge.mark(payload.decode()),
        on_state=lambda on: up.mark("in"),
    )
    sender = Link(broker.hall_url, "bench-out", on_state=lambda on: up.mark("out"))
    receiver.start()
    sender.start()
    up.wait("in")
    up.wait("out")
    sender.publish(topic, b"warm")
    gauge.wait("warm")
    for n in range(rounds):
        begin = time.perf_counter()
        sender.publish(topic, str(n).encode())
        times.append(gauge.wait(str(n)) - begin)
    sender.close()
    receiver.close()
    return times


def _call(hall: Running, rounds: int) -> Iterator[tuple[float, str, str]]:
    """Take, call and finish on two windows in turn; yields when a call was sent, its ticket and its event."""
    session = requests.Session()

    def post(path: str, token: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        answer = session.post(hall.url + path, json=body, headers=headers, timeout=WAIT)
        answer.raise_for_status()
        return answer.json()

    for window in WINDOWS:
        post(f"/v1/windows/{window}/open", hall.window_tokens[window], {})
    for n in range(rounds):
        window = WINDOWS[n % len(WINDOWS)]
        token = hall.window_tokens[window]
        post("/v1/tickets", hall.terminal_token, {"queue": "social"})
        begin = time.perf_counter()
        view = post(f"/v1/windows/{window}/call-next", token, {})
        yield begin, view["current"]["id"], str(view["seq"])
        post(f"/v1/windows/{window}/finish", token, {})


def _voice(settings: Kiosk, gauge: Gauge) -> voices.HallVoice:
    """The real voice with a sink that takes no time; the gauge hears each first sound."""

    def report(step: Report) -> None:
        if isinstance(step, Started):
            gauge.mark(step.event_id)

    sounds.renderer(settings).gong()  # made once at start, as in service
    heard = voices.HallVoice(settings, SystemClock(), report=report)
    ready = threading.Event()
    heard.start(ready)
    if not ready.wait(WAIT):
        raise RuntimeError("the voice never saw the hall")
    return heard


def _settings(hall: Running, broker: brokers.Broker, folder: Path) -> Kiosk:
    token, url = folder / "token", folder / "broker.url"
    token.write_text(hall.terminal_token, encoding="utf-8")
    url.write_text(broker.reader_url, encoding="utf-8")
    return Kiosk(
        role="voice",
        id="bench",
        name="bench",
        production=False,
        state_dir=folder,
        source=Source(hall=hall.settings.id, url=hall.url, token_file=token, broker_file=url),
        voice=Voice(sink="wav", folder=folder / "voice"),
    )
