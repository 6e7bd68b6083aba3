"""Whether a file is exactly the catalogue that somebody trusted has published for this hall."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hall.catalogue.answers import About
from hall.catalogue.errors import CatalogueDamaged, CatalogueWrongHall
from hall.catalogue.opening import opened, read_manifest, signed_words
from hall.catalogue.schema import content_hash
from hall.catalogue.seal import check


def verify(path: Path, trust: Mapping[str, Ed25519PublicKey], hall: str) -> About:
    """Which catalogue it is. ``trust``: public keys by ``seal.key_id``; ``hall``: whose it must be, "": anybody's.

    The signature comes first, so that nobody unknown makes a terminal read 80 MB. Raises CatalogueDamaged and
    its kin for whatever bytes there are; OSError.
    """
    db = opened(path)
    try:
        words = signed_words(db)
        seals = db.execute("SELECT key, signature FROM seal LIMIT 2").fetchall()
        match seals:
            case [(str(key), bytes(signature))]:
                check(words.encode(), key, signature, trust)
            case _:
                raise CatalogueDamaged(f"{path}: there is not one seal")
        manifest = read_manifest(words)
        if hall and manifest.hall != hall:
            raise CatalogueWrongHall(f"{path}: is the catalogue of {manifest.hall}, not of {hall}")
        faults = [fault for (fault,) in db.execute("PRAGMA integrity_check(1)")]
        if faults != ["ok"]:
            raise CatalogueDamaged(f"{path}: {str(faults[0])[:200]}")
        if content_hash(db) != manifest.content:
            raise CatalogueDamaged(f"{path}: the content is not the one that was signed")
        return manifest.about()
    except (sqlite3.Error, ValueError) as error:
        raise CatalogueDamaged(f"{path}: {error}") from error
    finally:
        db.close()
