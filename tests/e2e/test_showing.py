"""A code becomes certificates at the glass, at the window and on a phone: over a real port, with real pictures."""

import asyncio
import io
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from fastapi import FastAPI
from PIL import Image

from drivers.ports import SystemClock
from hall.api.access_log import AccessLog
from hall.api.failures import add_failures
from hall.api.gate import Gate
from hall.api.guides import Guides
from hall.api.presentations import add_presentations
from hall.api.share_page import add_share_page
from hall.api.window_certificates import add_window_certificates
from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.people import people
from hall.codes.embedded import EmbeddedVerifier, Issuer
from hall.codes.keys import CodeKeys
from hall.credentials import Credentials
from hall.journal.sqlite import SqliteStore
from hall.keys import Keys
from hall.queue import commands as c
from hall.queue.model import QueueId, WindowId
from hall.replies import Replies
from hall.service import Service
from hall.showing import showing
from hall.wire.messages import Attach, Chosen, Present
from kiosk.hall_client import HallClient, HallRefused
from screens.theme.fonts import FontsMissing, find_fonts
from tests.e2e.glass import let_wait
from tests.unit.hall.small_hall import MORNING, make_plan


@dataclass
class Running:
    url: str
    issuer: Issuer
    terminal: HallClient
    window: HallClient
    do: Any  # a command of the queue, carried out on the hall's own thread


@pytest.fixture
def hall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    let_wait(monkeypatch)
    try:
        font = find_fonts().regular
    except FontsMissing as error:
        pytest.skip(str(error))
    plan, keys = make_plan(), Keys(tmp_path / "keys.json")
    credentials = Credentials(tmp_path / "credentials.sqlite")
    tokens = [credentials.issue("terminal", "k1"), credentials.issue("window", "1")]
    codes = CodeKeys(tmp_path / "code-keys.json", "ed25519")
    issuer = Issuer(codes, "371599")
    listening = socket.create_server(("127.0.0.1", 0))
    ready = threading.Event()
    jobs: dict[str, Any] = {}

    async def serve() -> None:
        store = SqliteStore(tmp_path / "journal.sqlite", "small")
        service = Service(store, plan, lambda: MORNING, Replies(plan, keys.phone_path))
        guides = Guides(lambda: None)
        verifier = EmbeddedVerifier(codes, "371599", MORNING)
        library = EmbeddedLibrary(font, today=MORNING.date)
        around = showing(service, keys, verifier, library, font, time.monotonic)
        app = FastAPI(openapi_url=None)
        gate = Gate(credentials)
        add_presentations(app, gate, guides, around.presentations, around.attachments, around.shares)
        add_window_certificates(app, gate, service, around.attachments)
        add_share_page(app, service, around.shares, around.faces)
        add_failures(app)
        settings: dict[str, Any] = {"log_config": None, "lifespan": "off", "access_log": False}
        server = uvicorn.Server(uvicorn.Config(AccessLog(app), **settings))
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        jobs.update(loop=asyncio.get_running_loop(), service=service, server=server)
        ready.set()
        await server.serve(sockets=[listening])
        await service.close()
        around.close()
        guides.close()
        store.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(60)

    def do(key: str, command: c.Command) -> Any:
        asked = jobs["service"].submit(key, "test", command)
        return asyncio.run_coroutine_threadsafe(asked, jobs["loop"]).result(60)

    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    terminal, window = (HallClient(url, token, SystemClock()) for token in tokens)
    yield Running(url, issuer, terminal, window, do)
    for client in (terminal, window):
        client.close()
    jobs["server"].should_exit = True
    thread.join(60)
    assert not thread.is_alive()
    credentials.close()


def size(picture: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture)) as image:
        image.load()
        return image.size


def test_from_a_code_to_the_window_and_the_clerks_phone(
    hall: Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    holder = people()[0]
    code = hall.issuer.issue(holder, "resident_code", MORNING)
    request = Present(purpose="certificates", code=code)
    view = hall.terminal.present("p1", request)
    assert hall.terminal.present("p1", request) == view, "a retry is no replay"
    with pytest.raises(HallRefused) as refused:
        hall.terminal.present("p2", request)
    assert refused.value.code == "code.replayed"
    assert len(view.certificates) >= 2

    ids = tuple(one.id for one in view.certificates if one.status == "valid")[:2]
    assert min(size(hall.terminal.face(view.id, ids[0]))) > 300

    hall.do("t", c.Take(QueueId("a")))
    hall.do("o", c.OpenWindow(WindowId("1")))
    hall.do("c", c.CallNext(WindowId("1")))
    assert hall.terminal.attach("a1", view.id, Attach(certificates=ids, ticket="20261123-A01")).count == 2
    share = hall.terminal.share("s1", view.id, Chosen(certificates=ids))
    hall.terminal.leave(view.id)
    with pytest.raises(HallRefused) as gone:
        hall.terminal.face(view.id, ids[0])
    assert gone.value.code == "presentation.unknown"

    page = requests.get(hall.url + share.path, timeout=30)
    assert (page.status_code, page.text.count("<img")) == (200, 2)
    assert size(requests.get(f"{hall.url}{share.path}/1.png", timeout=30).content)

    listed = hall.window.window_certificates("1")
    assert [one.viewed for one in listed.certificates] == [False, False]
    assert size(hall.window.view_certificate("1", "v1", ids[0]))
    with pytest.raises(HallRefused) as viewed:
        hall.window.view_certificate("1", "v2", ids[0])
    assert viewed.value.code == "certificates.viewed"
    hall.do("f", c.Finish(WindowId("1")))
    with pytest.raises(HallRefused):
        hall.window.view_certificate("1", "v3", ids[1])

    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("hall"))
    for mark in (holder.name, holder.number, code, view.id, share.path.removeprefix("/c/")):
        for encoding in ("utf-8", "gb18030", "utf-16-le"):
            assert mark.encode(encoding) not in written
        assert mark not in ours
    assert "route=/c/{token} " in ours


def test_of_many_windows_threads_one_sees_it(hall: Running) -> None:
    code = hall.issuer.issue(people()[0], "resident_code", MORNING)
    view = hall.terminal.present("p1", Present(purpose="certificates", code=code))
    hall.do("t", c.Take(QueueId("a")))
    hall.do("o", c.OpenWindow(WindowId("1")))
    hall.do("c", c.CallNext(WindowId("1")))
    hall.terminal.attach(
        "a1", view.id, Attach(certificates=(view.certificates[0].id,), ticket="20261123-A01")
    )
    headers = dict(hall.window._session.headers)
    url = f"{hall.url}/v1/windows/1/certificates/{view.certificates[0].id}/view"
    statuses: list[int] = []

    def look(n: int) -> None:
        answer = requests.post(url, json={}, headers=headers | {"Idempotency-Key": f"l{n}"}, timeout=60)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=look, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 5


def test_what_is_no_code_is_refused_and_nothing_of_it_is_said(
    hall: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for n, code in enumerate(("http://evil.example/x", "' OR 1=1 --", "<script>", "龘" * 4096, "\x00\x01")):
        with pytest.raises(HallRefused) as refused:
            hall.terminal.present(f"n{n}", Present(purpose="number", code=code))
        assert refused.value.code == "code.unknown"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "evil" not in caplog.text
