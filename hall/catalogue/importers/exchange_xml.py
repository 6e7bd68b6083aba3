"""XML as the provincial library hands it over: records of labelled values. Entities and document types are refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hall.catalogue.importers.domains import TITLES

DEEPEST = 30  # elements inside one another
GENERIC = {
    "KEY",
    "FIELD",
    "PARAM",
    "PROPERTY",
    "COLUMN",
    "VALUE",
}  # tags that say nothing: the label is the name
_LABELS = ("LABEL", "NAME", "KEY")  # attributes that hold the label


class Forbidden(ValueError):
    """The text declares entities or a document type."""


class Broken(ValueError):
    """Not well formed, or nested too deeply."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a record: ``name`` in capitals, ``title`` what the source calls it for people."""

    name: str
    title: str
    text: str


Record = tuple[Value, ...]


def records(text: str) -> list[Record]:
    """The records in the XML text of a column; text without any markup is one value without a name.

    Raises Forbidden or Broken.
    """
    if not text.lstrip().startswith("<"):
        return [(Value("", "", text),)] if text.strip() else []
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Forbidden("entities or a document type")
    declared, _, rest = text.lstrip().partition("?>")
    body = rest if declared.startswith("<?xml") else text
    try:
        return list(records_in(fromstring(f"<all>{body}</all>", forbid_dtd=True)))
    except DefusedXmlException as error:
        raise Forbidden(type(error).__name__) from error
    except (ParseError, ValueError) as error:  # ValueError: characters that are no text
        raise Broken(str(error)) from error


def records_in(element: Element, depth: int = 0) -> Iterator[Record]:
    """The records inside ``element``: what has values is one, what has only records is a list of them."""
    if depth > DEEPEST:
        raise Broken("nested too deeply")
    if not len(element):
        if (value := _value(element)) is not None:
            yield (value,)
        return
    loose = " ".join(
        filter(None, map(str.strip, [element.text or "", *(child.tail or "" for child in element)]))
    )
    if not loose and not any(_text(child) for child in element if not len(child)):
        for child in element:
            yield from records_in(child, depth + 1)
        return
    values = [_kept(child) if len(child) else _value(child) for child in element]
    values.append(Value("", "", loose) if loose else None)
    yield tuple(filter(None, values))


def names(element: Element) -> tuple[str, str]:
    """Name in capitals and title. ``<key label="NAME">`` and ``<NAME label="名称">`` are both NAME."""
    title = next((element.attrib[key] for key in element.attrib if key.upper() in _LABELS), "")
    tag = element.tag.rpartition("}")[2].upper()
    if tag in GENERIC and title.strip():
        tag = TITLES.get(title.strip(), title.strip().upper())
    return tag, title.strip()


def _text(element: Element) -> str:
    """Of ``<NAME>text</NAME>`` or ``<key label="NAME" value="text"/>``."""
    return (element.text or "").strip() or next(
        (v for k, v in element.attrib.items() if k.upper() == "VALUE"), ""
    )


def _value(element: Element) -> Value | None:
    if text := _text(element):
        return Value(*names(element), text)
    unread = [key for key in element.attrib if key.upper() not in (*_LABELS, "VALUE")]
    return _kept(element) if unread else None


def _kept(element: Element) -> Value:
    """A record inside a record, as it stands."""
    _shallow(element)
    return Value(*names(element), tostring(element, encoding="unicode").strip())


def _shallow(element: Element, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise Broken("nested too deeply")
    for child in element:
        _shallow(child, depth + 1)
