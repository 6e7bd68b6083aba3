"""The page an engineer prints to see that all is well: width, sizes, characters, pictures, code and knife. Pure.

It needs no hall and says nothing about anybody. What to look for stands beside each part of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.printer.layout import Banner, Block, Columns, Feed, Line, Qr, Rule, Ruler, document
from drivers.printer.profiles import Profile


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands on a test page beside the samples."""

    terminal: str  # its name
    id: str
    printed: str  # "2026-11-23 09:35:02"
    job: str


def proof_bytes(proof: Proof, profile: Profile, font_path: Path) -> bytes:
    """``proof`` as one print job."""
    return document(proof_blocks(proof, profile), profile, font_path)


def proof_blocks(proof: Proof, profile: Profile) -> Iterator[Block]:
    """The page's layout for the paper of ``profile``."""
    yield Line("打印测试页", 2, bold=True, align="center")
    yield Line("Printer test page", align="center")
    yield Feed(12)
    yield Rule()
    yield Feed(12)
    yield Columns("终端 Terminal", proof.terminal)
    yield Columns("编号 Id", proof.id)
    yield Columns("机型配置 Profile", profile.name)
    yield Columns("时间 Time", proof.printed)
    yield from _headed("宽度：两端应完整 Both ends whole")
    yield Ruler()
    yield Feed(8)
    yield Line(("1234567890" * 5)[: profile.columns])
    yield Line("左 left")
    yield Line("中 centre", align="center")
    yield Line("右 right", align="right")
    yield from _headed("文字：应清楚 Clear to read")
    yield Line("政务服务 常用字 ——《》：（）￥")
    yield Line("生僻字 𠮷㑇㛃（点阵 raster）")
    yield Line("ABCDEFGHIJKLM abcdefghijklm 0123456789 $\\~")
    yield Line("加粗 bold", bold=True)
    yield Line("反白 reverse", reverse=True)
    yield Line("2倍 A1", 2)
    yield Line("3倍 A1", 3)
    yield Feed(8)
    yield Banner("A001", 150)
    yield from _headed("二维码：应能扫出终端编号 Scans as the id")
    yield Qr(proof.id, 200)
    yield Feed(12)
    yield Rule()
    yield Feed(8)
    yield Line("此线以下应切断 Cut below", align="center")
    yield Line(proof.job, align="center")


def _headed(words: str) -> Iterator[Block]:
    yield Feed(12)
    yield Rule()
    yield Feed(8)
    yield Line(words, bold=True)
    yield Feed(4)
