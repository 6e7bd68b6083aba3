import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceAbsent, DeviceTimeout, DriverError
from drivers.scanner import newland, ssi
from drivers.scanner.codec import MOST
from drivers.scanner.device import MOST_SEEN, QUIET, REST, RETRIGGER, SAME, Scan, Scanner, Unreadable
from drivers.scanner.errors import ScannerGarbled, ScannerGone, ScannerRefused, ScannerSilent
from drivers.scanner.opening import FAMILIES, dialect_of
from drivers.scanner.simulator import Mischief, SimulatedEngine, SimulatedStream

TRIGGERED = ["newland", "honeywell", "zebra-ssi"]
ANSWERING = ["newland", "zebra-ssi"]
CODE = "JM:5f1c0a9e4b7d"
LONG = "长" * 300  # 900 bytes: four packets


class Bench:
    def __init__(self, family, clock):
        self.clock = clock
        self.engine = SimulatedEngine(family)
        self.stream = SimulatedStream(self.engine, clock)
        self.scanner = Scanner(self.stream, clock, dialect_of(family))

    def read(self, seconds=1.0):
        return self.scanner.read(until=self.clock.now() + seconds)


@pytest.fixture(params=sorted(FAMILIES))
def bench(request, clock):
    made = Bench(request.param, clock)
    made.scanner.open()
    return made


@pytest.fixture
def plain(clock):
    return Bench("plain", clock)


def started(family, clock):
    made = Bench(family, clock)
    made.scanner.open()
    made.scanner.start()
    return made


@pytest.mark.parametrize("code", [CODE, LONG, "https://例.cn/一码?x=1&y='"])
def test_a_code_held_up_is_read_as_it_stands(bench, code):
    bench.scanner.start()
    bench.stream.show(code)
    assert bench.read() == Scan(code)
    assert bench.read() is None


def test_a_code_in_the_national_encoding_is_read_too(bench):
    bench.scanner.start()
    bench.stream.show("居民码:测试".encode("gb18030"))
    assert bench.read() == Scan("居民码:测试")


def test_a_code_is_there_without_waiting(bench):
    bench.scanner.start()
    bench.stream.show(CODE)
    before = bench.clock.now()
    assert bench.read() == Scan(CODE)
    assert bench.clock.now() == before


def test_a_read_ends_at_its_deadline(bench):
    bench.scanner.start()
    bench.stream.show("")
    before = bench.clock.now()
    assert bench.read(0.5) is None
    assert bench.clock.now() == before + 0.5


@pytest.mark.parametrize("family", TRIGGERED)
def test_a_scanner_reads_between_start_and_stop_only(family, clock):
    bench = Bench(family, clock)
    bench.scanner.open()
    bench.stream.show(CODE)
    assert bench.read() is None
    bench.scanner.start()
    assert bench.read() == Scan(CODE)
    bench.scanner.stop()
    bench.stream.show("another code")
    assert bench.read(2 * RETRIGGER) is None


@pytest.mark.parametrize("family", TRIGGERED)
def test_a_scanner_that_has_read_is_told_to_look_for_the_next(family, clock):
    bench = started(family, clock)
    bench.stream.show(CODE)
    assert bench.read() == Scan(CODE)
    assert not bench.engine.triggered
    bench.stream.show("another code")
    before = clock.now()
    assert bench.read(REST + 0.1) == Scan("another code")
    assert clock.now() == pytest.approx(before + REST)


@pytest.mark.parametrize("family", TRIGGERED)
def test_a_scanner_that_gave_up_looking_is_told_again(family, clock):
    bench = started(family, clock)
    bench.engine._triggered = False
    bench.stream.show(CODE)
    assert bench.read(RETRIGGER + 0.1) == Scan(CODE)


@pytest.mark.parametrize("family", TRIGGERED)
def test_a_code_that_stays_there_is_one_scan_until_it_is_taken_away(family, clock):
    bench = started(family, clock)
    bench.stream.show(CODE, kept=True)
    assert bench.read() == Scan(CODE)
    assert bench.read(20 * SAME) is None
    bench.engine.take_away()
    assert bench.read(SAME + 1) is None
    bench.stream.show(CODE)
    assert bench.read() == Scan(CODE)


def test_the_same_code_within_the_window_of_its_last_sight_is_one_scan(plain):
    plain.stream.show(CODE)
    assert plain.read() == Scan(CODE)
    for _ in range(5):
        plain.clock.sleep(SAME - 0.1)
        plain.stream.show(CODE)
        assert plain.read(0.05) is None
    plain.clock.sleep(SAME)
    plain.stream.show(CODE)
    assert plain.read() == Scan(CODE)


def test_two_codes_shown_in_turn_are_two_scans(plain):
    found = []
    for code in [CODE, "another", CODE, "another"]:
        plain.stream.show(code)
        found.append(plain.read(0.1))
    assert found == [Scan(CODE), Scan("another"), None, None]


