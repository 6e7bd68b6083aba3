"""The wrapped MQTT link against real brokers: a private mosquitto and iotcore."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import MQTTMessageInfo

from hall import broker as brokers
from hall.broker import Broker
from hall.wire import topics
from hall.wire.link import Link, Will

pytestmark = pytest.mark.broker


class Heard:
    """Collects what a link hands over, and lets a test wait for it without sleeping."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.messages: list[tuple[str, bytes]] = []
        self.states: list[bool] = []

    def message(self, topic: str, payload: bytes) -> None:
        with self._changed:
            self.messages.append((topic, payload))
            self._changed.notify_all()

    def state(self, up: bool) -> None:
        with self._changed:
            self.states.append(up)
            self._changed.notify_all()

    def wait(self, what: Callable[["Heard"], bool], seconds: float = 40) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: what(self), seconds)


@pytest.fixture(params=["mosquitto", "iotcore"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    if request.param == "mosquitto":
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed")
        running = brokers.start_mosquitto(program, tmp_path)
    else:
        running = brokers.start_iotcore()
    yield running
    running.stop()


def connect(url: str, name: str, heard: Heard, *subscribe: tuple[str, int], **options: object) -> Link:
    link = Link(url, name, subscribe=subscribe, on_message=heard.message, on_state=heard.state, **options)  # type: ignore[arg-type]
    link.start()
    assert heard.wait(lambda h: True in h.states), "never connected"
    return link


def test_retained_state_reaches_one_who_comes_late(broker: Broker) -> None:
    hall, late = Heard(), Heard()
    sender = connect(broker.hall_url, "hall", hall, (topics.hall_view("x"), 1))
    sender.publish(topics.hall_view("x"), b"{}", retain=True)
    assert hall.wait(lambda h: h.messages != [])
    board = connect(broker.reader_url, "board-1", late, (topics.hall_view("x"), 1))
    assert late.wait(lambda h: (topics.hall_view("x"), b"{}") in h.messages)
    board.close()
    sender.close()


def test_a_handler_that_raises_does_not_end_the_link(broker: Broker) -> None:
    heard = Heard()

    def fragile(topic: str, payload: bytes) -> None:
        heard.message(topic, payload)
        if payload == b"poison":
            raise RuntimeError("a bug in a handler")

    link = Link(
        broker.hall_url,
        "fragile",
        subscribe=((topics.calls("x"), 1),),
        on_message=fragile,
        on_state=heard.state,
    )
    link.start()
    assert heard.wait(lambda h: True in h.states)
    link.publish(topics.calls("x"), b"poison")
    link.publish(topics.calls("x"), b"after")
    assert heard.wait(lambda h: (topics.calls("x"), b"after") in h.messages)
    link.close()


def test_an_acknowledgement_counts_however_early_it_comes_and_a_message_that_is_only_sent_does_not(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, delivered = Heard(), threading.Semaphore(0)
    link = connect(broker.hall_url, "hall", heard, (topics.calls("x"), 1), on_delivered=delivered.release)
    client = link._client
    assert client is not None
    publish = client.publish

    def slow(*what: Any, **how: Any) -> MQTTMessageInfo:
        """The broker has answered before paho has told us what the message is called."""
        info = publish(*what, **how)
        info.wait_for_publish(40)
        return info

    link.publish(topics.calls("x"), b"usual")
    assert delivered.acquire(timeout=40)
    monkeypatch.setattr(client, "publish", slow)
    link.publish(topics.calls("x"), b"only sent", qos=0)
    link.publish(topics.calls("x"), b"busy machine")
    assert delivered.acquire(timeout=40)
    link.publish(topics.calls("x"), b"the last", qos=0)
    assert heard.wait(lambda h: (topics.calls("x"), b"the last") in h.messages)
    assert not delivered.acquire(blocking=False)
    link.close()


def test_the_will_tells_when_the_process_is_cut_off(broker: Broker) -> None:
    watching = Heard()
    board = connect(broker.reader_url, "board-2", watching, (topics.hall_state("x"), 1))
    hall = connect(broker.hall_url, "hall", Heard(), will=Will(topics.hall_state("x"), b"gone"))
    client = hall._client
    assert client is not None
    client.loop_stop()
    sock = client.socket()
    assert sock is not None
    sock.close()  # a pulled cable, not a goodbye
    assert watching.wait(lambda h: (topics.hall_state("x"), b"gone") in h.messages)
    board.close()
    hall.close()


def test_the_watchdog_rebuilds_a_link_whose_network_thread_is_dead(broker: Broker) -> None:
    heard = Heard()
    link = connect(broker.hall_url, "zombie", heard, (topics.calls("x"), 1), ping_every=0.05)
    client = link._client
    assert client is not None
    client.loop_stop()  # what an exception in a callback does to paho: the thread is gone, nobody is told
    assert heard.wait(lambda h: h.states[-2:] == [False, True]), heard.states
    link.publish(topics.calls("x"), b"alive")
    assert heard.wait(lambda h: (topics.calls("x"), b"alive") in h.messages)
    link.close()


def test_a_reader_cannot_write_the_halls_topics(tmp_path: Path) -> None:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    running = brokers.start_mosquitto(program, tmp_path)
    seen = Heard()
    hall = connect(running.hall_url, "hall", seen, (topics.calls("x"), 1))
    intruder = connect(running.reader_url, "intruder", Heard())
    intruder.publish(topics.calls("x"), b"forged")
    hall.publish(topics.calls("x"), b"true")
    assert seen.wait(lambda h: (topics.calls("x"), b"true") in h.messages)
    assert (topics.calls("x"), b"forged") not in seen.messages
    for part in (hall, intruder):
        part.close()
    running.stop()


def test_a_broker_url_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="mqtt://user:password@host:1883"):
        Link("http://example", "x")
