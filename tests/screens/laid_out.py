"""What the tests of boards and pads ask of a window: empty it, lay it out, find what spills over.

Kivy is imported where it is used: a test module that imports this one is read before the window is made, and a Kivy
that is imported before ``make_window`` has its own fonts, with boxes for Chinese that always fit.
"""


def clear():
    from kivy.core.window import Window

    for widget in Window.children[:]:
        Window.remove_widget(widget)


def settle():
    """Lay everything out, without waiting for a frame to be due."""
    from kivy.clock import Clock

    for _ in range(10):
        Clock.tick_draw()


def spilling(widget):
    """Texts that reach beyond the card or button they stand on, or beyond the glass.

    A line of text is taken as 0.9 of its size high: the font's own line is half as high again.
    """
    from kivy.uix.label import Label

    return [
        label.text
        for label in _seen(widget)
        if isinstance(label, Label) and label.text.strip() and not _inside(_drawn(label), _ground(label))
    ]


def _seen(widget):
    if widget.opacity == 0 or getattr(widget, "shown", True) is False:
        return
    yield widget
    for child in widget.children:
        yield from _seen(child)


def _ground(label):
    """The box of the nearest thing that is drawn behind ``label``; the window when there is none."""
    from kivy.core.window import Window

    from screens.widgets.surface import Surface

    above = label.parent
    while above is not None and above is not above.parent:
        if isinstance(above, Surface) and (above.fill[3] or above.edge_width):
            return (*above.to_window(*above.pos), *above.to_window(above.right, above.top))
        above = above.parent
    return 0, 0, *Window.size


def _drawn(label):
    x, y = label.to_window(*label.center)
    lines = max(1, round(label.texture_size[1] / (1.45 * label.font_size * label.line_height)))
    width = label.texture_size[0]
    height = label.font_size * (0.9 + (lines - 1) * 1.45 * label.line_height)
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _inside(text, ground):
    """A number may begin a little to the left: its side bearing does."""
    left, bottom, right, top = ground
    return text[0] >= left - 12 and text[1] >= bottom - 2 and text[2] <= right + 2 and text[3] <= top + 2
