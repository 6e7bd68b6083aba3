"""A holder as the few bytes that are sealed inside a code. Pure; one holder, one form.

Texts are a length and GB 18030, which takes two bytes for an ordinary Han character where UTF-8 takes three and still
has every rare one; dates are ordinals in three bytes, 0 for none.
"""

from datetime import date

from hall.codes.port import Company, Holder

MOST_TEXT = 255  # bytes of one text
MOST_HOLDER = 1_024  # bytes of all


class BadHolder(ValueError):
    """It doesn't fit, or the bytes are not exactly what ``pack`` makes. Says nothing of what is in it."""


def pack(holder: Holder) -> bytes:
    """Raises BadHolder."""
    parts = [_text(holder.number), _text(holder.name), _date(holder.birth)]
    if (company := holder.company) is not None:
        parts += [_text(company.name), _text(company.code), _text(company.authority)]
        parts.append(_date(company.authority_until))
    packed = b"".join(parts)
    if len(packed) > MOST_HOLDER:
        raise BadHolder("too long")
    return packed


def unpack(packed: bytes, with_company: bool) -> Holder:
    """Raises BadHolder."""
    if len(packed) > MOST_HOLDER:
        raise BadHolder("too long")
    read = _Reader(packed)
    number, name, birth = read.text(), read.text(), read.date()
    company = Company(read.text(), read.text(), read.text(), read.date()) if with_company else None
    holder = Holder(number, name, birth, company)
    if pack(holder) != packed:  # something after it, or a text written in another way
        raise BadHolder("not canonical")
    return holder


def _text(text: str) -> bytes:
    try:
        encoded = text.encode("gb18030")
    except UnicodeEncodeError:
        raise BadHolder("not text") from None
    if len(encoded) > MOST_TEXT:
        raise BadHolder("too long")
    return bytes([len(encoded)]) + encoded


def _date(day: date | None) -> bytes:
    return (day.toordinal() if day else 0).to_bytes(3, "big")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._rest = data

    def text(self) -> str:
        try:
            return self._take(self._take(1)[0]).decode("gb18030")
        except UnicodeDecodeError:
            raise BadHolder("not text") from None

    def date(self) -> date | None:
        ordinal = int.from_bytes(self._take(3), "big")
        if ordinal > date.max.toordinal():
            raise BadHolder("not a date")
        return date.fromordinal(ordinal) if ordinal else None

    def _take(self, size: int) -> bytes:
        taken, self._rest = self._rest[:size], self._rest[size:]
        if len(taken) < size:
            raise BadHolder("too short")
        return taken
