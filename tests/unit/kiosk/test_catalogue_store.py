"""The terminal's catalogue: the newest good one, by little traffic, whatever the hall, the line and the disk do."""

import errno
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hall.catalogue.answers import About
from hall.catalogue.errors import CatalogueBadSignature, CatalogueDamaged, CatalogueUnknownKey
from hall.wire.messages import CatalogueManifest
from kiosk.catalogue.store import LONG_PAUSE, PACE, CatalogueStore
from kiosk.catalogue.workshop import Here, Order, Stamp, WorkshopFailed
from tests.unit.hall.catalogue_distribution.power import MEMORY, Power, PowerCut
from tests.unit.hall.catalogue_distribution.sealed import HALL, sealed, verify_sealed, write
from tests.unit.kiosk.offering import Offering


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class Bench:
    """The real work, counted; it can fail."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.verify: Callable[[Path], About] = verify_sealed
        self.error: Exception | None = None

    def carry_out(self, order: Order) -> Stamp:
        self.orders.append(order)
        if self.error is not None:
            raise self.error
        return Here(self.verify).carry_out(order)


class Terminal:
    def __init__(self, folder: Path) -> None:
        self.folder, self.hall = folder / "catalogue", Offering(folder / "hall")
        self.clock, self.bench, self.free = Clock(), Bench(), 1 << 40
        self.store = self.boot()

    def boot(self) -> CatalogueStore:
        self.store = CatalogueStore(
            self.folder, HALL, self.hall, self.bench, self.clock, free=lambda folder: self.free
        )
        return self.store

    def bring(self, revision: int) -> str:
        """Published, fetched and shown."""
        version = self.hall.publish(revision)
        self.store.poll()
        assert self.store.adopt() is not None
        return version


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def terminal(place: Path) -> Terminal:
    return Terminal(place)


def revision_of(path: Path | None) -> int | None:
    return verify_sealed(path).revision if path else None


def test_a_new_terminal_has_nothing_until_the_hall_has_and_needs_no_boot_for_it(terminal: Terminal) -> None:
    assert terminal.store.best() is None
    terminal.store.poll()
    assert (terminal.store.staged(), terminal.store.states(), terminal.store.version) == (None, (), None)
    version = terminal.hall.publish(1)
    terminal.store.poll()
    assert terminal.store.version is None
    assert revision_of(terminal.store.adopt()) == 1
    assert terminal.store.version == version


def test_what_is_shown_changes_when_it_is_adopted_and_not_before(terminal: Terminal) -> None:
    old = terminal.bring(1)
    new = terminal.hall.publish(2)
    terminal.store.poll()
    assert terminal.store.version == old
    assert revision_of(terminal.store.staged()) == 2
    assert revision_of(terminal.store.adopt()) == 2
    assert terminal.store.version == new
    assert (terminal.store.staged(), terminal.store.adopt()) == (None, None)


def test_a_daily_change_costs_a_difference_and_nothing_new_costs_nothing(terminal: Terminal) -> None:
    terminal.bring(1)
    terminal.bring(2)
    terminal.store.poll()
    (whole, _, all_of_it), (delta, _, little) = terminal.hall.fetched
    assert "/from/" not in whole
    assert "/from/" in delta
    assert little < 1000 < all_of_it


def test_the_newest_replaces_one_that_waits_to_be_adopted(terminal: Terminal) -> None:
    terminal.bring(1)
    for revision in (2, 3):
        terminal.hall.publish(revision)
        terminal.store.poll()
    assert revision_of(terminal.store.adopt()) == 3
    assert len(list(terminal.folder.glob("*.catalogue"))) == 2


def test_a_boot_opens_what_was_staged_and_reads_through_nothing(terminal: Terminal) -> None:
    terminal.bring(1)
    terminal.hall.publish(2)
    terminal.store.poll()
    terminal.bench.orders.clear()
    terminal.hall.down = True
    assert revision_of(terminal.boot().best()) == 2
    assert terminal.bench.orders == []


def test_the_one_before_is_kept_and_no_other(terminal: Terminal) -> None:
    for revision in (1, 2, 3, 4):
        terminal.bring(revision)
    assert sorted(revision_of(path) or 0 for path in terminal.folder.glob("*.catalogue")) == [3, 4]


def test_a_file_that_does_not_open_is_set_aside_and_the_one_before_opened(terminal: Terminal) -> None:
    terminal.bring(1)
    terminal.bring(2)
    tried: list[int | None] = []

    def opener(path: Path) -> int | None:
        tried.append(revision_of(path))
        if revision_of(path) == 2:
            raise CatalogueBadSignature("broken")
        return revision_of(path)

    assert terminal.boot().open_best(opener) == 1
    assert terminal.store.states() == ("catalogue.bad_signature",)
    assert terminal.boot().open_best(opener) == 1
    assert tried == [2, 1, 1]


def test_a_staged_file_stands_in_for_the_only_one_that_does_not_open(terminal: Terminal) -> None:
    terminal.bring(1)
    terminal.hall.publish(2)
    terminal.store.poll()
    assert terminal.store.open_best(lambda path: _refuses(path, 1)) == 2
    assert (terminal.store.staged(), terminal.store.version) == (
        None,
        terminal.hall.shelf.versions()[0].version,
    )


def test_a_file_found_damaged_is_never_opened_twice_and_comes_again_from_the_hall(terminal: Terminal) -> None:
    terminal.bring(1)
    terminal.bring(2)
    assert terminal.boot().open_best(lambda path: _refuses(path, 2)) == 1
    terminal.store.poll()
    assert terminal.store.states() == ()
    assert revision_of(terminal.store.adopt()) == 2


def _refuses(path: Path, revision: int) -> int | None:
    if revision_of(path) == revision:
        raise CatalogueDamaged("broken")
    return revision_of(path)


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: os.truncate(path, 100)])
def test_a_boot_sees_a_lost_or_short_file_by_itself(
    spoil: Callable[[Path], None], terminal: Terminal
) -> None:
    terminal.bring(1)
    terminal.bring(2)
    best = terminal.store.best()
    assert best is not None
    spoil(best)
    assert revision_of(terminal.boot().best()) == 1
    assert len(terminal.store.states()) == 1


def test_a_file_that_was_only_touched_is_verified_again_and_kept(terminal: Terminal) -> None:
    terminal.bring(1)
    best = terminal.store.best()
    assert best is not None
    os.utime(best, ns=(1, 1))
    terminal.bench.orders.clear()
    assert revision_of(terminal.boot().best()) == 1
    assert terminal.store.best() == best
    assert len(terminal.bench.orders) == 1


def test_rot_that_keeps_size_and_time_is_found_by_the_recheck(terminal: Terminal) -> None:
    terminal.bring(1)
    version = terminal.bring(2)
    best = terminal.store.best()
    assert best is not None
    rot(best)
    terminal.store.recheck()
    assert terminal.store.states() == ("catalogue.damaged",)
    assert terminal.store.version == version  # what is open stays open until nobody reads it
    assert revision_of(terminal.store.adopt()) == 1
    assert (terminal.folder / "set-aside.bin").exists()


def test_a_damaged_file_that_is_shown_can_be_repaired_by_the_same_one(terminal: Terminal) -> None:
    terminal.bring(1)
    best = terminal.store.best()
    assert best is not None
    rot(best)
    terminal.store.recheck()
    assert terminal.store.staged() is None
    terminal.store.poll()
    assert revision_of(terminal.store.adopt()) == 1
    assert terminal.store.states() == ()


def rot(path: Path) -> None:
    stat, content = path.stat(), bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_the_recheck_leaves_good_files_alone(terminal: Terminal) -> None:
    terminal.bring(1)
    terminal.bring(2)
    terminal.bench.orders.clear()
    terminal.store.recheck()
    assert len(terminal.bench.orders) == 2
    assert (terminal.store.staged(), terminal.store.states()) == (None, ())


# -- transfers --------------------------------------------------------------------------------------------


def test_a_transfer_that_is_cut_again_and_again_goes_on_over_restarts(terminal: Terminal) -> None:
    terminal.hall.publish(1)
    terminal.hall.cut_after = 3000
    for _ in range(8):
        terminal.boot().poll()
        if terminal.store.staged():
            break
    assert revision_of(terminal.store.adopt()) == 1
    starts = [start for _, start, _ in terminal.hall.fetched]
    assert starts == list(range(0, 3000 * len(starts), 3000))
    assert terminal.store.states() == ()


def test_half_of_another_file_is_not_gone_on_with(terminal: Terminal) -> None:
    terminal.hall.publish(1)
    terminal.hall.cut_after = 3000
    terminal.store.poll()
    terminal.hall.publish(2, seed=3)
    terminal.hall.cut_after = None
    terminal.store.poll()
    assert revision_of(terminal.store.adopt()) == 2


def test_a_hall_that_packs_anew_sends_from_the_start(terminal: Terminal) -> None:
    terminal.hall.publish(1)
    terminal.hall.cut_after = 3000
    terminal.store.poll()
    terminal.hall.etag, terminal.hall.cut_after = '"other"', None
    terminal.store.poll()
    assert revision_of(terminal.store.adopt()) == 1


def test_a_part_that_a_power_cut_has_spoilt_is_fetched_again(terminal: Terminal) -> None:
    terminal.hall.publish(1)
    terminal.hall.cut_after = 3000
    terminal.store.poll()
    (terminal.folder / "incoming.part").write_bytes(bytes(3000))
    terminal.hall.cut_after = None
    terminal.boot().poll()
    assert revision_of(terminal.store.adopt()) == 1
    assert terminal.store.states() == ()


def test_a_difference_that_does_not_fit_is_followed_by_the_whole_file(terminal: Terminal) -> None:
    terminal.bring(1)
    best = terminal.store.best()
    assert best is not None
    rot(best)
    terminal.hall.publish(2)
    terminal.store.poll()
    assert revision_of(terminal.store.adopt()) == 2
    assert ["/from/" in path for path, _, _ in terminal.hall.fetched] == [False, True, False]


def test_an_unreachable_hall_is_asked_again_soon_and_then_less_often(terminal: Terminal) -> None:
    terminal.hall.down = True
    pauses = [terminal.store.poll() for _ in range(12)]
    assert pauses[0] <= 15
    assert max(pauses) <= PACE * 1.5
    assert pauses[-1] >= PACE * 0.5
    assert terminal.store.states() == ()


def test_a_transfer_that_trickles_is_left_for_later_and_gone_on_with(terminal: Terminal) -> None:
    terminal.hall.publish(1)
    chunks = terminal.hall._chunks

    def slowly(path: str, content: bytes, start: int):
        for chunk in chunks(path, content, start):
            terminal.clock.sleep(100)
            yield chunk

    terminal.hall._chunks = slowly  # type: ignore[method-assign]
    terminal.store.poll()
    assert terminal.store.staged() is None
    terminal.store.poll()
    terminal.store.poll()
    assert revision_of(terminal.store.staged()) == 1


# -- refusals ---------------------------------------------------------------------------------------------


def packed_size(terminal: Terminal) -> int:
    version = terminal.hall.shelf.current()
    assert version is not None
    return version.packed.size


LIES: list[tuple[str, Callable[[Terminal], None]]] = [
    ("catalogue.wrong_hall", lambda t: t.hall.claims.update(hall="elsewhere")),
    ("catalogue.older", lambda t: t.hall.claims.update(revision=4)),
    ("catalogue.older", lambda t: t.hall.claims.update(revision=5)),
    ("catalogue.too_large", lambda t: t.hall.claims.update(size=1 << 40)),
    ("catalogue.too_large", lambda t: t.hall.claims.update(packed=1 << 40)),
    ("catalogue.too_large", lambda t: t.hall.claims.update(size=100)),
    ("catalogue.damaged", lambda t: t.hall.claims.update(size=30_000)),
    ("catalogue.too_large", lambda t: setattr(t.hall, "endless", True)),
    ("catalogue.truncated", lambda t: t.hall.claims.update(packed=packed_size(t) + 1)),
    ("catalogue.too_large", lambda t: t.hall.claims.update(packed=packed_size(t) - 1)),
    ("catalogue.damaged", lambda t: t.hall.bodies.update({"": bytes(packed_size(t))})),
    ("catalogue.damaged", lambda t: t.hall.claims.update(sha256="1" * 64)),
    ("catalogue.no_room", lambda t: setattr(t, "free", 1000)),
    ("catalogue.no_room", lambda t: setattr(t.bench, "error", OSError(errno.ENOSPC, "full"))),
    ("catalogue.unwritable", lambda t: setattr(t.bench, "error", OSError(errno.EROFS, "read-only"))),
    ("catalogue.workshop", lambda t: setattr(t.bench, "error", WorkshopFailed("died"))),
    ("catalogue.unknown_key", lambda t: setattr(t.bench, "error", CatalogueUnknownKey("whose?"))),
    ("catalogue.bad_signature", lambda t: setattr(t.bench, "error", CatalogueBadSignature("no"))),
]


@pytest.mark.parametrize(("code", "lie"), LIES)
@pytest.mark.parametrize("says_size", [True, False])
def test_a_lie_is_refused_with_its_code_and_what_is_shown_stays(
    code: str, lie: Callable[[Terminal], None], says_size: bool, terminal: Terminal
) -> None:
    terminal.bring(5)
    terminal.hall.publish(6, seed=1)
    terminal.hall.says_size = says_size
    terminal.hall.bodies = {}
    lie(terminal)
    if "" in terminal.hall.bodies or "sha256" in terminal.hall.claims:
        version = terminal.hall.shelf.current()
        assert version is not None
        body = terminal.hall.bodies.get("", terminal.hall.shelf.packed(version).read_bytes())
        terminal.hall.bodies = {"": body}
    terminal.store.poll()
    assert terminal.store.states() == (code,)
    assert terminal.store.staged() is None
    assert revision_of(terminal.store.best()) == 5
    assert sorted(path.suffix for path in terminal.folder.iterdir()) == [".catalogue", ".json"]
    assert sum(sent for _, _, sent in terminal.hall.fetched) < 3 * 20_600


def test_a_file_signed_for_another_hall_or_an_older_one_is_refused_whatever_the_manifest_says(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.bring(5)
    for content, code in (
        (sealed(6, hall="elsewhere"), "catalogue.wrong_hall"),
        (sealed(4, seed=2), "catalogue.older"),
    ):
        other = Offering(tmp_path / code)
        version = other.shelf.publish(
            write(tmp_path / "fresh", content), lambda path: replace(verify_sealed_anyhow(path), revision=9)
        )
        terminal.hall.bodies = {"": other.shelf.packed(version).read_bytes()}
        terminal.hall.claims = {
            "revision": 9,
            "sha256": version.sha256,
            "size": version.size,
            "packed": version.packed.size,
            "deltas": (),
        }
        terminal.store.poll()
        assert terminal.store.states() == (code,)
        assert revision_of(terminal.store.best()) == 5


def verify_sealed_anyhow(path: Path) -> About:
    """As somebody would publish it who has the hall's server in his hands."""
    words = path.read_bytes().partition(b"\n")[0].decode().split(" ")
    return replace(verify_sealed(write(path.parent / "x", sealed(1))), version=words[1])


