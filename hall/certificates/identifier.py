"""证照标识: the identifier of an electronic certificate, GB/T 36904-2018. Pure.

    1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>

``type`` is the code of the certificate's type, ``issuer`` the code of whoever issued it; ``check`` is one character by
ISO 7064 MOD 37,36 over the other fields joined without dots. At least one province fills the check in by another rule,
so a wrong one is a reason for doubt, never for refusal.
"""

from dataclasses import dataclass, field
from typing import Final

ROOT: Final = "1.2.156.3005.2"
LONGEST: Final = 200  # characters; the longest public sample has 91
_SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES: Final = {sign: value for value, sign in enumerate(_SIGNS)}


@dataclass(frozen=True, slots=True)
class Identifier:
    """The fields after the root. They point to one certificate of one person."""

    type: str
    issuer: str = field(repr=False)
    serial: str = field(repr=False)
    version: str = field(repr=False)
    check: str = field(repr=False)

    def __str__(self) -> str:
        return ".".join((ROOT, self.type, self.issuer, self.serial, self.version, self.check))

    @property
    def holds(self) -> bool:
        """Whether the check character is the right one."""
        fields = self.type + self.issuer + self.serial + self.version
        return all(sign in _VALUES for sign in fields.upper()) and check_sign(fields) == self.check.upper()


def check_sign(text: str) -> str:
    """The character that ISO 7064 MOD 37,36 adds to ``text`` (letters of either case and digits).

    Raises ValueError on any other character.
    """
    product = 36
    for sign in text.upper():
        if sign not in _VALUES:
            raise ValueError(f"U+{ord(sign[0]):04X} has no value in ISO 7064 MOD 37,36")
        product = ((product + _VALUES[sign]) % 36 or 36) * 2 % 37
    return _SIGNS[(37 - product) % 36]


def parse(text: str) -> Identifier | None:
    """The fields of ``text``, right check or not; None where it has not the form at all."""
    root, fields = text[: len(ROOT) + 1], text[len(ROOT) + 1 :].split(".")
    if len(text) > LONGEST or root != ROOT + "." or len(fields) != 5 or not all(map(_is_plain, fields)):
        return None
    return Identifier(*fields) if len(fields[-1]) == 1 else None


def make(type_code: str, issuer: str, serial: str, version: str = "001") -> Identifier:
    """An identifier with the right check character. Raises ValueError where a field is empty or not plain."""
    if not all(map(_is_plain, (type_code, issuer, serial, version))):
        raise ValueError("a field of an identifier is letters and digits only")
    return Identifier(type_code, issuer, serial, version, check_sign(type_code + issuer + serial + version))


def doubtful(text: str) -> bool:
    """Whether ``text`` is there and not as it should be. A library that gives none gives no reason for doubt."""
    if not text:
        return False
    found = parse(text)
    return found is None or not found.holds


def _is_plain(text: str) -> bool:
    """ASCII letters and digits; some issuers put hyphens and underscores into serials, which only makes doubtful."""
    return bool(text) and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
