"""Guides in the documented table: XLSX with a sheet for each kind, or CSV with the other sheets in files beside it.

What stands in 材料, 情形, 流程 and 收费 belongs to the item with the same 事项编号; what belongs to none is refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hall.catalogue.importers.remarks import refusal, shown
from hall.catalogue.importers.rows import settle
from hall.catalogue.importers.sheets import (
    DAMAGE,
    Line,
    Unreadable,
    csv_rows,
    merged_cells,
    reason_of,
    sheet_lines,
    xlsx_sheets,
)
from hall.catalogue.importers.table_guide import ELEMENTS, detail_fields, guide_fields, row_of
from hall.catalogue.importers.template import (
    CASES,
    FEES,
    ITEMS,
    MATERIALS,
    OWNER,
    STEPS,
    beside,
)
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Header

DETAILS = (MATERIALS, CASES, STEPS, FEES)
Details = Mapping[str, list[Line]]  # lines of a sheet by the item that they belong to


def import_tables(path: Path, header: Header) -> Iterator[Taken]:
    """Rows are called "items.xlsx:材料!7": file, sheet, line."""
    try:
        if path.suffix.lower() != ".xlsx":
            files = {sheet: beside(path, sheet) for sheet in (ITEMS, *DETAILS)}
            rows = {sheet: csv_rows(file) for sheet, file in files.items() if file.exists()}
            yield from _sheets(
                {sheet: sheet_lines(files[sheet].name, rows[sheet]) for sheet in rows}, path.name
            )
            return
        with xlsx_sheets(path) as rows:
            for cells in merged_cells(path):
                yield Remark(
                    path.name, cells, "cell.merged", "only the first of these cells has the value", False
                )
            if ITEMS not in rows and len(rows) == 1:
                rows = {ITEMS: rows.popitem()[1]}  # one sheet, whatever its name: the items
            lines = {sheet: sheet_lines(f"{path.name}:{sheet}", rows[sheet]) for sheet in rows}
            yield from _sheets(lines, path.name)
    except Unreadable as error:  # a sheet of materials as well: items without theirs would mislead
        yield refusal(error.where, error.reason, str(error))
    except DAMAGE as error:
        yield refusal(path.name, reason_of(error), f"{type(error).__name__}: {error}")


def _sheets(sheets: Mapping[str, Iterable[Line | Remark]], source: str) -> Iterator[Taken]:
    if ITEMS not in sheets:
        raise ValueError(f"no sheet {ITEMS}")
    details: dict[str, dict[str, list[Line]]] = {}
    for sheet in DETAILS:
        details[sheet] = defaultdict(list)
        for line in sheets.get(sheet, ()):
            if isinstance(line, Remark):
                yield line
            elif owner := line.values.get(OWNER):
                details[sheet][owner].append(line)
            else:
                yield refusal(line.where, "element.absent", "which item it belongs to", OWNER)
    yield from _items(sheets[ITEMS], details, source)


def _items(lines: Iterable[Line | Remark], details: Mapping[str, Details], source: str) -> Iterator[Taken]:
    seen: dict[str, str] = {}
    for line in lines:
        if isinstance(line, Remark):
            yield line
            continue
        row = row_of(line)
        fields = guide_fields(row)
        owner = row.text(OWNER) or fields["id"]
        if owner in seen:
            yield refusal(line.where, "row.duplicate", f"{shown(owner)} stands in {seen[owner]}", OWNER)
            continue
        seen[owner] = line.where
        here = {sheet: details[sheet].get(owner, []) for sheet in details}
        fields |= detail_fields(row, here)
        yield from settle(row, fields | {"source": source}, ELEMENTS)
    for sheet in details.values():
        for owner, orphans in sheet.items():
            if owner not in seen:
                yield from (
                    refusal(o.where, "row.no_owner", f"no item {shown(owner)}", OWNER) for o in orphans
                )
