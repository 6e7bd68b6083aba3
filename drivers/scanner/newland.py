"""Newland's unified commands ("NLS" engines, devices.md 6): bytes in, codes and replies out. No port or clock.

    host to scanner   7E 01 30 30 30 30 | @ kept, # until power-off | tag, sub-tag, data | 3B 03
    scanner to host   02 01 30 30 30 30 | the same again            | 06 or 15 or 05     | 3B 03

06 is yes, 15 no, 05 unknown tag. Codes come between the replies as from any scanner. A lone ``?`` is answered ``!``.
"""

from collections.abc import Iterator

from drivers.scanner.codec import Code, Framing, LineDecoder
from drivers.scanner.families import Command, Found, Reply, Verdict

HOST_HEAD = b"\x7e\x010000"
HEAD = b"\x02\x010000"
TAIL = b";\x03"
ACK, NAK, ENQ = b"\x06", b"\x15", b"\x05"
MOST_REPLY = 256  # bytes; a longer one has lost its tail
_VERDICTS = {ACK[0]: Verdict.DONE, NAK[0]: Verdict.NO, ENQ[0]: Verdict.NO}


def command(name: str, text: str, *, kept: bool = False) -> Command:
    """``text`` is tag, sub-tag and data: SCNTRG1. ``kept``: beyond power-off, which wears out its flash."""
    body = (b"@" if kept else b"#") + text.encode("ascii")
    return Command(name, HOST_HEAD + body + TAIL, body)


def reply(body: bytes, verdict: bytes = ACK) -> bytes:
    """An answer as the scanner sends it."""
    return HEAD + body + verdict + TAIL


TRIGGER_ON = command("trigger_on", "SCNTRG1")
TRIGGER_OFF = command("trigger_off", "SCNTRG0")
LEVEL_MODE = command("level_mode", "SCNMOD0")  # reads between trigger on and off only
HEARTBEAT = Command("heartbeat", b"?", b"!")


class Newland:
    """Codes by line, replies by their frame; a lone ``!`` followed by quiet is the answer to a heartbeat."""

    setup: tuple[Command, ...] = (LEVEL_MODE,)
    on: tuple[Command, ...] = (TRIGGER_ON,)
    off: tuple[Command, ...] = (TRIGGER_OFF,)
    ask: Command | None = HEARTBEAT
    wake = b""

    def __init__(self, framing: Framing) -> None:
        self._line = LineDecoder(framing)
        self._held = bytearray()  # a reply in the making; the rest goes on to the line at once

    @property
    def pending(self) -> bool:
        return self._line.pending or bool(self._held)

    def feed(self, data: bytes) -> Iterator[Found]:
        held = self._held
        held += data
        while held:
            start = held.find(HEAD[:1])
            if start != 0:
                yield from self._line.feed(self._taken(start if start > 0 else len(held)))
            elif not (held.startswith(HEAD) or HEAD.startswith(held)):
                yield from self._line.feed(self._taken(1))  # an STX that is somebody's prefix
            elif (end := held.find(TAIL, 0, MOST_REPLY)) > 0:
                yield from _told(self._taken(end + len(TAIL)))
            elif len(held) >= MOST_REPLY:
                self._taken(len(HEAD))
            else:
                return

    def quiet(self) -> Iterator[Found]:
        rest = self._taken(len(self._held))
        if not rest.startswith(HEAD):
            yield from self._line.feed(rest)
        for found in self._line.quiet():
            if isinstance(found, Code) and found.payload == HEARTBEAT.answer:
                yield Reply(Verdict.DONE, found.payload)
            else:
                yield found

    def _taken(self, count: int) -> bytes:
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken


def _told(frame: bytes) -> Iterator[Reply]:
    body = frame[len(HEAD) : -len(TAIL)]
    if body and (verdict := _VERDICTS.get(body[-1])) is not None:
        yield Reply(verdict, body[:-1])
