"""The command bus: one answer to a key, nothing said before it is durable, nothing kept that is not."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hall.journal.chain import Record
from hall.journal.codec import encode
from hall.journal.errors import DiskFull, JournalCorrupt
from hall.journal.memory import MemoryStore
from hall.journal.sqlite import SqliteStore
from hall.journal.store import Answer, Store
from hall.problems import Reply
from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import QueueId, TicketId, WindowId
from hall.queue.plan import Plan
from hall.replies import Replies
from hall.service import Commit, PlanMismatch, Service
from tests.unit.hall.small_hall import MORNING, hall_settings, make_plan

A, ONE = QueueId("a"), WindowId("1")
TAKE = c.Take(A)


class GatedStore(MemoryStore):
    """A disk that writes when it is told to, or fails as it is told to."""

    def __init__(self) -> None:
        super().__init__("small")
        self.gate = threading.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.batches: list[int] = []

    def append(self, after: int, records: Sequence[Record], answers: Sequence[Answer]) -> None:
        assert self.gate.wait(30)
        if self.failure is not None:
            raise self.failure
        super().append(after, records, answers)
        self.batches.append(len(answers))


@contextmanager
def running(store: Store, plan: Plan | None = None) -> Iterator[Service]:
    plan = plan or make_plan()
    service = Service(store, plan, lambda: MORNING, Replies(plan, lambda ticket: f"/t/{ticket}"))
    yield service


def run(store: Store, work: Callable[[Service], Awaitable[Any]], plan: Plan | None = None) -> Any:
    """``work`` on a service that is closed in order afterwards."""

    async def main() -> Any:
        with running(store, plan) as service:
            try:
                return await work(service)
            finally:
                await service.close()

    return asyncio.run(main())


def said(reply: Reply) -> Any:
    return json.loads(reply.body)


async def turns(count: int = 5) -> None:
    """Let the event loop do what it has to do."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_a_command_is_answered_and_its_events_are_in_the_journal() -> None:
    store = MemoryStore("small")
    reply = run(store, lambda service: service.submit("k1", "terminal:k", TAKE))
    assert reply.status == 201
    assert said(reply)["number"] == "A01"
    assert said(reply)["phone_path"] == "/t/20261123-A01"
    assert [record.type for record in store.records] == ["genesis", "day_opened", "ticket_taken"]
    assert json.loads(store.records[-1].body)["by"] == "terminal:k"
    assert json.loads(store.records[-1].body)["key"] == "k1"


def test_a_repeated_key_gets_the_first_answer_byte_for_byte() -> None:
    async def work(service: Service) -> tuple[Reply, Reply, Reply]:
        first = await service.submit("k1", "terminal:k", TAKE)
        await service.submit("k2", "terminal:k", TAKE)
        again, and_again = await asyncio.gather(
            service.submit("k1", "terminal:k", TAKE), service.submit("k1", "terminal:k", TAKE)
        )
        return first, again, and_again

    store = MemoryStore("small")
    first, again, and_again = run(store, work)
    assert first == again == and_again
    assert store.head().seq == 3


def test_a_double_touch_in_flight_is_one_command() -> None:
    store = GatedStore()

    async def work(service: Service) -> list[Reply]:
        store.gate.clear()
        tasks = [asyncio.create_task(service.submit("k1", "terminal:k", TAKE)) for _ in range(5)]
        await turns()
        store.gate.set()
        return await asyncio.gather(*tasks)

    replies = run(store, work)
    assert all(reply == replies[0] for reply in replies)
    assert store.head().seq == 2


def test_a_waiter_that_gives_up_takes_nothing_from_the_others() -> None:
    store = GatedStore()

    async def work(service: Service) -> Reply:
        store.gate.clear()
        gone = asyncio.create_task(service.submit("k1", "terminal:k", TAKE))
        stays = asyncio.create_task(service.submit("k1", "terminal:k", TAKE))
        await turns()
        gone.cancel()
        await turns()
        store.gate.set()
        return await stays

    assert run(store, work).status == 201


def test_answers_survive_a_restart(tmp_path: Path) -> None:
    def once() -> Reply:
        store = SqliteStore(tmp_path / "journal.sqlite", "small")
        try:
            reply = run(store, lambda service: service.submit("k1", "terminal:k", TAKE))
            assert isinstance(reply, Reply)
            return reply
        finally:
            store.close()

    assert once() == once()


