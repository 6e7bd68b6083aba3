"""``tongyuan catalogue``: make, check, compare and look into the file that every terminal of a hall holds."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tongyuan.catalogue_report import print_counts, print_differences, progress_bars, write_report

if TYPE_CHECKING:
    from hall.catalogue.file import Catalogue
    from hall.catalogue.intake import Taken
    from hall.catalogue.model import Header
    from hall.catalogue.vocabulary import Vocabulary

app = typer.Typer(
    help="The catalogue: items, guides and search in one signed file.\n\n"
    "[bold]key[/bold] once, [bold]build[/bold] each time something changes, [bold]diff[/bold] before publishing, "
    "[bold]verify[/bold] anywhere.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
File = Annotated[Path, typer.Argument(help="A catalogue file.", exists=True, dir_okay=False)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines instead of words.")]


@app.command("key")
def make_key(
    out: Annotated[Path, typer.Argument(help="Where the new signing key goes (PEM, readable by you alone).")],
) -> None:
    """Make a signing key. Its public half, printed here, goes into the settings of the terminals."""
    from hall.catalogue.seal import key_id, public_hex, write_key

    with _refusals():
        public = write_key(out).public_key()
    typer.echo(f"{out}: signing key {key_id(public)}; keep it where catalogues are built, and nowhere else")
    typer.echo(public_hex(public))


@app.command("build")
def build_file(
    sources: Annotated[
        list[Path],
        typer.Argument(help="Where guides come from: folders of TOML, JSON, CSV, XLSX, XML.", exists=True),
    ],
    out: Annotated[Path, typer.Option(help="The catalogue file to write; an old one is replaced at once.")],
    key: Annotated[
        Path, typer.Option(help="Signing key, see [bold]key[/bold].", exists=True, dir_okay=False)
    ],
    header: Annotated[
        Path | None,
        typer.Option(
            help="catalogue.toml or its folder.", show_default="the source that has one", exists=True
        ),
    ] = None,
    published: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of publication.", show_default="today")
    ] = None,
    hall: Annotated[
        Path | None,
        typer.Option(help="The hall's settings: guides may lead to its queues only.", exists=True),
    ] = None,
    vocabulary: Annotated[
        Path | None,
        typer.Option(
            help="The site's words, added to the national ones.",
            show_default="vocabulary.toml beside the header",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Every row refused or doubtful, .csv or .json.", show_default="OUT.report.csv"),
    ] = None,
) -> None:
    """Build a catalogue. A bad row never stops the others and never gets in silently: read the report."""
    from config.hall import Hall
    from config.load import load
    from hall.catalogue.build import build
    from hall.catalogue.importers.registry import read_header
    from hall.catalogue.seal import read_key

    report = report or out.with_name(f"{out.name}.report.csv")
    if report.suffix not in (".csv", ".json"):
        raise typer.BadParameter(f"{report}: a report is .csv or .json", param_hint="--report")
    place = header or _header_among(sources)
    day = published.date() if published else date.today()
    with _refusals():
        head = read_header(place)
        queues = load(hall, Hall).queues if hall else None
        words = _words(vocabulary, place)
        rows = _rows(sources, head)
        signing = read_key(key)
        with progress_bars() as progress:
            built = build(rows, head, words, out, signing, day, progress, queues)
        write_report(built, report)
    print_counts(built)
    typer.echo(f"{out}: {built.about.name}, version {built.about.version}, {out.stat().st_size:,} bytes")
    typer.echo(f"{report}: {len(built.remarks)} remark(s)")


@app.command()
def verify(
    file: File,
    key_hex: Annotated[list[str], typer.Option(help="A public key that is trusted, as key prints it.")],
    hall: Annotated[str, typer.Option(help="Id of the hall it must be for; unset: any.")] = "",
) -> None:
    """Check that a file is whole, unchanged and signed by a trusted key. Exit code 1 and a code if it is not."""
    from hall.catalogue.seal import public_key, trusting
    from hall.catalogue.verify import verify as verified

    try:
        trust = trusting(*map(public_key, key_hex))
    except ValueError as error:
        raise typer.BadParameter("64 hex digits, as `tongyuan catalogue key` prints them") from error
    with _refusals():
        about = verified(file, trust, hall)
    typer.echo(f"{file}: in order: {about.name}, version {about.version} of {about.published}")
    typer.echo(
        f"{about.guides} guides, {about.bundles} bundles, {about.names} names, words {about.vocabulary}"
    )


@app.command()
def publish(
    file: File,
    data: Annotated[Path, typer.Option(help="The hall's data folder, as given to hall serve.")],
    key_hex: Annotated[
        list[str], typer.Option(help="Public key that it must be signed with; repeat for several.")
    ],
    hall: Annotated[str, typer.Option(help="Id of the hall it must be for.")],
) -> None:
    """Make a file the hall's current catalogue. Terminals fetch the difference and show it from the next citizen on.

    The hall may go on running: it takes the new version up by itself. Older revisions are refused.
    """
    from hall.catalogue.seal import public_key, trusting
    from hall.catalogue.shelf import VersionShelf
    from hall.catalogue.verify import verify as verified
    from hall.published import SHELF

    with _refusals():
        try:
            trust = trusting(*map(public_key, key_hex))
        except ValueError as error:
            raise typer.BadParameter(
                "is not a public key of 64 hex digits", param_hint="--key-hex"
            ) from error
        with progress_bars() as progress:
            published = VersionShelf(data / SHELF).publish(
                file,
                lambda path: verified(path, trust, hall),
                lambda done, of: progress("pack", done, of),
            )
    typer.echo(f"{published.version}: {published.size:,} bytes, {published.packed.size:,} packed")
    for old, made in published.deltas.items():
        typer.echo(f"  from {old[:8]}…: {made.size:,} bytes")


@app.command()
def misses(
    data: Annotated[Path, typer.Option(help="The hall's data folder.", exists=True, file_okay=False)],
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Which day.", show_default="today")
    ] = None,
) -> None:
    """What citizens searched for in vain, most frequent first: words that the synonym file should know."""
    from hall.catalogue.reports import CatalogueReports
    from hall.published import REPORTS

    wanted = day.date() if day else date.today()
    reports = CatalogueReports(data / REPORTS, lambda: datetime.now().astimezone())
    try:
        found = reports.misses(wanted)
    finally:
        reports.close()
    for text, count in found.misses:
        typer.echo(f"{count:>6}  {text}")
    typer.echo(f"{found.day}: {len(found.misses)} text(s)")


@app.command()
def template(
    out: Annotated[Path, typer.Argument(help="Where the template goes, .xlsx or .csv.", dir_okay=False)],
) -> None:
    """Write the spreadsheet template for guides, with an explanation and an example in each column."""
    from hall.catalogue.importers.template import write_template

    if out.suffix not in (".xlsx", ".csv"):
        raise typer.BadParameter(f"{out}: a template is .xlsx or .csv")
    with _refusals():
        written = write_template(out)
    for path in written:
        typer.echo(path)
    typer.echo(f"fill in, then: tongyuan catalogue build {out} …")


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(help="The older catalogue file.", exists=True, dir_okay=False)],
    after: Annotated[Path, typer.Argument(help="The newer one.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Print every element that changes from one catalogue file to another."""
    from hall.catalogue.diff import differences

    with _refusals(), _opened(before) as a, _opened(after) as b:
        count = print_differences(differences(a, b), as_json)
    if not as_json:
        typer.echo(f"{count} difference(s) from {a.about.version} to {b.about.version}")


