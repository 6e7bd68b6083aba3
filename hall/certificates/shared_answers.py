"""A shared service's answers by the settings' paths: JSON in, certificates out. Pure, and trusts nothing.

One answer that is not as it should be is refused as a whole: half a list would look like all there is.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from config.certificates import ListFields
from hall.certificates.kinds import known_kinds
from hall.certificates.port import Certificate, FaceMissing, Kind, LibraryAway
from hall.certificates.records import plain_lines, standing
from hall.codes.mapping import standing_at

MOST_CERTIFICATES = 60
MOST_TEXT = 200  # characters of an element
MOST_LINE = 600  # characters of a value on a face: scopes of business are long
MOST_LINES = 40
MOST_FACE = 6_000  # characters of all values: a face of them is as high as a picture may be
_DAY = re.compile(r"(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?(?:[T ]\d{2}:\d{2}.{0,20})?", re.ASCII)
_NO_END = ("", "长期", "长期有效", "永久", "9999-12-31", "99991231")


class NoneKept(Exception):
    """The service answered: there is nothing."""


def kind_codes(codes: Mapping[str, str]) -> dict[str, Kind]:
    """Type code → kind: the service's own ``codes`` by short name, then the national ones."""
    known = known_kinds()
    national = {one.kind.code: one.kind for one in known.values()}
    return national | {code: known[name].kind for name, code in codes.items()}


def listed(
    body: bytes,
    fields: ListFields,
    kinds: Mapping[str, Kind],
    *,
    number: str,
    asked: str,
    company: bool,
    today: date,
) -> tuple[Certificate, ...]:
    """What is kept of ``number``. ``asked``: the type code asked for, "" for all. Raises LibraryAway."""
    try:
        answer = _good(body, fields)
    except NoneKept:
        return ()
    found = standing_at(answer, fields.certificates, missing=False)
    if found is None:  # null is a way to say nothing; no place for a list at all is a mistake of somebody's
        return ()
    entries = found if isinstance(found, list) else [found]
    if len(entries) > MOST_CERTIFICATES:
        raise garbled(f"certificates={len(entries)}")
    return tuple(_certificate(entry, fields, kinds, number, asked, company, today) for entry in entries)


def picture(body: bytes, fields: ListFields, path: str) -> bytes:
    """The picture in a face's answer, undecoded and unjudged. Raises LibraryAway, FaceMissing."""
    try:
        found = standing_at(_good(body, fields), path)
    except NoneKept:
        raise FaceMissing("the service has none") from None
    if found is None or found == "":
        raise FaceMissing("the answer has none")
    try:
        return base64.b64decode(found, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise garbled("picture is not Base64") from None


def garbled(facts: str) -> LibraryAway:
    return LibraryAway("certificates.garbled_answer", facts)


def _good(body: bytes, fields: ListFields) -> Any:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise garbled("not JSON") from None
    status = str(standing_at(answer, fields.status))
    if status in fields.none:
        raise NoneKept
    if status not in fields.good:
        raise garbled("result code is not in the settings")
    return answer


def _certificate(
    entry: Any,
    fields: ListFields,
    kinds: Mapping[str, Kind],
    number: str,
    asked: str,
    company: bool,
    today: date,
) -> Certificate:
    def text(path: str, what: str) -> str:
        return _text(standing_at(entry, path) if path else None, what, MOST_TEXT)

    def day(path: str, what: str) -> date | None:
        return _day(text(path, what), what)

    holder_number = text(fields.holder_number, "holder_number").upper()
    # A certificate of two, as of a marriage, may name both holders.
    if holder_number and number.upper() not in re.split(r"[,;^|、，；\s]+", holder_number):
        raise garbled("a certificate of somebody else")
    code, name = text(fields.type, "type") or asked, text(fields.type_name, "type_name")
    valid_from, valid_to = day(fields.valid_from, "valid_from"), day(fields.valid_to, "valid_to")
    state = text(fields.state, "state") if fields.states else ""
    if state and state not in fields.states:  # it may mean revoked
        raise garbled("state is not in the settings")
    certificate = Certificate(
        kind=kinds.get(code) or _unknown(code, name, company),
        identifier=text(fields.identifier, "identifier"),
        number=text(fields.number, "number"),
        holder=text(fields.holder, "holder"),
        holder_number=number,
        issuer=text(fields.issuer, "issuer"),
        issued=day(fields.issued, "issued"),
        valid_from=valid_from,
        valid_to=valid_to,
        status=standing(fields.states.get(state, "valid"), valid_from, valid_to, today),
        lines=_lines(standing_at(entry, fields.lines) if fields.lines else None),
    )
    if not certificate.identifier:
        raise garbled("identifier is missing")
    return certificate


def with_lines(certificate: Certificate) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """What its face says: its own lines, else the common elements."""
    return (certificate.lines, certificate.lines_en) if certificate.lines else plain_lines(certificate)


def _unknown(code: str, name: str, company: bool) -> Kind:
    return Kind(
        code=code,
        name=name or "电子证照",
        name_en="" if name else "Certificate",
        icon="file-certificate-outline",
        stands_for=(name,) if name else (),
        of_company=company,
    )


def _lines(found: Any) -> tuple[tuple[str, str], ...]:
    if found is None:
        return ()
    if not isinstance(found, dict) or len(found) > MOST_LINES:
        raise garbled("lines are no short object")
    lines = tuple(
        (_text(label, "label", 30), _text(value, "line", MOST_LINE)) for label, value in found.items()
    )
    if sum(len(value) for _, value in lines) > MOST_FACE:
        raise garbled("lines are too long")
    return lines


def _text(found: Any, what: str, most: int) -> str:
    if found is None:
        return ""
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found) if abs(found) < 10**30 else None
    if not isinstance(found, str) or len(found) > most:
        raise garbled(f"{what} is no fit text")
    return found.strip()


def _day(found: str, what: str) -> date | None:
    if found in _NO_END:
        return None
    if (parts := _DAY.fullmatch(found)) is None:
        raise garbled(f"{what} is no date")
    try:
        return date(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:
        raise garbled(f"{what} is no date") from None
