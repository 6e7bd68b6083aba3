"""Which materials of a guide a certificate can stand in for (免提交). Pure; shared by terminal and hall."""

from collections.abc import Iterable, Sequence

from hall.catalogue.model import Material
from hall.wire.messages import CertificateView

# Somebody else's papers, or more people's than one: what the citizen has shown can't stand in for them.
OF_OTHERS = (
    "代办", "代理", "经办", "委托", "监护", "配偶", "父母", "子女", "亲属", "家长", "孩子", "家庭", "全家",
    "双方", "一方", "股东", "受让", "受赠", "担保",
)  # fmt: skip


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
        standing.get(material.certificate, "") if can_be_spared(material) else "" for material in materials
    )


def can_be_spared(material: Material) -> bool:
    """Whether a certificate of the citizen's own could stand in for it at all."""
    return bool(material.certificate) and not any(word in material.name for word in OF_OTHERS)
