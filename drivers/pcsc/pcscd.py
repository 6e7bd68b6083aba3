"""A pcscd of one's own with virtual readers, for the demo and the tests: beside the system's, and never left behind.

pcscd's socket has a fixed place, /run/pcscd. A mount namespace of its own lays a private folder over that place, so
that this pcscd can't be in anybody's way; PC/SC clients are led to it by PCSCLITE_CSOCK_NAME, which libpcsclite reads
at the process's first call. Only with virtual readers it makes sense: real USB readers belong to the system's pcscd.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from drivers.loopback import free_pair
from drivers.ports import Clock, SystemClock

SYSTEM_SOCKET: Final = Path("/run/pcscd/pcscd.comm")
SOCKET_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
DRIVERS: Final = "lib/**/pcsc/drivers/serial/libifdvpcd.so"
READER: Final = "Tongyuan Virtual"
SLOTS: Final = 2  # of one vpcd reader, at neighbouring ports
START_WITHIN: Final = 30.0  # of which an idle machine needs a tenth of one
STOP_WITHIN: Final = 5.0
LOOK_EVERY: Final = 0.02
INSTALL: Final = "apt install pcscd vsmartcard-vpcd"
# $0 is the private folder; what follows it is the command. exec keeps the process, so its id is pcscd's.
_OVERLAY: Final = 'mkdir -p /run/pcscd && mount --bind "$0" /run/pcscd && exec "$@"'


class PcscdUnusable(Exception):
    """No pcscd can be started here; the message says what to do about it."""


def running(at: Path = SYSTEM_SOCKET) -> bool:
    """Whether a pcscd answers at ``at``; a socket file alone may be left over."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        try:
            client.connect(str(at))
        except OSError:
            return False
    return True


def unusable() -> str | None:
    """Why no private pcscd can be started here, or None."""
    if shutil.which("pcscd") is None:
        return f"pcscd is not installed: {INSTALL}"
    if _driver() is None:
        return f"vpcd, the driver of virtual readers, is not installed: {INSTALL}"
    if shutil.which("unshare") is None:
        return "unshare is not installed: apt install util-linux"
    if subprocess.run([*_namespace(), "true"], capture_output=True, check=False).returncode:
        return "this account may make no mount namespace: run as root, or allow user namespaces"
    return None


class Pcscd:
    """One pcscd in the foreground with a virtual reader of two slots; ``folder`` is its own.

    Not more readers: vpcd keeps its connections by slot only, so a second reader would mix them up.
    Start it from a thread that lives on: the kernel kills it when the thread that started it ends.
    """

    def __init__(self, folder: Path, port: int = 0, clock: Clock | None = None) -> None:
        self._folder, self._clock = folder, clock or SystemClock()
        self._port = port or free_pair()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self._folder / "run" / "pcscd.comm"

    @property
    def environment(self) -> dict[str, str]:
        """What leads a client process here."""
        return {SOCKET_VARIABLE: str(self.socket)}

    @property
    def slots(self) -> tuple[tuple[str, int], ...]:
        """Of each slot a part of its PC/SC name and the port where a virtual card goes in."""
        return tuple((f"{READER} 00 {slot:02X}", self._port + slot) for slot in range(SLOTS))

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Return when clients can connect. Raises PcscdUnusable."""
        if self._process is not None:
            return
        if (reason := unusable()) is not None:
            raise PcscdUnusable(reason)
        run, readers = self._folder / "run", self._folder / "readers"
        for folder in (run, readers):
            folder.mkdir(parents=True, exist_ok=True)
        (readers / "vpcd").write_text(_reader(self._port))
        self._clear()
        command = ["pcscd", "--foreground", "--config", str(readers), *_polkit()]
        with (self._folder / "pcscd.log").open("ab") as output:
            self._process = subprocess.Popen(
                [*_namespace(), "sh", "-c", _OVERLAY, str(run), *_leash(), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is for whoever started us
            )
        atexit.register(self.kill)
        self._await(lambda: running(self.socket))

    def stop(self) -> None:
        """Ask it to end, as the system would, and insist after a while. Idempotent."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
        self._over(process)

    def kill(self) -> None:
        """As a crash would. Idempotent."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._over(self._process)

    def restart(self) -> None:
        self.kill()
        self.start()

    def _over(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._process = None
        self._clear()
        atexit.unregister(self.kill)

    def _clear(self) -> None:
        for name in ("pcscd.comm", "pcscd.pid"):  # a killed one leaves them; pcscd won't start over them
            (self._folder / "run" / name).unlink(missing_ok=True)

    def _await(self, ready: Callable[[], bool]) -> None:
        until = self._clock.now() + START_WITHIN
        while not ready():
            assert self._process is not None
            if self._process.poll() is not None or self._clock.now() > until:
                self.kill()
                said = (self._folder / "pcscd.log").read_text(errors="replace").strip()[-300:]
                raise PcscdUnusable(f"pcscd does not come up: {said or 'it says nothing'}")
            self._clock.sleep(LOOK_EVERY)


@cache
def _polkit() -> tuple[str, ...]:
    """From pcsc-lite 2.0.1 polkit may be built in, which refuses everybody where no D-Bus is; it can be told off."""
    version = subprocess.run(["pcscd", "--version"], capture_output=True, text=True, check=False)
    return ("--disable-polkit",) if "polkit" in version.stdout else ()


def _namespace() -> tuple[str, ...]:
    own = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
    return (*own, "--")


def _leash() -> tuple[str, ...]:
    """Dies with us, however we end."""
    return ("setpriv", "--pdeathsig", "KILL", "--") if shutil.which("setpriv") else ()


def _driver() -> Path | None:
    return next(iter(sorted(Path("/usr").glob(DRIVERS))), None)


def _reader(port: int) -> str:
    return (
        f'FRIENDLYNAME "{READER}"\nDEVICENAME   /dev/null:{port}\n'
        f"LIBPATH      {_driver()}\nCHANNELID    {port}\n"
    )
