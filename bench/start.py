"""The terminal role against a real hall, until a frame with the main action was on the glass. For ``bench.screen``.

A module of its own: it imports what a terminal imports and nothing of the measuring.
"""

import os
import sys
from pathlib import Path
from typing import Any

from config.kiosk import Kiosk
from kiosk.roles.shell import Shell
from kiosk.roles.terminal import Terminal


def main(settings: Path) -> None:
    kiosk = Kiosk.model_validate_json(settings.read_bytes())
    shell = Shell(kiosk, 1080, 1920)
    from kivy.core.window import Window

    from screens.terminal_app import TerminalApp

    drawn: dict[str, Any] = {}

    def show(screen: str, view: Any, frame: Any) -> None:
        app.show(screen, view, frame)
        drawn["open"] = getattr(view, "mode", "") == "open"

    def flipped(*_: object) -> None:
        if drawn.get("open"):
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            os._exit(0)

    app = TerminalApp(lambda intent, value: None)
    terminal = Terminal(kiosk, show, shell.post)
    Window.bind(on_flip=flipped)
    shell.run(app, terminal)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
