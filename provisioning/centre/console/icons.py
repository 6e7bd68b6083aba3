"""Icons as letters of the Material Design Icons font, found in its PyPI package by their names."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path


class IconMissing(Exception):
    """The package is not installed, or has no icon of that name."""


def icon_font() -> Path:
    """The TrueType file that the browser gets. Raises IconMissing."""
    return _package() / "fonts" / "materialdesignicons-webfont.ttf"


def icon(name: str) -> str:
    """The letter that draws ``name`` ("bell-outline"). Raises IconMissing."""
    try:
        return _letters()[name.replace("-", "_")]
    except KeyError:
        raise IconMissing(name) from None


@cache
def _letters() -> dict[str, str]:
    """The package's table read as text: importing its 7,000 names takes a tenth of a second."""
    table = (_package() / "mdi7.py").read_text("utf-8")
    return {
        found[1]: chr(int(found[2], 16))
        for found in re.finditer(r'^    (\w+) = "\\U([0-9a-f]{8})"', table, re.M)
    }


def _package() -> Path:
    spec = find_spec("fonticon_mdi7")
    if spec is None or spec.origin is None:
        raise IconMissing("the package fonticon-materialdesignicons7 is not installed")
    return Path(spec.origin).parent
