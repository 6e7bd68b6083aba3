"""Pages that refuse: each says what happened and what to do, and nothing that somebody typed is lost by it."""

import html
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from provisioning.centre.accounts import IDLE
from provisioning.centre.api.limits import Rate, Rates
from provisioning.centre.api.problems import CODES
from provisioning.centre.console.wording import table
from provisioning.centre.signs import Sign
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.centre_world import PASSWORD, URL, browser
from tests.unit.provisioning.console.console_world import ConsoleCentre, console, enter

PAGE = {"Origin": URL, "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
"""As a browser says it when a form of ours is sent."""
TITLE = '</script>"公告'


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ConsoleCentre]:
    database = Database(f"sqlite:///{tmp_path}/lite.sqlite")
    database.prepare()
    yield console(database, tmp_path, terminals=40)
    database.close()


@contextmanager
def without_a_database(folder: Path) -> Iterator[None]:
    """Its tables cannot be found for a while."""
    with sqlite3.connect(folder / "lite.sqlite") as db:
        db.execute("ALTER TABLE sessions RENAME TO sessions_away")
    try:
        yield
    finally:
        with sqlite3.connect(folder / "lite.sqlite") as db:
            db.execute("ALTER TABLE sessions_away RENAME TO sessions")


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the page's form for ``action``."""
    form = page[page.index(f'action="{action}"') :].split("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return {html.unescape(name): html.unescape(value) for name, value in fields}


def drafts(centre: ConsoleCentre) -> int:
    with centre.database.read() as db:
        return db.scalar(select(func.count()).select_from(t.drafts)) or 0


def test_what_was_typed_when_the_session_ended_is_sent_after_signing_in(centre: ConsoleCentre) -> None:
    before = drafts(centre)
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        centre.time.at += IDLE + 1
        said = {"csrf": csrf, "title": TITLE, "layer": "hall:h001"}
        answer = some.post("/drafts", data=said, headers=PAGE)
        assert answer.status_code == 401
        assert "刚才填写的内容没有丢" in answer.text
        carried = hidden(answer.text, "/sign-in")
        assert carried == {"next": "/drafts", "k:title": TITLE, "k:layer": "hall:h001"}

        wrong = some.post("/sign-in", data={**carried, "name": "chen", "password": "wrong"}, headers=PAGE)
        assert (wrong.status_code, hidden(wrong.text, "/sign-in")) == (401, carried)
        back = some.post("/sign-in", data={**carried, "name": "chen", "password": PASSWORD}, headers=PAGE)
        assert "还没有提交" in back.text
        assert drafts(centre) == before
        again = hidden(back.text, "/drafts")
        assert again.keys() == {"csrf", "title", "layer"}
        assert again["csrf"] != csrf
        made = some.post("/drafts", data=again, headers=PAGE).headers["location"]
        assert re.fullmatch(r"/drafts/\d+/edit\?kind=hall&key=h001", made)
        assert html.escape(TITLE) in some.get(made).text.replace("&#34;", "&quot;")
    assert drafts(centre) == before + 1


def test_a_form_of_an_earlier_session_is_sent_once_more_with_todays(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        old = enter(some, "chen")
        enter(some, "chen")
        answer = some.post("/drafts", data={"csrf": old, "title": "公告", "layer": "fleet:"}, headers=PAGE)
        assert answer.status_code == 403
        assert "这一页是上一次登录时打开的" in answer.text
        again = hidden(answer.text, "/drafts")
        assert some.post("/drafts", data=again, headers=PAGE).status_code == 303


def test_what_another_site_or_a_program_sent_is_never_offered_to_be_sent_again(centre: ConsoleCentre) -> None:
    said = {"csrf": "guessed", "title": "公告", "layer": "fleet:"}
    with browser(centre.app(pages=True)) as some:
        enter(some, "chen")
        for headers in (
            {"Accept": "text/html"},
            {**PAGE, "Origin": "https://evil.test"},
            {**PAGE, "Sec-Fetch-Site": "cross-site"},
            {**PAGE, "Sec-Fetch-Site": "none"},
        ):
            answer = some.post("/drafts", data=said, headers=headers)
            assert answer.status_code == 403
            assert "公告" not in answer.text, headers


def test_passwords_and_files_are_never_shown_again(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "admin")
        centre.time.at += IDLE + 1
        secret = {"csrf": csrf, "name": "wang", "role": "viewer", "password": "a long new secret"}
        own = {"csrf": csrf, "old": PASSWORD, "new": "a long new secret"}
        for path, form in (("/people", secret), ("/password", own)):
            answer = some.post(path, data=form, headers=PAGE)
            assert answer.status_code == 401
            assert "登录已过期" in answer.text
            assert "a long new secret" not in answer.text
            assert 'href="/sign-in"' in answer.text
        file = {"file": ("a.csv", b"serial\nSN-77", "text/csv")}
        answer = some.post("/enrolment/table", data={"csrf": csrf}, files=file, headers=PAGE)
        assert (answer.status_code, "SN-77" in answer.text) == (401, False)


def test_a_database_that_is_away_is_said_and_the_form_can_be_sent_again(
    centre: ConsoleCentre, tmp_path: Path
) -> None:
    before = drafts(centre)
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        said = {"csrf": csrf, "title": "公告", "layer": "fleet:"}
        with without_a_database(tmp_path):
            page = some.get("/overview", headers=PAGE)
            assert page.status_code == 503
            assert "中心数据库暂时不可用" in page.text
            assert "终端照常为群众服务" in page.text
            assert 'href="/sign-in"' not in page.text  # nobody could
            assert re.search(r'href="/overview"[^>]*>.*再试一次', page.text)
            answer = some.post("/drafts", data=said, headers=PAGE)
            assert answer.status_code == 503
            assert "没有保存" in answer.text
            again = hidden(answer.text, "/drafts")
        answer = some.post("/drafts", data=again, headers=PAGE)  # its token was not kept: one step more
        again = hidden(answer.text, "/drafts")
        assert some.post("/drafts", data=again, headers=PAGE).status_code == 303
    assert drafts(centre) == before + 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_refusal_says_what_to_do(centre: ConsoleCentre, language: str) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "viewer")
        some.cookies.set("tongyuan-language", language)
        words = table(language)
        answers = {
            "refused.403": some.get("/people", headers=PAGE),
            "refused.404": some.get("/nowhere", headers=PAGE),
            "refused.405": some.get("/drafts/1/plan", headers=PAGE),
            "refused.422": some.get("/rollouts/x", headers=PAGE),
        }
        for key, answer in answers.items():
            assert answer.status_code == int(key[-3:])
            assert html.escape(words[key]) in answer.text.replace("&#39;", "&#x27;"), key
        some.post("/sign-out", data={"csrf": csrf}, headers=PAGE)
        answer = some.post("/drafts/1/withdraw", data={"csrf": csrf}, headers=PAGE)
        assert (answer.status_code, words["refused.401"] in answer.text) == (401, True)


def test_all_refusals_that_exist_have_a_line_of_their_own() -> None:
    said = {status for status, _, _ in CODES.values()}
    for language in ("zh", "en"):
        words = table(language)
        lacking = {code for code, (status, _, _) in CODES.items() if f"refused.{status}" not in words}
        assert {code for code in lacking if f"refused.{code}" not in words} == set()
    assert {401, 403, 404, 409, 422, 429, 500, 503} <= said


def test_a_flood_is_answered_with_a_page_for_people_and_a_document_for_programs(
    centre: ConsoleCentre,
) -> None:
    with browser(centre.app(Rates(address=Rate(1, 0.1)), pages=True)) as some:
        assert some.get("/sign-in").status_code == 200
        page = some.get("/overview", headers={"Accept": "text/html", "Accept-Language": "en-GB"})
        assert (page.status_code, page.headers["retry-after"]) == (429, "10")
        assert "Try again in 10 s." in page.text
        assert "That was too often" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        program = some.get("/v1/session")
        assert program.headers["content-type"] == "application/problem+json"
        assert (program.status_code, program.json()["code"]) == (429, "request.too_often")


def test_a_bug_is_a_page_that_gives_nothing_away(centre: ConsoleCentre, caplog: Any) -> None:
    app = centre.app(pages=True)
    with browser(app) as some:
        csrf = enter(some, "chen")
        said = {"csrf": csrf, "id": "1", "next": "/alerts"}
        centre.alerts._database = None  # type: ignore[assignment]  # what no one thought of
        answer = some.post("/alerts/acknowledge", data=said, headers=PAGE)
    assert answer.status_code == 500
    assert "这是程序的错误" in answer.text
    assert "NoneType" not in answer.text
    assert "NoneType" in caplog.text
    caplog.clear()


def test_a_page_that_is_long_open_can_be_too_large_to_keep(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        enter(some, "chen")
        some.cookies.clear()
        answer = some.post("/drafts", data={"title": "x" * 300_000}, headers=PAGE)
        assert (answer.status_code, "xxx" in answer.text) == (401, False)


def test_a_broker_that_is_away_is_said_where_it_matters_until_it_is_back(centre: ConsoleCentre) -> None:
    centre.alerts.hold("main", "", Sign("broker", "critical", "broker.away", {"broker": "main"}))
    with browser(centre.app(pages=True)) as some:
        enter(some, "viewer")
        for path in ("/overview", "/broker"):
            page = some.get(path).text
            assert "中心与消息代理 main 失联" in page
            assert "停在失联之前" in page
        assert "main 失联" in some.get("/overview?_parts=counts").json()["counts"]
        centre.alerts.clear("broker", "main")
        assert "失联" not in some.get("/overview").text
