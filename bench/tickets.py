"""Durable tickets a second, beside bare fsynced SQLite inserts and an empty POST to the same server."""

import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench.hall import running_hall
from bench.load import Load, measure, request

CLIENTS = (1, 32, 200)
QUEUES = ("general", "social", "medical", "housing-fund", "vehicles", "tax", "business", "utilities")
RECORD = b"x" * 420  # about what a ticket's record takes


def bare_inserts(count: int, folder: Path) -> float:
    """Inserts a second, one transaction and one fsync each, nothing else."""
    db = sqlite3.connect(folder / "floor.sqlite", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE record(seq INTEGER PRIMARY KEY, body BLOB)")
    begin = time.perf_counter()
    for n in range(count):
        db.execute("INSERT INTO record VALUES (?, ?)", (n, RECORD))
    seconds = time.perf_counter() - begin
    db.close()
    return count / seconds


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    rounds = 1 if quick else 3
    with tempfile.TemporaryDirectory(prefix="tongyuan-floor-") as name:
        floor = max(
            bare_inserts(1000 if quick else 3000, Path(tempfile.mkdtemp(dir=name))) for _ in range(rounds)
        )
    for clients in CLIENTS:
        total = (300 if clients == 1 else 2000) * (1 if quick else 3)
        # Interleaved, best of the rounds: the machine's speed drifts between them.
        pings, takes = list[Load](), list[Load]()
        with running_hall() as hall:
            ping, ask = request("/v1/ping", hall.terminal_token), partial(take, hall.terminal_token)
            for _ in range(rounds):
                pings.append(measure(hall.port, clients, total, partial(_same, ping)))
                takes.append(measure(hall.port, clients, total, ask))
        empty, best = max(pings, key=lambda r: r.per_second), max(takes, key=lambda r: r.per_second)
        slower = min(floor, empty.per_second)
        yield {
            "figure": "tickets",
            "clients": clients,
            "tickets_per_s": round(best.per_second),
            "p50_ms": round(best.p50 * 1e3, 2),
            "p99_ms": round(best.p99 * 1e3, 2),
            "worst_ms": round(max(t.worst for t in takes) * 1e3, 1),
            "failures": sum(t.failures for t in takes),
            "floor_bare_inserts_per_s": round(floor),
            "floor_empty_post_per_s": round(empty.per_second),
            "floor_empty_post_p99_ms": round(empty.p99 * 1e3, 2),
            "of_slower_floor": round(best.per_second / slower, 2),
        }


def take(token: str, n: int) -> bytes:
    body = b'{"queue":"%s","paper":true}' % QUEUES[n % len(QUEUES)].encode()
    return request("/v1/tickets", token, body, uuid.uuid4().hex)


def _same(data: bytes, _n: int) -> bytes:
    return data
