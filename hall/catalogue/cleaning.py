"""Takes out of texts what no citizen should meet: characters that control, reverse or hide what stands there."""

import re
from typing import Any, TypeVar

from config.part import Part

Values = TypeVar("Values", bound=Part)

# C0 but tab and line feed, delete and C1; direction (Unicode UAX 9); invisible; noncharacters; halves of pairs; tags
_HOSTILE = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
)
HOSTILE = re.compile(f"[{_HOSTILE}]")
_LINE_END = re.compile("\r\n?")
_REASONS = (  # the first that holds
    ("text.direction_characters", re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    ("text.invisible_characters", re.compile("[\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb]")),
    ("text.control_characters", re.compile("")),
)
_IN_JSON = re.compile(f"\\\\[bfru]|[{_HOSTILE}]")  # a control character is an escape there


def suspect(json: str) -> bool:
    """Whether a text in ``json`` may need to be cleaned; quick for those that do not."""
    if json.isprintable() and "\\" not in json:  # no hostile character is printable
        return False
    return _IN_JSON.search(json) is not None


def cleaned(text: str) -> str:
    """``text`` without hostile characters; line ends are line feeds."""
    return HOSTILE.sub("", _LINE_END.sub("\n", text))


def clean(page: Values) -> tuple[Values, list[tuple[str, str, str]]]:
    """``page`` with clean texts, and (element, reason, the text before) for each that was not.

    Raises pydantic.ValidationError when nothing is left of a text that has to be there.
    """
    found: list[tuple[str, str, str]] = []
    values = _walk(page.model_dump(exclude_defaults=True), "", found)
    return (type(page).model_validate(values) if found else page), found


def _walk(value: Any, path: str, found: list[tuple[str, str, str]]) -> Any:  # a model's dump is of any shape
    match value:
        case str():
            clean = cleaned(value)
            if clean != value:
                found.append((path, _reason(value), value))
            return clean
        case dict():
            return {key: _walk(v, f"{path}.{key}" if path else key, found) for key, v in value.items()}
        case tuple():
            return tuple(_walk(v, f"{path}[{i}]", found) for i, v in enumerate(value, start=1))
        case _:
            return value


def _reason(text: str) -> str:
    return next(reason for reason, signs in _REASONS if signs.search(text))


def shown(text: str, length: int = 80) -> str:
    """``text`` for a remark: shortened, with escapes for what must not be shown."""
    short = text if len(text) <= length else text[: length - 1] + "…"
    return HOSTILE.sub(lambda m: m[0].encode("unicode_escape").decode(), short.replace("\r", "\\r"))
