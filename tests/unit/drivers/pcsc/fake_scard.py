"""PC/SC without a service: one reader, simulated cards, and faults on demand. Nothing here waits."""

from collections.abc import Callable

from drivers.pcsc.simulated_card import PulledOut, SimulatedCard
from drivers.pcsc.winscard import State, StateNow

NO_SERVICE, NO_READERS, TIMEOUT = 0x8010001D, 0x8010002E, 0x8010000A
REMOVED, NO_CARD, MUTE, UNKNOWN_READER = 0x80100069, 0x8010000C, 0x80100066, 0x80100009
EMPTY, PRESENT, IS_MUTE, CHANGED, UNKNOWN = 0x10, 0x20, 0x200, 0x02, 0x04


class FakeScard:
    def __init__(self, *readers: str) -> None:
        self.readers = list(readers)
        self.alive = True
        self.contexts: set[int] = set()
        self.handles: dict[int, SimulatedCard] = {}
        self.card: SimulatedCard | None = None
        self.mute = False
        self.moves = 0
        self.connections = 0
        self.on_wait: Callable[[], object] = lambda: None
        self._ids = 0

    def insert(self, card: SimulatedCard, *, mute: bool = False) -> None:
        self.card, self.mute = card, mute
        self.moves += 1

    def remove(self) -> None:
        self.card = None
        self.moves += 1

    def crash(self) -> None:
        self.alive = False

    def SCardEstablishContext(self, scope: int, /) -> tuple[int, int]:  # noqa: N802
        if not self.alive:
            return NO_SERVICE, 0
        self._ids += 1
        self.contexts.add(self._ids)
        return 0, self._ids

    def SCardReleaseContext(self, context: int, /) -> int:  # noqa: N802
        self.contexts.remove(context)
        return 0 if self.alive else NO_SERVICE

    def SCardListReaders(self, context: int, groups: list[str], /) -> tuple[int, list[str]]:  # noqa: N802
        assert context in self.contexts
        if not self.alive:
            return NO_SERVICE, []
        return (0, list(self.readers)) if self.readers else (NO_READERS, [])

    def SCardGetStatusChange(  # noqa: N802
        self, context: int, timeout_ms: int, states: list[State], /
    ) -> tuple[int, list[StateNow]]:
        assert context in self.contexts
        self.on_wait()
        name, known = states[0]
        if not self.alive:
            return NO_SERVICE, []
        if name not in self.readers:
            return 0, [(name, UNKNOWN | CHANGED, []), (*states[1], [])]
        now = self.moves << 16 | (EMPTY if self.card is None else PRESENT | (IS_MUTE if self.mute else 0))
        atr = list(self.card.atr) if self.card is not None and not self.mute else []
        if now == known:
            return TIMEOUT, [(name, now, atr), (*states[1], [])]
        return 0, [(name, now | CHANGED, atr), (*states[1], [])]

    def SCardCancel(self, context: int, /) -> int:  # noqa: N802
        return 0

    def SCardConnect(self, context: int, reader: str, mode: int, protocols: int, /) -> tuple[int, int, int]:  # noqa: N802
        assert context in self.contexts
        if self.card is None:
            return NO_CARD, 0, 0
        if self.mute:
            return MUTE, 0, 0
        self.connections += 1
        self._ids += 1
        self.card.reset()
        self.handles[self._ids] = self.card
        return 0, self._ids, 1

    def SCardTransmit(self, card: int, protocol: int, apdu: list[int], /) -> tuple[int, list[int]]:  # noqa: N802
        if not self.alive:
            return NO_SERVICE, []
        if self.handles[card] is not self.card:
            return REMOVED, []
        try:
            return 0, list(self.card.answer(bytes(apdu)))
        except PulledOut:
            self.remove()
            return REMOVED, []

    def SCardDisconnect(self, card: int, disposition: int, /) -> int:  # noqa: N802
        del self.handles[card]
        return 0
