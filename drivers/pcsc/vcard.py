"""Puts simulated cards into a virtual slot of pcscd: the card's end of vsmartcard's vpcd protocol.

The card is the TCP client; closing the connection is pulling it out. Each message is a two-byte length (big endian)
and that many bytes: one byte is 00 power off, 01 power on, 02 reset (no answer) or 04 "your ATR?", more is an APDU.

    python -m drivers.pcsc.vcard --help
"""

import argparse
import contextlib
import logging
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Final

from drivers.idcard.numbers import CardKind
from drivers.idcard.samples import sample_holders
from drivers.pcsc.simulated_card import Mischief, PulledOut, SimulatedCard, SocialHolder

log = logging.getLogger(__name__)

PORT: Final = 35963  # vpcd's own, 0x8C7B; the second slot is the next one
OFF, ON, RESET, GET_ATR = 0x00, 0x01, 0x02, 0x04
MAX_MESSAGE: Final = 0xFFFF
AGAIN_EVERY: Final = 0.2  # seconds between two tries to reach a pcscd that is away


def sample_social_holders() -> dict[str, SocialHolder]:
    """The invented citizens of the ID-card samples, as holders of a 社保卡."""
    return {
        key: SocialHolder(holder.number, holder.name, holder.sex, holder.birth)
        for key, holder in sample_holders().items()
        if holder.kind is CardKind.CITIZEN
    }


def framed(data: bytes) -> bytes:
    """One vpcd message. Raises ValueError for one too long."""
    if len(data) > MAX_MESSAGE:
        raise ValueError(f"message of {len(data)} bytes")
    return len(data).to_bytes(2, "big") + data


class VirtualSlot:
    """One slot of vpcd at ``port``. ``insert`` and ``remove`` come from one thread.

    A card that is in stays in over a restart of pcscd: it knocks again until somebody opens.
    """

    def __init__(self, port: int = PORT, host: str = "127.0.0.1") -> None:
        self._at = (host, port)
        self._out = threading.Event()
        self._link: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def insert(self, card: SimulatedCard) -> None:
        """Put ``card`` in, in the place of any other. pcscd notices within half a second."""
        self.remove()
        self._out.clear()
        self._thread = threading.Thread(
            target=self._stay, args=(card,), name=f"vcard-{self._at[1]}", daemon=True
        )
        self._thread.start()

    def remove(self) -> None:
        """Pull the card out; harmless when there is none."""
        self._out.set()
        link = self._link
        if link is not None:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)  # wakes the thread out of recv
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    close = remove

    def _stay(self, card: SimulatedCard) -> None:
        while not self._out.is_set():
            try:
                with socket.create_connection(self._at, timeout=1.0) as link:
                    link.settimeout(None)
                    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._link = link
                    if self._out.is_set():  # removed while it was being put in
                        return
                    self._serve(link, card)
            except PulledOut:
                return
            except OSError:  # pcscd is away, or went away
                self._out.wait(AGAIN_EVERY)
            finally:
                self._link = None

    def _serve(self, link: socket.socket, card: SimulatedCard) -> None:
        for message in _messages(link):
            if len(message) != 1:
                if self._out.wait(card.mischief.delay):
                    return
                link.sendall(framed(card.answer(message)))
            elif message[0] == GET_ATR:
                link.sendall(framed(card.atr))
            else:
                card.reset()


def _messages(link: socket.socket) -> Iterator[bytes]:
    """Until the other end hangs up.

    vpcd writes the length and the rest apart and lets TCP collect small writes: without an answer of TCP to the first
    at once (which has to be asked for each time) the rest comes 40 ms later.
    """
    with link.makefile("rb") as stream:
        while True:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            head = stream.read(2)
            if len(head) < 2:
                return
            message = stream.read(int.from_bytes(head, "big"))
            if message:
                yield message


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m drivers.pcsc.vcard",
        description="Put an invented person's social-security card into a virtual reader (vsmartcard's vpcd).",
    )
    parser.add_argument("--port", type=int, default=PORT, help="vpcd's port, %(default)s unless told")
    parser.add_argument("--holder", choices=sorted(sample_social_holders()), default="adult")
    parser.add_argument("--generation", type=int, choices=(1, 2, 3), default=2)
    parser.add_argument("--other", action="store_true", help="a chip card that is no social-security card")
    parser.add_argument("--slow", type=float, default=0.0, metavar="SECONDS", help="before every answer")
    parser.add_argument("--pull-at", type=int, metavar="N", help="pulled out instead of answering the Nth")
    parser.add_argument("--garbage-at", type=int, metavar="N", help="answers noise from the Nth on")
    chosen = parser.parse_args(arguments)
    card = SimulatedCard(
        sample_social_holders()[chosen.holder],
        chosen.generation,
        mischief=Mischief(chosen.pull_at, chosen.garbage_at, chosen.slow),
        social=not chosen.other,
    )
    slot = VirtualSlot(chosen.port)
    try:
        while True:
            slot.insert(card)
            sys.stdout.write("The card is in. Enter pulls it out, Enter again puts it in, Ctrl-D ends.\n")
            if not sys.stdin.readline():
                return 0
            slot.remove()
            sys.stdout.write("The card is out.\n")
            if not sys.stdin.readline():
                return 0
    except KeyboardInterrupt:
        return 0
    finally:
        slot.close()


if __name__ == "__main__":
    raise SystemExit(main())
