"""Pcm, resampling, WAV bytes, the gong and the cache."""

import contextlib
import io
import itertools
import struct
import threading
import wave
from array import array
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.voice.cache import SoundCache
from drivers.voice.gong import PEAK, SECONDS, gong
from drivers.voice.pcm import RATES, SPEECH_PEAK, SPEECH_RMS, Pcm, joined, levelled, silence, trimmed
from drivers.voice.resample import resampled
from drivers.voice.simulator import tone
from drivers.voice.wav import WavInvalid, build_wav, parse_wav

sounds = st.builds(
    lambda rate, numbers: Pcm(rate, array("h", numbers).tobytes()),
    st.sampled_from(RATES),
    st.lists(st.integers(-32768, 32767), max_size=200),
)


def crossings(sound):
    """How often the wave rises through zero: its pitch, without a Fourier transform."""
    samples = sound.samples
    return sum(a < 0 <= b for a, b in itertools.pairwise(samples))


# Pcm


def test_half_a_sample_is_not_sound():
    with pytest.raises(ValueError, match="16-bit"):
        Pcm(22050, b"abc")


def test_a_sine_measures_as_a_sine():
    sound = tone(22050, 441, 1.0, peak=0.5)
    assert sound.seconds == 1.0
    assert sound.peak == pytest.approx(0.5, abs=0.001)
    assert sound.rms == pytest.approx(0.5 / 2**0.5, abs=0.001)


def test_the_largest_negative_sample_is_full_scale_and_no_more():
    assert Pcm(22050, array("h", [-32768]).tobytes()).peak == 1.0


def test_joining_adds_lengths_and_refuses_another_rate():
    parts = [tone(22050, 300, 0.2), silence(22050, 0.1), tone(22050, 300, 0.3)]
    assert joined(22050, parts).seconds == pytest.approx(0.6)
    with pytest.raises(ValueError, match="16000"):
        joined(22050, [tone(16000, 300, 0.1)])


def test_trimming_takes_the_quiet_ends_and_leaves_no_click():
    inner = tone(22050, 300, 0.5)
    sound = trimmed(joined(22050, [silence(22050, 0.4), inner, silence(22050, 0.7)]))
    assert sound.seconds == pytest.approx(0.5, abs=0.04)
    assert sound.samples[0] == sound.samples[-1] == 0
    assert sound.rms == pytest.approx(inner.rms, rel=0.1)


def test_trimming_fades_a_sound_that_starts_and_ends_at_once():
    samples = trimmed(Pcm(22050, array("h", [20000] * 2205).tobytes())).samples
    assert samples[0] == samples[-1] == 0
    assert samples[50] == pytest.approx(samples[-51], abs=1) == pytest.approx(9090, abs=10)
    assert samples[1000] == 20000


@given(sounds)
def test_levelling_never_clips_and_keeps_the_length(sound):
    level = levelled(sound)
    assert len(level.frames) == len(sound.frames)
    assert sound.silent or level.peak <= SPEECH_PEAK + 0.001


@pytest.mark.parametrize("peak", [0.02, 0.3, 1.0])
def test_levelling_brings_quiet_and_loud_voices_to_one_loudness(peak):
    assert levelled(tone(22050, 300, 0.5, peak=peak)).rms == pytest.approx(SPEECH_RMS, rel=0.02)


def test_silence_is_not_made_loud():
    assert levelled(silence(22050, 0.2)).silent


# another rate


@pytest.mark.parametrize(
    ("source", "target"), [(22050, 48000), (48000, 22050), (16000, 24000), (44100, 16000)]
)
def test_resampling_shifts_nothing_in_time(source, target):
    before, ideal = tone(source, 440, 0.2), tone(target, 440, 0.2)
    pairs = zip(resampled(before, target).samples[200:-200], ideal.samples[200:-200], strict=False)
    assert max(abs(a - b) for a, b in pairs) < 150


