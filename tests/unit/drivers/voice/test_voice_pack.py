"""Voice packs: loading, composing, recording, and standing aside for the synthesiser."""

import json
import shutil

import pytest

from drivers.errors import DeviceAbsent, DeviceProtocol, DeviceRefused, DriverError
from drivers.voice.gong import gong
from drivers.voice.pack import GAP, MANIFEST, PackInvalid, load_pack
from drivers.voice.pcm import SPEECH_PEAK, SPEECH_RMS, silence
from drivers.voice.phrases import Announcement, Gong, Notice, Pause, Reading, Word, all_tokens, tokens
from drivers.voice.recording import make_pack
from drivers.voice.renderer import Renderer
from drivers.voice.simulator import FakeSynthesiser, Misbehaviour, tone
from drivers.voice.wav import build_wav, parse_wav

CALL = tokens(Announcement("A012", "3", "hall", ("zh",)), Reading())
WORDS = tuple(dict.fromkeys(token for token in CALL if isinstance(token, Word)))


@pytest.fixture
def folder(tmp_path, clock):
    """A pack that holds the words of CALL."""
    make_pack(tmp_path / "pack", WORDS, FakeSynthesiser(clock))
    return tmp_path / "pack"


def edit(folder, **changes):
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def put(folder, key, sound, name=None):
    """Replace a clip, as a hall does with its own recording."""
    clips = json.loads((folder / MANIFEST).read_text())["clips"]
    clips[key] = name or clips.get(key, "own.wav")
    (folder / clips[key]).write_bytes(sound if isinstance(sound, bytes) else build_wav(sound))
    edit(folder, clips=clips)


def seconds(folder, text):
    return parse_wav((folder / f"zh/{text}.wav").read_bytes()).seconds


# composing


def test_an_announcement_lasts_as_long_as_its_clips_gaps_and_pauses(folder):
    sound = load_pack(folder).compose(CALL)
    words = [token.text for token in CALL if isinstance(token, Word)]
    pauses = sum(token.seconds for token in CALL if isinstance(token, Pause))
    # each clip is trimmed again when it is loaded: a few milliseconds of the fade at either end may go
    assert sound.seconds == pytest.approx(sum(seconds(folder, w) + GAP for w in words) + pauses, abs=0.12)


def test_the_words_are_heard_in_the_order_of_the_announcement(folder):
    pack = load_pack(folder)
    said, at = pack.compose(CALL), 0
    for token in CALL:
        if isinstance(token, Pause):
            at += len(silence(said.rate, token.seconds).frames)
        elif isinstance(token, Word):
            clip = pack.compose((token,)).frames
            assert said.frames[at : at + len(clip)] == clip
            at += len(clip)
    assert at == len(said.frames)


def test_clips_recorded_at_different_loudness_are_heard_at_one(folder):
    put(folder, "zh:A", tone(22050, 300, 0.4, peak=0.03))
    put(folder, "zh:零", tone(22050, 300, 0.4, peak=1.0))
    pack = load_pack(folder)
    for text in ("A", "零"):
        sound = pack.compose((Word("zh", text),))
        assert sound.rms == pytest.approx(SPEECH_RMS, rel=0.1)
    assert pack.compose(CALL).peak <= SPEECH_PEAK + 0.001


def test_silence_around_a_recording_does_not_slow_the_announcement(folder):
    pack = load_pack(folder)
    before = pack.compose(CALL).seconds
    clip = parse_wav((folder / "zh/A.wav").read_bytes())
    put(folder, "zh:A", build_wav(type(clip)(22050, bytes(44100) + clip.frames + bytes(44100))))
    assert load_pack(folder).compose(CALL).seconds == pytest.approx(before, abs=0.05)


def test_a_clip_of_another_rate_is_converted_and_named(folder):
    put(folder, "zh:A", tone(48000, 300, 0.5))
    pack = load_pack(folder)
    assert pack.resampled == ("zh:A",)
    assert pack.refused == {}
    assert pack.compose((Word("zh", "A"),)).seconds == pytest.approx(0.5 + GAP, abs=0.01)


# what is missing or bad


def test_missing_words_are_listed_by_name_each_once(folder):
    said = tokens(Announcement("B002", "21", "hall", ("zh",)), Reading())
    assert load_pack(folder).missing(said) == ("zh:B", "zh:十")
    with pytest.raises(PackInvalid, match="zh:B, zh:十"):
        load_pack(folder).compose(said)


BAD_CLIPS = {
    "not a WAV": b"ID3\x03 this is an MP3",
    "truncated": build_wav(tone(22050, 300, 0.2))[:-100],
    "empty": b"",
    "silent": build_wav(silence(22050, 0.5)),
    "too long": b"RIFF" + bytes(4_000_001),
}


@pytest.mark.parametrize("kind", BAD_CLIPS)
def test_a_bad_clip_is_refused_by_name_and_counts_as_missing(folder, kind):
    put(folder, "zh:A", BAD_CLIPS[kind])
    pack = load_pack(folder)
    assert list(pack.refused) == ["zh:A"]
    assert pack.refused["zh:A"].startswith("zh/A.wav: ")
    assert pack.missing(CALL) == ("zh:A",)


