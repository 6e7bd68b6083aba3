"""The hall link against a real private broker: what is damaged is dropped, what is lost comes back."""

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.kiosk import Kiosk
from hall import broker as brokers
from hall.broker import Broker
from hall.queue.model import State
from hall.queue.views import hall_view
from hall.wire import topics
from hall.wire.link import Link, Will
from hall.wire.messages import Call, HallView, ServiceState
from kiosk.hall_link import HallLink
from tests.unit.hall.small_hall import MORNING, make_plan

pytestmark = pytest.mark.broker
HALL = "small"
VIEW = hall_view(State(), make_plan(), MORNING)
CALL = Call(
    seq=3,
    kind="called",
    ticket="20261123-A01",
    number="A01",
    queue="a",
    queue_name="甲",
    queue_name_en="A",
    window="1",
    window_name="1 号",
    window_name_en="Window 1",
    zone="z",
    round=1,
    at=datetime(2026, 11, 23, tzinfo=UTC),
)


class Heard:
    """What a link tells, in order; a test waits for it without sleeping."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.all: list[object] = []

    def take(self, what: object) -> None:
        with self._changed:
            self.all.append(what)
            self._changed.notify_all()

    def wait(self, seen: Callable[[list[object]], bool]) -> None:
        assert self.has(seen, within=40), self.all

    def has(self, seen: Callable[[list[object]], bool], *, within: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: seen(self.all), within)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    running = brokers.start_mosquitto(program, tmp_path_factory.mktemp("mqtt"))
    yield running
    running.stop()


def state(on: bool, sid: str = "s1") -> bytes:
    return ServiceState(on=on, sid=sid).model_dump_json().encode()


class HallProcess:
    """The hall's side of the broker, as hall.serve has it."""

    def __init__(self, broker: Broker) -> None:
        up = threading.Event()
        self.link = Link(
            broker.hall_url,
            "hall",
            on_state=lambda now: up.set() if now else None,
            will=Will(topics.hall_state(HALL), state(False)),
        )
        self.link.start()
        assert up.wait(60)

    def says(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.link.publish(topic, payload, retain=retain)

    def is_here(self) -> None:
        self.says(topics.hall_state(HALL), state(True), retain=True)

    def dies(self) -> None:
        """A cable is pulled: no goodbye."""
        client = self.link._client
        assert client is not None
        client.loop_stop()
        wire = client.socket()
        assert wire is not None
        wire.close()


@pytest.fixture
def hall(broker: Broker) -> Iterator[HallProcess]:
    made = HallProcess(broker)
    yield made
    for topic in (topics.hall_state(HALL), topics.hall_view(HALL)):
        made.says(topic, b"", retain=True)
    made.link.close()


@pytest.fixture
def settings(tmp_path: Path, broker: Broker) -> Kiosk:
    return kiosk_settings(tmp_path, broker.reader_url)


def kiosk_settings(folder: Path, broker_url: str) -> Kiosk:
    (folder / "broker").write_text(broker_url + "\n", encoding="utf-8")
    return Kiosk.model_validate(
        {
            "role": "hall-board",
            "id": "board-1",
            "name": "综合屏",
            "source": {
                "hall": HALL,
                "url": "http://127.0.0.1:1",
                "token_file": folder / "token",
                "broker_file": folder / "broker",
            },
            "state_dir": folder,
        }
    )


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def link(settings: Kiosk, heard: Heard) -> Iterator[HallLink]:
    made = HallLink(settings, on_hall=heard.take, on_call=heard.take, on_up=heard.take)
    yield made
    made.close()


def listen(link: HallLink, heard: Heard, hall: HallProcess) -> None:
    """Start, and return when calls arrive, too: subscriptions take effect one by one, and calls are not retained."""
    link.start()
    hello = CALL.model_copy(update={"seq": 0})
    for _ in range(1000):
        hall.says(topics.calls(HALL), hello.model_dump_json().encode())
        if heard.has(lambda all: hello in all and True in all, within=0.05):
            break
    else:
        raise AssertionError(f"subscribed and not heard in {heard.all}")
    last = CALL.model_copy(update={"seq": 1})
    hall.says(topics.calls(HALL), last.model_dump_json().encode())
    heard.wait(lambda all: last in all)
    heard.all.clear()


def test_who_comes_late_hears_at_once_how_things_stand(
    hall: HallProcess, link: HallLink, heard: Heard
) -> None:
    hall.is_here()
    hall.says(topics.hall_view(HALL), VIEW.model_dump_json().encode(), retain=True)
    link.start()
    heard.wait(lambda all: True in all and VIEW in all)


def test_a_call_arrives_whole(hall: HallProcess, link: HallLink, heard: Heard) -> None:
    hall.is_here()
    listen(link, heard, hall)
    hall.says(topics.calls(HALL), CALL.model_dump_json().encode())
    heard.wait(lambda all: CALL in all)


DAMAGED = {
    "no JSON": b"\xff\x00 nonsense",
    "cut off": CALL.model_dump_json().encode()[:-9],
    "another type": b"[1, 2, 3]",
    "a wrong type inside": json.dumps(json.loads(CALL.model_dump_json()) | {"seq": "seven"}).encode(),
    "a word that is none": json.dumps(json.loads(CALL.model_dump_json()) | {"kind": "sung"}).encode(),
    "a field too few": b'{"seq": 1, "kind": "called"}',
    "huge": b'{"seq": "' + b"9" * 900_000 + b'"}',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_message_is_dropped_with_a_word_and_the_next_one_arrives(
    damage: str, hall: HallProcess, link: HallLink, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    hall.is_here()
    listen(link, heard, hall)
    hall.says(topics.calls(HALL), DAMAGED[damage])
    hall.says(topics.hall_state(HALL), DAMAGED[damage])
    hall.says(topics.calls(HALL), CALL.model_dump_json().encode())
    heard.wait(lambda all: CALL in all)
    assert [what for what in heard.all if isinstance(what, Call | HallView)] == [CALL]
    assert False not in heard.all, "a damaged state says nothing about the hall"
    assert "refused" in caplog.text
    assert "Traceback" not in caplog.text
    assert len(caplog.text) < 5000, "a word, not the message"


def test_a_message_of_a_newer_hall_is_understood_as_far_as_it_goes(
    hall: HallProcess, link: HallLink, heard: Heard
) -> None:
    hall.is_here()
    listen(link, heard, hall)
    newer = json.loads(CALL.model_dump_json()) | {"v": 2, "melody": "ding"}
    hall.says(topics.calls(HALL), json.dumps(newer).encode())
    heard.wait(lambda all: CALL.model_copy(update={"v": 2}) in all)


def test_a_broker_without_a_hall_is_not_a_hall(hall: HallProcess, link: HallLink, heard: Heard) -> None:
    hall.says(topics.hall_view(HALL), VIEW.model_dump_json().encode(), retain=True)
    link.start()
    heard.wait(lambda all: VIEW in all)
    assert True not in heard.all, "only the hall's own word says that it is there"


def test_a_hall_that_dies_and_comes_back_is_told_each_way(
    broker: Broker, link: HallLink, heard: Heard
) -> None:
    first = HallProcess(broker)
    first.is_here()
    link.start()
    heard.wait(lambda all: all[-1:] == [True])
    first.dies()
    heard.wait(lambda all: all[-1:] == [False])
    second = HallProcess(broker)
    second.is_here()
    heard.wait(lambda all: all[-1:] == [True])
    second.is_here()
    second.says(topics.calls(HALL), CALL.model_dump_json().encode())
    heard.wait(lambda all: CALL in all)
    assert heard.all == [True, False, True, CALL], "told once each way"
    second.says(topics.hall_state(HALL), b"", retain=True)
    second.link.close()
    first.link.close()


def test_the_late_will_of_a_hall_that_has_a_successor_says_nothing(
    hall: HallProcess, link: HallLink, heard: Heard
) -> None:
    topic = topics.hall_state(HALL)
    hall.says(topic, state(True, "first"), retain=True)
    listen(link, heard, hall)
    hall.says(topic, state(True, "second"), retain=True)
    hall.says(topic, state(False, "first"), retain=True)
    hall.says(topics.calls(HALL), CALL.model_dump_json().encode())
    heard.wait(lambda all: CALL in all)
    assert heard.all == [CALL]
    hall.says(topic, state(False, "second"), retain=True)
    heard.wait(lambda all: all[-1:] == [False])


def test_retained_state_comes_again_after_the_connection_was_lost(
    hall: HallProcess, link: HallLink, heard: Heard
) -> None:
    hall.is_here()
    hall.says(topics.hall_view(HALL), VIEW.model_dump_json().encode(), retain=True)
    link.start()
    heard.wait(lambda all: True in all and VIEW in all)
    newer = VIEW.model_copy(update={"seq": VIEW.seq + 9})
    hall.says(topics.hall_view(HALL), newer.model_dump_json().encode(), retain=True)
    heard.wait(lambda all: newer in all)
    heard.all.clear()
    client = link._link._client
    assert client is not None
    wire = client.socket()
    assert isinstance(wire, socket.socket)
    wire.shutdown(2)  # the network goes; paho comes back by itself
    heard.wait(lambda all: all[:1] == [False] and True in all and newer in all)
    assert VIEW not in heard.all, "what was true before is not told again"


def test_a_broker_that_is_not_there_yet_is_no_error(tmp_path: Path, heard: Heard) -> None:
    link = HallLink(kiosk_settings(tmp_path, "mqtt://reader:x@127.0.0.1:1"), on_up=heard.take)
    link.start()
    link.close()
    assert True not in heard.all


def test_closing_leaves_no_thread_behind(hall: HallProcess, settings: Kiosk, heard: Heard) -> None:
    before = set(threading.enumerate())
    link = HallLink(settings, on_up=heard.take)
    hall.is_here()
    link.start()
    heard.wait(lambda all: True in all)
    link.close()
    assert set(threading.enumerate()) <= before
