"""Verifying: every changed byte of a sealed file or an export is found, whatever it is."""

import random
import sqlite3
from pathlib import Path

import pytest

from hall.journal.chain import Head, canonical, link
from hall.journal.codec import encode
from hall.journal.errors import JournalCorrupt
from hall.journal.seal import seal_path, write_seal
from hall.journal.sqlite import SqliteStore
from hall.journal.store import Answer
from hall.journal.verify import export, verify
from hall.queue import events as e
from hall.queue.model import WindowId
from tests.unit.hall.small_hall import MORNING


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A cleanly closed journal of 21 records."""
    path = tmp_path / "journal.sqlite"
    store = SqliteStore(path, "small")
    for n in range(20):
        head = store.head()
        record = encode(e.WindowOpened(MORNING, WindowId("一号")), head, "window:1", f"k{n}")
        store.append(head.seq, [record], [Answer(f"k{n}", b"f", 200, b"{}", MORNING)])
    store.close()
    return path


def flip(path: Path, at: int, bits: int = 1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= bits
    path.write_bytes(content)


def test_a_sealed_journal_is_accepted_in_words(journal: Path) -> None:
    report = verify(journal)
    assert report.accepted
    assert (report.hall, report.records, report.seal) == ("small", 21, "sealed")
    assert report.words().startswith("journal.sqlite: accepted, hall small, 21 records, head 20:")
    assert "the seal is whole" in report.words()
    assert sorted(p.name for p in journal.parent.iterdir()) == ["journal.sha256", "journal.sqlite"]


def test_any_changed_byte_of_a_sealed_file_is_found(journal: Path) -> None:
    size, chance = journal.stat().st_size, random.Random(7)
    for at in (0, 18, 19, 27, 60, size - 1, *(chance.randrange(size) for _ in range(250))):
        bits = chance.randrange(1, 256)
        flip(journal, at, bits)
        report = verify(journal)
        assert not report.accepted, f"byte {at} ^ {bits}"
        assert "REJECTED" in report.words()
        flip(journal, at, bits)
    assert verify(journal).accepted


def test_any_changed_byte_of_the_seal_itself_is_found(journal: Path) -> None:
    seal = seal_path(journal)
    for at in range(seal.stat().st_size):
        flip(seal, at)
        assert not verify(journal).accepted, at
        flip(seal, at)


def test_any_changed_byte_of_a_record_is_found_without_a_seal(journal: Path) -> None:
    seal_path(journal).unlink()
    report = verify(journal)
    assert report.accepted
    assert "unsealed" in report.words()
    db = sqlite3.connect(journal)
    rows = db.execute("SELECT type, body, hash FROM record").fetchall()
    db.close()
    content = journal.read_bytes()
    for kind, body, digest in rows[:1] + rows[9:11] + rows[-1:]:
        start = content.index(kind.encode() + body + digest)
        for at in range(start, start + len(kind) + len(body) + len(digest)):
            flip(journal, at)
            assert not verify(journal).accepted, at
            flip(journal, at)


def test_a_journal_after_a_crash_is_walked_through_its_log(tmp_path: Path, journal: Path) -> None:
    store = SqliteStore(journal, "small")
    head = store.head()
    store.append(head.seq, [encode(e.WindowOpened(MORNING, WindowId("2")), head, "x", "y")], [])
    report = verify(journal)
    assert report.accepted
    assert (report.records, report.seal) == (22, "unsealed")
    store.close()


def test_a_cut_off_journal_is_found_by_its_seal(journal: Path) -> None:
    db = sqlite3.connect(journal)
    db.execute("DELETE FROM record WHERE seq = 20")
    db.commit()
    db.close()
    assert "closed after 20" in verify(journal).problem


def test_an_exchanged_answer_is_found_by_the_seal(journal: Path) -> None:
    db = sqlite3.connect(journal)
    db.execute("UPDATE answer SET status = 409 WHERE id = 3")
    db.commit()
    db.close()
    assert "not the one that journal.sha256 seals" in verify(journal).problem


def test_an_export_is_accepted_and_any_changed_byte_of_it_is_found(journal: Path, tmp_path: Path) -> None:
    out = tmp_path / "journal.jsonl"
    assert export(journal, out) == 21
    report = verify(out)
    assert report.accepted
    assert (report.seal, report.head) == ("export", verify(journal).head)
    chance = random.Random(3)
    for at in range(out.stat().st_size):
        bits = chance.randrange(1, 256)
        flip(out, at, bits)
        assert not verify(out).accepted, f"byte {at} ^ {bits}"
        flip(out, at, bits)


def test_an_export_with_lines_taken_or_added_is_found(journal: Path, tmp_path: Path) -> None:
    out = tmp_path / "journal.jsonl"
    export(journal, out)
    lines = out.read_bytes().splitlines(keepends=True)
    for wrong in (
        lines[:-1],
        lines[:-2] + lines[-1:],
        lines[1:],
        [*lines, b"{}\n"],
        [*lines, lines[-1]],
        [b"{"],
    ):
        out.write_bytes(b"".join(wrong))
        assert not verify(out).accepted


@pytest.mark.parametrize("content", [b"", b"{", b"{}\n", b"garbage", b'{"head":7}\n', b"SQLite format 3\x00"])
def test_what_was_never_a_journal_is_rejected_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    report = verify(path)
    assert not report.accepted
    assert report.problem


def test_a_rewritten_chain_is_found_by_its_seal(journal: Path) -> None:
    """Whoever rewrites all hashes after a change still cannot make the seal's head."""
    db = sqlite3.connect(journal)
    before = Head(*db.execute("SELECT seq, hash FROM record WHERE seq = 18").fetchone())
    for seq in (19, 20):
        record = encode(e.WindowOpened(MORNING, WindowId("9")), before, "window:1", "k")
        db.execute("UPDATE record SET body = ?, hash = ? WHERE seq = ?", (record.body, record.hash, seq))
        before = Head(record.seq, record.hash)
    db.commit()
    db.close()
    assert not verify(journal).accepted
    seal_path(journal).unlink()
    assert verify(journal).accepted, "only the seal, kept elsewhere, proves the head"


@pytest.mark.parametrize(
    "body",
    [b'{"seq": 21, "type": "x"}', b'{"a":1,"a":1,"seq":21,"type":"x"}', b'{"a":1e999,"seq":21,"type":"x"}'],
)
def test_a_record_that_follows_well_but_was_not_written_by_us_is_found(journal: Path, body: bytes) -> None:
    seal_path(journal).unlink()
    db = sqlite3.connect(journal)
    (before,) = db.execute("SELECT hash FROM record WHERE seq = 20").fetchone()
    db.execute("INSERT INTO record VALUES (21, 'x', ?, ?)", (body, link(before, body)))
    db.commit()
    db.close()
    report = verify(journal)
    assert not report.accepted
    assert report.records == 21


def test_sealing_again_names_the_same_head(journal: Path) -> None:
    before = seal_path(journal).read_bytes()
    head = write_seal(journal)
    assert seal_path(journal).read_bytes() == before
    assert canonical(head.seq).decode() in before.decode()


def test_a_damaged_journal_is_not_exported(journal: Path, tmp_path: Path) -> None:
    db = sqlite3.connect(journal)
    db.execute("UPDATE record SET body = x'7b7d' WHERE seq = 4")
    db.commit()
    db.close()
    with pytest.raises(JournalCorrupt):
        export(journal, tmp_path / "out.jsonl")