def test_what_was_overlooked_counts_as_seen_and_what_was_forgotten_does_not(plain):
    plain.stream.show(CODE)
    plain.scanner.overlook()
    plain.stream.show(CODE)
    assert plain.read(0.1) is None
    plain.stream.show("unread")
    plain.scanner.forget()
    plain.stream.show(CODE)
    assert plain.read(0.1) == Scan(CODE)
    assert plain.read(0.1) is None


def test_only_so_many_codes_are_remembered(plain):
    for n in range(5 * MOST_SEEN):
        plain.stream.show(f"code {n}")
        assert plain.read(0.01) == Scan(f"code {n}")
    assert len(plain.scanner._seen) == MOST_SEEN


def test_a_code_without_suffix_is_read_when_it_is_quiet(plain):
    plain.stream.arrive(b"abcd")
    plain.stream.arrive(b"efgh")
    before = plain.clock.now()
    assert plain.read() == Scan("abcdefgh")
    assert plain.clock.now() == pytest.approx(before + QUIET)


def test_a_code_whose_parts_come_in_different_reads_is_one(plain):
    plain.stream.arrive(b"abcd")
    assert plain.read(QUIET / 2) is None
    plain.stream.arrive(b"efgh\r")
    assert plain.read(QUIET / 2) == Scan("abcdefgh")


def test_a_late_reader_takes_what_has_arrived_before_it_calls_it_quiet(plain):
    plain.stream.arrive(b"abcd")
    assert plain.read(QUIET / 2) is None
    plain.clock.sleep(10 * QUIET)
    plain.stream.arrive(b"efgh\r")
    assert plain.read() == Scan("abcdefgh")


def test_the_aim_id_is_kept_apart(plain):
    plain.stream.show("]Q1" + CODE)
    found = plain.read()
    assert (found.text, found.aim) == (CODE, "]Q1")


@pytest.mark.parametrize("payload", [b"ab\x1dcd", b"\xff\xff\xff\xff", "ab\u202ecd".encode()])
def test_what_is_no_text_is_unreadable(bench, payload):
    bench.scanner.start()
    bench.stream.show(payload)
    assert isinstance(bench.read(), Unreadable)
    bench.clock.sleep(SAME)
    bench.stream.show(CODE)
    assert bench.read(REST + 0.1) == Scan(CODE)


def test_far_too_much_is_one_unreadable_code_and_the_next_is_read(bench):
    bench.engine.misbehave(Mischief.OVERSIZED, times=1)
    bench.scanner.start()
    bench.stream.show(CODE)
    assert bench.read() == Unreadable("too long")
    assert bench.read() is None
    bench.stream.show(CODE)
    assert bench.read(REST + 0.1) == Scan(CODE)


def test_a_flow_without_an_end_does_not_keep_a_read_beyond_its_deadline(plain):
    class Flood:
        def read(self, *, until):
            plain.clock.sleep(0.01)
            return b"x" * MOST

    plain.scanner._stream = Flood()
    assert plain.read(1.0) == Unreadable("too long")
    before = plain.clock.now()
    assert plain.read(1.0) is None
    assert plain.clock.now() == pytest.approx(before + 1.0, abs=0.02)
    plain.scanner.overlook(0.5)
    assert plain.clock.now() == pytest.approx(before + 1.5, abs=0.03)


def test_everything_in_pieces_is_understood(bench):
    bench.engine.misbehave(Mischief.PIECES)
    bench.scanner.start()
    bench.stream.show(LONG)
    assert bench.read() == Scan(LONG)
    bench.scanner.health()
    bench.scanner.stop()


@pytest.mark.parametrize("family", ANSWERING)
def test_a_scanner_that_says_nothing_is_not_well(family, clock):
    bench = started(family, clock)
    bench.scanner.health()
    bench.engine.misbehave(Mischief.SILENT)
    for use in (bench.scanner.health, bench.scanner.stop, bench.scanner.open, bench.scanner.start):
        with pytest.raises(ScannerSilent):
            use()


@pytest.mark.parametrize("family", ANSWERING)
def test_one_lost_answer_is_made_up_for(family, clock):
    bench = Bench(family, clock)
    bench.engine.misbehave(Mischief.SILENT, times=1)
    bench.scanner.open()
    bench.engine.misbehave(Mischief.GARBLED, times=1)
    bench.scanner.start()
    bench.stream.show(CODE)
    assert bench.read() == Scan(CODE)


@pytest.mark.parametrize("family", ANSWERING)
def test_damaged_answers_without_end_are_a_failure(family, clock):
    bench = Bench(family, clock)
    bench.engine.misbehave(Mischief.GARBLED)
    with pytest.raises((ScannerSilent, ScannerGarbled)):
        bench.scanner.open()


