"""One promise above all: at most one whole unmarked paper for a job, and ``printed`` only with one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceAbsent, DeviceRefused, DeviceTimeout
from drivers.ports import ByteStream
from drivers.printer.device import REMEMBERED, PrintOutcome, ThermalPrinter
from drivers.printer.layout import Banner, Line, Rule, document
from drivers.printer.profiles import PROFILES, Profile
from drivers.printer.raster import BAND
from drivers.printer.simulator import Paper, SimulatedPrinterStream, VirtualPrinter
from drivers.printer.status import ASB_OFF, ASK_REACHED
from drivers.printer.ticket import void_strip

PROFILE = PROFILES["generic-58"]


class SteppedClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


class TrippingStream:
    """Passes everything on, and does something to the printer when so many bytes of data have gone by."""

    def __init__(self, inner: ByteStream, at: int, trip: Callable[[], None]) -> None:
        self._inner, self._left, self._trip = inner, at, trip
        self.written = b""

    def write(self, data: bytes, /) -> None:
        self.written += data
        if data.startswith(b"\x10\x04"):
            self._inner.write(data)
            return
        if 0 <= self._left <= len(data):
            self._inner.write(data[: self._left])
            data, self._left = data[self._left :], -1
            self._trip()
        elif self._left >= 0:
            self._left -= len(data)
        self._inner.write(data)

    def read(self, *, until: float) -> bytes:
        return self._inner.read(until=until)

    def discard_input(self) -> None:
        self._inner.discard_input()

    def close(self) -> None:
        self._inner.close()


class Bench:
    """A printer on a desk, warmed up: what follows counts from the first byte of a job."""

    def __init__(self, *, drops: bool = False, profile: Profile = PROFILE) -> None:
        self.clock = SteppedClock()
        self.profile = profile
        self.paper = VirtualPrinter(
            Path("unread.otf"), self.clock, dots=profile.dots, full_status=profile.full_status
        )
        self.drops = drops
        self.wire = SimulatedPrinterStream(self.paper, self.clock, drops_with_power=drops)
        self.device = ThermalPrinter(self.wire, self.clock, profile)
        self.warm_up()

    def warm_up(self) -> None:
        assert self.device.print("warm", b"\x1b@").state == "printed"

    def trip(self, at: int, action: Callable[[], None]) -> TrippingStream:
        stream = TrippingStream(self.wire, at, action)
        self.device._stream = stream
        return stream

    def reopen(self, *, torn: bool = False) -> None:
        self.wire = SimulatedPrinterStream(self.paper, self.clock, drops_with_power=self.drops)
        self.device = ThermalPrinter(self.wire, self.clock, self.profile, torn=torn)

    def mend(self) -> None:
        """A clerk comes: power, cover, paper, knife."""
        self.paper.powered = True
        self.paper.silent = False
        self.paper.cutter_jam = False
        self.paper.cover_open = False
        self.paper.paper_out = False
        self.paper.answer_late = 0.0
        self.clock.sleep(120)

    def whole(self, words: str) -> list[Paper]:
        return [paper for paper in self.paper.papers if paper.complete and words in paper.text]


def short_job(words: str, *, picture: bytes = b"") -> bytes:
    job = document([Line(words), Line("A012", 2)], PROFILE, Path("unread.otf"))
    return job[: -len(PROFILE.cut)] + picture + PROFILE.cut


PICTURE = b"\x1dv0\x00\x04\x00\x08\x00" + bytes(range(0x40, 0x60))
JOB = short_job("job-1", picture=PICTURE)
COPY = short_job("补打 job-1", picture=PICTURE)


def blink(printer: VirtualPrinter) -> None:
    printer.powered = False
    printer.powered = True


FAULTS: dict[str, Callable[[VirtualPrinter], None]] = {
    "paper out": lambda printer: setattr(printer, "paper_out", True),
    "cover open": lambda printer: setattr(printer, "cover_open", True),
    "knife jammed": lambda printer: setattr(printer, "cutter_jam", True),
    "silent": lambda printer: setattr(printer, "silent", True),
    "rather late": lambda printer: setattr(printer, "answer_late", 0.7),
    "too late": lambda printer: setattr(printer, "answer_late", 1.7),
    "much too late": lambda printer: setattr(printer, "answer_late", 50.0),
    "power lost": lambda printer: setattr(printer, "powered", False),
    "power blinks": blink,
}


def check(bench: Bench, outcome: PrintOutcome) -> None:
    """What must hold after one job, then after everything was mended, then after its marked copy."""
    at_once = len(bench.whole("job-1"))
    assert at_once <= 1
    if outcome.state == "printed":
        assert at_once == 1
    else:
        assert outcome.code is not None
    if outcome.state == "failed":
        assert at_once == 0
    bench.mend()
    assert len(bench.whole("job-1")) <= 1
    if outcome.state == "failed":
        assert bench.whole("job-1") == []
    bench.reopen()
    again = bench.device.print("job-2", COPY)
    assert again == PrintOutcome("printed")
    assert len(bench.whole("补打 job-1")) == 1
    assert len([paper for paper in bench.whole("job-1") if "补打" not in paper.text]) <= 1


@pytest.mark.parametrize("drops", [False, True], ids=["serial", "usb"])
@pytest.mark.parametrize("at", range(len(JOB) + len(ASK_REACHED) + 1))
def test_power_lost_at_any_byte_leaves_at_most_one_whole_paper(at: int, drops: bool) -> None:
    bench = Bench(drops=drops)
    bench.paper.lose_power_after = at
    outcome = bench.device.print("job-1", JOB)
    assert outcome.state == ("unknown" if at <= len(JOB) + len(ASK_REACHED) else "printed")
    check(bench, outcome)


@pytest.mark.parametrize("fault", FAULTS)
def test_trouble_at_any_byte_leaves_at_most_one_whole_paper(fault: str) -> None:
    for at in range(len(JOB) + len(ASK_REACHED) + 1):
        bench = Bench()
        stream = bench.trip(at, lambda bench=bench: FAULTS[fault](bench.paper))  # type: ignore[misc]
        outcome = bench.device.print("job-1", JOB)
        assert stream.written.count(PROFILE.cut) == 1, "the job was sent twice"
        assert outcome.state != "failed", "some of it was sent"
        check(bench, outcome)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", range(0, len(JOB) + len(ASK_REACHED) + 1, 7))
def test_trouble_that_is_mended_while_the_job_is_waited_for_is_safe_too(fault: str, at: int) -> None:
    bench = Bench()
    bench.trip(at, lambda: FAULTS[fault](bench.paper))
    waited = bench.wire.read

    def mended_at_the_third_look(*, until: float) -> bytes:
        mended_at_the_third_look.looks += 1  # type: ignore[attr-defined]
        if mended_at_the_third_look.looks == 3:  # type: ignore[attr-defined]
            bench.mend()
        return waited(until=until)

    mended_at_the_third_look.looks = -3  # type: ignore[attr-defined]
    bench.wire.read = mended_at_the_third_look  # type: ignore[method-assign]
    check(bench, bench.device.print("job-1", JOB))


@pytest.mark.parametrize("at", range(len(JOB) + len(ASK_REACHED) + 1))
def test_a_port_that_goes_at_any_byte_leaves_at_most_one_whole_paper(at: int) -> None:
    bench = Bench()
    bench.trip(at, bench.wire.unplug)
    outcome = bench.device.print("job-1", JOB)
    assert outcome == PrintOutcome("unknown", "fault.device_absent")
    check(bench, outcome)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("paper out", "fault.paper_out"),
        ("cover open", "fault.cover_open"),
        ("silent", "fault.printer_silent"),
        ("much too late", "fault.printer_silent"),
        ("power lost", "fault.printer_silent"),
    ],
)
def test_nothing_is_sent_to_a_printer_that_is_not_well(fault: str, code: str) -> None:
    bench = Bench()
    FAULTS[fault](bench.paper)
    stream = bench.trip(10**9, lambda: None)
    assert bench.device.status().problem == code
    assert bench.device.print("job-1", JOB) == PrintOutcome("failed", code)
    assert JOB[:8] not in stream.written
    check(bench, PrintOutcome("failed", code))


def test_a_job_to_a_port_that_is_gone_has_failed() -> None:
    bench = Bench()
    bench.wire.unplug()
    assert bench.device.print("job-1", JOB) == PrintOutcome("failed", "fault.device_absent")
    with pytest.raises(DeviceAbsent):
        bench.device.status()


def test_a_port_that_takes_no_bytes_makes_a_silent_printer() -> None:
    bench = Bench()

    def blocked(data: bytes, /) -> None:
        raise DeviceTimeout("blocked")

    bench.wire.write = blocked  # type: ignore[method-assign]
    assert bench.device.status().problem == "fault.printer_silent"
    assert bench.device.print("job-1", JOB) == PrintOutcome("failed", "fault.printer_silent")


def test_a_job_on_a_well_printer_is_printed_once() -> None:
    bench = Bench()
    assert bench.device.print("job-1", JOB) == PrintOutcome("printed")
    assert len(bench.whole("job-1")) == 1


def test_a_job_given_twice_is_refused_whatever_became_of_it() -> None:
    bench = Bench()
    bench.paper.paper_out = True
    bench.device.print("job-1", JOB)
    bench.paper.paper_out = False
    bench.device.print("job-2", JOB)
    for job in ("job-1", "job-2"):
        with pytest.raises(DeviceRefused):
            bench.device.print(job, JOB)
    assert len(bench.paper.papers) == 1


def test_the_memory_of_jobs_is_bounded() -> None:
    bench = Bench()
    bench.wire.unplug()
    for number in range(REMEMBERED + 10):
        bench.device.print(f"n-{number}", b"")
    assert len(bench.device._jobs) == REMEMBERED
    with pytest.raises(DeviceRefused):
        bench.device.print(f"n-{REMEMBERED}", b"")


def test_paper_that_ends_within_a_job_is_told_and_the_rest_is_no_whole_slip() -> None:
    bench = Bench()
    bench.paper.paper_left_mm = 4
    outcome = bench.device.print("job-1", JOB)
    assert outcome == PrintOutcome("unknown", "fault.paper_out")
    bench.mend()
    assert [paper.complete for paper in bench.paper.papers] == [False, False]


def test_a_late_confirmation_of_one_job_does_not_confirm_the_next() -> None:
    bench = Bench()
    bench.trip(20, lambda: setattr(bench.paper, "cover_open", True))
    assert bench.device.print("job-1", JOB).state == "unknown"
    bench.paper.cover_open = False  # the rest comes out now, and its confirmation with it
    # What is sent before the second job.
    begun = PROFILE.dots // 8 * BAND + len(ASB_OFF + ASK_REACHED + void_strip(PROFILE) + ASK_REACHED)
    bench.trip(begun + 20, lambda: setattr(bench.paper, "cover_open", True))
    assert bench.device.print("job-2", COPY).state == "unknown"
    assert bench.whole("补打") == []


def test_a_slip_that_stopped_half_way_does_not_share_its_paper_with_the_next_number() -> None:
    bench = Bench()
    bench.trip(len(JOB) - len(PICTURE) - 5, bench.wire.unplug)
    assert bench.device.print("job-1", JOB).state == "unknown"
    assert bench.device.torn
    bench.reopen(torn=True)
    assert bench.device.print("job-2", short_job("job-2")) == PrintOutcome("printed")
    assert not bench.device.torn
    half, whole = bench.paper.papers
    assert "job-1" in half.text
    assert "作废" in half.text
    assert whole.text.splitlines()[0] == "job-2"


def test_a_printer_that_recovered_by_itself_voids_what_hung_in_it() -> None:
    bench = Bench()
    bench.trip(len(JOB) - len(PICTURE) - 5, lambda: setattr(bench.paper, "powered", False))
    assert bench.device.print("job-1", JOB).state == "unknown"
    bench.mend()
    assert bench.device.print("job-2", short_job("job-2")) == PrintOutcome("printed")
    assert ["作废" in paper.text for paper in bench.paper.papers] == [False, True, False]


def test_a_job_stays_unsent_while_what_hangs_in_the_printer_cannot_be_cut_off() -> None:
    bench = Bench()
    bench.reopen(torn=True)
    bench.paper.cutter_jam = True
    assert bench.device.print("job-1", JOB).state == "failed"
    assert bench.device.torn
    bench.mend()
    assert bench.whole("job-1") == []


@pytest.mark.parametrize("at", [1.6, 2.5, 4.0])
def test_a_stray_byte_of_a_line_coming_up_confirms_nothing(at: float) -> None:
    bench = Bench()

    def blink() -> None:
        bench.paper.powered = False
        bench.paper.powered = True
        bench.paper._outbox.append((bench.clock.now() + at, b"\0"))

    bench.trip(5, blink)
    assert bench.device.print("job-1", JOB) == PrintOutcome("unknown", "fault.printer_silent")
    assert bench.whole("job-1") == []


class ScriptedStream:
    """A printer that says it is well and obeys nothing; what GS r is answered, and when, is written down."""

    def __init__(self, clock: SteppedClock, *answers: tuple[float, bytes]) -> None:
        self._clock, self._script = clock, answers
        self._due: list[tuple[float, bytes]] = []
        self.written = b""

    def write(self, data: bytes, /) -> None:
        self.written += data
        now = self._clock.now()
        self._due += [(now, b"\x12")] * data.count(b"\x10\x04")
        if data == ASK_REACHED:
            self._due += [(now + after, answer) for after, answer in self._script]
            self._script = ()
        self._due.sort()

    def read(self, *, until: float) -> bytes:
        if not self._due or self._due[0][0] > until:
            self._clock.sleep(until - self._clock.now())
            return b""
        due, answer = self._due.pop(0)
        self._clock.sleep(due - self._clock.now())
        return answer

    def discard_input(self) -> None:
        self._due.clear()

    def close(self) -> None: ...


def test_the_confirmation_of_an_earlier_process_job_does_not_confirm_the_first_of_this_one() -> None:
    clock = SteppedClock()
    earlier, ours = (0.4, b"\0\0\0"), (0.5, b"\0\0\0")
    stream = ScriptedStream(clock, earlier, ours)
    assert ThermalPrinter(stream, clock, PROFILE).print("job-1", JOB) == PrintOutcome(
        "unknown", "fault.printer_silent"
    )
    assert JOB in stream.written


def test_a_stray_byte_does_not_pass_for_a_printer_that_obeys() -> None:
    clock = SteppedClock()
    stream = ScriptedStream(clock, (0.4, b"\0"))
    assert ThermalPrinter(stream, clock, PROFILE).print("job-1", JOB) == PrintOutcome(
        "failed", "fault.printer_silent"
    )
    assert JOB not in stream.written


def test_answers_given_up_are_not_taken_for_answers_to_the_next_question() -> None:
    bench = Bench()
    bench.paper.answer_late = 1.5
    assert bench.device.status().problem == "fault.printer_silent"
    bench.paper.answer_late = 0.0
    bench.paper.paper_out = True
    assert bench.device.status().problem == "fault.paper_out"


def test_trouble_right_behind_the_confirmation_keeps_a_job_from_being_called_printed() -> None:
    bench = Bench()
    bench.trip(len(JOB) + len(ASK_REACHED), lambda: setattr(bench.paper, "cover_open", True))
    assert bench.device.print("job-1", JOB) == PrintOutcome("unknown", "fault.cover_open")


def test_confirmations_lost_with_the_power_are_not_waited_for_for_ever() -> None:
    bench = Bench()
    bench.trip(30, lambda: setattr(bench.paper, "powered", False))
    assert bench.device.print("job-1", JOB) == PrintOutcome("unknown", "fault.printer_silent")
    bench.mend()
    assert bench.device.print("job-2", COPY) == PrintOutcome("printed")


def test_a_picture_cut_short_by_the_line_does_not_swallow_the_next_slip() -> None:
    big = b"\x1dv0\x00\x30\x00\x30\x00" + b"\x55" * (48 * 48)
    job = short_job("job-1", picture=big)
    bench = Bench()
    bench.trip(len(job) - 1500, bench.wire.unplug)
    assert bench.device.print("job-1", job).state == "unknown"
    bench.reopen()
    assert bench.device.print("job-2", COPY) == PrintOutcome("printed")
    assert "补打" in bench.paper.papers[-1].text


def test_low_paper_is_told_but_stops_nothing_and_only_where_there_is_a_sensor() -> None:
    bench = Bench(profile=PROFILES["generic-80"])
    bench.paper.near_end = True
    assert bench.device.status().paper_low
    assert bench.device.print("job-1", JOB).state == "printed"
    deaf = Bench()
    deaf.paper.near_end = True
    assert not deaf.device.status().paper_low


def test_a_printer_that_pushes_its_status_is_understood() -> None:
    bench = Bench(profile=PROFILES["epson-80"])
    bench.paper.cover_open = True
    bench.paper.cover_open = False
    assert bench.device.print("job-1", JOB) == PrintOutcome("printed")
    bench.paper.cover_open = True
    assert bench.device.status().problem == "fault.cover_open"


def test_a_kiosk_printers_full_status_counts_too() -> None:
    bench = Bench(profile=PROFILES["custom-vkp80"])
    assert bench.device.status().problem is None
    bench.paper._full_status = False  # a model that doesn't know the question
    assert bench.device.status().problem == "fault.printer_silent"


def test_the_first_status_warns_once_that_no_real_printer_was_tried(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.device.status()
    assert [record.message for record in caplog.records if "unproven" in record.message] == [
        "device=printer profile=generic-58 state=opened unproven=real_hardware"
    ]


def test_a_slow_line_is_waited_for() -> None:
    bench = Bench()
    bench.paper.baud = 9600
    job = short_job("job-1", picture=(b"\x1dv0\x00\x30\x00\x30\x00" + bytes(48 * 48)) * 10)
    assert bench.device.print("job-1", job) == PrintOutcome("printed")
    assert bench.clock.now() >= len(job) * 10 / 9600


steps = st.one_of(
    st.tuples(
        st.just("print"), st.integers(0, len(JOB) + len(ASK_REACHED) + 1), st.sampled_from(["none", *FAULTS])
    ),
    st.tuples(st.just("fault"), st.just(0), st.sampled_from(list(FAULTS))),
    st.tuples(st.just("mend"), st.just(0), st.just("")),
    st.tuples(st.just("reopen"), st.just(0), st.just("")),
    st.tuples(st.just("wait"), st.integers(0, 60), st.just("")),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=14), st.booleans())
def test_no_course_of_events_gives_a_job_two_papers_or_a_false_report(
    course: list[tuple[str, int, str]], drops: bool
) -> None:
    bench = Bench(drops=drops)
    ends: dict[str, str] = {}
    for number, (what, amount, fault) in enumerate(course):
        match what:
            case "print":
                name = f"no-{number:02d}"
                if fault != "none":
                    bench.trip(amount, lambda fault=fault: FAULTS[fault](bench.paper))  # type: ignore[misc]
                ends[name] = bench.device.print(name, short_job(name, picture=PICTURE)).state
                if ends[name] == "printed":
                    assert len(bench.whole(name)) == 1
                bench.device._stream = bench.wire
            case "fault":
                FAULTS[fault](bench.paper)
            case "mend":
                bench.mend()
            case "reopen":
                bench.reopen()
            case _:
                bench.clock.sleep(amount)
        assert all(len(bench.whole(name)) <= 1 for name in ends)
    bench.mend()
    for name, state in ends.items():
        assert len(bench.whole(name)) <= (state != "failed")


@settings(max_examples=30)
@given(st.lists(st.sampled_from([Banner("A1", 40), Rule(), Line("甲")]), max_size=4), st.integers(1, 40))
def test_a_real_layout_is_confirmed_whatever_the_paper_left(
    font_path: Path, blocks: list[Banner | Rule | Line], left: int
) -> None:
    bench = Bench()
    bench.paper.paper_left_mm = left
    outcome = bench.device.print("job-1", document([Line("job-1"), *blocks], PROFILE, font_path))
    assert (outcome.state == "printed") == (len(bench.whole("job-1")) == 1)