@pytest.mark.parametrize("source", RATES)
@pytest.mark.parametrize("target", [16000, 22050, 48000])
def test_resampling_keeps_length_pitch_and_loudness(source, target):
    before = tone(source, 440, 0.25)
    after = resampled(before, target)
    assert after.rate == target
    assert after.seconds == pytest.approx(before.seconds, abs=1 / target)
    assert after.rms == pytest.approx(before.rms, rel=0.01)
    assert crossings(after) == pytest.approx(crossings(before), abs=1)


def test_resampling_down_leaves_no_alias_of_what_cannot_be_kept():
    alias = resampled(tone(48000, 12000, 0.2), 16000).samples[
        100:-100
    ]  # its sudden start and end are no alias
    assert max(map(abs, alias)) < 0.6 * 32767 * 10 ** (-50 / 20)


def test_resampling_a_full_scale_square_does_not_wrap_around():
    square = Pcm(48000, array("h", ([32767] * 60 + [-32768] * 60) * 20).tobytes())
    middle = resampled(square, 22050).samples[100:-100]
    assert all(abs(b - a) <= 65534 for a, b in itertools.pairwise(middle))
    assert max(middle) == 32767
    assert sum(s > 20000 for s in middle) > len(middle) * 0.4


@given(sounds, st.sampled_from(RATES))
@settings(max_examples=30, deadline=None)
def test_any_sound_can_be_resampled(sound, rate):
    assert abs(resampled(sound, rate).seconds - sound.seconds) <= 1 / rate


# WAV


@given(sounds)
def test_wav_bytes_come_back_as_the_same_sound(sound):
    assert parse_wav(build_wav(sound)) == sound


@given(sounds)
def test_the_standard_library_reads_what_is_written(sound):
    with wave.open(io.BytesIO(build_wav(sound))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, sound.rate)
        assert file.readframes(file.getnframes()) == sound.frames


def test_what_the_standard_library_writes_is_read():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(b"\x01\x02" * 50)
    assert parse_wav(buffer.getvalue()) == Pcm(16000, b"\x01\x02" * 50)


def test_every_truncation_of_a_file_is_refused():
    whole = build_wav(tone(16000, 300, 0.01))
    for length in range(len(whole)):
        with pytest.raises(WavInvalid):
            parse_wav(whole[:length])


def streamed_header(sound):
    """As espeak-ng writes it to a pipe: 0x7ffff024 and 0x7ffff000 in place of the sizes."""
    whole = build_wav(sound)
    return (
        whole[:4] + struct.pack("<I", 0x7FFFF024) + whole[8:40] + struct.pack("<I", 0x7FFFF000) + whole[44:]
    )


def test_a_streamed_header_is_read_to_the_end_of_the_bytes_and_only_when_asked():
    sound = tone(22050, 300, 0.1)
    assert parse_wav(streamed_header(sound), streamed=True) == sound
    with pytest.raises(WavInvalid, match="truncated"):
        parse_wav(streamed_header(sound))


def test_a_stream_that_ends_inside_a_sample_loses_only_that():
    sound = tone(22050, 300, 0.1)
    assert parse_wav(streamed_header(sound)[:-1], streamed=True).frames == sound.frames[:-2]


def test_other_chunks_are_stepped_over_also_odd_ones():
    whole = build_wav(tone(22050, 300, 0.01))
    odd = b"LIST" + struct.pack("<I", 5) + b"INFO!" + b"\0"
    assert parse_wav(whole[:12] + odd + whole[12:]) == parse_wav(whole)


def form(tag=1, channels=1, rate=22050, bits=16, extra=b""):
    body = (
        struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
        + extra
    )
    return (
        b"RIFF\0\0\0\0WAVEfmt "
        + struct.pack("<I", len(body))
        + body
        + b"data"
        + struct.pack("<I", 4)
        + b"abcd"
    )


