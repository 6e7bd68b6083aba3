import subprocess
import threading
import wave

import pytest

from drivers.errors import DeviceAbsent, DeviceRefused, DeviceTimeout
from drivers.voice.pcm import Pcm, silence
from drivers.voice.simulator import tone
from drivers.voice.sinks import Heard, Label, NullSink, PlayerSink, Recording, WavFileSink
from drivers.voice.timeline import timeline, write_timeline
from drivers.voice.wav import build_wav, parse_wav

GONG = Label("hall", "e1", "gong", "")
SPEECH = Label("hall", "e1", "speech", "请 A 一号")
SOUND = tone(22050, 440, 0.5)


# nothing but a record


def test_the_null_sink_records_what_when_and_how_long(clock):
    sink = NullSink(clock)
    sink.play(SOUND, GONG)
    clock.sleep(2)
    sink.play(SOUND, SPEECH)
    assert sink.heard == (Heard(GONG, 1000.0, 0.5), Heard(SPEECH, 1002.5, 0.5))


def test_the_null_sink_takes_as_long_as_the_sound(clock):
    NullSink(clock).play(SOUND, GONG)
    assert clock.now() == pytest.approx(1000.5)


def test_a_null_sink_that_does_not_wait_still_records_one_after_the_other(clock):
    sink = NullSink(clock, wait=False)
    for _ in range(3):
        sink.play(SOUND, GONG)
    assert clock.now() == 1000.0
    assert [heard.started for heard in sink.heard] == [1000.0, 1000.5, 1001.0]


def test_closing_ends_a_sound_that_is_being_played(clock):
    sink = NullSink(clock)
    clock.sleep = lambda _seconds: sink.close()
    with pytest.raises(DeviceAbsent, match="while playing"):
        sink.play(tone(22050, 440, 1.0), GONG)
    assert sink.heard == ()


def test_a_closed_null_sink_refuses(clock):
    sink = NullSink(clock)
    sink.close()
    sink.close()
    with pytest.raises(DeviceAbsent):
        sink.play(SOUND, GONG)


# files


def test_an_announcement_is_one_file_gong_gap_and_speech(tmp_path, clock):
    sink = WavFileSink(tmp_path / "new", clock)
    sink.play(SOUND, GONG)
    clock.sleep(0.25)
    sink.play(SOUND, SPEECH)
    (recording,) = sink.recordings
    with wave.open(str(recording.path)) as file:
        assert file.getframerate() == 22050
        assert file.getnframes() / 22050 == pytest.approx(1.25, abs=0.01)
        frames = file.readframes(file.getnframes())
    assert frames.startswith(SOUND.frames)
    assert frames.endswith(SOUND.frames)
    assert Pcm(22050, frames[len(SOUND.frames) : -len(SOUND.frames)]).silent
    assert recording.started == sink.heard[0].started


def test_each_announcement_has_its_own_file_named_so_that_it_can_be_found(tmp_path, clock):
    sink = WavFileSink(tmp_path, clock)
    sink.play(SOUND, Label("hall", "2026/../e 1", "speech", ""))
    sink.play(SOUND, Label("hall", "e2", "gong", ""))
    sink.play(SOUND, Label("hall", "e2", "speech", ""))
    sink.play(SOUND, Label("hall", "e3", "speech", ""))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "hall-0001-2026_e_1.wav",
        "hall-0002-e2.wav",
        "hall-0003-e3.wav",
    ]


def test_gong_and_speech_of_different_rates_become_one_file(tmp_path, clock):
    sink = WavFileSink(tmp_path, clock)
    sink.play(SOUND, GONG)
    sink.play(tone(16000, 440, 0.5), SPEECH)
    sound = parse_wav(sink.recordings[0].path.read_bytes())
    assert (sound.rate, sound.seconds) == (22050, pytest.approx(1.0, abs=0.001))


def test_a_folder_that_cannot_be_written_is_said_clearly(tmp_path, clock):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeviceRefused, match="cannot be written"):
        WavFileSink(tmp_path / "file", clock).play(SOUND, GONG)


def test_a_closed_file_sink_refuses(tmp_path, clock):
    sink = WavFileSink(tmp_path, clock)
    sink.close()
    with pytest.raises(DeviceAbsent):
        sink.play(SOUND, GONG)
    assert list(tmp_path.iterdir()) == []


# a day to listen to


def recording(folder, name, started, sound):
    path = folder / name
    path.write_bytes(build_wav(sound))
    return Recording(path, started)


