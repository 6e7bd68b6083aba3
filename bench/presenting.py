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

import requests

from bench.hall import Running, running_hall
from bench.load import Load, measure, measure_beside, request
from bench.tickets import take
from hall.codes.choose import embedded
from hall.outside import invented

CLIENTS = (1, 8, 32)
BESIDE = 8  # clients that present while tickets are taken
LOOKING = 2  # clients that look at pictures meanwhile
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
    """One client takes tickets: alone, while others ping, while others present, while two look at pictures."""
    ask = partial(take, hall.terminal_token)
    loads: dict[str, list[Load]] = {
        "": [],
        "beside_faces_": [],
        "floor_beside_pings_": [],
        "floor_alone_": [],
    }
    for _ in range(rounds):
        loads["floor_alone_"].append(measure(hall.port, 1, tickets, ask))
        loads["floor_beside_pings_"].append(measure_beside(hall.port, tickets, ask, BESIDE, lambda _n: ping))
        shows = _presents(hall, tickets * BESIDE)
        loads[""].append(measure_beside(hall.port, tickets, ask, BESIDE, shows))
        loads["beside_faces_"].append(measure_beside(hall.port, tickets, ask, LOOKING, _faces(hall)))
    figure: dict[str, Any] = {"figure": "tickets_beside_presentations", "presenting_clients": BESIDE}
    for name, measured in loads.items():
        best = min(measured, key=lambda load: load.p99)
        figure |= {f"{name}p50_ms": _ms(best.p50), f"{name}p99_ms": _ms(best.p99)}
        figure |= {f"{name}worst_ms": _ms(max(load.worst for load in measured))}
    return {**figure, "failures": sum(load.failures for measured in loads.values() for load in measured)}


def _faces(hall: Running) -> Callable[[int], bytes]:
    """Requests for the pictures of one presentation, in turn."""
    head, _, body = _presents(hall, 1)(0).partition(b"\r\n\r\n")
    key = head.rpartition(b"Idempotency-Key: ")[2].decode()
    headers = {"Authorization": f"Bearer {hall.terminal_token}", "Idempotency-Key": key}
    answer = requests.post(f"{hall.url}/v1/presentations", data=body, headers=headers, timeout=5)
    answer.raise_for_status()
    shown = answer.json()
    wanted = [
        request(
            f"/v1/presentations/{shown['id']}/certificates/{one['id']}/face",
            hall.terminal_token,
            method="GET",
        )
        for one in shown["certificates"]
    ]
    return lambda n: wanted[n % len(wanted)]


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
