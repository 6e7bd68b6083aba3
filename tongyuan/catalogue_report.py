"""What the catalogue's commands show: bars while they work, counts, the report of rows, differences."""

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

if TYPE_CHECKING:
    from hall.catalogue.build import Report
    from hall.catalogue.diff import Difference
    from hall.catalogue.progress import Progress


@contextmanager
def progress_bars() -> "Iterator[Progress]":
    """A bar for each phase."""
    columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks = {}

        def say(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=None)
            bars.update(tasks[phase], completed=done, total=total or None)

        yield say


def print_counts(built: "Report") -> None:
    counts = built.counts
    typer.echo(
        f"{counts.rows} rows read: {counts.guides} guides and {counts.bundles} bundles taken under {counts.names} "
        f"names, {counts.refused} rows refused; {counts.doubtful} doubtful elements in what was taken"
    )
    if reasons := built.reasons():
        table = Table("reason", "refused", "doubtful")
        for reason, refused, doubtful in reasons:
            table.add_row(reason, str(refused or ""), str(doubtful or ""))
        Console().print(table)


def write_report(built: "Report", path: Path) -> None:
    if path.suffix == ".json":
        content = {
            "version": built.about.version,
            "counts": asdict(built.counts),
            "remarks": [asdict(remark) for remark in built.remarks],
        }
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark lets spreadsheets see UTF-8
        table = csv.writer(file)
        table.writerow(("row", "element", "reason", "what", "detail"))
        for remark in built.remarks:
            what = "refused" if remark.refused else "doubtful"
            cells = (remark.row, remark.element, remark.reason, what, remark.detail)
            table.writerow([f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in cells])


def print_differences(found: "Iterable[Difference]", as_json: bool) -> int:
    """Print them as they are found; how many there are."""
    count = 0
    for difference in found:
        count += 1
        if as_json:
            typer.echo(json.dumps(asdict(difference), ensure_ascii=False))
        elif not difference.element:
            typer.echo(f"{'+' if difference.after else '-'} {difference.id}  {difference.name}")
        else:
            typer.echo(f"{difference.id}  {difference.name}  {difference.element}")
            typer.echo(f"  - {difference.before}\n  + {difference.after}")
    return count
