"""The gong: two struck-metal tones, a falling major third, computed. Knows no device."""

from array import array
from functools import lru_cache
from math import cos, exp, pi, sin

from drivers.voice.pcm import FULL_SCALE, Pcm

SECONDS = 1.35
STROKES = ((0.0, 659.26), (0.42, 523.25))  # when, Hz: E5 then C5
# Partial over the fundamental, its share, the time in seconds in which it fades to 1/e: high ones first, as
# in a struck bar, with a slightly sharp one for the metal.
PARTIALS = ((1.0, 1.0, 0.38), (2.0, 0.32, 0.22), (3.0, 0.10, 0.13), (4.2, 0.05, 0.07))
ATTACK = 0.008  # a raised-cosine rise: soft, but still a stroke
RELEASE = 0.12  # the last part fades to nothing, so that speech starts from silence
PEAK = 0.5  # below speech: it asks for attention and does not startle


@lru_cache(maxsize=4)
def gong(rate: int) -> Pcm:
    """The gong at ``rate`` Hz."""
    wave = [0.0] * round(SECONDS * rate)
    for start, pitch in STROKES:
        first = round(start * rate)
        for n in range(len(wave) - first):
            wave[first + n] += _stroke(n / rate, pitch)
    tail = round(RELEASE * rate)
    for n in range(tail):
        wave[-1 - n] *= 0.5 - 0.5 * cos(pi * n / tail)
    scale = PEAK * FULL_SCALE / max(map(abs, wave))
    return Pcm(rate, array("h", [round(value * scale) for value in wave]).tobytes())


def _stroke(t: float, pitch: float) -> float:
    """One tone, ``t`` seconds after it was struck."""
    rise = 0.5 - 0.5 * cos(pi * min(1.0, t / ATTACK))
    return rise * sum(
        share * exp(-t / fade) * sin(2 * pi * pitch * ratio * t) for ratio, share, fade in PARTIALS
    )
