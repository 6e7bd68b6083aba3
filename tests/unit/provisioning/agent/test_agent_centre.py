"""The centre over HTTP, when it, or what stands between, breaks off or never ends."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from provisioning.agent import centre as http
from provisioning.agent.centre import Centre, CentreFailed
from provisioning.agent.enrol import Enrolment, Machine
from provisioning.agent.identity import Identity

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def answering(answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server that reads a request and then does as ``answer`` does, until the test is over."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, suppress(OSError):
                        connection.recv(65536)
                        answer(connection, over)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(40)
    assert not thread.is_alive()


def cut(connection: socket.socket, _over: threading.Event) -> None:
    connection.sendall(HEAD + b'Content-Length: 100\r\n\r\n{"id":')


def cut_in_a_chunk(connection: socket.socket, _over: threading.Event) -> None:
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n40\r\nshort")


def endless(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(HEAD + b"\r\n")
    while not over.wait(0.01):
        connection.sendall(b" ")


@pytest.mark.parametrize("broken", [cut, cut_in_a_chunk])
def test_an_answer_that_breaks_off_ends_no_agent(
    tmp_path: Path, broken: Callable[[socket.socket, threading.Event], None]
) -> None:
    identity = Identity(tmp_path)
    with answering(broken) as url:
        centre = Centre(url, identity)
        with pytest.raises(CentreFailed, match=r"centre\.unreachable"):
            centre.secrets("qy-k01")
        shown = Enrolment(identity, centre, Machine("S1", "", "", ""), lambda: 0.0).step()
    assert (shown.state, shown.fault) == ("failed", "centre.unreachable")


def test_an_answer_that_never_ends_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ENDS", 0.05)
    with answering(endless) as url, pytest.raises(CentreFailed, match=r"centre\.garbled"):
        Centre(url, Identity(tmp_path)).secrets("qy-k01")
