"""Which materials of a guide a certificate can stand in for (免提交). Pure; shared by terminal and hall."""

from collections.abc import Iterable, Sequence

from hall.catalogue.model import Material
from hall.wire.messages import CertificateView


def covering(materials: Sequence[Material], certificates: Iterable[CertificateView]) -> tuple[str, ...]:
    """For each of ``materials`` the id of a certificate in force that stands in for it, "" where there is none.

    Only what the guide itself says counts (``Material.certificate``): a name that merely looks alike might be another
    person's (an agent's, a company's).
    """
    standing: dict[str, str] = {}
    for certificate in certificates:
        if certificate.status == "valid":
            for name in certificate.stands_for:
                standing.setdefault(name, certificate.id)
    return tuple(
        standing.get(material.certificate, "") if material.certificate else "" for material in materials
    )
