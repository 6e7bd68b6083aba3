"""Which certificate of a TLS connection ends first."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from hall.wire.expiry import Expiry, first_to_end

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WALL = NOW.timestamp()
ROOT, OTHER, BETWEEN, LEAF = (ec.generate_private_key(ec.SECP256R1()) for _ in range(4))


def made(
    name: str, key: ec.EllipticCurvePrivateKey, by: tuple[str, ec.EllipticCurvePrivateKey], days: float
) -> x509.Certificate:
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)]) for who in (name, by[0]))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1000))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(by[1], SHA256())
    )


def root(days: float, key: ec.EllipticCurvePrivateKey = ROOT) -> x509.Certificate:
    return made("root", key, ("root", key), days)


LEAF_OF_ROOT = made("broker", LEAF, ("root", ROOT), 50)
LEAF_OF_OTHERS = made("broker", LEAF, ("between", BETWEEN), 50)


@pytest.mark.parametrize(
    ("broker", "trusted", "client", "whose", "days"),
    [
        (LEAF_OF_ROOT, (), None, "broker", 50),
        (LEAF_OF_ROOT, (root(400),), None, "broker", 50),
        (LEAF_OF_ROOT, (root(4),), None, "authority", 4),
        # renewed with the same key: the new one vouches when the old one has ended
        (LEAF_OF_ROOT, (root(4), root(400)), None, "broker", 50),
        # another authority that ends says nothing of this connection, also under the same name
        (LEAF_OF_ROOT, (root(400), root(2, OTHER)), None, "broker", 50),
        # others stand between, so any of the trusted may be the one; not one that has ended
        (LEAF_OF_OTHERS, (root(400), root(7, OTHER), root(-3)), None, "authority", 7),
        (LEAF_OF_OTHERS, (root(-3),), None, "broker", 50),
        (LEAF_OF_ROOT, (root(400),), made("qy-k01", LEAF, ("root", ROOT), 3), "client", 3),
        (LEAF_OF_ROOT, (root(400),), made("qy-k01", LEAF, ("root", ROOT), 300), "broker", 50),
    ],
)
def test_the_first_to_end_is_named(
    broker: x509.Certificate,
    trusted: tuple[x509.Certificate, ...],
    client: x509.Certificate | None,
    whose: str,
    days: float,
) -> None:
    found = first_to_end(broker, trusted, client, WALL)
    assert (found.whose, found.days(WALL)) == (whose, days)


def test_what_has_run_out_has_less_than_no_days_left() -> None:
    assert Expiry(WALL, "broker").days(WALL + 86400) == -1
