"""Every designed state × three themes × two languages, as pictures to look at.

python -m screens.gallery out/gallery [name ...]
"""

import sys
from pathlib import Path
from typing import Any

from screens import samples
from screens.designed import states
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from screens.words.words import LANGUAGES


def main(out: Path, only: tuple[str, ...] = ()) -> int:
    """Write ``<state>-<theme>-<language>.png`` for each, and ``contact-<theme>-<language>.png`` of them all."""
    from screens.glass import make_window

    window = make_window(1080, 1920)
    from kivy.base import EventLoop
    from PIL import Image

    from screens.terminal_app import TerminalApp  # opens the window if nobody has

    app = TerminalApp(lambda intent, value: None)
    window.add_widget(app.build())
    out.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        for language in LANGUAGES:
            pictures = []
            terminal = Terminal(now=samples.NOW, theme=theme, language=language)
            for name, (screen, view, frame) in states(terminal):
                if only and name not in only:
                    continue
                app.show(screen, view, frame)
                for _ in range(4):
                    EventLoop.idle()
                pictures.append(app.capture())
                pictures[-1].save(out / f"{name}-{theme}-{language}.png", compress_level=1)
            if not only or "here-i-am" in only:
                pictures.append(_here_i_am(app))
                pictures[-1].save(out / f"here-i-am-{theme}-{language}.png", compress_level=1)
            across = 9
            sheet = Image.new("RGB", (across * 280, -(-len(pictures) // across) * 500), "#808890")
            for at, picture in enumerate(pictures):
                small = picture.resize((270, 480), Image.Resampling.LANCZOS)
                sheet.paste(small, (at % across * 280 + 5, at // across * 500 + 10))
            sheet.save(out / f"contact-{theme}-{language}.png")
    return 0


def _here_i_am(app: Any) -> Any:
    """What lies over the last of them."""
    from kivy.base import EventLoop

    from screens.hereiam.view import Beacon

    hall = samples.hall()
    beacon = Beacon(app.design, "qingyuan-t01", hall.terminal, hall.terminal_en)
    beacon.show(15)
    for _ in range(4):
        EventLoop.idle()
    picture = app.capture()
    beacon.end()
    return picture


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), tuple(sys.argv[2:])))
