"""The translation from the hall's messages to what the terminal's presenters know loses nothing."""

from dataclasses import fields
from datetime import UTC, datetime

import pytest

from hall.wire.messages import HallView, NoticeView, QueueView, TicketView
from kiosk.feed import hall_info, stamp, ticket, waiting_line
from screens.events import HallInfo, QueueInfo, Ticket

AT = datetime(2026, 11, 23, 1, 35, 2, tzinfo=UTC)
QUEUE = QueueView(
    id="social",
    prefix="B",
    name="社会保险",
    name_en="Social insurance",
    about="参保、转移",
    about_en="Join, transfer",
    icon="shield-account-outline",
    identity="optional",
    waiting=12,
    wait_low=20,
    wait_high=28,
    zone="A 区",
    zone_en="Zone A",
    windows="5–9",
    state="closed",
    opens="13:30",
)
VIEW = HallView(
    seq=7,
    hall="demo",
    name="样例厅",
    name_en="Sample hall",
    time_zone="Asia/Shanghai",
    day=AT.date(),
    open_now=False,
    opens="13:30",
    hours="09:00–12:00",
    queues=(QUEUE, QUEUE.model_copy(update={"id": "medical"})),
    zones=(),
    notices=(NoticeView(zh="今日停电", en="No power today"), NoticeView(zh="只有中文")),
    at=AT,
)
TICKET = TicketView(
    id="20261123-B012",
    number="B012",
    queue="social",
    queue_name="社会保险",
    queue_name_en="Social insurance",
    state="waiting",
    priority="elder",
    paper="reserved",
    taken_at=AT,
    ahead=3,
    wait_low=20,
    wait_high=28,
    zone="A 区",
    zone_en="Zone A",
    windows="5–9",
    phone_path="/t/abc",
)


MADE = ("phone_url", "appointment")  # of a ticket, from other fields of the hall's


def test_every_field_of_a_queue_keeps_its_value() -> None:
    info = hall_info(VIEW, terminal="1 号", terminal_en="No. 1").queues[0]
    assert info == QueueInfo(**{f.name: getattr(QUEUE, f.name) for f in fields(QueueInfo)})


def test_every_field_of_a_ticket_keeps_its_value() -> None:
    told = ticket(TICKET, phone_url="http://hall.invalid/")
    same = {f.name: getattr(TICKET, f.name) for f in fields(Ticket) if f.name not in MADE}
    assert told == Ticket(**same, phone_url="http://hall.invalid/t/abc")


@pytest.mark.parametrize(("priority", "said"), [("appointment", True), ("elder", False), ("ordinary", False)])
def test_a_ticket_of_the_class_of_appointments_says_so(priority: str, said: bool) -> None:
    told = ticket(TICKET.model_copy(update={"priority": priority}), phone_url="")
    assert told.appointment is said


def test_the_hall_keeps_its_words_and_its_queues_their_order() -> None:
    info = hall_info(VIEW, terminal="1 号", terminal_en="No. 1")
    assert info == HallInfo(
        name="样例厅",
        name_en="Sample hall",
        terminal="1 号",
        terminal_en="No. 1",
        queues=info.queues,
        notices=("今日停电", "只有中文"),
        notices_en=("No power today", "只有中文"),
        open_now=False,
        opens="13:30",
        hours="09:00–12:00",
    )
    assert [queue.id for queue in info.queues] == ["social", "medical"]


def test_without_a_page_to_follow_a_number_there_is_no_address() -> None:
    assert (
        ticket(TICKET.model_copy(update={"phone_path": ""}), phone_url="http://hall.invalid").phone_url == ""
    )


@pytest.mark.parametrize(
    ("ahead", "low", "high", "words"),
    [
        (3, 20, 28, "约 20–28 分钟"),
        (3, 5, 5, "约 5 分钟"),
        (3, 0, 4, "约 0–4 分钟"),
        (0, 0, 4, ""),
        (3, None, None, ""),
        (3, None, 4, ""),
        (3, 4, None, ""),
    ],
)
def test_the_waiting_line_says_a_range_or_nothing(
    ahead: int, low: int | None, high: int | None, words: str
) -> None:
    assert waiting_line(ahead, low, high) == words


def test_the_time_on_paper_is_the_time_on_the_halls_wall() -> None:
    assert stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02 03:04:05"