@app.command()
def compare(
    a: Annotated[str, typer.Argument(help="A catalogue file, or the address of a hall that serves one.")],
    b: Annotated[str, typer.Argument(help="Another one.")],
    as_json: AsJson = False,
) -> None:
    """Compare two channels to the letter: files or http addresses. Exit code 1 when they differ."""
    from hall.catalogue.compare import SourceUnreadable
    from hall.catalogue.compare import compare as compared

    count = 0
    with _refusals():
        try:
            count = print_differences(compared(a, b), as_json)
        except SourceUnreadable as error:
            _refuse(f"{error.code}: {error}")
    if not as_json:
        typer.echo(f"{count} difference(s)")
    raise typer.Exit(1 if count else 0)


@app.command()
def serve(
    file: File,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8088,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0: reachable for everybody.")
    ] = "127.0.0.1",
) -> None:
    """Serve a catalogue's JSON and phone pages over HTTP, read-only. Ctrl-C stops it."""
    from hall.api.public import serve_catalogue

    with _refusals():
        serve_catalogue(file, host, port)


@app.command()
def show(
    file: File,
    id: Annotated[str, typer.Argument(help="Id of a guide or a bundle.")],
    as_json: AsJson = False,
) -> None:
    """Print every element of a guide or a bundle, to the letter."""
    from hall.catalogue.diff import elements

    with _refusals(), _opened(file) as catalogue:
        page = catalogue.page(id)
    if page is None:
        _refuse(f"{id} is not in {file}; look for it with `tongyuan catalogue search`")
    elif as_json:
        typer.echo(page.model_dump_json(indent=1, exclude_defaults=True))
    else:
        for element, text in elements(page):
            typer.echo(f"{element}: {text}")


