"""The console command ``tongyuan``. The one place that may know everything; each sub-command loads what it needs."""

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from tongyuan import hall_commands, terminal
from tongyuan.catalogue import app as catalogue_app
from tongyuan.config_commands import app as config_app
from tongyuan.fleet import app as fleet_app
from tongyuan.hall_commands import SITE, HallFile, mqtt_url
from tongyuan.mendable import words

app = typer.Typer(
    name="tongyuan",
    help="同源 Tongyuan: self-service and queue-calling terminals, all fed from one source.\n\n"
    "Start with [bold]tongyuan run[/bold] (a whole hall on this machine) or [bold]tongyuan tour --out DIR[/bold] "
    "(one scripted day, with pictures).",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,  # locals may hold a person's data
)
voice_app = typer.Typer(help="The hall's voice.", no_args_is_help=True)
app.add_typer(hall_commands.app, name="hall")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(hall_commands.journal_app, name="journal")
app.add_typer(config_app, name="config")
app.add_typer(voice_app, name="voice")
app.add_typer(fleet_app, name="fleet")
app.add_typer(terminal.app, name="terminal")


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        app()
    except Exception as error:
        if (said := words(error)) is None:
            raise
        typer.echo(said, err=True)
        raise SystemExit(2) from None


@app.command()
def run(
    port: Annotated[
        int, typer.Option(help="Port of the local page; another where it is taken.", min=0, max=65535)
    ] = 8600,
    console_port: Annotated[
        int, typer.Option(help="Port of the ops console; another where it is taken.", min=0, max=65535)
    ] = 8700,
    broker: Annotated[
        str | None,
        typer.Option(
            help="The hall's broker, mqtt://user:password@host:1883; unset: mosquitto, else iotcore.",
            callback=mqtt_url,
        ),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the hall's data goes.", show_default="var/demo")
    ] = None,
    hall: HallFile = SITE,
) -> None:
    """Start a whole hall here: source, broker, devices, a terminal, a board, a caller pad. Ctrl-C stops it."""
    from tongyuan.live import live

    raise typer.Exit(live(hall, folder or Path("var/demo"), broker, port, console_port))


@app.command()
def tour(
    out: Annotated[Path, typer.Option(help="Folder for pictures, papers, voice, journal and tour.json.")],
    hall: HallFile = SITE,
) -> None:
    """One scripted day: eight citizens, three windows, two configurations; pictures, papers, voice, journal, times."""
    from tongyuan.tour import tour as guided

    raise typer.Exit(guided(hall, out))


@app.command()
def kiosk(
    config: Annotated[Path, typer.Argument(help="Settings of this kiosk process (TOML or JSON).")],
) -> None:
    """Run one kiosk process: terminal, hall-board, window-board, caller or voice, as its settings say."""
    from kiosk.__main__ import start

    raise typer.Exit(start(config))


@app.command()
def agent(
    config: Annotated[Path, typer.Argument(help="Settings of the agent (TOML), /etc/tongyuan/agent.toml.")],
) -> None:
    """Run the agent of this terminal: it keeps the kiosk, as the fleet's centre says."""
    from provisioning.agent.__main__ import start

    raise typer.Exit(start(config))


@app.command()
def doctor(
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Settings of the kiosk (TOML or JSON); an agent keeps them in its state_dir, agent/kiosk.json.",
            exists=True,
        ),
    ] = None,
    centre: Annotated[
        str, typer.Option(help="Address of the fleet's centre, https://fleet.example.cn.")
    ] = "",
    ca: Annotated[
        Path | None,
        typer.Option(help="Certificates (PEM) the centre's must come from; unset: public ones.", exists=True),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Look at this terminal from power to paper and say what to do. Changes nothing. Exit code 1: something is bad."""
    from config.kiosk import Kiosk
    from config.load import ConfigError, load
    from tongyuan import doctor as doctors

    try:
        told = load(settings, Kiosk) if settings else None
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    findings = []
    for finding in doctors.diagnose(told, centre, ca=ca):
        findings.append(finding)
        if not as_json:
            typer.echo(doctors.said(finding))
    if as_json:
        typer.echo(doctors.as_json(findings))
    raise typer.Exit(1 if any(finding.grade == "bad" for finding in findings) else 0)


@app.command()
def gallery(out: Annotated[Path, typer.Option(help="Folder for the pictures.")]) -> None:
    """Draw every screen in every state, theme and language."""
    import subprocess

    out.mkdir(parents=True, exist_ok=True)
    for module in ("screens.gallery", "screens.board_gallery"):  # one window a process
        code = f"import sys, pathlib, {module} as g; g.main(pathlib.Path(sys.argv[1]))"
        if status := subprocess.run([sys.executable, "-c", code, str(out)], check=False).returncode:
            raise typer.Exit(status)
    typer.echo(f"{out}")


@app.command()
def codes() -> None:
    """Print the reference of codes (docs/codes.md)."""
    from tongyuan.codes import reference

    typer.echo(reference(), nl=False)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Which figures; unset: all.")] = None,
    quick: Annotated[bool, typer.Option(help="Fewer rounds.")] = False,
    catalogue: Annotated[
        Path | None, typer.Option(help="search: the catalogue file; unset: one is built.", exists=True)
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(help="search: what people type and what they mean (JSON).", exists=True),
    ] = None,
    given_names: Annotated[
        Path | None,
        typer.Option("--names", help="search, catalogue: item names (JSON) to build from.", exists=True),
    ] = None,
) -> None:
    """Measure; JSON lines, each figure beside its floor in the same run."""
    from bench.files import Files
    from bench.run import run as measure

    files = Files(catalogue=catalogue, queries=queries, names=given_names)
    raise typer.Exit(measure(names or [], quick=quick, files=files))


# -- voice ------------------------------------------------------------------------------------------------


@voice_app.command("make-pack")
def voice_make_pack(out: Annotated[Path, typer.Argument(help="Folder to fill with clips.")]) -> None:
    """Speak every clip of a voice pack with espeak-ng, to be replaced by recordings one by one."""
    from tongyuan.voice import make_pack

    make_pack(out)
