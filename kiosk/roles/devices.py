"""The devices of a terminal, as its settings name them: reader and printer, each with who works it."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from config.kiosk import Kiosk
from config.settings import Wording
from drivers.ports import ByteStream, Clock
from drivers.streams import SerialStream
from kiosk.card import CardWatch
from kiosk.hall_client import HallClient
from kiosk.identity import IdentityDesk
from kiosk.ledger import PaperLedger
from screens.events import Event

if TYPE_CHECKING:
    from kiosk.printing import PaperDesk
    from kiosk.scan import CodeWatch
    from kiosk.social_card import SocialCardWatch


SUFFIX = {"any": None, "cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t", "etx": b"\x03"}


def card_watch(
    settings: Kiosk, clock: Clock, desk: IdentityDesk, post: Callable[[Event], None], *, bare: bool
) -> CardWatch:
    """Who looks for ID cards."""
    url = settings.devices.reader
    return CardWatch(lambda: open_reader(url, clock), clock, desk, post, bare=bare)


def code_watch(
    settings: Kiosk, clock: Clock, desk: IdentityDesk, post: Callable[[Event], None]
) -> "CodeWatch":
    """Who reads codes that are held up."""
    from drivers.scanner.codec import Framing
    from drivers.scanner.opening import dialect_of, open_scanner
    from kiosk.scan import CodeWatch

    devices = settings.devices
    url, family = devices.scanner, devices.scanner_family
    framing = Framing(devices.scanner_prefix.encode(), SUFFIX[devices.scanner_suffix])
    return CodeWatch(
        lambda: open_scanner(url, family, clock), lambda: dialect_of(family, framing), clock, desk, post
    )


def social_card_watch(
    settings: Kiosk, clock: Clock, desk: IdentityDesk, post: Callable[[Event], None], *, bare: bool
) -> "SocialCardWatch":
    """Who reads chip cards (社保卡)."""
    from drivers.pcsc.slot import Slot
    from kiosk.social_card import SocialCardWatch

    name = settings.devices.slot
    return SocialCardWatch(lambda: Slot(name), clock, desk, post, bare=bare)


def paper_desk(
    settings: Kiosk,
    clock: Clock,
    ledger: PaperLedger,
    now: Callable[[], datetime],
    hall_name: Callable[[], str],
    post: Callable[[Event], None],
) -> "PaperDesk":
    """Who prints slips, notices and test pages. What that takes is imported here: a terminal may have no printer."""
    from drivers.printer.connections import open_printer
    from drivers.printer.device import ThermalPrinter
    from drivers.printer.notice import Notice, notice_bytes
    from drivers.printer.profiles import PROFILES
    from drivers.printer.proof import Proof, proof_bytes
    from drivers.printer.ticket import Slip, slip_bytes
    from kiosk.printing import PaperDesk
    from screens.theme.fonts import find_fonts

    header, footer = (_lines(said) for said in (settings.paper.header, settings.paper.footer))
    profile, font = PROFILES[settings.devices.printer_profile], find_fonts().regular

    def draw(paper: Slip | Notice | Proof) -> bytes:
        if isinstance(paper, Proof):
            return proof_bytes(paper, profile, font)
        url = paper.url if settings.paper.qr else ""
        if isinstance(paper, Notice):
            return notice_bytes(replace(paper, header=header, footer=footer, url=url), profile, font)
        return slip_bytes(replace(paper, header=header, footer=footer, url=url), profile, font)

    return PaperDesk(
        lambda: open_printer(settings.devices.printer, clock),
        lambda stream: ThermalPrinter(stream, clock, profile, torn=ledger.torn()),
        draw,
        ledger,
        make_job=lambda: uuid.uuid4().hex[:12],
        now=now,
        terminal=settings.name,
        hall_name=hall_name,
        post=post,
    )


def _lines(said: Wording) -> tuple[str, ...]:
    """As on all paper: Chinese, and English under it."""
    return tuple(filter(None, (said.zh, said.en)))


class DayKeys:
    """The key of the day's pseudonyms, asked for once a day, kept in memory only."""

    def __init__(self, client: HallClient) -> None:
        self._client = client
        self._day: date | None = None
        self._key = b""

    def of(self, day: date) -> bytes:
        """Raises HallError when the hall cannot be asked."""
        if self._day != day:
            self._key, self._day = bytes.fromhex(self._client.day_key().key), day
        return self._key


def open_reader(url: str, clock: Clock) -> ByteStream:
    """``hid:///dev/hidraw0``, else any pyserial URL."""
    if url.startswith("hid://"):
        from drivers.idcard.hid import HidrawDevice, HidStream

        return HidStream(HidrawDevice.open(url.removeprefix("hid://"), clock), clock)
    return SerialStream(url, clock)
