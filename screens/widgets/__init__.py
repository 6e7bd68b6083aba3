"""Widgets every screen is built of. Importing this package makes them known to kv (no window is opened)."""

from screens.widgets import countdown, pager, parts, qr, surface, tappable, text, when

__all__ = ["countdown", "pager", "parts", "qr", "surface", "tappable", "text", "when"]
