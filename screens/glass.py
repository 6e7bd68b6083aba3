"""Starting Kivy safely. Import this module before anything of Kivy's, and open the window through it.

Kivy reads its environment and settings while it is imported; left alone it eats the command line, replaces
stderr, writes to the home folder, closes the window on Escape and takes every touch twice.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from screens.theme.fonts import FAMILY, ICON_FAMILY, find_fonts, icon_font

log = logging.getLogger(__name__)

_ENVIRONMENT = {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_ENV_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_LOG_MODE": "PYTHON",
}


def prepare(
    width: int,
    height: int,
    *,
    fullscreen: bool = False,
    title: str = "",
    fps: int = 30,
    place: tuple[int, int] | None = None,
) -> None:
    """Set the environment and every setting that must be there before Kivy opens a window."""
    for key, value in _ENVIRONMENT.items():
        os.environ.setdefault(key, value)
    if "KIVY_HOME" not in os.environ:
        os.environ.setdefault("KIVY_NO_CONFIG", "1")
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    logging.getLogger("kivy").addFilter(_not_about_unused_input)

    from kivy.config import Config

    for section, key, value in (
        ("kivy", "exit_on_escape", "0"),
        ("kivy", "keyboard_mode", "system"),
        ("graphics", "width", str(width)),
        ("graphics", "height", str(height)),
        ("graphics", "fullscreen", "auto" if fullscreen else "0"),
        ("graphics", "show_cursor", "0" if fullscreen else "1"),
        ("graphics", "resizable", "0"),
        # Edges are smoothed in the textures: multisampling would cost 80 MB of memory at this size.
        ("graphics", "multisamples", "0"),
        ("graphics", "maxfps", str(fps)),
    ):
        Config.set(section, key, value)
    if title:
        Config.set("kivy", "window_title", title)
    if place is not None:
        Config.set("graphics", "position", "custom")
        Config.set("graphics", "left", str(place[0]))
        Config.set("graphics", "top", str(place[1]))
    # One finger must arrive once: by default both the pointer and /dev/input deliver it.
    for name, _provider in Config.items("input"):
        Config.remove_option("input", name)
    Config.set("input", "mouse", "mouse,disable_multitouch")
    fonts = find_fonts()
    regular, bold = str(fonts.regular), str(fonts.bold)
    Config.set("kivy", "default_font", [FAMILY, regular, regular, bold, bold])


def make_window(
    width: int,
    height: int,
    *,
    fullscreen: bool = False,
    title: str = "",
    fps: int = 30,
    place: tuple[int, int] | None = None,
) -> Any:
    """Open the process's one window (offscreen where there is no display) and register the fonts."""
    prepare(width, height, fullscreen=fullscreen, title=title, fps=fps, place=place)
    from kivy.base import EventLoop
    from kivy.core.text import LabelBase

    LabelBase.register(ICON_FAMILY, str(icon_font()))
    EventLoop.ensure_window()
    from kivy.core.window import Window

    return Window


def keep_running(
    on_fault: Callable[[str], None], *, most: int = 5, clock: Callable[[], float] = time.monotonic
) -> Any:
    """Make an exception in a callback a fault on the screen instead of the end of the process.

    ``on_fault`` is given the code to show. More than ``most`` in a minute: the exception goes through and the
    process ends, so that the service manager starts a clean one.
    """
    from kivy.base import ExceptionHandler, ExceptionManager

    class KeepRunning(ExceptionHandler):
        def __init__(self) -> None:
            super().__init__()
            self.times: deque[float] = deque(maxlen=most + 1)

        def handle_exception(self, inst: BaseException) -> int:
            if not isinstance(inst, Exception):
                return int(ExceptionManager.RAISE)
            now = clock()
            self.times.append(now)
            log.error("screen=callback failed", exc_info=inst)
            if len(self.times) > most and now - self.times[0] < 60:
                return int(ExceptionManager.RAISE)
            try:
                on_fault("fault.internal")
            except Exception:  # the last resort of the screen's thread
                log.exception("screen=fault could not be shown")
                return int(ExceptionManager.RAISE)
            return int(ExceptionManager.PASS)

    handler = KeepRunning()
    ExceptionManager.add_handler(handler)
    return handler


def _not_about_unused_input(record: logging.LogRecord) -> bool:
    """Kivy reports, with a traceback, each input library that is not installed. None of them is used."""
    return "not supported by your version of linux" not in record.getMessage()
