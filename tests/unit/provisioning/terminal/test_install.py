"""Installation: says what it would do, does it once, changes nothing the second time, and can be taken back."""

import shutil
import subprocess
from pathlib import Path

import pytest

from provisioning.terminal.files import AGENT_SETTINGS, MARK, NIGHTLY_TIMER, UNIT, files, udev, unit
from provisioning.terminal.install import OURS, installation, removal
from provisioning.terminal.machine import InstallFailed, ThisMachine
from provisioning.terminal.options import OptionRefused, Options

CENTRE = "https://fleet.example.cn"
USB = (("reader", "0400:c35a"), ("printer", "0fe6:811e"), ("scanner", "1eab:0022"))


class Tree(ThisMachine):
    """Files are real, in a folder; commands are written down and change what questions find."""

    def __init__(self, root: Path, missing: tuple[str, ...] = ()) -> None:
        super().__init__(root)
        self.ran: list[tuple[str, ...]] = []
        self._missing, self._users, self._enabled = set(missing), set[str](), set[str]()
        self._loaded: str | None = None  # the unit as systemd knows it
        self._running: str | None = None  # the unit as it runs

    def ok(self, *command: str) -> bool:
        match command:
            case ("dpkg", "-s", name):
                return name not in self._missing
            case ("id", user):
                return user in self._users
            case ("systemctl", "is-enabled", "--quiet", *units):
                return set(units) <= self._enabled
            case ("systemctl", "is-active", "--quiet", _):
                return self._running is not None
            case ("sh", "-c", asked) if "NeedDaemonReload" in asked:
                return self._loaded == self._unit()
        raise AssertionError(command)

    def _unit(self) -> str | None:
        return self.read(f"/etc/systemd/system/{UNIT}")

    def run(self, *command: str) -> None:
        self.ran.append(command)
        match command:
            case ("systemctl", "daemon-reload"):
                self._loaded = self._unit()
            case ("systemctl", "restart", *_):
                self._running = self._loaded
            case ("apt-get", "install", *names):
                self._missing -= set(names)
            case ("useradd", *_, user):
                self._users.add(user)
            case ("userdel", user):
                self._users.discard(user)
            case ("systemctl", "enable", *units):
                self._enabled |= set(units)
            case ("systemctl", "disable", "--now", *units):
                for name in units:
                    if self.read(f"/etc/systemd/system/{name}") is None:
                        raise InstallFailed(f"unit file {name} does not exist")
                self._enabled -= set(units)
            case ("rm", *_, first, second):
                shutil.rmtree(self._at(first), ignore_errors=True)
                self.remove(second)


def install(machine: Tree, options: Options) -> list[str]:
    """Names of the steps that had something to do."""
    did = []
    for step in installation(options, machine):
        if not step.done:
            step.do()
            did.append(step.name)
    return did


@pytest.mark.parametrize("session", ["cage", "x", "none"])
def test_a_second_installation_has_nothing_to_do(tmp_path: Path, session: str) -> None:
    machine = Tree(tmp_path, missing=("cage", "pcscd"))
    options = Options(CENTRE, session=session, usb=USB)  # type: ignore[arg-type]
    assert install(machine, options)
    assert install(machine, options) == []


def test_an_installation_broken_off_after_it_wrote_its_files_is_taken_up_by_the_next(tmp_path: Path) -> None:
    machine = Tree(tmp_path)
    install(machine, Options(CENTRE))
    for step in installation(Options(CENTRE, session="x"), machine):
        if step.name == "services":
            break
        step.do()
    assert install(machine, Options(CENTRE, session="x")) == ["services"]
    assert "xinit" in (machine._running or "")


def test_all_of_a_terminal_stays_where_its_unit_reaches_it() -> None:
    """A PAM session would move it into a scope of its own: no READY, no watchdog, no limits, no stop."""
    for session in ("cage", "x", "none"):
        assert "PAMName" not in unit(Options(CENTRE, session=session))


def test_a_dry_run_touches_nothing_and_tells_every_step(tmp_path: Path) -> None:
    machine = Tree(tmp_path, missing=("cage",))
    told = [step.name for step in installation(Options(CENTRE), machine) if not step.done]
    assert (machine.ran, list(tmp_path.iterdir())) == ([], [])
    assert told == install(machine, Options(CENTRE))


def test_what_people_filled_in_stays(tmp_path: Path) -> None:
    machine = Tree(tmp_path)
    install(machine, Options(CENTRE))
    machine.write(AGENT_SETTINGS, "centre = 'https://other.example.cn'\n", 0o640, "")
    assert install(machine, Options(CENTRE)) == []
    assert "other" in (machine.read(AGENT_SETTINGS) or "")


