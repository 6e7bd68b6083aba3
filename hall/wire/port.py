"""A loopback port to listen on.

Connections take theirs from the kernel's ephemeral range (ip(7), ip_local_port_range: from 32768 on). A server that
listens there, stops for a moment and starts again may find its port taken by any of them, even by a client that tries
to come back to it and meets itself. So ours lie below.
"""

import random
import socket
from contextlib import suppress

OURS = range(20_000, 32_000)
TRIES = 100
_dice = random.SystemRandom()  # its own: processes that run at once, seeded alike, must not choose alike


def free_port() -> int:
    """One that nobody listens on now. Raises OSError where none is found."""
    for _ in range(TRIES):
        port = _dice.choice(OURS)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no free port on 127.0.0.1 from {OURS.start} to {OURS.stop - 1}")
