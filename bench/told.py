"""The real terminal role that tells when what happened: a line ``seconds work name`` for each event and new picture.

``posted X``: a device's or the hall's thread has X; ``handled X``: the screen's thread begins with it; ``shown S``:
screen S has its view; ``painted S``: it is on the glass. Frames come at the pace of service. The seconds are of the
machine's monotonic clock, which is the same in all processes; the work is the processor time of all threads so far.
For ``bench.show``.
"""

import itertools
import sys
import time
from pathlib import Path
from typing import Any

from config.kiosk import Kiosk
from kiosk.roles.shell import Shell
from kiosk.roles.terminal import Terminal, features
from screens.events import Event, Touched

PHASED = ("certificate", "appointment")  # screens that wait for the hall before they say what they are for


def tell(name: str) -> None:
    sys.stdout.write(f"{time.perf_counter():.6f} {time.process_time():.6f} {name}\n")
    sys.stdout.flush()


class ToldTerminal(Terminal):
    def handle(self, event: Event) -> None:
        tell(f"handled {_name(event)}")
        super().handle(event)


class Glass:
    """``show`` and ``flipped`` belong to the screen's thread."""

    def __init__(self) -> None:
        from screens.terminal_app import TerminalApp

        self.terminal: Terminal | None = None
        self.app = TerminalApp(
            lambda intent, value: self.terminal.touched(intent, value) if self.terminal else None,
            features=("certificates", "checkin", "typed"),
        )
        self._now = self._awaited = ""

    def show(self, screen: str, view: Any, frame: Any) -> None:
        self.app.show(screen, view, frame)
        now = f"{screen} {view.phase}" if screen in PHASED else screen
        if now != self._now:
            self._now = self._awaited = now
            tell(f"shown {now}")

    def flipped(self, *_: object) -> None:
        from kivy.graphics.opengl import glFinish

        if self._awaited and (self._awaited != "certificate shown" or self._pictured()):
            glFinish()  # drawing goes on behind the call; painted is painted
            painted, self._awaited = self._awaited, ""
            tell(f"painted {painted}")

    def _pictured(self) -> bool:
        """Whether the certificate's picture is a texture by now."""
        from screens.certificate.face import FacePicture

        screen = self.app.screen("certificate")
        return any(isinstance(part, FacePicture) and part.texture is not None for part in screen.walk())


def main(settings: Path) -> None:
    kiosk = Kiosk.model_validate_json(settings.read_bytes())
    shell = Shell(kiosk, 1080, 1920)
    from kivy.core.window import Window

    from screens.widgets.tappable import Tappable

    ticks = itertools.count(1)
    Tappable.clock = staticmethod(lambda: float(next(ticks)))  # the double-tap guard is not measured

    def post(event: Event) -> None:
        tell(f"posted {_name(event)}")
        shell.post(event)

    glass = Glass()
    glass.terminal = ToldTerminal(kiosk, glass.show, post)
    Window.bind(on_flip=glass.flipped)
    assert features(kiosk) == {"certificates", "checkin", "typed"}
    shell.run(glass.app, glass.terminal)


def _name(event: Event) -> str:
    return f"Touched {event.intent}" if isinstance(event, Touched) else type(event).__name__


if __name__ == "__main__":
    main(Path(sys.argv[1]))
