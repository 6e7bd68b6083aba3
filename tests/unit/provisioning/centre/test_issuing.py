"""Signing keys and the documents signed with them, over real databases."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from provisioning.centre.documents import KEEP, RENEW, VALID, Documents, Issued, before, confirm, settings_of
from provisioning.centre.signing import KeyRefused, SigningKeys
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.centre.vault import Vault, VaultBroken
from provisioning.wire.documents import Apply, Refused, etag, open_document, sign_document
from provisioning.wire.hand_over import STEPS, HandOver
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal
from tests.unit.provisioning.centre.rollout_scene import Clock


class Office:
    """Keys and documents over one database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.clock = database, Clock()
        self.vault = Vault(folder / "vault.key")
        self.keys = SigningKeys(database, self.vault, self.clock)
        self.documents = Documents(self.keys, self.clock)

    def issue(self, terminal: str, settings: dict[str, Any], **other: Any) -> Issued:
        with self.database.write() as connection:
            row = connection.execute(select(t.terminals).where(t.terminals.c.id == terminal)).one()
            return self.documents.issue(connection, row, settings, Apply(), None, "rollout", **other)

    def envelope(self, terminal: str) -> bytes:
        with self.database.read() as connection:
            found = self.documents.envelope(connection, terminal)
        assert found is not None
        return found

    def opened(self, payload: bytes, keys: dict[str, str], device: str = "k1") -> Any:
        return open_document(payload, keys, device, 0, datetime.fromtimestamp(self.clock(), UTC))

    def kept(self, terminal: str) -> list[int]:
        with self.database.read() as connection:
            found = connection.scalars(
                select(t.documents.c.rev)
                .where(t.documents.c.terminal == terminal)
                .order_by(t.documents.c.rev)
            )
            return list(found)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    add_hall(database)
    add_terminal(database, "k1")
    add_terminal(database, "k2")
    return Office(database, tmp_path)


def test_a_terminal_knows_the_next_key_before_it_signs(office: Office) -> None:
    first = office.opened(office.issue("k1", {"a": 1}).envelope, office.keys.public())
    signer = office.keys.active().kid
    assert set(first.keys) == set(office.keys.public()) > {signer}
    assert office.keys.rotate() in first.keys
    assert office.keys.active().kid != signer
    assert office.opened(office.issue("k1", {"a": 2}).envelope, first.keys).rev == 2


def test_one_that_was_away_through_a_rotation_still_reads_what_it_finds(office: Office) -> None:
    first = office.opened(office.issue("k1", {"a": 1}).envelope, office.keys.public())
    office.keys.rotate()
    assert office.opened(office.envelope("k1"), first.keys).settings == {"a": 1}


def test_a_revoked_key_is_named_no_longer_and_its_secret_is_gone(office: Office) -> None:
    old = office.keys.active().kid
    with pytest.raises(KeyRefused):
        office.keys.revoke(old)
    office.keys.rotate()
    office.keys.revoke(old)
    assert old not in office.keys.public()
    with office.database.read() as connection:
        private = select(t.signing_keys.c.private).where(t.signing_keys.c.kid == old)
        assert connection.scalar(private) == b""
    with pytest.raises(KeyRefused):
        office.keys.revoke("never")


def test_a_revoked_next_key_has_a_successor(office: Office) -> None:
    (upcoming,) = office.keys.public().keys() - {office.keys.active().kid}
    office.keys.revoke(upcoming)
    assert len(office.keys.public()) == 2
    assert office.keys.rotate() != upcoming


def test_the_same_keys_are_there_after_a_restart_and_only_with_the_vault(
    office: Office, tmp_path: Path
) -> None:
    again = SigningKeys(office.database, office.vault, office.clock)
    assert (again.active().kid, again.public()) == (office.keys.active().kid, office.keys.public())
    with pytest.raises(VaultBroken):
        SigningKeys(office.database, Vault(tmp_path / "other.key"), office.clock)
    assert "PRIVATE" not in repr(again.active())
    assert again.active().key.private_bytes_raw().hex() not in repr(again.active())


