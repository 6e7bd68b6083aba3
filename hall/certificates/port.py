"""A person's or a company's certificates: the values, and the port to whoever keeps them (电子证照库).

Elements after GB/T 36903-2018 (metadata) and GB/T 36904-2018 (identification). All of it is personal: it lives in the
hall's memory for the length of one presentation, and what leaves is a summary (masked) or a watermarked picture.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from hall.codes.port import Holder
from hall.wire.messages import CertificateStatus, OutsideView


class LibraryAway(Exception):
    """Nobody could say: certificates.unreachable, certificates.garbled_answer, certificates.resting."""

    def __init__(self, code: str = "certificates.unreachable", facts: str = "") -> None:
        super().__init__(f"{code} {facts}".strip())
        self.code = code


class FaceMissing(Exception):
    """The certificate exists, its picture can't be had."""

    code = "certificates.no_face"


@dataclass(frozen=True, slots=True)
class Kind:
    """证照类型. ``stands_for``: names of materials in guides that it can stand in for, its own first."""

    code: str  # 证照类型代码: credit code of who defines it + three places (GB/T 36903)
    name: str
    name_en: str
    icon: str
    stands_for: tuple[str, ...]
    of_company: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    kind: Kind
    identifier: str = field(repr=False)  # 证照标识: 1.2.156.3005.2.<type>.<issuer>.<serial>.<version>.<check>
    number: str = field(repr=False)  # 证照编号
    holder: str = field(repr=False)  # 持证主体
    holder_number: str = field(repr=False)  # 持证主体代码: ID number or credit code
    issuer: str = field(repr=False)
    issued: date | None = field(default=None, repr=False)
    valid_from: date | None = field(default=None, repr=False)
    valid_to: date | None = field(default=None, repr=False)  # None: no end
    status: CertificateStatus = "valid"
    lines: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # what its face says: (label, text)
    lines_en: tuple[str, ...] = ()  # the labels in English, where the face has them


class CertificateLibrary(Protocol):
    """Blocking; called on threads of its own, several at once."""

    def certificates(self, holder: Holder) -> tuple[Certificate, ...]:
        """What is kept of ``holder`` (of the company, where there is one). Raises LibraryAway."""

    def face(self, certificate: Certificate) -> bytes:
        """Its picture as PNG, without our watermark. Raises LibraryAway, FaceMissing."""

    def state(self) -> OutsideView: ...

    def close(self) -> None: ...
