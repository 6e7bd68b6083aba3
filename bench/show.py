"""一码亮证 at the glass: code held up → list painted, a certificate's picture, tickets, memory over many scans.

The terminal is the real process with its frames at the pace of service (30 a second), the scanner a simulated one of
the plain family over TCP, the hall a real process with the embedded verifier and library. Beside them in the same run:
a bare POST by the same HTTP client, and a frame of an empty Kivy window through the same bridge.
"""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

from bench.load import percentile
from bench.visitor import QUEUE, Visitor, resident_mb, visiting
from kiosk.hall_client import hall_session

EVERY = 100  # scans between two looks at memory
WARM = 300  # scans until everything was used often enough
REST = 4.5  # seconds: the terminal tidies its memory after 3 on its welcome screen

STEPS = (  # of a code: name, from, to
    ("scanner_to_request", "held up", "posted Presented"),
    ("hall_and_client", "posted Presented", "posted PersonKnown"),
    ("wait_for_the_frame", "posted PersonKnown", "handled PersonKnown"),
    ("journey_and_view", "handled PersonKnown", "shown certificates"),
    ("frame", "shown certificates", "painted certificates"),
)
FACE_STEPS = (
    ("hall_and_client", "handled Touched open", "posted FaceReady"),
    ("wait_for_the_frame", "posted FaceReady", "handled FaceReady"),
    ("decode_and_view", "handled FaceReady", "shown certificate shown"),
    ("upload_and_frame", "shown certificate shown", "painted certificate shown"),
)


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    empty = _empty_frames(30 if quick else 200)
    with visiting() as visitor:
        pings = _pings(visitor, 50 if quick else 300)
        for n in range(5):  # everything is built and drawn once
            visitor.shown(n)
            visitor.home()
        measured, memory = _scans(visitor, 30 if quick else 1000)
        pings += _pings(visitor, 50 if quick else 300)
        yield {
            "figure": "code_to_list",
            **_summed(measured),
            "floor_bare_http_p50_ms": _ms(pings, 0.5),
            "floor_bare_http_p99_ms": _ms(pings, 0.99),
            "floor_empty_kivy_frame_p50_ms": round(percentile(empty, 0.5), 1),
            "floor_empty_kivy_frame_p99_ms": round(percentile(empty, 0.99), 1),
        }
        yield {"figure": "scans_memory", **memory}
        yield {"figure": "face_to_glass", **_summed(_faces(visitor, 3 if quick else 12))}
        visitor.open_window()
        rounds = 8 if quick else 40
        yield {
            "figure": "consent_to_ticket",
            **_tickets("confirm_without_paper", [_attached(visitor) for _ in range(rounds)]),
        }
        checked = [_checked_in(visitor, n) for n in range(rounds)]
        yield {"figure": "check_in_to_ticket", **_tickets("check_in", checked)}


# -- scans ------------------------------------------------------------------------------------------------


def _scans(visitor: Visitor, scans: int) -> tuple[list[dict[str, float]], dict[str, Any]]:
    """Present, list, leave, again and again: seconds of each step, and what memory did meanwhile."""
    measured, halls, terminals = list[dict[str, float]](), list[float](), list[float]()
    _rested(visitor, halls, terminals)
    for n in range(1, scans + 1):
        measured.append(_steps(visitor, visitor.shown(n), STEPS))
        visitor.home()
        visitor.lines.clear()
        if n % EVERY == 0:
            _rested(visitor, halls, terminals)
    memory: dict[str, Any] = {"scans": scans, "hall_mb": halls, "terminal_mb": terminals}
    if scans > WARM + EVERY:
        at = WARM // EVERY
        memory["hall_kb_a_scan"] = _slope(halls[at:])
        memory["terminal_kb_a_scan"] = _slope(terminals[at:])
    return measured, memory


def _rested(visitor: Visitor, halls: list[float], terminals: list[float]) -> None:
    """Memory as it is between citizens; while they come without a pause the terminal puts tidying off."""
    time.sleep(REST)
    halls.append(round(resident_mb(visitor.hall.pid), 1))
    terminals.append(round(resident_mb(visitor.pid), 1))


def _slope(megabytes: list[float]) -> float:
    """KB a scan, by least squares."""
    middle = (len(megabytes) - 1) / 2
    mean = sum(megabytes) / len(megabytes)
    rise = sum((n - middle) * (value - mean) for n, value in enumerate(megabytes))
    return round(rise / sum((n - middle) ** 2 for n in range(len(megabytes))) * 1024 / EVERY, 2)


