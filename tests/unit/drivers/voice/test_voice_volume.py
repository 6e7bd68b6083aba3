"""Loudness: softer by the ear's measure, never louder, never shorter."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.voice.pcm import Pcm
from drivers.voice.sinks import Label
from drivers.voice.volume import AtVolume, softer

sounds = st.lists(st.integers(-32768, 32767), max_size=40).map(lambda s: Pcm(22050, array("h", s).tobytes()))


class Ear:
    """A sink that keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Pcm] = []
        self.closed = False

    def play(self, sound: Pcm, label: Label) -> None:
        self.heard.append(sound)

    def close(self) -> None:
        self.closed = True


@given(sounds, st.integers(0, 100))
def test_no_sample_gets_louder_and_none_is_lost(sound: Pcm, volume: int) -> None:
    soft = softer(sound, volume)
    assert (soft.rate, len(soft.samples)) == (sound.rate, len(sound.samples))
    assert all(abs(now) <= abs(before) for now, before in zip(soft.samples, sound.samples, strict=True))


@given(sounds)
def test_the_ends_of_the_scale_are_all_and_nothing(sound: Pcm) -> None:
    assert softer(sound, 100) == sound
    assert set(softer(sound, 0).samples) <= {0}


def test_half_is_a_quarter_of_the_amplitude() -> None:
    assert list(softer(Pcm(22050, array("h", [20000, -8000]).tobytes()), 50).samples) == [5000, -2000]


@pytest.mark.parametrize("volume", [-1, 101])
def test_there_is_nothing_beyond_the_scale(volume: int) -> None:
    with pytest.raises(ValueError, match="per cent"):
        softer(Pcm(22050, b""), volume)


def test_the_sink_behind_hears_the_softer_sound_and_is_closed_with_it() -> None:
    ear = Ear()
    soft = AtVolume(ear, 50)
    soft.play(Pcm(22050, array("h", [400]).tobytes()), Label("z", "e", "speech", "请"))
    soft.close()
    assert [list(sound.samples) for sound in ear.heard] == [[100]]
    assert ear.closed
