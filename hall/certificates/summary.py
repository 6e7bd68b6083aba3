"""What leaves of a certificate as words: masked, in the order of use. Pure."""

from collections.abc import Iterable

from hall.certificates.identifier import doubtful
from hall.certificates.kinds import known_kinds
from hall.certificates.port import Certificate
from hall.wire.identity import masked_name, masked_number
from hall.wire.messages import CertificateStatus, CertificateView

_ORDER: dict[CertificateStatus, int] = {"valid": 0, "not_yet": 1, "suspended": 2, "expired": 3, "revoked": 4}


def ordered(certificates: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """In force first, then by kind as people expect them, then the newest."""
    places = {known.kind.code: place for place, known in enumerate(known_kinds().values())}

    def key(certificate: Certificate) -> tuple[int, int, int]:
        newest = -certificate.issued.toordinal() if certificate.issued else 0
        return _ORDER[certificate.status], places.get(certificate.kind.code, len(places)), newest

    return tuple(sorted(certificates, key=key))


def summary(certificate: Certificate, id: str) -> CertificateView:
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
