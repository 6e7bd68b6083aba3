"""Sound as a value: mono, signed 16-bit, little-endian PCM. Knows no file, no device, no clock.

Every machine a terminal runs on is little-endian, so ``array("h")`` and the wire agree.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import sqrt

FULL_SCALE = 32767
RATES = (16000, 22050, 24000, 32000, 44100, 48000)  # Hz; what sound cards take and speech needs

SPEECH_RMS = 0.12  # of full scale, about -18 dBFS: loud enough for a hall, with room for peaks
SPEECH_PEAK = 0.89  # -1 dBFS
QUIET = 0.01  # below -40 dBFS nothing is heard in a hall


@dataclass(frozen=True, slots=True)
class Pcm:
    """``frames`` played at ``rate`` Hz."""

    rate: int
    frames: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.rate <= 0 or len(self.frames) % 2:
            raise ValueError(f"rate={self.rate} with {len(self.frames)} bytes is not 16-bit PCM")

    @property
    def seconds(self) -> float:
        return len(self.frames) / 2 / self.rate

    @property
    def samples(self) -> "array[int]":
        """A copy, as numbers."""
        return array("h", self.frames)

    @property
    def peak(self) -> float:
        """The largest excursion, 0..1 of full scale (-32768 counts as 1)."""
        samples = self.samples
        return min(1.0, max(max(samples), -min(samples)) / FULL_SCALE) if samples else 0.0

    @property
    def rms(self) -> float:
        """The effective level, 0..1 of full scale."""
        samples = self.samples
        return sqrt(sum(s * s for s in samples) / len(samples)) / FULL_SCALE if samples else 0.0

    @property
    def silent(self) -> bool:
        return self.peak < QUIET


def silence(rate: int, seconds: float) -> Pcm:
    return Pcm(rate, bytes(2 * round(rate * seconds)))


def joined(rate: int, parts: Iterable[Pcm]) -> Pcm:
    """``parts`` one after the other. Raises ValueError when one has another rate."""
    frames = bytearray()
    for part in parts:
        if part.rate != rate:
            raise ValueError(f"a part of {part.rate} Hz among {rate} Hz")
        frames += part.frames
    return Pcm(rate, bytes(frames))


def trimmed(sound: Pcm, *, keep: float = 0.015, fade: float = 0.005) -> Pcm:
    """``sound`` without the quiet at both ends, but for ``keep`` seconds, faded so that no cut clicks."""
    samples, threshold = sound.samples, QUIET * FULL_SCALE
    loud = (i for i, s in enumerate(samples) if abs(s) >= threshold)
    first = next(loud, None)
    if first is None:
        return Pcm(sound.rate, b"")
    last = next(i for i in range(len(samples) - 1, -1, -1) if abs(samples[i]) >= threshold)
    margin = round(keep * sound.rate)
    kept = samples[max(0, first - margin) : last + 1 + margin]
    steps = min(round(fade * sound.rate), len(kept) // 2)
    for i in range(steps):
        kept[i] = kept[i] * i // steps
        kept[-1 - i] = kept[-1 - i] * i // steps
    return Pcm(sound.rate, kept.tobytes())


def levelled(sound: Pcm, *, rms: float = SPEECH_RMS, peak: float = SPEECH_PEAK) -> Pcm:
    """``sound`` as loud as ``rms`` asks, or as ``peak`` allows; silence stays silence."""
    if sound.silent:
        return sound
    gain = min(rms / sound.rms, peak / sound.peak)
    return Pcm(sound.rate, array("h", [int(s * gain) for s in sound.samples]).tobytes())
