"""The part of the PC/SC API that is used, and its error codes sorted by what to do about them.

Numbers are those of pcsc-lite's pcsclite.h; the functions are pyscard's low level (``smartcard.scard``), which return
a result code beside their results. Its CardMonitor is not used: it ends with pcscd and never comes back.
"""

import ctypes
import importlib
from typing import Final, Protocol, cast

from drivers.errors import DeviceAbsent, DeviceRefused, DriverError
from drivers.pcsc.errors import CardMute, CardPulled, PcscMissing

LIBRARY: Final = "libpcsclite.so.1"
ANY_CHANGE_OF_READERS: Final = "\\\\?PnP?\\Notification"

SCOPE_SYSTEM: Final = 2
SHARE_SHARED: Final = 2
PROTOCOL_T0: Final = 1
PROTOCOL_T1: Final = 2
UNPOWER_CARD: Final = 2

STATE_CHANGED: Final = 0x0002
STATE_UNKNOWN: Final = 0x0004  # no such reader (any more)
STATE_UNAVAILABLE: Final = 0x0008
STATE_PRESENT: Final = 0x0020
STATE_MASK: Final = 0xFFFF  # above it, how many times a card went in or out

SUCCESS: Final = 0
CANCELLED: Final = 0x80100002
TIMEOUT: Final = 0x8010000A
NO_READERS: Final = 0x8010002E

_CARD_WENT: Final = frozenset(
    {
        0x80100069,  # W_REMOVED_CARD
        0x80100068,  # W_RESET_CARD
        0x80100067,  # W_UNPOWERED_CARD
        0x8010000C,  # E_NO_SMARTCARD
        0x80100016,  # E_NOT_TRANSACTED: bad contact, or pulled while it spoke
        0x8010002F,  # E_COMM_DATA_LOST
    }
)
_CARD_SILENT: Final = frozenset(
    {
        0x80100066,  # W_UNRESPONSIVE_CARD
        0x80100065,  # W_UNSUPPORTED_CARD
        0x8010000F,  # E_PROTO_MISMATCH
    }
)
_SHARING_VIOLATION: Final = 0x8010000B

State = tuple[str, int]
StateNow = tuple[str, int, list[int]]  # name, event state, ATR


class WinScard(Protocol):
    """``smartcard.scard``, or what plays it."""

    def SCardEstablishContext(self, scope: int, /) -> tuple[int, int]: ...  # noqa: N802  the API's own names
    def SCardReleaseContext(self, context: int, /) -> int: ...  # noqa: N802
    def SCardListReaders(self, context: int, groups: list[str], /) -> tuple[int, list[str]]: ...  # noqa: N802
    def SCardGetStatusChange(  # noqa: N802
        self, context: int, timeout_ms: int, states: list[State], /
    ) -> tuple[int, list[StateNow]]: ...
    def SCardCancel(self, context: int, /) -> int: ...  # noqa: N802
    def SCardConnect(  # noqa: N802
        self, context: int, reader: str, mode: int, protocols: int, /
    ) -> tuple[int, int, int]: ...
    def SCardTransmit(self, card: int, protocol: int, apdu: list[int], /) -> tuple[int, list[int]]: ...  # noqa: N802
    def SCardDisconnect(self, card: int, disposition: int, /) -> int: ...  # noqa: N802


def load() -> WinScard:
    """pyscard over the system's PC/SC. Raises PcscMissing where either is not installed."""
    try:
        ctypes.CDLL(LIBRARY)  # pyscard itself would only complain on stderr and crash at the first call
        return cast(WinScard, importlib.import_module("smartcard.scard"))
    except (ImportError, OSError) as error:
        raise PcscMissing(f"PC/SC is not installed: {error}") from None


def check(result: int, what: str) -> None:
    """Raise what ``result`` of the call ``what`` stands for, unless it is success."""
    result &= 0xFFFFFFFF  # signed on some builds
    if result != SUCCESS:
        raise _error(result)(f"{what} result={result:08X}")


def _error(result: int) -> type[DriverError]:
    if result in _CARD_WENT:
        return CardPulled
    if result in _CARD_SILENT:
        return CardMute
    return DeviceRefused if result == _SHARING_VIOLATION else DeviceAbsent
