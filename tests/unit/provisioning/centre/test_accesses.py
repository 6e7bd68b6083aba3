"""What terminals are told of the ways to centre and brokers, and which files of the settings are refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from provisioning.broker.card import Card, Check
from provisioning.broker.configuration import BrokerRefused
from provisioning.centre.accesses import Accesses
from provisioning.centre.documents import Documents
from provisioning.centre.fleet import Fleet
from provisioning.centre.settings import Broker, Centre
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.centre.vault import Vault
from provisioning.wire.documents import MOST, Apply, Document, access_tag, open_document
from provisioning.wire.messages import MOST_PEM, Reported
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal
from tests.unit.provisioning.centre.rollout_scene import BEGAN, Clock

NOW = datetime.fromtimestamp(BEGAN, UTC)


def paper(folder: Path, name: str, *, called: str = "", identified: bool = False) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called or name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=400))
    )
    if identified:
        of_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        made = made.add_extension(of_key, critical=False)
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    files[1].touch(mode=0o600)
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def joined(folder: Path, *files: Path) -> Path:
    made = folder / "joined.pem"
    made.touch(mode=0o600)
    made.write_bytes(b"".join(file.read_bytes() for file in files))
    return made


def settings(folder: Path, *brokers: Broker, ca: Path | None = None) -> Centre:
    return Centre(data=folder, url="https://fleet.example.cn", brokers=brokers, ca=ca)


def broker(folder: Path, name: str = "main", **more: Any) -> Broker:
    url = f"mqtts://{name}.example.cn:8883"
    return Broker.model_validate({"name": name, "folder": folder, "url": url, **more})


class Office:
    """A centre's documents, at their start again and again."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.clock, self.folder = database, Clock(), folder
        self.keys = SigningKeys(database, Vault(folder / "vault.key"), self.clock)

    def start(self, *brokers: Broker, ca: Path | None = None) -> None:
        self.clock.at += 1
        self.accesses = Accesses(settings(self.folder, *brokers, ca=ca), self.clock())
        self.documents = Documents(self.keys, self.clock, self.accesses.told)

    def issue(self, *names: str, settings: dict[str, object] | None = None) -> None:
        with self.database.write() as connection:
            for name in names:
                row = connection.execute(select(t.terminals).where(t.terminals.c.id == name)).one()
                self.documents.issue(connection, row, settings or {"a": 1}, Apply(), None, "enrolled")

    def newest(self, name: str) -> Document:
        with self.database.read() as connection:
            envelope = self.documents.envelope(connection, name)
        assert envelope is not None
        return open_document(envelope, self.keys.public(), name, 0, datetime.fromtimestamp(self.clock(), UTC))


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    add_hall(database)
    add_hall(database, "ly", broker="north")
    for name, hall in (("k1", "qy"), ("k2", "ly")):
        add_terminal(database, name, hall)
    return Office(database, tmp_path)


def test_each_terminal_is_told_of_its_own_hall_s_broker_and_of_the_centre(office: Office) -> None:
    ca, own = paper(office.folder, "ca")[0], paper(office.folder, "own")[0]
    office.start(broker(office.folder, ca=ca), broker(office.folder, "north"), ca=own)
    office.issue("k1", "k2")
    first, second = (office.newest(name).access for name in ("k1", "k2"))
    assert first is not None
    assert second is not None
    assert (first.url, first.ca) == ("mqtts://main.example.cn:8883", ca.read_text())
    assert (second.url, second.ca) == ("mqtts://north.example.cn:8883", None)
    assert {one.centre_ca for one in (first, second)} == {own.read_text()}


def test_changed_settings_reach_everybody_under_the_revision_they_have(office: Office) -> None:
    office.start(broker(office.folder), broker(office.folder, "north"))
    office.issue("k1")
    before = office.newest("k1")
    office.start(broker(office.folder, url="mqtts://moved.example.cn:8883"), broker(office.folder, "north"))
    after = office.newest("k1")
    assert before.access is not None
    assert after.access is not None
    assert after.access.url == "mqtts://moved.example.cn:8883"
    assert after.access.since > before.access.since
    assert after.model_copy(update={"access": None}) == before.model_copy(update={"access": None})


