"""A process is given what its role reads: the lists are held to the programs themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from config.kiosk import Machine, compose
from config.layers import Layer, default_layer, resolve
from config.problems import SettingsError
from config.roles import ALWAYS, READS, read_by_role
from config.settings import Role, Settings

ROOT = Path(__file__).parents[3]
OURS = ("kiosk", "screens")
PROGRAMS: dict[Role, str] = {
    "terminal": "terminal",
    "hall-board": "board",
    "window-board": "board",
    "caller": "caller",
    "voice": "voice",
    "enrol": "enrol",
}
"""Role to its module in kiosk.roles, as ``kiosk.__main__`` starts it."""


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def _program(module: str) -> dict[str, ast.Module]:
    """``module`` and what it imports of ours."""
    found: dict[str, ast.Module] = {}
    todo = [module]
    while todo:
        name = todo.pop()
        file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
        if name not in found and name.startswith(OURS) and file.exists():
            found[name] = ast.parse(file.read_text(encoding="utf-8"))
            todo += _imported(found[name])
    return found


def _read(tree: ast.Module) -> Iterator[str]:
    """Keys of the settings that are asked for: ``settings.KEY``, ``self._settings.KEY``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in Settings.model_fields:
            whose = node.value
            name = whose.id if isinstance(whose, ast.Name) else getattr(whose, "attr", "")
            if name in ("settings", "_settings"):
                yield node.attr


@pytest.mark.parametrize(("role", "module"), PROGRAMS.items())
def test_what_a_program_reads_is_what_its_role_is_given(role: Role, module: str) -> None:
    program = _program(f"kiosk.roles.{module}")
    assert len(program) > 5
    assert {key for tree in program.values() for key in _read(tree)} - ALWAYS == READS[role]


def test_every_role_is_listed_and_lists_what_there_is() -> None:
    assert READS.keys() == set(get_args(Role)) == PROGRAMS.keys() | {"hall"}
    assert all(keys <= Settings.model_fields.keys() - ALWAYS for keys in READS.values())
    # all are somebody's; the agent itself reads maintenance, the centre which secrets are wanted
    assert set().union(*READS.values(), ALWAYS) == Settings.model_fields.keys() - {"maintenance", "secrets"}


def told(**more: Any) -> dict[str, Any]:
    own = {"role": "terminal", "name": "一号终端", "source": {"hall": "qy", "url": "http://10.1.2.3:8080"}}
    return resolve([default_layer(), Layer("registry", "k01", own), Layer("terminal", "k01", more)]).values


MACHINE = Machine("k01", Path("/state"), Path("/token"), Path("/broker"))


@pytest.mark.parametrize("more", [{"policy": "evening"}, {"maintenance": {"nightly_restart": "04:30"}}])
def test_what_a_terminal_does_not_read_does_not_reach_its_kiosk(more: dict[str, Any]) -> None:
    assert compose(told(**more), MACHINE) == compose(told(), MACHINE)
    assert not compose(told(**more), MACHINE).keys() & more.keys()


def test_what_a_role_does_not_read_is_checked_all_the_same() -> None:
    with pytest.raises(SettingsError, match="policy"):
        compose(told(policy="No Such Name"), MACHINE)


def test_what_nobody_knows_is_kept_to_be_refused() -> None:
    assert read_by_role({"role": "voice", "hologram": 1, "idle": {}}) == {"role": "voice", "hologram": 1}
    assert read_by_role({"role": "no role", "idle": {}}) == {"role": "no role", "idle": {}}
