"""A mosquitto of our own on a free loopback port, with the very configuration that production has.

For demonstrations and tests: same passwords, same access list, same limits; it ends with ``stop``, or with us.
"""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hall.wire.leash import leash
from hall.wire.port import free_port
from provisioning.broker.configuration import CENTRE_URL, CONFIGURATION, PASSWORDS, PID, write
from provisioning.broker.settings import BrokerSettings

START_SECONDS = 40.0
HELLO = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"  # CONNECT of nobody (MQTT 3.1.1, section 3.1)
ANSWER_SECONDS = 5.0
STOP_SECONDS = 30.0  # then it is killed, and what it held is lost
PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


class BrokerFailed(Exception):
    """No broker could be started; the message says what was tried."""

    code = "broker.not_started"


@dataclass(slots=True)
class PrivateBroker:
    """A running mosquitto. ``url`` is without a user; ``centre_url`` signs the centre in."""

    folder: Path
    settings: BrokerSettings
    centre_url: str = field(repr=False)
    process: "subprocess.Popen[bytes]" = field(repr=False)

    @property
    def url(self) -> str:
        return self.settings.url

    @property
    def pid_file(self) -> Path:
        return self.folder / PID

    @property
    def passwords(self) -> Path:
        return self.folder / PASSWORDS

    def reload(self) -> None:
        """Read passwords and access list again."""
        self.process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """As a power cut: nothing is saved."""
        self.process.kill()
        self.process.wait()

    def start(self) -> None:
        """After ``kill`` or ``stop``: again, on the same port. Raises BrokerFailed."""
        self.process = _started(self.folder, self.settings)

    def stop(self) -> None:
        """End it as systemd would; what it holds is saved. Idempotent."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self.process.kill()
        self.process.wait()


def start(folder: Path, **settings: Any) -> PrivateBroker:
    """Write and start it in ``folder``; ``settings`` are those of BrokerSettings. Raises BrokerFailed."""
    chosen = BrokerSettings(
        **{"port": free_port(), "account": getpass.getuser(), "log": "none", "connections": 15_000} | settings
    )
    write(chosen, folder, datetime.now(UTC))
    url = (folder / CENTRE_URL).read_text(encoding="utf-8").strip()
    return PrivateBroker(folder.resolve(), chosen, url, _started(folder.resolve(), chosen))


def program() -> str:
    """Where mosquitto is. Raises BrokerFailed."""
    if (found := shutil.which("mosquitto", path=PLACES)) is None:
        raise BrokerFailed("mosquitto is not here: apt-get install mosquitto")
    return found


def _started(folder: Path, settings: BrokerSettings) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [program(), "-c", str(folder / CONFIGURATION)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=leash(),
    )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise BrokerFailed(f"the broker ended at once with {process.returncode}")
        if _answers(settings):
            return process
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise BrokerFailed(f"the broker did not listen on {settings.url} within {START_SECONDS:g} s")


def _answers(settings: BrokerSettings) -> bool:
    """Whether it hears what is said to it.

    Mosquitto listens some time before it minds its signals: one that only listens would be ended by a SIGHUP.
    """
    try:
        line = socket.create_connection((settings.listen, settings.port), ANSWER_SECONDS)
    except OSError:
        return False
    with line:
        try:
            line.sendall(HELLO)
            line.recv(1)  # a refusal; with TLS an alert, or nothing more
        except TimeoutError:
            return False
        except OSError:
            return True  # it hung up
    return True
