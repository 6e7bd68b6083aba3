"""One slot for chip cards: who goes in, who comes out, and a fresh connection to each card.

It has no thread: its owner calls ``wait`` in turns of half a second. Any failure of reader or service releases all
there is and is raised; the next ``wait`` starts from nothing, which is how it rides through unplugging and a restart
of pcscd. The card that was in is forgotten then: nobody can know that it is still the same.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from drivers.errors import DeviceAbsent, DriverError
from drivers.pcsc import winscard
from drivers.pcsc.errors import CardPulled
from drivers.pcsc.winscard import WinScard, check

log = logging.getLogger(__name__)

ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Inserted:
    """A card is in; an empty ``atr`` is one that doesn't answer (the wrong way round, or dead)."""

    reader: str
    atr: bytes = b""


@dataclass(frozen=True, slots=True)
class Removed:
    reader: str


class ChipConnection:
    """A powered card. Use it in a ``with``: at its end the card loses its power and what it had unlocked."""

    def __init__(self, scard: WinScard, handle: int, protocol: int) -> None:
        self._scard, self._handle, self._protocol = scard, handle, protocol
        self._open = True

    def transmit(self, apdu: bytes) -> bytes:
        """Raises CardPulled, CardMute, DeviceAbsent."""
        result, answer = self._scard.SCardTransmit(self._handle, self._protocol, list(apdu))
        check(result, "SCardTransmit")
        if not answer:  # not even a status word: pcscd says success although the card went away
            raise CardPulled("SCardTransmit answered nothing")
        return bytes(answer)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._scard.SCardDisconnect(self._handle, winscard.UNPOWER_CARD)  # no matter if it has gone

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Slot:
    """The first reader whose name holds ``reader``, whatever its letter case; "any" is the first of all.

    One thread owns it; only ``cancel`` may come from another.
    """

    def __init__(self, reader: str = ANY, load: Callable[[], WinScard] = winscard.load) -> None:
        self._part = "" if reader == ANY else reader.casefold()
        self._load = load
        self._scard: WinScard | None = None
        self._context: int | None = None
        self._reader: str | None = None
        self._state = self._readers_state = 0
        self._inside = False
        self._news: deque[Inserted | Removed] = deque()

    def wait(self, timeout: float) -> Inserted | Removed | None:
        """What happened next, within ``timeout``; a card that is already in is told first.

        Raises PcscMissing, and DeviceAbsent where there is no service or no such reader: wait a moment, call again.
        """
        try:
            if not self._news:
                scard, context = self._ready()
                self._look(scard, context, self._chosen(scard, context), timeout)
        except DriverError:
            self.close()
            raise
        return self._news.popleft() if self._news else None

    def connect(self) -> ChipConnection:
        """Talk to the card that is in, alone or beside others. Raises CardPulled, CardMute, DeviceAbsent …"""
        if self._scard is None or self._context is None or self._reader is None:
            raise DeviceAbsent("no slot to connect to")
        result, handle, protocol = self._scard.SCardConnect(
            self._context, self._reader, winscard.SHARE_SHARED, winscard.PROTOCOL_T0 | winscard.PROTOCOL_T1
        )
        check(result, "SCardConnect")
        return ChipConnection(self._scard, handle, protocol)

    def cancel(self) -> None:
        """End a ``wait`` now; from any thread."""
        scard, context = self._scard, self._context
        if scard is not None and context is not None:
            scard.SCardCancel(context)

    def close(self) -> None:
        """Release everything and forget the card. Idempotent; ``wait`` begins anew."""
        context, self._context = self._context, None
        self._reader, self._inside = None, False
        self._state = self._readers_state = 0
        self._news.clear()
        if context is not None and self._scard is not None:
            self._scard.SCardReleaseContext(context)  # fails where the service has gone, and frees our side

    def _ready(self) -> tuple[WinScard, int]:
        if self._scard is None:
            self._scard = self._load()
        if self._context is None:
            result, context = self._scard.SCardEstablishContext(winscard.SCOPE_SYSTEM)
            check(result, "SCardEstablishContext")
            self._context = context
        return self._scard, self._context

    def _chosen(self, scard: WinScard, context: int) -> str:
        result, readers = scard.SCardListReaders(context, [])
        if result & 0xFFFFFFFF != winscard.NO_READERS:
            check(result, "SCardListReaders")
        fitting = [name for name in readers or () if self._part in name.casefold()]
        if self._reader is None and fitting:
            self._reader = fitting[0]
            log.info("device=slot reader=%r", self._reader)
        if self._reader not in fitting or self._reader is None:
            raise DeviceAbsent(f"reader={self._part or ANY!r} is not among {len(readers or ())}")
        return self._reader

    def _look(self, scard: WinScard, context: int, reader: str, timeout: float) -> None:
        result, states = scard.SCardGetStatusChange(
            context,
            int(timeout * 1000),
            [(reader, self._state), (winscard.ANY_CHANGE_OF_READERS, self._readers_state)],
        )
        if result & 0xFFFFFFFF in (winscard.TIMEOUT, winscard.CANCELLED):
            return
        check(result, "SCardGetStatusChange")
        (_, state, atr), (_, self._readers_state, _) = states
        self._readers_state &= ~winscard.STATE_CHANGED
        if state & (winscard.STATE_UNKNOWN | winscard.STATE_UNAVAILABLE):
            raise DeviceAbsent(f"reader gone, state={state & winscard.STATE_MASK:04X}")
        before, self._state = self._state, state & ~winscard.STATE_CHANGED
        self._tell(reader, bytes(atr), bool(state & winscard.STATE_PRESENT), _moves(before, state))

    def _tell(self, reader: str, atr: bytes, present: bool, moves: int) -> None:
        if self._inside and (not present or moves >= 2):  # out, or out and another in
            self._inside = False
            self._news.append(Removed(reader))
        if present and not self._inside:
            self._inside = True
            self._news.append(Inserted(reader, atr))


def _moves(before: int, now: int) -> int:
    """How many times a card went in or out between two looks, by the counter in the upper half of the state."""
    return ((now >> 16) - (before >> 16)) & 0xFFFF if before else 0
