"""A hall answers its agent as a kiosk does: alive while it serves, and no more than it can."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from provisioning.wire.control import (
    AskHealth,
    AskIdentify,
    AskScreenshot,
    AskTestPrint,
    Done,
    KioskHealth,
)
from provisioning.wire.messages import Said
from tongyuan.hall_control import hall_control
from tongyuan.kept_hall import arguments, fitting


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hall() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Healthy)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def asked(path: Path, what: Said) -> bytes:
    with Client(str(path), family="AF_UNIX") as connection:
        connection.send_bytes(what.model_dump_json().encode())
        return connection.recv_bytes()


def test_a_hall_that_serves_is_alive_with_the_revision_it_runs(
    tmp_path: Path, hall: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongyuan.hall_control.ANSWER", 40.0)
    control = hall_control(tmp_path / "c", f"http://127.0.0.1:{hall.server_port}", 7)
    said = KioskHealth.model_validate_json(asked(tmp_path / "c", AskHealth()))
    control.close()
    assert (said.revision, said.role, said.frames, said.hall) == (7, "hall", 1, "")
    assert said.memory_mb > 1


def test_a_hall_that_does_not_serve_is_not_alive(tmp_path: Path) -> None:
    control = hall_control(tmp_path / "c", "http://127.0.0.1:9", 7)
    said = KioskHealth.model_validate_json(asked(tmp_path / "c", AskHealth()))
    control.close()
    assert (said.frames, said.hall) == (0, "hall.unreachable")


@pytest.mark.parametrize("what", [AskIdentify(), AskScreenshot(), AskTestPrint()])
def test_what_needs_a_screen_or_a_printer_is_refused_with_a_code(tmp_path: Path, what: Said) -> None:
    control = hall_control(tmp_path / "c", "http://127.0.0.1:9", 0)
    said = Done.model_validate_json(asked(tmp_path / "c", what))
    control.close()
    assert not said.ok
    assert said.code


def test_a_kept_hall_is_started_with_what_its_machine_says(tmp_path: Path) -> None:
    machine = tmp_path / "hall.toml"
    machine.write_text(
        'hall = "/etc/h.toml"\ndata = "/d"\nbroker_file = "/etc/b"\nport = 8080\n', encoding="utf-8"
    )
    wanted = [
        "hall",
        "serve",
        "--hall",
        "/etc/h.toml",
        "--data",
        "/d",
        "--broker-file",
        "/etc/b",
        "--port",
        "8080",
    ]
    assert arguments("s.json", machine) == [*wanted, "--settings", "s.json"]


@pytest.mark.parametrize("text", ["demo = true", "= 3", 'hall = "/etc/h.toml"'])
def test_a_machine_s_file_that_is_wrong_is_refused(tmp_path: Path, text: str) -> None:
    machine = tmp_path / "hall.toml"
    machine.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"unknown|Invalid|must say data"):
        arguments("s.json", machine)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"role": "hall", "source": {"hall": "qy"}}, ""),
        ({"role": "enrol"}, ""),  # not in the fleet yet: the hall serves all the same
        ({"role": "terminal", "source": {"hall": "qy"}}, "this machine is a hall"),
        ({"role": "hall", "source": {"hall": "lc"}}, "this is the hall qy"),
    ],
)
def test_a_hall_does_not_start_with_settings_of_something_else(
    tmp_path: Path, told: dict[str, object], why: str
) -> None:
    hall, settings = tmp_path / "hall.toml", tmp_path / "settings.json"
    hall.write_text('id = "qy"\n', encoding="utf-8")
    settings.write_text(json.dumps(told), encoding="utf-8")
    if why:
        with pytest.raises(ValueError, match=why):
            fitting(settings, hall)
    else:
        fitting(settings, hall)
