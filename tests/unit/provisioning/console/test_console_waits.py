"""A rollout's page says whom it waits for: by reason, the longest first, in one statement however many they are."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select, update

from provisioning.centre.console.queries.steps import MOST_NAMED, rolled
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_plan import WITHOUT
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.centre_world import browser
from tests.unit.provisioning.console.console_world import ConsoleCentre, console, enter

LIN = Actor("lin", "approver")


@pytest.fixture
def centre(database: Database, tmp_path: Path) -> ConsoleCentre:
    """In rollout 1, in its fourth wave, on SQLite and PostgreSQL: 20 away, 3 that were told, 2 that were not."""
    made = console(database, tmp_path, terminals=120)
    with database.write() as db:
        some = list(
            db.scalars(
                select(t.targets.c.terminal).where(t.targets.c.rollout == 1).order_by(t.targets.c.terminal)
            )
        )
        db.execute(
            update(t.targets).where(t.targets.c.rollout == 1).values(state="confirmed", wave=0, code="")
        )
        db.execute(update(t.terminals).values(online=True))
        at = made.time()
        for place, terminal in enumerate(some[:26]):
            state = "waiting" if place < 15 or place >= 23 else "pending"
            row = {"state": state, "wave": 3, "released": at - 600 + place}
            mine = (t.targets.c.rollout == 1) & (t.targets.c.terminal == terminal)
            db.execute(update(t.targets).where(mine).values(row))
            if place < 20:
                away = {"online": False, "presence_at": at - 7200 + place}
                db.execute(update(t.terminals).where(t.terminals.c.id == terminal).values(away))
        later = (t.targets.c.rollout == 1) & (t.targets.c.terminal == some[25])
        db.execute(update(t.targets).where(later).values(wave=4))  # not reached yet: nobody waits for it
    return made


def test_they_are_named_by_reason_with_the_longest_first(centre: ConsoleCentre) -> None:
    with centre.database.read() as db:
        offline, applying, behind = rolled(db, LIN, 1).awaited
    assert [(one.why, one.count) for one in (offline, applying, behind)] == [
        ("offline", 20),
        ("applying", 3),
        ("behind", 2),
    ]
    assert len(offline.some) == MOST_NAMED
    since = [one.since for one in offline.some]
    assert (since[0], since) == (centre.time() - 7200, sorted(since))


def test_the_page_says_it_in_words_with_links_and_since_when(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "operator")
        page = some.get("/rollouts/1").text
        part = page[page.index('id="waits"') : page.index("</section>", page.index('id="waits"'))]
        assert "20 台离线：联网后自动更新" in part
        assert "3 台已下发" in part
        assert "2 台在线、还没轮到" in part
        assert f"还有 {20 - MOST_NAMED} 台" in part
        assert "起，已 2 小时" in part
        links = re.findall(r'href="(/terminals/[^"]+)"', part)
        assert len(links) == MOST_NAMED + 5
        assert some.get(links[0]).status_code == 200


def test_whoever_is_not_waited_for_is_not_named(centre: ConsoleCentre) -> None:
    with centre.database.write() as db:
        db.execute(update(t.targets).where(t.targets.c.state == "waiting").values(code=WITHOUT))
    with centre.database.read() as db:
        assert [(one.why, one.count) for one in rolled(db, LIN, 1).awaited] == [
            ("offline", 5),
            ("applying", 3),
        ]
    with centre.database.write() as db:
        db.execute(update(t.rollouts).where(t.rollouts.c.id == 1).values(wave_since=centre.time()))
    with centre.database.read() as db:
        assert rolled(db, LIN, 1).awaited == []  # it has enough, and is watched


def test_when_it_is_done_all_that_are_left_are_named_and_nothing_is_to_be_done(centre: ConsoleCentre) -> None:
    with centre.database.write() as db:
        db.execute(update(t.targets).where(t.targets.c.state == "waiting").values(code=WITHOUT))
        db.execute(update(t.rollouts).where(t.rollouts.c.id == 1).values(state="done"))
    with centre.database.read() as db:
        assert [one.count for one in rolled(db, LIN, 1).awaited] == [20, 3, 3]
    with browser(centre.app(pages=True)) as some:
        enter(some, "lin")
        page = some.get("/rollouts/1").text
        assert "不用再做什么" in page
        assert "/go-on" not in page


def test_somebody_of_one_hall_is_told_of_that_hall_s_alone(centre: ConsoleCentre) -> None:
    with centre.database.read() as db:
        here = {row.terminal: row.hall for row in db.execute(select(t.targets.c.terminal, t.targets.c.hall))}
        hall = here[rolled(db, LIN, 1).awaited[0].some[0].terminal]
        theirs = rolled(db, Actor("local", "operator", (hall,)), 1).awaited
    assert {here[one.terminal] for group in theirs for one in group.some} == {hall}


def test_going_on_without_them_is_refused_where_nothing_waits_and_to_who_may_not(
    centre: ConsoleCentre,
) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "operator")
        told = some.post("/rollouts/2/go-on", data={"csrf": csrf, "reason": "x"}).headers["location"]
        assert told == "/rollouts/2?fault=rollout.state"  # it has ended
        csrf = enter(some, "viewer")
        assert some.post("/rollouts/2/go-on", data={"csrf": csrf}).status_code == 403
