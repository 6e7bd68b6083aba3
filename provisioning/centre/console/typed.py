"""What stands in the form of a layer, as texts: made of the layer's values, sent by the browser, read back. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from config.layers import leaves, table
from provisioning.centre.console.fields import Field, Row, Typed, blanks, item, shown

TEXT, CELL, NOTHING = "s:", "r:", "n:"
"""How names of fields begin: a key, a column of a list (``r:PATH:COLUMN``, once a row), a list that has no rows."""


class Unreadable(Exception):
    """What was typed for ``paths`` is not of its kind."""

    code = "draft.unreadable"

    def __init__(self, *paths: str) -> None:
        super().__init__(*paths)
        self.paths = paths


def typed_of(values: Mapping[str, Any]) -> Typed:
    """The form of a layer that says ``values``; a list whose items do not fit its columns stands there as JSON."""
    said = leaves(values)
    texts, rows, nothing = dict[str, str](), dict[str, tuple[Row, ...]](), set[str]()
    for blank in blanks():
        if blank.path not in said:
            continue
        value = said[blank.path]
        if blank.kind != "list" or (found := _items(blank, value)) is None:
            texts[blank.path] = shown(value)
        elif found:
            rows[blank.path] = found
        else:
            nothing.add(blank.path)
    return Typed(texts, rows, frozenset(nothing))


def posted(form: Iterable[tuple[str, Any]]) -> Typed:
    """The form as it came, with all its rows. Raises Unreadable for rows that miss a column."""
    texts, cells, nothing = dict[str, str](), dict[str, list[str]](), set[str]()
    for name, value in form:
        if not isinstance(value, str):
            continue
        if name.startswith(TEXT):
            texts[name.removeprefix(TEXT)] = value
        elif name.startswith(CELL):
            cells.setdefault(name.removeprefix(CELL), []).append(value)
        elif name.startswith(NOTHING):
            nothing.add(name.removeprefix(NOTHING))
    rows = {one.path: _rows(one, cells) for one in blanks() if one.kind == "list" and _named(one, cells)}
    return Typed(texts, rows, frozenset(nothing))


def trimmed(typed: Typed) -> Typed:
    """Without the rows in which nothing is typed: they do not count."""
    rows = {
        path: tuple(row for row in some if any(text.strip() for text in row.values()))
        for path, some in typed.rows.items()
    }
    return replace(typed, rows=rows)


def acted(typed: Typed, act: str) -> tuple[Typed, str]:
    """After a button of a list (``add:PATH``, ``drop``, ``up`` or ``down:PATH:ROW``), and the path to go on at.

    One that makes no sense changes nothing.
    """
    what, _, where = act.partition(":")
    path, _, number = where.partition(":")
    rows = list(typed.rows.get(path, ()))
    if what == "add" and path in typed.rows:
        rows.append({})
        at = len(rows) - 1
    elif number.isascii() and number.isdigit() and int(number) < len(rows):
        at = int(number)
        row = rows.pop(at)
        if what != "drop":
            at = max(0, at - 1) if what == "up" else at + 1
            rows.insert(at, row)
        at = min(at, max(0, len(rows) - 1))
    else:
        return typed, ""
    return replace(typed, rows={**typed.rows, path: tuple(rows)}), f"{path}.{at}"


def merged(values: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The layer ``values`` as the form says it now. Keys that the form does not show stay. Raises Unreadable."""
    held, unreadable = leaves(values), list[str]()
    for blank in blanks():
        path = blank.path
        try:
            if path in typed.rows:
                said = _read_rows(blank, typed.rows[path], path in typed.nothing)
            elif path in typed.texts:
                said = _read(blank, path, typed.texts[path])
            else:
                continue
        except Unreadable as error:
            unreadable += error.paths
            continue
        if said is not None:
            held[path] = said
        elif held.get(path) != "":  # an empty text can be meant; the form cannot tell it from nothing
            held.pop(path, None)
    if unreadable:
        raise Unreadable(*unreadable)
    return table(held)


def lacking(values: Mapping[str, Any]) -> list[str]:
    """Paths of what items of lists do not say though they must: no other layer can say it for them."""
    said = leaves(values)
    return [
        item(blank.path, number, column.path)
        for blank in blanks()
        if blank.kind == "list" and isinstance(said.get(blank.path), list)
        for number, one in enumerate(said[blank.path])
        for column in blank.columns
        if column.needed and isinstance(one, Mapping) and column.path not in one
    ]


def _items(of: Field, value: Any) -> tuple[Row, ...] | None:
    """None where they do not fit the columns."""
    if not isinstance(value, list):
        return None
    columns = {one.path for one in of.columns}
    rows = [one if isinstance(one, Mapping) else {"": one} for one in value]
    if not all(row.keys() <= columns for row in rows):
        return None
    return tuple({name: shown(text) for name, text in row.items()} for row in rows)


def _named(of: Field, cells: Mapping[str, list[str]]) -> bool:
    return any(f"{of.path}:{one.path}" in cells for one in of.columns)


def _rows(of: Field, cells: Mapping[str, list[str]]) -> tuple[Row, ...]:
    columns = {one.path: cells.get(f"{of.path}:{one.path}", []) for one in of.columns}
    try:
        lines = list(zip(*columns.values(), strict=True))
    except ValueError:
        raise Unreadable(of.path) from None
    return tuple(dict(zip(columns, line, strict=True)) for line in lines)


def _read_rows(of: Field, rows: Iterable[Row], nothing: bool) -> list[Any] | None:
    """None: the layer says nothing of it."""
    found, unreadable = list[Any](), list[str]()
    for number, row in enumerate(rows):
        said: dict[str, Any] = {}
        for column in of.columns:
            path = item(of.path, number, column.path)
            try:
                value = _read(column, path, row.get(column.path, ""))
            except Unreadable as error:
                unreadable += error.paths
                continue
            if value is not None:
                said[column.path] = value
        found.append(said.get("") if "" in said else said)
    if unreadable:
        raise Unreadable(*unreadable)
    return found if found or nothing else None


def _read(blank: Field, path: str, text: str) -> Any:
    """None: nothing is typed."""
    text = text.strip()
    if not text or blank.kind in ("text", "choice", "date"):
        return text or None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(path) from None
    if blank.kind == "switch" and not isinstance(value, bool):
        raise Unreadable(path)
    if blank.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise Unreadable(path)
    return value
