"""What the tests of certificates share: the font, a day, and the first resident."""

from datetime import date
from pathlib import Path

import pytest

from screens.theme.fonts import FontsMissing, find_fonts

TODAY = date(2026, 11, 22)


def the_font() -> Path:
    try:
        return find_fonts().regular
    except FontsMissing as error:
        pytest.skip(str(error), allow_module_level=True)
