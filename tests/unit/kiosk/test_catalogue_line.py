"""The catalogue over real sockets: from the hall's own application, and from servers that mean no good."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from hall.api.distribution import add_distribution
from hall.api.failures import add_failures
from hall.api.gate import Gate
from hall.catalogue.reports import CatalogueReports
from hall.catalogue.shelf import VersionShelf
from hall.catalogue.verify import verify
from hall.credentials import Credentials
from hall.wire.messages import CatalogueManifest, CatalogueReport
from kiosk.catalogue.source import MOST_WORDS, HttpSource
from kiosk.catalogue.store import CatalogueStore
from kiosk.catalogue.workshop import Here, InChild
from kiosk.hall_client import HallRefused, HallUnreachable
from tests.unit.hall.catalogue_core.small_catalogue import HEADER, KEY, TRUST, guide, made
from tests.unit.hall.catalogue_distribution.sealed import HALL, sealed, verify_sealed, write
from tests.unit.kiosk.test_catalogue_store import Clock


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield "http://{}:{}".format(*listening.getsockname())
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class Hall:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shelf = VersionShelf(folder / "shelf")
        self.credentials = Credentials(folder / "credentials.sqlite")
        self.token = self.credentials.issue("terminal", "k1")
        self.reports = CatalogueReports(folder / "reports.sqlite", lambda: datetime(2026, 11, 22, tzinfo=UTC))
        self.app = FastAPI()
        add_distribution(self.app, Gate(self.credentials), self.shelf, self.reports)
        add_failures(self.app)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[tuple[Hall, HttpSource]]:
    hall = Hall(tmp_path)
    with served(hall.app) as url:
        source = HttpSource(url, hall.token)
        yield hall, source
        source.close()
    hall.reports.close()
    hall.credentials.close()


def test_a_real_catalogue_goes_the_whole_way_in_a_child_process(
    hall: tuple[Hall, HttpSource], tmp_path: Path
) -> None:
    there, source = hall
    workshop = InChild([key.public_bytes_raw().hex() for key in TRUST.values()], HEADER.hall)
    store = CatalogueStore(tmp_path / "catalogue", HEADER.hall, source, workshop, Clock())
    shown = []
    for revision, name in ((1, "社会保障卡挂失"), (2, "社会保障卡补领")):
        header = HEADER.model_copy(update={"revision": revision})
        pages = [guide(f"g{n}", f"事项{chr(0x4E00 + n)}", plain=chr(0x5E00 + n) * 50) for n in range(300)]
        made(tmp_path / "built", guide(name=name), *pages, header=header, key=KEY)
        version = there.shelf.publish(tmp_path / "built", lambda path: verify(path, TRUST, HEADER.hall))
        store.poll()
        assert store.states() == ()
        path = store.adopt()
        assert path is not None
        assert path.read_bytes() == (tmp_path / "built").read_bytes()
        shown.append((store.version, version.version))
        source.report(f"r{revision}", CatalogueReport(version=store.version, misses={"甲": 1}))
    assert [mine for mine, _ in shown] == [theirs for _, theirs in shown]
    assert there.reports.misses(datetime(2026, 11, 22, tzinfo=UTC).date()).misses == (("甲", 2),)


def test_a_child_refuses_an_unknown_key_another_hall_and_a_spoilt_file_by_their_codes(
    hall: tuple[Hall, HttpSource], tmp_path: Path
) -> None:
    there, source = hall
    made(tmp_path / "built", guide())
    there.shelf.publish(tmp_path / "built", lambda path: verify(path, TRUST, HEADER.hall))
    stranger = InChild(["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"], HEADER.hall)
    store = CatalogueStore(tmp_path / "catalogue", HEADER.hall, source, stranger, Clock())
    store.poll()
    assert (store.states(), store.staged()) == (("catalogue.unknown_key",), None)
    version = there.shelf.current()
    assert version is not None
    packed = bytearray(there.shelf.packed(version).read_bytes())
    packed[len(packed) // 2] ^= 255
    write(there.shelf.packed(version), bytes(packed))
    known = InChild([key.public_bytes_raw().hex() for key in TRUST.values()], HEADER.hall)
    store = CatalogueStore(tmp_path / "other", HEADER.hall, source, known, Clock())
    store.poll()
    assert (store.states(), store.staged()) == (("catalogue.damaged",), None)


def test_a_line_that_is_cut_at_any_place_costs_only_what_is_missing(
    hall: tuple[Hall, HttpSource], tmp_path: Path
) -> None:
    there, source = hall
    version = there.shelf.publish(write(tmp_path / "fresh", sealed(1)), verify_sealed)
    path = f"/v1/catalogue/files/{version.sha256}"
    with source.fetch(path, 0, "") as transfer:
        whole, etag = b"".join(transfer.chunks), transfer.etag
    assert (transfer.start, transfer.size, len(whole)) == (0, version.packed.size, version.packed.size)
    for place in (1, 511, len(whole) - 1):
        with source.fetch(path, place, etag) as rest:
            assert (rest.start, rest.size) == (place, len(whole))
            assert b"".join(rest.chunks) == whole[place:]
    with source.fetch(path, 511, '"another"') as anew:
        assert (anew.start, b"".join(anew.chunks)) == (0, whole)


def test_the_hall_says_no_with_its_code(hall: tuple[Hall, HttpSource]) -> None:
    _, source = hall
    with pytest.raises(HallRefused) as refused:
        source.manifest()
    assert refused.value.code == "catalogue.none"
    with pytest.raises(HallRefused), source.fetch(f"/v1/catalogue/files/{'0' * 64}", 0, ""):
        pass


# -- servers that mean no good ----------------------------------------------------------------------------


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[HttpSource]:
    """A server that reads each request and says ``answer``, whatever was asked."""
    listening = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                with suppress(OSError):  # the terminal has hung up, as it should
                    answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    source = HttpSource("http://{}:{}".format(*listening.getsockname()), "ty1.a.b")
    try:
        yield source
    finally:
        over.set()
        source.close()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def endless(connection: socket.socket) -> None:
    connection.sendall(OK + b"\r\n")
    while True:
        connection.sendall(b" " * MOST_WORDS)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\xff\r\n\r\n",
        OK + b"Content-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: 999\r\n\r\n{}",
        OK + b"Content-Length: 3\r\n\r\n\xff\xfe\xfd",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\nnope",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
    ],
)
def test_an_answer_that_is_none_is_an_unreachable_hall(answer: bytes) -> None:
    with answering(lambda connection: connection.sendall(answer)) as source:
        with pytest.raises(HallUnreachable):
            source.manifest()
        with pytest.raises(HallUnreachable):
            source.report("k", CatalogueReport()) if not answer.startswith(
                b"HTTP/1.1 200"
            ) else source.manifest()


def test_a_manifest_without_an_end_is_not_read_to_the_end() -> None:
    with answering(endless) as source, pytest.raises(HallUnreachable, match="end"):
        source.manifest()


def test_a_file_without_an_end_is_left_at_the_announced_size(tmp_path: Path) -> None:
    told = CatalogueManifest(
        hall=HALL, revision=1, version="1-a", sha256="a" * 64, size=200_000, packed=150_000
    )
    manifest = told.model_dump_json().encode()
    sent: list[int] = []

    def answer(connection: socket.socket) -> None:
        if not sent:
            sent.append(0)
            connection.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(manifest) + manifest)
            connection.recv(65536)
        connection.sendall(OK + b"\r\n")
        while True:
            connection.sendall(bytes(10_000))
            sent[0] += 10_000

    with answering(answer) as source:
        store = CatalogueStore(tmp_path / "c", HALL, source, Here(verify_sealed), Clock())
        store.poll()
        assert store.states() == ("catalogue.too_large",)
    assert sent[0] < 30_000_000  # what the buffers of both sides hold
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["state.json"]
