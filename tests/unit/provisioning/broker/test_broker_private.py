"""A broker of one's own: when it counts as started."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from provisioning.broker import private
from provisioning.broker.settings import BrokerSettings


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def settings(port: int) -> BrokerSettings:
    return BrokerSettings(port=port, account="tongyuan", log="none")


def test_one_that_listens_and_says_nothing_has_not_started(
    door: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "ANSWER_SECONDS", 0.05)
    assert not private._answers(settings(door.getsockname()[1]))


@pytest.mark.parametrize(
    "answer", [lambda line: line.sendall(b"\x20\x02\x00\x05"), lambda line: None], ids=["refuses", "hangs up"]
)
def test_one_that_answers_or_hangs_up_has(
    door: socket.socket, answer: Callable[[socket.socket], None]
) -> None:
    def serve() -> None:
        with door.accept()[0] as line:
            line.recv(100)
            answer(line)

    serving = threading.Thread(target=serve)
    serving.start()
    assert private._answers(settings(door.getsockname()[1]))
    serving.join(20)
    assert not serving.is_alive()


def test_where_nobody_listens_nobody_has(door: socket.socket) -> None:
    port = door.getsockname()[1]
    door.close()
    assert not private._answers(settings(port))
