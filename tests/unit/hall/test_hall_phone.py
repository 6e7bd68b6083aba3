"""The page that follows a number: every state has its words, and nothing on it can be injected."""

from importlib.resources import files
from string import Template
from typing import get_args

import pytest

from hall.api.phone import WORDS, render
from hall.queue import commands as c
from hall.queue.model import QueueId, TicketId, WindowId
from hall.queue.views import ticket_view
from hall.wire.messages import TicketState
from tests.unit.hall.small_hall import Day, hall_settings, make_plan

TEMPLATE = Template(files("hall.api").joinpath("phone.html").read_text(encoding="utf-8"))
A, ONE, TICKET = QueueId("a"), WindowId("1"), TicketId("20261123-A01")
CALL: list[c.Command] = [c.Take(A), c.OpenWindow(ONE), c.CallNext(ONE)]


def page(day: Day) -> str:
    return render(TEMPLATE, day.plan, ticket_view(day.state, day.state.tickets[TICKET], day.plan), day.now)


@pytest.mark.parametrize(
    ("state", "commands", "words", "lives"),
    [
        ("waiting", [c.Take(A)], ["排队中", "前面还有", "请在 一区 等候叫号", "09:30:00"], True),
        ("called", CALL, ["请到 1 号", "Please go to Window 1"], True),
        ("serving", [*CALL, c.Start(ONE)], ["正在办理", "1 号"], True),
        ("missed", [*CALL, c.Miss(ONE)], ["已过号", "请到 1, 3 号窗口说明"], True),
        ("parked", [*CALL, c.Park(ONE)], ["已挂起", "Come back to Window 1"], True),
        ("finished", [*CALL, c.Finish(ONE)], ["已办结"], False),
        ("abandoned", [*CALL, c.CloseDay()], ["号码已作废"], False),
    ],
)
def test_every_state_has_its_words(
    day: Day, state: str, commands: list[c.Command], words: list[str], lives: bool
) -> None:
    for command in commands:
        day.done(command)
    html = page(day)
    for word in ["A01", f'<body class="{state}">', *words]:
        assert word in html, word
    assert ('http-equiv="refresh"' in html) == lives, "what has ended changes no more"
    assert ("前面还有" in html) == (state == "waiting")
    assert "{" not in html.partition("</style>")[2]
    assert set(WORDS) == set(get_args(TicketState))


def test_a_wait_that_nobody_can_estimate_is_a_dash(day: Day) -> None:
    day.done(c.Take(A))
    assert "—" in page(day)
    day.done(c.OpenWindow(ONE))
    assert "0–11" in page(day)


def test_an_unknown_number_says_so_without_asking_again(day: Day) -> None:
    html = render(TEMPLATE, day.plan, None, day.now)
    assert "没有这个号码" in html
    assert "refresh" not in html


def test_names_in_the_settings_cannot_become_markup() -> None:
    evil = "<script>alert(1)</script>"
    settings = hall_settings()
    queues = [{**q, "name": evil, "name_en": evil} for q in settings["queues"]]
    zones = [{"id": "z", "name": evil, "name_en": evil}]
    windows = [{**w, "name": evil, "name_en": evil} for w in settings["windows"]]
    day = Day(make_plan(name=evil, name_en=evil, queues=queues, zones=zones, windows=windows))
    day.done(c.Take(A))
    assert "<script>" not in page(day)
    for command in CALL[1:]:
        day.done(command)
    assert "<script>" not in page(day)
    assert "&lt;script&gt;" in page(day)


def test_a_number_for_an_item_names_it_and_leads_to_its_guide(day: Day) -> None:
    day.done(c.Take(A, item="card", item_name="社会保障卡<补办>"))
    html = page(day)
    assert 'href="/g/card"' in html
    assert "社会保障卡&lt;补办&gt;" in html
