import os
import socket
import tty

import pytest

from drivers.errors import DeviceAbsent, DeviceTimeout
from drivers.ports import SystemClock
from drivers.streams import CHUNK, SerialStream

CLOCK = SystemClock()
PLENTY = 30.0  # seconds; a deadline that is not meant to be reached


@pytest.fixture
def loop():
    """A port whose output comes back as its input."""
    stream = SerialStream("loop://", CLOCK)
    yield stream
    stream.close()


@pytest.fixture
def terminal():
    """A real tty: the far end's descriptor and our stream."""
    far, near = os.openpty()
    tty.setraw(near)
    stream = SerialStream(os.ttyname(near), CLOCK)
    os.close(near)
    yield far, stream
    stream.close()


@pytest.fixture
def connection():
    """A TCP port: the far end's socket and our stream."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream = SerialStream(f"socket://127.0.0.1:{listener.getsockname()[1]}", CLOCK, write_timeout=0.2)
        far, _ = listener.accept()
    with far:
        yield far, stream
    stream.close()


def read_all(stream, count):
    data = b""
    while len(data) < count:
        data += stream.read(until=CLOCK.now() + PLENTY)
    return data


def test_what_arrives_is_read_at_once(loop):
    loop.write(b"hello")
    assert loop.read(until=CLOCK.now() + PLENTY) == b"hello"


def test_a_read_ends_empty_when_its_deadline_has_passed(loop):
    assert loop.read(until=CLOCK.now() + 0.01) == b""
    assert loop.read(until=CLOCK.now() - 1) == b""


def test_a_read_after_the_deadline_still_gives_what_is_there(loop):
    loop.write(b"late")
    assert loop.read(until=CLOCK.now() - 1) == b"late"


def test_discarded_input_is_never_read(loop):
    loop.write(b"old")
    loop.discard_input()
    assert loop.read(until=CLOCK.now()) == b""


def test_a_tty_carries_bytes_unchanged_both_ways(terminal):
    far, stream = terminal
    everything = bytes(range(256))
    os.write(far, everything)
    assert read_all(stream, 256) == everything
    stream.write(everything)
    assert os.read(far, CHUNK) == everything
    os.close(far)


@pytest.mark.parametrize(
    "use",
    [
        lambda stream: stream.read(until=CLOCK.now() + PLENTY),
        lambda stream: stream.write(b"x"),
        lambda stream: stream.discard_input(),
    ],
    ids=["read", "write", "discard_input"],
)
def test_a_tty_that_went_away_is_absent_whatever_is_done_with_it(use, terminal):
    far, stream = terminal
    os.close(far)
    with pytest.raises(DeviceAbsent, match="gone"):
        use(stream)


def test_a_socket_carries_more_than_one_chunk(connection):
    far, stream = connection
    far.sendall(b"x" * (CHUNK + 100))
    assert read_all(stream, CHUNK + 100) == b"x" * (CHUNK + 100)


def test_a_socket_whose_far_end_hung_up_is_absent(connection):
    far, stream = connection
    far.close()
    with pytest.raises(DeviceAbsent, match="gone while reading"):
        stream.read(until=CLOCK.now() + PLENTY)


def test_a_far_end_that_takes_nothing_blocks_a_write_only_for_a_while(connection):
    _, stream = connection
    with pytest.raises(DeviceTimeout, match="blocked"):
        stream.write(bytes(64 << 20))


@pytest.mark.parametrize("url", ["/dev/no-such-port", "nonsense://", "socket://127.0.0.1:1"])
def test_a_port_that_cannot_be_opened_is_absent(url):
    with pytest.raises(DeviceAbsent, match="cannot be opened"):
        SerialStream(url, CLOCK)


def test_a_closed_port_is_absent_and_closes_again_in_peace(loop):
    loop.close()
    loop.close()
    for use in (loop.discard_input, lambda: loop.write(b"x"), lambda: loop.read(until=CLOCK.now())):
        with pytest.raises(DeviceAbsent):
            use()
