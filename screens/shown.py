"""What is on the glass, for those who cannot see it: its controls as data, its pixels as a picture."""

from collections.abc import Iterator
from typing import Any

from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glPixelStorei, glReadPixels
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from screens.widgets.tappable import Tappable


def controls(root: Widget, window: Any, under: Widget | None = None) -> list[dict[str, Any]]:
    """Every control that can be touched now, with its middle in window pixels, origin top left.

    ``under``: only controls inside this widget (a dialogue that covers the rest).
    """
    found = []
    for tappable in _visible(root):
        if not isinstance(tappable, Tappable) or not tappable.intent:
            continue
        if under is not None and under not in (tappable, *_ancestors(tappable)):
            continue
        left, bottom = tappable.to_window(*tappable.pos)
        right, top = tappable.to_window(tappable.right, tappable.top)
        found.append(
            {
                "intent": tappable.intent,
                "value": tappable.value,
                "text": tappable.text,
                "x": round((left + right) / 2),
                "y": round(window.height - (bottom + top) / 2),
                "w": round(right - left),
                "h": round(top - bottom),
                "disabled": bool(tappable.disabled or getattr(tappable, "blocked", False)),
            }
        )
    return found


def texts(root: Widget) -> list[str]:
    """Every text that can be seen, from top to bottom as the widgets are built."""
    return [label.text for label in _visible(root) if isinstance(label, Label) and label.text]


def picture(window: Any) -> Any:
    """The window's pixels as a Pillow image. Only on the screen's own thread."""
    from PIL import Image

    window.dispatch("on_draw")
    width, height = window.size
    glPixelStorei(0x0D05, 1)  # GL_PACK_ALIGNMENT
    pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
    return Image.frombytes("RGBA", (width, height), bytes(pixels), "raw", "RGBA", 0, -1).convert("RGB")


def _visible(widget: Widget) -> Iterator[Widget]:
    if widget.opacity == 0 or getattr(widget, "shown", True) is False:
        return
    yield widget
    for child in reversed(widget.children):
        yield from _visible(child)


def _ancestors(widget: Widget) -> Iterator[Widget]:
    while widget.parent is not None and widget.parent is not widget:
        widget = widget.parent
        yield widget
