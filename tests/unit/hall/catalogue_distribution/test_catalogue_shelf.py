"""The hall's shelf: newer only, whole or not at all, and ready for every terminal that was here last week."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hall.catalogue.errors import CatalogueBadSignature, CatalogueDamaged, CatalogueOlder, CatalogueWrongHall
from hall.catalogue.packing import apply_delta, unpack
from hall.catalogue.shelf import KEEP, VersionShelf
from tests.unit.hall.catalogue_distribution.power import MEMORY, Power, PowerCut
from tests.unit.hall.catalogue_distribution.sealed import sealed, verify_sealed, write


def publish(shelf: VersionShelf, folder: Path, content: bytes) -> str:
    return shelf.publish(write(folder / "fresh", content), verify_sealed).version


def test_an_empty_shelf_has_no_current_version(tmp_path: Path) -> None:
    assert VersionShelf(tmp_path / "nowhere").current() is None


def test_what_is_published_is_current_and_everything_for_the_terminals_is_there(tmp_path: Path) -> None:
    shelf = VersionShelf(tmp_path / "shelf")
    contents = [sealed(revision) for revision in (1, 2, 3)]
    for content in contents:
        publish(shelf, tmp_path, content)
    current = shelf.current()
    assert current is not None
    assert (current.revision, current.size, current.hall) == (3, len(contents[2]), "qingyuan")
    assert current.sha256 == hashlib.sha256(contents[2]).hexdigest()
    assert shelf.file(current).read_bytes() == contents[2]
    made = tmp_path / "made"
    assert shelf.packed(current).stat().st_size == current.packed.size
    unpack(shelf.packed(current), made, current.size, current.sha256)
    assert made.read_bytes() == contents[2]
    assert set(current.deltas) == {hashlib.sha256(content).hexdigest() for content in contents[:2]}
    for version in shelf.versions()[1:]:
        difference = shelf.delta(current, version.sha256)
        assert difference.stat().st_size == current.deltas[version.sha256].size < 2000
        apply_delta(shelf.file(version), difference, made, current.size, current.sha256)
        assert made.read_bytes() == contents[2]


def test_another_process_sees_the_new_version_at_its_next_look(tmp_path: Path) -> None:
    publishing, serving = VersionShelf(tmp_path / "shelf"), VersionShelf(tmp_path / "shelf")
    for revision in (1, 2, 3):
        publish(publishing, tmp_path, sealed(revision))
        current = serving.current()
        assert current is not None
        assert current.revision == revision


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    shelf = VersionShelf(tmp_path / "shelf")
    publish(shelf, tmp_path, sealed(5))
    before = sorted((path.name, path.stat().st_ino) for path in (tmp_path / "shelf").iterdir())
    publish(shelf, tmp_path, sealed(5))
    assert sorted((path.name, path.stat().st_ino) for path in (tmp_path / "shelf").iterdir()) == before
    assert len(shelf.versions()) == 1


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (sealed(4), CatalogueOlder),
        (sealed(5, seed=1), CatalogueOlder),
        (sealed(6, hall="elsewhere"), CatalogueWrongHall),
        (sealed(6)[:-1], CatalogueBadSignature),
        (b"", CatalogueDamaged),
    ],
)
def test_what_is_refused_leaves_the_current_version_and_no_rubbish(
    content: bytes, refusal: type[CatalogueDamaged], tmp_path: Path
) -> None:
    shelf = VersionShelf(tmp_path / "shelf")
    publish(shelf, tmp_path, sealed(5))
    before = sorted(path.name for path in (tmp_path / "shelf").iterdir())
    with pytest.raises(refusal):
        publish(shelf, tmp_path, content)
    current = shelf.current()
    assert current is not None
    assert current.revision == 5
    assert sorted(path.name for path in (tmp_path / "shelf").iterdir()) == before


def test_only_the_last_versions_stay_and_differences_to_the_newest(tmp_path: Path) -> None:
    shelf = VersionShelf(tmp_path / "shelf")
    for revision in range(1, KEEP + 4):
        publish(shelf, tmp_path, sealed(revision, size=3000))
    assert [version.revision for version in shelf.versions()] == list(range(KEEP + 3, 3, -1))
    current = shelf.current()
    assert current is not None
    assert len(current.deltas) == KEEP - 1
    names = [path.suffix for path in (tmp_path / "shelf").iterdir()]
    assert (names.count(".catalogue"), names.count(".zst"), names.count(".delta")) == (KEEP, KEEP, KEEP - 1)


def test_a_difference_that_saves_nothing_is_not_offered(tmp_path: Path) -> None:
    shelf = VersionShelf(tmp_path / "shelf")
    publish(shelf, tmp_path, sealed(1, seed=1))
    publish(shelf, tmp_path, sealed(2, seed=2))
    current = shelf.current()
    assert current is not None
    assert current.deltas == {}


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    shelf, told = VersionShelf(tmp_path / "shelf"), []
    publish(shelf, tmp_path, sealed(1))
    shelf.publish(
        write(tmp_path / "fresh", sealed(2)), verify_sealed, lambda done, of: told.append((done, of))
    )
    assert told == [(1, 2), (2, 2)]


def test_a_damaged_index_is_said_and_not_written_over(tmp_path: Path) -> None:
    shelf = VersionShelf(tmp_path / "shelf")
    publish(shelf, tmp_path, sealed(1))
    (tmp_path / "shelf" / "shelf.json").write_text("{")
    with pytest.raises(CatalogueDamaged):
        shelf.current()
    with pytest.raises(CatalogueDamaged):
        publish(shelf, tmp_path, sealed(2))


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


def test_a_power_cut_at_any_file_operation_leaves_a_whole_version(place: Path) -> None:
    """Publication dies at its n-th file operation, for every n; then it is tried again."""
    fresh, power = write(place / "new", sealed(2, size=3000)), Power()
    for step in range(1, 200):
        folder = place / f"shelf{step}"
        publish(VersionShelf(folder), place, sealed(1, size=3000))
        with power.cut_after(step, folder) as cut, suppress(PowerCut):
            VersionShelf(folder).publish(fresh, verify_sealed)
        shelf = VersionShelf(folder)
        current = shelf.current()
        assert current is not None
        assert verify_sealed(shelf.file(current)).revision == current.revision
        unpack(shelf.packed(current), place / "made", current.size, current.sha256)
        assert shelf.publish(fresh, verify_sealed).revision == 2
        if not cut():
            break
    assert 15 < step < 199
