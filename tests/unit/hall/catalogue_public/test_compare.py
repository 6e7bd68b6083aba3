"""Two channels compared to the letter: files with files, files with a hall over real HTTP."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn

from hall.api.guides import Guides
from hall.api.public import public_app
from hall.catalogue.compare import SourceUnreadable, compare
from hall.catalogue.diff import Difference
from hall.catalogue.model import Limit
from tests.unit.hall.small_catalogue import CARD, GUIDES, write_catalogue

Serve = Callable[[Path], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves catalogue files as a hall does; gives the address."""
    stops: list[Callable[[], None]] = []

    def start(path: Path) -> str:
        guides = Guides(lambda: path)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(public_app(guides), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)

        def stop() -> None:
            server.should_exit = True
            thread.join()
            listening.close()
            guides.close()

        stops.append(stop)
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for stop in stops:
        stop()


def test_a_file_and_a_hall_that_show_the_same_do_not_differ(tmp_path: Path, serve: Serve) -> None:
    path = write_catalogue(tmp_path)
    seen = list[int]()
    assert list(compare(str(path), serve(path), seen.append)) == []
    assert seen[-1] == len(GUIDES) + 1


def test_every_element_that_differs_is_told_with_both_texts(tmp_path: Path, serve: Serve) -> None:
    changed = CARD.model_copy(update={"plain": "另一句话。", "legal_limit": Limit(value=15)})
    path = write_catalogue(tmp_path)
    other = write_catalogue(tmp_path, revision=2, guides=[changed, *GUIDES[1:]])
    assert list(compare(serve(path), str(other))) == [
        Difference("card", CARD.name, "plain", CARD.plain, "另一句话。"),
        Difference("card", CARD.name, "legal_limit.value", "20", "15"),
    ]


def test_guides_that_only_one_source_has_are_told(tmp_path: Path) -> None:
    less = write_catalogue(tmp_path, revision=2, guides=[g for g in GUIDES if g.id != "card-city"])
    more = write_catalogue(tmp_path, revision=3)
    city = Difference("card-city", CARD.name, "", CARD.name, "")
    assert list(compare(str(more), str(less))) == [city]
    assert list(compare(str(less), str(more))) == [Difference("card-city", CARD.name, "", "", CARD.name)]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"version": 1}', b'{"version": "1", "pages": [{"guide": {"id": 1}}]}']
)
def test_a_source_that_answers_nonsense_is_said_to(tmp_path: Path, body: bytes) -> None:
    class Nonsense(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Nonsense) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with pytest.raises(SourceUnreadable):
            list(compare(str(write_catalogue(tmp_path)), f"http://127.0.0.1:{server.server_port}"))
        server.shutdown()
        thread.join()


def test_a_source_that_is_not_there_is_said_to(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(SourceUnreadable):
        list(compare(str(write_catalogue(tmp_path)), f"http://127.0.0.1:{port}"))
