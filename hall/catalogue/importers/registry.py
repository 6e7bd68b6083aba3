"""Which importer reads a file: told by what stands in it, never by a promise in its name."""

from itertools import islice
from pathlib import Path

from hall.catalogue.importers.guangan import import_guangan
from hall.catalogue.importers.guangdong import import_guangdong
from hall.catalogue.importers.items import import_items, import_names
from hall.catalogue.importers.json_rows import json_rows
from hall.catalogue.importers.native import HEADER, import_native, read_header
from hall.catalogue.importers.shandong import import_shandong
from hall.catalogue.importers.tables import import_tables
from hall.catalogue.intake import Importer, Remark

__all__ = ["SHAPES", "UnknownShape", "importer_for", "read_header"]

SHAPES = {
    "native": "a folder with catalogue.toml, guides/*.toml and bundles.toml",
    "table": "the template filled in, .xlsx or .csv: a sheet 事项 with its column 事项名称",
    "shandong": "rows of the provincial library: .xml, or JSON lines with ITEM_CODE",
    "guangdong": "JSON of published guides: task_code, acceptance_condition, materials …",
    "guangan": "JSON of a county's list: item_code_upstream, department …",
    "items": "JSON of item names: departments, levels, types, codes, regions, aliases",
    "names": "JSON of names alone, or with doc and subject (one-thing bundles)",
}
_JSON: tuple[tuple[set[str], Importer], ...] = (  # elements that only this shape has; the first that fits
    ({"item_code_upstream", "type_code_upstream"}, import_guangan),
    ({"task_code", "catalog_code", "acceptance_condition", "service_objects"}, import_guangdong),
    ({"departments", "levels", "types", "codes", "regions", "aliases"}, import_items),
    ({"name"}, import_names),
)
_LOOKED_AT = 100  # rows; the first may lack what the others have


class UnknownShape(Exception):
    """No importer reads this. The message names what is understood."""

    code = "file.unknown_shape"

    def __init__(self, path: Path) -> None:
        known = "\n".join(f"  {name}: {text}" for name, text in SHAPES.items())
        super().__init__(f"{path}: not a source that is understood:\n{known}")
        self.path = path


def importer_for(path: Path) -> Importer:
    """The importer for ``path``. Raises UnknownShape."""
    if path.name == HEADER or (path / HEADER).is_file():
        return import_native
    match path.suffix.lower():
        case ".xlsx" | ".csv":
            return import_tables
        case ".xml":
            return import_shandong
        case ".json" | ".jsonl" | ".ndjson":
            return _of_json(path)
    raise UnknownShape(path)


def _of_json(path: Path) -> Importer:
    elements: set[str] = set()
    for found in islice(json_rows(path), _LOOKED_AT):
        if not isinstance(found, Remark):
            elements.update(found[1])
    if any(element.upper() == "ITEM_CODE" for element in elements):
        return import_shandong
    for signs, importer in _JSON:
        if signs & elements:
            return importer
    raise UnknownShape(path)
