"""What one kiosk process is told: the fleet's settings and its machine's own, from TOML or JSON."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from config.kiosk import Kiosk, Machine, compose
from config.layers import Layer, SettingsError, checked, default_layer, resolve
from config.load import ConfigError, load, read
from config.problems import validated
from config.settings import Profile, Settings
from drivers.printer.profiles import PROFILES

MACHINE = Machine(
    id="k01",
    state_dir=Path("/var/lib/tongyuan/k01"),
    token_file=Path("/etc/tongyuan/token"),
    broker_file=Path("/etc/tongyuan/broker"),
    control=Path("/run/tongyuan/control"),
    revision=7,
)


def told(**more: Any) -> dict[str, Any]:
    own = {"role": "terminal", "name": "一号终端", "source": {"hall": "qy", "url": "http://10.1.2.3:8080"}}
    return resolve([default_layer(), Layer("registry", "k01", own), Layer("terminal", "k01", more)]).values


def test_the_fleets_settings_and_the_machines_own_make_a_kiosk(tmp_path: Path) -> None:
    settings = told(screen={"theme": "large"}, devices={"printer": "tcp://p:9100"})
    path = tmp_path / "k01.json"
    path.write_text(json.dumps(compose(settings, MACHINE)), encoding="utf-8")
    kiosk = load(path, Kiosk)
    assert (kiosk.id, kiosk.revision, kiosk.production) == ("k01", 7, True)
    assert (kiosk.source.hall, kiosk.source.token_file) == ("qy", MACHINE.token_file)
    assert (kiosk.state_dir, kiosk.control) == (MACHINE.state_dir, MACHINE.control)
    assert kiosk.screen.theme == "large"
    own = {"id", "revision", "production", "state_dir", "control", "source", "demo"}
    shared = Settings.model_validate(settings).model_dump(exclude={"source"})
    assert kiosk.model_dump(exclude=own) == shared


def test_composing_leaves_the_document_alone() -> None:
    settings = told()
    before = json.dumps(settings)
    compose(settings, MACHINE)
    assert json.dumps(settings) == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"voice": {"volume": 500}}, "voice.volume = 500: "),
        ({"source": "http://10.1.2.3"}, "source = 'http://10.1.2.3': "),
        ({"hologram": 1}, "hologram = 1: "),
    ],
)
def test_a_document_that_makes_no_kiosk_is_refused_before_it_is_written(
    more: dict[str, Any], said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        compose({**told(), **more}, MACHINE)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "k99"),
        ("revision", 1),
        ("production", False),
        ("state_dir", "/elsewhere"),
        ("control", "/tmp/control"),
        ("demo", {"pane": "/tmp/pane"}),
    ],
)
def test_the_fleet_cannot_say_what_only_a_machine_may(key: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"{key}.*: is for the machine alone to say"):
        compose({**told(), key: value}, MACHINE)


def test_the_machines_own_files_hold_its_secrets() -> None:
    forged = told(source={"token_file": "/etc/shadow", "broker_file": "/etc/shadow"})
    assert validated(Kiosk, compose(forged, MACHINE)).source.token_file == MACHINE.token_file
    with pytest.raises(SettingsError, match=r"source\.token_file = '/etc/shadow': Extra inputs"):
        validated(Settings, forged)


def test_demo_conveniences_come_from_the_machine_and_never_in_production() -> None:
    demo = replace(MACHINE, production=False, demo={"clock_ahead": 60})
    assert validated(Kiosk, compose(told(), demo)).demo.clock_ahead == 60
    with pytest.raises(SettingsError, match="cannot be switched on in production"):
        compose(told(), replace(demo, production=True))


def test_a_machine_that_is_not_enrolled_needs_no_hall() -> None:
    kiosk = validated(Kiosk, compose({"role": "enrol", "name": "新终端"}, MACHINE))
    assert kiosk.role == "enrol"
    assert kiosk.control == MACHINE.control
    with pytest.raises(SettingsError, match="source: role terminal needs a hall"):
        compose({"role": "terminal", "name": "新终端"}, MACHINE)
    with pytest.raises(SettingsError, match="role = 'enrol': is for a machine that is not in the fleet"):
        compose(told(role="enrol"), MACHINE)


def test_every_printer_profile_can_be_chosen_and_no_other() -> None:
    assert set(get_args(Profile)) == set(PROFILES)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("k.json", "{", "is not JSON"),
        ("k.json", "[1, 2]", "is not a table of settings"),
        ("k.json", b"\xff", "is not JSON in UTF-8"),
        ("k.toml", "role = ", "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str | bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert said in str(refused.value)


def test_a_notice_has_a_first_and_a_last_day() -> None:
    notices = [{"zh": "春节放假", "since": "2027-02-05", "until": "2027-02-12"}, {"zh": "请排队"}]
    settings = checked(
        resolve([default_layer(), Layer("registry", "k", told()), Layer("hall", "q", {"notices": notices})])
    )
    assert [str(notice.since) for notice in settings.notices] == ["2027-02-05", "None"]
