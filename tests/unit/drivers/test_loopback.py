"""Where simulated devices listen: on a port that no connection is given by the kernel, so that it stays theirs."""

import socket
from pathlib import Path

import pytest

from drivers import loopback
from drivers.idcard.simulator import SimulatedReader
from drivers.loopback import free_pair, listening
from drivers.printer.simulator import PrinterServer


def ephemeral():
    first, last = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()
    return range(int(first), int(last) + 1)


def test_no_connection_is_given_the_port_of_a_device_that_is_unplugged(tmp_path):
    for device in (SimulatedReader(), PrinterServer(tmp_path / "no font")):
        device.start()
        port = int(device.url.rpartition(":")[2])
        device.close()
        assert port not in ephemeral()
    assert {free_pair(), free_pair() + 1}.isdisjoint(ephemeral())


def test_a_pair_has_no_neighbour_that_somebody_has(monkeypatch):
    with listening() as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(loopback, "OURS", range(port - 1, port + 1))
        with pytest.raises(OSError, match="no free"):
            free_pair()


def test_where_all_ports_are_taken_it_is_said(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(loopback, "OURS", range(port, port + 1))
        with pytest.raises(OSError, match=f"no free port on 127.0.0.1 from {port}"):
            listening()
        with pytest.raises(OSError, match="in use"):
            listening(port)