def test_threads_that_rotate_at_once_leave_one_active_and_one_next(office: Office) -> None:
    threads = [threading.Thread(target=office.keys.rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with office.database.read() as connection:
        states = sorted(connection.scalars(select(t.signing_keys.c.state)))
    assert states == ["active", "next", "old", "old", "old", "old"]


def test_the_bytes_can_be_made_again(office: Office) -> None:
    issued = office.issue("k1", {"标题": "公告", "n": [1, 2]})
    assert office.envelope("k1") == issued.envelope
    body = office.opened(issued.envelope, office.keys.public())
    assert (body.rev, body.etag, body.settings) == (
        1,
        etag({"标题": "公告", "n": [1, 2]}),
        {"标题": "公告", "n": [1, 2]},
    )
    with pytest.raises(Refused, match="wrong_device"):
        office.opened(issued.envelope, office.keys.public(), "k2")


def test_a_terminal_that_was_told_nothing_has_no_envelope(office: Office) -> None:
    with office.database.read() as connection:
        assert office.documents.envelope(connection, "k1") is None


def test_a_revision_is_above_all_the_terminal_has_seen(office: Office) -> None:
    """The database was put back from a copy: the terminal would refuse anything it takes for old."""
    with office.database.write() as connection:
        connection.execute(update(t.terminals).where(t.terminals.c.id == "k1").values(rev=3, highest=70))
    assert office.issue("k1", {"a": 1}).rev == 71


def test_ten_documents_are_kept_and_the_good_and_the_confirmed_one(office: Office) -> None:
    for number in range(25):
        office.issue("k1", {"a": number})
        if number == 1:
            with office.database.write() as connection:
                confirm(connection, [("k1", 2, 1.0)])
                connection.execute(update(t.terminals).where(t.terminals.c.id == "k1").values(good=1))
        office.issue("k2", {"a": number}) if number == 0 else None
    assert office.kept("k1") == [1, 2, *range(26 - KEEP, 26)]
    assert office.kept("k2") == [1]
    with office.database.read() as connection:
        assert settings_of(connection, "k1", 2) == {"a": 1}
        assert settings_of(connection, "k1", 5) is None


def test_going_back_means_the_newest_confirmed_one_that_says_something_else(office: Office) -> None:
    for number, settings in enumerate(({"a": 1}, {"a": 2}, {"a": 3}, {"a": 3}), start=1):
        office.issue("k1", settings)
        if number != 2:
            with office.database.write() as connection:
                confirm(connection, [("k1", number, float(number))])
    with office.database.read() as connection:
        assert before(connection, "k1") == 1
        assert before(connection, "k2") is None


def test_a_document_is_issued_anew_before_it_ends(office: Office) -> None:
    office.issue("k1", {"a": 1}, pinned=True)
    office.clock.at += VALID - RENEW + 1
    office.issue("k2", {"a": 1})
    with office.database.write() as connection:
        assert office.documents.ageing(connection) == ["k1"]
        (issued,) = office.documents.reissue(connection, ["k1"], "renewed")
        assert office.documents.ageing(connection) == []
        assert connection.scalar(select(t.terminals.c.pinned).where(t.terminals.c.id == "k1"))
    office.clock.at += VALID - 1
    assert office.opened(issued.envelope, office.keys.public()).rev == 2
    office.clock.at += 2
    with pytest.raises(Refused, match="expired"):
        office.opened(issued.envelope, office.keys.public())


def test_nothing_is_issued_when_one_is_too_large(office: Office) -> None:
    with pytest.raises(ValueError, match="bytes"):
        office.issue("k1", {"a": "长" * 30_000})
    assert office.kept("k1") == []


# -- keys that hand over ------------------------------------------------------------------------------------


@dataclass
class Away:
    """A terminal's trust, as its agent keeps it: the keys of the newest document that it took."""

    keys: dict[str, str]
    until: datetime | None = None

    def take(self, office: Office) -> bool:
        """Whether it takes what it finds, and believes that document from now on."""
        payload = office.issue("k1", {"a": 1}).envelope
        now = datetime.fromtimestamp(office.clock(), UTC)
        try:
            document = open_document(payload, self.keys, "k1", 0, now, self.until)
        except Refused as refused:
            if refused.code != "config.unknown_key":
                raise
            return False
        self.keys, self.until = document.keys, document.keys_until
        return True


def away(office: Office) -> Away:
    """One that was there just now."""
    one = Away(dict(office.keys.public()))
    assert one.take(office)
    return one


def test_one_that_missed_many_rotations_finds_its_way(office: Office) -> None:
    one = away(office)
    for _ in range(5):
        office.clock.at += 86400
        office.keys.rotate()
    assert office.keys.active().kid not in one.keys
    assert one.take(office)
    assert one.keys == office.keys.public()


def test_no_more_hand_overs_are_sent_than_are_read(office: Office) -> None:
    early, late = away(office), away(office)
    office.keys.rotate()
    assert late.take(office)
    for _ in range(STEPS + 1):
        office.clock.at += 86400
        office.keys.rotate()
    assert len(office.keys.active().hand_overs) == STEPS
    assert not early.take(office)
    assert late.take(office)


def test_a_revoked_key_breaks_the_way(office: Office) -> None:
    before, knows_next = away(office), away(office)
    for _ in range(2):
        office.clock.at += 86400
        office.keys.rotate()
    first, second, *_ = sorted(office.keys.public(), key=lambda kid: list(office.keys.public()).index(kid))
    office.keys.revoke(first)
    assert knows_next.take(office)  # over the second, which it knew as the next one
    office.keys.revoke(second)
    assert not before.take(office)


def test_a_stolen_next_key_that_was_revoked_is_not_believed_by_its_old_hand_over(office: Office) -> None:
    stolen = next(kid for kid in office.keys.public() if kid != office.keys.active().kid)
    with office.database.read() as connection:
        row = connection.execute(select(t.signing_keys).where(t.signing_keys.c.kid == stolen)).one()
    secret = Ed25519PrivateKey.from_private_bytes(office.vault.open(row.private, f"signing {stolen}"))
    made = datetime.fromtimestamp(row.created, UTC)
    heard = HandOver(by=row.before, kid=stolen, public=row.public, made=made, sig=row.hand_over)
    office.clock.at += 1
    office.keys.revoke(stolen)
    one = away(office)
    assert stolen not in one.keys
    now = datetime.fromtimestamp(office.clock(), UTC)
    body = office.opened(office.issue("k1", {"a": 1}).envelope, one.keys).model_copy(update={"rev": 99})
    with pytest.raises(Refused, match="unknown_key"):
        open_document(sign_document(body, stolen, secret, [heard]), one.keys, "k1", 0, now, one.until)
    office.keys.rotate()
    assert one.take(office)


def test_a_clock_that_was_set_back_does_not_make_new_keys_old(office: Office) -> None:
    one = away(office)
    for _ in range(3):
        office.clock.at -= 3600
        office.keys.rotate()
    assert one.take(office)


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'walk.sqlite'}")
    made.prepare()
    add_hall(made)
    add_terminal(made, "k1")
    yield made
    made.close()


@hypothesis.settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.sampled_from(["rotate", "rotate", "revoke next"]) | st.integers(0, 3) | st.just("here"),
        max_size=12,
    )
)
def test_a_way_is_found_exactly_where_good_keys_lead(
    lite: Database, tmp_path: Path, moves: list[str | int]
) -> None:
    """The model: a terminal goes on from key to key, each good, each the next one's own predecessor.

    A number revokes that old key, counted from the oldest. Whoever was lost stays lost.
    """
    with lite.write() as connection:
        connection.execute(delete(t.signing_keys))
        connection.execute(delete(t.documents))
    office = Office(lite, tmp_path)
    follows: dict[str, str] = {}  # key: the one before it
    one = away(office)

    def learn() -> None:
        with lite.read() as connection:
            rows = connection.execute(select(t.signing_keys.c.kid, t.signing_keys.c.state)).all()
        active = office.keys.active().kid
        for row in rows:
            if row.state == "next" and row.kid not in follows:
                follows[row.kid] = active

    learn()
    for move in [*moves, "here"]:
        office.clock.at += 60
        if move == "rotate":
            office.keys.rotate()
        elif move == "here":
            key = office.keys.active().kid
            while key not in one.keys and follows.get(key, "") in office.keys.public():
                key = follows[key]
            assert one.take(office) == (key in one.keys)
            if key not in one.keys:
                one = away(office)  # let in again
        else:
            good = [kid for kid in office.keys.public() if kid != office.keys.active().kid]
            which = good[-1] if move == "revoke next" else good[min(int(move), len(good) - 1)]
            office.keys.revoke(which)
        learn()
