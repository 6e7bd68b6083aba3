"""Catalogue files on their way: packed whole, or as the difference to a file that the other side holds.

Both are one zstandard frame (RFC 8878) with its checksum; a difference has the old file as raw-content dictionary
("patch from"). The same files give the same bytes. Who sends is not trusted: what is made is written to a file
of its own, never grows beyond the size that was announced, and its SHA-256 must be the announced one.

The library never tells the long-distance matcher about a dictionary, and the tables of its levels reach a part of a
large one only (measured, 50 MB with three new names: level 3 makes 3.6 MB, level 12 0.7 MB). So they are made large
by hand: 2**25 heads reach each byte of 80 MB, and the difference is 0.27 MB. That takes 480 MB of memory, so it
belongs in the publishing command, not in the process that serves.
"""

import hashlib
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from hall.catalogue.errors import CatalogueDamaged, CatalogueTruncated

CHUNK: Final = 1 << 18  # bytes read, fed and written at a time
LEVEL: Final = 12  # of whole files; 19 saves a seventh and takes fifteen times as long
WINDOW_LOG: Final = 28  # 256 MB: the old file and the new one


class CatalogueTooLarge(CatalogueDamaged):
    """More bytes than were announced, or than anybody should take."""

    code = "catalogue.too_large"


def pack(source: Path, target: Path) -> int:
    """Pack ``source`` into ``target``; the bytes written. Raises OSError."""
    packing = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=source.stat().st_size, write_checksum=True, write_content_size=True
    )
    return _compress(zstandard.ZstdCompressor(compression_params=packing), source, target)


def make_delta(old: Path, new: Path, target: Path) -> int:
    """Write into ``target`` what makes ``new`` of ``old``; the bytes written. Raises OSError."""
    with _mapped(old) as base:
        compressor = zstandard.ZstdCompressor(
            dict_data=zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT),
            compression_params=zstandard.ZstdCompressionParameters(
                window_log=_window_log(len(base) + new.stat().st_size),
                hash_log=25,
                chain_log=24,
                search_log=4,
                min_match=5,
                target_length=4096,
                strategy=zstandard.STRATEGY_LAZY2,
                write_checksum=True,
                write_content_size=True,
            ),
        )
        return _compress(compressor, new, target)


def unpack(packed: Path, target: Path, size: int, sha256: str) -> None:
    """Write the whole file into ``target``, durably. Raises CatalogueDamaged and its kin, OSError."""
    _decompress(zstandard.ZstdDecompressor(max_window_size=1 << WINDOW_LOG), packed, target, size, sha256)


def apply_delta(old: Path, delta: Path, target: Path, size: int, sha256: str) -> None:
    """Make the new file of ``old`` in ``target``, durably. Raises CatalogueDamaged and its kin, OSError."""
    with _mapped(old) as base:
        decompressor = zstandard.ZstdDecompressor(
            dict_data=zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT),
            max_window_size=1 << WINDOW_LOG,
        )
        _decompress(decompressor, delta, target, size, sha256)


def sha256_of(path: Path) -> str:
    """Hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _compress(compressor: zstandard.ZstdCompressor, source: Path, target: Path) -> int:
    with source.open("rb") as read, target.open("wb") as written:
        compressor.copy_stream(read, written, size=source.stat().st_size, read_size=CHUNK, write_size=CHUNK)
        _make_durable(written)
        return written.tell()


def _decompress(
    decompressor: zstandard.ZstdDecompressor, packed: Path, target: Path, size: int, sha256: str
) -> None:
    digest, written = hashlib.sha256(), 0
    with packed.open("rb") as source, target.open("wb") as file:
        try:
            for piece in _pieces(decompressor, source, size):
                written += len(piece)
                if written > size:
                    raise CatalogueTooLarge(f"{packed.name}: makes more than the {size} bytes announced")
                digest.update(piece)
                file.write(piece)
        except zstandard.ZstdError as error:
            raise CatalogueDamaged(f"{packed.name}: {error}") from error
        if written < size:
            raise CatalogueTruncated(f"{packed.name}: ends after {written} of {size} bytes")
        if digest.hexdigest() != sha256:
            raise CatalogueDamaged(f"{packed.name}: makes another file than was announced")
        _make_durable(file)


def _pieces(decompressor: zstandard.ZstdDecompressor, source: BinaryIO, size: int) -> Iterator[bytes]:
    """One frame, a bounded piece at a time. Raises ZstdError, CatalogueDamaged for what follows the frame."""
    announced = zstandard.frame_content_size(source.read(18))  # longest header, RFC 8878 3.1.1.1
    if announced > size:  # memory for the window would be taken for it
        raise CatalogueTooLarge(f"announces {announced} bytes, not {size}")
    if announced < size:
        raise CatalogueDamaged(f"announces {announced} bytes, not {size}")
    source.seek(0)
    with decompressor.stream_reader(source, read_size=CHUNK, closefd=False) as reader:
        while piece := reader.read(CHUNK):
            yield piece


def _window_log(total: int) -> int:
    """The window must span both files, or matches are lost as the new one grows."""
    return min(max(total.bit_length(), 20), WINDOW_LOG)


def _make_durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _mapped(path: Path) -> Iterator[bytes | memoryview]:
    """The bytes of ``path``, without a second copy of 80 MB. An empty file cannot be mapped."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            yield view
