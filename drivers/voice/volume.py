"""A quieter loudspeaker: the sound is made softer before any sink gets it. Knows no port and no clock."""

from array import array

from drivers.voice.pcm import Pcm
from drivers.voice.sinks import Label, Sink


def softer(sound: Pcm, volume: int) -> Pcm:
    """``sound`` at ``volume`` per cent. Half is heard as half: a quarter of the amplitude, 12 dB less."""
    if not 0 <= volume <= 100:
        raise ValueError(f"volume={volume} is not 0 to 100 per cent")
    gain = (volume / 100) ** 2
    return Pcm(sound.rate, array("h", [int(sample * gain) for sample in sound.samples]).tobytes())


class AtVolume:
    """``sink`` at ``volume`` per cent. At 0 nothing is heard, for as long as it takes to say it."""

    def __init__(self, sink: Sink, volume: int) -> None:
        self._sink, self._volume = sink, volume

    def play(self, sound: Pcm, label: Label) -> None:
        """As the sink's own."""
        self._sink.play(softer(sound, self._volume), label)

    def close(self) -> None:
        self._sink.close()
