"""Which importer reads a file: told by its shape, never by a promise in its name alone."""

from pathlib import Path

from hall.catalogue.importers.native import HEADER, import_native, read_header
from hall.catalogue.intake import Importer

__all__ = ["SHAPES", "UnknownShape", "importer_for", "read_header"]

SHAPES = {
    "native": "a folder with catalogue.toml, guides/*.toml and bundles.toml",
}


class UnknownShape(Exception):
    """No importer reads this. The message names what is understood."""

    code = "file.unknown_shape"

    def __init__(self, path: Path) -> None:
        known = "\n".join(f"  {name}: {text}" for name, text in SHAPES.items())
        super().__init__(f"{path}: not a source that is understood:\n{known}")
        self.path = path


def importer_for(path: Path) -> Importer:
    """The importer for ``path``. Raises UnknownShape."""
    if path.name == HEADER or (path.is_dir() and (path / HEADER).is_file()):
        return import_native
    raise UnknownShape(path)
