"""``python -m kiosk SETTINGS``: one kiosk process, as a service starts it. Loads only what its role needs."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

from config.kiosk import Kiosk, Role
from config.load import ConfigError, load
from hall.wire.dumps import forbid_dumps


def start(config: Path) -> int:
    """Run the process that ``config`` describes; the exit code."""
    forbid_dumps()
    try:
        settings = load(config, Kiosk)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return _role(settings.role)(settings)


def _role(role: Role) -> Callable[[Kiosk], int]:
    match role:
        case "terminal":
            from kiosk.roles.terminal import run as terminal

            return terminal
        case "hall-board" | "window-board":
            from kiosk.roles.board import run as board

            return board
        case "caller":
            from kiosk.roles.caller import run as caller

            return caller
        case "voice":
            from kiosk.roles.voice import run as voice

            return voice
        case "enrol":
            from kiosk.roles.enrol import run as enrol

            return enrol
        case "hall":
            return _no_kiosk


def _no_kiosk(settings: Kiosk) -> int:
    sys.stderr.write(
        f"{settings.id}: role hall is no kiosk; a hall is started by tongyuan hall serve --settings\n"
    )
    return 2


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m kiosk SETTINGS.toml or SETTINGS.json\n")
        raise SystemExit(2)
    raise SystemExit(start(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
