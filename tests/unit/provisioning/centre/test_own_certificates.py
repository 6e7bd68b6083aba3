"""The centre tells in time when a certificate of its own, or of a broker's connection, ends."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from hall.wire.expiry import Expiry
from provisioning.broker.card import Card, Check
from provisioning.centre.own_certificates import OwnCertificates

NOW = 1_795_000_000.0
DAY = 86_400.0
URL = "https://fleet.example.cn"


@dataclass
class Line:
    expiry: Expiry | None = None


def chain(path: Path, *days: float) -> Path:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    ends = [datetime.fromtimestamp(NOW, UTC) + timedelta(days=left) for left in days]
    made = [
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - timedelta(days=1000))
        .not_valid_after(end)
        .sign(key, SHA256())
        for end in ends
    ]
    path.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in made))
    return path


def test_of_what_the_centre_shows_the_first_to_end_counts(tmp_path: Path) -> None:
    own = OwnCertificates(chain(tmp_path / "chain.pem", 300, 12, 900), {}, lambda: NOW)
    (found,) = own.endings()
    assert (found.code, found.broker, found.whose, found.days) == ("centre.certificate", "", "centre", 12)


def test_what_is_shown_does_not_change_with_the_file(tmp_path: Path) -> None:
    path = chain(tmp_path / "chain.pem", 12)
    own = OwnCertificates(path, {}, lambda: NOW)
    chain(path, 400)
    assert [one.days for one in own.endings()] == [12]


def test_without_tls_and_while_a_broker_is_away_nothing_is_said(tmp_path: Path) -> None:
    line = Line()
    own = OwnCertificates(None, {"main": line}, lambda: NOW)
    assert own.endings() == ()
    line.expiry = Expiry(NOW + 3 * DAY, "authority")
    assert [(one.broker, one.whose, one.days) for one in own.endings()] == [("main", "authority", 3)]


@pytest.mark.parametrize(
    "content", [None, b"", b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n"]
)
def test_a_file_that_is_none_is_said_in_the_log_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    path = tmp_path / "chain.pem"
    if content is not None:
        path.write_bytes(content)
    assert OwnCertificates(path, {}, lambda: NOW).endings() == ()
    assert "chain.pem cannot be read" in caplog.text


@pytest.mark.parametrize(("days", "grade"), [(400, "ok"), (31, "ok"), (29, "warn"), (-2, "warn")])
def test_the_health_cards_say_how_many_days_are_left(tmp_path: Path, days: float, grade: str) -> None:
    lines = {"main": Line(Expiry(NOW + days * DAY, "broker")), "north": Line()}
    own = OwnCertificates(chain(tmp_path / "chain.pem", days), lines, lambda: NOW)
    tried = Check("broker.will", "ok")
    cards = own.beside({name: Card(name, 1.0, (tried,)) for name in lines}, URL)
    assert cards["main"].checks == (tried, Check("broker.certificate", grade, f"{days} d, broker"))  # type: ignore[arg-type]
    assert cards["north"].checks == (tried,)
    assert cards[URL].checks == (Check("centre.certificate", grade, f"{days} d, centre"),)  # type: ignore[arg-type]
    assert (cards["main"].grade, cards["north"].grade, cards[URL].grade) == (grade, "ok", grade)
