"""The slip a citizen takes along. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.printer.layout import Banner, Block, Columns, Feed, Line, Qr, Rule, document, wrap
from drivers.printer.profiles import Profile
from drivers.printer.text import cells


@dataclass(frozen=True, slots=True)
class Slip:
    """Everything that stands on a slip. Nothing about a person: who picks it up learns a number only."""

    hall: str
    number: str
    queue: str
    queue_en: str
    ahead: int
    wait: str  # "约 20–28 分钟", or "" when nobody can say
    zone: str
    windows: str
    taken: str  # "2026-11-23 09:35:02"
    url: str  # for the QR code; "" = none
    job: str
    copy: bool
    terminal: str
    notices: tuple[str, ...] = ()
    item: str = ""
    catalogue: str = ""  # version of the catalogue the terminal used
    appointment: bool = False
    header: tuple[str, ...] = ()  # lines of the house, under the hall's name
    footer: tuple[str, ...] = ()  # … and at the end


def slip_bytes(slip: Slip, profile: Profile, font_path: Path) -> bytes:
    """``slip`` as one print job."""
    return document(slip_blocks(slip, profile.columns), profile, font_path)


def slip_blocks(slip: Slip, columns: int) -> Iterator[Block]:
    """The slip's layout for paper of so many columns."""
    wide = columns >= 48
    yield from _headline(slip.hall, columns)
    for line in slip.header:
        yield Line(line, align="center")
    yield Feed(12)
    yield Rule()
    yield Feed(20)
    if slip.copy:
        yield Line("  补打 COPY  ", 2, bold=True, align="center", reverse=True)
        yield Feed(16)
    if slip.appointment:
        yield Line("预约 Appointment", 2, bold=True, align="center")
        yield Feed(8)
    yield from _headline(slip.queue, columns)
    if slip.queue_en:
        yield Line(slip.queue_en, align="center")
    yield Feed(28)
    yield Banner(slip.number, 190 if wide else 150)
    yield Feed(36)
    yield from _waiting(slip, columns)
    yield from _where(slip, columns)
    yield Rule()
    yield Feed(16)
    if slip.item:
        yield Columns("办理事项 Service" if wide else "事项", slip.item)
    yield Columns("取号时间 Taken at" if wide else "取号时间", slip.taken)
    if slip.url:
        yield Feed(12)
        yield Qr(slip.url, 280 if wide else 240)
        yield Line("扫码查看排队进度", align="center")
        yield Line("Scan to follow your number", align="center")
    if slip.notices:
        yield Feed(16)
        for notice in slip.notices:
            yield Line(f"● {notice}")
            yield Feed(4)
    if slip.footer:
        yield Feed(16)
        for line in slip.footer:
            yield Line(line, align="center")
    yield Feed(16)
    yield Rule()
    yield Feed(8)
    yield Columns(f"{slip.number}  {slip.terminal}", slip.catalogue)
    yield Line(slip.job)


def _headline(words: str, columns: int) -> Iterator[Block]:
    """Double size; a name too long for one line is broken near its middle, not where the paper ends."""
    room = columns // 2
    lines = -(-cells(words) // room)
    width = min(room, -(-cells(words) // max(1, lines)) + 1)
    for line in wrap(words, width):
        yield Line(line, 2, bold=True, align="center")


def _waiting(slip: Slip, columns: int) -> Iterator[Block]:
    yield from _headline(f"前面还有 {slip.ahead} 人" if slip.ahead else "前面无人等候", columns)
    yield Line(_people(slip.ahead), align="center")
    if slip.wait:
        yield Feed(20)
        yield Line("预计等候 Estimated wait", align="center")
        yield from _headline(slip.wait, columns)
    yield Feed(24)


def _people(ahead: int) -> str:
    match ahead:
        case 0:
            return "Nobody is waiting before you"
        case 1:
            return "1 person before you"
        case _:
            return f"{ahead} people before you"


def _where(slip: Slip, columns: int) -> Iterator[Block]:
    place = " ".join(part for part in (slip.zone, slip.windows) if part)
    if not place:
        return
    yield Line("请在此等候叫号 Please wait here", align="center")
    yield from _headline(place, columns)
    yield Feed(20)


def void_strip(profile: Profile) -> bytes:
    """What cuts a half-printed slip off, so that nobody takes it for a whole one. True also where there is none."""
    blocks = (
        Feed(24),
        Line("如上方有未打完的号票，作废", bold=True, align="center"),
        Line("VOID: any unfinished slip above", bold=True, align="center"),
        Feed(24),
    )
    return document(blocks, profile, Path())  # every printer's font has these words
