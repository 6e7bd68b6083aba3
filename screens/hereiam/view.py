"""Here I am: over everything else, whatever it is, until its time is over or a finger touches it.

What is below goes on and is not touched: the finger that ends it presses nothing there.
"""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import ObjectProperty

import screens.widgets  # noqa: F401  kv names
from screens.hereiam.presenter import HereIAmView, here_i_am
from screens.widgets.stage import Stage
from screens.widgets.surface import Ground


class HereIAm(Ground):
    """Draws ``view`` over all of the glass; takes every touch."""

    __events__ = ("on_touched",)
    view = ObjectProperty(HereIAmView(), rebind=True)

    def on_touched(self) -> None:
        """Whoever shows it listens."""

    def on_touch_down(self, touch: object) -> bool:
        self.dispatch("on_touched")
        return True


class Beacon:
    """Shows and ends it, on the screen's thread. ``design``: the size the glass is laid out for."""

    def __init__(self, design: tuple[int, int], id_: str, name: str, name_en: str) -> None:
        self._design, self._who = design, (id_, name, name_en)
        self._over: tuple[Stage, HereIAm] | None = None
        self._left = 0.0
        self._ticking: Any = None

    @property
    def shown(self) -> bool:
        return self._over is not None

    def show(self, seconds: float) -> None:
        """For ``seconds`` from now, also when it is shown already."""
        if self._over is None:
            self._over = self._laid()
            self._ticking = Clock.schedule_interval(self._tick, 1)
        self._left = seconds
        self._draw()

    def end(self, *_: object) -> None:
        """Nothing of it is left. Idempotent."""
        if self._over is not None:
            stage, _drawn = self._over
            self._ticking.cancel()
            Window.remove_widget(stage)
            self._over = None

    def _laid(self) -> tuple[Stage, HereIAm]:
        stage, drawn = Stage(self._design), HereIAm()
        drawn.bind(on_touched=self.end)
        stage.add_widget(drawn)
        Window.add_widget(stage)
        return stage, drawn

    def _tick(self, dt: float) -> None:
        self._left -= dt
        if self._left <= 0:
            self.end()
        else:
            self._draw()

    def _draw(self) -> None:
        if self._over is not None:
            self._over[1].view = here_i_am(*self._who, self._left)


Builder.load_file(str(Path(__file__).with_name("hereiam.kv")))
