"""Whatever bytes there are: exactly what was signed, or one of the codes; never another exception."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.catalogue.answers import By
from hall.catalogue.errors import (
    CatalogueBadSignature,
    CatalogueDamaged,
    CatalogueFormat,
    CatalogueTruncated,
    CatalogueUnknownKey,
    CatalogueWrongHall,
)
from hall.catalogue.file import Catalogue
from hall.catalogue.schema import APPLICATION, FORMAT, PAGE
from hall.catalogue.seal import trusting
from hall.catalogue.verify import verify
from tests.unit.hall.catalogue_core.small_catalogue import TRUST, bundle, guide, made

CODES = {
    "catalogue.damaged",
    "catalogue.truncated",
    "catalogue.format",
    "catalogue.wrong_hall",
    "catalogue.bad_signature",
    "catalogue.unknown_key",
}
BYS: tuple[By, ...] = ("theme", "event", "office", "audience", "bundle", "queue", "kiosk")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catalogue") / "good"
    here = guide(everyday=("社保卡丢了",), themes=("社会保障",), audience=("自然人",), kiosk=True)
    made(
        path,
        here,
        guide("city", region="371500"),
        guide("pension", "养老金申领"),
        bundle(),
        guide("z", "社保登记"),
    )
    return path


def everything(path: Path) -> list[object]:
    """All that a catalogue answers."""
    catalogue = Catalogue.open(path)
    try:
        ids = [*catalogue.guide_ids(), *catalogue.bundle_ids()]
        pages = [(catalogue.page(id), catalogue.entry(id), catalogue.elsewhere(id)) for id in ids]
        shelves = [
            (by, shelf, catalogue.listing(by, shelf.key)) for by in BYS for shelf in catalogue.shelves(by)
        ]
        found = [catalogue.search(text) for text in ("社保卡", "sbk", "养老金", "没有的东西")]
        return [catalogue.about, catalogue.header, catalogue.vocabulary, ids, pages, shelves, found]
    finally:
        catalogue.close()


def refusal(path: Path) -> str:
    """The code of the refusal, or "": it is in order."""
    try:
        verify(path, TRUST, "qingyuan")
    except CatalogueDamaged as error:
        return error.code
    return ""


def test_what_was_built_is_in_order(good: Path) -> None:
    about = verify(good, TRUST, "qingyuan")
    assert about == Catalogue.open(good).about
    assert verify(good, TRUST, "") == about


def test_another_hall_is_refused(good: Path) -> None:
    with pytest.raises(CatalogueWrongHall):
        verify(good, TRUST, "elsewhere")


def test_an_unknown_key_is_refused(good: Path) -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    with pytest.raises(CatalogueUnknownKey):
        verify(good, trusting(other), "qingyuan")
    with pytest.raises(CatalogueUnknownKey):
        verify(good, {}, "qingyuan")


def test_a_key_under_the_id_of_another_is_refused(good: Path) -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    with pytest.raises(CatalogueBadSignature):
        verify(good, dict.fromkeys(TRUST, other), "qingyuan")


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        verify(tmp_path / "nothing", TRUST, "")


TAMPERED = {
    "a word in a guide": "UPDATE guide SET own = replace(own, 'pension', 'pansion') WHERE id = 'pension'",
    "a shared text": "UPDATE part SET text = replace(text, '振兴路', '振新路')",
    "a row more": "INSERT INTO part VALUES (1, '{}')",
    "a row less": "DELETE FROM guide WHERE id = 'z'",
    "a name led elsewhere": "UPDATE name SET page = 'z'",
    "a page off its shelf": "DELETE FROM standing WHERE page = 'card'",
    "a shelf moved": "UPDATE shelf SET place = place + 1",
    "another bundle": "UPDATE bundle SET text = replace(text, 'pension', 'z')",
    "another synonym": "UPDATE document SET text = replace(text, '丢', '掉')",
    "a table more": "CREATE TABLE extra (x)",
    "an index more": "CREATE INDEX extra ON part (text)",
    "the search": "UPDATE search_part SET value = x'00'",
    "text as bytes": "UPDATE part SET text = CAST(text AS BLOB)",
    "a manifest more": "INSERT INTO manifest SELECT text FROM manifest",
    "no manifest": "DELETE FROM manifest",
    "another manifest": "UPDATE manifest SET text = replace(text, '2026112201', '2026112202')",
    "a manifest of bytes": "UPDATE manifest SET text = CAST(text AS BLOB)",
    "a seal more": "INSERT INTO seal SELECT * FROM seal",
    "no seal": "DELETE FROM seal",
    "another seal": "UPDATE seal SET signature = zeroblob(64)",
    "a short seal": "UPDATE seal SET signature = x'00'",
    "a huge seal": "UPDATE seal SET signature = zeroblob(70000000)",
    "a huge text": "INSERT INTO part VALUES (2, zeroblob(70000000))",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON part BEGIN SELECT 1; END",
    "a view": "CREATE VIEW v AS SELECT 1",
    "a table less": "DROP TABLE standing",
    "a column more": "ALTER TABLE part ADD COLUMN x",
    "an endless view for a table": "DROP TABLE manifest; CREATE VIEW manifest AS "
    "WITH RECURSIVE n(text) AS (SELECT 1 UNION ALL SELECT text + 1 FROM n) SELECT text FROM n",
    "another index of names": "DROP INDEX guide_name; CREATE INDEX guide_name ON guide (id)",
    "another application": "PRAGMA application_id = 7",
    "another format": "PRAGMA user_version = 2",
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_any_change_is_seen(good: Path, tmp_path: Path, change: str) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(good.read_bytes())
    db = sqlite3.connect(bad)
    db.executescript(change)
    db.commit()
    db.close()
    assert bad.read_bytes() != good.read_bytes()
    with pytest.raises(CatalogueDamaged) as refused:
        verify(bad, TRUST, "qingyuan")
    assert refused.value.code in CODES


def test_an_index_that_leads_astray_is_seen(good: Path, tmp_path: Path) -> None:
    """The hash reads tables; what an index says of them is checked by SQLite."""
    with sqlite3.connect(good) as db:
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'guide_name'").fetchone()
    content = bytearray(good.read_bytes())
    place = content.index(b"city", PAGE * (root - 1), PAGE * root)
    content[place : place + 4] = b"cats"
    (tmp_path / "bad").write_bytes(content)
    with pytest.raises(CatalogueDamaged):
        verify(tmp_path / "bad", TRUST, "qingyuan")


def test_a_schema_that_is_not_utf8_is_refused(good: Path, tmp_path: Path) -> None:
    """SQLite quotes it in its message, which Python cannot read."""
    content = bytearray(good.read_bytes())
    content[PAGE - 1] |= 0x80  # the last letter of the first table's SQL
    (tmp_path / "bad").write_bytes(content)
    for read in (
        lambda: verify(tmp_path / "bad", TRUST, "qingyuan"),
        lambda: Catalogue.open(tmp_path / "bad"),
    ):
        with pytest.raises(CatalogueDamaged):
            read()


def test_a_journal_that_somebody_left_beside_it_is_not_looked_at(good: Path, tmp_path: Path) -> None:
    for suffix in ("", "-journal", "-wal"):
        (tmp_path / f"c{suffix}").write_bytes(good.read_bytes())
    assert verify(tmp_path / "c", TRUST, "qingyuan").guides == 4
    assert everything(tmp_path / "c") == everything(good)


def test_a_truncated_file_is_refused_wherever_it_ends(good: Path, tmp_path: Path) -> None:
    whole, bad = good.read_bytes(), tmp_path / "bad"
    for part in range(50):
        bad.write_bytes(whole[: len(whole) * part // 50])
        for read in (lambda: verify(bad, TRUST, "qingyuan"), lambda: Catalogue.open(bad)):
            with pytest.raises(CatalogueTruncated):
                read()


@settings(max_examples=150)
@given(st.data())
def test_a_flipped_bit_is_refused_or_changes_nothing(
    good: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(good.read_bytes())
    header = st.integers(0, 100 * 8 - 1)  # SQLite's own words
    first = st.integers(0, PAGE * 8 - 1)  # the schema
    bit = data.draw(st.one_of(header, first, st.integers(0, len(content) * 8 - 1)))
    content[bit // 8] ^= 1 << bit % 8
    bad = tmp_path_factory.getbasetemp() / "flipped"
    bad.write_bytes(content)
    assert refusal(bad) in CODES or everything(bad) == everything(good)


@settings(max_examples=100)
@given(st.data())
def test_a_page_of_noise_is_refused_or_changes_nothing(
    good: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(good.read_bytes())
    noise = data.draw(st.binary(min_size=1, max_size=64))
    start = data.draw(st.integers(0, len(content) - len(noise)))
    content[start : start + len(noise)] = noise
    bad = tmp_path_factory.getbasetemp() / "noise"
    bad.write_bytes(content)
    assert refusal(bad) in CODES or everything(bad) == everything(good)


@given(st.binary(max_size=300))
def test_other_bytes_are_no_catalogue(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    bad = tmp_path_factory.getbasetemp() / "bytes"
    bad.write_bytes(content)
    with pytest.raises(CatalogueDamaged):
        verify(bad, TRUST, "")
    with pytest.raises(CatalogueDamaged):
        Catalogue.open(bad)


def _ordinary(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE x (y)")


def _disguised(db: sqlite3.Connection) -> None:
    for pragma in (f"page_size = {PAGE}", f"application_id = {APPLICATION}", f"user_version = {FORMAT}"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("CREATE TABLE manifest (text TEXT NOT NULL)")


@pytest.mark.parametrize("fill", [_ordinary, _disguised])
def test_another_database_is_no_catalogue(tmp_path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    db = sqlite3.connect(tmp_path / "other")
    fill(db)
    db.commit()
    db.close()
    for read in (lambda: verify(tmp_path / "other", TRUST, ""), lambda: Catalogue.open(tmp_path / "other")):
        with pytest.raises(CatalogueFormat):
            read()


def test_bytes_after_the_end_are_refused(good: Path, tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(good.read_bytes() + b"x")
    with pytest.raises(CatalogueDamaged):
        verify(tmp_path / "long", TRUST, "qingyuan")


def test_a_catalogue_cannot_be_written_to(good: Path) -> None:
    catalogue = Catalogue.open(good)
    with pytest.raises(sqlite3.OperationalError):
        catalogue._db.execute("DELETE FROM guide")
    catalogue.close()
