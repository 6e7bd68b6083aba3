"""The code watch over the simulated scanner: what is told, how often, and that no code stays in it."""

import gc
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date
from typing import get_args

import pytest

from config.kiosk import Devices
from drivers.errors import DeviceAbsent
from drivers.ports import ByteStream, SystemClock
from drivers.scanner.codec import MOST, Framing
from drivers.scanner.device import SAME
from drivers.scanner.errors import ScannerGone
from drivers.scanner.opening import FAMILIES, Family, dialect_of, open_scanner
from drivers.scanner.simulator import Mischief, SimulatedEngine, SimulatedScanner, SimulatedStream
from hall.wire.messages import MOST_CODE, Present, PresentationView, Problem
from kiosk.hall_client import HallRefused, HallUnreachable
from kiosk.identity import IdentityDesk, Malformed
from kiosk.roles.devices import SUFFIX
from kiosk.scan import ASK_EVERY, OPEN_EVERY, TURN, CodeWatch
from kiosk.workers import Worker
from screens.events import NotKnown, PersonKnown, Presented, ScannerChanged

TODAY = date(2026, 11, 23)
CODE = "JM:5f1c0a9e4b7d-居民"
VIEW = PresentationView(
    id="", source="resident_code", assurance="high", masked_name="测*", person="ab" * 32, priority="ordinary"
)


class FakeClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


