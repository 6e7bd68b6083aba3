"""Readers that are HID devices (such as USB 2B8B:2721): a ByteStream over reports of 64 bytes.

A request is padded with zeros to whole reports. A reply is a run of whole reports: its preamble starts up
to 7 bytes into the first, and what follows its last byte is padding. One public source; unproven.
"""

import contextlib
import os
import select
from typing import Protocol

from drivers.errors import DeviceAbsent, DeviceTimeout
from drivers.idcard.codec import HEAD, PREAMBLE
from drivers.ports import Clock

REPORT = 64  # bytes
LATEST_START = 7  # bytes into the first report
UNNUMBERED = b"\x00"  # hidraw wants a report number before each report written; 0 where there are none
WRITE_PATIENCE = 1.0  # seconds


class HidDevice(Protocol):
    """Something that carries whole reports."""

    def write_report(self, report: bytes, /) -> None:
        """Send one report. Raises DeviceAbsent, DeviceTimeout."""

    def read_report(self, *, until: float) -> bytes:
        """One report, or ``b""`` once the clock has reached ``until``. Raises DeviceAbsent."""

    def close(self) -> None:
        """Idempotent."""


class HidStream:
    """The frames' bytes, without what the reports wrap around them."""

    def __init__(self, device: HidDevice, clock: Clock) -> None:
        self._device, self._clock = device, clock
        self._missing = 0  # bytes of the current frame that later reports will bring

    def write(self, data: bytes, /) -> None:
        for at in range(0, len(data), REPORT):
            self._device.write_report(data[at : at + REPORT].ljust(REPORT, b"\0"))

    def read(self, *, until: float) -> bytes:
        report = self._device.read_report(until=until)
        return self._unwrap(report) if report else b""

    def discard_input(self) -> None:
        self._missing = 0
        while self._device.read_report(until=self._clock.now()):
            pass

    def close(self) -> None:
        self._device.close()

    def _unwrap(self, report: bytes) -> bytes:
        if not self._missing:
            start = report.find(PREAMBLE, 0, LATEST_START + len(PREAMBLE))
            if start < 0:
                return report  # no frame starts here: let the decoder say so
            report = report[start:]
            self._missing = HEAD + int.from_bytes(report[len(PREAMBLE) : HEAD], "big")
        wanted = report[: self._missing]
        self._missing -= len(wanted)
        return wanted


class HidrawDevice:
    """Linux's ``/dev/hidrawN``. Owns the file descriptor."""

    def __init__(self, descriptor: int, name: str, clock: Clock) -> None:
        self._descriptor: int | None = descriptor
        self._name, self._clock = name, clock

    @classmethod
    def open(cls, path: str, clock: Clock) -> "HidrawDevice":
        """Raises DeviceAbsent when the path can't be opened for reading and writing."""
        try:
            return cls(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC), path, clock)
        except OSError as error:
            raise DeviceAbsent(f"hid={path} cannot be opened: {error}") from error

    def write_report(self, report: bytes, /) -> None:
        try:
            if not select.select([], [self._open()], [], WRITE_PATIENCE)[1]:
                raise DeviceTimeout(f"hid={self._name} blocked while writing")
            os.write(self._open(), UNNUMBERED + report)
        except OSError as error:
            raise DeviceAbsent(f"hid={self._name} gone while writing: {error}") from error

    def read_report(self, *, until: float) -> bytes:
        try:
            left = max(0.0, until - self._clock.now())
            if not select.select([self._open()], [], [], left)[0]:
                return b""
            report = os.read(self._open(), REPORT)
        except OSError as error:
            raise DeviceAbsent(f"hid={self._name} gone while reading: {error}") from error
        if not report:
            raise DeviceAbsent(f"hid={self._name} gone: end of file")
        return report

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _open(self) -> int:
        if self._descriptor is None:
            raise DeviceAbsent(f"hid={self._name} is closed")
        return self._descriptor
