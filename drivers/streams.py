"""Byte streams over pyserial: ``/dev/tty…``, ``socket://host:port`` and every other pyserial URL."""

import contextlib
import termios

import serial

from drivers.errors import DeviceAbsent, DeviceTimeout
from drivers.ports import Clock

CHUNK = 4096  # most bytes taken in one read
GONE = (OSError, termios.error)  # pyserial's errors are OSErrors; those of a dead tty's tcflush are not
SLICE = 0.05  # seconds one blocking read may last, so that a deadline is never missed by more


class SerialStream:
    """A pyserial port as a ByteStream. Opens on construction; raises DeviceAbsent when it can't."""

    def __init__(self, url: str, clock: Clock, *, baud: int = 115200, write_timeout: float = 5.0) -> None:
        self._url, self._clock = url, clock
        try:
            self._port = serial.serial_for_url(
                url, baudrate=baud, timeout=SLICE, write_timeout=write_timeout, exclusive=None
            )
        except (ValueError, *GONE) as error:
            raise DeviceAbsent(f"port={url} cannot be opened: {error}") from error

    def write(self, data: bytes, /) -> None:
        try:
            sent = 0
            while sent < len(data):  # socket:// may take part of it
                sent += self._port.write(data[sent:]) or 0
            self._port.flush()
        except serial.SerialTimeoutException as error:
            raise DeviceTimeout(f"port={self._url} blocked while writing {len(data)} bytes") from error
        except GONE as error:
            raise DeviceAbsent(f"port={self._url} gone while writing: {error}") from error

    def read(self, *, until: float) -> bytes:
        try:
            while True:
                left = until - self._clock.now()
                self._port.timeout = max(0.0, min(SLICE, left))
                if first := self._port.read(1):
                    self._port.timeout = 0  # whatever else has arrived, without waiting for more
                    return bytes(first) + bytes(self._port.read(CHUNK))
                if left <= 0:
                    return b""
        except GONE as error:
            raise DeviceAbsent(f"port={self._url} gone while reading: {error}") from error

    def discard_input(self) -> None:
        try:
            self._port.reset_input_buffer()
        except GONE as error:
            raise DeviceAbsent(f"port={self._url} gone: {error}") from error

    def close(self) -> None:
        connection = getattr(self._port, "_socket", None)  # where the port is a socket://
        with contextlib.suppress(*GONE):
            self._port.close()
        if connection is not None:
            connection.close()  # pyserial leaves that to the garbage collector when the far end hung up first
