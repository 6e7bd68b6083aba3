"""Another sample rate for the same sound: a windowed sinc, in plain Python.

About 0.1 s of work for a second of sound, so it is done once for a clip, never while somebody waits.
"""

from array import array
from functools import lru_cache
from math import ceil, cos, gcd, pi, sin
from operator import mul

from drivers.voice.pcm import FULL_SCALE, Pcm

ZERO_CROSSINGS = 8  # of the sinc on each side: aliases end up below -50 dB, beneath any hall's noise
ROLL_OFF = 0.92  # cut a little below the lower Nyquist frequency, so that the filter's slope fits


def resampled(sound: Pcm, rate: int) -> Pcm:
    """``sound`` at ``rate`` Hz, equally long and loud, without aliases."""
    if sound.rate == rate or not sound.frames:
        return Pcm(rate, sound.frames)
    common = gcd(rate, sound.rate)
    up, down = rate // common, sound.rate // common
    phases = _phases(up, down)
    half = len(phases[0]) // 2
    edge = array("h", bytes(2 * half))
    padded = edge + sound.samples + edge
    count = (len(sound.samples) * up + down - 1) // down
    out = array("h", bytes(2 * count))
    for n in range(count):
        at, phase = divmod(n * down, up)
        taps = phases[phase]
        value = round(sum(map(mul, padded[at + 1 : at + 1 + len(taps)], taps)))
        out[n] = max(-FULL_SCALE, min(FULL_SCALE, value))
    return Pcm(rate, out.tobytes())


@lru_cache(maxsize=8)
def _phases(up: int, down: int) -> tuple[tuple[float, ...], ...]:
    """The filter's taps for each of the ``up`` places an output sample may have between two inputs."""
    cut = ROLL_OFF * min(1.0, up / down)
    half = ceil(ZERO_CROSSINGS / cut)
    return tuple(_taps(phase / up, cut, half) for phase in range(up))


def _taps(offset: float, cut: float, half: int) -> tuple[float, ...]:
    taps = []
    for k in range(1 - half, half + 1):
        x = k - offset
        sinc = sin(pi * cut * x) / (pi * x) if x else cut
        taps.append(sinc * (0.5 + 0.5 * cos(pi * x / half)) if abs(x) < half else 0.0)
    total = sum(taps)  # a constant stays that constant at every phase
    return tuple(tap / total for tap in taps)