def test_the_timeline_puts_each_recording_where_it_was_heard(tmp_path):
    late = recording(tmp_path, "b.wav", 52.0, SOUND)
    early = recording(tmp_path, "a.wav", 50.0, tone(22050, 300, 1.0))
    write_timeline(tmp_path / "day.wav", [late, early])
    day = parse_wav((tmp_path / "day.wav").read_bytes())
    assert day.seconds == pytest.approx(2.5, abs=0.001)
    assert day.frames.startswith(tone(22050, 300, 1.0).frames)
    assert day.frames.endswith(SOUND.frames)
    assert Pcm(22050, day.frames[44100:88200]).silent


def test_two_zones_that_spoke_at_once_are_heard_at_once_without_overflow(tmp_path):
    loud = tone(22050, 440, 0.5, peak=0.9)
    day = timeline([recording(tmp_path, "a.wav", 1.0, loud), recording(tmp_path, "b.wav", 1.0, loud)])
    assert day.peak == 1.0
    assert all(abs(a) <= abs(b) and a * b >= 0 for a, b in zip(loud.samples, day.samples, strict=True))


def test_a_timeline_takes_the_first_rate_for_all(tmp_path):
    day = timeline(
        [recording(tmp_path, "a.wav", 1.0, SOUND), recording(tmp_path, "b.wav", 2.0, tone(16000, 440, 0.5))]
    )
    assert (day.rate, day.seconds) == (22050, pytest.approx(1.5, abs=0.001))


def test_an_empty_day_and_an_endless_one_are_refused(tmp_path):
    with pytest.raises(DeviceRefused, match="nothing"):
        timeline([])
    with pytest.raises(DeviceRefused, match="1800 s"):
        timeline([recording(tmp_path, "a.wav", 0.0, SOUND), recording(tmp_path, "b.wav", 1800.0, SOUND)])


# loudspeakers


@pytest.fixture
def player(tmp_path):
    """Writes an executable that stands in for aplay."""

    def write(script):
        path = tmp_path / "player"
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)
        return str(path)

    return write


def test_a_player_gets_a_complete_wav_file(player, tmp_path):
    sink = PlayerSink(players=["no-such-player", player(f'cat "$1" > {tmp_path}/heard.wav')])
    sink.play(SOUND, GONG)
    assert parse_wav((tmp_path / "heard.wav").read_bytes()) == SOUND


def test_the_first_player_on_the_path_is_taken_and_none_is_said_clearly(player):
    path = player("exit 0")
    assert PlayerSink(players=["no-such-player", path, "sh"]).player == path
    with pytest.raises(DeviceAbsent, match="none of no-such-player is on PATH"):
        PlayerSink(players=["no-such-player"])


def test_a_player_that_fails_is_reported_with_its_last_words(player):
    with pytest.raises(DeviceAbsent, match=r"code=1: no sound card$"):
        PlayerSink(players=[player("echo noise >&2; echo 'no sound card' >&2; exit 1")]).play(SOUND, GONG)


def test_a_player_that_hangs_is_killed_at_its_deadline(player, children):
    before = children()
    sink = PlayerSink(players=[player("exec sleep 100")], patience=0.3)
    with pytest.raises(DeviceTimeout, match=r"not done in 0\.3 s"):
        sink.play(silence(22050, 0), GONG)
    assert children() == before


def test_closing_kills_a_player_in_the_middle_of_a_sound(player, tmp_path):
    pipe = tmp_path / "started"
    subprocess.run(["mkfifo", str(pipe)], check=True)
    sink = PlayerSink(players=[player(f"echo > {pipe}\nexec sleep 100")])
    failures = []

    def play():
        try:
            sink.play(SOUND, GONG)
        except DeviceAbsent as error:
            failures.append(str(error))

    thread = threading.Thread(target=play)
    thread.start()
    pipe.read_text()  # blocks until the player runs
    sink.close()
    thread.join(60)  # less than the sound would have lasted
    assert not thread.is_alive()
    assert "code=-9" in failures[0]
    with pytest.raises(DeviceAbsent, match="closed"):
        sink.play(SOUND, GONG)


def test_a_player_that_went_away_is_absent(player, tmp_path):
    sink = PlayerSink(players=[player("exit 0")])
    (tmp_path / "player").unlink()
    with pytest.raises(DeviceAbsent, match="started"):
        sink.play(SOUND, GONG)
