"""The whole way from a command over HTTP to a board on the broker."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hall import broker as brokers
from hall.broker import Broker
from hall.wire import topics
from hall.wire.link import Link
from hall.wire.messages import Call, HallView, ServiceState, WindowView
from tests.e2e.hall_process import Client, HallProcess

pytestmark = pytest.mark.broker
HALL = "qingyuan"
BOARD, CALLS, STATE = topics.hall_view(HALL), topics.calls(HALL), topics.hall_state(HALL)
WINDOW = topics.window(HALL, "20")


class Board:
    """Keeps the last payload of each topic and every call, and lets a test wait for what it expects."""

    def __init__(self, url: str) -> None:
        self._changed = threading.Condition()
        self.last: dict[str, bytes] = {}
        self.calls: list[Call] = []
        wanted = tuple((topic, 1) for topic in (BOARD, CALLS, STATE, WINDOW))
        self.link = Link(url, "board-under-test", subscribe=wanted, on_message=self._message)
        self.link.start()

    def _message(self, topic: str, payload: bytes) -> None:
        with self._changed:
            self.last[topic] = payload
            if topic == CALLS:
                self.calls.append(Call.model_validate_json(payload))
            self._changed.notify_all()

    def wait(self, what: Callable[["Board"], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: what(self), 60)

    @property
    def hall(self) -> HallView:
        return HallView.model_validate_json(self.last[BOARD])

    @property
    def window(self) -> WindowView:
        return WindowView.model_validate_json(self.last[WINDOW])

    @property
    def on(self) -> bool | None:
        return ServiceState.model_validate_json(self.last[STATE]).on if STATE in self.last else None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    running = brokers.start_mosquitto(program, tmp_path) if program else brokers.start_iotcore()
    yield running
    running.stop()


def test_a_number_that_is_called_over_http_is_on_the_board_at_once(tmp_path: Path, broker: Broker) -> None:
    hall = HallProcess(tmp_path, broker_url=broker.hall_url)
    board = Board(broker.reader_url)
    hall.start()
    assert board.wait(lambda b: b.on is True and BOARD in b.last)

    async def work() -> None:
        terminal, window = Client(hall, "terminal"), Client(hall, "window:20")
        await terminal.post("/v1/tickets", "t", b'{"queue":"tax"}')
        await window.post("/v1/windows/20/open", "o")
        await window.post("/v1/windows/20/call-next", "c")
        await window.post("/v1/windows/20/recall", "r")
        terminal.close()
        window.close()

    asyncio.run(work())
    assert board.wait(
        lambda b: len(b.calls) == 2 and b.hall.calls != () and WINDOW in b.last and b.window.recalls == 1
    )
    assert [(c.number, c.window, c.kind) for c in board.calls] == [
        ("K001", "20", "called"),
        ("K001", "20", "recalled"),
    ]
    assert board.wait(lambda b: b.hall.calls[0].kind == "recalled")
    assert board.window.current is not None
    assert board.window.current.number == "K001"

    late = Board(broker.reader_url)
    assert late.wait(lambda b: BOARD in b.last and WINDOW in b.last)
    assert late.window.current is not None, "one that comes late is right at once"
    assert late.calls == [], "and hears no old call"
    late.link.close()

    assert hall.stop() == 0
    assert board.wait(lambda b: b.on is False), "a hall that stops says so"
    board.link.close()


def test_a_hall_that_is_killed_is_said_to_be_gone_and_is_back_after_its_start(
    tmp_path: Path, broker: Broker
) -> None:
    hall = HallProcess(tmp_path, broker_url=broker.hall_url)
    board = Board(broker.reader_url)
    hall.start()
    assert board.wait(lambda b: b.on is True)
    hall.kill()
    assert board.wait(lambda b: b.on is False), "the will speaks for it"
    hall.start()
    assert board.wait(lambda b: b.on is True)
    board.link.close()
    hall.stop()
