"""A hall that offers catalogues without a network, and can lie in every way about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hall.catalogue.shelf import VersionShelf
from hall.wire.messages import CatalogueDelta, CatalogueManifest, CatalogueReport, Problem
from kiosk.catalogue.source import Transfer
from kiosk.hall_client import HallRefused, HallUnreachable
from tests.unit.hall.catalogue_distribution.sealed import sealed, verify_sealed, write


class Offering:
    """Each lie is a field; unset, all is well."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.shelf = folder, VersionShelf(folder / "shelf")
        self.fetched: list[tuple[str, int, int]] = []  # path, start, bytes sent
        self.reports: list[tuple[str, CatalogueReport]] = []
        self.asked = 0
        self.down = False
        self.cut_after: int | None = None  # bytes of the next transfers
        self.claims: dict[str, object] = {}  # fields of the manifest that are told otherwise
        self.bodies: dict[str, bytes] = {}  # other bytes for a path ending
        self.endless = False
        self.says_size = True
        self.etag = '"e"'

    def publish(self, revision: int, size: int = 20_000, seed: int = 0) -> str:
        content = sealed(revision, size=size, seed=seed)
        return self.shelf.publish(write(self.folder / "fresh", content), verify_sealed).version

    def manifest(self) -> CatalogueManifest:
        self.asked += 1
        version = self.shelf.current()
        if self.down:
            raise HallUnreachable("down")
        if version is None:
            raise HallRefused(Problem(title="none", status=404, code="catalogue.none"))
        told = {
            "hall": version.hall,
            "revision": version.revision,
            "version": version.version,
            "sha256": version.sha256,
            "size": version.size,
            "packed": version.packed.size,
            "deltas": tuple(CatalogueDelta(old=o, size=p.size) for o, p in version.deltas.items()),
        }
        return CatalogueManifest.model_validate(told | self.claims)

    @contextmanager
    def fetch(self, path: str, start: int, etag: str) -> Iterator[Transfer]:
        if self.down:
            raise HallUnreachable("down")
        content = self._content(path)
        if etag != self.etag:
            start = 0
        size = len(content) if self.says_size else None
        yield Transfer(start, size, self.etag, self._chunks(path, content, start))

    def report(self, key: str, report: CatalogueReport) -> None:
        self.reports.append((key, report))
        if self.down:
            raise HallUnreachable("down")

    def _content(self, path: str) -> bytes:
        for end, body in self.bodies.items():
            if path.endswith(end):
                return body
        _, _, rest = path.partition("/files/")
        sha256, _, old = rest.partition("/from/")
        version = self.shelf.version(sha256)
        if version is None:
            raise HallRefused(Problem(title="unknown", status=404, code="catalogue.unknown_version"))
        return (self.shelf.delta(version, old) if old else self.shelf.packed(version)).read_bytes()

    def _chunks(self, path: str, content: bytes, start: int) -> Iterator[bytes]:
        sent = 0
        try:
            for place in range(start, len(content), 512):
                chunk = content[place : place + 512]
                if self.cut_after is not None:
                    chunk = chunk[: self.cut_after - sent]
                sent += len(chunk)
                yield chunk
                if sent == self.cut_after:
                    raise HallUnreachable("cut")
            while self.endless:
                sent += 512
                yield bytes(512)
        finally:
            self.fetched.append((path, start, sent))
