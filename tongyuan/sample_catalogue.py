"""Builds the catalogue that lies beside a hall's settings and publishes it: what the demo and the tour show."""

from datetime import date
from pathlib import Path

from config.hall import Hall
from hall.catalogue.build import build
from hall.catalogue.errors import CatalogueOlder
from hall.catalogue.importers.registry import importer_for, read_header
from hall.catalogue.model import Header
from hall.catalogue.seal import public_hex, read_key, trusting, write_key
from hall.catalogue.shelf import VersionShelf
from hall.catalogue.verify import verify
from hall.catalogue.vocabulary import merged, national, read
from hall.published import SHELF

FOLDER, KEY, FILE = "catalogue", "catalogue-key.pem", "catalogue.build"


def publish_sample(hall_file: Path, hall: Hall, work: Path, data: Path, today: date) -> str:
    """Build ``catalogue/`` beside ``hall_file`` in ``work`` and publish it in the hall's data folder ``data``.

    The public key that it is signed with, hex; "" where there is no such folder. Raises CatalogueDamaged, OSError,
    VocabularyRefused, ConfigError.
    """
    folder = hall_file.parent / FOLDER
    if not (folder / "catalogue.toml").is_file():
        return ""
    words, site = national(), folder / "vocabulary.toml"
    if site.exists():
        words = merged(words, read(site))
    key = read_key(work / KEY) if (work / KEY).exists() else write_key(work / KEY)
    trust, shelf = trusting(key.public_key()), VersionShelf(data / SHELF)

    def publish(header: Header) -> None:
        rows = importer_for(folder)(folder, header)
        build(rows, header, words, work / FILE, key, today, queues=hall.queues)
        shelf.publish(work / FILE, lambda path: verify(path, trust, hall.id))

    header = read_header(folder)
    try:
        publish(header)
    except CatalogueOlder:  # the demo was here before, on another day or with other guides
        current = shelf.current()
        assert current is not None
        publish(header.model_copy(update={"revision": current.revision + 1}))
    return public_hex(key.public_key())
