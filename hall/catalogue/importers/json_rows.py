"""The rows of a JSON file, one at a time: a list, or a table with the list under "items"; or JSON lines.

Only one row is held as values at a time, and a row that is broken is skipped to its own end: the others are read.
A table that names an element twice is broken too: nobody can say which of the two is meant.
"""

import json
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from hall.catalogue.importers.remarks import refusal
from hall.catalogue.intake import Remark

LARGEST = 512_000_000  # bytes; 100,000 guides of 2 KB are 200 MB
Found: TypeAlias = tuple[str, dict[str, Any]] | Remark  # JSON is whatever it is

# a string, closed or not, or a bracket or comma; possessive, so that no text makes it go back and try again
_MARK = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")


class _Twice(ValueError):
    pass


def json_rows(path: Path) -> Iterator[Found]:
    """Rows called "items.json#1" and on, and a refusal for each that is none. Never raises."""
    try:
        if path.stat().st_size > LARGEST:
            yield refusal(path.name, "file.too_large", f"more than {LARGEST} bytes")
            return
        data = path.read_bytes()
        text = data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except OSError as error:
        yield refusal(path.name, "file.unreadable", error.strerror or "")
        return
    except UnicodeDecodeError as error:
        yield refusal(path.name, "file.encoding", f"neither UTF-8 nor UTF-16 from byte {error.start}")
        return
    del data
    yield from _lines(path.name, text) if path.suffix in (".jsonl", ".ndjson") else _document(path.name, text)


def _lines(name: str, text: str) -> Iterator[Found]:
    number = 0
    for line in text.split("\n"):
        if line.strip():
            number += 1
            try:
                yield _row(f"{name}#{number}", _DECODER.decode(line))
            except (ValueError, RecursionError) as error:
                yield _broken(f"{name}#{number}", error)


def _document(name: str, text: str) -> Iterator[Found]:
    at = _after_space(text, 0)
    try:
        if text.startswith("[", at):
            at = yield from _list(name, text, at + 1)
        elif text.startswith("{", at):
            at = yield from _members(name, text, at + 1)
        else:
            raise ValueError("neither a list nor a table of JSON")
        if _after_space(text, at) != len(text):
            raise ValueError("something stands after the end")
    except EOFError:
        yield refusal(name, "file.truncated", "the file ends before its list does")
    except (ValueError, RecursionError) as error:
        yield refusal(name, "file.wrong_shape", _say(error))


def _members(name: str, text: str, at: int) -> Generator[Found, None, int]:
    """The list under "items" of the table that begins before ``at``; returns where the table ends."""
    rows = False
    while not text.startswith("}", at := _after_space(text, at)):
        key, at = _DECODER.raw_decode(text, at)
        at = _after_space(text, at)
        if not text.startswith(":", at):
            raise ValueError("a colon is missing")
        at = _after_space(text, at + 1)
        if key == "items" and not rows and text.startswith("[", at):
            rows = True
            at = yield from _list(name, text, at + 1)
        else:
            _, at = _DECODER.raw_decode(text, at)
        at = _after_space(text, at)
        if text.startswith(",", at):
            at += 1
        elif not text.startswith("}", at):
            raise ValueError("a comma or brace is missing")
    if not rows:
        raise ValueError('no list under "items"')
    return at + 1


def _list(name: str, text: str, at: int) -> Generator[Found, None, int]:
    """The rows of the list that begins before ``at``; returns where it ends. Raises EOFError."""
    number = 0
    while not text.startswith("]", at := _after_space(text, at)):
        number += 1
        end = _end_of_row(text, at)
        try:
            yield _row(f"{name}#{number}", _DECODER.decode(text[at:end]))
        except (ValueError, RecursionError) as error:
            if end < len(text):
                yield _broken(f"{name}#{number}", error)
        if end == len(text):
            raise EOFError
        at = end + 1 if text[end] == "," else end
    return at + 1


def _row(row: str, value: object) -> Found:
    if isinstance(value, dict):
        return row, value
    return refusal(row, "row.wrong_type", f"{type(value).__name__} where a table of elements belongs")


def _broken(row: str, error: Exception) -> Remark:
    return refusal(row, "element.twice" if isinstance(error, _Twice) else "json.broken", _say(error))


def _say(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None  # it matches nothing as well
    return found.end()


def _end_of_row(text: str, at: int) -> int:
    """Where the comma or bracket stands that ends the row at ``at``, whatever is inside; else the end of the text."""
    depth = 0
    for mark in _MARK.finditer(text, at):
        match mark.group()[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}" if depth:
                depth -= 1
            case "]":
                return mark.start()
            case "," if not depth:
                return mark.start()
    return len(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return table


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