def test_a_packet_with_a_bad_checksum_comes_again_and_is_taken_once(clock):
    bench = started("zebra-ssi", clock)
    bench.engine.misbehave(Mischief.GARBLED, times=2)
    bench.stream.show(LONG)
    assert bench.read() == Scan(LONG)
    assert bench.read(0.5) is None


def test_a_decoder_that_does_not_hear_us_repeats_and_is_taken_once(clock):
    bench = started("zebra-ssi", clock)
    bench.engine.misbehave(Mischief.DEAF, times=2)
    bench.stream.show(LONG)
    assert bench.read() == Scan(LONG)
    assert bench.read(0.5) is None


def test_a_scanner_of_another_family_is_refused_or_silent(clock):
    engine = SimulatedEngine("newland")
    with pytest.raises(ScannerSilent):
        Scanner(SimulatedStream(engine, clock), clock, dialect_of("zebra-ssi")).open()


def test_a_scanner_that_does_not_know_a_command_is_refused_at_once(clock, monkeypatch):
    bench = Bench("newland", clock)
    monkeypatch.setattr(bench.engine, "receive", lambda data: [b"\x02\x010000#SCNMOD0\x05;\x03"])
    before = clock.now()
    with pytest.raises(ScannerRefused, match="level_mode"):
        bench.scanner.open()
    assert clock.now() == before


def test_a_command_that_never_arrives_whole_is_garbled(clock, monkeypatch):
    bench = Bench("zebra-ssi", clock)
    nak = ssi.encode(ssi.Packet(ssi.CMD_NAK, data=bytes([ssi.RESEND])), ssi.DECODER)
    monkeypatch.setattr(bench.engine, "receive", lambda data: [nak] if len(data) > 1 else [])
    with pytest.raises(ScannerGarbled, match="host_trigger"):
        bench.scanner.open()


def test_a_late_answer_is_not_taken_for_the_next_one(clock):
    bench = started("newland", clock)
    bench.engine.misbehave(Mischief.SILENT)
    bench.stream.arrive(newland.reply(b"#SCNTRG1"))
    with pytest.raises(ScannerSilent):
        bench.scanner.stop()
    ssi_bench = started("zebra-ssi", clock)
    ssi_bench.stream.arrive(ssi.encode(ssi.Packet(ssi.CMD_ACK), ssi.DECODER))
    assert ssi_bench.read(0.1) is None
    ssi_bench.engine.misbehave(Mischief.SILENT)
    with pytest.raises(ScannerSilent):
        ssi_bench.scanner.stop()


def test_a_code_that_comes_before_the_answer_to_a_command_is_not_lost(clock):
    bench = started("newland", clock)
    bench.stream.arrive(CODE.encode() + b"\r")
    bench.scanner.stop()
    assert bench.read() == Scan(CODE)


def test_a_port_that_went_away_is_gone_whatever_is_done(bench):
    bench.scanner.start()
    bench.stream.unplug()
    for use in (bench.read, bench.scanner.health):
        with pytest.raises(ScannerGone):
            use()


def test_errors_are_those_of_devices_with_codes_of_their_own():
    assert issubclass(ScannerGone, DeviceAbsent)
    assert issubclass(ScannerSilent, DeviceTimeout)
    codes = {error.code for error in (ScannerGone, ScannerSilent, ScannerGarbled, ScannerRefused)}
    assert codes == {
        "fault.scanner_gone",
        "fault.scanner_silent",
        "fault.scanner_garbled",
        "fault.scanner_refused",
    }


def test_no_code_is_logged_shown_or_kept(bench, caplog):
    caplog.set_level(logging.DEBUG)
    bench.scanner.start()
    for code in [CODE, CODE.encode() + b"\x00"]:
        bench.stream.show(code)
        assert CODE not in repr(bench.read(REST + 0.1))
        bench.clock.sleep(SAME)
    kept = [bench.scanner._codes, bench.scanner._seen, vars(bench.scanner._dialect)]
    line = getattr(bench.scanner._dialect, "_line", None)
    kept.append(vars(line) if line else None)
    assert CODE not in repr(kept)
    assert CODE not in caplog.text


@given(
    family=st.sampled_from(sorted(FAMILIES)),
    noise=st.lists(st.binary(max_size=60), max_size=5),
    code=st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=4, max_size=400),
)
@settings(max_examples=150)
def test_after_any_noise_and_a_moment_of_quiet_a_code_is_read(family, noise, code, new_clock):
    bench = started(family, new_clock())
    for piece in noise:
        bench.stream.arrive(piece)
    found = []
    until = bench.clock.now() + 1.0
    try:
        while bench.clock.now() < until:
            bench.scanner.read(until=until)
    except DriverError:
        bench.scanner.open()  # noise may be a refusal; the watch opens it again
    bench.stream.show(code)
    while (scan := bench.read(SAME)) is not None:
        found.append(scan)
    assert Scan(code) in found
