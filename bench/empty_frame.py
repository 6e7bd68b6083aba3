"""The floor of a screen's answer: a window with one button, whose text another thread changes through the same bridge.

Prints milliseconds from each change to its frame on the glass, at the pace of service. For ``bench.show``.
"""

import json
import random
import sys
import threading
import time

from screens import glass

WINDOW = glass.make_window(1080, 1920)

from kivy.app import App  # noqa: E402  after the window's settings are made
from kivy.graphics.opengl import glFinish  # noqa: E402
from kivy.uix.button import Button  # noqa: E402

from screens.bridge import UiBridge  # noqa: E402


class Empty(App):  # type: ignore[misc]  # Kivy has no types
    def load_kv(self, filename: str | None = None) -> None:
        """None of its own."""

    def build(self) -> Button:
        return Button(text="0")


def main(rounds: int) -> None:
    app, painted, changed, times = Empty(), threading.Event(), threading.Event(), list[float]()

    def change(text: str) -> None:
        app.root.text = text
        changed.set()

    def flipped(*_: object) -> None:
        if changed.is_set():
            changed.clear()
            glFinish()
            painted.set()

    bridge = UiBridge(change)

    def ask() -> None:
        for n in range(rounds):
            time.sleep(random.uniform(0.05, 0.1))  # in no step with the frames
            painted.clear()
            begin = time.perf_counter()
            bridge.post(str(n + 1))
            painted.wait(5)
            times.append((time.perf_counter() - begin) * 1e3)
        app.stop()

    WINDOW.bind(on_flip=flipped)
    app.bind(on_start=lambda *_: threading.Thread(target=ask, daemon=True).start())
    app.run()
    sys.stdout.write(json.dumps(times) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
