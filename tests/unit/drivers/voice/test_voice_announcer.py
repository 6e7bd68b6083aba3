"""The announcer with real threads; every wait is for an event, none for time to pass."""

import logging
import random
import threading

import pytest

from drivers.errors import DeviceAbsent, DeviceRefused, DeviceTimeout
from drivers.voice import device
from drivers.voice.device import Announcer, Posted, ZoneState
from drivers.voice.phrases import Announcement, Notice, Reading
from drivers.voice.renderer import Renderer
from drivers.voice.reports import Dropped, Failed, Finished, Started
from drivers.voice.simulator import FakeSynthesiser, Misbehaviour
from drivers.voice.sinks import NullSink

STUCK = 60.0  # seconds until a waiting test fails


@pytest.fixture
def voice(clock):
    return FakeSynthesiser(clock)


@pytest.fixture
def announcer(clock, reports, voice):
    """Makes announcers and closes them after the test."""
    made = []

    def make(sinks, **options):
        options = {"clock": clock, "report": reports, **options}
        renderer = options.pop("renderer", None) or Renderer(None, voice)
        made.append(Announcer(sinks, renderer, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def call(number, zone="hall", window="3"):
    return Announcement(number, window, zone, ("zh",))


class SlowSynthesiser(FakeSynthesiser):
    """Speaks when it is told to, not before."""

    def __init__(self, clock):
        super().__init__(clock)
        self.began, self.answer = threading.Event(), threading.Event()

    def say(self, text, language):
        self.began.set()
        assert self.answer.wait(STUCK)
        return super().say(text, language)


def overlaps(heard):
    spans = sorted((h.started, h.started + h.seconds) for h in heard)
    return [(a, b) for a, b in zip(spans, spans[1:], strict=False) if b[0] < a[1] - 1e-9]  # noqa: RUF007  pairs of pairs


# one after the other


def test_a_call_is_heard_gong_first_and_reported_from_start_to_end(announcer, clock, reports, voice):
    sink = NullSink(clock)
    one = announcer({"hall": sink})
    assert one.post("e1", call("A012")) is Posted.QUEUED
    assert one.wait_idle(STUCK)
    gong, speech = sink.heard
    assert (gong.label.part, speech.label.part) == ("gong", "speech")
    assert speech.label.caption == "请 A 零一二号，到三号窗口办理"
    assert speech.started >= gong.started + gong.seconds
    assert speech.seconds > 1
    assert reports.all == [
        Started("hall", "e1", gong.started),
        Finished("hall", "e1", "simulator", ()),
    ]


def test_nothing_overlaps_in_a_zone_when_many_post_at_once(announcer, clock, reports):
    class WatchfulSink(NullSink):
        together = False

        def play(self, sound, label):
            if not inside[label.zone].acquire(blocking=False):
                self.together = True
            super().play(sound, label)
            inside[label.zone].release()

    sinks = {name: WatchfulSink(clock) for name in ("hall", "upstairs", "annex")}
    inside = {name: threading.Lock() for name in sinks}
    one = announcer(sinks, limit=1000)
    start = threading.Barrier(6, timeout=STUCK)

    def poster(n):
        start.wait()
        for i in range(30):
            zone = list(sinks)[i % 3]
            one.post(f"{n}-{i}", Announcement(f"{'ABCDEF'[n]}{i % 10}", "1", zone, ("zh",)))

    threads = [threading.Thread(target=poster, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(STUCK)
    assert one.wait_idle(STUCK)
    assert len(reports.ends()) == 180
    assert {end for _, end in reports.ends()} <= {"Finished", "merged"}
    for zone, sink in sinks.items():
        assert not sink.together
        assert overlaps(sink.heard) == []
        parts = [heard.label.part for heard in sink.heard]
        assert parts == ["gong", "speech"] * (len(parts) // 2)
        assert all(heard.label.zone == zone for heard in sink.heard)
        pairs = zip(sink.heard[::2], sink.heard[1::2], strict=True)
        assert all(gong.label.event_id == speech.label.event_id for gong, speech in pairs)


def test_calls_are_said_in_the_order_in_which_they_came(announcer, reports, held):
    one = announcer({"hall": held})
    for n in range(10):
        one.post(f"e{n}", call(f"A{n}"))
    held.let_go(20)
    assert one.wait_idle(STUCK)
    assert [label.event_id for label in held.finished[::2]] == [f"e{n}" for n in range(10)]


def test_a_zone_that_speaks_does_not_keep_another_waiting(announcer, clock, reports, held):
    other = NullSink(clock)
    one = announcer({"hall": held, "annex": other})
    one.post("e1", call("A001"))
    held.next()
    one.post("e2", call("B001", zone="annex"))
    assert one._zones["annex"].wait_idle(STUCK)
    assert [heard.label.event_id for heard in other.heard] == ["e2", "e2"]


def test_the_gong_is_heard_while_the_speech_is_still_being_made(announcer, clock, held):
    slow = SlowSynthesiser(clock)
    one = announcer({"hall": held}, renderer=Renderer(None, slow))
    one.post("e1", call("A001"))
    assert held.next().part == "gong"
    assert slow.began.wait(STUCK)
    slow.answer.set()
    held.let_go()
    assert held.next().part == "speech"


def test_the_next_call_is_rendered_while_the_present_one_is_heard(announcer, clock, held):
    made = threading.Event()

    class TellingSynthesiser(FakeSynthesiser):
        def say(self, text, language):
            if "B" in text:
                made.set()
            return super().say(text, language)

    one = announcer({"hall": held}, renderer=Renderer(None, TellingSynthesiser(clock)))
    one.post("e1", call("A001"))
    held.next()
    one.post("e2", call("B001"))
    assert made.wait(STUCK)
    assert held.finished == []


def test_without_gong_the_start_is_the_start_of_speech(announcer, clock, reports):
    sink = NullSink(clock)
    one = announcer({"hall": sink}, reading=Reading(gong=False))
    one.post("e1", call("A001"))
    assert one.wait_idle(STUCK)
    (speech,) = sink.heard
    assert speech.label.part == "speech"
    assert reports.of(Started) == [Started("hall", "e1", speech.started)]


def test_a_notice_is_said_in_its_turn(announcer, clock):
    sink = NullSink(clock)
    one = announcer({"hall": sink})
    one.post("e1", Notice("请保持安静", "hall"))
    assert one.wait_idle(STUCK)
    assert sink.heard[1].label.caption == "请保持安静"


# once, merged, bounded


def test_a_repeated_event_is_announced_once(announcer, clock, reports):
    sink = NullSink(clock)
    one = announcer({"hall": sink, "annex": NullSink(clock)})
    assert one.post("e1", call("A001")) is Posted.QUEUED
    assert one.post("e1", call("A001")) is Posted.IGNORED
    assert one.wait_idle(STUCK)
    assert one.post("e1", call("A001")) is Posted.IGNORED
    assert one.post("e1", call("A001", zone="annex")) is Posted.QUEUED  # each zone for itself
    assert one.wait_idle(STUCK)
    assert reports.ends() == [("e1", "Finished"), ("e1", "Finished")]


def test_a_recall_that_comes_while_the_call_still_waits_is_merged(announcer, reports, held):
    one = announcer({"hall": held})
    one.post("e0", call("A000"))
    held.next()
    one.post("e1", call("A001", window="1"))
    one.post("e2", call("A002"))
    one.post("e3", call("A001", window="5"))
    assert reports.of(Dropped) == [Dropped("hall", "e1", "merged")]
    held.let_go(6)
    assert one.wait_idle(STUCK)
    said = held.finished[1::2]
    assert [label.event_id for label in said] == ["e0", "e3", "e2"]
    assert said[1].caption.endswith("到五号窗口办理")


def test_what_was_dropped_is_not_rendered_any_more(announcer, clock, held):
    slow = SlowSynthesiser(clock)
    one = announcer({"hall": held}, renderer=Renderer(None, slow))
    one.post("e0", call("A000"))
    assert slow.began.wait(STUCK)
    one.post("e1", call("A001", window="1"))
    one.post("e2", call("A001", window="5"))
    slow.answer.set()
    held.let_go(4)
    assert one.wait_idle(STUCK)
    texts = [text for _, text in slow.asked]
    assert "到一号窗口办理" not in texts
    assert "到五号窗口办理" in texts


def test_a_recall_of_the_number_that_is_being_said_is_said_again(announcer, reports, held):
    one = announcer({"hall": held})
    one.post("e1", call("A001"))
    held.next()
    one.post("e2", call("A001"))
    held.let_go(4)
    assert one.wait_idle(STUCK)
    assert reports.ends() == [("e1", "Finished"), ("e2", "Finished")]


def test_a_full_queue_drops_the_oldest_and_says_so(announcer, reports, held):
    one = announcer({"hall": held}, limit=2)
    one.post("e0", call("A000"))
    held.next()
    for n in (1, 2, 3):
        one.post(f"e{n}", call(f"A{n}"))
    assert reports.of(Dropped) == [Dropped("hall", "e1", "queue_full")]
    assert one.state() == {"hall": ZoneState(waiting=2, failing=False)}
    held.let_go(6)
    assert one.wait_idle(STUCK)
    assert [label.event_id for label in held.finished[::2]] == ["e0", "e2", "e3"]


def test_a_zone_without_loudspeakers_is_refused(announcer, clock):
    with pytest.raises(DeviceRefused, match="zone=roof"):
        announcer({"hall": NullSink(clock)}).post("e1", call("A001", zone="roof"))


# what goes wrong


@pytest.mark.parametrize(
    ("kind", "code", "retryable"),
    [
        (Misbehaviour.SILENCE, "fault.device_garbled", True),
        (Misbehaviour.CRASH, "fault.device_refused", False),
        (Misbehaviour.HANG, "fault.device_silent", True),
        (Misbehaviour.BUG, "fault.internal", False),
    ],
)
def test_a_synthesiser_that_fails_is_reported_and_the_next_call_is_said(
    announcer, clock, reports, voice, kind, code, retryable
):
    sink = NullSink(clock)
    one = announcer({"hall": sink})
    voice.misbehave.append(kind)
    one.post("e1", call("A001"))
    assert one.wait_idle(STUCK)
    (failed,) = reports.of(Failed)
    assert (failed.event_id, failed.part, failed.code, failed.retryable) == ("e1", "speech", code, retryable)
    assert [heard.label.part for heard in sink.heard] == ["gong"]  # never half of the words
    assert one.state()["hall"].failing
    one.post("e2", call("A002"))
    assert one.wait_idle(STUCK)
    assert reports.ends() == [("e1", "Failed"), ("e2", "Finished")]
    assert not one.state()["hall"].failing


class BreakingSink(NullSink):
    """Raises what is queued, one for each sound; None plays."""

    def __init__(self, clock, *failures):
        super().__init__(clock)
        self.failures = list(failures)

    def play(self, sound, label):
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        super().play(sound, label)


def test_a_sink_that_fails_is_reported_and_the_next_call_is_said(announcer, clock, reports):
    sink = BreakingSink(clock, None, DeviceAbsent("sound card gone"))
    one = announcer({"hall": sink})
    one.post("e1", call("A001"))
    one.post("e2", call("A002"))
    assert one.wait_idle(STUCK)
    assert reports.of(Failed) == [
        Failed("hall", "e1", "speech", "fault.device_absent", True, "sound card gone"),
    ]
    assert reports.ends() == [("e1", "Failed"), ("e2", "Finished")]


def test_a_gong_that_fails_does_not_keep_the_words_back(announcer, clock, reports):
    sink = BreakingSink(clock, DeviceAbsent("busy"))
    one = announcer({"hall": sink})
    one.post("e1", call("A001"))
    assert one.wait_idle(STUCK)
    assert [heard.label.part for heard in sink.heard] == ["speech"]
    (failed,) = reports.of(Failed)
    assert failed.part == "gong"


def test_a_bug_in_a_sink_does_not_silence_the_zone(announcer, clock, reports, caplog):
    one = announcer({"hall": BreakingSink(clock, RuntimeError("bug"), RuntimeError("bug"))})
    one.post("e1", call("A001"))
    one.post("e2", call("A002"))
    assert one.wait_idle(STUCK)
    assert reports.ends() == [("e1", "Failed"), ("e2", "Finished")]
    assert "Traceback" in caplog.text


def test_an_owner_whose_callback_raises_does_not_silence_the_zone(announcer, clock, caplog):
    def broken(report):
        raise RuntimeError("owner's bug")

    sink = NullSink(clock)
    one = announcer({"hall": sink}, report=broken)
    one.post("e1", call("A001"))
    one.post("e2", call("A002"))
    assert one.wait_idle(STUCK)
    assert len(sink.heard) == 4
    assert "owner's bug" in caplog.text


def test_failing_and_recovering_are_logged_once_each(announcer, clock, reports, voice, caplog):
    caplog.set_level(logging.INFO)
    one = announcer({"hall": NullSink(clock)})
    voice.misbehave.extend([Misbehaviour.CRASH] * 3)
    for n in range(6):
        one.post(f"e{n}", call(f"A{n}"))
    assert one.wait_idle(STUCK)
    assert [end for _, end in reports.ends()] == ["Failed"] * 3 + ["Finished"] * 3
    assert caplog.text.count("state=failing code=fault.device_refused") == 1
    assert caplog.text.count("state=recovered") == 1


def test_the_words_of_a_notice_are_in_no_log_and_no_report(announcer, clock, reports, voice, caplog):
    caplog.set_level(logging.DEBUG)
    one = announcer({"hall": NullSink(clock)})
    voice.misbehave.extend([Misbehaviour.CRASH, Misbehaviour.BUG])
    one.post("e1", Notice("请测试甲到服务台", "hall"))
    one.post("e2", Notice("请测试乙到服务台", "hall"))
    assert one.wait_idle(STUCK)
    assert len(reports.of(Failed)) == 2
    assert "测试" not in caplog.text + repr(reports.all)


def test_a_long_day_with_random_failures_ends_every_call_once_and_never_falls_silent(
    announcer, clock, reports, voice
):
    chance = random.Random(7)
    sink = BreakingSink(clock)
    one = announcer({"hall": sink}, limit=50)
    threads = threading.active_count()
    for n in range(600):
        if chance.random() < 0.1:
            voice.misbehave.append(chance.choice(list(Misbehaviour)))
        if chance.random() < 0.05:
            sink.failures.append(chance.choice([DeviceAbsent("gone"), OSError("bug")]))
        one.post(f"e{n}", call(f"A{n % 20}"))
        if n % 40 == 39:
            assert one.wait_idle(STUCK)
    voice.misbehave.clear()
    sink.failures.clear()
    one.post("last", call("B1"))
    assert one.wait_idle(STUCK)
    assert sorted(event for event, _ in reports.ends()) == sorted(["last", *(f"e{n}" for n in range(600))])
    assert reports.ends()[-1] == ("last", "Finished")
    assert {"Finished", "Failed", "merged"} == {end for _, end in reports.ends()}
    assert overlaps(sink.heard) == []
    assert threading.active_count() <= threads + 1  # the rendering thread starts with the first call


# the end


def test_closing_cuts_short_drops_what_waits_and_leaves_no_thread(announcer, reports, held):
    before = threading.active_count()
    one = announcer({"hall": held})
    one.post("e1", call("A001"))
    held.next()
    one.post("e2", call("A002"))
    one.close()
    assert reports.ends() == [("e1", "closed"), ("e2", "closed")]
    assert threading.active_count() == before
    assert one.post("e3", call("A003")) is Posted.IGNORED
    one.close()


def test_closing_an_idle_announcer_leaves_no_thread(announcer, clock):
    before = threading.active_count()
    announcer({name: NullSink(clock) for name in ("a", "b", "c")}).close()
    assert threading.active_count() == before


def test_closing_while_speech_is_being_made_waits_for_it_and_says_nothing(announcer, clock, reports, held):
    slow = SlowSynthesiser(clock)
    one = announcer({"hall": held}, renderer=Renderer(None, slow))
    one.post("e1", call("A001"))
    held.next()
    assert slow.began.wait(STUCK)
    closing = threading.Thread(target=one.close)
    closing.start()
    slow.answer.set()
    closing.join(STUCK)
    assert not closing.is_alive()
    assert reports.ends() == [("e1", "closed")]
    assert held.finished == []


def test_a_sink_that_never_lets_go_is_named_at_the_end(announcer, clock, monkeypatch):
    release, playing = threading.Event(), threading.Event()

    class StuckSink:
        def play(self, sound, label):
            playing.set()
            release.wait(STUCK)

        def close(self):
            pass

    monkeypatch.setattr(device, "CLOSING", 0.05)
    one = announcer({"hall": StuckSink()})
    one.post("e1", call("A001"))
    assert playing.wait(STUCK)
    with pytest.raises(DeviceTimeout, match="zones=hall"):
        one.close()
    release.set()
    monkeypatch.undo()
    one.close()


def test_waiting_for_silence_gives_up_after_its_time(announcer, held):
    one = announcer({"hall": held})
    one.post("e1", call("A001"))
    held.next()
    assert not one.wait_idle(0.01)
