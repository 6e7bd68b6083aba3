"""A child process that ends with its parent, also when that is killed (prctl(2), PR_SET_PDEATHSIG; Linux).

Start it from a thread that lives on: the kernel counts the end of that thread as the parent's. A child that takes
another account loses the leash.
"""

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_prctl = ctypes.CDLL(
    None
).prctl  # found before any fork: between fork and exec there must be no lock to wait for


def leash(sign: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """``preexec_fn`` of a child that is sent ``sign`` when this process is gone."""
    parent = os.getpid()

    def bind() -> None:
        _prctl(PR_SET_PDEATHSIG, sign, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)  # it was gone before we asked

    return bind
