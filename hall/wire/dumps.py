"""A process that holds somebody's data in memory leaves no copy of it on a disk: no core dump, nobody attaches.

What it frees is wiped where its environment has ``WIPED``. Swap is the machine's: the service units lock memory
(docs/operations.md).
"""

import ctypes
import logging
import resource
import sys
from collections.abc import Mapping
from types import MappingProxyType

log = logging.getLogger(__name__)

# The environment of a process that wipes what it frees (glibc; mallopt(3), "tunables"): Python can't wipe a text, but
# all its memory goes back through free(), which then writes over it. The units set it; it has to be there at the start.
WIPED: Mapping[str, str] = MappingProxyType(
    {
        "PYTHONMALLOC": "malloc",  # small objects too, not out of Python's own arenas
        "GLIBC_TUNABLES": "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0",  # what a cache takes isn't wiped
    }
)

PR_SET_DUMPABLE = 4  # linux/prctl.h


def forbid_dumps() -> None:
    """No core file of this process, and none of its children's; ptrace only for root (prctl(2), setrlimit(2))."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        log.warning("core dumps cannot be forbidden: prctl failed")
