"""One row of any source, read element by element; what is wrong is noted, what nobody asked for is kept verbatim."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from hall.catalogue.importers.doubts import doubts
from hall.catalogue.importers.remarks import faults, shown
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Guide

LONGEST = 20_000  # characters of one element; the model's longest text
MOST = 2_000  # entries of one element
NOT_SAID = "未注明"  # stands for an office that the source does not name

_FLAGS = {"1": True, "0": False, "是": True, "否": False}
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")

Fields = dict[str, Any]  # of a Guide, not yet checked


class Row:
    """The elements of one row. Reading one of the wrong kind notes that and gives nothing."""

    def __init__(self, where: str, values: Mapping[str, object], part_of: "Row | None" = None) -> None:
        """``part_of``: the row that this is a detail of, and with which it is refused."""
        self.where = where
        self.more: list[Fields] = []
        self._values = values
        self._read: set[str] = set()
        self._notes: list[tuple[str, str, str, str]] = part_of._notes if part_of else []

    def note(self, element: str, reason: str, detail: str = "") -> None:
        self._notes.append((self.where, element, reason, shown(detail, 300) if detail else ""))

    def remarks(self, refused: bool) -> Iterator[Remark]:
        for where, element, reason, detail in self._notes:
            yield Remark(where, element, reason, detail, refused)

    def absent(self, **elements: object) -> None:
        """Note each of ``elements`` that the source gives no value."""
        for element, value in elements.items():
            if not value:
                self.note(element, "element.absent")

    def value(self, name: str) -> object:
        self._read.add(name)
        return self._values.get(name)

    def text(self, name: str) -> str:
        """Verbatim; "" if there is none."""
        self._read.add(name)
        value = self._values.get(name)
        if isinstance(value, str):
            return value if len(value) <= LONGEST else self._short_enough(name, value)
        if value is not None:
            self.note(name, "element.wrong_type", f"{shown(value)} is no text")
        return ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts without the empty ones. Half a list misleads: one wrong entry and it is left out whole."""
        value = self.value(name)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > MOST or not all(isinstance(v, str) for v in value):
            self.note(name, "element.wrong_type", f"{shown(value)} is no list of texts")
            return ()
        if any(len(entry) > LONGEST for entry in value):
            self.note(name, "text.too_long", f"an entry has more than {LONGEST} characters")
            return ()
        return tuple(filter(None, value))

    def whole(self, name: str) -> int | None:
        """A number of things: a whole number, or its digits."""
        value = self.value(name)
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and len(value) <= 9 and value.isascii() and value.isdigit():
            return int(value)
        self.note(name, "element.wrong_type", f"{shown(value)} is no whole number")
        return None

    def flag(self, name: str) -> bool | None:
        """Yes or no, as a truth value, 0 or 1, or 是 or 否; None: not said."""
        value = self.value(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return value
        known = _FLAGS.get(value) if isinstance(value, str) else None
        if known is None:
            self.note(name, "element.wrong_type", f"{shown(value)} is neither yes nor no")
        return known

    def id(self, code: str, parts: Iterable[str]) -> str:
        """The row's own code if it can be an id, else one made of ``parts``: the same parts give the same id."""
        if _KEY.fullmatch(code):
            return code
        return "x" + sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]

    def forget(self) -> None:
        """Nothing of this row was used: ``keep_rest`` keeps all of it."""
        self._read.clear()

    def keep(self, element: str, value: str) -> None:
        """Show ``value`` as an element that the model has no field for."""
        if value:
            self.more.append({"name": element, "value": value})

    def keep_rest(self) -> None:
        """Keep every element that nobody has read."""
        for name in [name for name in self._values if name not in self._read]:
            value = self._values[name]
            if value is None or value == "":
                continue
            try:
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            except RecursionError:
                self.note(shown(name), "element.wrong_type", "nested too deeply")
                continue
            if not 0 < len(name) <= 200:
                self.note(shown(name), "element.unknown", "the name of the element is too long or empty")
            else:
                self.keep(name, self._short_enough(name, text))

    def _short_enough(self, name: str, text: str) -> str:
        if len(text) <= LONGEST:
            return text
        self.note(name, "text.too_long", f"{len(text)} characters: {shown(text)}")
        return ""


def settle(row: Row, fields: Fields, elements: Mapping[str, str]) -> Iterator[Taken]:
    """The guide that ``fields`` make, after the remarks on it; without the elements that the model does not allow.

    ``elements`` says what the source calls a field. A row without a usable name or office is refused.
    """
    row.keep_rest()
    guide = _guide(row, fields, elements)
    if guide is not None:
        for element, reason, detail in doubts(guide):
            row.note(elements.get(element, element), reason, detail)
    yield from row.remarks(refused=guide is None)
    if guide is not None:
        yield row.where, guide


def _guide(row: Row, fields: Fields, elements: Mapping[str, str]) -> Guide | None:
    for _ in range(2):  # the second time without what was wrong the first time
        try:
            return Guide.model_validate(fields | {"more": tuple(row.more)})
        except ValidationError as error:
            if not _leave_out(row, fields, elements, error):
                return None
    return None


def _leave_out(row: Row, fields: Fields, elements: Mapping[str, str], error: ValidationError) -> bool:
    """Take what is wrong out of ``fields``. A text too long for its place moves to the further elements."""
    wrong, spoilt = set(), set()
    for place, reason, detail in faults(error):
        field = str(place[0]) if place else ""
        if field == "more":
            number = int(place[1])
            row.note(row.more[number]["name"], reason, detail)
            spoilt.add(number)
            continue
        element = elements.get(field, field)
        row.note(element, reason, detail)
        if reason == "text.too_long" and len(place) <= 2:
            row.keep(element, _at(fields, place))
        wrong.add(field)
    row.more = [entry for number, entry in enumerate(row.more) if number not in spoilt]
    for field in wrong:
        fields.pop(field, None)
    return not wrong & {"", "id", "name", "office"}


def _at(fields: Fields, place: tuple[int | str, ...]) -> str:
    value: Any = fields
    for part in place:
        value = value[part]
    return str(value)
