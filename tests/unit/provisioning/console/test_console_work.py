"""What people do on the pages: many terminals at once, files, notices, a day tried again, a session left alone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from provisioning.centre import layers, registry
from provisioning.centre.accounts import IDLE
from provisioning.centre.layers import LayerChange
from provisioning.centre.rights import CENTRE
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.centre_world import browser
from tests.unit.provisioning.centre.fleet_rows import add_terminal
from tests.unit.provisioning.centre.test_dry_run import collect, lived
from tests.unit.provisioning.console.console_world import ConsoleCentre, console, enter


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ConsoleCentre]:
    made = Database(f"sqlite:///{tmp_path}/lite.sqlite")
    made.prepare()
    yield console(made, tmp_path, terminals=110, halls=4)
    made.close()


def test_the_uplink_of_a_hall_is_no_terminal_and_stands_on_its_hall_s_page(centre: ConsoleCentre) -> None:
    centre.fleet.load()
    assert centre.fleet.counts().all == 110
    with browser(centre.app(pages=True)) as some:
        enter(some, "admin")
        assert "110 台" in some.get("/terminals").text
        assert "hall-h000" not in some.get("/terminals?hall=h000").text
        assert "共 110 台" in some.get("/overview").text
        page = some.get("/halls/h000").text
        assert "缺 3 条" in page
        assert "还没有接入日志上传" in some.get("/halls/h001").text
        assert some.get("/terminals/hall-h000").headers["location"] == "/halls/h000"


def test_a_page_left_open_ends_its_session_and_somebody_at_work_does_not(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as left, browser(centre.app(pages=True)) as busy:
        enter(left, "viewer")
        enter(busy, "viewer")
        for _ in range(4):
            centre.time.at += IDLE / 3
            assert busy.get("/overview").status_code == 200
            looked = left.get("/overview?_parts=counts")
        assert looked.headers["location"].startswith("/sign-in")


def test_parts_in_the_address_of_a_change_are_somebody_at_work(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "viewer")
        for _ in range(4):
            centre.time.at += IDLE / 3
            some.post("/language?_parts=x", data={"csrf": csrf, "to": "zh", "next": "/overview"})
        assert some.get("/overview").status_code == 200


def test_a_chosen_language_is_the_account_s_own_in_another_browser(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some, browser(centre.app(pages=True)) as other:
        csrf = enter(some, "viewer")
        some.post("/language", data={"csrf": csrf, "to": "en", "next": "/overview"})
        enter(other, "viewer")
        assert '<html lang="en">' in other.get("/overview").text


def test_signing_in_ends_the_session_that_came_with_it(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "viewer")
        before = some.cookies.get("__Host-tongyuan")
        enter(some, "operator")
        assert some.cookies.get("__Host-tongyuan") != before
    assert before is not None
    assert centre.accounts.session(before) is None


def test_a_draft_for_more_than_it_holds_offers_halls_and_groups(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "operator")
        every = {"csrf": csrf, "found": "all", "next": "/terminals"}
        page = some.post("/drafts/for", data=every).text
        assert 'value="fleet:"' in page
        assert page.count('name="hall" value="') == 4
        one = some.post("/drafts/for", data=every | {"next": "/terminals?q=h00"}).text
        assert 'value="hall:h003"' in one
        halls = some.post("/drafts/for", data={"csrf": csrf, "hall": ["h001", "h002"]})
        draft = int(halls.headers["location"].split("/")[2])
    made = centre.drafts.get(CENTRE, draft)
    assert [one.layer for one in made.changes] == [("hall", "h001"), ("hall", "h002")]


def test_a_draft_for_few_found_ones_has_their_own_layers(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "operator")
        few = {"csrf": csrf, "found": "all", "next": "/terminals?hall=h001&role=voice"}
        draft = int(some.post("/drafts/for", data=few).headers["location"].split("/")[2])
    with centre.database.read() as db:
        where = (t.terminals.c.hall == "h001") & (t.terminals.c.role == "voice")
        ids = set(db.scalars(select(t.terminals.c.id).where(where)))
    assert {one.key for one in centre.drafts.get(CENTRE, draft).changes} == ids


def test_many_put_into_a_group_are_a_draft_that_shows_what_would_change(centre: ConsoleCentre) -> None:
    with centre.database.write() as db:
        registry.save_group(db, CENTRE, registry.Group("loud", "响亮", 99), at=1.0)
        registry.save_group(db, CENTRE, registry.Group("bare", "空", 98), at=1.0)
        layers.write(db, CENTRE, LayerChange("group", "loud", 0, {"voice": {"volume": 91}}), at=1.0)
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "operator")
        many = {"csrf": csrf, "found": "all", "next": "/terminals?hall=h001", "how": "add"}
        at_once = some.post("/terminals/groups", data=many | {"group": "bare"}).headers["location"]
        assert at_once.startswith("/terminals?hall=h001")
        assert "told=placed" in at_once
        drafted = some.post("/terminals/groups", data=many | {"group": "loud"}).headers["location"]
        page = some.get(drafted).text
    with centre.database.read() as db:
        there = (t.terminals.c.hall == "h001") & (t.terminals.c.state == "enrolled")
        grouped = [set(row.groups) & {"loud", "bare"} for row in db.execute(select(t.terminals).where(there))]
    assert all(groups <= {"bare"} for groups in grouped)
    assert {"bare"} in grouped
    assert drafted.startswith("/drafts/")
    assert "尚未生效" in page
    assert "groups.loud" in page
    assert "提交审批" in page


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_serials_come_as_a_file_are_looked_at_and_taken(centre: ConsoleCentre, encoding: str) -> None:
    table = "serial,terminal,hall,role,name\nTY77,h001-new,h001,terminal,新来的终端\n"
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "operator")
        file = {"file": ("serials.csv", table.encode(encoding), "text/csv")}
        seen = some.post("/enrolment/table", data={"csrf": csrf}, files=file)
        assert seen.status_code == 200
        assert "新来的终端" in seen.text
        held = re.search(r'<textarea[^>]*name="table"[^>]*>([^<]*)</textarea>', seen.text)
        assert held is not None
        taken = some.post("/enrolment/table", data={"csrf": csrf, "table": held[1], "take": "1"})
        assert "told=expected" in taken.headers["location"]
        assert "TY77" in some.get("/enrolment").text


def test_settings_of_a_terminal_begin_with_what_somebody_said(centre: ConsoleCentre) -> None:
    with centre.database.read() as db:
        terminal = db.scalar(select(t.terminals.c.id).where(t.terminals.c.hall == "h001"))
    with browser(centre.app(pages=True)) as some:
        enter(some, "viewer")
        own, _, rest = some.get(f"/terminals/{terminal}").text.partition('id="rest"')
    assert "夜间重启" in own
    assert "maintenance.nightly_restart" in own
    assert "voice.volume" in rest
    assert "voice.volume" not in own


def test_a_document_is_shown_against_the_one_before(centre: ConsoleCentre) -> None:
    with centre.database.read() as db:
        d = t.documents.c
        rows = list(db.execute(select(d.terminal, d.rev).order_by(d.terminal, d.rev.desc())))
    terminal, newest = rows[0]
    with browser(centre.app(pages=True)) as some:
        enter(some, "viewer")
        revs = [rev for who, rev in rows if who == terminal]
        page = some.get(f"/terminals/{terminal}/documents/{newest}").text
        assert f"与上一版（{revs[1]}）相比" in page
        first = some.get(f"/terminals/{terminal}/documents/{revs[-1]}").text
        assert "没有更早的版本可比" in first


def test_a_policy_is_tried_on_yesterday_s_journal_and_said_readably(centre: ConsoleCentre) -> None:
    day = lived(11, 150)
    collect(centre.database, day, policies={"rush": {"priority_streak": 0, "return_after": 0}})
    add_terminal(centre.database, "s-k01", "small")
    centre.fleet.load()
    with centre.database.write() as db:
        db.execute(insert(t.layers).values(kind="hall", key="small", values={}, version=1, at=1.0, by="x"))
        db.execute(update(t.halls).where(t.halls.c.id == "small").values(name="小厅"))
    centre.time.at = (day.now + timedelta(days=1)).timestamp()
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        said = {"csrf": csrf, "title": "策略", "layer": "hall:small"}
        draft = some.post("/drafts", data=said).headers["location"].split("/")[2]
        edit = {"csrf": csrf, "version": "1", "kind": "hall", "key": "small", "s:policy": "rush"}
        assert "told=saved" in some.post(f"/drafts/{draft}/edit", data=edit).headers["location"]
        page = some.get(f"/drafts/{draft}?view=check").text
    tried = page.split('id="dry"', 1)[1]
    assert "小厅" in tried
    assert '<svg class="chart"' in tried
    assert "叫号顺序变了的" in tried
    assert re.search(r"(提前|推后) \d+ 位", tried)
    assert "老年人" in tried
