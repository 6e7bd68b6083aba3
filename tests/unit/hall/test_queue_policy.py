"""The written policy: who is next, how often somebody may be overtaken, and what a ticket is told about it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import QueueId, Ticket, TicketId, WindowId
from hall.queue.policy import ahead, callable_now, newcomer_ahead
from tests.unit.hall.small_hall import Day, make_plan

A, B = QueueId("a"), QueueId("b")
ONE, TWO, THREE = WindowId("1"), WindowId("2"), WindowId("3")


def take(day: Day, queue: QueueId = A, favoured: bool = False) -> TicketId:
    *_, taken = day.done(c.Take(queue, "elder" if favoured else "ordinary"))
    assert isinstance(taken, e.TicketTaken)
    return taken.ticket


def call(day: Day, window: WindowId) -> TicketId:
    (called,) = day.done(c.CallNext(window))
    day.done(c.Finish(window))
    assert isinstance(called, e.TicketCalled)
    return called.ticket


def told(day: Day, ticket: TicketId) -> int:
    found = day.state.tickets[ticket]
    return ahead(day.state.lanes(found.queue), found, day.plan.policy)


def waiting(day: Day) -> list[Ticket]:
    return [t for t in day.state.tickets.values() if t.state == "waiting"]


# What happens in queue b, before window 2 alone works it off: people come (True: favoured), are called, come back.
happenings = st.lists(
    st.sampled_from(["crowd", "ordinary", "favoured", "call", "miss", "back", "transfer", "leave"]),
    min_size=5,
    max_size=30,
)


def live_through(day: Day, what: list[str]) -> None:
    missed: list[TicketId] = []
    for happening in what:
        match happening:
            case "ordinary" | "favoured":
                take(day, B, happening == "favoured")
            case "crowd":
                for favoured in (True, False, True, True, False):
                    take(day, B, favoured)
            case "back" if missed:
                day.done(c.Return(TWO, missed.pop()))
            case "transfer":
                take(day, A)
                day.done(c.CallNext(THREE))
                day.done(c.Transfer(THREE, B))
            case "leave" if waiting(day):
                day.done(c.Abandon(TWO, waiting(day)[len(what) % len(waiting(day))].id))
            case "call" | "miss" if waiting(day):
                (called,) = day.done(c.CallNext(TWO))
                assert isinstance(called, e.TicketCalled)
                day.done(c.Finish(TWO) if happening == "call" else c.Miss(TWO))
                missed += [called.ticket] if happening == "miss" else []


@given(happenings, st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_what_a_ticket_is_told_is_how_many_are_called_before_it(what: list[str], streak: int) -> None:
    day = Day(make_plan(policy={"priority_streak": streak, "return_after": 2}))
    for window in (TWO, THREE):
        day.done(c.OpenWindow(window))
    live_through(day, what)
    newcomer = newcomer_ahead(day.state.lanes(B), day.plan.policy)
    last = take(day, B)
    assert told(day, last) == newcomer
    promised = {ticket.id: told(day, ticket.id) for ticket in waiting(day)}
    order = [call(day, TWO) for _ in range(len(promised))]
    assert promised == {ticket: place for place, ticket in enumerate(order)}


@given(st.lists(st.sampled_from(["ordinary", "favoured", "call"]), max_size=80), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_no_ordinary_ticket_is_overtaken_more_often_than_the_policy_allows(
    what: list[str], streak: int
) -> None:
    """Behind n ordinary ones it sees at most (n + 1) streaks of favoured ones that came later."""
    day = Day(make_plan(policy={"priority_streak": streak}))
    day.done(c.OpenWindow(TWO))
    allowed: dict[TicketId, int] = {}
    overtaken: dict[TicketId, int] = {}
    for happening in what:
        if happening == "call":
            if not waiting(day):
                continue
            called = day.state.tickets[call(day, TWO)]
            for ticket in waiting(day):
                if ticket.priority == "ordinary" and ticket.arrival < called.arrival:
                    assert called.priority != "ordinary", "inside a class nobody is overtaken"
                    overtaken[ticket.id] += 1
                    assert overtaken[ticket.id] <= allowed[ticket.id]
        else:
            before = day.state.lanes(B).ordinary.size
            ticket_id = take(day, B, happening == "favoured")
            allowed[ticket_id], overtaken[ticket_id] = streak * (before + 1), 0


def test_priority_comes_first_but_only_so_often_in_a_row(day: Day) -> None:
    day.done(c.OpenWindow(TWO))
    ordinary = [take(day, B) for _ in range(3)]
    favoured = [take(day, B, favoured=True) for _ in range(5)]
    assert [call(day, TWO) for _ in range(8)] == [
        *(favoured[0], favoured[1], ordinary[0]),
        *(favoured[2], favoured[3], ordinary[1]),
        *(favoured[4], ordinary[2]),
    ]


def test_priority_calls_count_only_while_an_ordinary_ticket_waits(day: Day) -> None:
    day.done(c.OpenWindow(TWO))
    favoured = [take(day, B, favoured=True) for _ in range(6)]
    assert [call(day, TWO) for _ in range(3)] == favoured[:3]
    ordinary = take(day, B)
    assert [call(day, TWO) for _ in range(3)] == [favoured[3], favoured[4], ordinary]


def test_a_window_of_two_queues_takes_whoever_waits_longest(day: Day) -> None:
    day.done(c.OpenWindow(ONE))
    order = [take(day, A), take(day, B), take(day, B), take(day, A), take(day, B)]
    assert [call(day, ONE) for _ in order] == order


def test_the_longest_wait_of_a_queue_counts_even_when_somebody_favoured_is_called_for_it(day: Day) -> None:
    day.done(c.OpenWindow(ONE))
    oldest, other, favoured = take(day, B), take(day, A), take(day, B, favoured=True)
    assert [call(day, ONE) for _ in range(3)] == [favoured, oldest, other]


def test_a_missed_ticket_stands_behind_as_many_as_the_policy_says(day: Day) -> None:
    day.done(c.OpenWindow(TWO))
    tickets = [take(day, B) for _ in range(5)]
    day.done(c.CallNext(TWO))
    day.done(c.Miss(TWO))
    day.done(c.Return(TWO, tickets[0]))
    assert [call(day, TWO) for _ in range(5)] == [tickets[n] for n in (1, 2, 0, 3, 4)]


def test_a_missed_ticket_stands_at_the_end_of_a_short_line(day: Day) -> None:
    day.done(c.OpenWindow(TWO))
    first, second = take(day, B), take(day, B)
    day.done(c.CallNext(TWO))
    day.done(c.Miss(TWO))
    day.done(c.Return(TWO, first))
    assert [call(day, TWO), call(day, TWO)] == [second, first]


def test_a_window_cannot_call_what_is_directed_to_another(day: Day) -> None:
    for window in (ONE, TWO, THREE):
        day.done(c.OpenWindow(window))
    ticket = take(day, A)
    take(day, B)
    day.done(c.CallNext(THREE))
    day.done(c.Transfer(THREE, B, TWO))
    assert callable_now(day.state.lanes(B), TWO) == 2
    assert callable_now(day.state.lanes(B), ONE) == 1
    assert day.state.lanes(B).waiting == 2
    assert told(day, ticket) == 0
