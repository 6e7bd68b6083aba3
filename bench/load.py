"""A small HTTP/1.1 load generator: keep-alive clients over raw asyncio, so that the measurer costs little.

Closed loop: each client sends its next request when the last one is answered. Latencies in seconds.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of requests gave."""

    per_second: float
    p50: float
    p99: float
    worst: float
    failures: int


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Client(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its base class

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, split, rest = self._buffer.partition(b"\r\n\r\n")
        if not split or self._answer is None:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) >= length:
            self._buffer = b""
            answer, self._answer = self._answer, None
            answer.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)

    async def send(self, request: bytes) -> int:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        answer = self._answer
        self._transport.write(request)
        return await answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def request(path: str, token: str, body: bytes = b"", key: str = "", method: str = "POST") -> bytes:
    """The bytes of one request."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    return (head + (f"Idempotency-Key: {key}\r\n" if key else "") + "\r\n").encode() + body


async def _run(port: int, clients: int, numbers: Iterator[int], make: Callable[[int], bytes]) -> Load:
    loop = asyncio.get_running_loop()
    latencies, failures = list[float](), 0

    async def client() -> None:
        nonlocal failures
        _, protocol = await loop.create_connection(_Client, "127.0.0.1", port)
        for n in numbers:
            sent = time.perf_counter()
            status = await protocol.send(make(n))
            latencies.append(time.perf_counter() - sent)
            failures += not 200 <= status < 300
        protocol.close()

    begin = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.perf_counter() - begin
    p50, p99 = percentile(latencies, 0.5), percentile(latencies, 0.99)
    return Load(len(latencies) / seconds, p50, p99, max(latencies), failures)


def measure(port: int, clients: int, total: int, make: Callable[[int], bytes]) -> Load:
    """``total`` requests from ``clients`` clients; ``make(n)`` gives the bytes of request ``n``."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(port, clients, iter(range(total)), make))


def measure_beside(
    port: int, total: int, make: Callable[[int], bytes], others: int, theirs: Callable[[int], bytes]
) -> Load:
    """``total`` requests of one client, while ``others`` send theirs for as long as that takes."""
    import uvloop

    async def both() -> Load:
        over = False
        numbers = itertools.takewhile(lambda _n: not over, itertools.count())
        beside = asyncio.create_task(_run(port, others, numbers, theirs))
        load = await _run(port, 1, iter(range(total)), make)
        over = True
        if (await beside).failures:
            raise RuntimeError("what was asked beside was refused")
        return load

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(both())
