"""The console's pages over HTTP: who sees what, hostile names, as many statements for many terminals as for few."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, update

from provisioning.centre.console.queries.fleet import Filter
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.centre_world import browser
from tests.unit.provisioning.console.console_world import ConsoleCentre, console, enter

HOSTILE = "<script>alert(1)</script>\"'"
FOR_ALL = (
    "/overview",
    "/terminals",
    "/alerts",
    "/halls",
    "/groups",
    "/drafts",
    "/rollouts",
    "/audit",
    "/broker",
    "/help",
)
FOR_ADMINS = ("/people", "/keys", "/hooks")


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Everything sent to the database meanwhile, but sessions of people."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_more: object) -> None:
        if "sessions" not in text and not text.startswith(("BEGIN", "PRAGMA")):
            seen.append(text)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture
def either(database: Database, tmp_path: Path) -> ConsoleCentre:
    """With a fleet, once on SQLite and once on PostgreSQL: where SQL is what matters."""
    return console(database, tmp_path, terminals=120)


@pytest.fixture
def centre(lite: Database, tmp_path: Path) -> ConsoleCentre:
    return console(lite, tmp_path, terminals=120)


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/lite.sqlite")
    made.prepare()
    yield made
    made.close()


def test_every_page_is_drawn_in_both_languages_full_and_empty(lite: Database, tmp_path: Path) -> None:
    centre = console(lite, tmp_path)
    with browser(centre.app(pages=True)) as some:
        enter(some, "admin")
        for language in ("zh", "en"):
            some.cookies.set("tongyuan-language", language)
            for path in (*FOR_ALL, *FOR_ADMINS, "/enrolment"):
                answer = some.get(path)
                assert answer.status_code == 200, path
                assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text


def test_every_page_is_drawn_of_a_fleet(either: ConsoleCentre) -> None:
    with either.database.read() as db:
        terminal = db.scalar(select(t.documents.c.terminal))
    one = (
        "/halls/h000",
        "/drafts/2",
        "/drafts/2?view=check",
        "/drafts/3/edit?kind=fleet",
        "/rollouts/1",
        "/enrolment",
    )
    with browser(either.app(pages=True)) as some:
        enter(some, "admin")
        for path in (
            *FOR_ALL,
            *FOR_ADMINS,
            *one,
            f"/terminals/{terminal}",
            f"/terminals/{terminal}/documents/40",
        ):
            assert some.get(path).status_code == 200, path


def test_a_page_asks_the_database_as_often_for_many_terminals_as_for_few(tmp_path: Path) -> None:
    counts: list[dict[str, int]] = []
    for number, terminals in enumerate((60, 300)):
        database = Database(f"sqlite:///{tmp_path}/{number}.sqlite")
        database.prepare()
        centre = console(database, tmp_path, terminals=terminals)
        with browser(centre.app(pages=True)) as some:
            enter(some, "admin")
            found = {}
            for path in (
                "/overview",
                "/terminals",
                "/alerts",
                "/halls",
                "/halls/h000",
                "/rollouts/1",
                "/groups",
                "/keys",
            ):
                with statements(database) as seen:
                    assert some.get(path).status_code == 200
                found[path] = len(seen)
            counts.append(found)
        database.close()
    assert counts[0] == counts[1]
    assert max(counts[0].values()) <= 12


def test_names_from_outside_are_never_markup(centre: ConsoleCentre) -> None:
    with centre.database.write() as db:
        db.execute(
            update(t.terminals).values(
                name=HOSTILE, name_en=HOSTILE, fault={"code": "x", "path": HOSTILE, "text": HOSTILE}
            )
        )
        db.execute(update(t.halls).values(name=HOSTILE, name_en=HOSTILE))
        db.execute(update(t.drafts).values(title=HOSTILE, remark=HOSTILE))
        db.execute(update(t.rollouts).values(title=HOSTILE, reason=HOSTILE[:60]))
        db.execute(update(t.events).values(body={HOSTILE: HOSTILE}))
        db.execute(update(t.groups).values(name=HOSTILE))
        db.execute(update(t.alerts).values(detail={"why": HOSTILE}))
        terminal = db.scalar(select(t.events.c.terminal))
    with browser(centre.app(pages=True)) as some:
        enter(some, "admin")
        paths = (
            *FOR_ALL,
            f"/terminals/{terminal}",
            "/halls/h000",
            "/drafts/2?view=check",
            "/rollouts/1",
            "/enrolment",
        )
        for path in (*paths, f"/terminals?q={HOSTILE}", f"/audit?who={HOSTILE}", f"/sign-in?next={HOSTILE}"):
            text = some.get(path).text
            assert "<script>" not in text, path
            assert "alert(1)\"'" not in text, path


def test_nobody_sees_a_page_without_signing_in(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        for path in (*FOR_ALL, *FOR_ADMINS, "/enrolment", "/terminals/x", "/drafts/1"):
            answer = some.get(path)
            assert (answer.status_code, answer.headers["location"][:14]) == (303, "/sign-in?next="), path


def test_a_viewer_is_shown_no_lever_and_may_pull_none(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "viewer")
        for path in FOR_ALL:
            forms = set(re.findall(r'<form method="post" action="([^"]+)"', some.get(path).text))
            forms -= {"/language", "/sign-out", "/password"}
            bulk = {"/terminals/command", "/alerts/acknowledge"}  # the table's own form: without a button
            assert forms <= bulk, path
        assert "data-needs" not in some.get("/terminals").text
        for path in FOR_ADMINS:
            answer = some.get(path)
            assert answer.status_code == 403
            assert "auth.forbidden" in answer.text
        for path in (
            "/terminals/command",
            "/drafts",
            "/alerts/acknowledge",
            "/rollouts/1/pause",
            "/people",
            "/keys/rotate",
        ):
            assert some.post(path, data={"csrf": csrf, "id": "1"}).status_code == 403, path


def test_a_refusal_is_a_page_in_the_frame_of_whoever_looks(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "viewer")
        for path, status in (
            ("/people", 403),
            ("/nowhere", 404),
            ("/rollouts/999", 404),
            ("/rollouts/x", 422),
        ):
            answer = some.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == status
            assert 'href="/terminals"' in answer.text, path  # the menu is there
            assert 'action="/sign-out"' in answer.text
        program = some.get("/nowhere", headers={"Accept": "application/json"})
        assert program.headers["content-type"] == "application/problem+json"
        assert program.json()["code"] == "request.not_found"


def test_halls_are_ordered_by_what_a_head_of_the_table_says(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "viewer")

        def offline(sort: str) -> list[int]:
            text = some.get(f"/halls?sort={sort}").text
            cells = re.findall(r'<td class="n" data-word="离线">(?:<[^>]+>)?(\d+)', text)
            return [int(one) for one in cells]

        assert offline("offline") == sorted(offline("-offline")) == offline("-offline")[::-1]
        assert len(offline("nonsense")) == len(offline(""))  # the worst first
        first = re.search(
            r'href="/halls/([a-z0-9]+)">', some.get("/halls?sort=-name").text.split("<tbody>")[1]
        )
        assert first is not None
        assert first[1] == "qy"


def test_a_change_without_the_pages_own_token_is_refused(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "admin")
        for route in ("/drafts", "/alerts/acknowledge", "/sign-out", "/rollouts/1/pause", "/hooks"):
            answer = some.post(route, data={"csrf": "guessed", "title": "x"})
            assert (answer.status_code, "auth.csrf" in answer.text) == (403, True), route


def test_somebody_of_one_hall_sees_that_hall_alone(either: ConsoleCentre) -> None:
    with either.database.read() as db:
        other = db.scalar(select(t.terminals.c.id).where(t.terminals.c.hall == "h002"))
    with browser(either.app(pages=True)) as some:
        csrf = enter(some, "local")
        for path in ("/overview", "/terminals", "/alerts", "/halls", "/rollouts/1"):
            text = some.get(path).text
            assert "h001" in text, path
            assert "/halls/h002" not in text, path
        assert some.get("/halls/h002").status_code == 404
        assert some.get(f"/terminals/{other}").status_code == 404
        order = {"csrf": csrf, "verb": "identify", "id": other, "next": "/terminals"}
        assert some.post("/terminals/command", data=order).status_code == 403
    assert either.said == []


def test_an_order_to_everything_the_filter_finds_reaches_just_that(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "operator")
        data = {
            "csrf": csrf,
            "verb": "identify",
            "found": "all",
            "next": "/terminals?hall=h003&role=terminal",
        }
        answer = some.post("/terminals/command", data=data)
        assert answer.status_code == 303
        assert "hall=h003" in answer.headers["location"]
        assert "told=ordered" in answer.headers["location"]
    with centre.database.read() as db:
        where = (t.terminals.c.hall == "h003") & (t.terminals.c.role == "terminal")
        wanted = set(db.scalars(select(t.terminals.c.id).where(where)))
    assert {device for device, _, _ in centre.said} == wanted
    assert wanted


def test_filters_find_what_they_say(either: ConsoleCentre) -> None:
    with either.database.write() as db:
        db.execute(update(t.terminals).values(groups=["elderly-first-2"]))
        first = db.execute(select(t.terminals.c.id).order_by(t.terminals.c.id).limit(1)).scalar_one()
        db.execute(
            update(t.terminals)
            .where(t.terminals.c.id == first)
            .values(groups=["elderly-first"], name="百分号%")
        )
    with browser(either.app(pages=True)) as some:
        enter(some, "viewer")
        for query in ("group=elderly-first", "q=%25", f"q={first.upper()}"):
            rows = re.findall(r"<tr data-row>", some.get(f"/terminals?{query}").text)
            assert len(rows) == 1, query


def test_an_address_that_makes_no_sense_is_no_restriction() -> None:
    assert (
        Filter.of({"page": "-1", "sort": "password", "presence": "'", "alert": "x", "state": "y"}) == Filter()
    )


def test_parts_of_a_page_come_as_json_for_its_script(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "viewer")
        parts = some.get("/overview?_parts=counts,heat,title,nothing").json()
        assert set(parts) >= {"counts", "heat"}
        assert "nothing" not in parts
        assert "<html" not in parts["counts"]


def test_every_live_part_of_a_page_can_be_drawn_by_itself_and_is_what_the_page_shows(
    centre: ConsoleCentre,
) -> None:
    with centre.database.read() as db:
        terminal = db.scalar(select(t.documents.c.terminal))
    some_have = 0
    with browser(centre.app(pages=True)) as some:
        enter(some, "admin")
        for path in (
            *FOR_ALL,
            "/halls/h000",
            "/rollouts/1",
            "/rollouts/2",
            "/enrolment",
            f"/terminals/{terminal}",
        ):
            page = some.get(path).text
            names = re.findall(r'data-live="(\w+)"', page)
            if not names:
                continue
            answer = some.get(path, params={"_parts": ",".join(names)})
            assert answer.status_code == 200, path
            for name, drawn in answer.json().items():
                assert drawn.strip() in page, (path, name)
            some_have += len(names)
    assert some_have > 8


def test_a_refused_change_is_said_on_the_page_in_words(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        answer = some.post("/drafts/2/approve", data={"csrf": csrf, "version": "3"})
        assert "fault=draft.own" in answer.headers["location"]
        assert "不能批准自己的草稿" in some.get(answer.headers["location"]).text


def test_a_draft_goes_from_its_author_to_a_second_person_and_on_its_way(centre: ConsoleCentre) -> None:
    with centre.database.write() as db:
        db.execute(update(t.rollouts).values(state="done"))
    with browser(centre.app(pages=True)) as chen, browser(centre.app(pages=True)) as lin:
        csrf = enter(chen, "chen")
        made = chen.post("/drafts", data={"csrf": csrf, "title": "大字", "layer": "hall:h004"}).headers[
            "location"
        ]
        draft = made.split("/")[2]
        edit = {
            "csrf": csrf,
            "version": "1",
            "kind": "hall",
            "key": "h004",
            "s:screen.theme": "large",
            "s:idle.after": "",
        }
        assert "told=saved" in chen.post(f"/drafts/{draft}/edit", data=edit).headers["location"]
        assert "screen.theme" in chen.get(f"/drafts/{draft}?view=check").text
        assert (
            "told=submitted"
            in chen.post(f"/drafts/{draft}/submit", data={"csrf": csrf, "version": "2"}).headers["location"]
        )
        theirs = enter(lin, "lin")
        page = lin.get(f"/drafts/{draft}?view=check").text
        assert f"/drafts/{draft}/approve" in page
        done = lin.post(f"/drafts/{draft}/approve", data={"csrf": theirs, "version": "3", "remark": "好"})
        assert "told=approved" in done.headers["location"]
        begun = lin.post(f"/drafts/{draft}/start", data={"csrf": theirs}).headers["location"]
        assert begun.startswith("/rollouts/")
        assert "大字" in lin.get(begun).text


def test_retiring_needs_the_name_typed(centre: ConsoleCentre) -> None:
    with centre.database.read() as db:
        terminal = db.scalar(select(t.terminals.c.id))
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "lin")
        assert (
            some.post(f"/terminals/{terminal}/retire", data={"csrf": csrf, "typed": "yes"}).status_code == 422
        )
    with centre.database.read() as db:
        assert db.scalar(select(t.terminals.c.state).where(t.terminals.c.id == terminal)) == "enrolled"


def test_a_picture_is_shown_only_to_whoever_sees_its_terminal(centre: ConsoleCentre) -> None:
    with centre.database.write() as db:
        ids = {
            hall: db.scalar(select(t.terminals.c.id).where(t.terminals.c.hall == hall))
            for hall in ("h001", "h002")
        }
        rows = [
            {
                "command": hall,
                "terminal": terminal,
                "kind": "screenshot",
                "content": b"\x89PNG",
                "masked": False,
                "at": centre.time(),
                "expires": centre.time() + 60,
            }
            for hall, terminal in ids.items()
        ]
        db.execute(insert(t.artefacts), rows)
    with browser(centre.app(pages=True)) as some:
        enter(some, "local")
        mine = some.get("/artefacts/h001")
        assert (mine.status_code, mine.headers["content-type"]) == (200, "image/png")
        assert some.get("/artefacts/h002").status_code == 403
        part = some.get(f"/terminals/{ids['h001']}?_parts=live").json()["live"]
        assert 'src="/artefacts/h001"' in part


def test_the_pages_bring_nothing_from_elsewhere_and_files_are_kept(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        page = some.get("/sign-in")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
            answer = some.get(path)
            assert (answer.status_code, "max-age" in answer.headers["cache-control"]) == (200, True)
        assert "http://" not in page.text
        assert "https://" not in page.text
        assert some.get("/static/..%2fframe.py").status_code == 404
        assert some.get("/static/frame.py").status_code == 404


def test_an_alert_leads_to_what_it_is_about(centre: ConsoleCentre) -> None:
    with centre.database.write() as db:
        terminal = db.execute(select(t.terminals.c.id).limit(1)).scalar_one()
        about = {"offline": terminal, "rollout": "rollout-1", "broker": "main", "command": "ca24aa374be9cacd"}
        rest = {"hall": "", "severity": "critical", "code": "terminal.offline", "detail": {}, "opened": 0.0}
        rest |= {"seen": 0.0, "silenced": False, "acknowledged_by": ""}
        db.execute(update(t.alerts).where(t.alerts.c.resolved.is_(None)).values(resolved=0.0))
        for kind, subject in about.items():
            db.execute(insert(t.alerts).values(kind=kind, terminal=subject, **rest))
    with browser(centre.app(pages=True)) as some:
        enter(some, "admin")
        page = some.get("/alerts").text
        table = page[page.index("<tbody") :]
        links = set(re.findall(r'<td><a href="([^"]+)"', table))
        assert {f"/terminals/{terminal}", "/rollouts/1", "/broker"} <= links
        assert [some.get(link).status_code for link in sorted(links)] == [200] * len(links)
