"""Where servers of demos and tests listen: on a port nobody has, and that no connection is given by the kernel."""

import socket
from pathlib import Path

import pytest

from hall.wire import port as ports
from hall.wire.port import free_port


def test_no_connection_is_given_a_port_of_ours() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    assert free_port() < first


def test_a_port_that_somebody_has_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        held = one.getsockname()[1]
        monkeypatch.setattr(ports, "OURS", range(held, held + 1))
        with pytest.raises(OSError, match=f"no free port on 127.0.0.1 from {held}"):
            free_port()
