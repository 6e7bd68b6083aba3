"""espeak-ng itself where it is installed, and programs in its place that misbehave."""

import os
import re
import shutil
import subprocess

import pytest

from drivers.errors import DeviceAbsent, DeviceProtocol, DeviceRefused, DeviceTimeout
from drivers.voice.phrases import Announcement, Reading, tokens
from drivers.voice.renderer import Renderer
from drivers.voice.speech import VOICES, EspeakNg
from drivers.voice.wav import WavInvalid

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@pytest.fixture
def program(tmp_path):
    """Writes an executable that stands in for espeak-ng."""

    def write(script):
        path = tmp_path / "espeak-stand-in"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return str(path)

    return write


def test_an_absent_program_is_said_clearly_with_what_to_install():
    with pytest.raises(DeviceAbsent, match="apt install espeak-ng"):
        EspeakNg(program="no-such-espeak")


def test_a_program_that_went_away_is_absent(program):
    path = program("exit 0")
    voice = EspeakNg(program=path)
    os.unlink(path)
    with pytest.raises(DeviceAbsent, match="started"):
        voice.say("请", "zh")


def test_a_program_that_hangs_is_killed_at_the_deadline(program, children):
    before = children()
    voice = EspeakNg(program=program("exec sleep 100"), deadline=0.3)
    with pytest.raises(DeviceTimeout, match=r"0\.3 s"):
        voice.say("请", "zh")
    assert children() == before


def test_its_own_error_is_passed_on_without_the_noise_before_it(program):
    voice = EspeakNg(program=program("echo 'ALSA lib: noise' >&2; echo 'Error: no voice' >&2; exit 1"))
    with pytest.raises(DeviceRefused, match=r"code=1: Error: no voice$"):
        voice.say("请", "zh")


def test_a_crash_is_worth_another_try(program):
    with pytest.raises(DeviceProtocol, match="code=-11") as caught:
        EspeakNg(program=program("kill -SEGV $$")).say("请", "zh")
    assert caught.value.retryable


@pytest.mark.parametrize("script", ["exit 0", "echo sound", "head -c 1000 /dev/zero"])
def test_an_answer_that_is_no_sound_is_refused(program, script):
    with pytest.raises(WavInvalid):
        EspeakNg(program=program(script)).say("请", "zh")


def test_the_text_is_on_nobody_elses_process_list_and_cannot_become_an_option(program, tmp_path):
    voice = EspeakNg(program=program(f'echo "$@" > {tmp_path}/arguments; cat > {tmp_path}/text; exit 1'))
    with pytest.raises(DeviceRefused):
        voice.say("-w /tmp/x [[slip]]\x01 请", "zh")
    assert "请" not in (tmp_path / "arguments").read_text()
    assert "/tmp/x" not in (tmp_path / "arguments").read_text()
    assert (tmp_path / "text").read_text() == "-w /tmp/x  slip   请"


@needs_espeak
@pytest.mark.parametrize(
    ("text", "language"), [("请 A 零幺二号", "zh"), ("please go to counter three", "en")]
)
def test_espeak_speaks_at_a_sensible_length_and_unclipped(text, language):
    sound = EspeakNg().say(text, language)
    assert 0.8 < sound.seconds < 4
    assert sound.rms > 0.03
    assert sound.peak < 0.99


@needs_espeak
def test_espeak_reads_chinese_as_mandarin_and_not_as_english_pinyin():
    def phonemes(text):
        command = ["espeak-ng", "-q", "-x", "-v", VOICES["zh"], "-b", "1", "--stdin"]
        return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout.decode()

    spoken = phonemes("请 A 零幺二号到十二号窗口办理")
    assert "(en)" not in spoken
    assert (
        len(re.findall(r"\d+[a-zA-Z]*_\|", spoken)) == 14
    )  # one toned syllable for each character and letter


@needs_espeak
def test_espeak_refuses_a_voice_that_it_lacks():
    with pytest.raises(DeviceRefused, match="voice"):
        EspeakNg(voices={"zh": "xx", "en": "en"}).say("请", "zh")


@needs_espeak
def test_espeak_with_nothing_to_say_is_an_error_and_not_silence():
    with pytest.raises(DeviceProtocol):
        EspeakNg().say(" ", "en")


@needs_espeak
def test_a_whole_call_by_espeak_is_loud_and_unclipped_in_both_languages():
    renderer = Renderer(None, EspeakNg())
    chinese = renderer.speech(tokens(Announcement("A012", "3", "h", ("zh",)), Reading())).sound
    both = renderer.speech(tokens(Announcement("A012", "3", "h"), Reading())).sound
    assert 2 < chinese.seconds < both.seconds - 2 < 8
    assert both.frames.startswith(chinese.frames)
    for sound in (chinese, both):
        assert 0.06 < sound.rms < 0.2
        assert 0.5 < sound.peak < 0.9