@app.command()
def search(
    file: File,
    text: Annotated[str, typer.Argument(help="What a citizen would type or say.")],
    limit: Annotated[int, typer.Option(help="At most so many names.", min=1, max=500)] = 10,
) -> None:
    """Search as the terminals do."""
    with _refusals(), _opened(file) as catalogue:
        found = catalogue.search(text, limit)
    if found.near:
        typer.echo("nothing matched; the nearest names:")
    for entry in found.entries:
        said = " · ".join(part for part in (entry.office, entry.region_name, entry.line) if part)
        typer.echo(f"{entry.id}  {entry.name}  ({said})")
    if found.section:
        typer.echo(f"the question is about: {found.section}")


# -- what the commands share ------------------------------------------------------------------------------


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be done ends in one line with its code, and exit code 1."""
    import sqlite3

    from config.load import ConfigError
    from hall.catalogue.errors import CatalogueDamaged
    from hall.catalogue.seal import KeyRefused
    from hall.catalogue.vocabulary import VocabularyRefused

    try:
        yield
    except FileExistsError as error:
        _refuse(f"{error.filename}: is there already; choose another name")
    except OSError as error:
        _refuse(f"{error.filename or ''}: {error.strerror or error}")
    except (CatalogueDamaged, KeyRefused, VocabularyRefused, ConfigError) as error:
        _refuse(f"{error.code}: {error}")
    except sqlite3.Error as error:
        _refuse(f"could not be written: {error}; is there room on the disk?")


def _refuse(words: str) -> None:
    typer.echo(words, err=True)
    raise typer.Exit(1)


@contextmanager
def _opened(path: Path) -> "Iterator[Catalogue]":
    from hall.catalogue.file import Catalogue

    catalogue = Catalogue.open(path)
    try:
        yield catalogue
    finally:
        catalogue.close()


def _header_among(sources: list[Path]) -> Path:
    from hall.catalogue.importers.native import HEADER

    for source in sources:
        if source.name == HEADER or (source / HEADER).is_file():
            return source
    raise typer.BadParameter(
        f"no source has a {HEADER}; say which one describes this catalogue", param_hint="--header"
    )


def _words(site: Path | None, header: Path) -> "Vocabulary":
    from hall.catalogue.vocabulary import merged, national, read

    beside = (header if header.is_dir() else header.parent) / "vocabulary.toml"
    if site is None and beside.is_file():
        site = beside
    return merged(national(), read(site)) if site else national()


def _rows(sources: list[Path], header: "Header") -> "Iterable[Taken]":
    from hall.catalogue.importers.registry import UnknownShape, importer_for

    try:
        importers = [(importer_for(source), source) for source in sources]
    except UnknownShape as error:
        raise typer.BadParameter(str(error), param_hint="SOURCES") from error
    return (taken for importer, source in importers for taken in importer(source, header))
