"""What boards, pads and citizens see."""

from datetime import UTC, datetime

import pytest

from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import QueueId, TicketId, WindowId
from hall.queue.views import LISTED, hall_view, ticket_facts, ticket_view, wait, window_view
from hall.replies import Replies
from tests.unit.hall.small_hall import Day, make_plan

A, B, C = QueueId("a"), QueueId("b"), QueueId("c")
ONE, TWO, THREE = WindowId("1"), WindowId("2"), WindowId("3")


def take(day: Day, queue: QueueId = A, favoured: bool = False) -> TicketId:
    *_, taken = day.done(c.Take(queue, "elder" if favoured else "ordinary"))
    assert isinstance(taken, e.TicketTaken)
    return taken.ticket


def seen(day: Day, window: WindowId = ONE):  # a view of whatever kind
    return window_view(day.state, window, day.plan, day.now)


def test_a_wait_is_a_range_around_the_configured_handling_time(day: Day) -> None:
    take(day, B)
    assert wait(day.state, B, 3, day.plan) == (None, None), "no window is open: nobody can say"
    day.done(c.OpenWindow(TWO))
    assert wait(day.state, B, 3, day.plan) == (21, 52)  # 3 and 4 times 10 minutes, 30 % less and more
    day.done(c.OpenWindow(ONE))
    assert wait(day.state, B, 3, day.plan) == (10, 26)
    assert wait(day.state, B, 0, day.plan) == (0, 7)


def test_measured_handling_times_replace_the_configured_one_newest_first(day: Day) -> None:
    day.done(c.OpenWindow(TWO))
    for seconds in (60, 60, 600):
        take(day, B)
        day.done(c.CallNext(TWO))
        day.done(c.Start(TWO))
        day.later(seconds=seconds)
        day.done(c.Finish(TWO))
    assert day.state.lanes(B).pace == pytest.approx(60 + 0.2 * 540)
    assert wait(day.state, B, 10, day.plan) == (19, 41)


def test_a_ticket_is_told_where_to_go_and_how_long_it_takes(day: Day) -> None:
    day.done(c.OpenWindow(ONE))
    take(day)
    ticket = take(day)
    view = ticket_view(day.state, day.state.tickets[ticket], day.plan, "/t/x")
    assert (view.ahead, view.windows, view.zone, view.zone_en) == (1, "1, 3", "一区", "Zone 1")
    assert (view.wait_low, view.wait_high) == (5, 21)
    day.done(c.CallNext(ONE))
    first = day.state.tickets[TicketId("20261123-A01")]
    view = ticket_view(day.state, first, day.plan)
    assert (view.ahead, view.wait_low, view.window, view.state) == (0, None, "1", "called")


def test_a_directed_ticket_is_sent_to_its_window(day: Day) -> None:
    ticket = take(day)
    for window in (ONE, TWO, THREE):
        day.done(c.OpenWindow(window))
    day.done(c.CallNext(THREE))
    day.done(c.Transfer(THREE, B, TWO))
    view = ticket_view(day.state, day.state.tickets[ticket], day.plan)
    assert (view.windows, view.queue_name, view.number) == ("2", "乙", "A01")


def test_the_quick_answer_says_what_the_checked_view_says(day: Day) -> None:
    ticket = take(day)
    reply = Replies(day.plan, lambda t: f"/t/{t}").ticket(day.state, ticket)
    view = ticket_view(day.state, day.state.tickets[ticket], day.plan, f"/t/{ticket}")
    assert reply.body == view.model_dump_json().encode()
    assert list(ticket_facts(day.state, day.state.tickets[ticket], day.plan)) == list(type(view).model_fields)


@pytest.mark.parametrize(
    ("windows", "sign"),
    [(["1"], "1"), (["5", "6", "7"], "5–7"), (["3", "5", "6", "9"], "3, 5–6, 9"), (["2", "vip"], "2, vip")],
)
def test_window_numbers_read_as_on_a_sign(windows: list[str], sign: str) -> None:
    window = {"name": "窗口", "name_en": "Window", "zone": "z", "serves": ["a", "b", "c"]}
    plan = make_plan(windows=[{"id": w, **window} for w in windows])
    assert plan.signs[A].windows == sign