def test_a_disk_that_refuses_is_a_refusal_with_a_code_and_nothing_else(terminal: Terminal) -> None:
    terminal.bring(1)
    (terminal.folder / "incoming.part").mkdir()  # can be neither removed nor written
    terminal.hall.publish(2)
    assert terminal.store.poll() > PACE / 2
    assert terminal.store.states() == ("catalogue.unwritable",)
    assert revision_of(terminal.boot().best()) == 1
    terminal.hall.claims = {"sha256": terminal.store.best().stem}  # type: ignore[union-attr]
    assert terminal.store.poll() > PACE / 2


def test_a_refused_file_is_not_fetched_again_before_the_hall_offers_another_or_a_long_pause(
    terminal: Terminal,
) -> None:
    terminal.hall.publish(1)
    terminal.bench.error = CatalogueUnknownKey("whose?")
    for _ in range(3):
        terminal.store.poll()
    assert len(terminal.hall.fetched) == 1
    terminal.clock.sleep(LONG_PAUSE + 1)
    terminal.store.poll()
    assert len(terminal.hall.fetched) == 2
    terminal.bench.error = None
    terminal.hall.publish(2)
    terminal.store.poll()
    assert revision_of(terminal.store.staged()) == 2
    assert terminal.store.states() == ()


def test_a_workshop_that_looks_at_no_hall_does_not_let_another_hall_in(terminal: Terminal) -> None:
    terminal.bench.verify = lambda path: replace(verify_sealed(path), hall="elsewhere")
    terminal.hall.publish(1)
    terminal.store.poll()
    assert (terminal.store.states(), terminal.store.staged()) == (("catalogue.wrong_hall",), None)


