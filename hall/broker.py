"""Chooses the hall's broker: one that was given and lets us in, else a private mosquitto, else iotcore with a warning.

The broker is a cache of what the hall knows: nothing here is kept on disk, the hall publishes it again.
"""

import contextlib
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from hall.wire.leash import leash
from hall.wire.link import Link
from hall.wire.port import free_port

START_SECONDS = 40.0
ANSWER_SECONDS = 10.0  # for one that was given to let us in
BANNER = (
    "演示代理 iotcore：重启后什么都不留，设备之间不隔离。正式使用请安装 mosquitto 或给出代理地址。\n"
    "Demo broker iotcore: nothing survives a restart, no isolation between devices. "
    "Install mosquitto (apt-get install mosquitto) or give a broker URL."
)

# %c is the client id; the hall writes its tree, everybody else only reads it.
ACL = """user hall
topic readwrite k/1/#
user reader
topic read k/1/h/#
pattern readwrite k/1/ping/%c
"""


class BrokerFailed(Exception):
    """No broker could be started, or the one that was given cannot be used; the message says what was tried."""

    code = "broker.not_started"


@dataclass(slots=True)
class Broker:
    """A broker to use, and how to stop it if it is ours."""

    kind: str
    hall_url: str = field(repr=False)
    reader_url: str = field(repr=False)
    banner: str = ""
    stop: Callable[[], None] = lambda: None


def choose(url: str | None, work_dir: Path) -> Broker:
    """The broker to use. Raises BrokerFailed."""
    if url:
        return given(url)
    if mosquitto := shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"):
        return start_mosquitto(mosquitto, work_dir)
    return start_iotcore()


def given(url: str) -> Broker:
    """The broker at ``url``, which somebody else runs, once it has let us in. Raises BrokerFailed."""
    heard: SimpleQueue[str] = SimpleQueue()  # why it does not let us in; "": it does

    def on_state(up: bool) -> None:
        if up:
            heard.put("")

    try:
        parts, client_id = urlsplit(url), f"try-{secrets.token_hex(4)}"
        link = Link(url, client_id, on_state=on_state, on_refused=heard.put)
        host, port = parts.hostname or "", parts.port or (8883 if parts.scheme == "mqtts" else 1883)
    except ValueError as error:
        raise BrokerFailed(f"this is no broker's address: {error}") from error
    try:
        socket.create_connection((host, port), timeout=ANSWER_SECONDS).close()
        link.start()
        refusal = heard.get(timeout=ANSWER_SECONDS)
    except OSError as error:
        refusal = f"no connection: {error}"
    except Empty:
        refusal = f"it was reached and did not answer as a broker within {ANSWER_SECONDS:g} s"
    finally:
        link.close()
    if refusal:
        whom = f"as {parts.username!r}" if parts.username else "without a name"
        raise BrokerFailed(
            f"the broker {parts.scheme}://{host}:{port} cannot be used ({refusal}); tried to connect and to sign in"
            f" {whom}\nSee that it runs there, and that address, name and password are right;"
            " or give no broker, and one is started here."
        )
    return Broker("given", url, url)


def start_mosquitto(program: str, work_dir: Path) -> Broker:
    """A private mosquitto on a free loopback port, with passwords made for this run and an access list."""
    folder = work_dir / "broker"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port, passwords = free_port(), {"hall": secrets.token_urlsafe(18), "reader": secrets.token_urlsafe(18)}
    password_file, acl_file, config = folder / "passwords", folder / "acl", folder / "mosquitto.conf"
    write_private(password_file, "".join(f"{user}:{password}\n" for user, password in passwords.items()))
    tool = shutil.which("mosquitto_passwd") or str(Path(program).with_name("mosquitto_passwd"))
    subprocess.run([tool, "-U", str(password_file)], check=True, capture_output=True, timeout=START_SECONDS)
    write_private(acl_file, ACL)
    write_private(
        config,
        f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {password_file}\nacl_file {acl_file}\n"
        f"user {getpass.getuser()}\npersistence false\nmax_queued_messages 200000\nmax_packet_size 1000000\n"
        "set_tcp_nodelay true\nlog_dest none\n",
    )
    process = subprocess.Popen(
        [program, "-c", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=leash(),
    )

    def stop() -> None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.kill()
        process.wait()

    try:
        _wait_for(port, alive=lambda: process.poll() is None)
    except BrokerFailed:
        stop()
        raise
    return Broker(
        "mosquitto",
        f"mqtt://hall:{passwords['hall']}@127.0.0.1:{port}",
        f"mqtt://reader:{passwords['reader']}@127.0.0.1:{port}",
        stop=stop,
    )


def start_iotcore() -> Broker:
    """The embedded broker, as a child process of ours."""
    try:
        import iotcore
    except ImportError as error:
        raise BrokerFailed("neither mosquitto nor iotcore is here: apt-get install mosquitto") from error
    broker = iotcore.Broker(listen="127.0.0.1", port=free_port(), max_payload_size=1_000_000)
    try:
        broker.start(timeout=START_SECONDS)
    except (OSError, RuntimeError) as error:
        raise BrokerFailed(f"iotcore did not start: {error}") from error
    url = f"mqtt://127.0.0.1:{broker.port}"
    return Broker("iotcore", url, url, BANNER, stop=broker.stop)


def write_private(path: Path, text: str) -> None:
    """A new file that only this account can read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _wait_for(port: int, *, alive: Callable[[], bool]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if not alive():
            raise BrokerFailed("the broker ended as soon as it was started")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return
        time.sleep(0.02)
    raise BrokerFailed(f"the broker did not listen on 127.0.0.1:{port} within {START_SECONDS:g} s")