class Hall:
    """Knows every code, unless it was told otherwise."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Present]] = []
        self.error: Exception | None = None
        self.while_asking: Callable[[], object] = lambda: None

    def present(self, key: str, request: Present) -> PresentationView:
        self.asked.append((key, request))
        self.while_asking()
        if self.error is not None:
            raise self.error
        return VIEW


class Bench:
    """A scanner on a desk; ``turn`` is what its worker does."""

    def __init__(self, family: Family = "plain") -> None:
        self.clock, self.engine, self.hall = FakeClock(), SimulatedEngine(family), Hall()
        self.events: list[object] = []
        self.plugged, self.opened = True, 0
        self.stream: SimulatedStream | None = None
        ids = iter(range(1, 100_000))
        self.desk = IdentityDesk(self.hall, lambda day: b"", lambda: TODAY, lambda: f"attempt-{next(ids)}")
        self.watch = CodeWatch(
            self._open, lambda: dialect_of(family), self.clock, self.desk, self.events.append
        )

    def turn(self, times: int = 1) -> list[object]:
        before = len(self.events)
        for _ in range(times):
            self.clock.sleep(self.watch.idle())
        return self.events[before:]

    def wait(self, seconds: float) -> list[object]:
        before, until = len(self.events), self.clock.now() + seconds
        while self.clock.now() < until:
            self.turn()
        return self.events[before:]

    def show(self, code: str | bytes, *, kept: bool = False) -> None:
        assert self.stream is not None
        self.stream.show(code, kept=kept)

    def wanted(self, on: bool = True) -> None:
        self.desk.watch("certificates" if on else None, "item-1" if on else "")
        self.watch.watch(on)

    def _open(self) -> ByteStream:
        self.opened += 1
        if not self.plugged:
            raise ScannerGone("no scanner")
        self.stream = SimulatedStream(self.engine, self.clock)
        return self.stream


@pytest.fixture(params=sorted(FAMILIES))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(request.param)
    assert made.turn() == [ScannerChanged(None)]
    yield made
    made.watch.close()


@pytest.fixture
def plain() -> Bench:
    made = Bench()
    assert made.turn() == [ScannerChanged(None)]
    return made


def kinds(events: list[object]) -> list[type]:
    return [type(event) for event in events]


def test_a_code_held_up_becomes_a_person(bench: Bench) -> None:
    bench.wanted()
    bench.turn()
    bench.show(CODE)
    presented, known = bench.turn()
    assert presented == Presented("resident_code", "attempt-1")
    assert isinstance(known, PersonKnown)
    assert (known.attempt, known.person.pseudonym) == ("attempt-1", VIEW.person)
    [(key, request)] = bench.hall.asked
    assert (key, request.code, request.purpose, request.item) == (
        "attempt-1", CODE, "certificates", "item-1",
    )  # fmt: skip


def test_a_code_that_stays_there_is_asked_about_once(bench: Bench) -> None:
    bench.wanted()
    bench.turn()
    bench.show(CODE, kept=True)
    assert kinds(bench.wait(15.0)) == [Presented, PersonKnown]


def test_a_code_made_while_nobody_watches_is_not_told_then_or_later(bench: Bench) -> None:
    bench.show(CODE)
    assert bench.turn(3) == []
    assert bench.stream is not None
    bench.stream.arrive(b"left on the line\r")
    bench.engine.take_away()
    bench.wanted()
    assert bench.wait(1.0) == []
    assert bench.hall.asked == []


def test_a_code_shown_too_early_is_read_when_it_is_shown_again_at_once(plain: Bench) -> None:
    plain.show(CODE)
    plain.turn()
    plain.wanted()
    plain.turn()
    plain.show(CODE)
    assert kinds(plain.turn()) == [Presented, PersonKnown]


def test_the_next_visitor_may_show_the_same_code(plain: Bench) -> None:
    for _ in range(2):
        plain.wanted()
        plain.turn()
        plain.show(CODE)
        assert kinds(plain.turn()) == [Presented, PersonKnown]
        plain.wanted(False)
    assert plain.turn() == []


def test_a_visit_that_ended_and_began_between_two_turns_begins_with_nothing(plain: Bench) -> None:
    plain.wanted()
    plain.turn()
    plain.show(CODE)
    plain.wanted(False)
    plain.wanted()
    assert plain.turn(2) == []
    plain.show(CODE)
    assert kinds(plain.turn()) == [Presented, PersonKnown]


def test_a_code_read_in_the_moment_the_visit_ends_is_nobodys(
    plain: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.wanted()
    plain.turn()
    assert plain.stream is not None
    read = plain.stream.read

    def leaving(*, until: float) -> bytes:
        plain.wanted(False)
        plain.wanted()
        return read(until=until)

    plain.show(CODE)
    monkeypatch.setattr(plain.stream, "read", leaving)
    assert plain.turn() == []
    assert plain.hall.asked == []


@pytest.mark.parametrize("family", ["newland", "honeywell", "zebra-ssi"])
def test_the_scanner_looks_only_while_it_is_watched(family: Family) -> None:
    bench = Bench(family)
    bench.turn()
    assert not bench.engine.triggered
    bench.wanted()
    bench.turn()
    assert bench.engine.triggered
    bench.wanted(False)
    bench.turn()
    assert not bench.engine.triggered


@pytest.mark.parametrize("payload", ["abc", "]Q1abc", b"\xff\xff\xff\xff\xff", "ab\x1bcd", "x" * (MOST + 1)])
def test_what_can_be_nobodys_code_is_unknown_and_the_hall_is_not_asked(bench: Bench, payload: object) -> None:
    bench.wanted()
    bench.turn()
    assert isinstance(payload, str | bytes)
    bench.show(payload)
    assert bench.turn(3) == [Presented("resident_code", "attempt-1"), NotKnown("code.unknown", "attempt-1")]
    assert bench.hall.asked == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HallRefused(Problem(type="x", title="x", status=409, code="code.expired")), "code.expired"),
        (HallUnreachable("POST: ConnectTimeout"), "hall.unreachable"),
    ],
)
def test_what_the_hall_says_is_told_by_its_code(plain: Bench, error: Exception, code: str) -> None:
    plain.hall.error = error
    plain.wanted()
    plain.turn()
    plain.show(CODE)
    assert plain.turn() == [Presented("resident_code", "attempt-1"), NotKnown(code, "attempt-1")]
    plain.hall.error = None
    plain.clock.sleep(SAME)
    plain.show(CODE)
    assert kinds(plain.turn()) == [Presented, PersonKnown]


def test_what_comes_while_the_hall_is_asked_is_neither_asked_about_nor_new_afterwards(plain: Bench) -> None:
    plain.wanted()
    plain.turn()

    def shown_twice() -> None:
        plain.show(CODE)
        plain.show("second line")

    plain.hall.while_asking = shown_twice
    plain.show(CODE)
    assert kinds(plain.turn(3)) == [Presented, PersonKnown]
    plain.show(CODE)
    plain.show("second line")
    assert plain.turn(3) == []


def test_a_bug_is_told_without_the_code(plain: Bench, caplog: pytest.LogCaptureFixture) -> None:
    plain.hall.error = ValueError(f"bad input {CODE}")
    plain.wanted()
    plain.turn()
    plain.show(CODE)
    with pytest.raises(
        RuntimeError, match=r"^ValueError at .* while the hall was asked about a code$"
    ) as raised:
        plain.turn()
    logging.getLogger("test").exception("bug", exc_info=raised.value)
    assert plain.events[-1] == NotKnown("fault.internal", "attempt-1")
    assert CODE not in caplog.text
    plain.watch.failed("fault.internal")
    assert plain.events[-1] == ScannerChanged("fault.internal")
    assert plain.turn(2) == [ScannerChanged(None)]


def test_a_scanner_that_is_away_is_told_once_tried_with_patience_and_told_once_when_it_is_back() -> None:
    bench = Bench()
    bench.plugged = False
    assert bench.turn(3) == [ScannerChanged("fault.scanner_gone")]
    assert bench.watch.idle() == OPEN_EVERY
    bench.wanted()
    bench.plugged = True
    assert bench.turn(2) == [ScannerChanged(None)]
    bench.show(CODE)
    assert kinds(bench.turn()) == [Presented, PersonKnown]
    assert bench.stream is not None
    bench.stream.unplug()
    bench.plugged = False
    assert bench.turn(3) == [ScannerChanged("fault.scanner_gone")]


@pytest.mark.parametrize("family", ["newland", "zebra-ssi"])
@pytest.mark.parametrize("watched", [True, False])
def test_a_scanner_that_falls_silent_is_noticed_by_itself(family: Family, watched: bool) -> None:
    bench = Bench(family)
    bench.wanted(watched)
    bench.turn(2)
    bench.engine.misbehave(Mischief.SILENT)
    assert bench.wait(2 * ASK_EVERY) == [ScannerChanged("fault.scanner_silent")]
    bench.engine.behave()
    assert bench.wait(OPEN_EVERY + 1) == [ScannerChanged(None)]


@pytest.mark.parametrize("text", ["", "x" * (MOST_CODE + 1)], ids=["empty", "too long"])
def test_a_text_that_the_hall_has_no_room_for_is_no_code(plain: Bench, text: str) -> None:
    with pytest.raises(Malformed, match=r"^code\.unknown$") as raised:
        plain.desk.by_code(plain.desk.begin(), text)
    assert raised.value.code == "code.unknown"
    assert raised.value.__suppress_context__
    assert plain.hall.asked == []


def test_what_the_rules_of_the_wire_refuse_is_unknown_and_no_bug(plain: Bench) -> None:
    plain.desk.watch("certificates", "no slug: /")  # refused by the same rules
    plain.watch.watch(True)
    plain.turn()
    plain.show(CODE)
    assert plain.turn() == [Presented("resident_code", "attempt-1"), NotKnown("code.unknown", "attempt-1")]
    assert plain.hall.asked == []


def test_a_code_held_up_in_the_moment_the_visit_ends_is_not_the_next_ones(
    plain: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain.wanted()
    plain.turn()
    assert plain.stream is not None
    read = plain.stream.read

    def leaving(*, until: float) -> bytes:
        plain.desk.left()  # and codes go on being wanted, for the same
        return read(until=until)

    plain.show(CODE)
    monkeypatch.setattr(plain.stream, "read", leaving)
    assert plain.turn() == []
    assert plain.hall.asked == []


def test_a_closed_watch_has_closed_its_port(plain: Bench) -> None:
    plain.watch.close()
    plain.watch.close()
    assert plain.stream is not None
    with pytest.raises(DeviceAbsent):
        plain.stream.read(until=0)


def test_a_turn_is_no_longer_than_a_change_may_wait(plain: Bench) -> None:
    before = plain.clock.now()
    assert plain.watch.idle() == 0.0
    assert plain.clock.now() == pytest.approx(before + TURN)
    assert TURN <= 0.05


def test_a_thousand_codes_leave_nothing_behind(plain: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    plain.wanted()
    plain.turn()

    def scan(n: int) -> None:
        plain.show(f"{CODE}:{n}")
        assert kinds(plain.turn()) == [Presented, PersonKnown]
        plain.events.clear()
        plain.hall.asked.clear()

    for n in range(50):
        scan(n)
    gc.collect()
    before = len(gc.get_objects())
    for n in range(50, 1050):
        scan(n)
    gc.collect()
    assert len(gc.get_objects()) - before < 100
    assert not [one for one in gc.get_objects() if isinstance(one, dict) and f"{CODE}:1049" in one.values()]
    assert CODE not in caplog.text


def test_a_worker_reads_codes_over_the_wire() -> None:
    scanner, hall = SimulatedScanner("newland"), Hall()
    scanner.start()
    told = threading.Event()
    events: list[object] = []

    def post(event: object) -> None:
        events.append(event)
        if isinstance(event, ScannerChanged | PersonKnown):
            told.set()

    clock = SystemClock()
    desk = IdentityDesk(hall, lambda day: b"", lambda: TODAY)
    watch = CodeWatch(
        lambda: open_scanner(scanner.url, "newland", clock), lambda: dialect_of("newland"), clock, desk, post
    )
    worker = Worker("scanner", idle=watch.idle, failed=watch.failed)
    worker.start()
    assert told.wait(30)
    told.clear()
    desk.watch("certificates")
    watch.watch(True)
    scanner.show(CODE)
    assert told.wait(30)
    worker.close()
    watch.close()
    scanner.close()
    assert kinds(events) == [ScannerChanged, Presented, PersonKnown]


def test_every_suffix_of_the_settings_is_one_that_the_driver_knows() -> None:
    names = get_args(Devices.model_fields["scanner_suffix"].annotation)
    assert set(SUFFIX) == set(names)
    for suffix in SUFFIX.values():
        assert Framing(suffix=suffix).ends
