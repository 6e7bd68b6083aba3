"""Ticket layout → bytes, beside python-escpos's own text() for the same words (which loses the Chinese mode)."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from escpos.printer import Dummy

from bench.load import percentile
from drivers.printer.profiles import PROFILES
from drivers.printer.ticket import Slip, slip_bytes
from screens.theme.fonts import find_fonts

SLIP = Slip(
    hall="清源县政务服务中心",
    number="B012",
    queue="社会保障",
    queue_en="Social security",
    ahead=11,
    wait="约 20–28 分钟",
    zone="B 区 民生",
    windows="5–7",
    taken="2026-11-23 09:35:02",
    url="http://127.0.0.1:8080/t/0123456789abcdef",
    job="0123456789ab",
    copy=False,
    terminal="一楼大厅 · 1 号自助终端",
)


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    rounds, font = (50 if quick else 300), find_fonts().regular
    for name in ("generic-80", "generic-58"):
        profile = PROFILES[name]
        times = _time(lambda p=profile: slip_bytes(SLIP, p, font), rounds)  # type: ignore[misc]
        peer = _time(_peer, rounds)
        yield {
            "figure": "slip_layout",
            "profile": name,
            "bytes": len(slip_bytes(SLIP, profile, font)),
            "p50_ms": round(percentile(times, 0.5) * 1e3, 3),
            "p99_ms": round(percentile(times, 0.99) * 1e3, 3),
            "peer_escpos_text_p50_ms": round(percentile(peer, 0.5) * 1e3, 3),
        }


def _time(work: Callable[[], object], rounds: int) -> list[float]:
    work()
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return times


def _peer() -> bytes:
    printer = Dummy()
    for text in (
        SLIP.hall,
        SLIP.queue,
        SLIP.number,
        f"前面 {SLIP.ahead} 人",
        SLIP.wait,
        SLIP.zone,
        SLIP.windows,
        SLIP.taken,
    ):
        printer.text(text + "\n")
    printer.qr(SLIP.url, native=True)
    printer.cut()
    return bytes(printer.output)
