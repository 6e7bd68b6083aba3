"""What a hall allows and what it refuses, one sentence at a time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import QueueId, TicketId, WindowId
from hall.queue.refusal import Refusal
from hall.queue.views import window_view
from tests.unit.hall.small_hall import MORNING, Day, make_plan

A, B, C = QueueId("a"), QueueId("b"), QueueId("c")
ONE, TWO, THREE = WindowId("1"), WindowId("2"), WindowId("3")
PERSON = "5" * 64


def take(day: Day, queue: QueueId = A, **more: object) -> TicketId:
    *_, taken = day.done(c.Take(queue, **more))  # type: ignore[arg-type]  # keyword arguments of a test
    assert isinstance(taken, e.TicketTaken)
    return taken.ticket


def open_windows(day: Day) -> None:
    for window in (ONE, TWO, THREE):
        day.done(c.OpenWindow(window))


def called(day: Day, window: WindowId = ONE) -> TicketId:
    (event,) = day.done(c.CallNext(window))
    assert isinstance(event, e.TicketCalled)
    return event.ticket


# -- numbers and the day ----------------------------------------------------------------------------------


def test_numbers_run_by_queue_and_day_and_grow_past_their_digits(day: Day) -> None:
    assert take(day) == "20261123-A01"
    assert take(day, B) == "20261123-B001"
    for _ in range(98):
        take(day)
    assert take(day) == "20261123-A100"
    assert day.state.tickets[TicketId("20261123-A100")].number == "A100"


def test_the_first_command_of_a_day_opens_it(day: Day) -> None:
    opened, taken = day.done(c.Take(A))
    assert opened == e.DayOpened(MORNING, date(2026, 11, 23))
    assert isinstance(taken, e.TicketTaken)


def test_a_refused_command_opens_no_day(day: Day) -> None:
    assert day.refused(c.Take(QueueId("x"))).code == "queue.unknown"
    assert day.state.day is None


def test_the_day_is_the_date_on_the_halls_wall(day: Day) -> None:
    day.now = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)  # 23:59 in China
    take(day)
    assert day.state.day == date(2026, 11, 23)
    day.later(minutes=2)
    closed, opened, taken = day.done(c.Take(A))
    assert isinstance(closed, e.DayClosed)
    assert (closed.reason, closed.left) == ("day.over", ("20261123-A01",))
    assert isinstance(opened, e.DayOpened)
    assert isinstance(taken, e.TicketTaken)
    assert taken.ticket == "20261124-A01"


def test_a_clock_that_goes_back_keeps_the_day_and_its_numbers(day: Day) -> None:
    take(day)
    day.now = datetime(1970, 1, 1, 4, tzinfo=UTC)  # a machine whose clock battery is empty
    assert take(day) == "20261123-A02"


def test_handling_time_is_never_negative(day: Day) -> None:
    take(day)
    open_windows(day)
    called(day)
    day.done(c.Start(ONE))
    day.later(hours=-1)
    (finished,) = day.done(c.Finish(ONE))
    assert isinstance(finished, e.TicketFinished)
    assert finished.handled == 0


def test_a_day_closed_by_hand_gives_no_numbers_until_it_is_opened_again(day: Day) -> None:
    ticket = take(day)
    open_windows(day)
    (closed,) = day.done(c.CloseDay())
    assert isinstance(closed, e.DayClosed)
    assert closed.left == (ticket,)
    assert day.state.tickets[ticket].state == "abandoned"
    assert {desk.state for desk in day.state.windows.values()} == {"closed"}
    assert day.refused(c.Take(A)).code == "hall.closed"
    assert day.refused(c.OpenWindow(ONE)).code == "hall.closed"
    assert day.done(c.CloseDay()) == ()
    assert day.done(c.OpenDay()) == (e.DayReopened(MORNING, date(2026, 11, 23)),)
    assert take(day) == "20261123-A02"


def test_closing_a_day_that_is_over_opens_no_new_one(day: Day) -> None:
    take(day)
    day.later(days=1)
    (closed,) = day.done(c.CloseDay())
    assert isinstance(closed, e.DayClosed)
    assert closed.day == date(2026, 11, 23)
    assert not day.state.open


def test_after_a_weekend_one_command_closes_friday_and_opens_monday(day: Day) -> None:
    take(day)
    day.later(days=3)
    closed, opened, _ = day.done(c.Take(A))
    assert isinstance(closed, e.DayClosed)
    assert isinstance(opened, e.DayOpened)
    assert (closed.day, opened.day) == (date(2026, 11, 23), date(2026, 11, 26))


def test_no_number_is_given_twice_when_prefixes_are_exchanged_during_a_day(day: Day) -> None:
    first = take(day)
    queues = [q.model_dump() for q in day.plan.hall.queues]
    queues[0]["prefix"], queues[1]["prefix"], queues[1]["digits"] = "B", "A", 2
    day.plan = make_plan(queues=queues)
    assert take(day, B) == "20261123-A02" != first


def test_hours_end_numbers_but_not_the_work_at_the_windows(day: Day) -> None:
    morning = {"days": ["mon"], "shifts": [{"opens": "09:00:00", "closes": "10:00:00"}]}
    day.plan = make_plan(hours=[morning])
    take(day)
    day.later(minutes=40)
    refusal = day.refused(c.Take(A))
    assert refusal == Refusal("hall.closed", {"queue": "a", "opens": "2026-11-30 09:00"})
    open_windows(day)
    called(day)


def test_a_queue_with_hours_of_its_own_closes_alone(day: Day) -> None:
    queues = [q.model_dump() for q in day.plan.hall.queues]
    queues[0]["hours"] = [{"days": ["mon"], "shifts": [{"opens": "13:00:00", "closes": "14:00:00"}]}]
    day.plan = make_plan(queues=queues)
    assert day.refused(c.Take(A)) == Refusal("queue.closed", {"queue": "a", "opens": "13:00"})
    take(day, B)


def test_a_quota_ends_the_numbers_of_its_queue(day: Day) -> None:
    for _ in range(5):
        take(day, C)
    assert day.refused(c.Take(C)) == Refusal("queue.quota_reached", {"queue": "c", "quota": "5"})


# -- persons ----------------------------------------------------------------------------------------------


def test_a_person_holds_one_number_of_a_queue_and_is_told_which(day: Day) -> None:
    take(day, person=PERSON)
    assert day.refused(c.Take(A, person=PERSON)) == Refusal(
        "person.already_waiting", {"number": "A01", "ticket": "20261123-A01"}
    )
    take(day, B, person=PERSON)


@pytest.mark.parametrize("end", [c.Miss(ONE), c.Finish(ONE), c.Abandon(ONE, TicketId("20261123-A01"))])
def test_a_person_may_take_another_number_when_the_first_has_ended(day: Day, end: c.OfWindow) -> None:
    take(day, person=PERSON)
    open_windows(day)
    called(day)
    day.done(end)
    take(day, person=PERSON)


def test_a_missed_ticket_does_not_come_back_beside_a_second_one(day: Day) -> None:
    first = take(day, person=PERSON)
    open_windows(day)
    called(day)
    day.done(c.Miss(ONE))
    take(day, person=PERSON)
    assert day.refused(c.Return(ONE, first)).code == "person.already_waiting"


def test_the_rule_can_be_switched_off(day: Day) -> None:
    day.plan = make_plan(policy={"one_per_person": False})
    assert take(day, person=PERSON) != take(day, person=PERSON)


def test_a_queue_that_asks_nobody_forgets_who_came(day: Day) -> None:
    ticket = take(day, C, person=PERSON)
    assert day.state.tickets[ticket].person is None


def test_a_queue_that_needs_a_person_says_so(day: Day) -> None:
    queues = [q.model_dump() for q in day.plan.hall.queues]
    queues[0]["identity"] = "required"
    day.plan = make_plan(queues=queues)
    assert day.refused(c.Take(A)).code == "person.required"
    take(day, person=PERSON)


def test_nobody_can_be_read_out_of_a_state_or_an_event_in_a_log(day: Day) -> None:
    take(day, person=PERSON)
    shown = repr((day.state, day.events, day.state.tickets, c.Take(A, person=PERSON)))
    assert PERSON not in shown
    assert "20261123-A01" in shown


# -- paper ------------------------------------------------------------------------------------------------


def report(day: Day, ticket: TicketId, job: str, state: str, copy: bool = False) -> None:
    day.done(c.ReportPaper(ticket, job, state, copy))  # type: ignore[arg-type]  # a literal in a test


def test_a_paper_that_came_out_is_the_only_unmarked_one(day: Day) -> None:
    ticket = take(day)
    assert day.state.tickets[ticket].paper == "reserved"
    report(day, ticket, "j1", "printing")
    assert day.refused(c.ReportPaper(ticket, "j2", "printing")).code == "paper.wrong_state"
    report(day, ticket, "j1", "printed")
    assert day.refused(c.ReportPaper(ticket, "j2", "printing")).code == "paper.wrong_state"
    report(day, ticket, "j2", "printed", copy=True)
    assert day.state.tickets[ticket].copies == 1


def test_after_a_sure_failure_another_job_may_try(day: Day) -> None:
    ticket = take(day)
    report(day, ticket, "j1", "printing")
    report(day, ticket, "j1", "failed")
    assert list(day.state.lanes(A).unprinted) == [ticket]
    report(day, ticket, "j2", "printing")
    assert list(day.state.lanes(A).unprinted) == []
    report(day, ticket, "j2", "printed")


def test_after_an_unknown_end_only_a_marked_copy_may_follow(day: Day) -> None:
    ticket = take(day)
    report(day, ticket, "j1", "printing")
    report(day, ticket, "j1", "unknown")
    refusal = day.refused(c.ReportPaper(ticket, "j2", "printing"))
    assert refusal.facts == {"number": "A01", "paper": "unknown", "job": "j2"}
    report(day, ticket, "j2", "failed", copy=True)
    assert list(day.state.lanes(A).unprinted) == [ticket]
    report(day, ticket, "j3", "printed", copy=True)
    assert day.state.tickets[ticket].paper == "printed"
    assert list(day.state.lanes(A).unprinted) == []


def test_the_same_report_twice_changes_nothing(day: Day) -> None:
    ticket = take(day)
    report(day, ticket, "j1", "printing")
    assert day.done(c.ReportPaper(ticket, "j1", "printing")) == ()


def test_a_number_without_paper_may_still_be_printed_later(day: Day) -> None:
    ticket = take(day, paper=False)
    assert day.state.tickets[ticket].paper == "none"
    report(day, ticket, "j1", "printing")
    report(day, ticket, "j1", "printed")


def test_a_report_of_yesterdays_ticket_is_unknown(day: Day) -> None:
    assert day.refused(c.ReportPaper(TicketId("20261122-A01"), "j", "printed")).code == "ticket.unknown"


def test_paper_is_reported_after_the_day_was_closed_too(day: Day) -> None:
    ticket = take(day)
    day.done(c.CloseDay())
    report(day, ticket, "j1", "failed")
    assert day.state.tickets[ticket].paper == "failed"


def test_an_unprinted_number_is_on_the_clerks_list_only_while_it_waits(day: Day) -> None:
    ticket = take(day)
    report(day, ticket, "j1", "failed")
    open_windows(day)
    called(day)
    assert list(day.state.lanes(A).unprinted) == []
    day.done(c.Miss(ONE))
    day.done(c.Return(ONE, ticket))
    assert list(day.state.lanes(A).unprinted) == [ticket]


# -- windows ----------------------------------------------------------------------------------------------


def test_a_window_must_be_open_and_free_to_call(day: Day) -> None:
    take(day)
    take(day)
    assert day.refused(c.CallNext(ONE)) == Refusal("window.not_open", {"window": "1", "state": "closed"})
    day.done(c.OpenWindow(ONE))
    called(day)
    refusal = day.refused(c.CallNext(ONE))
    assert refusal.code == "window.busy"
    assert refusal.facts["number"] == "A01"
    day.done(c.Finish(ONE))
    day.done(c.PauseWindow(ONE))
    assert day.refused(c.CallNext(ONE)).facts["state"] == "paused"


def test_a_paused_window_finishes_whom_it_has(day: Day) -> None:
    take(day)
    day.done(c.OpenWindow(ONE))
    called(day)
    day.done(c.PauseWindow(ONE))
    day.done(c.Start(ONE))
    day.done(c.Finish(ONE))
    assert day.state.desk(ONE).served == 1


def test_a_window_with_somebody_at_it_does_not_close(day: Day) -> None:
    take(day)
    day.done(c.OpenWindow(ONE))
    called(day)
    assert day.refused(c.CloseWindow(ONE)).code == "window.busy"


def test_a_closed_window_cannot_pause_and_signs_may_be_turned_twice(day: Day) -> None:
    assert day.refused(c.PauseWindow(ONE)).code == "window.not_open"
    day.done(c.OpenWindow(ONE))
    assert day.done(c.OpenWindow(ONE)) == ()
    day.done(c.PauseWindow(ONE))
    assert day.done(c.PauseWindow(ONE)) == ()
    day.done(c.CloseWindow(ONE))
    assert day.done(c.CloseWindow(ONE)) == ()


def test_an_unknown_window_is_refused(day: Day) -> None:
    assert day.refused(c.CallNext(WindowId("9"))) == Refusal("window.unknown", {"window": "9"})


def test_nobody_waiting_is_said_so(day: Day) -> None:
    day.done(c.OpenWindow(TWO))
    take(day, A)
    assert day.refused(c.CallNext(TWO)).code == "queue.nobody_waiting"


@pytest.mark.parametrize("command", [c.Recall, c.Miss, c.Start, c.Finish, c.Park])
def test_a_window_without_a_ticket_can_do_nothing_with_it(day: Day, command: type[c.Recall]) -> None:
    assert day.refused(command(ONE)).code == "window.no_current"


def test_recalls_end_at_the_limit_and_then_only_a_miss_is_left(day: Day) -> None:
    take(day)
    open_windows(day)
    called(day)
    (recalled,) = day.done(c.Recall(ONE))
    assert isinstance(recalled, e.TicketRecalled)
    assert recalled.round == 2
    assert day.refused(c.Recall(ONE)) == Refusal("recall.limit", {"number": "A01", "limit": "1"})
    day.done(c.Miss(ONE))


@pytest.mark.parametrize("command", [c.Recall, c.Miss, c.Start])
def test_whoever_is_being_served_was_there(day: Day, command: type[c.Recall]) -> None:
    take(day)
    open_windows(day)
    called(day)
    day.done(c.Start(ONE))
    assert day.refused(command(ONE)) == Refusal("ticket.wrong_state", {"number": "A01", "state": "serving"})


def test_finishing_a_called_ticket_starts_it_first_and_counts_from_the_call(day: Day) -> None:
    take(day)
    open_windows(day)
    called(day)
    day.later(seconds=90)
    started, finished = day.done(c.Finish(ONE))
    assert isinstance(started, e.TicketStarted)
    assert isinstance(finished, e.TicketFinished)
    assert finished.handled == 90


def test_handling_time_leaves_out_the_time_a_ticket_was_parked(day: Day) -> None:
    ticket = take(day)
    open_windows(day)
    called(day)
    day.done(c.Start(ONE))
    day.later(seconds=60)
    day.done(c.Park(ONE, papers=True))
    assert day.state.tickets[ticket].papers_here
    day.later(hours=1)
    day.done(c.Resume(ONE, ticket))
    day.later(seconds=30)
    (finished,) = day.done(c.Finish(ONE))
    assert isinstance(finished, e.TicketFinished)
    assert finished.handled == 90


def test_a_parked_ticket_resumes_at_its_own_free_window_only(day: Day) -> None:
    ticket = take(day)
    take(day)
    open_windows(day)
    called(day)
    day.done(c.Park(ONE))
    assert day.refused(c.Resume(THREE, ticket)).code == "ticket.not_yours"
    called(day)
    assert day.refused(c.Resume(ONE, ticket)).code == "window.busy"
    day.done(c.Finish(ONE))
    day.done(c.CloseWindow(ONE))
    assert day.refused(c.Resume(ONE, ticket)).code == "window.not_open"
    day.done(c.OpenWindow(ONE))
    day.done(c.Resume(ONE, ticket))
    assert day.state.tickets[ticket].state == "serving"


def test_a_window_returns_only_missed_tickets_of_queues_it_serves(day: Day) -> None:
    ticket, other = take(day), take(day, B)
    open_windows(day)
    called(day)
    day.done(c.Miss(ONE))
    assert day.refused(c.Return(TWO, ticket)).code == "ticket.not_yours"
    assert day.refused(c.Return(ONE, other)).code == "ticket.wrong_state"
    assert day.refused(c.Return(ONE, TicketId("x"))).code == "ticket.unknown"
    day.done(c.Return(THREE, ticket))
    assert day.refused(c.Return(THREE, ticket)).code == "ticket.wrong_state"


def test_a_window_abandons_its_own_and_whoever_waits_for_it(day: Day) -> None:
    first, second, third = take(day), take(day), take(day, C)
    open_windows(day)
    called(day)
    assert day.refused(c.Abandon(THREE, first)).code == "ticket.not_yours"
    assert day.refused(c.Abandon(TWO, second)).code == "ticket.not_yours"
    assert day.refused(c.Abandon(ONE, third)).code == "ticket.not_yours"
    day.done(c.Abandon(ONE, first))
    assert day.state.desk(ONE).current is None
    day.done(c.Abandon(ONE, second, "no paper"))
    assert day.refused(c.Abandon(ONE, second)).code == "ticket.wrong_state"


# -- transfers --------------------------------------------------------------------------------------------


def test_a_transferred_ticket_is_at_the_front_behind_those_transferred_before(day: Day) -> None:
    first, second = take(day), take(day)
    take(day, B, priority="elder")
    open_windows(day)
    for ticket in (first, second):
        assert called(day, THREE) == ticket
        day.done(c.Transfer(THREE, B))
    assert day.state.tickets[first].number == "A01"
    assert [called(day, TWO), day.done(c.Finish(TWO)) and called(day, TWO)] == [first, second]


def test_a_ticket_directed_to_a_window_waits_for_no_other(day: Day) -> None:
    ticket, other = take(day), take(day, B)
    open_windows(day)
    called(day)
    day.done(c.Transfer(ONE, B, TWO))
    assert called(day, ONE) == other
    assert called(day, TWO) == ticket


def test_of_two_directed_tickets_the_one_that_waits_longest_comes_first(day: Day) -> None:
    """Whatever queues they were directed in, and in whatever order."""
    first, second = take(day, B), take(day, A)
    open_windows(day)
    assert called(day, THREE) == second
    day.done(c.Transfer(THREE, A, ONE))
    assert called(day, TWO) == first
    day.done(c.Transfer(TWO, B, ONE))
    assert called(day, ONE) == first


def test_a_window_that_closes_hands_its_directed_tickets_to_the_queue(day: Day) -> None:
    ticket, later = take(day), take(day, B)
    open_windows(day)
    called(day)
    day.done(c.Transfer(ONE, B, TWO))
    day.done(c.CloseWindow(TWO))
    assert list(day.state.lanes(B).transferred) == [ticket]
    assert [called(day), day.done(c.Finish(ONE)) and called(day)] == [ticket, later]


@pytest.mark.parametrize(
    ("transfer", "code"),
    [
        (c.Transfer(ONE, QueueId("x")), "queue.unknown"),
        (c.Transfer(ONE, B, WindowId("9")), "window.unknown"),
        (c.Transfer(ONE, B, THREE), "window.not_serving"),
        (c.Transfer(ONE, B, ONE), "window.not_serving"),
        (c.Transfer(ONE, B, TWO), "window.not_open"),
    ],
)
def test_a_transfer_must_lead_somewhere(day: Day, transfer: c.Transfer, code: str) -> None:
    take(day)
    day.done(c.OpenWindow(ONE))
    called(day)
    assert day.refused(transfer).code == code


def test_a_call_for_staff_is_kept_even_when_the_day_is_closed(day: Day) -> None:
    take(day)
    day.done(c.CloseDay())
    assert day.done(c.CallStaff("k1", "help")) == (e.StaffCalled(MORNING, "k1", "help"),)


def test_an_opening_at_night_is_a_day_of_its_own(day: Day) -> None:
    day.now = MORNING - timedelta(hours=9)  # half past midnight in China
    assert take(day) == "20261123-A01"


# -- appointments, and what the citizen agreed to show ----------------------------------------------------


def test_an_appointment_is_checked_in_once_and_the_second_time_hears_its_number(day: Day) -> None:
    first = take(day, A, priority="appointment", appointment="ap-7")
    refused = day.refused(c.Take(B, "appointment", appointment="ap-7"))
    assert (refused.code, refused.facts["number"]) == ("appointment.checked_in", "A01")
    day.done(c.Abandon(ONE, first))
    assert day.refused(c.Take(A, appointment="ap-7")).code == "appointment.checked_in"
    day.later(days=1)
    take(day, A, appointment="ap-7")  # another day: its journal knows nothing of it


def test_certificates_are_attached_to_live_tickets_only(day: Day) -> None:
    ticket = take(day)
    assert day.refused(c.Attach(TicketId("20261123-A09"), 2)).code == "ticket.unknown"
    assert day.done(c.Attach(ticket, 2)) == (e.CertificatesAttached(MORNING, ticket, 2),)
    day.done(c.Attach(ticket, 1))
    assert day.state.tickets[ticket].certificates == 3
    day.done(c.Abandon(ONE, ticket))
    assert day.refused(c.Attach(ticket, 1)).code == "ticket.wrong_state"


def test_each_certificate_is_viewed_once_and_only_where_the_ticket_is(day: Day) -> None:
    ticket, other = take(day), take(day)
    day.done(c.Attach(ticket, 2))
    open_windows(day)
    assert day.refused(c.ViewCertificate(ONE, ticket, 1)).code == "ticket.not_yours"
    called(day)
    assert day.refused(c.ViewCertificate(THREE, ticket, 1)).code == "ticket.not_yours"
    assert day.refused(c.ViewCertificate(ONE, other, 1)).code == "ticket.not_yours"
    assert day.refused(c.ViewCertificate(ONE, TicketId("20261123-A09"), 1)).code == "ticket.unknown"
    for place in (0, 3):
        assert day.refused(c.ViewCertificate(ONE, ticket, place)).code == "certificates.gone"
    assert day.done(c.ViewCertificate(ONE, ticket, 2)) == (e.CertificateViewed(MORNING, ticket, ONE, 2),)
    assert day.refused(c.ViewCertificate(ONE, ticket, 2)).code == "certificates.viewed"
    day.done(c.Transfer(ONE, A, THREE))
    called(day, THREE)
    assert day.refused(c.ViewCertificate(THREE, ticket, 2)).code == "certificates.viewed"
    day.done(c.ViewCertificate(THREE, ticket, 1))
    for place in (1, 2):
        assert day.refused(c.ViewCertificate(THREE, ticket, place)).code == "certificates.viewed"
    day.done(c.Finish(THREE))
    assert day.refused(c.ViewCertificate(THREE, ticket, 1)).code == "ticket.not_yours"


def test_everybody_sees_how_many_certificates_were_agreed_to(day: Day) -> None:
    ticket = take(day)
    day.done(c.Attach(ticket, 2))
    open_windows(day)
    called(day)
    current = window_view(day.state, ONE, day.plan, day.now).current
    assert current is not None
    assert current.certificates == 2
