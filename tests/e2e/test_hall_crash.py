"""SIGKILL at any moment under load: no acknowledged number is lost, none is given twice."""

import asyncio
import json
import random
import time
from pathlib import Path

import pytest

from hall.journal.verify import verify
from tests.e2e.hall_process import Client, HallProcess

pytestmark = pytest.mark.timeout(300)
ROUNDS = 14
SECONDS = 30.0  # when this is over a slow machine has no more than the fewest rounds
FEWEST, NUMBERS = 4, 100  # without which nothing is said
TERMINALS = 6


class Diary:
    """What was asked for and what was acknowledged, over all crashes."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, bytes] = {}
        self.unsure: list[str] = []
        self.next = 0


async def terminal(hall: HallProcess, diary: Diary, until: asyncio.Event) -> None:
    client = Client(hall, "terminal")
    while not until.is_set():
        key = f"k{diary.next}"
        diary.next += 1
        try:
            answer = await client.post("/v1/tickets", key, b'{"queue":"tax"}')
        except ConnectionError:
            diary.unsure.append(key)
            break
        assert answer.status == 201
        diary.acknowledged[key] = answer.body
    client.close()


async def window(hall: HallProcess, until: asyncio.Event, started: int) -> None:
    client = Client(hall, "window:20")
    try:
        await client.post("/v1/windows/20/open", f"o{started}")
        n = 0
        while not until.is_set():
            for verb in ("call-next", "start", "finish"):
                await client.post(f"/v1/windows/20/{verb}", f"{verb}{started}-{n}")
            n += 1
    except ConnectionError:
        pass
    client.close()


async def rush(hall: HallProcess, diary: Diary, seconds: float, started: int) -> None:
    """Load, and then the end, without a warning."""
    until = asyncio.Event()
    work = [terminal(hall, diary, until) for _ in range(TERMINALS)] + [window(hall, until, started)]
    tasks = [asyncio.create_task(one) for one in work]
    await asyncio.sleep(seconds)
    await asyncio.to_thread(hall.kill)
    until.set()
    await asyncio.gather(*tasks)


async def ask_again(hall: HallProcess, diary: Diary, keys: list[str]) -> None:
    client = Client(hall, "terminal")
    for key in keys:
        answer = await client.post("/v1/tickets", key, b'{"queue":"tax"}')
        assert answer.status == 201
        assert diary.acknowledged.setdefault(key, answer.body) == answer.body, "another answer than before"
    client.close()


def test_a_hall_killed_again_and_again_keeps_every_number_it_gave(tmp_path: Path) -> None:
    hall, diary, chance, rounds = HallProcess(tmp_path), Diary(), random.Random(), 0
    end = time.monotonic() + SECONDS
    while (
        (rounds < ROUNDS and time.monotonic() < end) or rounds < FEWEST or len(diary.acknowledged) <= NUMBERS
    ):
        hall.start()
        known = list(diary.acknowledged)
        asked = diary.unsure + chance.sample(known, min(len(known), 20))
        diary.unsure = []
        asyncio.run(ask_again(hall, diary, asked))
        asyncio.run(rush(hall, diary, chance.uniform(0.02, 0.4), rounds))
        report = verify(hall.journal)
        assert report.accepted, report.words()
        rounds += 1
    hall.start()
    asyncio.run(ask_again(hall, diary, diary.unsure + list(diary.acknowledged)))
    assert hall.stop() == 0
    assert verify(hall.journal).seal == "sealed"
    numbers = sorted(int(json.loads(body)["number"][1:]) for body in diary.acknowledged.values())
    assert numbers == list(range(1, len(numbers) + 1)), (
        "every number once, and none without somebody who took it"
    )
