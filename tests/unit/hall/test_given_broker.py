"""A broker that somebody gives is tried before anything is built on it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from hall import broker
from hall.broker import Broker, BrokerFailed, choose
from hall.wire.port import free_port

WHAT_TO_DO = "give no broker, and one is started here"


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    made = choose(None, tmp_path_factory.mktemp("broker"))
    yield made
    made.stop()


def test_one_that_lets_us_in_is_used_as_it_was_given(there: Broker, tmp_path: Path) -> None:
    found = choose(there.hall_url, tmp_path)
    assert (found.kind, found.hall_url, found.reader_url) == ("given", there.hall_url, there.hall_url)


def test_one_that_refuses_the_password_is_named_without_it(there: Broker, tmp_path: Path) -> None:
    if there.kind != "mosquitto":
        pytest.skip("iotcore knows no passwords")
    port = urlsplit(there.hall_url).port
    with pytest.raises(BrokerFailed) as refused:
        choose(f"mqtt://hall:not-its-word@127.0.0.1:{port}", tmp_path)
    said = str(refused.value)
    assert f"mqtt://127.0.0.1:{port} cannot be used (Not authorized)" in said
    assert "sign in as 'hall'" in said
    assert WHAT_TO_DO in said
    assert "not-its-word" not in said


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid"])
def test_one_that_is_not_there_is_named(tmp_path: Path, host: str) -> None:
    port = free_port()
    with pytest.raises(BrokerFailed, match=rf"mqtt://{host}:{port} cannot be used \(no connection: ") as dead:
        choose(f"mqtt://{host}:{port}", tmp_path)
    assert "sign in without a name" in str(dead.value)
    assert WHAT_TO_DO in str(dead.value)


def test_something_that_answers_like_no_broker_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mqtt://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(BrokerFailed, match="did not answer as a broker within"):
            choose(url, tmp_path)


@pytest.mark.parametrize(
    "url", ["localhost:1883", "http://127.0.0.1:1883", "mqtt://127.0.0.1:port", "mqtt://"]
)
def test_what_is_no_address_of_a_broker_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(BrokerFailed, match="no broker's address"):
        choose(url, tmp_path)


def test_run_with_a_broker_that_is_not_there_is_not_ready(tmp_path: Path) -> None:
    url = f"mqtt://hall:its-word@127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "tongyuan", "run", "--folder", str(tmp_path), "--broker", url]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "COLUMNS": "200"}
    )
    assert ran.returncode == 1
    assert "ready" not in ran.stderr
    assert "its-word" not in ran.stderr
    assert WHAT_TO_DO in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr
