"""A certificate beside what leaves of it: the summary, masked."""

from dataclasses import dataclass, field

from hall.certificates.identifier import doubtful
from hall.certificates.port import Certificate
from hall.wire.identity import masked_name, masked_number
from hall.wire.messages import CertificateView


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate and its summary."""

    certificate: Certificate = field(repr=False)
    view: CertificateView = field(repr=False)


def summary(id: str, certificate: Certificate) -> CertificateView:
    """``certificate`` as its holder and a window may see it in a list; ``id`` is random, inside its presentation.

    The name of a company is public (企业信用信息公示) and stays whole; its numbers are masked like anybody's.
    """
    kind = certificate.kind
    return CertificateView(
        id=id,
        kind=kind.code,
        name=kind.name,
        name_en=kind.name_en,
        icon=kind.icon,
        holder=certificate.holder if kind.of_company else masked_name(certificate.holder),
        number=masked_number(certificate.number),
        issuer=certificate.issuer,
        valid_from=certificate.valid_from,
        valid_to=certificate.valid_to,
        status=certificate.status,
        doubtful=doubtful(certificate.identifier),
        stands_for=kind.stands_for,
    )
