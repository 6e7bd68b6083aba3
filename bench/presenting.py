"""Presentations a second over the embedded verifier, and whether taking a number is held up by them.

A presentation is a fresh signed code for a list of certificates; each is verified once, as its memory of what was
shown demands. Beside it: bare POSTs to the same server, and tickets beside as many clients that only ping.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bench.hall import Running, running_hall
from bench.load import Load, measure, measure_beside, request
from bench.tickets import take
from hall.codes.choose import embedded
from hall.outside import invented

CLIENTS = (1, 8, 32)
BESIDE = 8  # clients that present while tickets are taken
LIFE = 300  # seconds that a code of the measurement is good: they are made before


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    rounds = 1 if quick else 3
    with running_hall() as hall:
        ping = request("/v1/ping", hall.terminal_token)
        measure(hall.port, 8, 200, _presents(hall, 200))  # everything was used once
        for clients in CLIENTS:
            total = 300 if quick else 1000
            pings, presented = list[Load](), list[Load]()
            for _ in range(rounds):  # in turn, best of the rounds: the machine's speed drifts
                pings.append(measure(hall.port, clients, total, lambda _n: ping))
                presented.append(measure(hall.port, clients, total, _presents(hall, total)))
            best, empty = max(presented, key=_speed), max(pings, key=_speed)
            yield {
                "figure": "presentations",
                "clients": clients,
                "presentations_per_s": round(best.per_second),
                "p50_ms": _ms(best.p50),
                "p99_ms": _ms(best.p99),
                "worst_ms": _ms(max(one.worst for one in presented)),
                "failures": sum(one.failures for one in presented),
                "floor_empty_post_per_s": round(empty.per_second),
                "floor_empty_post_p99_ms": _ms(empty.p99),
            }
        yield _tickets_beside(hall, ping, 200 if quick else 600, rounds)


def _tickets_beside(hall: Running, ping: bytes, tickets: int, rounds: int) -> dict[str, Any]:
    """One client takes tickets: alone, while others ping, while others present."""
    ask = partial(take, hall.terminal_token)
    alone, pinging, presenting = list[Load](), list[Load](), list[Load]()
    for _ in range(rounds):
        alone.append(measure(hall.port, 1, tickets, ask))
        pinging.append(measure_beside(hall.port, tickets, ask, BESIDE, lambda _n: ping))
        presenting.append(measure_beside(hall.port, tickets, ask, BESIDE, _presents(hall, tickets * BESIDE)))
    figure: dict[str, Any] = {"figure": "tickets_beside_presentations", "presenting_clients": BESIDE}
    for name, loads in (("", presenting), ("floor_beside_pings_", pinging), ("floor_alone_", alone)):
        best = min(loads, key=lambda load: load.p99)
        figure |= {f"{name}p50_ms": _ms(best.p50), f"{name}p99_ms": _ms(best.p99)}
        figure |= {f"{name}worst_ms": _ms(max(load.worst for load in loads))}
    return {**figure, "failures": sum(one.failures for one in presenting)}


def _presents(hall: Running, count: int) -> Callable[[int], bytes]:
    """Requests that show fresh codes, ``count`` of them made before and the rest when they are asked for."""
    settings, ahead = hall.settings, timedelta(seconds=hall.ahead)
    assert settings.codes is not None
    people = [one for one in invented() if one.company is None]
    now = datetime.now().astimezone() + ahead
    issuer, _ = embedded(settings.codes, settings.region, hall.folder, now)

    def fresh(n: int) -> bytes:
        now = datetime.now().astimezone() + ahead
        code = issuer.issue(people[n % len(people)], "resident_code", now, LIFE)
        body = json.dumps({"purpose": "certificates", "code": code}).encode()
        return request("/v1/presentations", hall.terminal_token, body, uuid.uuid4().hex)

    made = [fresh(n) for n in range(count)]
    return lambda n: made[n] if n < count else fresh(n)


def _speed(load: Load) -> float:
    return load.per_second


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 2)