def test_a_clerk_sees_who_waits_who_was_missed_parked_and_unprinted(day: Day) -> None:
    tickets = [take(day) for _ in range(4)] + [take(day, B), take(day, C)]
    day.done(c.OpenWindow(ONE))
    day.done(c.CallNext(ONE))
    day.done(c.Miss(ONE))
    day.done(c.CallNext(ONE))
    day.done(c.Park(ONE, papers=True))
    day.done(c.ReportPaper(tickets[3], "j", "unknown"))
    day.done(c.CallNext(ONE))
    day.done(c.Recall(ONE))
    view = seen(day)
    assert (view.waiting, view.waiting_by_queue) == (2, (("a", "甲", 1), ("b", "乙", 1)))
    assert [(t.number, t.state) for t in view.missed] == [("A01", "missed")]
    assert [(t.number, t.papers_here) for t in view.parked] == [("A02", True)]
    assert [(t.number, t.paper) for t in view.unprinted] == [("A04", "unknown")]
    assert view.current.number == "A03"
    assert view.recalls == 1
    other = seen(day, THREE)
    assert [t.number for t in other.missed] == ["A01"], "another window of the queue may return it"
    assert other.parked == ()
    assert seen(day, TWO).unprinted == ()


def test_a_clerks_lists_are_bounded_and_newest_first(day: Day) -> None:
    day.done(c.OpenWindow(ONE))
    for _ in range(LISTED + 10):
        take(day)
        day.done(c.CallNext(ONE))
        day.later(seconds=1)
        day.done(c.Miss(ONE))
    missed = seen(day).missed
    assert len(missed) == LISTED
    assert (missed[0].number, missed[-1].number) == (f"A{LISTED + 10}", "A11")


def test_a_board_shows_the_last_calls_newest_first_each_number_once(day: Day) -> None:
    day.done(c.OpenWindow(ONE))
    for _ in range(15):
        take(day)
        day.done(c.CallNext(ONE))
        day.done(c.Recall(ONE))
        day.done(c.Finish(ONE))
    calls = hall_view(day.state, day.plan, day.now).calls
    assert [call.number for call in calls] == [f"A{n:02d}" for n in range(15, 3, -1)]
    assert {(call.kind, call.round, call.window_name_en) for call in calls} == {("recalled", 2, "Window 1")}
    assert calls[0].seq == day.state.seq - 2


def test_a_hall_says_whether_it_gives_numbers_and_when_it_will(day: Day) -> None:
    hours = [{"days": ["mon"], "shifts": [{"opens": "09:00:00", "closes": "12:00:00"}]}]
    day.plan = make_plan(hours=hours)
    view = hall_view(day.state, day.plan, day.now)
    assert (view.open_now, view.opens, view.hours, view.day) == (True, "", "09:00–12:00", None)
    assert {q.state for q in view.queues} == {"open"}
    day.now = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # half past eight in China
    view = hall_view(day.state, day.plan, day.now)
    assert (view.open_now, view.opens) == (False, "09:00")
    assert {(q.state, q.opens) for q in view.queues} == {("closed", "09:00")}
    day.now = datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert hall_view(day.state, day.plan, day.now).opens == "2026-11-30 09:00"


def test_a_queue_is_open_full_paused_or_closed(day: Day) -> None:
    def states() -> list[str]:
        return [q.state for q in hall_view(day.state, day.plan, day.now).queues]

    for _ in range(5):
        take(day, C)
    assert states() == ["open", "open", "quota"]
    day.done(c.OpenWindow(ONE))
    day.done(c.PauseWindow(ONE))
    assert states() == ["paused", "paused", "quota"]
    day.done(c.OpenWindow(TWO))
    assert states() == ["paused", "open", "quota"]
    day.done(c.CloseDay())
    assert states() == ["closed", "closed", "closed"]
    assert not hall_view(day.state, day.plan, day.now).open_now


def test_a_new_morning_is_open_before_anybody_came(day: Day) -> None:
    take(day)
    day.done(c.CloseDay())
    day.later(days=1)
    assert hall_view(day.state, day.plan, day.now).open_now


def test_waiting_counts_include_everybody_who_waits(day: Day) -> None:
    for window in (ONE, TWO, THREE):
        day.done(c.OpenWindow(window))
    take(day, B)
    take(day, B, favoured=True)
    take(day)
    day.done(c.CallNext(THREE))
    day.done(c.Transfer(THREE, B, TWO))
    assert [q.waiting for q in hall_view(day.state, day.plan, day.now).queues] == [0, 3, 0]
    assert (seen(day, ONE).waiting, seen(day, TWO).waiting) == (2, 3)


def test_nobody_can_be_found_in_any_view(day: Day) -> None:
    person = "5" * 64
    day.done(c.Take(A, person=person))
    shown = [
        *(seen(day, w).model_dump_json() for w in (ONE, TWO, THREE)),
        hall_view(day.state, day.plan, day.now).model_dump_json(),
        *(ticket_view(day.state, t, day.plan).model_dump_json() for t in day.state.tickets.values()),
    ]
    assert not [text for text in shown if person in text]
