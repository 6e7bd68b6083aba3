"""The design drawn to the window's scale: everything is laid out in design pixels and scaled once.

A real panel has the design's own size and nothing is scaled; on a desk the same screen fits a smaller window.
"""

from collections.abc import Callable

from kivy.graphics import PopMatrix, PushMatrix, Scale, Translate
from kivy.uix.widget import Widget


class Stage(Widget):
    """Holds one child of the design's size, as large as the window allows, in its middle."""

    def __init__(self, design: tuple[int, int], **properties: object) -> None:
        super().__init__(**properties)
        self.design = design
        with self.canvas.before:
            PushMatrix()
            self._shift = Translate()
            self._scale = Scale(1, 1, 1)
        with self.canvas.after:
            PopMatrix()
        self.bind(size=self._fit, pos=self._fit)

    @property
    def factor(self) -> float:
        """Window pixels in a design pixel."""
        return float(min(self.width / self.design[0], self.height / self.design[1]))

    def add_widget(self, widget: Widget, *args: object, **kwargs: object) -> None:
        widget.size_hint = (None, None)
        widget.size = self.design
        widget.pos = (0, 0)
        super().add_widget(widget, *args, **kwargs)

    def to_local(self, x: float, y: float, relative: bool = False) -> tuple[float, float]:
        left, bottom = self._origin()
        return (x - left) / self.factor, (y - bottom) / self.factor

    def to_parent(self, x: float, y: float, relative: bool = False) -> tuple[float, float]:
        left, bottom = self._origin()
        return x * self.factor + left, y * self.factor + bottom

    def on_touch_down(self, touch: object) -> bool:
        return self._pass_on(touch, super().on_touch_down)

    def on_touch_move(self, touch: object) -> bool:
        return self._pass_on(touch, super().on_touch_move)

    def on_touch_up(self, touch: object) -> bool:
        return self._pass_on(touch, super().on_touch_up)

    def _pass_on(self, touch: object, receive: Callable[[object], object]) -> bool:
        touch.push()  # type: ignore[attr-defined]
        touch.apply_transform_2d(self.to_local)  # type: ignore[attr-defined]
        taken = bool(receive(touch))
        touch.pop()  # type: ignore[attr-defined]
        return taken

    def _origin(self) -> tuple[float, float]:
        return (
            round(self.x + (self.width - self.design[0] * self.factor) / 2),
            round(self.y + (self.height - self.design[1] * self.factor) / 2),
        )

    def _fit(self, *_: object) -> None:
        left, bottom = self._origin()
        self._shift.xy = (left, bottom)
        self._scale.xyz = (self.factor, self.factor, 1)
