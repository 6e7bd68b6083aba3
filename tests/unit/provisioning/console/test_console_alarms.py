"""The page of alerts: in the order that its address says, and what was acknowledged by mistake is given back."""

import re
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from provisioning.centre.console.queries.alarms import SORTS, Wanted
from provisioning.centre.rights import Actor
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import browser
from tests.unit.provisioning.console.console_world import ConsoleCentre, console, enter

OPERATOR = Actor("operator", "operator")


@pytest.fixture
def centre(database: Database, tmp_path: Path) -> ConsoleCentre:
    """With four alerts of its own, on SQLite and on PostgreSQL."""
    made = console(database, tmp_path, terminals=60)
    rest = {"code": "terminal.offline", "detail": {}, "seen": 0.0, "silenced": False, "acknowledged_by": ""}
    some = (
        (1001, "h002", "paper_low", "warning", 50.0),
        (1002, "h000", "reader", "critical", 20.0),
        (1003, "", "broker", "critical", 30.0),
        (1004, "h001", "clock", "info", 40.0),
    )
    with database.write() as db:
        db.execute(update(t.alerts).where(t.alerts.c.resolved.is_(None)).values(resolved=1.0))
        for id, hall, kind, severity, opened in some:
            row = {"id": id, "terminal": f"t{id}", "hall": hall, "kind": kind, "severity": severity}
            db.execute(insert(t.alerts).values(**row, opened=opened, **rest))
    made.alerts.load()
    return made


def shown(some: Browser, query: str) -> list[int]:
    """Ids of the alerts on the page, from above."""
    page = some.get(f"/alerts?{query}").text
    return [int(one) for one in re.findall(r'name="id" value="(\d+)"', page)]


def test_alerts_stand_in_the_order_that_the_head_of_the_table_says(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "operator")
        assert shown(some, "") == [1003, 1002, 1001, 1004]  # the worst first, of these the newest
        assert shown(some, "sort=severity") == [1004, 1001, 1003, 1002]
        assert shown(some, "sort=opened") == [1002, 1003, 1004, 1001]
        assert shown(some, "sort=-opened") == [1001, 1004, 1003, 1002]
        assert shown(some, "sort=hall") == [1003, 1002, 1004, 1001]
        assert shown(some, "sort=kind") == [1003, 1004, 1001, 1002]
        assert shown(some, "sort=password") == shown(some, "")


def test_the_order_is_said_to_who_listens_and_stays_with_the_filter(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "operator")
        page = some.get("/alerts?severity=critical&sort=-opened").text
        heads = re.findall(r'<th scope="col"\s+aria-sort="(\w+)">\s*<a href="([^"]+)">', page)
        assert heads == [("descending", "/alerts?severity=critical&amp;sort=opened")]
        assert '<input type="hidden" name="sort" value="-opened">' in page
        assert "sort" not in re.findall(r'<input type="hidden" name="(\w+)"', some.get("/alerts").text)


def test_every_order_that_the_page_offers_is_one(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "operator")
        for state in ("unseen", "resolved"):
            page = some.get(f"/alerts?state={state}").text
            offered = re.findall(r'<th[^>]*>\s*<a href="[^"]*sort=(-?\w+)"', page)
            assert len(offered) == (5 if state == "resolved" else 4)
            assert {one.removeprefix("-") for one in offered} <= SORTS.keys()
    assert Wanted.of({"state": "resolved"}).sort == "-resolved"


