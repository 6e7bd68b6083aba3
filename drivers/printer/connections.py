"""The ways to a printer: serial line, network, USB, the kernel's usblp file."""

import contextlib
import importlib
import os
import select
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from drivers.errors import DeviceAbsent, DeviceTimeout
from drivers.ports import ByteStream, Clock
from drivers.streams import SerialStream

BAUD = 115200  # what most makers ship; ?baud=9600 says otherwise
SLICE = 0.05  # seconds one blocking read may last
WRITE_TIMEOUT = 5.0  # seconds
CHUNK = 4096


def open_printer(url: str, clock: Clock) -> ByteStream:
    """The printer at ``url``. Raises DeviceAbsent when it can't be opened or the url is of no known kind.

    ``/dev/ttyS1?baud=19200`` · ``tcp://host:9100`` · ``usb://04b8:0202`` · ``file:///dev/usb/lp0``
    """
    parts = urlsplit(url)
    try:
        match parts.scheme:
            case "" if parts.path.startswith("/dev/"):
                baud = int(parse_qs(parts.query).get("baud", [str(BAUD)])[0])
                return SerialStream(parts.path, clock, baud=baud)
            case "tcp" if parts.hostname:
                return SerialStream(f"socket://{parts.hostname}:{parts.port or 9100}", clock)
            case "usb":
                vendor, product = (int(part, 16) for part in parts.netloc.split(":"))
                return UsbStream(vendor, product, clock)
            case "file":
                return FileStream(Path(parts.path), clock)
    except ValueError as error:
        raise DeviceAbsent(f"url={url} is not one of a printer: {error}") from error
    raise DeviceAbsent(f"url={url} is not one of a printer")


class FileStream:
    """The usblp kernel driver's file. Opens on construction; raises DeviceAbsent when it can't."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        try:
            self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            raise DeviceAbsent(f"port={path} cannot be opened: {error}") from error

    def write(self, data: bytes, /) -> None:
        until = self._clock.now() + WRITE_TIMEOUT
        try:
            while data:
                if select.select((), (self._file,), (), SLICE)[1]:
                    data = data[os.write(self._file, data) :]
                elif self._clock.now() >= until:
                    raise DeviceTimeout(f"port={self._path} blocked with {len(data)} bytes to go")
        except OSError as error:
            raise DeviceAbsent(f"port={self._path} gone while writing: {error}") from error

    def read(self, *, until: float) -> bytes:
        try:
            while True:
                left = until - self._clock.now()
                if select.select((self._file,), (), (), max(0.0, min(SLICE, left)))[0]:
                    with contextlib.suppress(BlockingIOError):
                        if data := os.read(self._file, CHUNK):
                            return data
                    self._clock.sleep(min(SLICE, max(0.0, left)))  # usblp reads nothing where nothing is
                if left <= 0:
                    return b""
        except OSError as error:
            raise DeviceAbsent(f"port={self._path} gone while reading: {error}") from error

    def discard_input(self) -> None:
        while self.read(until=self._clock.now()):
            pass

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class UsbStream:
    """A USB printer without a kernel driver, over python-escpos and libusb."""

    def __init__(self, vendor: int, product: int, clock: Clock) -> None:
        self._name, self._clock = f"usb://{vendor:04x}:{product:04x}", clock
        try:
            usb: Any = importlib.import_module("usb.core")
            from escpos.exceptions import Error
            from escpos.printer import Usb
        except ImportError as error:
            raise DeviceAbsent(f"port={self._name} needs pyusb (pip install pyusb) and libusb-1.0") from error
        self._gone: tuple[type[Exception], ...] = (OSError, Error, usb.NoBackendError)
        self._timeout: type[Exception] = usb.USBTimeoutError
        try:
            self._usb: Any = Usb(vendor, product, timeout=int(WRITE_TIMEOUT * 1000))
            self._usb.open()
        except self._gone as error:
            raise DeviceAbsent(
                f"port={self._name} cannot be opened (libusb-1.0 installed?): {error}"
            ) from error

    def write(self, data: bytes, /) -> None:
        try:
            self._usb.device.write(self._usb.out_ep, data, int(WRITE_TIMEOUT * 1000))
        except self._timeout as error:
            raise DeviceTimeout(f"port={self._name} blocked while writing {len(data)} bytes") from error
        except self._gone as error:
            raise DeviceAbsent(f"port={self._name} gone while writing: {error}") from error

    def read(self, *, until: float) -> bytes:
        while True:
            left = until - self._clock.now()
            try:
                wait = max(1, int(min(SLICE, left) * 1000))
                if data := bytes(self._usb.device.read(self._usb.in_ep, 64, wait)):
                    return data
            except self._timeout:
                pass
            except self._gone as error:
                raise DeviceAbsent(f"port={self._name} gone while reading: {error}") from error
            if left <= 0:
                return b""

    def discard_input(self) -> None:
        while self.read(until=self._clock.now()):
            pass

    def close(self) -> None:
        with contextlib.suppress(*self._gone):
            self._usb.close()
