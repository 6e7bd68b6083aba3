"""``tongyuan config``: what settings mean, whether they are right, how they differ, and who decides each of them."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # imported by the commands that need them: --help must not wait for schemas
    from config.layers import Layer, Origin

app = typer.Typer(
    help="Settings: what a key means and who decides it, check and compare files, print the reference.",
    no_args_is_help=True,
)

LayerFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--layer", help="A layer (TOML or JSON); give several, the lowest first.", show_default=False
    ),
]


@app.command()
def explain(
    key: Annotated[str, typer.Argument(help="A key of the settings, e.g. screen.theme")],
    layer: LayerFiles = None,
) -> None:
    """Say what KEY means, its type and default; with layers also what holds, and which of them decides it."""
    from config.hall import Hall
    from config.keys import keys_of
    from config.kiosk import Kiosk

    known = {"terminal": keys_of(Kiosk), "hall": keys_of(Hall)}
    found = {what: keys[key] for what, keys in known.items() if key in keys}
    if not found:
        near = difflib.get_close_matches(key, {path for keys in known.values() for path in keys}, 3, 0.5)
        raise typer.BadParameter(
            f"there is no key {key!r}" + (f"; like it: {', '.join(near)}" if near else "")
        )
    for what, about in found.items():
        typer.echo(f"{key} · of a {what} · {_plain(about.type)}")
        typer.echo(f"  {about.meaning}" if about.meaning else "  (its name says it)")
        typer.echo(f"  default: {_plain(about.default)}")
    inside = [path for path in known["terminal"] if path.startswith(f"{key}.")]
    if "terminal" in found and inside:
        typer.echo("  in it: " + ", ".join(path.removeprefix(f"{key}.") for path in inside))
    if layer and "terminal" in found:
        _who_says(key, _layers(layer))


@app.command()
def check(
    files: Annotated[
        list[Path],
        typer.Argument(help="A hall.toml, a terminal's settings, or several layers of these, lowest first."),
    ],
    part: Annotated[bool, typer.Option("--part", help="It is one layer: keys may be missing.")] = False,
) -> None:
    """Say what is wrong with settings: key, value, reason, and which layer says it. Exit code 1 if anything is."""
    from config.layers import SettingsError, check_layer, checked, default_layer, resolve
    from config.load import ConfigError, load

    try:
        if part:
            wrong = [problem for layer in _layers(files) for problem in check_layer(layer)]
            if wrong:
                raise SettingsError(wrong)
        elif len(files) == 1:
            load(files[0], _model_of(files[0]))
        else:
            checked(resolve([default_layer(), *_layers(files)]))
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except SettingsError as error:
        typer.echo(f"{len(error.problems)} problem(s)", err=True)
        for problem in error.problems:
            typer.echo(f"  {str(problem).replace('(from terminal ', '(from ')}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{', '.join(map(str, files))}: in order")


@app.command("diff")
def diff_files(
    old: Annotated[Path, typer.Argument(help="Settings as they were (TOML or JSON).")],
    new: Annotated[Path, typer.Argument(help="Settings as they are to be.")],
) -> None:
    """Say exactly which keys differ between two files of settings. Exit code 1 if any does."""
    from config.layers import diff

    before, after = (_read(path) for path in (old, new))
    changes = diff(before, after)
    for change in changes:
        typer.echo(f"{change.path}: {_shown(change.before)} → {_shown(change.after)}")
    if changes:
        raise typer.Exit(1)
    typer.echo("no difference")


@app.command("reference")
def print_reference() -> None:
    """Print the settings reference (docs/settings.md)."""
    from config.reference import reference

    typer.echo(reference(), nl=False)


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of what the fleet can tell a terminal (docs/settings.schema.json)."""
    from config.reference import schema

    typer.echo(schema(), nl=False)


def _who_says(key: str, layers: "Sequence[Layer]") -> None:
    from config.layers import default_layer, resolve, said

    layers = [default_layer(), *layers]
    effective = resolve(layers)
    held = [path for path in effective.origins if path == key or path.startswith(f"{key}.")]
    if not held:
        typer.echo("  nobody says it")
    for path in held:
        *below, (origin, value) = said(layers, path)
        typer.echo(f"  {path} = {_shown(value)}   said by {_name(origin)}")
        for other, covered in reversed(below):
            typer.echo(f"      over {_shown(covered)}, said by {_name(other)}")


def _layers(files: Sequence[Path]) -> "list[Layer]":
    """Files as layers, each over the one before."""
    from config.layers import Layer, SettingsError

    try:
        return [Layer("terminal", str(path), _read(path), priority=at) for at, path in enumerate(files)]
    except SettingsError as error:
        raise typer.BadParameter(str(error)) from error


def _read(path: Path) -> dict[str, Any]:
    from config.load import ConfigError, read
    from config.migrations import NewerFormat, migrate

    try:
        return migrate(read(path))
    except (ConfigError, NewerFormat) as error:
        raise typer.BadParameter(str(error)) from error


def _model_of(path: Path) -> Any:
    """Which kind of settings a file is: only halls have no role, and only machines know where they keep state."""
    from config.hall import Hall
    from config.kiosk import Kiosk
    from config.settings import Settings

    values = _read(path)
    if "role" not in values:
        return Hall
    return Kiosk if "state_dir" in values or "id" in values else Settings


def _name(origin: "Origin") -> str:
    return origin.key or f"the product ({origin.kind})"


def _shown(value: object) -> str:
    from json import dumps

    return "not there" if value is None else dumps(value, ensure_ascii=False)


def _plain(text: str) -> str:
    """Without the marks of Markdown."""
    return text.replace("`", "").replace("**", "")