@pytest.mark.parametrize("other", [("terminal:j", TAKE), ("terminal:k", c.Take(QueueId("b")))])
def test_a_key_belongs_to_one_actor_and_one_command(other: tuple[str, c.Command]) -> None:
    store = GatedStore()

    async def work(service: Service) -> tuple[Reply, Reply]:
        store.gate.clear()
        first = asyncio.create_task(service.submit("k1", "terminal:k", TAKE))
        await turns()
        in_flight = await service.submit("k1", *other)
        store.gate.set()
        await first
        return in_flight, await service.submit("k1", *other)

    for reply in run(store, work):
        assert (reply.status, said(reply)["code"]) == (409, "idempotency.key_reused")


def test_a_refusal_is_a_first_answer_too() -> None:
    async def work(service: Service) -> tuple[Reply, Reply]:
        await service.submit("o", "window:1", c.OpenWindow(ONE))
        first = await service.submit("k1", "window:1", c.CallNext(ONE))
        await service.submit("k2", "terminal:k", TAKE)
        return first, await service.submit("k1", "window:1", c.CallNext(ONE))

    store = MemoryStore("small")
    first, again = run(store, work)
    assert said(first)["code"] == "queue.nobody_waiting"
    assert again == first
    assert again.media_type == "application/problem+json"


def test_nothing_is_shown_or_answered_before_it_is_durable() -> None:
    store, heard = GatedStore(), list[Commit]()

    async def work(service: Service) -> None:
        service.subscribe(heard.append)
        store.gate.clear()
        task = asyncio.create_task(service.submit("k1", "terminal:k", TAKE))
        await turns(20)
        assert not task.done()
        assert service.state.seq == 0
        assert heard == []
        store.gate.set()
        await task
        assert service.state.seq == 2

    run(store, work)
    assert [type(event) for event in heard[0].events] == [e.DayOpened, e.TicketTaken]
    assert heard[0].state.seq == 2


def test_what_arrives_during_an_append_goes_into_the_next_one_together() -> None:
    store = GatedStore()

    async def work(service: Service) -> None:
        store.gate.clear()
        first = asyncio.create_task(service.submit("k0", "terminal:k", TAKE))
        await turns()
        others = [asyncio.create_task(service.submit(f"k{n}", "terminal:k", TAKE)) for n in range(1, 30)]
        await turns()
        store.gate.set()
        replies = await asyncio.gather(first, *others)
        assert [said(r)["number"] for r in replies] == [f"A{n:02d}" for n in range(1, 31)]

    run(store, work)
    assert store.batches == [1, 29]


def test_a_disk_that_fails_loses_nothing_and_invents_nothing() -> None:
    store = GatedStore()

    async def work(service: Service) -> None:
        await service.submit("k0", "terminal:k", TAKE)
        store.gate.clear()
        store.failure = DiskFull("no room")
        tasks = [asyncio.create_task(service.submit(f"k{n}", "terminal:k", TAKE)) for n in range(1, 6)]
        await turns()
        store.gate.set()
        for reply in await asyncio.gather(*tasks):
            assert (reply.status, said(reply)["code"]) == (503, "journal.disk_full")
            assert reply.headers["Retry-After"] == "1"
        assert service.state.seq == 2
        store.failure = None
        retried = await service.submit("k3", "terminal:k", TAKE)
        assert said(retried)["number"] == "A02"

    run(store, work)
    assert store.head().seq == 3


def test_a_mistake_in_the_store_is_answered_and_the_hall_goes_on() -> None:
    store = GatedStore()

    async def work(service: Service) -> tuple[Reply, Reply]:
        store.failure = ZeroDivisionError("a bug")
        first = await service.submit("k1", "terminal:k", TAKE)
        store.failure = None
        return first, await service.submit("k1", "terminal:k", TAKE)

    broken, whole = run(store, work)
    assert (broken.status, said(broken)["code"]) == (500, "hall.internal")
    assert whole.status == 201


def test_two_halls_on_one_journal_never_give_the_same_number(tmp_path: Path) -> None:
    async def main() -> list[Reply]:
        stores = [SqliteStore(tmp_path / "journal.sqlite", "small") for _ in range(2)]
        plan = make_plan()
        halls = [Service(s, plan, lambda: MORNING, Replies(plan, str)) for s in stores]
        replies = await asyncio.gather(*(halls[n % 2].submit(f"k{n}", "terminal:k", TAKE) for n in range(60)))
        assert set(halls[0].state.tickets) <= {said(r)["id"] for r in replies}
        crossed = await halls[1].submit("k0", "terminal:k", TAKE)
        assert crossed == replies[0], "the other hall's answer is the first answer here too"
        for hall, store in zip(halls, stores, strict=True):
            await hall.close()
            store.close()
        return replies

    replies = asyncio.run(main())
    assert len({said(r)["number"] for r in replies}) == 60


