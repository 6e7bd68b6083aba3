"""Charts as SVG: numbers in, a picture out. No style of their own (the page's CSS names colours), no script."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 200
LEFT, BOTTOM, TOP = 40, 24, 12
BAR = '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"><title>{}</title></rect>'


@dataclass(frozen=True, slots=True)
class Series:
    """``name`` is read out; ``shade`` is a class of the style sheet: brand, ok, amber, call."""

    name: str
    values: Sequence[float]
    shade: str = "brand"


def bars(title: str, labels: Sequence[str], series: Sequence[Series], unit: str = "") -> Markup:
    """Groups of upright bars; every bar says its number."""
    top = _ceiling(max((v for s in series for v in s.values), default=0))
    step = (WIDTH - LEFT) / max(len(labels), 1)
    wide = step * 0.72 / max(len(series), 1)
    parts = [_grid(top)]
    for place, label in enumerate(labels):
        x = LEFT + place * step
        if len(labels) <= 12 or place % 2 == 0:
            parts.append(_text(x + step / 2, HEIGHT - 6, label, "middle"))
        for number, one in enumerate(series):
            value = one.values[place] if place < len(one.values) else 0
            high = _high(value, top)
            said = f"{label} {one.name} {value:g}{unit}"
            parts.append(
                Markup(BAR).format(
                    one.shade,
                    x + step * 0.14 + number * wide,
                    HEIGHT - BOTTOM - high,
                    max(wide - 1, 1),
                    high,
                    said,
                )
            )
    return _figure(title, parts)


def lines(title: str, labels: Sequence[str], series: Sequence[Series], unit: str = "") -> Markup:
    """Lines over the labels, with a dot at each value."""
    top = _ceiling(max((v for s in series for v in s.values), default=0))
    step = (WIDTH - LEFT) / max(len(labels), 1)
    parts = [_grid(top)]
    parts += [
        _text(LEFT + (place + 0.5) * step, HEIGHT - 6, label, "middle")
        for place, label in enumerate(labels)
        if len(labels) <= 12 or place % 2 == 0
    ]
    for one in series:
        points = [
            (LEFT + (place + 0.5) * step, HEIGHT - BOTTOM - _high(value, top))
            for place, value in enumerate(one.values)
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(Markup('<polyline class="{}" points="{}"/>').format(one.shade, path))
        parts += [
            Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}</title></circle>').format(
                one.shade, x, y, f"{label} {one.name} {value:g}{unit}"
            )
            for (x, y), label, value in zip(points, labels, one.values, strict=False)
        ]
    return _figure(title, parts)


def meter(parts: Sequence[tuple[str, str, float]], said: str) -> Markup:
    """One bar across, cut into (word, shade, amount); ``said`` is what it tells somebody who cannot see it."""
    total = sum(amount for _, _, amount in parts)
    at, drawn = 0.0, []
    for word, shade, amount in parts:
        if amount <= 0:
            continue
        wide = 100 * amount / total
        drawn.append(
            Markup(
                '<rect class="{}" x="{:.3f}%" width="{:.3f}%" height="100%"><title>{} {:g}</title></rect>'
            ).format(shade, at, wide, word, amount)
        )
        at += wide
    return Markup('<svg class="meter" role="img" aria-label="{}">{}</svg>').format(
        said, Markup("").join(drawn)
    )


def _figure(title: str, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, title, Markup("").join(parts)
    )


def _grid(top: float) -> Markup:
    drawn = []
    for part in (0, 0.5, 1):
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * part
        drawn.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH, y, y)
        )
        drawn.append(_text(LEFT - 6, y + 4, f"{top * part:g}", "end"))
    return Markup("").join(drawn)


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, escape(text))


def _high(value: float, top: float) -> float:
    return (HEIGHT - BOTTOM - TOP) * max(value, 0) / top


def _ceiling(most: float) -> float:
    """The next round number that halves well, at least 2."""
    size = 1.0
    while True:
        for factor in (2, 4, 6, 10):
            if most <= factor * size:
                return factor * size
        size *= 10
