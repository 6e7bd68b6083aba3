"""Making a bare Debian a terminal, and taking that back. Each step says whether it is done: it can be run again.

What a step would do is said by the same code that does it, so a dry run cannot tell another story.
"""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from provisioning.terminal.files import (
    ADVICE,
    AGENT_SETTINGS,
    ALWAYS,
    MARK,
    NIGHTLY_SERVICE,
    NIGHTLY_TIMER,
    PACKAGES,
    TMPFILES_AT,
    UNIT,
    File,
    files,
)
from provisioning.terminal.machine import Machine
from provisioning.terminal.options import ETC, STATE, USER, Options

GROUPS = ("dialout", "lp", "video", "render", "input", "audio", "systemd-journal")
NIGHTLY_TIMER_AT = f"/etc/systemd/system/{NIGHTLY_TIMER}"
OURS = (
    f"/etc/systemd/system/{UNIT}",
    f"/etc/systemd/system/{NIGHTLY_SERVICE}",
    NIGHTLY_TIMER_AT,
    "/etc/udev/rules.d/70-tongyuan.rules",
    "/etc/systemd/journald.conf.d/tongyuan.conf",
    "/etc/systemd/logind.conf.d/tongyuan.conf",
    "/etc/polkit-1/rules.d/50-tongyuan.rules",
    TMPFILES_AT,
    f"{ETC}/session",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``detail``: what would change, as people read it; "" when it is done already."""

    name: str
    detail: str
    do: Callable[[], None]

    @property
    def done(self) -> bool:
        return not self.detail


def installation(options: Options, machine: Machine) -> Iterator[Step]:
    """The steps, in order; each is looked at when it is its turn. Steps raise InstallFailed."""
    if options.packages:
        wanted = (*ALWAYS, *PACKAGES[options.session])
        missing = [name for name in wanted if not machine.ok("dpkg", "-s", name)]
        yield Step(
            "system packages",
            " ".join(missing),
            lambda: _all(
                machine,
                ("apt-get", "update", "-qq"),
                ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing),
            ),
        )
    known = machine.ok("id", USER)
    yield Step(
        "service user",
        "" if known else f"{USER}, without a shell or a password, in {', '.join(GROUPS)}",
        lambda: machine.run(
            *("useradd", "--system", "--user-group", "--home-dir", STATE, "--shell", "/usr/sbin/nologin"),
            *("--groups", ",".join(GROUPS), USER),
        ),
    )
    changed = False
    for file in files(options):
        step = _file(machine, file)
        changed = changed or not step.done
        yield step
    for leftover in _leftovers(machine, options):
        changed = True
        yield leftover
    target = "multi-user.target" if options.session == "none" else "graphical.target"
    timers = (NIGHTLY_TIMER,) if options.nightly else ()
    on = not changed and _running(machine, timers)
    yield Step(
        "services",
        ""
        if on
        else f"{UNIT} {' '.join(timers)}".strip() + f" enabled, {target} by default, udev and journald told",
        lambda: _all(
            machine,
            ("systemctl", "daemon-reload"),
            ("udevadm", "control", "--reload"),
            ("udevadm", "trigger"),
            ("systemd-tmpfiles", "--create", TMPFILES_AT),
            ("systemctl", "try-restart", "systemd-journald.service"),
            ("systemctl", "set-default", target),
            ("systemctl", "enable", UNIT, *timers),
            ("systemctl", "restart", UNIT, *timers),
        ),
    )


def removal(machine: Machine, *, purge: bool) -> Iterator[Step]:
    """The way back: what was made is taken away. Identity, ledger and the agent's settings stay unless ``purge``.

    Packages stay: others may use them by now.
    """
    enabled = machine.ok("systemctl", "is-enabled", "--quiet", UNIT)
    units = (UNIT, NIGHTLY_TIMER) if machine.read(NIGHTLY_TIMER_AT) is not None else (UNIT,)
    yield Step(
        "services",
        f"{' and '.join(units)} stopped and disabled" if enabled else "",
        lambda: machine.run("systemctl", "disable", "--now", *units),  # fails for one that there is not
    )
    for path in OURS:
        if MARK in (machine.read(path) or ""):
            yield Step(path, "taken away", lambda path=path: machine.remove(path))  # type: ignore[misc]
    if purge:
        yield Step(
            "data",
            f"{STATE} and {AGENT_SETTINGS} taken away: the terminal's identity is gone for good",
            lambda: machine.run("rm", "-rf", "--one-file-system", STATE, AGENT_SETTINGS),
        )
        if machine.ok("id", USER):
            yield Step("service user", f"{USER} taken away", lambda: machine.run("userdel", USER))
    yield Step(
        "system told",
        "daemon-reload, udev",
        lambda: _all(machine, ("systemctl", "daemon-reload"), ("udevadm", "control", "--reload")),
    )


def advice() -> str:
    """What only a person can decide."""
    return ADVICE


def _running(machine: Machine, timers: tuple[str, ...]) -> bool:
    """Also that systemd has read the files there are: an installation may have been broken off after it wrote them."""
    return (
        machine.ok("systemctl", "is-enabled", "--quiet", UNIT, *timers)
        and machine.ok("systemctl", "is-active", "--quiet", UNIT)
        and machine.ok("sh", "-c", f'test "$(systemctl show -p NeedDaemonReload --value {UNIT})" = no')
    )


def _file(machine: Machine, file: File) -> Step:
    there, group = machine.read(file.path), USER if file.keep else ""
    if file.keep and there is not None:
        return Step(file.path, "", lambda: None)
    if there == file.text and machine.mode(file.path) == file.mode:
        return Step(file.path, "", lambda: None)
    if there is None:
        detail = f"new, {len(file.text.splitlines())} lines"
    else:
        lines = difflib.unified_diff(
            there.splitlines(), file.text.splitlines(), "now", "then", lineterm="", n=1
        )
        detail = "\n".join(lines) or f"mode {file.mode:o}"
    return Step(file.path, detail, lambda: machine.write(file.path, file.text, file.mode, group))


def _leftovers(machine: Machine, options: Options) -> Iterator[Step]:
    """Files of an earlier installation with other options."""
    wanted = {file.path for file in files(options)}
    for path in OURS:
        if path not in wanted and MARK in (machine.read(path) or ""):
            yield Step(path, "of an earlier choice: taken away", lambda path=path: _given_up(machine, path))  # type: ignore[misc]


def _given_up(machine: Machine, path: str) -> None:
    if path == NIGHTLY_TIMER_AT:  # it would go off once more
        machine.run("systemctl", "disable", "--now", NIGHTLY_TIMER)
    machine.remove(path)


def _all(machine: Machine, *commands: tuple[str, ...]) -> None:
    for command in commands:
        machine.run(*command)
