"""Connections that say nothing, or say it slowly, are ended; whoever says it at once is served on one for long."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi import FastAPI, Request

from provisioning.centre.api import connection
from provisioning.centre.serve import server
from provisioning.centre.settings import Broker, Centre

PATIENCE = 60.0  # seconds: only a failing test waits so long
SLOW = b"GET /asked HTTP/1.1\r\nHost: centre\r\nX-Slow: "
ASKED = b"GET /asked HTTP/1.1\r\nHost: centre\r\n\r\n"


class Served:
    """A centre's own server in front of a small application; nobody is late unless a test says so."""

    def __init__(self, folder: Path) -> None:
        app, self.began = FastAPI(), threading.Event()

        @app.get("/asked")
        def asked() -> str:
            return "served"

        @app.post("/said")
        async def said(request: Request) -> str:
            self.began.set()
            return (await request.body()).decode()

        brokers = (Broker(folder=folder, url="mqtt://127.0.0.1:1"),)
        settings = Centre(data=folder, url="http://127.0.0.1:1", production=False, brokers=brokers)
        self.server, listening = server(app, settings), socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self.thread = threading.Thread(target=lambda: asyncio.run(self.server.serve(sockets=[listening])))
        self.thread.start()

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 10 * PATIENCE)
    made = Served(tmp_path)
    yield made
    made.close()


@pytest.fixture
def hurried(served: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """Whoever does not say a head in a moment is late."""
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    return served


def opened(at: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", at.port), timeout=PATIENCE)


def read(line: socket.socket, until: bytes) -> bytes:
    heard = b""
    while not heard.endswith(until):
        part = line.recv(4096)
        assert part, heard
        heard += part
    return heard


def until_hung_up(line: socket.socket, say: Callable[[], bytes]) -> bytes:
    """What came until the other side ended it, while ``say`` is said again and again."""
    heard, end = b"", time.monotonic() + PATIENCE
    line.settimeout(0.02)
    while time.monotonic() < end:
        try:
            if word := say():
                line.sendall(word)
            part = line.recv(4096)
        except TimeoutError:
            continue
        except ConnectionError:
            return heard
        if not part:
            return heard
        heard += part
    raise AssertionError("it was never hung up")


def test_who_says_nothing_is_hung_up_on(hurried: Served) -> None:
    with closing(opened(hurried)) as line:
        assert until_hung_up(line, lambda: b"") == b""


@pytest.mark.parametrize(("begun", "more"), [(b"", b"\r\n"), (SLOW, b"x")])
def test_who_says_a_head_byte_by_byte_is_hung_up_on_without_an_answer(
    hurried: Served, begun: bytes, more: bytes
) -> None:
    with closing(opened(hurried)) as line:
        line.sendall(begun)
        assert until_hung_up(line, lambda: more) == b""


@pytest.mark.parametrize(("begun", "more"), [(b"", b"\r\n"), (SLOW, b"x")])
def test_nor_has_the_next_request_on_the_same_line_more_time(
    served: Served, monkeypatch: pytest.MonkeyPatch, begun: bytes, more: bytes
) -> None:
    with closing(opened(served)) as line:
        line.sendall(ASKED)
        read(line, b'"served"')
        monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)  # from the next answer on
        line.sendall(ASKED)
        read(line, b'"served"')
        words = iter([begun])
        assert until_hung_up(line, lambda: next(words, more)) == b""


def test_a_head_without_an_end_is_not_read_for_ever(served: Served) -> None:
    with closing(opened(served)) as line:
        line.sendall(SLOW)
        assert until_hung_up(line, lambda: b"x" * 8192) == b""


def test_requests_on_one_line_are_answered_also_where_one_comes_early(served: Served) -> None:
    with closing(opened(served)) as line:
        for _ in range(3):
            line.sendall(ASKED)
            read(line, b'"served"')
        line.sendall(ASKED + ASKED)
        heard = read(line, b'"served"')
        if heard.count(b"HTTP/1.1 200") < 2:
            read(line, b'"served"')


def test_a_long_body_behind_a_short_head_is_no_long_head(served: Served) -> None:
    body = b"b" * 4 * connection.MOST_HEAD
    with closing(opened(served)) as line:
        head = f"POST /said HTTP/1.1\r\nHost: centre\r\nContent-Length: {len(body)}\r\n\r\n"
        line.sendall(head.encode() + body)
        read(line, b'b"')


def test_a_body_has_a_time_of_its_own(served: Served) -> None:
    with closing(opened(served)) as line:
        line.sendall(b"POST /said HTTP/1.1\r\nHost: centre\r\nContent-Length: 3\r\n\r\nab")
        assert served.began.wait(PATIENCE)
        (one,) = served.server.server_state.connections
        assert isinstance(one, connection.PromptConnection)
        assert one._late is None
        line.sendall(b"c")
        read(line, b'"abc"')