# -- pictures and tickets ---------------------------------------------------------------------------------


def _faces(visitor: Visitor, people: int) -> list[dict[str, float]]:
    """Every certificate on the first page of the list, opened and closed, after one for the warming."""
    measured = list[dict[str, float]]()
    for person in range(people + 1):
        visitor.shown(person)
        for value in _values(visitor, "open"):
            begin = time.perf_counter()
            visitor.touch("open", "certificate shown", value)
            if person:
                measured.append(_steps(visitor, begin, FACE_STEPS))
            visitor.touch("close", "certificates")
        visitor.home()
    return measured


def _values(visitor: Visitor, intent: str) -> list[str]:
    return [one["value"] for one in visitor.pane.describe()["controls"] if one["intent"] == intent]


def _attached(visitor: Visitor) -> dict[str, float]:
    """A ticket that a certificate goes with: from the touch that confirms it to the number on the glass."""
    visitor.shown(0)
    visitor.touch("attach", "consent")
    begin = time.perf_counter()
    visitor.pane.press("toggle")
    visitor.lines.after("handled Touched toggle", begin)
    visitor.touch("agree", "choose")
    visitor.touch("queue", "confirm", QUEUE)
    return _taken(visitor, "confirm_without_paper")


def _checked_in(visitor: Visitor, n: int) -> dict[str, float]:
    """An appointment checked in by code: from the touch to the number on the glass."""
    visitor.book(f"bench-{n}", n)
    visitor.touch("checkin", "present")
    visitor.lines.after("painted appointment found", visitor.hold(n))
    return _taken(visitor, "check_in", f"bench-{n}")


def _taken(visitor: Visitor, intent: str, value: str | None = None) -> dict[str, float]:
    begin = time.perf_counter()
    visitor.touch(intent, "done", value)
    steps = (
        ("hall_and_client", f"handled Touched {intent}", "posted TicketIssued"),
        ("event_and_frame", "posted TicketIssued", "painted done"),
    )
    measured = _steps(visitor, begin, steps)
    visitor.touch("finish", "welcome")
    visitor.serve()
    return measured


# -- numbers ----------------------------------------------------------------------------------------------


def _steps(visitor: Visitor, begin: float, steps: tuple[tuple[str, str, str], ...]) -> dict[str, float]:
    """Seconds of each step, of all, and of the terminal's processors from the first that it told of to the last."""
    moments, moment, measured = {"held up": begin}, begin, dict[str, float]()
    for name, start, end in steps:
        if start not in moments:
            moments[start] = visitor.lines.after(start, moment)
        moment = moments[end] = visitor.lines.after(end, moments[start])
        measured[name] = moments[end] - moments[start]
    measured["all"] = moment - moments[steps[0][1]]
    measured["terminal_cpu"] = visitor.lines.worked(moments[steps[0][2]], moment)
    return measured


def _summed(measured: list[dict[str, float]]) -> dict[str, Any]:
    whole = [one["all"] for one in measured]
    shares = {
        f"{name}_{share}_ms": [one[name] for one in measured]
        for name in measured[0]
        for share in ("p50", "p99")
    }
    return {
        "times": len(whole),
        "p50_ms": _ms(whole, 0.5),
        "p99_ms": _ms(whole, 0.99),
        "worst_ms": _ms(whole, 1),
        **{
            name: _ms(values, 0.99 if name.endswith("p99_ms") else 0.5)
            for name, values in shares.items()
            if not name.startswith("all")
        },
    }


def _tickets(touch: str, measured: list[dict[str, float]]) -> dict[str, Any]:
    return {"touch": touch, **_summed(measured)}


def _pings(visitor: Visitor, count: int) -> list[float]:
    """Seconds of bare POSTs by the client that terminals use."""
    session, times = hall_session(visitor.hall.terminal_token), list[float]()
    for _ in range(count):
        begin = time.perf_counter()
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        session.post(f"{visitor.hall.url}/v1/ping", json={}, headers=headers, timeout=5).raise_for_status()
        times.append(time.perf_counter() - begin)
    session.close()
    return times


def _empty_frames(rounds: int) -> list[float]:
    command = [sys.executable, "-m", "bench.empty_frame", str(rounds)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    times: list[float] = json.loads(answer.stdout.splitlines()[-1])
    return times


def _ms(seconds: list[float], share: float) -> float:
    return round(percentile(seconds, share) * 1e3, 1)
