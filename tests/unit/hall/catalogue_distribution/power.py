"""Pulls the plug: from a given file operation on nothing reaches the disk any more, whatever the program does.

Python tells an audit hook of each operation before it happens (PEP 578), so nothing has to be replaced.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OPERATIONS = ("open", "os.rename", "os.remove", "os.truncate", "os.mkdir", "os.listdir", "os.scandir")


# Thousands of fsyncs test no disk; without a memory file system they take their time.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class PowerCut(BaseException):
    """No handler of the program may take it for something that it can handle."""


class Power:
    """One hook for the whole process: hooks cannot be taken back."""

    _hooked = False
    _left: int | None = None  # operations until the cut; None: nothing is watched
    _folder = ""
    _dead = False

    def __init__(self) -> None:
        if not Power._hooked:
            Power._hooked = True
            sys.addaudithook(self._hook)

    @contextmanager
    def cut_after(self, operations: int, folder: Path) -> Iterator[Callable[[], bool]]:
        """The first ``operations - 1`` operations below ``folder`` succeed. Yields whether the power was cut."""
        Power._left, Power._folder, Power._dead = operations, str(folder), False
        try:
            yield lambda: Power._dead
        finally:
            Power._left = None

    @staticmethod
    def _hook(event: str, arguments: tuple[Any, ...]) -> None:
        if Power._left is None or event not in OPERATIONS:
            return
        if not str(arguments[0]).startswith(Power._folder):
            return
        Power._left -= 1
        if Power._left <= 0:
            Power._dead = True
            raise PowerCut