def test_an_acknowledgement_that_was_a_mistake_is_taken_back_and_both_stand_in_the_audit(
    centre: ConsoleCentre,
) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "operator")
        ticked = {"csrf": csrf, "id": ["1001", "1002"], "next": "/alerts?sort=opened"}
        told = some.post("/alerts/acknowledge", data=ticked).headers["location"]
        assert told == "/alerts?sort=opened&told=acknowledged&told-n=2"
        assert shown(some, "") == [1003, 1004]
        assert "撤销确认" not in some.get("/alerts").text
        assert "撤销确认" in some.get("/alerts?state=seen").text
        told = some.post("/alerts/unacknowledge", data=ticked).headers["location"]
        assert told == "/alerts?sort=opened&told=unacknowledged&told-n=2"
        assert "已撤销 2 条确认" in some.get(told).text
        assert shown(some, "") == [1003, 1002, 1001, 1004]
        again = some.post("/alerts/unacknowledge", data=ticked).headers["location"]
        assert again.endswith("told-n=0")
    with centre.database.read() as db:
        said = db.execute(select(t.audit.c.who, t.audit.c.action, t.audit.c.detail).order_by(t.audit.c.id))
        rows = [tuple(row) for row in said if row.action.startswith("alert.")]
    assert rows == [
        ("operator", "alert.acknowledged", {"ids": [1001, 1002]}),
        ("operator", "alert.unacknowledged", {"ids": [1001, 1002]}),
    ]


def lost(centre: ConsoleCentre, at: float) -> int:
    """Events of t9 did not come; the alert's id."""
    row = {"terminal": "t9", "hall": "h001", "kind": "gap", "severity": "warning", "code": "centre.gap"}
    rest = {"detail": {}, "seen": at, "silenced": False, "acknowledged_by": ""}
    with centre.database.write() as db:
        made: int = db.execute(
            insert(t.alerts).values(**row, **rest, opened=at).returning(t.alerts.c.id)
        ).scalar_one()
    return made


def open_gaps(centre: ConsoleCentre) -> list[int]:
    return [row["id"] for row in centre.alerts.listed(OPERATOR, kind="gap", terminal="t9")]


def test_what_was_over_by_being_seen_is_open_again(centre: ConsoleCentre) -> None:
    gap = lost(centre, 60.0)
    assert centre.alerts.acknowledge(OPERATOR, [gap]) == 1
    assert open_gaps(centre) == []
    with browser(centre.app(pages=True)) as some:
        enter(some, "operator")
        row = re.search(rf'value="{gap}"[^>]*>', some.get("/alerts?state=resolved&kind=gap").text)
        assert row is not None
        assert "disabled" not in row[0]
    centre.alerts.sweep()
    assert centre.alerts.unacknowledge(OPERATOR, [gap]) == 1
    centre.alerts.sweep()
    assert open_gaps(centre) == [gap]


def test_what_has_happened_anew_since_is_not_opened_twice(centre: ConsoleCentre) -> None:
    first = lost(centre, 60.0)
    centre.alerts.acknowledge(OPERATOR, [first])
    second = lost(centre, 70.0)
    assert centre.alerts.unacknowledge(OPERATOR, [first]) == 0
    centre.alerts.acknowledge(OPERATOR, [second])
    assert centre.alerts.unacknowledge(OPERATOR, [first, second]) == 1
    assert open_gaps(centre) == [second]


def test_what_ended_by_itself_stays_over(centre: ConsoleCentre) -> None:
    centre.alerts.acknowledge(OPERATOR, [1002])
    with centre.database.write() as db:
        db.execute(update(t.alerts).where(t.alerts.c.id == 1002).values(resolved=centre.time() + 60))
    assert centre.alerts.unacknowledge(OPERATOR, [1002]) == 0


def test_nobody_takes_back_what_lies_in_another_s_hall(centre: ConsoleCentre) -> None:
    centre.alerts.acknowledge(OPERATOR, [1001, 1004])
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "local")  # of h001
        theirs = {"csrf": csrf, "id": ["1001", "1004"], "next": "/alerts"}
        assert some.post("/alerts/unacknowledge", data=theirs).status_code == 403
        assert shown(some, "state=seen&hall=h001") == [1004]
        mine = {**theirs, "id": "1004"}
        assert some.post("/alerts/unacknowledge", data=mine).headers["location"].endswith("told-n=1")