def test_the_first_answer_of_one_hall_is_the_first_answer_of_the_other(tmp_path: Path) -> None:
    async def main() -> tuple[Reply, Reply, Reply]:
        stores = [SqliteStore(tmp_path / "journal.sqlite", "small") for _ in range(2)]
        plan = make_plan()
        here, there = (Service(s, plan, lambda: MORNING, Replies(plan, str)) for s in stores)
        first = await there.submit("k1", "terminal:k", TAKE)
        again = await here.submit("k1", "terminal:k", TAKE)
        await there.submit("k2", "terminal:k", TAKE)
        other = await here.submit("k2", "terminal:other", TAKE)
        for hall, store in zip((here, there), stores, strict=True):
            await hall.close()
            store.close()
        return first, again, other

    first, again, other = asyncio.run(main())
    assert first == again
    assert said(other)["code"] == "idempotency.key_reused"


def test_whoever_came_first_is_decided_first_even_when_another_hall_was_faster() -> None:
    store = GatedStore()

    async def work(service: Service) -> list[Reply]:
        store.gate.clear()
        tasks = []
        for key in ("k1", "k2", "k3"):
            tasks.append(asyncio.create_task(service.submit(key, "terminal:k", TAKE)))
            await turns()
        head = store.head()  # another hall opens the day under our hands
        opened = encode(e.DayOpened(MORNING, MORNING.date()), head, "window:1", "other")
        MemoryStore.append(store, head.seq, [opened], [])
        store.gate.set()
        return await asyncio.gather(*tasks)

    assert [said(reply)["number"] for reply in run(store, work)] == ["A01", "A02", "A03"]


def test_a_mistake_in_one_answer_harms_no_other() -> None:
    class Careless(Replies):
        def accepted(self, command: c.Command, *rest: Any) -> Reply:
            if command == c.Take(QueueId("b")):
                raise ZeroDivisionError("a bug")
            return super().accepted(command, *rest)

    async def main() -> list[Reply]:
        plan = make_plan()
        service = Service(MemoryStore("small"), plan, lambda: MORNING, Careless(plan, str))
        commands = [TAKE, c.Take(QueueId("b")), TAKE]
        replies = await asyncio.gather(*(service.submit(f"k{n}", "x", cmd) for n, cmd in enumerate(commands)))
        assert [t.number for t in service.state.tickets.values() if t.queue == "b"] == []
        await service.close()
        return replies

    good, bad, fine = asyncio.run(main())
    assert (bad.status, said(bad)["code"]) == (500, "hall.internal")
    assert [said(good)["number"], said(fine)["number"]] == ["A01", "A02"]


def test_a_listener_hears_of_another_halls_events_before_its_own(tmp_path: Path) -> None:
    heard: list[Commit] = []

    async def main() -> None:
        stores = [SqliteStore(tmp_path / "journal.sqlite", "small") for _ in range(2)]
        plan = make_plan()
        here, there = (Service(s, plan, lambda: MORNING, Replies(plan, str)) for s in stores)
        here.subscribe(heard.append)
        await there.submit("k1", "terminal:k", TAKE)
        await here.submit("k2", "terminal:k", TAKE)
        for hall, store in zip((here, there), stores, strict=True):
            await hall.close()
            store.close()

    asyncio.run(main())
    numbers = [
        event.number for commit in heard for event in commit.events if isinstance(event, e.TicketTaken)
    ]
    assert numbers == ["A01", "A02"]


def test_a_listener_that_fails_stops_nobody() -> None:
    def broken(commit: Commit) -> None:
        raise ValueError("not my day")

    async def work(service: Service) -> Reply:
        service.subscribe(broken)
        return await service.submit("k1", "terminal:k", TAKE)

    assert run(MemoryStore("small"), work).status == 201


