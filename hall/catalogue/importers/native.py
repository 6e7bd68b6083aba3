"""The project's own source: a folder of TOML files whose tables have exactly the fields of the model.

``catalogue.toml`` holds the header, ``guides/*.toml`` the guides ([[guides]]) and ``bundles.toml`` the bundles
([[bundles]]). It is written by hand, so nothing is guessed: a table with a mistake is refused with all its mistakes.
"""

import json
import tomllib
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

from pydantic import ValidationError

from config.load import load
from hall.catalogue.importers.doubts import doubts
from hall.catalogue.importers.remarks import faults, refusal
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Bundle, Guide, Header

HEADER = "catalogue.toml"
LARGEST = 64_000_000  # bytes of one file; a folder may have many


def read_header(path: Path) -> Header:
    """The header in ``path``: the folder, or its catalogue.toml. Raises config.load.ConfigError."""
    return load(path / HEADER if path.is_dir() else path, Header)


def import_native(path: Path, header: Header) -> Iterator[Taken]:
    """Guides by file name, then bundles. Rows are called "guides/social.toml#3": the third table of that file."""
    folder = path if path.is_dir() else path.parent
    for file in sorted((folder / "guides").glob("*.toml")):
        yield from _tables(file, f"guides/{file.name}", "guides", Guide)
    if (folder / "bundles.toml").exists():
        yield from _tables(folder / "bundles.toml", "bundles.toml", "bundles", Bundle)


def _tables(file: Path, name: str, key: str, model: type[Guide] | type[Bundle]) -> Iterator[Taken]:
    try:
        if file.stat().st_size > LARGEST:
            yield refusal(name, "file.too_large", f"more than {LARGEST} bytes")
            return
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        yield refusal(name, "file.unreadable", error.strerror or "")
        return
    except UnicodeDecodeError as error:
        yield refusal(name, "file.encoding", f"not UTF-8 from byte {error.start}")
        return
    except (
        ValueError,
        RecursionError,
    ) as error:  # TOMLDecodeError is a ValueError, and so are numbers beyond Python
        yield refusal(name, "file.wrong_shape", f"not TOML: {error}")
        return
    tables = raw.pop(key, [])
    for other in raw:
        yield refusal(name, "element.unknown", f"this file holds [[{key}]] tables only", element=other)
    if not isinstance(tables, list):
        yield refusal(name, "element.wrong_type", f"written as [[{key}]], once for each", element=key)
        return
    for number, table in enumerate(tables, start=1):
        yield from _table(f"{name}#{number}", table, model)


def _table(row: str, table: object, model: type[Guide] | type[Bundle]) -> Iterator[Taken]:
    try:
        text = json.dumps(table, default=_as_text)
    except RecursionError:  # dotted keys nest without end
        yield refusal(row, "element.wrong_type", "nested too deeply")
        return
    try:
        # strict JSON: "3" or true is no number, yet arrays are tuples and dates are as TOML writes them
        page = model.model_validate_json(text, strict=True)
    except ValidationError as error:
        for place, reason, detail in faults(error):
            yield Remark(row, _key(place), reason, detail, refused=True)
        return
    if isinstance(page, Guide):
        yield from (Remark(row, *doubt, refused=False) for doubt in doubts(page))
    yield row, page


def _as_text(value: object) -> str:
    assert isinstance(value, date | time)  # all else that TOML knows is JSON as well
    return value.isoformat()


def _key(place: tuple[int | str, ...]) -> str:
    """``materials[2].copies``, counted from 1 as people count."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).lstrip(".")
