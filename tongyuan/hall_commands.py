"""``tongyuan hall`` and ``tongyuan journal``: the source of numbers, who may speak to it, and the proof it leaves."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

SITE = Path(__file__).parents[1] / "config" / "sites" / "qingyuan" / "hall.toml"

app = typer.Typer(help="The hall: the source of queues and numbers.", no_args_is_help=True)
journal_app = typer.Typer(help="The journal: proof of what happened.", no_args_is_help=True)

HallFile = Annotated[
    Path, typer.Option("--hall", help="Settings of the hall (TOML).", show_default="the sample hall")
]


def mqtt_url(text: str | None) -> str | None:
    """``text``, where it can be a broker's address. Raises BadParameter."""
    if text is not None and not text.startswith(("mqtt://", "mqtts://")):
        raise typer.BadParameter("a broker's address looks like mqtt://user:password@host:1883")
    return text


class Role(StrEnum):
    """What a bearer of a credential may do in a hall."""

    terminal = "terminal"
    window = "window"
    reader = "reader"
    manager = "manager"


@app.command("serve")
def serve(
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
    url = mqtt_url(broker_file.read_text(encoding="utf-8").strip()) if broker_file else None
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


@app.command("credential")
def credential(
    role: Annotated[Role, typer.Argument(help="What the bearer may do.")],
    subject: Annotated[str, typer.Argument(help="Id of the terminal, window or reader.")],
    data: Annotated[Path, typer.Option(help="Folder of the journal and credentials.")],
) -> None:
    """Issue a bearer credential. It is shown this once; the hall keeps a hash."""
    from hall.credentials import Credentials
    from hall.serve import CREDENTIALS

    typer.echo(Credentials(data / CREDENTIALS).issue(role.value, subject))


@app.command("credentials")
def credentials(
    data: Annotated[Path, typer.Option(help="Folder of the journal and credentials.")],
) -> None:
    """List the credentials in force."""
    from hall.credentials import Credentials
    from hall.serve import CREDENTIALS

    for credential in Credentials(data / CREDENTIALS).all():
        typer.echo(f"{credential.id}  {credential.actor}")


@app.command("revoke")
def revoke(
    credential: Annotated[str, typer.Argument(help="Id of the credential, the middle part of its token.")],
    data: Annotated[Path, typer.Option(help="Folder of the journal and credentials.")],
) -> None:
    """Take a credential away; it is worth nothing within a second."""
    from hall.credentials import Credentials
    from hall.serve import CREDENTIALS

    if not Credentials(data / CREDENTIALS).revoke(credential):
        typer.echo(f"there is no credential {credential} in force", err=True)
        raise typer.Exit(1)


@app.command("openapi")
def openapi() -> None:
    """Print the OpenAPI description of the hall's HTTP API."""
    from hall.api.app import openapi

    typer.echo(json.dumps(openapi(), ensure_ascii=False, indent=1, sort_keys=True))


@app.command("topics")
def topics() -> None:
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
