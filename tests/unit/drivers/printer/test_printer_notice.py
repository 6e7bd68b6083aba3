"""The one-time notice on paper: everything once, nothing cut, harmless whatever the texts hold."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.notice import Notice, NoticeMaterial, notice_blocks, notice_bytes
from drivers.printer.profiles import PROFILES
from drivers.printer.simulator import VirtualPrinter

WIDE, NARROW = PROFILES["generic-80"], PROFILES["generic-58"]
NOTICE = Notice(
    hall="同源市政务服务中心",
    title="社会保障卡补办",
    office="同源市人力资源和社会保障局",
    withdrawn=(),
    situation=("丢失", "家人代办"),
    materials=(
        NoticeMaterial("居民身份证", ("必须", "原件 1 份"), "过期的不行，\n先到户政窗口换领"),
        NoticeMaterial("代办人身份证", ("可容缺后补",)),
    ),
    no_materials="没有写明",
    facts=(("承诺时限", "1 个工作日"), ("收费", "不收费")),
    places=("B 区 5–9 号窗口\n同源路 1 号\n时间：9:00–17:00",),
    phones=(("咨询", "0635-5550101"), ("投诉", "12345")),
    url="https://hall.invalid/g/social-card-replace?why=lost",
    version="2026112201-3fa94c07",
    printed="2026-11-23 09:35:02",
    terminal="K01",
    job="abcdef012345",
)


def printed(notice: Notice, font_path: Path, profile: str = "generic-80") -> VirtualPrinter:
    printer = VirtualPrinter(font_path, dots=PROFILES[profile].dots)
    printer.receive(notice_bytes(notice, PROFILES[profile], font_path))
    return printer


@pytest.mark.parametrize("profile", ["generic-80", "generic-58"])
def test_everything_a_citizen_needs_stands_on_the_paper(profile: str, font_path: Path) -> None:
    [paper] = printed(NOTICE, font_path, profile).papers
    said = paper.text.replace("\n", "").replace(" ", "")
    for words in (
        "一次性告知单", "社会保障卡补办", "丢失·家人代办", "1.居民身份证", "原件1份", "先到户政窗口换领", "可容缺后补",
        "1个工作日", "不收费", "B区5–9号窗口", "9:00–17:00", "0635-5550101", "12345", "2026112201-3fa94c07",
    ):  # fmt: skip
        assert words in said, words
    assert paper.complete


def test_a_withdrawn_item_says_what_to_do_instead_and_asks_for_no_papers(font_path: Path) -> None:
    notice = replace(NOTICE, withdrawn=("2022 年起不再查验", "有疑问请打 12345"))
    [paper] = printed(notice, font_path).papers
    assert "2022 年起不再查验" in paper.text
    assert "居民身份证" not in paper.text


def test_without_materials_the_paper_says_that_nobody_wrote_them_down(font_path: Path) -> None:
    [paper] = printed(replace(NOTICE, materials=()), font_path).papers
    assert "没有写明" in paper.text


def test_a_name_of_110_characters_is_printed_whole(font_path: Path) -> None:
    title = "".join(chr(0x4E00 + at) for at in range(110))
    [paper] = printed(replace(NOTICE, title=title), font_path, "generic-58").papers
    assert title in paper.text.replace("\n", "").replace(" ", "")


@given(st.text(st.sampled_from("\x1b\x1d\x10\x0c\x1c@VEam!i\x00\x01\x04\n"), max_size=60))
def test_no_text_of_a_guide_can_command_the_printer(hostile: str) -> None:
    """Escape sequences in a name neither cut the paper nor start a second one."""
    notice = replace(
        NOTICE, title=f"甲{hostile}", materials=(NoticeMaterial(hostile, (hostile,), hostile),), url=""
    )
    printer = VirtualPrinter(Path("unread.otf"), dots=NARROW.dots)
    printer.receive(notice_bytes(notice, NARROW, Path("unread.otf")))
    [paper] = printer.papers
    assert paper.complete
    assert "目录版本" in paper.text


@given(st.text(max_size=300))
def test_every_text_has_a_layout(text: str) -> None:
    notice = replace(NOTICE, title=text, situation=(text,), materials=(NoticeMaterial(text, (text,), text),))
    assert len(list(notice_blocks(notice, WIDE.columns))) > len(notice.facts)
