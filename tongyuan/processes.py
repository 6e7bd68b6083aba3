"""Child processes that are started together and end together, whatever happens to the parent."""

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from hall.wire.dumps import WIPED
from hall.wire.leash import leash

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
NO_MORE: Mapping[str, str] = MappingProxyType({})


class Children:
    """Named children of this process. Their output goes to one log file each."""

    def __init__(self, log_dir: Path, *, ended: Callable[[str, int], None] = lambda name, code: None) -> None:
        self._log_dir, self._ended = log_dir, ended
        log_dir.mkdir(parents=True, exist_ok=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False

    def start(
        self, name: str, *arguments: str, environment: Mapping[str, str] = NO_MORE, said: bytes = b""
    ) -> None:
        """Run ``python ARGUMENTS`` as the child ``name``; ``ended`` is called if it ends unbidden.

        ``said`` is what it reads on its standard input: what no file, argument or environment may hold.
        """
        with (self._log_dir / f"{name}.log").open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env={**WIPED, **os.environ, **environment},
                stdin=subprocess.PIPE if said else subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C is for the parent, who then stops the children in order
                preexec_fn=leash(),
            )
        self._running[name] = process
        if process.stdin is not None:
            with (
                contextlib.suppress(BrokenPipeError),
                process.stdin as pipe,
            ):  # ended at once: its log says why
                pipe.write(said)
        threading.Thread(target=self._watch, args=(name, process), name=f"watch-{name}", daemon=True).start()

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def alive(self, name: str) -> bool:
        return self._running[name].poll() is None

    def log_of(self, name: str) -> str:
        """The end of a child's log, for an error message."""
        with contextlib.suppress(OSError):
            return (self._log_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        return ""

    def kill(self, name: str) -> None:
        """SIGKILL, as a power cut would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """Ask all to end, newest first, then insist."""
        self._stopping = True
        processes = list(reversed(self._running.values()))
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        for process in processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                log.warning("pid=%d did not stop in %g s, killed", process.pid, STOP_SECONDS)
                process.kill()
                process.wait()
        self._running.clear()

    def _watch(self, name: str, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        if not self._stopping and self._running.get(name) is process:
            self._ended(name, code)
