"""What the hall says on MQTT: calls at once, retained state always true in the end."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hall import live
from hall.journal.memory import MemoryStore
from hall.live import LivePublisher
from hall.queue import commands as c
from hall.queue.model import QueueId, TicketId, WindowId
from hall.replies import Replies
from hall.service import Service
from hall.wire.messages import Call, HallView, WindowView
from tests.unit.hall.small_hall import MORNING, make_plan

A, B, ONE, TWO, THREE = QueueId("a"), QueueId("b"), WindowId("1"), WindowId("2"), WindowId("3")
BOARD, CALLS = "k/1/h/small/board", "k/1/h/small/call"


class Broker:
    """Remembers what was published, as a broker does."""

    def __init__(self) -> None:
        self.said: list[tuple[str, int, bool]] = []
        self.calls: list[Call] = []
        self.retained: dict[str, bytes] = {}

    def publish(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        self.said.append((topic, qos, retain))
        if retain:
            self.retained[topic] = payload
        else:
            self.calls.append(Call.model_validate_json(payload))

    @property
    def board(self) -> HallView:
        return HallView.model_validate_json(self.retained[BOARD])

    def window(self, window: str) -> WindowView:
        return WindowView.model_validate_json(self.retained[f"k/1/h/small/w/{window}"])


class Live:
    """A hall with its publisher; commands get a key of their own."""

    def __init__(self) -> None:
        plan = make_plan()
        self.service = Service(MemoryStore("small"), plan, lambda: MORNING, Replies(plan, str))
        self.broker = Broker()
        self.publisher = LivePublisher(self.service, self.broker.publish)
        self.count = 0

    async def do(self, *commands: c.Command) -> None:
        for command in commands:
            self.count += 1
            reply = await self.service.submit(f"k{self.count}", "x", command)
            assert reply.status < 300, reply.body


def with_live(work: Callable[[Live], Awaitable[None]]) -> None:
    async def main() -> None:
        hall = Live()
        hall.publisher.start()
        await work(hall)
        hall.publisher.close()
        await hall.service.close()

    asyncio.run(main())


def test_everything_is_said_when_it_starts() -> None:
    async def work(hall: Live) -> None:
        assert {topic for topic, _, _ in hall.broker.said} == {BOARD, *(f"k/1/h/small/w/{w}" for w in "123")}
        assert {(qos, retain) for _, qos, retain in hall.broker.said} == {(1, True)}

    with_live(work)


def test_a_call_goes_out_first_and_is_not_retained() -> None:
    async def work(hall: Live) -> None:
        await hall.do(c.Take(A), c.OpenWindow(ONE))
        hall.broker.said.clear()
        await hall.do(c.CallNext(ONE))
        assert hall.broker.said[0] == (CALLS, 1, False)
        (call,) = hall.broker.calls
        assert (call.number, call.window, call.kind, call.round) == ("A01", "1", "called", 1)
        assert call.seq == hall.service.state.seq
        assert hall.broker.said[1][0] == "k/1/h/small/w/1", "the window that acted is next"
        await hall.do(c.Recall(ONE))
        assert (hall.broker.calls[1].kind, hall.broker.calls[1].round) == ("recalled", 2)

    with_live(work)


def test_an_idle_hall_says_a_change_at_once() -> None:
    async def work(hall: Live) -> None:
        hall.broker.said.clear()
        await hall.do(c.Take(A))
        assert hall.broker.board.queues[0].waiting == 1
        assert hall.broker.window("1").waiting == 1

    with_live(work)


def test_under_load_the_board_is_said_seldom_but_is_right_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSE", 0.02)

    async def work(hall: Live) -> None:
        hall.broker.said.clear()
        for _ in range(100):
            await hall.do(c.Take(A))
        boards = sum(topic == BOARD for topic, _, _ in hall.broker.said)
        assert boards < 50
        while hall.publisher.busy:
            await asyncio.sleep(0.005)
        assert hall.broker.board.queues[0].waiting == 100
        assert hall.broker.window("3").waiting == 100

    with_live(work)


def test_what_is_unsaid_is_said_when_it_closes() -> None:
    async def work(hall: Live) -> None:
        await hall.do(c.Take(A), c.Take(A))
        assert hall.broker.board.queues[0].waiting == 1
        hall.publisher.close()
        assert hall.broker.board.queues[0].waiting == 2

    with_live(work)


def test_a_broker_that_lost_its_memory_is_told_everything_again() -> None:
    async def work(hall: Live) -> None:
        await hall.do(c.Take(A), c.OpenWindow(ONE), c.CallNext(ONE))
        hall.broker.retained.clear()
        hall.publisher.refresh()
        assert set(hall.broker.retained) == {BOARD, *(f"k/1/h/small/w/{w}" for w in "123")}
        assert hall.broker.window("1").current is not None
        assert len(hall.broker.calls) == 1, "an old call is not called again"

    with_live(work)


@pytest.mark.parametrize(
    ("before", "command", "changed"),
    [
        ([], c.Take(A), "13"),
        ([c.Take(A)], c.ReportPaper(TicketId("20261123-A01"), "j", "failed"), "13"),
        ([c.Take(A), c.OpenWindow(ONE), c.CallNext(ONE)], c.Miss(ONE), "13"),
        ([c.Take(A), c.OpenWindow(ONE), c.CallNext(ONE)], c.Transfer(ONE, B), "12"),
        ([], c.OpenWindow(TWO), "2"),
        ([c.Take(A)], c.CloseDay(), "123"),
    ],
)
def test_every_window_that_looks_different_is_said_again(
    before: list[c.Command], command: c.Command, changed: str
) -> None:
    async def work(hall: Live) -> None:
        await hall.do(c.OpenDay(), *before)
        hall.publisher.close()
        hall.broker.said.clear()
        await hall.do(command)
        hall.publisher.close()
        said = {topic.rpartition("/")[2] for topic, _, _ in hall.broker.said if "/w/" in topic}
        assert set(changed) <= said
        for window in "123":
            view = hall.broker.window(window)
            hall.publisher.refresh()
            assert hall.broker.window(window).model_copy(update={"seq": 0}) == view.model_copy(
                update={"seq": 0}
            )

    with_live(work)


def test_many_calls_in_one_commit_all_go_out_with_their_own_numbers() -> None:
    async def work(hall: Live) -> None:
        await hall.do(*(c.Take(q) for q in (A, B, A)), *(c.OpenWindow(w) for w in (ONE, TWO, THREE)))
        calls = [c.CallNext(w) for w in (ONE, TWO, THREE)]
        await asyncio.gather(*(hall.service.submit(f"c{n}", "x", call) for n, call in enumerate(calls)))
        assert sorted(call.window for call in hall.broker.calls) == ["1", "2", "3"]
        last = hall.service.state.seq
        assert [call.seq for call in hall.broker.calls] == [last - 2, last - 1, last]

    with_live(work)


def test_a_clerk_hears_at_once_what_was_agreed_while_the_citizen_stands_there() -> None:
    async def work(hall: Live) -> None:
        await hall.do(c.Take(A), c.OpenWindow(ONE), c.CallNext(ONE))
        hall.publisher.refresh()
        ticket = TicketId("20261123-A01")
        await hall.do(c.Attach(ticket, 2))
        hall.publisher.close()  # what was kept back
        current = hall.broker.window("1").current
        assert current is not None
        assert current.certificates == 2

    with_live(work)
