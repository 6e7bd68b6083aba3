"""Charts as SVG: numbers in, a picture out. No style of their own (the page's CSS names colours), no script."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 200
LEFT, BOTTOM, TOP = 44, 26, 30
BAR = '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"><title>{}</title></rect>'
DOT = '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="3"><title>{}</title></circle>'
MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class Series:
    """``name`` is read out; ``shade`` is a class of the style sheet: brand, ok, amber, call. None: not known."""

    name: str
    values: Sequence[float | None]
    shade: str = "brand"


def bars(
    title: str, labels: Sequence[str], series: Sequence[Series], unit: str = "", across: str = ""
) -> Markup:
    """Groups of upright bars; every bar says its number. ``unit`` of the numbers, ``across`` of the labels."""
    top, step, parts = _axes(labels, series, unit, across)
    wide = step * 0.72 / max(len(series), 1)
    for number, one in enumerate(series):
        for place, (label, value) in enumerate(zip(labels, one.values, strict=False)):
            if value is None:
                continue
            high, x = _high(value, top), LEFT + (place + 0.14) * step + number * wide
            said = _said(label, across, one, value, unit)
            parts.append(
                Markup(BAR).format(one.shade, x, HEIGHT - BOTTOM - high, max(wide - 1, 1), high, said)
            )
    return _figure(title, parts)


def lines(
    title: str, labels: Sequence[str], series: Sequence[Series], unit: str = "", across: str = ""
) -> Markup:
    """Lines over the labels, with a dot at each value and a gap where none is known."""
    top, step, parts = _axes(labels, series, unit, across)
    for one in series:
        runs: list[list[str]] = [[]]
        for place, (label, value) in enumerate(zip(labels, one.values, strict=False)):
            if value is None:
                runs.append([])
                continue
            x, y = LEFT + (place + 0.5) * step, HEIGHT - BOTTOM - _high(value, top)
            runs[-1].append(f"{x:.1f},{y:.1f}")
            parts.append(Markup(DOT).format(one.shade, x, y, _said(label, across, one, value, unit)))
        parts += [
            Markup('<polyline class="{}" points="{}"/>').format(one.shade, " ".join(run))
            for run in runs
            if run
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


def _axes(
    labels: Sequence[str], series: Sequence[Series], unit: str, across: str
) -> tuple[float, float, list[Markup]]:
    """What is at the top of the upright axis, how wide a label's place is, and both axes drawn."""
    top = _ceiling(max((v for s in series for v in s.values if v is not None), default=0))
    step = (WIDTH - LEFT) / max(len(labels), 1)
    parts = []
    for part in (0, 0.5, 1):
        y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * part
        parts.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(LEFT, WIDTH, y, y)
        )
        parts.append(_text(LEFT - 6, y + 5, f"{top * part:g}", "end"))
    parts.append(_text(LEFT - 6, 14, unit, "end"))
    every = 1 if len(labels) <= MOST_LABELS else 2
    parts += [
        _text(LEFT + (place + 0.5) * step, HEIGHT - 6, label + across * (place == 0), "middle")
        for place, label in enumerate(labels)
        if place % every == 0
    ]
    return top, step, parts


def _said(label: str, across: str, one: Series, value: float, unit: str) -> str:
    return f"{label}{across} {one.name} {value:g} {unit}".rstrip()


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
