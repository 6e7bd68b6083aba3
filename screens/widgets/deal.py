"""Widgets that are made when first needed and kept, dealt out in order: what is not wanted is not laid out."""

from collections.abc import Callable, Sequence
from typing import Any


def grown(kept: list[Any], count: int, make: Callable[[], Any]) -> Sequence[Any]:
    """The first ``count`` of ``kept``, which is made longer where it is too short."""
    while len(kept) < count:
        kept.append(make())
    return kept[:count]


def deal(box: Any, widgets: Sequence[Any]) -> None:
    """Make these the box's children, from the first; nothing is done where they are already."""
    if box.children[::-1] != widgets:
        box.clear_widgets()
        for widget in widgets:
            box.add_widget(widget)
