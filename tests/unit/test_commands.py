"""The console command towards whoever types: what they can mend is one line, what is our mistake a traceback."""

import io
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from drivers.errors import DeviceTimeout
from hall.journal.errors import JournalCorrupt
from provisioning.broker import passwords
from provisioning.centre.secrets_kept import KeptSecrets
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import secrets
from provisioning.centre.vault import Vault
from provisioning.uplink import uplink_id
from tongyuan import cli, mendable
from tongyuan.hall_commands import SITE

SAMPLE = str(SITE)


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    path = tmp_path / "centre.toml"
    path.write_text(
        f'data = "{tmp_path}/data"\nurl = "https://fleet.example.cn"\n'
        f'[[brokers]]\nfolder = "{tmp_path}/broker"\nurl = "mqtts://mqtt.example.cn:8883"\n'
    )
    return path


class Typed:
    """``tongyuan ARGUMENTS`` as from a shell: exit code and what was said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str, said: str = "") -> tuple[int, str]:
        self._monkeypatch.setattr(sys, "argv", ["tongyuan", *arguments])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(said))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = self._capsys.readouterr()
        return int(ended.value.code or 0), out + err


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(monkeypatch, capsys)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file or directory", "/x/y"), "/x/y: No such file or directory"),
        (ConnectionRefusedError("refused"), "refused"),
        (JournalCorrupt("it was changed"), "it was changed (journal.corrupt)"),
        (DeviceTimeout("fault.device_silent: 2 s"), "fault.device_silent: 2 s"),
        (ValueError("a mistake of ours"), None),
        (IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE")), None),
    ],
)
def test_what_can_be_mended_is_told_from_what_is_our_mistake(error: Exception, words: str | None) -> None:
    assert mendable.words(error) == words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("hall", "credentials", "--data", "/nowhere/hall"),
            "/nowhere/hall/credentials.sqlite: No such file",
        ),
        (("hall", "serve", "--data", "d", "--broker-file", "/nowhere/url"), "/nowhere/url: No such file"),
        (("hall", "serve", "--data", "d", "--port", "70000"), "--port"),
        (("journal", "verify", "/nowhere/journal.sqlite"), "does not exist"),
        (("journal", "export", SAMPLE, "/dev/null"), "journal.corrupt"),
        (("run", "--port", "70000"), "--port"),
        (("run", "--broker", "nonsense"), "mqtt://user:password@host:1883"),
        (("hall", "serve", "--data", "d", "--broker-file", SAMPLE), "mqtt://user:password@host:1883"),
        (("tour", "--out", "/proc/nowhere"), "/proc/nowhere"),
        (("gallery", "--out", "/proc/nowhere"), "/proc/nowhere"),
        (("voice", "make-pack", "/proc/nowhere"), "/proc/nowhere"),
        (("fleet", "broker-config", "b", "--port", "70000"), "--port"),
    ],
)
def test_a_wrong_word_or_file_is_said_in_a_line_and_is_exit_code_2(
    typed: Typed, arguments: tuple[str, ...], words: str
) -> None:
    code, said = typed(*arguments)
    assert (code, words in said.replace("\n", ""), "Traceback" in said) == (2, True, False), said


def test_an_uplink_refuses_what_can_be_no_address(typed: Typed, tmp_path: Path) -> None:
    for name, text in (("token", "t"), ("link", "mqtts://u:p@h:1"), ("bad", "nothing")):
        (tmp_path / name).write_text(text)
    files = ("--token-file", str(tmp_path / "token"), "--link-file", str(tmp_path / "link"))
    assert typed("fleet", "uplink", "--hall", "h", "--hall-url", "nonsense", *files)[0] == 2
    files = ("--token-file", str(tmp_path / "token"), "--link-file", str(tmp_path / "bad"))
    code, said = typed("fleet", "uplink", "--hall", "h", "--hall-url", "http://127.0.0.1:1", *files)
    assert (code, "--link-file" in said) == (2, True)


def test_a_hall_s_new_way_in_is_at_the_broker_at_once_whoever_runs_the_centre(
    typed: Typed, centre: Path
) -> None:
    folder = centre.parent / "broker"
    assert typed("fleet", "broker-config", str(folder))[0] == 0
    link = centre.parent / "uplink.url"
    words = ("fleet", "hall", SAMPLE, "--config", str(centre), "--link", str(link))
    assert typed(*words)[0] == 0
    assert set(passwords.read(folder / "passwords")) == {"centre", uplink_id("qingyuan")}
    assert f"//{uplink_id('qingyuan')}:" in link.read_text()


def test_a_secret_is_kept_sealed_and_forgotten_when_it_is_empty(typed: Typed, centre: Path) -> None:
    words = ("fleet", "secret", "hall", "qingyuan", "hall-token", "--config", str(centre))
    assert typed(*words, said="ty1.k.synthetic\n") == (0, "hall-token of hall qingyuan: kept\n")
    data = centre.parent / "data"
    database = Database(f"sqlite:///{data / 'centre.sqlite'}")
    with database.read() as connection:
        [row] = connection.execute(select(secrets))
        kept = KeptSecrets(database, Vault(data / "centre.key"), lambda: 0.0)
        assert kept.names(connection, "hall", "qingyuan") == ("hall-token",)
    assert b"synthetic" not in row.value
    assert typed(*words) == (0, "hall-token of hall qingyuan: forgotten\n")
    with database.read() as connection:
        assert connection.execute(select(secrets)).all() == []
    database.close()


def test_a_secret_that_no_setting_knows_is_refused_with_its_code(typed: Typed, centre: Path) -> None:
    code, said = typed("fleet", "secret", "hall", "h", "door-key", "--config", str(centre), said="x\n")
    assert (code, "secret.refused" in said, "hall-token" in said) == (2, True, True)


def test_a_weak_password_of_an_admin_is_refused(typed: Typed, centre: Path) -> None:
    code, said = typed("fleet", "admin", "chen", "--config", str(centre), said="short\n")
    assert (code, "Traceback" in said) == (2, False)
    assert typed("fleet", "admin", "chen", "--config", str(centre), said="a long password 1\n")[0] == 0
