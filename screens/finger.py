"""A finger on the glass that no hand moves: for the demo's page, the scripted tour, and tests."""

from typing import Any

from kivy.base import EventLoop
from kivy.input.motionevent import MotionEvent


class Finger(MotionEvent):
    """One touch at a place in window pixels, origin bottom left, as Kivy counts."""

    def __init__(self, x: float, y: float) -> None:
        window = EventLoop.window
        super().__init__(
            "finger",
            "finger",
            {"x": x / max(1.0, window.width - 1.0), "y": y / max(1.0, window.height - 1.0)},
            is_touch=True,
            type_id="touch",
        )

    def depack(self, args: Any) -> None:
        self.sx, self.sy = args["x"], args["y"]
        self.profile = ["pos"]
        super().depack(args)

    def down(self) -> None:
        EventLoop.post_dispatch_input("begin", self)

    def up(self) -> None:
        EventLoop.post_dispatch_input("end", self)