def test_a_file_somebody_changed_is_put_right_and_the_difference_shown(tmp_path: Path) -> None:
    machine = Tree(tmp_path)
    install(machine, Options(CENTRE))
    path = f"/etc/systemd/system/{UNIT}"
    machine.write(path, (machine.read(path) or "").replace("WatchdogSec=60", "WatchdogSec=0"), 0o644, "")
    (step,) = [step for step in installation(Options(CENTRE), machine) if step.name == path]
    assert "-WatchdogSec=0" in step.detail
    assert "+WatchdogSec=60" in step.detail


def test_another_choice_takes_away_what_the_earlier_one_made(tmp_path: Path) -> None:
    machine = Tree(tmp_path)
    install(machine, Options(CENTRE, session="x"))
    install(machine, Options(CENTRE, session="cage", nightly=""))
    assert machine.read("/etc/tongyuan/session") is None
    assert machine.read(f"/etc/systemd/system/{NIGHTLY_TIMER}") is None
    assert machine._enabled == {UNIT}


@pytest.mark.parametrize("nightly", ["04:10", ""])
@pytest.mark.parametrize("purge", [False, True])
def test_it_can_be_taken_back_and_data_stays_unless_told(tmp_path: Path, purge: bool, nightly: str) -> None:
    machine = Tree(tmp_path)
    install(machine, Options(CENTRE, session="x", nightly=nightly, usb=USB))
    others = (
        "/etc/udev/rules.d/99-own.rules",
        "/etc/tongyuan/hall.toml",
    )  # a hall may live on the same machine
    for path in others:
        machine.write(path, "# the hall's own\n", 0o644, "")
    for step in removal(machine, purge=purge):
        step.do()
    assert [path for path in OURS if machine.read(path) is not None] == []
    assert machine._enabled == set()
    assert [path for path in others if machine.read(path) is None] == []
    assert (machine.read(AGENT_SETTINGS) is None) is purge


def test_somebody_else_s_file_of_the_same_name_is_not_taken_away(tmp_path: Path) -> None:
    machine = Tree(tmp_path)
    machine.write(OURS[3], "# not tongyuan's\n", 0o644, "")
    for step in removal(machine, purge=False):
        if not step.done:
            step.do()
    assert machine.read(OURS[3]) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"centre": "fleet"},
        {"centre": 'https://a"\nExecStart=/bin/sh'},
        {"nightly": "25:00"},
        {"program": Path("relative")},
        {"program": Path("/opt/a b")},
        {"usb": (("reader", "xyz"),)},
        {"usb": (("toaster", "0400:c35a"),)},
    ],
)
def test_an_option_that_makes_no_sense_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(OptionRefused):
        Options(**{"centre": CENTRE, **changed})  # type: ignore[arg-type]


def test_all_files_of_the_installer_carry_its_mark_or_are_kept() -> None:
    for session in ("cage", "x", "none"):
        for file in files(Options(CENTRE, session=session)):
            assert file.keep or MARK in file.text
            assert file.keep or file.path in OURS


def test_devices_get_names_that_stay() -> None:
    rules = udev(Options(CENTRE, usb=USB))
    for name in ("reader", "printer", "scanner"):
        assert f'SYMLINK+="tongyuan/{name}"' in rules


@pytest.mark.parametrize("session", ["cage", "x", "none"])
def test_systemd_itself_finds_no_fault_in_the_units(tmp_path: Path, session: str) -> None:
    if (tool := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed here")
    program = tmp_path / "opt"
    (program / ".venv" / "bin").mkdir(parents=True)
    (program / ".venv" / "bin" / "python").touch(mode=0o755)
    text = unit(Options(CENTRE, program=program, session=session))  # type: ignore[arg-type]
    for command in ("/usr/bin/cage", "/usr/bin/xinit"):
        text = text.replace(command, "/bin/true")
    file = tmp_path / UNIT
    file.write_text(text.replace("After=", "#After=").replace("Conflicts=", "#Conflicts="), encoding="utf-8")
    done = subprocess.run(
        [tool, "verify", "--man=no", "--recursive-errors=no", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if UNIT in line]) == (0, [])


def test_a_command_that_fails_says_which_and_why() -> None:
    with pytest.raises(InstallFailed, match="ended with 1"):
        ThisMachine().run("sh", "-c", "echo broken >&2; exit 1")
