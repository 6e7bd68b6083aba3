"""``python -m tongyuan.kept_hall SETTINGS``: a hall as its agent starts it (agent.toml: module = "tongyuan.kept_hall").

The settings are the fleet's (role hall: which queue policy holds); where the hall's own files are, the machine says, in
the TOML file that the environment's TONGYUAN_HALL names: the options of ``tongyuan hall serve``.
"""

import os
import sys
import tomllib
from pathlib import Path

VARIABLE = "TONGYUAN_HALL"
OPTIONS = ("hall", "data", "host", "port", "broker_file")


def arguments(settings: str, machine: Path) -> list[str]:
    """What ``tongyuan`` is called with. Raises OSError, ValueError: the file is no TOML or names unknown options."""
    told = tomllib.loads(machine.read_text(encoding="utf-8"))
    if unknown := sorted(told.keys() - set(OPTIONS)):
        raise ValueError(f"{machine}: {', '.join(unknown)} unknown; it may say {', '.join(OPTIONS)}")
    named = [word for key, value in told.items() for word in (f"--{key.replace('_', '-')}", str(value))]
    return ["hall", "serve", *named, "--settings", settings]


def main() -> None:
    """Becomes the hall's process."""
    machine = os.environ.get(VARIABLE, "")
    if len(sys.argv) != 2 or not machine:
        sys.stderr.write(f"usage: {VARIABLE}=HALL.toml python -m tongyuan.kept_hall SETTINGS.json\n")
        raise SystemExit(2)
    try:
        words = arguments(sys.argv[1], Path(machine))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    os.execv(sys.executable, [sys.executable, "-m", "tongyuan", *words])


if __name__ == "__main__":
    main()
