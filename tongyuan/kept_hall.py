"""``python -m tongyuan.kept_hall SETTINGS``: a hall as its agent starts it (agent.toml: module = "tongyuan.kept_hall").

The settings are the fleet's (role hall: which queue policy holds); where the hall's own files are, the machine says, in
the TOML file that the environment's TONGYUAN_HALL names: the options of ``tongyuan hall serve``.
"""

import json
import os
import sys
import tomllib
from pathlib import Path

VARIABLE = "TONGYUAN_HALL"
OPTIONS = ("hall", "data", "host", "port", "broker_file")


def arguments(settings: str, machine: Path) -> list[str]:
    """What ``tongyuan`` is called with. Raises OSError, ValueError: no TOML, unknown options, or not all needed."""
    told = tomllib.loads(machine.read_text(encoding="utf-8"))
    if unknown := sorted(told.keys() - set(OPTIONS)):
        raise ValueError(f"{machine}: {', '.join(unknown)} unknown; it may say {', '.join(OPTIONS)}")
    if missing := sorted({"hall", "data"} - told.keys()):
        raise ValueError(f"{machine}: it must say {', '.join(missing)}")
    named = [word for key, value in told.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    return ["hall", "serve", *named, "--settings", settings]


def fitting(settings: Path, hall: Path) -> None:
    """Raises ValueError, OSError for settings that are another's. What else is wrong with them the hall says itself.

    A machine that is not in the fleet yet (role enrol) is told nothing: its hall serves under its usual policy.
    """
    told = json.loads(settings.read_bytes())
    if told["role"] == "enrol":
        return
    own = tomllib.loads(hall.read_text(encoding="utf-8"))["id"]
    if told["role"] != "hall":
        raise ValueError(f"role = {told['role']!r}: this machine is a hall")
    if told["source"]["hall"] != own:
        raise ValueError(f"source.hall = {told['source']['hall']!r}: this is the hall {own}")


def main() -> None:
    """Becomes the hall's process."""
    machine = os.environ.get(VARIABLE, "")
    if len(sys.argv) != 2 or not machine:
        sys.stderr.write(f"usage: {VARIABLE}=HALL.toml python -m tongyuan.kept_hall SETTINGS.json\n")
        raise SystemExit(2)
    try:
        words = arguments(sys.argv[1], Path(machine))
        fitting(Path(sys.argv[1]), Path(words[words.index("--hall") + 1]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        raise SystemExit(2) from None
    os.execv(sys.executable, [sys.executable, "-m", "tongyuan", *words])


if __name__ == "__main__":
    main()
