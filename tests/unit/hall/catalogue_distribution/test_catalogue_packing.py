"""What is packed comes out byte for byte, in bounded room; whatever else arrives is refused with a code."""

import hashlib
import random
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from hall.catalogue.errors import CatalogueDamaged, CatalogueTruncated
from hall.catalogue.packing import CatalogueTooLarge, apply_delta, make_delta, pack, sha256_of, unpack
from tests.unit.hall.catalogue_distribution.sealed import write

contents = st.binary(max_size=3000) | st.integers(0, 9).map(lambda n: random.Random(n).randbytes(50_000))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@given(content=contents)
def test_a_packed_file_comes_out_as_it_was(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("packed")
    source = write(folder / "a", content)
    assert pack(source, folder / "z") == (folder / "z").stat().st_size
    unpack(folder / "z", folder / "b", len(content), sha256(content))
    assert (folder / "b").read_bytes() == content
    assert sha256_of(source) == sha256(content)


@given(old=contents, cut=st.integers(0, 3000), added=st.binary(max_size=500))
def test_a_difference_makes_the_new_file_of_the_old_one(
    old: bytes, cut: int, added: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, new = tmp_path_factory.mktemp("delta"), old[cut:] + added + old[:cut]
    base, fresh = write(folder / "old", old), write(folder / "new", new)
    size = make_delta(base, fresh, folder / "d")
    apply_delta(base, folder / "d", folder / "made", len(new), sha256(new))
    assert (folder / "made").read_bytes() == new
    assert size < len(added) + 600 or len(old) <= 3000


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    old, new = (
        write(tmp_path / "old", bytes(range(256)) * 500),
        write(tmp_path / "new", bytes(range(255)) * 500),
    )
    for name in ("1", "2"):
        pack(new, tmp_path / f"p{name}")
        make_delta(old, new, tmp_path / f"d{name}")
    assert (tmp_path / "p1").read_bytes() == (tmp_path / "p2").read_bytes()
    assert (tmp_path / "d1").read_bytes() == (tmp_path / "d2").read_bytes()


def test_a_change_far_from_the_end_of_a_large_old_file_costs_little(tmp_path: Path) -> None:
    old = random.Random(5).randbytes(6_000_000)
    new = b"in front" + old[:1_000_000] + b"changed" + old[1_000_010:]
    size = make_delta(write(tmp_path / "old", old), write(tmp_path / "new", new), tmp_path / "d")
    assert size < 5_000


@given(data=st.data())
def test_a_spoilt_transfer_is_refused_and_never_grows_beyond_what_was_announced(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, content = tmp_path_factory.mktemp("spoilt"), random.Random(1).randbytes(2000) * 3
    pack(write(folder / "a", content), folder / "z")
    spoilt = bytearray((folder / "z").read_bytes())
    match data.draw(st.sampled_from(["flip", "cut", "more", "other"])):
        case "flip":
            spoilt[data.draw(st.integers(0, len(spoilt) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        case "cut":
            del spoilt[data.draw(st.integers(0, len(spoilt) - 1)) :]
        case "more":
            spoilt += data.draw(st.binary(min_size=1, max_size=50)) + spoilt
        case "other":
            spoilt[:] = data.draw(st.binary(max_size=200))
    write(folder / "z", bytes(spoilt))
    with suppress(CatalogueDamaged):
        unpack(folder / "z", folder / "b", len(content), sha256(content))
        assert (folder / "b").read_bytes() == content  # some bits of a frame header mean nothing
    assert not (folder / "b").exists() or (folder / "b").stat().st_size <= len(content)


def test_each_way_to_be_wrong_has_its_code(tmp_path: Path) -> None:
    content = b"abc" * 100_000
    packed = tmp_path / "z"
    pack(write(tmp_path / "a", content), packed)
    whole = packed.read_bytes()
    with pytest.raises(CatalogueTooLarge):
        unpack(packed, tmp_path / "b", len(content) - 1, sha256(content[:-1]))
    with pytest.raises(CatalogueDamaged, match="announces"):
        unpack(packed, tmp_path / "b", len(content) + 1, sha256(content))
    with pytest.raises(CatalogueDamaged, match="another file"):
        unpack(packed, tmp_path / "b", len(content), "0" * 64)
    write(packed, whole[:-20])
    with pytest.raises(CatalogueTruncated):
        unpack(packed, tmp_path / "b", len(content), sha256(content))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = write(tmp_path / "z", zstandard.ZstdCompressor().compress(bytes(50_000_000)))
    with pytest.raises(CatalogueTooLarge, match="announces 50000000"):
        unpack(bomb, tmp_path / "b", 1000, "0" * 64)
    assert (tmp_path / "b").stat().st_size == 0


def test_a_difference_to_another_old_file_is_refused(tmp_path: Path) -> None:
    old, new = random.Random(1).randbytes(30_000), random.Random(1).randbytes(30_000) + b"new"
    make_delta(write(tmp_path / "old", old), write(tmp_path / "new", new), tmp_path / "d")
    other = write(tmp_path / "other", random.Random(2).randbytes(30_000))
    with pytest.raises(CatalogueDamaged):
        apply_delta(other, tmp_path / "d", tmp_path / "made", len(new), sha256(new))
