import re
import tomllib
from pathlib import Path

import pytest

from hall.catalogue.codes import credit_code_holds
from hall.certificates.kinds import by_code, design_of, known_kinds
from hall.certificates.port import Kind
from screens.theme.fonts import icon_char

GUIDES = Path(__file__).parents[4] / "config" / "sites" / "qingyuan" / "catalogue" / "guides"
KINDS = known_kinds()


def test_there_are_kinds_for_residents_and_for_companies():
    of_companies = sum(known.kind.of_company for known in KINDS.values())
    assert of_companies >= 2
    assert len(KINDS) - of_companies >= 12


@pytest.mark.parametrize("name", KINDS)
def test_every_code_is_a_credit_code_and_three_places(name):
    code = KINDS[name].kind.code
    assert credit_code_holds(code[:18])
    assert re.fullmatch(r"[0-9A-Z]{3}", code[18:])


def test_no_two_kinds_share_a_code_or_a_name_for_the_same_material():
    codes = [known.kind.code for known in KINDS.values()]
    names = [name for known in KINDS.values() for name in known.kind.stands_for]
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", KINDS)
def test_every_icon_is_in_the_icon_font(name):
    assert icon_char(KINDS[name].kind.icon) != icon_char("square-outline")


def test_whatever_guides_ask_for_a_certificate_of_has_a_kind():
    asked = {
        found
        for path in GUIDES.glob("*.toml")
        for found in re.findall(r'^certificate\s*=\s*"([^"]+)"', path.read_text("utf-8"), re.MULTILINE)
    }
    covered = {name for known in KINDS.values() for name in known.kind.stands_for}
    assert len(asked) > 10
    assert asked <= covered


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_stands_for_its_own_name_first_and_labels_every_line_in_both_languages(name):
    known = KINDS[name]
    assert known.kind.stands_for[0] == known.kind.name
    assert known.lines
    assert all(line.label and line.label_en and line.value for line in known.lines)


@pytest.mark.parametrize("name", KINDS)
def test_labels_are_dark_enough_on_their_paper(name):
    """WCAG 2 contrast of at least 4.5."""
    design = KINDS[name].design

    def light(colour):
        parts = [c / 255 for c in colour]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    assert (light(design.paper) + 0.05) / (light(design.accent) + 0.05) >= 4.5


def test_a_kind_that_is_not_known_is_a_plain_sheet_with_its_own_name():
    kind = Kind("9" * 21, "海域使用权证", "Sea area use", "file-certificate-outline", ())
    assert by_code(kind.code) is None
    assert design_of(kind).title == "海域使用权证"


def test_the_file_of_kinds_holds_nothing_that_is_not_read():
    table = tomllib.loads(
        (Path(__file__).parents[4] / "hall" / "certificates" / "kinds.toml").read_text("utf-8")
    )
    read = {"code", "name", "name_en", "icon", "stands_for", "of_company", "shape", "title", "paper", "accent",
            "photo", "lines"}  # fmt: skip
    assert {key for row in table.values() for key in row} <= read
