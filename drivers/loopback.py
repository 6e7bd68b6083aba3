"""A loopback port for a simulated device to listen on.

Connections take theirs from the kernel's ephemeral range (ip(7), ip_local_port_range: from 32768 on). A device that is
unplugged there may find its port taken when it is plugged in again, even by a program that tries to come back to it
and meets itself. So ours lie below.
"""

import contextlib
import random
import socket

OURS = range(20_000, 32_000)
TRIES = 100
_dice = random.SystemRandom()  # its own: processes that run at once, seeded alike, must not choose alike


def listening(port: int = 0) -> socket.socket:
    """A server on ``port``, or on one of ours that nobody has. Raises OSError where it cannot be."""
    if port:
        return socket.create_server(("127.0.0.1", port))
    for _ in range(TRIES):
        with contextlib.suppress(OSError):
            return socket.create_server(("127.0.0.1", _dice.choice(OURS)))
    raise OSError(f"no free port on 127.0.0.1 from {OURS.start} to {OURS.stop - 1}")


def free_pair() -> int:
    """A port of ours that is free with its neighbour; nobody holds them yet."""
    for _ in range(TRIES):
        with listening() as first, contextlib.suppress(OSError):
            port: int = first.getsockname()[1]
            with listening(port + 1):
                return port
    raise OSError(f"no free pair of ports on 127.0.0.1 from {OURS.start} to {OURS.stop - 1}")
