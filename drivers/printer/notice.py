"""The one-time notice (一次性告知单): what to bring, where, when, whom to ring. Pure.

It says which catalogue version it was printed from, and carries a code for the same guide on a phone. Nothing about
a person stands on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.printer.layout import Block, Columns, Feed, Line, Qr, Rule, document
from drivers.printer.profiles import Profile
from drivers.printer.text import cells


@dataclass(frozen=True, slots=True)
class NoticeMaterial:
    """One line of the checklist."""

    name: str
    facts: tuple[str, ...] = ()  # 原件 1 份, 可容缺后补 …
    note: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything that stands on a notice. Texts may have several lines; empty parts are left out."""

    hall: str
    title: str  # the item's whole name
    office: str
    withdrawn: tuple[str, ...]  # why it is no longer done, and what to do instead
    situation: tuple[str, ...]  # the answers by which the materials were chosen
    materials: tuple[NoticeMaterial, ...]
    no_materials: str  # said in their place where the source has none
    facts: tuple[tuple[str, str], ...]  # 办理时限 → 20 个工作日
    places: tuple[str, ...]
    phones: tuple[tuple[str, str], ...]  # 咨询 → 0635-…
    url: str  # for the QR code; "" = none
    version: str  # of the catalogue
    printed: str  # "2026-11-23 09:35:02"
    terminal: str
    job: str
    header: tuple[str, ...] = ()  # lines of the house, under the hall's name
    footer: tuple[str, ...] = ()  # … and at the end


def notice_bytes(notice: Notice, profile: Profile, font_path: Path) -> bytes:
    """``notice`` as one print job."""
    return document(notice_blocks(notice, profile.columns), profile, font_path)


def notice_blocks(notice: Notice, columns: int) -> Iterator[Block]:
    """The notice's layout for paper of so many columns."""
    for line in (notice.hall, *notice.header):
        yield Line(line, align="center")
    yield Feed(8)
    yield Line("一次性告知单", 2, bold=True, align="center")
    yield Line("What to bring", align="center")
    yield Feed(16)
    yield Rule()
    yield Feed(12)
    # a long name in double size would take half a page
    yield Line(notice.title, 2 if cells(notice.title) <= columns else 1, bold=True)
    if notice.office:
        yield Line(notice.office)
    yield Feed(12)
    if notice.withdrawn:
        yield Line(" 本事项已取消 STOPPED ", 1, bold=True, reverse=True)
        yield Feed(8)
        yield from _paragraphs(notice.withdrawn)
    else:
        yield from _materials(notice)
        if notice.facts:
            yield from _headed("多久、多少钱 Time and fee")
            for word, value in notice.facts:
                yield Columns(word, value)
    if notice.places:
        yield from _headed("在哪里办 Where")
        yield from _paragraphs(notice.places)
    if notice.phones:
        yield from _headed("电话 Phone")
        for word, number in notice.phones:
            yield Columns(word, number)
    yield from _foot(notice, columns)


def _materials(notice: Notice) -> Iterator[Block]:
    yield from _headed(
        f"要带的材料 Bring ({len(notice.materials)})" if notice.materials else "材料 Materials"
    )
    if notice.situation:
        yield Line("按您的情况：" + " · ".join(notice.situation))
        yield Feed(8)
    if not notice.materials:
        yield Line(notice.no_materials)
    for at, material in enumerate(notice.materials, 1):
        yield Line(f"□ {at}. {material.name}", bold=True)
        if material.facts:
            yield Line("    " + " · ".join(material.facts))
        for line in material.note.splitlines():
            yield Line(f"    {line.strip()}")
        yield Feed(8)
    yield Feed(4)


def _headed(words: str) -> Iterator[Block]:
    yield Feed(8)
    yield Rule()
    yield Feed(8)
    yield Line(words, bold=True)
    yield Feed(4)


def _paragraphs(texts: tuple[str, ...]) -> Iterator[Block]:
    for text in texts:
        for line in filter(None, (part.strip() for part in text.splitlines())):
            yield Line(line)
        yield Feed(4)


def _foot(notice: Notice, columns: int) -> Iterator[Block]:
    yield Feed(12)
    yield Rule()
    if notice.url:
        yield Feed(12)
        yield Qr(notice.url, 280 if columns >= 48 else 240)
        yield Line("扫码在手机上看全部内容", align="center")
        yield Line("Scan for the whole guide", align="center")
    if notice.footer:
        yield Feed(12)
        for line in notice.footer:
            yield Line(line, align="center")
    yield Feed(12)
    yield Columns("目录版本 Version", notice.version)
    yield Columns(notice.terminal, notice.printed)
    yield Line(notice.job)
