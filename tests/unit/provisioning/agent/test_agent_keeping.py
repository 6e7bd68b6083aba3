"""What the agent keeps on a real disk: vault, outbox, identity."""

import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.agent.identity import Identity, IdentityBroken
from provisioning.agent.kept import Kept
from provisioning.agent.outbox import BATCH_BYTES, MemoryOutbox, Outbox, OutboxUnwritable, SqliteOutbox
from provisioning.agent.vault import DiskVault, Folder, VaultUnwritable
from provisioning.wire.documents import Refused, seal
from provisioning.wire.messages import BrokerAccess, EventBatch, Grant, Secrets
from tests.unit.provisioning.agent.machine import BEGAN, Machine, MemoryDisk, public

# -- vault ------------------------------------------------------------------------------------------------


def test_what_was_written_is_read_by_the_next_and_only_by_this_account(tmp_path: Path) -> None:
    vault = DiskVault(Folder(tmp_path / "v"))
    for boots in range(5):
        vault.write(Kept(boots=boots))
    assert DiskVault(Folder(tmp_path / "v")).load().kept.boots == 4
    for path in (tmp_path / "v", *(tmp_path / "v").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


@given(st.data())
def test_a_damaged_slot_costs_one_step_and_is_told(data: st.DataObject) -> None:
    disk = MemoryDisk()
    vault = DiskVault(disk)
    for boots in range(1, 4):
        vault.write(Kept(boots=boots))
    newest = "kept.1"  # generation 3
    raw = bytearray(disk.files[newest])
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    disk.files[newest] = bytes(raw)
    found = DiskVault(disk).load()
    assert (found.kept.boots, found.damaged) == (2, True)


def test_a_folder_that_cannot_be_written_is_said_and_changes_nothing(tmp_path: Path) -> None:
    vault = DiskVault(Folder(tmp_path / "v"))
    vault.write(Kept(boots=1))
    (tmp_path / "v" / "kept.0.new").mkdir()  # where the next temporary file would be
    with pytest.raises((VaultUnwritable, OSError)):
        vault.write(Kept(boots=2))
    assert DiskVault(Folder(tmp_path / "v")).load().kept.boots == 1


def test_what_lies_there_already_needs_no_room(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "v")
    folder.replace("a", b"one")
    (tmp_path / "v" / "a.new").mkdir()
    folder.replace("a", b"one")
    with pytest.raises(OSError):  # noqa: PT011  whatever the system says of it
        folder.replace("a", b"two")
    assert folder.read("a") == b"one"


# -- outbox -----------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "memory"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Outbox:
    return SqliteOutbox(tmp_path / "o.sqlite", 5) if request.param == "sqlite" else MemoryOutbox(5)


def test_numbers_have_no_gap_and_an_acknowledgement_counts_for_all_before_it(outbox: Outbox) -> None:
    assert [outbox.append("a.b", {"n": n}, BEGAN) for n in range(4)] == [1, 2, 3, 4]
    outbox.confirmed(3)
    assert [e.seq for e in outbox.oldest()] == [4]
    outbox.confirmed(4)
    assert (outbox.oldest(), outbox.depth()) == ((), 0)
    assert outbox.append("a.b", {}, BEGAN) == 5


def test_the_oldest_are_given_up_and_that_is_said(outbox: Outbox) -> None:
    for n in range(8):
        outbox.append("a.b", {"n": n}, BEGAN)
    assert ([e.seq for e in outbox.oldest()], outbox.lost_before, outbox.depth()) == ([4, 5, 6, 7, 8], 3, 5)


def test_a_batch_fits_one_message(outbox: Outbox) -> None:
    for n in range(3):
        outbox.append("a.b", {"n": n, "text": "长" * 10_000}, BEGAN)
    events = outbox.oldest()
    batch = EventBatch(stream="agent", events=events)
    assert len(events) == 1
    assert len(batch.model_dump_json().encode()) <= BATCH_BYTES + 200


def test_an_outbox_survives_a_kill_in_the_middle(tmp_path: Path) -> None:
    file = tmp_path / "o.sqlite"
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from provisioning.agent.outbox import SqliteOutbox\n"
        "box = SqliteOutbox(Path(sys.argv[1]))\n"
        "for n in range(20): box.append('a.b', {'n': n}, 0.0)\n"
        "box._db.execute('BEGIN IMMEDIATE')\n"
        "box._db.execute(\"INSERT INTO event VALUES (99, 0, 'a', '{}')\")\n"
        "os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(file)], check=False)
    assert ended.returncode == -9
    box = SqliteOutbox(file)
    assert ([e.seq for e in box.oldest()], box.last, box.fresh) == (list(range(1, 21)), 20, False)
    box.close()


def test_a_damaged_file_is_put_aside_and_the_centre_is_told_of_the_gap(tmp_path: Path) -> None:
    file = tmp_path / "o.sqlite"
    machine = Machine(SqliteOutbox(file))
    machine.confirm_first()
    seen = machine.outbox.last
    assert isinstance(machine.outbox, SqliteOutbox)
    machine.outbox.close()
    file.write_bytes(b"\x00" * 5000)
    machine.outbox = SqliteOutbox(file)
    assert machine.outbox.damaged
    machine.boot()
    batch = machine.batches[-1]
    assert batch.lost_before >= seen
    assert batch.events[0].seq == batch.lost_before + 1
    assert "agent.events_lost" in {e.type for e in batch.events}
    machine.outbox.close()


def test_a_centre_that_forgot_what_it_confirmed_is_told_of_the_gap(tmp_path: Path) -> None:
    machine = Machine(SqliteOutbox(tmp_path / "o.sqlite"))
    machine.confirm_first()
    told = machine.batches[-1].events[-1].seq
    machine.ack(told)
    confirmed = machine.outbox.last - machine.outbox.depth()
    machine.ack(1)  # its database was put back from a copy; or this is an earlier word that comes late
    machine.cut()
    machine.connect()
    assert machine.outbox.lost_before == confirmed > 1
    machine.boot()  # says more
    batch = machine.batches[-1]
    assert (batch.lost_before, batch.events[0].seq) == (confirmed, confirmed + 1)


def test_a_new_machine_numbers_its_events_on_from_the_one_before(outbox: Outbox) -> None:
    machine = Machine(outbox)
    machine.behind = 41
    machine.boot()
    machine.connect()
    batch = machine.batches[-1]
    assert (batch.lost_before, batch.events[0].seq, batch.events[0].type) == (41, 42, "agent.started")
    assert "agent.events_lost" not in {event.type for event in batch.events}
    machine.ack(batch.events[-1].seq)
    machine.boot()
    assert machine.batches[-1].events[0].seq == batch.events[-1].seq + 1


def test_a_disk_that_is_full_refuses_an_event_and_takes_the_next(tmp_path: Path) -> None:
    box = SqliteOutbox(tmp_path / "o.sqlite")
    box.append("a.b", {}, BEGAN)
    assert box._db is not None
    box._db.execute("PRAGMA max_page_count=1")  # SQLITE_FULL, as of a full disk
    with pytest.raises(OutboxUnwritable):
        box.append("a.b", {"text": "x" * 100_000}, BEGAN)
    box._db.execute("PRAGMA max_page_count=100000")
    assert box.append("a.b", {}, BEGAN) == 2
    box.close()


def test_a_disk_that_is_full_at_the_start_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    box = SqliteOutbox(tmp_path / "o" / "o.sqlite")
    box.append("a.b", {}, BEGAN)
    box.close()
    (tmp_path / "o").rename(tmp_path / "away")
    (tmp_path / "o").write_text("")  # nothing can be made in there now
    full = SqliteOutbox(tmp_path / "o" / "o.sqlite")
    assert (full.oldest(), full.fresh) == ((), False)
    for use in (lambda: full.append("a.b", {}, BEGAN), lambda: full.begin_behind(7)):
        with pytest.raises(OutboxUnwritable):
            use()
    (tmp_path / "o").unlink()
    (tmp_path / "away").rename(tmp_path / "o")
    assert full.append("a.b", {}, BEGAN) == 2
    assert [e.seq for e in full.oldest()] == [1, 2]
    full.close()


# -- identity ---------------------------------------------------------------------------------------------


def _grant(identity: Identity, password: str = "pw") -> Grant:
    secrets = Secrets(broker_password=password, named={"hall-token": "t0ken", "hall-broker": "mqtt://u:p@h"})
    return Grant(
        device="h12-k03",
        hall="h12",
        keys={"a": public("a")},
        broker=BrokerAccess(url="mqtt://127.0.0.1:1883"),
        sealed=seal(secrets.model_dump_json().encode(), identity.seal_key),
        desired="{}",
    )


def test_an_identity_is_the_same_after_a_restart_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    first = Identity(tmp_path / "i")
    assert first.member() is None
    first.admit(_grant(first))
    again = Identity(tmp_path / "i")
    member = again.member()
    assert member is not None
    assert (again.public_key, member.device, member.broker_password) == (first.public_key, "h12-k03", "pw")
    assert again.secret_file("hall-token").read_text() == "t0ken"
    assert all(stat.S_IMODE(f.stat().st_mode) == 0o600 for f in (tmp_path / "i").iterdir())
    assert "pw" not in repr(member)


def test_a_grant_for_another_terminal_is_refused(tmp_path: Path) -> None:
    other = Identity(tmp_path / "other")
    mine = Identity(tmp_path / "mine")
    with pytest.raises(Refused):
        mine.admit(_grant(other))
    assert mine.member() is None


def test_an_enrolled_terminal_that_lost_its_key_makes_no_new_one(tmp_path: Path) -> None:
    identity = Identity(tmp_path / "i")
    identity.admit(_grant(identity))
    (tmp_path / "i" / "signing.key").unlink()
    with pytest.raises(IdentityBroken):
        Identity(tmp_path / "i")


@pytest.mark.parametrize("own", [True, False])
def test_what_the_centre_told_is_trusted_besides_the_machine_s_own(tmp_path: Path, own: bool) -> None:
    identity, file = Identity(tmp_path / "i"), tmp_path / "own.pem"
    file.write_text("OWN")
    before = file if own else None
    assert identity.centre_ca_file(before, None) == before
    both = identity.centre_ca_file(before, "TOLD")
    assert both is not None
    assert both.read_text().endswith("\nTOLD")
    assert both.read_text().startswith("OWN") if own else "BEGIN CERTIFICATE" in both.read_text()


def test_erasing_leaves_nothing(tmp_path: Path) -> None:
    identity = Identity(tmp_path / "i")
    identity.admit(_grant(identity))
    identity.erase()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cut_after", range(6))
def test_power_cut_while_erasing_leaves_a_new_machine_and_the_rest_is_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_after: int
) -> None:
    identity = Identity(tmp_path / "i")
    identity.admit(_grant(identity))
    old, writes, fsync = identity.public_key, iter(range(cut_after)), os.fsync

    def cut(handle: int) -> None:
        if next(writes, None) is None:
            raise InterruptedError
        fsync(handle)

    monkeypatch.setattr(os, "fsync", cut)
    with suppress(InterruptedError):
        identity.erase()
    monkeypatch.undo()
    again = Identity(tmp_path / "i")
    assert again.member() is None
    assert again.public_key != old
    assert [entry.name for entry in tmp_path.iterdir()] == ["i"]
