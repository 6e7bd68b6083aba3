"""What may happen by chance while a demo starts, made to happen."""

import json
import threading
from multiprocessing.connection import Listener
from pathlib import Path
from typing import cast

import pytest

from kiosk.pane import Pane
from provisioning.centre.passwords import require_strong
from tongyuan.demo import TERMINAL, Demo
from tongyuan.fleet_demo import ADMIN, APPROVER, OPERATOR, DemoFleet, a_password
from tongyuan.processes import Children


@pytest.mark.parametrize("name", [ADMIN, OPERATOR, APPROVER])
def test_no_password_of_the_demo_is_refused(name: str) -> None:
    for _ in range(1000):
        require_strong(a_password(), name)


class Alive:
    def alive(self, name: str) -> bool:
        return True


class Screen:
    def describe(self) -> dict[str, object]:
        return {"screen": "welcome", "controls": []}

    def capture(self) -> bytes:
        return b""

    def touch(self, x: float, y: float) -> None:
        raise AssertionError("nobody touches it")


def test_a_kiosk_that_is_started_anew_just_after_it_was_seen_is_waited_for(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "hall.toml", tmp_path, (TERMINAL,))
    demo.children, demo.fleet = cast(Children, Alive()), cast(DemoFleet, object())
    path = tmp_path / "panes" / TERMINAL.name
    path.parent.mkdir()
    first = Listener(str(path), family="AF_UNIX")

    def seen_once() -> None:
        with first.accept() as connection:
            connection.recv_bytes()
            first.close()
            connection.send_bytes(json.dumps(Screen().describe()).encode())

    kiosk = threading.Thread(target=seen_once)
    kiosk.start()
    seen = demo._pane(TERMINAL)
    kiosk.join()
    again = Pane(path, Screen(), lambda call: call())
    assert seen.describe()["screen"] == "welcome"
    seen.close()
    again.close()
