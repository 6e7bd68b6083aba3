"""Many at once on the real server and the real disk: every number once, every ticket one window."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hall.journal.verify import export, verify
from tests.e2e.hall_process import Answer, Client, HallProcess

pytestmark = pytest.mark.timeout(300)
CLIENTS, NUMBERS = 16, 10_000
PADS = (1, 2, 3, 5, 5, 6, 7, 8, 9)  # eight windows; at one of them two pads
WAITING = 2_000
QUEUES = {"general": "A", "social": "B", "medical": "C", "tax": "K"}


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[HallProcess]:
    hall = HallProcess(tmp_path)
    hall.start()
    yield hall
    if hall.alive:
        hall.kill()


def journal_of(hall: HallProcess, tmp_path: Path) -> list[dict[str, object]]:
    """Stop the hall; its journal's records, after they were found whole."""
    assert hall.stop() == 0
    report = verify(hall.journal)
    assert (report.accepted, report.seal) == (True, "sealed"), report.words()
    export(hall.journal, tmp_path / "journal.jsonl")
    lines = (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["record"] for line in lines[:-1]]


def test_sixteen_terminals_take_ten_thousand_numbers_with_retries_and_double_touches(
    hall: HallProcess, tmp_path: Path
) -> None:
    answers: dict[str, list[Answer]] = {}

    async def terminal(number: int) -> None:
        chance = random.Random(number)
        client, second_finger = Client(hall, "terminal"), Client(hall, "terminal")
        for n in range(NUMBERS // CLIENTS):
            key, queue = f"{number}-{n}", chance.choice(list(QUEUES))
            body = json.dumps({"queue": queue, "priority": chance.choice(["ordinary", "elder"])}).encode()
            fingers = (client, second_finger) if chance.random() < 0.1 else (client,)
            answers[key] = await asyncio.gather(*(f.post("/v1/tickets", key, body) for f in fingers))
            while chance.random() < 0.1:
                answers[key].append(await client.post("/v1/tickets", key, body))
        client.close()
        second_finger.close()

    async def rush() -> None:
        await asyncio.gather(*(terminal(number) for number in range(CLIENTS)))

    asyncio.run(rush())
    assert len(answers) == NUMBERS
    assert sum(map(len, answers.values())) > NUMBERS * 1.1, "there were retries and double touches"
    for given in answers.values():
        assert {answer.status for answer in given} == {201}
        assert len({answer.body for answer in given}) == 1, "one touch, one number"
    numbers = [given[0].json()["number"] for given in answers.values()]
    assert len(set(numbers)) == NUMBERS
    for prefix in QUEUES.values():
        taken = sorted(int(number[1:]) for number in numbers if number[0] == prefix)
        assert taken == list(range(1, len(taken) + 1)), "no gap"
    records = journal_of(hall, tmp_path)
    assert Counter(r["type"] for r in records) == {"genesis": 1, "day_opened": 1, "ticket_taken": NUMBERS}
    assert {r["key"] for r in records if r["type"] == "ticket_taken"} == set(answers)


def test_eight_windows_call_two_thousand_waiting_and_each_has_one_winner(
    hall: HallProcess, tmp_path: Path
) -> None:
    winners: dict[str, list[str]] = {}

    async def rush() -> None:
        terminals = [Client(hall, "terminal") for _ in range(8)]

        async def give(number: int) -> None:
            for n in range(WAITING // 8):
                queue = ("general", "social", "medical")[(number + n) % 3]
                await terminals[number].post(
                    "/v1/tickets", f"t{number}-{n}", b'{"queue":"%s"}' % queue.encode()
                )

        await asyncio.gather(*(give(number) for number in range(8)))
        await asyncio.gather(*(work(window, pad) for pad, window in enumerate(PADS)))
        for client in terminals:
            client.close()

    async def work(window: int, pad: int) -> None:
        client = Client(hall, f"window:{window}")
        await client.post(f"/v1/windows/{window}/open", f"o{window}-{pad}")
        for n in range(WAITING * 2):
            key = f"c{window}-{pad}-{n}"
            called = await client.post(f"/v1/windows/{window}/call-next", key)
            assert (await client.post(f"/v1/windows/{window}/call-next", key)) == called, "a retry"
            code = called.json().get("code")
            if code == "queue.nobody_waiting":
                break
            if called.status == 200:
                winners.setdefault(called.json()["current"]["number"], []).append(f"{window}-{pad}")
            else:
                assert code == "window.busy", "the other pad of the window was faster"
            finished = await client.post(f"/v1/windows/{window}/finish", f"f{window}-{pad}-{n}")
            assert finished.status == 200 or finished.json()["code"] == "window.no_current"
        client.close()

    asyncio.run(rush())
    assert len(winners) == WAITING
    assert {len(won) for won in winners.values()} == {1}
    records = journal_of(hall, tmp_path)
    calls = [r["data"]["number"] for r in records if r["type"] == "ticket_called"]  # type: ignore[index]
    assert len(calls) == WAITING
    for prefix in "ABC":
        called = [int(number[1:]) for number in calls if number[0] == prefix]
        assert called == list(range(1, len(called) + 1)), "in the order of their numbers, each once"
    kinds = Counter(r["type"] for r in records)
    assert kinds["ticket_finished"] == kinds["ticket_called"] == WAITING
