"""What a library that draws its own faces keeps of somebody, and how it becomes a certificate. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hall.certificates.kinds import Line, known_kinds
from hall.certificates.port import Certificate
from hall.codes.port import Holder
from hall.wire.messages import CertificateStatus

LONG_TERM = "长期"


@dataclass(frozen=True, slots=True)
class Record:
    """One certificate as it is kept; ``status`` is what was decided about it, not what its dates say."""

    kind: str  # short name in kinds.toml
    number: str = field(repr=False)
    issuer: str = field(repr=False)
    issuer_code: str = field(repr=False)
    issued: date = field(repr=False)
    valid_to: date | None = field(default=None, repr=False)
    valid_from: date | None = field(default=None, repr=False)  # unset: as ``issued``
    status: CertificateStatus = "valid"
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """One person or company, and its certificates. ``facts`` stand on several of them (sex, address)."""

    holder: Holder = field(repr=False)
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    records: tuple[Record, ...] = ()

    @property
    def number(self) -> str:
        """What it is looked up by."""
        return self.holder.company.code if self.holder.company else self.holder.number


def standing(
    decided: CertificateStatus, valid_from: date | None, valid_to: date | None, today: date
) -> CertificateStatus:
    """How a certificate stands ``today``: what was decided comes before what its dates say."""
    if decided != "valid":
        return decided
    if valid_from is not None and today < valid_from:
        return "not_yet"
    return "expired" if valid_to is not None and today > valid_to else "valid"


def certificate_of(kept: Kept, record: Record, identifier: str, today: date) -> Certificate:
    """The certificate that ``record`` is. Raises KeyError where a line of its face has no value."""
    known = known_kinds()[record.kind]
    company = kept.holder.company
    valid_from = record.valid_from or record.issued
    holder = company.name if company else kept.holder.name
    facts = {
        **_birth_facts(kept.holder.birth),
        **kept.facts,
        "holder": holder,
        "holder_number": kept.number,
        "number": record.number,
        "issuer": record.issuer,
        "issued": day_text(record.issued),
        "until": day_text(record.valid_to),
        "term": f"{day_text(valid_from)} 至 {day_text(record.valid_to)}",
        **record.facts,
    }
    return Certificate(
        kind=known.kind,
        identifier=identifier,
        number=record.number,
        holder=holder,
        holder_number=kept.number,
        issuer=record.issuer,
        issued=record.issued,
        valid_from=valid_from,
        valid_to=record.valid_to,
        status=standing(record.status, valid_from, record.valid_to, today),
        lines=tuple((line.label, _filled(line, facts)) for line in known.lines),
        lines_en=tuple(line.label_en for line in known.lines),
    )


def plain_lines(certificate: Certificate) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Lines (and their labels in English) for a certificate of which only the common elements are known."""
    rows = (
        ("持证主体", "Holder", certificate.holder),
        ("持证主体代码", "Holder's number", certificate.holder_number),
        ("证照编号", "No.", certificate.number),
        ("颁发机构", "Issued by", certificate.issuer),
        ("颁发日期", "Issued on", day_text(certificate.issued) if certificate.issued else ""),
        ("有效期起", "Valid from", day_text(certificate.valid_from) if certificate.valid_from else ""),
        ("有效期止", "Valid to", day_text(certificate.valid_to)),
        ("证照标识", "Identifier", certificate.identifier),
    )
    shown = [row for row in rows if row[2]]
    return tuple((label, value) for label, _, value in shown), tuple(english for _, english, _ in shown)


def day_text(day: date | None) -> str:
    return f"{day.year}年{day.month:02}月{day.day:02}日" if day else LONG_TERM


def _birth_facts(birth: date | None) -> dict[str, str]:
    return {"birth": day_text(birth)} if birth else {}


def _filled(line: Line, facts: Mapping[str, str]) -> str:
    """``{name}`` is replaced by its fact and nothing else is read: a value may hold any sign."""
    value = line.value
    return facts[value[1:-1]] if value.startswith("{") and value.endswith("}") else value
