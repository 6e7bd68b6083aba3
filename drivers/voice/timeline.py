"""Recordings of one or several zones, laid where they were heard, as one WAV: a day to listen to."""

from array import array
from collections.abc import Iterable
from pathlib import Path

from drivers.errors import DeviceRefused
from drivers.voice.pcm import FULL_SCALE, Pcm
from drivers.voice.resample import resampled
from drivers.voice.sinks import Recording
from drivers.voice.wav import build_wav, parse_wav

LIMIT = 1800.0  # seconds; it is all in memory, 80 MB at 22050 Hz


def timeline(recordings: Iterable[Recording]) -> Pcm:
    """The recordings mixed, from the start of the first to the end of the last. Two zones that spoke at once
    are heard at once, as in the hall. Raises DeviceRefused (nothing recorded, longer than LIMIT), WavInvalid
    and OSError (a file is gone)."""
    ordered = sorted(recordings, key=lambda recording: recording.started)
    if not ordered:
        raise DeviceRefused("nothing was recorded")
    origin, rate = ordered[0].started, 0
    mix = array("h")
    for recording in ordered:
        sound = parse_wav(recording.path.read_bytes())
        rate = rate or sound.rate
        samples = resampled(sound, rate).samples
        at = round((recording.started - origin) * rate)
        if at + len(samples) > LIMIT * rate:
            raise DeviceRefused(f"a timeline of over {LIMIT:g} s")
        if (short := at + len(samples) - len(mix)) > 0:
            mix.frombytes(bytes(2 * short))
        under = mix[at : at + len(samples)]
        if any(under):
            samples = array("h", map(_both, under, samples))
        mix[at : at + len(samples)] = samples
    return Pcm(rate, mix.tobytes())


def write_timeline(path: Path, recordings: Iterable[Recording]) -> None:
    """Raises as ``timeline``, and OSError."""
    path.write_bytes(build_wav(timeline(recordings)))


def _both(one: int, other: int) -> int:
    return max(-FULL_SCALE, min(FULL_SCALE, one + other))
