"""The console command ``tongyuan``. The one place that may know everything; each sub-command loads what it needs."""

import json
import logging
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tongyuan.catalogue import app as catalogue_app
from tongyuan.config_commands import app as config_app
from tongyuan.fleet import app as fleet_app
from tongyuan.fleet import terminal_app
from tongyuan.mendable import words

SITE = Path(__file__).parents[1] / "config" / "sites" / "qingyuan" / "hall.toml"

app = typer.Typer(
    name="tongyuan",
    help="同源 Tongyuan: self-service and queue-calling terminals, all fed from one source.\n\n"
    "Start with [bold]tongyuan run[/bold] (a whole hall on this machine) or [bold]tongyuan tour --out DIR[/bold] "
    "(one scripted day, with pictures).",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,  # locals may hold a person's data
)
hall_app = typer.Typer(help="The hall: the source of queues and numbers.", no_args_is_help=True)
journal_app = typer.Typer(help="The journal: proof of what happened.", no_args_is_help=True)
voice_app = typer.Typer(help="The hall's voice.", no_args_is_help=True)
app.add_typer(hall_app, name="hall")
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(journal_app, name="journal")
app.add_typer(config_app, name="config")
app.add_typer(voice_app, name="voice")
app.add_typer(fleet_app, name="fleet")
app.add_typer(terminal_app, name="terminal")


class Role(StrEnum):
    """What a bearer of a credential may do in a hall."""

    terminal = "terminal"
    window = "window"
    reader = "reader"
    manager = "manager"


HallFile = Annotated[
    Path, typer.Option("--hall", help="Settings of the hall (TOML).", show_default="the sample hall")
]


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
            help="The hall's broker, mqtt://user:password@host:1883; unset: mosquitto, else iotcore."
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
def kiosk(config: Annotated[Path, typer.Argument(help="Settings of this kiosk process (TOML).")]) -> None:
    """Run one kiosk process: terminal, hall-board, window-board, caller or voice, as its settings say."""
    from kiosk.__main__ import start

    raise typer.Exit(start(config))


@app.command()
def agent(config: Annotated[Path, typer.Argument(help="Settings of the agent (TOML).")]) -> None:
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


# -- hall -------------------------------------------------------------------------------------------------


@hall_app.command("serve")
def hall_serve(
    data: Annotated[Path, typer.Option(help="Folder of the journal and credentials.")],
    hall: HallFile = SITE,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0: any free one.", min=0, max=65535)] = 8080,
    broker_file: Annotated[
        Path | None, typer.Option(help="File with the broker's URL, mqtt://user:password@host:1883.")
    ] = None,
    policy: Annotated[
        str, typer.Option(help="Queue policy by its name in the hall's settings.")
    ] = "standard",
    settings: Annotated[
        Path | None,
        typer.Option(
            help="What the fleet says (role hall), as its agent wrote it: names the policy.", exists=True
        ),
    ] = None,
    clock_ahead: Annotated[
        float, typer.Option(help="Demo only: seconds ahead of the machine's clock.", hidden=True)
    ] = 0,
    demo: Annotated[bool, typer.Option(help="Allow demo conveniences.", hidden=True)] = False,
    guests: Annotated[
        bool,
        typer.Option(help="Demo only: further invented people come as JSON on standard input.", hidden=True),
    ] = False,
) -> None:
    """Serve one hall: HTTP API, journal, live events."""
    from datetime import UTC, datetime, timedelta

    from config.load import ConfigError
    from hall.outside import guests_in
    from hall.serve import run as serve
    from screens.theme.fonts import find_fonts

    if (clock_ahead or guests) and not demo:
        raise typer.BadParameter("a shifted clock and guests are for --demo only")
    ahead = timedelta(seconds=clock_ahead)
    control = None
    url = broker_file.read_text(encoding="utf-8").strip() if broker_file else None
    font = find_fonts().regular
    try:
        invited = guests_in(sys.stdin.buffer.read()) if guests else ()
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        if settings is not None:
            from config.kiosk import Kiosk
            from config.load import load
            from tongyuan.hall_control import hall_control

            told = load(settings, Kiosk)
            policy = told.policy
            if told.control is not None:
                control = hall_control(told.control, f"http://{host}:{port}", told.revision)
        serve(
            hall,
            data,
            host,
            port,
            url,
            font=font,
            demo=demo,
            clock=lambda: datetime.now(UTC) + ahead,
            guests=invited,
            policy=policy,
        )
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    finally:
        if control is not None:
            control.close()


@hall_app.command("credential")
def hall_credential(
    role: Annotated[Role, typer.Argument(help="What the bearer may do.")],
    subject: Annotated[str, typer.Argument(help="Id of the terminal, window or reader.")],
    data: Annotated[Path, typer.Option(help="Folder of the journal and credentials.")],
) -> None:
    """Issue a bearer credential. It is shown this once; the hall keeps a hash."""
    from hall.credentials import Credentials
    from hall.serve import CREDENTIALS

    typer.echo(Credentials(data / CREDENTIALS).issue(role.value, subject))


@hall_app.command("credentials")
def hall_credentials(
    data: Annotated[Path, typer.Option(help="Folder of the journal and credentials.")],
) -> None:
    """List the credentials in force."""
    from hall.credentials import Credentials
    from hall.serve import CREDENTIALS

    for credential in Credentials(data / CREDENTIALS).all():
        typer.echo(f"{credential.id}  {credential.actor}")


@hall_app.command("revoke")
def hall_revoke(
    credential: Annotated[str, typer.Argument(help="Id of the credential, the middle part of its token.")],
    data: Annotated[Path, typer.Option(help="Folder of the journal and credentials.")],
) -> None:
    """Take a credential away; it is worth nothing within a second."""
    from hall.credentials import Credentials
    from hall.serve import CREDENTIALS

    if not Credentials(data / CREDENTIALS).revoke(credential):
        typer.echo(f"there is no credential {credential} in force", err=True)
        raise typer.Exit(1)


@hall_app.command("openapi")
def hall_openapi() -> None:
    """Print the OpenAPI description of the hall's HTTP API."""
    from hall.api.app import openapi

    typer.echo(json.dumps(openapi(), ensure_ascii=False, indent=1, sort_keys=True))


@hall_app.command("topics")
def hall_topics() -> None:
    """Print the MQTT topic reference (docs/topics.md)."""
    from hall.wire.reference import reference

    typer.echo(reference(), nl=False)


# -- journal ----------------------------------------------------------------------------------------------


@journal_app.command("verify")
def journal_verify(
    path: Annotated[
        Path, typer.Argument(help="A journal: .sqlite or exported .jsonl", exists=True, dir_okay=False)
    ],
) -> None:
    """Check every link of the chain. Exit code 1, with the place, when anything was changed."""
    from hall.journal.verify import verify

    report = verify(path)
    typer.echo(report.words())
    raise typer.Exit(0 if report.accepted else 1)


@journal_app.command("export")
def journal_export(
    path: Annotated[Path, typer.Argument(help="journal.sqlite of a hall.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Argument(help="The .jsonl to write.")],
) -> None:
    """Write a journal as canonical JSON lines, which `journal verify` checks too."""
    from hall.journal.verify import export

    typer.echo(f"{export(path, out)} records")


# -- voice ------------------------------------------------------------------------------------------------


@voice_app.command("make-pack")
def voice_make_pack(out: Annotated[Path, typer.Argument(help="Folder to fill with clips.")]) -> None:
    """Speak every clip of a voice pack with espeak-ng, to be replaced by recordings one by one."""
    from tongyuan.voice import make_pack

    make_pack(out)