def test_what_was_once_accepted_is_the_least_for_ever(terminal: Terminal) -> None:
    terminal.bring(7)
    assert terminal.boot().open_best(lambda path: _refuses(path, 7)) is None
    terminal.hall.claims = {"revision": 6, "sha256": "2" * 64}
    terminal.store.poll()
    assert "catalogue.older" in terminal.store.states()


def test_a_power_cut_while_it_polls_is_never_taken_for_damage(place: Path) -> None:
    power = Power()
    for operations in range(1, 100):
        terminal = Terminal(place / str(operations))
        terminal.bring(1)
        terminal.hall.publish(2)
        terminal.store.poll()  # staged, and replaced before it is adopted
        terminal.hall.publish(3)
        with power.cut_after(operations, terminal.folder) as cut, suppress(PowerCut):
            terminal.store.poll()
        assert revision_of(terminal.boot().best()) in (2, 3)
        assert terminal.store.states() == ()
        terminal.store.poll()
        assert revision_of(terminal.store.adopt() or terminal.store.best()) == 3
        if not cut():
            break
    assert 10 < operations < 99


# -- a lost state -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [None, "", "{}x", '{"v": 2}', '{"v": 1, "current": 3}'])
def test_a_lost_state_is_found_again_from_the_files_themselves(words: str | None, terminal: Terminal) -> None:
    terminal.bring(1)
    terminal.bring(2)
    write(terminal.folder / f"{'0' * 64}.catalogue", sealed(3))
    (terminal.folder / "state.json").unlink()
    if words is not None:
        (terminal.folder / "state.json").write_text(words)
    assert revision_of(terminal.boot().best()) == 2
    assert json.loads((terminal.folder / "state.json").read_text())["newest"][0] == 2
    assert len(list(terminal.folder.glob("*.catalogue"))) == 2


def test_files_that_could_not_be_looked_at_are_not_thrown_away(terminal: Terminal) -> None:
    terminal.bring(1)
    (terminal.folder / "state.json").unlink()
    terminal.bench.error = WorkshopFailed("no memory")
    assert terminal.boot().best() is None
    terminal.bench.error = None
    assert revision_of(terminal.boot().best()) == 1


def test_a_manifest_of_a_newer_hall_with_more_in_it_is_understood() -> None:
    told = {"hall": "q", "revision": 1, "version": "1", "sha256": "a" * 64, "size": 1, "packed": 1, "new": 1}
    assert CatalogueManifest.model_validate(told).revision == 1
