"""What an installation needs of the machine: look, write, run."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Protocol

SECONDS = 900.0


class InstallFailed(Exception):
    """A step could not be done; the message says which and what the machine said. It can be run again."""

    code = "install.failed"


class Machine(Protocol):
    """Paths are absolute, as on the machine itself."""

    def read(self, path: str) -> str | None:
        """None: it is not there."""

    def mode(self, path: str) -> int | None: ...
    def write(self, path: str, text: str, mode: int, group: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def ok(self, *command: str) -> bool:
        """Whether the command ends with 0; for questions."""

    def run(self, *command: str) -> None:
        """Raises InstallFailed."""


class ThisMachine:
    """The machine we are on, or the tree under ``root``: there files are written and nothing is started."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root

    @property
    def live(self) -> bool:
        return self._root is None

    def _at(self, path: str) -> Path:
        return Path(path) if self._root is None else self._root / path.lstrip("/")

    def read(self, path: str) -> str | None:
        try:
            return self._at(path).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def mode(self, path: str) -> int | None:
        try:
            return self._at(path).stat().st_mode & 0o7777
        except OSError:
            return None

    def write(self, path: str, text: str, mode: int, group: str) -> None:
        """Whole or not at all: a machine that loses power keeps the old file."""
        at = self._at(path)
        try:
            at.parent.mkdir(parents=True, exist_ok=True)
            fresh = at.with_name(f".{at.name}.new")
            with os.fdopen(
                os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8"
            ) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.chmod(mode)
            if group and self.live:
                shutil.chown(fresh, "root", group)
            fresh.replace(at)
        except (OSError, LookupError) as error:
            raise InstallFailed(f"{path} cannot be written: {error}") from error

    def remove(self, path: str) -> None:
        self._at(path).unlink(missing_ok=True)

    def ok(self, *command: str) -> bool:
        if not self.live:
            return False
        try:
            return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False

    def run(self, *command: str) -> None:
        if not self.live:
            return
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InstallFailed(f"{' '.join(command)}: {error}") from error
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-3:]
            raise InstallFailed(f"{' '.join(command)} ended with {done.returncode}: {' / '.join(said)}")