def test_a_clip_that_the_manifest_promises_but_nobody_recorded_is_missing(folder):
    (folder / "zh/请.wav").unlink()
    assert load_pack(folder).missing(CALL) == ("zh:请",)


@pytest.mark.parametrize("name", ["../secret.wav", "link.wav"])
def test_a_clip_outside_the_folder_is_never_read(folder, name):
    secret = folder.parent / "secret.wav"
    secret.write_bytes(build_wav(tone(22050, 300, 0.3)))
    (folder / "link.wav").symlink_to(secret)
    edit(folder, clips={"zh:A": name})
    assert "outside" in load_pack(folder).refused["zh:A"]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"rate": 12345},
        {"rate": None},
        {"rate": [22050]},
        {"clips": ["zh:A"]},
        {"clips": {"zh:A": 1}},
        {"languages": "zh"},
        {"languages": [1]},
        {"licence": ""},
        {"author": None},
        {"name": 3},
    ],
)
def test_a_manifest_that_does_not_say_what_is_needed_is_refused(folder, change):
    edit(folder, **change)
    with pytest.raises(PackInvalid) as caught:
        load_pack(folder)
    assert caught.value.code == "fault.voice_pack"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_manifest_that_is_not_one_is_refused(folder, content):
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(PackInvalid):
        load_pack(folder)


def test_a_folder_without_manifest_is_no_pack(tmp_path):
    with pytest.raises(PackInvalid, match="manifest"):
        load_pack(tmp_path)


# making one


def test_a_pack_can_be_made_of_every_word_and_then_says_every_call(tmp_path, clock):
    done = make_pack(tmp_path, all_tokens(), FakeSynthesiser(clock), licence="CC0", name="test")
    pack = load_pack(tmp_path)
    assert len(done.made) == len(all_tokens())
    assert done.kept == ()
    assert (pack.refused, pack.resampled, pack.missing(all_tokens())) == ({}, (), ())
    assert (pack.info.name, pack.info.author, pack.info.licence) == ("test", "simulator", "CC0")
    assert pack.info.languages == ("zh", "en")


def test_made_clips_are_trimmed_and_neither_silent_nor_clipped(tmp_path, clock):
    make_pack(tmp_path, WORDS, FakeSynthesiser(clock))
    for path in tmp_path.glob("*/*.wav"):
        clip = parse_wav(path.read_bytes())
        assert clip.rms > 0.05
        assert clip.peak <= SPEECH_PEAK + 0.001


def test_a_second_run_keeps_what_a_hall_recorded_and_adds_what_is_new(folder, clock):
    own = build_wav(tone(48000, 500, 0.7))
    put(folder, "zh:A", own)
    edit(folder, name="County Hall", licence="ours")
    new = Word("zh", "大厅将于十分钟后停止取号, 请抓紧。")
    done = make_pack(folder, (*WORDS, new), FakeSynthesiser(clock))
    assert done.made == (new.key,)
    assert "zh:A" in done.kept
    assert (folder / "zh/A.wav").read_bytes() == own
    pack = load_pack(folder)
    assert (pack.info.name, pack.info.licence) == ("County Hall", "ours")
    assert pack.missing(tokens(Notice(new.text, "hall"), Reading())) == ()


def test_an_interrupted_run_is_completed_by_the_next(tmp_path, clock):
    voice = FakeSynthesiser(clock)
    voice.misbehave.extend([None] * 5 + [Misbehaviour.CRASH])
    with pytest.raises(DeviceRefused):
        make_pack(tmp_path, WORDS, voice)
    assert not (tmp_path / MANIFEST).exists()
    done = make_pack(tmp_path, WORDS, voice)
    assert len(done.kept) == 4
    assert load_pack(tmp_path).missing(CALL) == ()


def test_two_words_never_share_a_file(tmp_path, clock):
    long = "长" * 60
    words = [Word("zh", text) for text in ("请 坐", "请_坐", "请,坐", long + "一", long + "二", "../../x")]
    make_pack(tmp_path, words, FakeSynthesiser(clock))
    clips = json.loads((tmp_path / MANIFEST).read_text())["clips"]
    assert len(set(clips.values())) == len(words)
    assert load_pack(tmp_path).missing(tuple(words)) == ()


def test_nothing_to_record_and_a_folder_that_cannot_be_written_are_said_clearly(tmp_path, clock):
    with pytest.raises(DeviceRefused, match="no words"):
        make_pack(tmp_path, (), FakeSynthesiser(clock))
    (tmp_path / "zh").write_text("a file where a folder must be")
    with pytest.raises(DeviceRefused, match="cannot be written"):
        make_pack(tmp_path, WORDS, FakeSynthesiser(clock))


# standing aside


def test_a_call_whose_words_are_all_there_is_said_by_the_pack_alone(folder, clock):
    voice = FakeSynthesiser(clock)
    rendered = Renderer(load_pack(folder), voice).speech(CALL)
    assert (rendered.by, rendered.missing) == ("trial", ())
    assert not voice.asked


