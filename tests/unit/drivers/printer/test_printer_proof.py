"""The engineers' test page on the simulated printer, on every profile."""

from pathlib import Path

import pytest
import zxingcpp

from drivers.printer.layout import Ruler, document
from drivers.printer.profiles import PROFILES, Profile
from drivers.printer.proof import Proof, proof_bytes
from drivers.printer.simulator import VirtualPrinter

PROOF = Proof("一楼大厅 1 号自助终端", "qingyuan-t01", "2026-11-23 09:35:02", "5f0c2a")
EVERY = pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)


def printed(data: bytes, profile: Profile, font_path: Path) -> VirtualPrinter:
    printer = VirtualPrinter(font_path, dots=profile.dots, four_byte=profile.repertoire == "gb18030")
    printer.receive(data)
    return printer


@EVERY
def test_the_page_prints_on_every_model_and_is_cut(profile: Profile, font_path: Path) -> None:
    printer = printed(proof_bytes(PROOF, profile, font_path), profile, font_path)
    [paper] = printer.papers
    assert paper.complete
    assert printer.noise == []
    for said in (profile.name, PROOF.id, PROOF.printed, PROOF.job, "政务服务", "abcdefghijklm"):
        assert said in paper.text


@EVERY
def test_its_code_can_be_scanned_and_says_which_terminal_it_is(profile: Profile, font_path: Path) -> None:
    [paper] = printed(proof_bytes(PROOF, profile, font_path), profile, font_path).papers
    assert [code.text for code in zxingcpp.read_barcodes(paper.image)] == [PROOF.id]


@EVERY
def test_the_ruler_marks_each_millimetre_from_the_first_dot_to_the_last(
    profile: Profile, font_path: Path
) -> None:
    [paper] = printed(document([Ruler()], profile, font_path), profile, font_path).papers
    ink = paper.image.point(lambda value: 255 if value < 128 else 0)
    box = ink.getbbox()
    assert box is not None
    assert box[2] - box[0] == profile.dots
    row = [ink.getpixel((x, box[1] + 4)) == 255 for x in range(box[0], box[2])]
    marks = [x for x in range(1, profile.dots) if row[x] and not row[x - 1]]
    assert marks == [*range(8, profile.dots - 7, 8), profile.dots - 2]
