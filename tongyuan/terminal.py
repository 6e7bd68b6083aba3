"""``tongyuan terminal``: this machine as a terminal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from provisioning.terminal.install import Step

app = typer.Typer(help="This machine as a terminal: install, take back.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Root = Annotated[
    Path | None, typer.Option(help="Write into this tree (an image) in place of this machine; start nothing.")
]


@app.command()
def install(
    centre: Annotated[str, typer.Option(help="Address of the fleet's centre, https://…")],
    session: Annotated[str, typer.Option(help="cage (Wayland), x (Xorg with matchbox) or none.")] = "cage",
    nightly: Annotated[str, typer.Option(help='Time of the nightly fresh session; "" for never.')] = "04:10",
    usb: Annotated[
        list[str] | None,
        typer.Option(help="reader|printer|scanner=vendor:product, as lsusb shows it: a name that stays."),
    ] = None,
    program: Annotated[Path, typer.Option(help="Folder with this program and its .venv.")] = Path(
        "/opt/tongyuan"
    ),
    packages: Annotated[bool, typer.Option(help="Install Debian's packages too.")] = True,
    root: Root = None,
    dry_run: DryRun = False,
) -> None:
    """Make a bare Debian 12 a terminal: user, units with watchdog, device names, session. Can be run again."""
    from typing import cast

    from provisioning.terminal.install import advice, installation
    from provisioning.terminal.machine import ThisMachine
    from provisioning.terminal.options import OptionRefused, Options, Session

    if session not in ("cage", "x", "none"):
        raise typer.BadParameter("--session is cage, x or none")
    pairs = tuple((name, ids) for name, _, ids in (one.partition("=") for one in usb or ()))
    try:
        options = Options(centre, program, cast(Session, session), nightly, pairs, packages and root is None)
    except OptionRefused as error:
        raise typer.BadParameter(str(error)) from None
    _carry_out(installation(options, ThisMachine(root)), dry_run=dry_run)
    typer.echo(f"\n{advice()}")


@app.command()
def uninstall(
    purge: Annotated[bool, typer.Option(help="Also identity, ledger and settings, for good.")] = False,
    root: Root = None,
    dry_run: DryRun = False,
) -> None:
    """Take back what install made. Packages stay."""
    from provisioning.terminal.install import removal
    from provisioning.terminal.machine import ThisMachine

    _carry_out(removal(ThisMachine(root), purge=purge), dry_run=dry_run)


def _carry_out(steps: "Iterable[Step]", *, dry_run: bool) -> None:
    from provisioning.terminal.machine import InstallFailed

    try:
        for step in steps:
            typer.echo(f"{'·' if step.done else '→'} {step.name}: {step.detail or 'as it should be'}")
            if not step.done and not dry_run:
                step.do()
    except InstallFailed as error:
        typer.echo(f"{error}\nNothing after this was done; mend it and run the same again.", err=True)
        raise typer.Exit(1) from None