def test_the_extensible_way_to_say_pcm_is_understood():
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    assert parse_wav(form(tag=0xFFFE, extra=struct.pack("<HHI", 22, 16, 4) + guid)).frames == b"abcd"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"channels": 2}, "channels=2"),
        ({"bits": 8}, "bits=8"),
        ({"bits": 24}, "bits=24"),
        ({"tag": 3}, "format=0x0003"),
        ({"tag": 0xFFFE}, "format=0xfffe"),
        ({"rate": 11025}, "rate=11025"),
    ],
)
def test_what_is_not_mono_16_bit_pcm_is_refused_in_words(change, reason):
    with pytest.raises(WavInvalid, match=reason):
        parse_wav(form(**change))


@given(
    st.one_of(st.binary(max_size=200), st.binary(max_size=100).map(lambda b: b"RIFF\0\0\0\0WAVE" + b)),
    st.booleans(),
)
def test_garbage_is_refused_and_never_anything_else(data, streamed):
    try:
        parse_wav(data, streamed=streamed)
    except WavInvalid:
        return
    assert b"data" in data


@settings(max_examples=60)
@given(st.integers(0, 43), st.integers(0, 255))
def test_a_damaged_header_is_refused_or_still_gives_whole_samples(place, value):
    data = bytearray(build_wav(tone(16000, 300, 0.01)))
    data[place] = value
    with contextlib.suppress(WavInvalid):
        assert len(parse_wav(bytes(data)).frames) % 2 == 0


# the gong


@pytest.mark.parametrize("rate", [16000, 22050, 48000])
def test_the_gong_is_two_falling_tones_that_end_in_silence(rate):
    sound = gong(rate)
    assert sound.seconds == pytest.approx(SECONDS, abs=0.001)
    assert sound.peak == pytest.approx(PEAK, abs=0.01)
    first = Pcm(rate, sound.frames[: 2 * int(rate * 0.4)])
    second = Pcm(rate, sound.frames[2 * int(rate * 0.6) : 2 * int(rate * 1.0)])
    assert crossings(first) / first.seconds == pytest.approx(659, rel=0.03)
    assert crossings(second) / second.seconds == pytest.approx(523, rel=0.06)
    assert Pcm(rate, sound.frames[-rate // 50 * 2 :]).silent


def test_the_gong_starts_and_ends_without_a_click():
    samples = gong(22050).samples
    assert max(map(abs, samples[:22])) < 0.1 * max(samples)  # the first millisecond
    assert samples[-1] == 0
    assert max(abs(b - a) for a, b in itertools.pairwise(samples)) < 0.25 * 32767


# the cache


def test_a_sound_is_made_once_while_it_is_kept():
    cache, made = SoundCache(10_000), []

    def make():
        made.append(1)
        return silence(16000, 0.1)

    assert cache.get("a", make) is cache.get("a", make)
    assert len(made) == 1


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 60)), max_size=60))
def test_the_cache_never_holds_more_than_its_bound_and_always_answers_right(asked):
    cache = SoundCache(100)
    for key, samples in asked:
        sound = Pcm(16000, bytes(2 * samples))
        assert cache.get((key, samples), partial(Pcm, sound.rate, sound.frames)) == sound
        assert cache.bytes <= 100


def test_the_sound_used_longest_ago_goes_first():
    cache, made = SoundCache(40), []

    def ask(key):
        def make():
            made.append(key)
            return Pcm(16000, bytes(20))

        cache.get(key, make)

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key)
    assert made == ["a", "b", "c", "b"]


def test_a_failure_is_not_kept():
    cache = SoundCache(1000)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda: silence(1 // 0, 1))
    assert cache.get("a", lambda: silence(16000, 0.01)).seconds == 0.01


def test_two_threads_that_make_the_same_sound_are_counted_once():
    cache, both = SoundCache(1000), threading.Barrier(2, timeout=60)

    def make():
        both.wait()
        return Pcm(16000, bytes(200))

    threads = [threading.Thread(target=cache.get, args=("a", make)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.bytes == 200
