"""What a terminal holds when ``state.json`` is lost or damaged: each file is verified again."""

import logging

from hall.catalogue.errors import CatalogueDamaged
from kiosk.catalogue.folder import CatalogueFolder, Held, State
from kiosk.catalogue.workshop import Order, Workshop, WorkshopFailed

log = logging.getLogger(__name__)


def recovered(folder: CatalogueFolder, workshop: Workshop, hall: str) -> tuple[State, bool]:
    """The state that the files themselves tell, and whether all could be looked at. Takes seconds for each.

    What was accepted and is there no more is forgotten: the newest file counts as the newest ever accepted.
    """
    found: list[Held] = []
    certain = True
    for path in folder.files():
        try:
            stat = path.stat()
            order = Order(target=path, size=stat.st_size, sha256=path.stem)
            stamp = workshop.carry_out(order)
        except (CatalogueDamaged, OSError, WorkshopFailed) as error:
            log.warning("catalogue=%s not recovered: %s", path.stem[:16], error)
            certain &= isinstance(error, CatalogueDamaged)
            continue
        if stamp.hall == hall:
            found.append(Held.of(path.stem, stamp.revision, stamp.version, stat))
    found.sort(key=lambda held: held.revision, reverse=True)
    current, previous = (*found, None, None)[:2]
    newest = (current.revision, current.sha256) if current else (0, "")
    return State(newest=newest, current=current, previous=previous), certain
