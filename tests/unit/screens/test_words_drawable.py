"""The fonts have every character that may be shown, and every code a citizen can meet has words."""

import re
from functools import cache
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from screens.theme.fonts import FontsMissing, build_fonts, find_fonts, icon_char, icon_font
from screens.words.faults import told
from screens.words.words import LANGUAGES, words_of

ROOT = Path(__file__).parents[3]
RARE_SURNAME_CHARACTERS = "𠮷㑇䶮㛃㙊犇喆昇堃燊赟翀龑彧禤逄卣妫亓靳麴仝佴郄阚隗笪缑窦邰郜郇"
OF_THE_SCREEN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*–·：（）“”"
# Said of every device alike (drivers.errors); on the screen they are told as the printer's or the reader's.
OF_ANY_DEVICE = {"fault.device_absent", "fault.device_silent", "fault.device_garbled", "fault.device_refused"}
# Never on a citizen's screen.
NOT_FOR_CITIZENS = {"fault.voice_pack", "fault.fonts_missing", "fault.link", "fault.power_lost"}


@cache
def covered(path: Path) -> frozenset[int]:
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


@pytest.mark.parametrize("weight", ["regular", "bold"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_character_of_the_catalogue_is_in_the_font(weight: str, language: str):
    words = words_of(language)
    used = {char for key in words for char in words.raw(key) if char != "\n"}
    assert not {char for char in used if ord(char) not in covered(getattr(find_fonts(), weight))}


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_rare_names_and_what_the_screens_add_are_in_the_font(weight: str):
    font = covered(getattr(find_fonts(), weight))
    assert not {char for char in RARE_SURNAME_CHARACTERS + OF_THE_SCREEN if ord(char) not in font}


def test_every_icon_that_is_named_exists():
    named = re.compile(r"'([a-z]+(?:-[a-z]+)+)'|icon=\"([a-z-]+)\"|\"([a-z]+(?:-[a-z]+)+)\"")
    box = icon_char("square-outline")
    found = set()
    for source in [
        *ROOT.glob("screens/*/*.kv"),
        *ROOT.glob("screens/*/presenter.py"),
        ROOT / "screens/samples.py",
    ]:
        for line in source.read_text("utf-8").splitlines():
            if "icon" in line.lower() or "name:" in line or "-outline" in line:
                found |= {next(filter(None, match)) for match in named.findall(line)}
    icons = {name for name in found if "outline" in name or icon_char(name) != box}
    assert len(icons) > 30
    missing = {name for name in icons if name != "square-outline" and icon_char(name) == box}
    assert not missing
    assert all(ord(icon_char(name)) in covered(icon_font()) for name in icons)


def test_every_fault_a_citizen_can_meet_has_words_in_both_languages():
    code = re.compile(r"\"(fault\.[a-z_]+)\"")
    raised = {
        found
        for folder in ("drivers", "kiosk", "hall", "screens")
        for source in (ROOT / folder).rglob("*.py")
        for found in code.findall(source.read_text("utf-8"))
    }
    raised -= OF_ANY_DEVICE | NOT_FOR_CITIZENS | {"fault.code", "fault.kv"}
    assert len(raised) > 5
    for language in LANGUAGES:
        words = words_of(language)
        missing = {c for c in raised if f"{c}.title" not in words and c not in words}
        assert not missing, language


def test_a_code_nobody_foresaw_still_has_words():
    words = words_of("zh")
    assert told(words, "fault.from_the_future").title == words("fault.internal.title")
    assert told(words, "fault.device_silent", "fault.printer_gone").title == words("fault.printer_gone.title")
    assert told(words, "hall.on_fire").title == words("hall.unreachable.title")
    assert told(words, "").title == words("fault.internal.title")


def test_fonts_are_built_from_the_collections_simplified_chinese_face(tmp_path: Path):
    source = Path("/usr/share/fonts/opentype/noto")
    if not source.is_dir():
        pytest.skip("fonts-noto-cjk is not installed here")
    made = build_fonts(tmp_path, source, characters=frozenset(map(ord, "骨直A1")))
    assert covered(made.regular) == frozenset(map(ord, "骨直A1"))
    with TTFont(made.bold, lazy=True) as font:
        assert font["name"].getDebugName(1) == "Noto Sans CJK SC"
        assert font["name"].getDebugName(2) == "Bold"


def test_missing_fonts_say_where_they_were_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TONGYUAN_FONTS", str(tmp_path / "nowhere"))
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    with pytest.raises(FontsMissing, match="nowhere"):
        find_fonts()
    with pytest.raises(FontsMissing, match="fonts-noto-cjk"):
        build_fonts(tmp_path, tmp_path)