def test_settings_that_fit_a_document_still_fit_when_authorities_are_told_with_them(office: Office) -> None:
    full = joined(office.folder, *(paper(office.folder, f"ca{n}")[0] for n in range(12)))
    assert MOST_PEM * 0.6 < len(full.read_text()) <= MOST_PEM
    office.start(broker(office.folder, ca=full), ca=full)
    large: dict[str, object] = {"text": "x" * (MOST // 4 * 3 - 1500)}
    office.issue("k1", settings=large)
    told = office.newest("k1")
    assert (told.settings, told.access) == (large, office.accesses.told["main"])


def test_authorities_that_are_too_many_for_a_document_are_given_to_newcomers_only_and_shown(
    office: Office, tmp_path: Path
) -> None:
    many = joined(tmp_path, *(paper(tmp_path, f"ca{n}")[0] for n in range(20)))
    office.start(broker(tmp_path, ca=many))
    office.issue("k1")
    assert office.newest("k1").access is None
    assert office.accesses.brokers["main"].ca == many.read_text()
    card = office.accesses.beside({"main": Card("main", 1.0, ())}, ())["main"]
    assert [(check.code, check.grade) for check in card.checks] == [("broker.access", "warn")]
    assert str(MOST_PEM) in card.checks[0].measured


def test_the_card_counts_who_has_proven_the_way_that_is_told(office: Office, database: Database) -> None:
    office.start(broker(office.folder))
    for name in ("k3", "k4"):
        add_terminal(database, name)
    office.issue("k1", "k2", "k3", "k4")
    fleet = Fleet(database, office.clock)
    fleet.load()
    told = office.accesses.told["main"]
    tag = access_tag(told.broker, told.centre_ca)

    def said(name: str, access: str) -> Check:
        live = fleet.get(name)
        assert live is not None
        same = dict.fromkeys(("rev", "running", "good", "highest"), live.rev)
        reported = {"device": name, "sid": "s", "state": "confirmed", "access": access, "at": NOW, **same}
        assert fleet.heard_reported(name, Reported.model_validate(reported))
        cards = office.accesses.beside({"main": Card("main", 1.0, ())}, fleet)
        (check,) = cards["main"].checks
        return check

    assert said("k1", tag) == Check("broker.access", "ok", "1 of 3, 2 do not say")
    assert said("k3", "another") == Check("broker.access", "warn", "1 of 3, 1 do not say")
    assert said("k3", tag) == Check("broker.access", "ok", "2 of 3, 1 do not say")
    assert said("k4", tag) == Check("broker.access", "ok", "3 of 3")


# -- files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["broker", "centre"])
@pytest.mark.parametrize(
    "content", [None, b"", b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n"]
)
def test_authorities_that_cannot_be_read_are_told_to_nobody(
    tmp_path: Path, whose: str, content: bytes | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    one = broker(tmp_path, ca=file if whose == "broker" else None)
    with pytest.raises(BrokerRefused, match="cannot be read"):
        Accesses(settings(tmp_path, one, ca=file if whose == "centre" else None), BEGAN)


@pytest.mark.parametrize(
    ("called", "identified", "fine"), [("A", False, False), ("A", True, True), ("B", False, True)]
)
def test_two_authorities_that_no_terminal_could_tell_apart_are_refused(
    tmp_path: Path, called: str, identified: bool, fine: bool
) -> None:
    old = paper(tmp_path, "old", called="A", identified=identified)[0]
    new = paper(tmp_path, "new", called=called, identified=identified)[0]
    chosen = settings(tmp_path, broker(tmp_path, ca=joined(tmp_path, old, new)))
    if fine:
        assert Accesses(chosen, BEGAN).told["main"].ca == old.read_text() + new.read_text()
    else:
        with pytest.raises(BrokerRefused, match="give the new one another name"):
            Accesses(chosen, BEGAN)


def shown(folder: Path, **changed: Path) -> Broker:
    files = {name: paper(folder, name) for name in ("centre", "probe_a", "probe_b")}
    probes = []
    for name in ("probe_a", "probe_b"):
        both = folder / f"{name}.both"
        both.touch(mode=0o600)
        both.write_bytes(b"".join(file.read_bytes() for file in files[name]))
        probes.append(both)
    certificate, key = files["centre"]
    chosen: dict[str, Any] = {"certificate": certificate, "key": key, "probes": probes, **changed}
    return broker(folder, **chosen)


def test_certificates_of_the_right_names_with_their_keys_are_taken(tmp_path: Path) -> None:
    assert Accesses(settings(tmp_path, shown(tmp_path)), BEGAN).told


def test_what_centre_and_probe_cannot_show_is_said_at_the_start(tmp_path: Path) -> None:
    other, key = paper(tmp_path, "other", called="qy-k01")
    with pytest.raises(BrokerRefused, match="is of qy-k01: its CN must be centre"):
        Accesses(settings(tmp_path, shown(tmp_path, certificate=other, key=key)), BEGAN)
    with pytest.raises(BrokerRefused, match="does not belong"):
        Accesses(settings(tmp_path, shown(tmp_path, key=key)), BEGAN)
    with pytest.raises(BrokerRefused, match="cannot be read"):
        Accesses(settings(tmp_path, shown(tmp_path, certificate=tmp_path / "none")), BEGAN)
    key.chmod(0o604)
    with pytest.raises(BrokerRefused, match="everybody on this machine"):
        Accesses(settings(tmp_path, shown(tmp_path, certificate=other, key=key)), BEGAN)


@pytest.mark.parametrize("given", [("certificate",), ("key",), ("certificate", "key"), ("probes",)])
def test_certificate_key_and_those_of_the_probe_go_together(tmp_path: Path, given: tuple[str, ...]) -> None:
    files: dict[str, Any] = {"certificate": tmp_path, "key": tmp_path, "probes": (tmp_path, tmp_path)}
    with pytest.raises(ValueError, match=r"together|give probes"):
        broker(tmp_path, "main", **{name: files[name] for name in given})
