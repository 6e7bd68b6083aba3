"""``tongyuan fleet``: the central service, its brokers and halls, and a simulated fleet."""

import json
import sys
import time
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tongyuan.mendable import words

if TYPE_CHECKING:
    from provisioning.centre.settings import Centre
    from provisioning.centre.store.database import Database

app = typer.Typer(
    help="The fleet: one place from which terminals are configured, watched and repaired.",
    no_args_is_help=True,
)


class Scope(StrEnum):
    """Whose a secret is."""

    hall = "hall"
    serial = "serial"
    terminal = "terminal"


ConfigFile = Annotated[Path, typer.Option("--config", help="Settings of the centre (TOML).", exists=True)]


def _centre(path: Path) -> "Centre":
    from config.load import ConfigError, load
    from provisioning.centre.settings import Centre

    try:
        return load(path, Centre)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


@app.command()
def serve(config: ConfigFile) -> None:
    """Serve the centre: registry, rollouts, alerts, commands, console."""
    from hall.wire.dumps import forbid_dumps
    from provisioning.centre.serve import run

    forbid_dumps()
    settings = _centre(config)
    try:
        run(settings, ready=lambda url: typer.echo(f"centre ready {url}", err=True))
    except Exception as error:
        if (said := words(error)) is None:
            raise
        typer.echo(f"the centre cannot start: {said}", err=True)
        raise typer.Exit(2) from None


@app.command()
def admin(
    name: Annotated[str, typer.Argument(help="Name to sign in with.")],
    config: ConfigFile,
) -> None:
    """Make NAME an admin, or give it a new password. The password is asked for, or read from standard input."""
    from provisioning.centre.accounts import Accounts

    settings = _centre(config)
    password = _typed("password")
    database = _database(settings)
    try:
        Accounts(database, time.time).ensure_admin(name, password)
    finally:
        database.close()
    typer.echo(f"{name} is an admin")


def _database(settings: "Centre") -> "Database":
    from provisioning.centre.store.database import Database

    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database_url)
    database.prepare()
    return database


@app.command("hall")
def hall_known(
    hall: Annotated[Path, typer.Argument(help="The hall's own settings, hall.toml.", exists=True)],
    config: ConfigFile,
    broker: Annotated[str, typer.Option(help="Which of the centre's brokers its terminals use.")] = "main",
    link: Annotated[
        Path | None, typer.Option(help="Also write a new way in for the hall's uplink into this file.")
    ] = None,
) -> None:
    """Enter a hall into the registry, or what changed in it. With --link its uplink gets a new way in."""
    from config.hall import Hall
    from config.load import ConfigError, load
    from provisioning.broker.accounts import BrokerAccounts, Door
    from provisioning.centre.hall_link import know_hall, link_of, write_private

    settings = _centre(config)
    brokers = {one.name: one for one in settings.brokers}
    if broker not in brokers:
        raise typer.BadParameter(f"the centre has no broker {broker}; it has {', '.join(brokers)}")
    database = _database(settings)
    try:
        known = load(hall, Hall)
        know_hall(database, known, broker)
        if link is not None:
            write_private(link, link_of(database, known.id, brokers[broker].url) + "\n")
            doors = {one.name: Door.of(one.folder) for one in settings.brokers}
            BrokerAccounts(database, doors, time.time).step()  # a centre that runs does not hear of it
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    finally:
        database.close()
    typer.echo(f"{known.id} {known.name}")


@app.command()
def secret(
    scope: Annotated[
        Scope, typer.Argument(help="Whose it is: of all of a hall, of a serial, of a terminal.")
    ],
    key: Annotated[str, typer.Argument(help="Id of the hall or terminal, or the serial number.")],
    name: Annotated[str, typer.Argument(help="hall-token or hall-broker.")],
    config: ConfigFile,
) -> None:
    """Keep a secret for terminals, sealed. It is asked for, or read from standard input; empty forgets it.

    tongyuan fleet secret hall qingyuan hall-token --config centre.toml < token
    """
    from provisioning.centre.rights import CENTRE
    from provisioning.centre.secrets_kept import KeptSecrets
    from provisioning.centre.vault import Vault

    settings = _centre(config)
    value = _typed(name)
    database = _database(settings)
    try:
        kept = KeptSecrets(database, Vault(settings.data / "centre.key"), time.time)
        kept.put(CENTRE, scope.value, key, name, value)
    finally:
        database.close()
    typer.echo(f"{name} of {scope.value} {key}: {'kept' if value else 'forgotten'}")


def _typed(what: str) -> str:
    """A line that is not shown while it is typed, twice; or one from a file or pipe."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@app.command("new-journal")
def new_journal(
    hall: Annotated[str, typer.Argument(help="Id of the hall.")],
    why: Annotated[str, typer.Option(help="What became of the old journal; it stands in the audit.")],
    config: ConfigFile,
) -> None:
    """A hall's journal was lost, or put back from an old copy and went on: it begins anew. What came stays."""
    from provisioning.centre.branches import begin
    from provisioning.centre.rights import CENTRE

    database = _database(_centre(config))
    try:
        with database.write() as connection:
            begun = begin(connection, CENTRE, hall, why, at=time.time())
    finally:
        database.close()
    typer.echo(f"{hall}: branch {begun.branch}, after record {begun.after}")


