"""Brings a catalogue file from the hall to the disk: by a difference or whole, going on where it was cut."""

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Final

from drivers.ports import Clock
from hall.catalogue.errors import CatalogueDamaged, CatalogueTruncated
from hall.catalogue.packing import CatalogueTooLarge
from hall.wire.messages import CatalogueManifest
from kiosk.catalogue.folder import CatalogueFolder, Partial
from kiosk.catalogue.source import CatalogueSource, Transfer
from kiosk.catalogue.workshop import Order, Stamp, Workshop
from kiosk.hall_client import HallUnreachable

log = logging.getLogger(__name__)

PATIENCE: Final = 1800.0  # seconds of one transfer; the next look at the hall goes on with it


class Delivery:
    """One thread. What it makes lies in ``folder.making(sha256)``; what is half fetched stays for the next time."""

    def __init__(
        self, folder: CatalogueFolder, source: CatalogueSource, workshop: Workshop, clock: Clock
    ) -> None:
        self._folder, self._source, self._workshop, self._clock = folder, source, workshop, clock

    def bring(self, manifest: CatalogueManifest, held: Collection[str]) -> Stamp:
        """Fetch, make and verify it, by the smallest difference to a file that is ``held`` (SHA-256), else whole.

        Raises CatalogueDamaged and its kin, HallError, WorkshopFailed, OSError.
        """
        whole = f"/v1/catalogue/files/{manifest.sha256}"
        offered = [delta for delta in manifest.deltas if delta.old in held and delta.size < manifest.packed]
        if offered:
            delta = min(offered, key=lambda delta: delta.size)
            try:
                base = self._folder.file(delta.old)
                return self._by_way_of(f"{whole}/from/{delta.old}", delta.size, manifest, base)
            except (CatalogueDamaged, FileNotFoundError) as error:  # our old file may be the damaged one
                log.info("catalogue=%s difference refused: %s", manifest.version[:64], error)
        return self._by_way_of(whole, manifest.packed, manifest, None)

    def _by_way_of(self, path: str, size: int, manifest: CatalogueManifest, base: Path | None) -> Stamp:
        resumed = self._fetch(path, size)
        try:
            return self._carry_out(manifest, base)
        except CatalogueDamaged:
            if not resumed:
                raise
        self._fetch(
            path, size
        )  # a power cut may have spoilt the end of what was there: once more from the start
        return self._carry_out(manifest, base)

    def _fetch(self, path: str, size: int) -> bool:
        """All ``size`` bytes of ``path`` in the part file; whether some were there before."""
        part, partial = self._folder.part, self._folder.partial()
        have = part.stat().st_size if partial and partial.path == path and part.exists() else 0
        if partial is None or not 0 < have <= size:
            self._folder.drop_part()
            have, partial = 0, None
        if have == size:
            return True
        with self._source.fetch(path, have, partial.etag if partial else "") as transfer:
            if transfer.size is not None and transfer.size != size:
                kind = CatalogueTruncated if transfer.size < size else CatalogueTooLarge
                raise kind(f"{transfer.size} bytes, not {size}")
            resumed = partial is not None and (transfer.start, transfer.etag) == (have, partial.etag)
            if not resumed:
                if transfer.start:
                    raise CatalogueDamaged("another part than was asked for")
                self._folder.begin_part(Partial(path=path, etag=transfer.etag))
                have = 0
            self._receive(transfer, have, size)
        return resumed

    def _receive(self, transfer: Transfer, have: int, size: int) -> None:
        until = self._clock.now() + PATIENCE
        with self._folder.part.open("ab") as file:
            for chunk in transfer.chunks:
                have += len(chunk)
                if have > size:
                    raise CatalogueTooLarge(f"more than {size} bytes")
                file.write(chunk)
                if self._clock.now() > until:
                    raise HallUnreachable("too slow")
        if have < size:
            if transfer.size is not None:  # it promised more
                raise HallUnreachable(f"cut after {have} of {size} bytes")
            raise CatalogueTruncated(f"{have} of {size} bytes")

    def _carry_out(self, manifest: CatalogueManifest, base: Path | None) -> Stamp:
        """When the workshop failed, what was fetched stays: nothing is known against it."""
        order = Order(
            target=self._folder.making(manifest.sha256),
            size=manifest.size,
            sha256=manifest.sha256,
            transfer=self._folder.part,
            base=base,
        )
        try:
            stamp = self._workshop.carry_out(order)
        except (CatalogueDamaged, OSError):
            self._folder.drop_part()
            raise
        self._folder.drop_part()
        return stamp