def test_when_one_word_is_missing_the_synthesiser_says_the_whole_announcement(folder, clock):
    said = tokens(Announcement("B012", "3", "hall", ("zh",)), Reading())
    voice = FakeSynthesiser(clock)
    rendered = Renderer(load_pack(folder), voice).speech(said)
    assert (rendered.by, rendered.missing) == ("simulator", ("zh:B",))
    assert [text for _, text in voice.asked] == ["请 B 零一二号", "到三号窗口办理"]


def test_missing_words_are_logged_once_and_free_text_not_at_all(folder, clock, caplog):
    renderer = Renderer(load_pack(folder), FakeSynthesiser(clock))
    for number in ("B012", "B002", "C012"):
        renderer.speech(tokens(Announcement(number, "3", "hall", ("zh",)), Reading()))
    rendered = renderer.speech(tokens(Notice("请测试甲到服务台", "hall"), Reading()))
    assert [record.getMessage().rpartition("missing=")[2] for record in caplog.records] == [
        "zh:B",
        "zh:C",
        "(free text)",
    ]
    assert "测试" not in repr(rendered)


def test_a_clip_damaged_after_loading_makes_the_synthesiser_say_the_whole(folder, clock):
    pack = load_pack(folder)
    (folder / "zh/办理.wav").write_bytes(b"RIFF")
    voice = FakeSynthesiser(clock)
    assert Renderer(pack, voice).speech(CALL).by == "simulator"
    assert len(voice.asked) == 2


def test_clips_once_heard_are_not_read_again(folder, clock):
    renderer = Renderer(load_pack(folder), None)
    first = renderer.speech(CALL)
    shutil.rmtree(folder)
    assert renderer.speech(CALL) == first


def test_without_pack_and_synthesiser_there_is_a_gong_and_a_clear_error():
    renderer = Renderer(None, None)
    assert not renderer.gong().silent
    with pytest.raises(DeviceAbsent, match="no synthesiser"):
        renderer.speech(CALL)


def test_a_missing_word_without_synthesiser_is_a_clear_error_and_no_half_announcement(folder):
    with pytest.raises(DeviceAbsent):
        Renderer(load_pack(folder), None).speech((*CALL, Word("zh", "谢谢")))


def test_sentences_that_recur_are_synthesised_once(clock):
    voice = FakeSynthesiser(clock)
    renderer = Renderer(None, voice)
    for number in ("A001", "A002", "A003"):
        renderer.speech(tokens(Announcement(number, "3", "hall", ("zh",)), Reading()))
    assert [text for _, text in voice.asked].count("到三号窗口办理") == 1
    assert len(voice.asked) == 4


@pytest.mark.parametrize("kind", Misbehaviour)
def test_a_failed_sentence_is_an_error_is_not_kept_and_the_next_try_speaks(clock, kind):
    voice = FakeSynthesiser(clock)
    renderer = Renderer(None, voice)
    voice.misbehave.extend([None, kind])
    with pytest.raises((DriverError, ZeroDivisionError)):
        renderer.speech(CALL)
    assert not renderer.speech(CALL).sound.silent


def test_silence_from_a_synthesiser_does_not_count_as_speech(clock):
    voice = FakeSynthesiser(clock)
    voice.misbehave.append(Misbehaviour.SILENCE)
    with pytest.raises(DeviceProtocol, match="silence"):
        Renderer(None, voice).speech(CALL)


def test_a_synthesiser_of_another_rate_than_the_pack_is_converted(folder, clock):
    renderer = Renderer(load_pack(folder), FakeSynthesiser(clock, rate=16000))
    sound = renderer.speech((Word("zh", "谢谢"),)).sound
    assert sound.rate == renderer.gong().rate == 22050
    assert sound.seconds == pytest.approx(0.44, abs=0.02)


def test_the_speech_is_loud_enough_and_not_clipped(clock):
    sound = Renderer(None, FakeSynthesiser(clock)).speech(CALL).sound
    assert sound.rms == pytest.approx(SPEECH_RMS, rel=0.1)
    assert sound.peak <= SPEECH_PEAK + 0.001


def test_a_hall_may_have_its_own_gong(folder):
    put(folder, "gong", tone(22050, 880, 0.5), name="gong.wav")
    own = Renderer(load_pack(folder), None).gong()
    assert own.seconds == pytest.approx(0.5, abs=0.02)
    assert own != gong(22050)


def test_a_bad_gong_is_replaced_by_the_computed_one(folder):
    put(folder, "gong", b"no sound", name="gong.wav")
    assert Renderer(load_pack(folder), None).gong() == gong(22050)
    put(folder, "gong", tone(22050, 880, 0.5))
    pack = load_pack(folder)
    (folder / "gong.wav").unlink()
    assert Renderer(pack, None).gong() == gong(22050)


def test_the_gong_is_no_word_and_needs_no_clip(folder):
    assert load_pack(folder).missing((Gong(),)) == ()