@app.command()
def uplink(
    hall: Annotated[str, typer.Option(help="Id of the hall.")],
    hall_url: Annotated[str, typer.Option(help="The hall's HTTP address, http://127.0.0.1:8080.")],
    token_file: Annotated[Path, typer.Option(help="File with a token of role reader.", exists=True)],
    link_file: Annotated[
        Path, typer.Option(help="File that `tongyuan fleet hall --link` wrote.", exists=True)
    ],
    ca: Annotated[
        Path | None,
        typer.Option(help="Certificates (PEM) the broker's must come from.", exists=True, dir_okay=False),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(help="What a broker is shown that asks for it (PEM).", exists=True, dir_okay=False),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM).", exists=True, dir_okay=False)] = None,
) -> None:
    """Send a hall's journal to the centre until stopped, beside the hall. Its log says why it waits."""
    import signal

    from provisioning.uplink import uplink as make

    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate and --key go together")
    token, way = (file.read_text(encoding="utf-8").strip() for file in (token_file, link_file))
    if not hall_url.startswith(("http://", "https://")):
        raise typer.BadParameter("an address like http://127.0.0.1:8080 is wanted", param_hint="--hall-url")
    try:
        shown = (certificate, key) if certificate and key else None
        sender, link = make(hall, hall_url, token, way, ca_file=ca, client_files=shown)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--link-file") from None
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sender.close())
    link.start()
    try:
        sender.run()
    finally:
        link.close()


@app.command("broker-config")
def broker_config(
    folder: Annotated[Path, typer.Argument(help="Where the configuration, passwords and access list go.")],
    name: Annotated[str, typer.Option(help="What halls call this broker.")] = "main",
    listen: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8883,
    address: Annotated[str | None, typer.Option(help="Its name in its certificate, for the centre.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="With its chain, PEM.")] = None,
    key: Annotated[Path | None, typer.Option(help="Its key, PEM.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="Terminals must show a certificate of this (PEM).")
    ] = None,
    account: Annotated[str, typer.Option(help="System account of broker and centre.")] = "tongyuan",
    plain_network: Annotated[
        bool, typer.Option(help="No TLS beyond this machine, knowing what that means.")
    ] = False,
) -> None:
    """Write a hardened mosquitto configuration, and say what to do next. Run again, passwords stay."""
    from datetime import UTC, datetime

    from pydantic import ValidationError

    from provisioning.broker.configuration import BrokerRefused, write
    from provisioning.broker.settings import BrokerSettings, Tls

    if (certificate is None) != (key is None):
        raise typer.BadParameter("--certificate and --key go together")
    try:
        tls = Tls(certificate=certificate, key=key, client_ca=client_ca) if certificate and key else None
        wanted = {"name": name, "listen": listen, "port": port, "address": address, "tls": tls}
        settings = BrokerSettings.model_validate(
            {**wanted, "account": account, "plain_network": plain_network}
        )
        written = write(settings, folder, datetime.now(UTC))
    except ValidationError as error:
        raise typer.BadParameter("; ".join(str(fault["msg"]) for fault in error.errors())) from None
    except (BrokerRefused, OSError) as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{written.folder}: {', '.join(written.changed) or 'as it should be'}")
    for warning in written.warnings:
        typer.echo(f"! {warning}")
    for number, step in enumerate(written.steps, 1):
        typer.echo(f"{number}. {step}")


@app.command()
def probe(config: ConfigFile) -> None:
    """Try the centre's brokers and print their health cards. Exit code 1 when one is not fit for production."""
    from provisioning.broker.card import fit_for_production
    from provisioning.centre.serve import Running

    settings = _centre(config)
    try:
        with closing(Running(settings)) as running:
            cards = running.cards.probe()
    except Exception as error:
        if (said := words(error)) is None:
            raise
        typer.echo(f"the brokers cannot be tried: {said}", err=True)
        raise typer.Exit(2) from None
    for name, card in cards.items():
        typer.echo(f"{name}: {card.grade}")
        for check in card.checks:
            typer.echo(f"  {check.grade:4}  {check.words('zh')}  {check.words('en')}  {check.measured}")
    raise typer.Exit(1 if any(fit_for_production(card) for card in cards.values()) else 0)


@app.command()
def simulate(
    centre: Annotated[str, typer.Option(help="Address of a running centre, for training and trials.")],
    count: Annotated[int, typer.Option(help="How many terminals.", min=1, max=20_000)] = 20,
    behaviour: Annotated[
        str, typer.Option(help='What they are like: "well", or a mix "well=80,failing=20".')
    ] = "well",
    prefix: Annotated[str, typer.Option(help="Their serials are PREFIX-00000 and so on.")] = "SIM",
    ca: Annotated[
        Path | None, typer.Option(help="Certificates (PEM) of centre and broker.", exists=True)
    ] = None,
    table: Annotated[
        bool, typer.Option("--table", help="Only print the CSV with which their serials are pre-authorised.")
    ] = False,
) -> None:
    """Thousands of invented terminals in one process, the real agent in each, until stopped."""
    from provisioning.simulator.enrolling import NotEnrolled
    from provisioning.simulator.enrolling import table as table_of
    from provisioning.simulator.run import simulate as run

    if table:
        typer.echo(table_of(count, prefix=prefix)[1], nl=False)
        return
    try:
        run(count, centre, behaviour, prefix=prefix, ca=ca, say=typer.echo)
    except (ValueError, NotEnrolled, OSError) as error:
        typer.echo(f"{error}", err=True)
        raise typer.Exit(1) from None


@app.command("topics")
def topic_reference() -> None:
    """Print the reference of the fleet's topics (docs/fleet-topics.md)."""
    from provisioning.wire.reference import reference

    typer.echo(reference(), nl=False)


@app.command("settings")
def settings_reference() -> None:
    """Print the settings of centre, agent and broker (docs/fleet-settings.md)."""
    from tongyuan.fleet_settings import reference

    typer.echo(reference(), nl=False)


@app.command()
def openapi() -> None:
    """Print the OpenAPI description of the centre's HTTP API (docs/fleet-openapi.json)."""
    from provisioning.centre.api.describe import openapi as described

    typer.echo(json.dumps(described(), ensure_ascii=False, indent=1, sort_keys=True))