def test_a_restart_is_a_replay_of_the_last_day(tmp_path: Path) -> None:
    plan = make_plan()
    now = MORNING

    async def work(service: Service) -> Any:
        nonlocal now
        await service.submit("k1", "terminal:k", TAKE)
        now += timedelta(days=1)
        for n in range(2, 5):
            await service.submit(f"k{n}", "terminal:k", c.Take(A, person=str(n) * 64))
        await service.submit("o", "window:1", c.OpenWindow(ONE))
        await service.submit("c", "window:1", c.CallNext(ONE))
        await service.close()
        return service.state

    async def again() -> Any:
        store = SqliteStore(tmp_path / "journal.sqlite", "small")
        service = Service(store, plan, lambda: now, Replies(plan, str))
        state = service.state
        await service.close()
        store.close()
        return state

    async def first() -> Any:
        store = SqliteStore(tmp_path / "journal.sqlite", "small")
        state = await work(Service(store, plan, lambda: now, Replies(plan, str)))
        store.close()
        return state

    before = asyncio.run(first())
    assert asyncio.run(again()) == before
    assert before.seq == 9
    assert len(before.tickets) == 3


def test_a_stopping_hall_finishes_what_it_accepted_and_accepts_no_more() -> None:
    store = GatedStore()

    async def main() -> tuple[Reply, Reply]:
        plan = make_plan()
        service = Service(store, plan, lambda: MORNING, Replies(plan, str))
        store.gate.clear()
        accepted = asyncio.create_task(service.submit("k1", "terminal:k", TAKE))
        await turns()
        closing = asyncio.create_task(service.close())
        await turns()
        refused = await service.submit("k2", "terminal:k", TAKE)
        store.gate.set()
        await closing
        return await accepted, refused

    accepted, refused = asyncio.run(main())
    assert accepted.status == 201
    assert (refused.status, said(refused)["code"]) == (503, "hall.stopping")


def test_too_many_at_once_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hall.service.MOST_WAITING", 3)
    store = GatedStore()

    async def work(service: Service) -> list[Reply]:
        store.gate.clear()
        tasks = [asyncio.create_task(service.submit(f"k{n}", "terminal:k", TAKE)) for n in range(6)]
        await turns()
        store.gate.set()
        return await asyncio.gather(*tasks)

    assert sorted(r.status for r in run(store, work)) == [201, 201, 201, 503, 503, 503]


def test_settings_that_lost_a_queue_of_today_are_refused_until_the_day_is_over() -> None:
    store = MemoryStore("small")
    run(store, lambda service: service.submit("k1", "terminal:k", TAKE))
    settings: Any = hall_settings()
    queues = [q for q in settings["queues"] if q["id"] != "a"]
    windows = [{**w, "serves": [q for q in w["serves"] if q != "a"]} for w in settings["windows"]]
    with pytest.raises(PlanMismatch, match="lack a, which the journal of 2026-11-23 uses"):
        run(store, lambda service: turns(), make_plan(queues=queues, windows=windows))


def test_a_damaged_journal_does_not_start_a_hall() -> None:
    store = MemoryStore("small")
    run(store, lambda service: service.submit("k1", "terminal:k", TAKE))
    store.records[1] = store.records[1]._replace(body=store.records[1].body.replace(b"11-23", b"11-24"))
    with pytest.raises(JournalCorrupt, match="record 1"):
        run(store, lambda service: turns())


def test_old_answers_are_forgotten_when_tidied() -> None:
    store = MemoryStore("small")
    store.append(0, [], [Answer("old", b"", 200, b"", MORNING - timedelta(days=7, seconds=1))])

    async def work(service: Service) -> None:
        service.tidy()
        await service.submit("new", "terminal:k", TAKE)

    run(store, work)
    assert set(store.answers) == {"new"}


def test_every_command_has_its_answer() -> None:
    async def work(service: Service) -> dict[str, int]:
        ticket = TicketId("20261123-A01")
        script: list[c.Command] = [
            *(TAKE, c.ReportPaper(ticket, "j", "printed"), c.OpenWindow(ONE), c.CallNext(ONE)),
            *(c.Recall(ONE), c.Miss(ONE), c.Return(ONE, ticket), c.CallNext(ONE), c.Park(ONE)),
            *(
                c.Resume(ONE, ticket),
                c.Transfer(ONE, QueueId("b")),
                c.Abandon(ONE, ticket),
                c.PauseWindow(ONE),
            ),
            *(c.CloseWindow(ONE), c.CallStaff("k", ""), c.CloseDay(), c.OpenDay()),
        ]
        return {
            f"{n} {type(command).__name__}": (await service.submit(f"k{n}", "x", command)).status
            for n, command in enumerate(script)
        }

    statuses = run(MemoryStore("small"), work)
    assert {name for name, status in statuses.items() if status not in (200, 201, 204)} == set()
