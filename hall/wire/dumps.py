"""A process that holds somebody's data in memory leaves no copy of it on a disk: no core dump, nobody attaches.

Swap is the machine's: the service units lock memory (docs/operations.md).
"""

import ctypes
import logging
import resource
import sys

log = logging.getLogger(__name__)

PR_SET_DUMPABLE = 4  # linux/prctl.h


def forbid_dumps() -> None:
    """No core file of this process, and none of its children's; ptrace only for root (prctl(2), setrlimit(2))."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.warning("core dumps cannot be forbidden: prctl failed")
