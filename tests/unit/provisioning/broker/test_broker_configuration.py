"""The written configuration: safe by default, refused where it would not work, the same when written again."""

import getpass
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from provisioning.broker import access, passwords
from provisioning.broker.configuration import BrokerRefused, centre_password, text, write
from provisioning.broker.settings import BrokerSettings, Tls
from provisioning.wire import topics
from provisioning.wire.messages import Command

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
HERE = {"account": getpass.getuser()}


def certificate(folder: Path, *, days: float = 365, key: EllipticCurvePrivateKey | None = None) -> Tls:
    folder.mkdir(exist_ok=True)
    ours = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(ours.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(ours, SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    raw = (key or ours).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(raw)
    (folder / "key.pem").chmod(0o600)
    return Tls(certificate=folder / "cert.pem", key=folder / "key.pem")


def lines(settings: BrokerSettings) -> set[str]:
    return set(text(settings, Path("/srv/broker")).splitlines())


def test_nobody_comes_in_without_a_name_and_the_name_is_the_client_id() -> None:
    assert {"allow_anonymous false", "use_username_as_clientid true"} <= lines(BrokerSettings())


def test_beyond_this_machine_tls_is_wanted_unless_the_wire_is_said_to_be_private() -> None:
    with pytest.raises(ValidationError, match="beyond this machine"):
        BrokerSettings(listen="0.0.0.0")
    assert BrokerSettings(listen="0.0.0.0", plain_network=True).url == "mqtt://127.0.0.1:8883"


def test_with_certificates_terminals_are_known_by_their_common_name() -> None:
    tls = Tls(certificate=Path("/c"), key=Path("/k"), client_ca=Path("/ca"), revoked=Path("/crl"))
    written = lines(BrokerSettings(tls=tls))
    assert {"require_certificate true", "use_identity_as_username true", "crlfile /crl"} <= written
    assert "tls_version tlsv1.3" in written
    with pytest.raises(ValidationError, match="client_ca"):
        Tls(certificate=Path("/c"), key=Path("/k"), revoked=Path("/crl"))


def test_files_are_for_the_owner_alone_and_hold_no_password_but_the_centres(tmp_path: Path) -> None:
    folder = tmp_path / "broker"
    write(BrokerSettings(**HERE), folder, NOW)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes.pop("store") == 0o700
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    password = centre_password(folder)
    assert len(password) > 30
    holding = {path.name for path in folder.iterdir() if path.is_file() and password in path.read_text()}
    assert holding == {"centre.url"}


def test_the_centre_signs_in_with_what_was_written(tmp_path: Path) -> None:
    write(BrokerSettings(**HERE), tmp_path / "b", NOW)
    users = passwords.read(tmp_path / "b" / "passwords")
    assert passwords.matches(centre_password(tmp_path / "b"), users["centre"])


def test_written_again_nothing_changes_and_terminals_keep_their_accounts(tmp_path: Path) -> None:
    folder, settings = tmp_path / "b", BrokerSettings(**HERE)
    first = write(settings, folder, NOW)
    passwords.write(folder / "passwords", passwords.read(folder / "passwords") | {"qy-k01": "$7$x"})
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    again = write(settings, folder, NOW)
    assert set(first.changed) >= {"mosquitto.conf", "access", "passwords", "centre.url"}
    assert again.changed == ()
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_another_port_keeps_the_password_and_asks_for_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    write(BrokerSettings(**HERE), folder, NOW)
    password = centre_password(folder)
    again = write(BrokerSettings(port=9000, **HERE), folder, NOW)
    assert centre_password(folder) == password
    assert set(again.changed) == {"mosquitto.conf", "centre.url"}
    assert any("systemctl restart tongyuan-broker-main.service" in step for step in again.steps)


def test_a_mode_that_was_opened_is_closed_again(tmp_path: Path) -> None:
    folder = tmp_path / "b"
    write(BrokerSettings(**HERE), folder, NOW)
    (folder / "centre.url").chmod(0o644)
    write(BrokerSettings(**HERE), folder, NOW)
    assert stat.S_IMODE((folder / "centre.url").stat().st_mode) == 0o600


def test_certificates_that_cannot_work_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    over = certificate(tmp_path / "over", days=-1)
    foreign = certificate(tmp_path / "foreign", key=generate_private_key(SECP256R1()))
    absent = Tls(certificate=tmp_path / "no.pem", key=tmp_path / "no.key")
    for tls, said in ((over, "has ended"), (foreign, "does not belong"), (absent, "cannot be read")):
        with pytest.raises(BrokerRefused, match=said):
            write(BrokerSettings(tls=tls, **HERE), tmp_path / "b", NOW)
    assert not (tmp_path / "b").exists()


def test_a_key_that_everybody_reads_is_refused(tmp_path: Path) -> None:
    tls = certificate(tmp_path / "tls")
    os.chmod(tls.key, 0o644)
    with pytest.raises(BrokerRefused, match="everybody on this machine can read"):
        write(BrokerSettings(tls=tls, **HERE), tmp_path / "b", NOW)


def test_a_certificate_that_ends_soon_is_written_with_a_warning(tmp_path: Path) -> None:
    tls = certificate(tmp_path / "tls", days=10)
    assert "ends in 10 days" in write(BrokerSettings(tls=tls, **HERE), tmp_path / "b", NOW).warnings[0]


def test_a_folder_whose_name_mosquitto_or_systemd_would_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokerRefused, match="without blanks"):
        write(BrokerSettings(**HERE), tmp_path / "two words", NOW)


def test_every_topic_of_a_terminal_is_in_the_list_with_its_own_direction_only() -> None:
    patterns = {line for line in access.rules().splitlines() if line.startswith("pattern")}
    for topic in topics.TO_DEVICE:
        assert f"pattern read {topic('%u')}" in patterns
    for topic in topics.FROM_DEVICE:
        assert f"pattern write {topic('%u')}" in patterns
    assert len(patterns) == len(topics.TO_DEVICE) + len(topics.FROM_DEVICE) + 2
    assert not any(word in line for line in patterns for word in ("+", "#"))


def test_names_of_the_probe_can_never_be_a_terminals() -> None:
    for name in access.PROBES:
        with pytest.raises(ValidationError):
            Command(id="x", device=name, verb="identify", issued=NOW, expires=NOW)
