"""The console in a real browser: signing in, languages, filters, live parts, the keyboard, narrow screens."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete, func, select, text, update

from hall.wire.port import free_port
from provisioning.centre import layers, registry
from provisioning.centre.layers import LayerChange
from provisioning.centre.rights import CENTRE
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.e2e.console_browser import chromium, complaints, leave, served, sign_in
from tests.e2e.console_reading import faults
from tests.unit.provisioning.centre.api import centre_world
from tests.unit.provisioning.console.console_world import ConsoleCentre, console

EVERY = (
    "overview",
    "terminals",
    "alerts",
    "halls",
    "halls/h000",
    "groups",
    "drafts",
    "drafts/2?view=check",
    "drafts/3/edit?kind=fleet",
    "rollouts",
    "rollouts/1",
    "rollouts/2",
    "enrolment",
    "audit",
    "broker",
    "people",
    "keys",
    "hooks",
    "help",
)


HANG = 60_000  # milliseconds: long enough for a busy machine, and only a failure waits so long


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=HANG)
    yield
    expect.set_options(timeout=5000)


@dataclass(frozen=True)
class Watched:
    """A console with 300 invented terminals in 12 halls."""

    centre: ConsoleCentre
    url: str
    browser: Browser

    def page(self, name: str = "lin", **more: object) -> Page:
        page = self.browser.new_context(locale="zh-CN", **more).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(HANG)
        if name:
            sign_in(page, self.url, name, centre_world.PASSWORD)
        return page


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder: Path = tmp_path_factory.mktemp("console")
    database = Database(f"sqlite:///{folder}/centre.sqlite")
    database.prepare()
    port, before = free_port(), centre_world.URL
    centre_world.URL = f"http://127.0.0.1:{port}"  # the address that cookies are for
    try:
        centre = console(database, folder, terminals=300)
        with chromium() as browser, served(centre.app(pages=True), port) as url:
            yield Watched(centre, url, browser)
    finally:
        centre_world.URL = before
        database.close()


@pytest.fixture(autouse=True)
def nobody_is_left(watched: Watched) -> Iterator[None]:
    yield
    leave(watched.browser)


def test_a_wrong_password_is_said_and_the_name_is_kept(watched: Watched) -> None:
    page = watched.page(name="")
    page.goto(f"{watched.url}/alerts")
    page.fill("[name=name]", "lin")
    page.fill("[name=password]", "wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不对")
    assert page.input_value("[name=name]") == "lin"
    assert page.evaluate("document.activeElement.name") == "password"
    page.fill("[name=password]", centre_world.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts")


def test_the_language_changes_and_stays(watched: Watched) -> None:
    page = watched.page("viewer")  # the choice is kept with the account
    expect(page.locator("h1")).to_have_text("总览")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Overview")
    page.goto(f"{watched.url}/terminals")
    expect(page.locator("h1")).to_have_text("Terminals")
    assert page.get_attribute("html", "lang") == "en"


def test_every_page_is_free_of_complaints_and_fits_a_narrow_screen(watched: Watched) -> None:
    page = watched.page("admin", viewport={"width": 420, "height": 860})
    heard = complaints(page)
    for path in EVERY:
        page.goto(f"{watched.url}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert heard == []


def test_terminals_that_are_put_into_a_group_wait_in_a_draft_for_the_next_step(watched: Watched) -> None:
    said = LayerChange("group", "loud", 0, {"voice": {"volume": 93}})
    with watched.centre.database.write() as db:
        registry.save_group(db, CENTRE, registry.Group("loud", "响亮", 99), at=1.0)
        layers.write(db, CENTRE, said, at=1.0)
    page = watched.page()
    heard = complaints(page)
    page.goto(f"{watched.url}/terminals?hall=h003")
    for box in page.locator("tbody [name=id]").all()[:2]:
        box.check()
    page.select_option(".bulk [name=group]", "loud")
    page.get_by_role("button", name="加入分组").click()
    page.wait_for_url("**/drafts/*")
    expect(page.locator("h1")).to_contain_text("加入分组 loud：2 台终端")
    expect(page.get_by_role("status").first).to_contain_text("尚未生效")
    expect(page.locator("section[aria-labelledby=layers]")).to_contain_text("groups.loud")
    expect(page.locator("section[aria-labelledby=diff]")).to_contain_text("93")
    page.get_by_role("button", name="提交审批").click()
    expect(page.locator("h1 .chip")).to_contain_text("待审批")
    with watched.centre.database.read() as db:
        assert db.scalar(select(func.count()).select_from(t.terminals).where(registry.in_group("loud"))) == 0
    assert heard == []


def test_every_page_can_be_read_by_everybody(watched: Watched) -> None:
    page = watched.page(name="")
    page.goto(f"{watched.url}/sign-in")
    assert faults(page) == []
    page = watched.page("admin")
    with watched.centre.database.read() as db:
        terminal = db.scalar(select(t.documents.c.terminal))
    titles = set()
    some = (
        *EVERY,
        f"terminals/{terminal}",
        f"terminals/{terminal}/documents/40",
        "terminals?q=nobody",
        "nowhere",
    )
    for path in some:
        page.goto(f"{watched.url}/{path}")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert faults(page) == [], path
        titles.add(page.title())
    assert len(titles) == len(some) - 1  # one is the list of terminals once more


def test_alerts_are_sorted_by_the_keyboard_and_the_address_holds_it(watched: Watched) -> None:
    page = watched.page()
    page.goto(f"{watched.url}/alerts")
    expect(page.locator("th[aria-sort]")).to_contain_text("级别")
    head = page.get_by_role("columnheader", name="发生").get_by_role("link")
    head.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts?sort=opened")
    expect(page.get_by_role("columnheader", name="发生")).to_have_attribute("aria-sort", "ascending")
    first = page.locator("tr[data-row] time").first.get_attribute("datetime")
    page.get_by_role("columnheader", name="发生").get_by_role("link").press("Enter")
    page.wait_for_url("**/alerts?sort=-opened")
    assert str(first) < str(page.locator("tr[data-row] time").first.get_attribute("datetime"))
    page.select_option("[name=severity]", "warning")
    page.wait_for_url("**severity=warning**")
    expect(page.get_by_role("columnheader", name="发生")).to_have_attribute("aria-sort", "descending")


def test_an_acknowledgement_is_taken_back(watched: Watched) -> None:
    page = watched.page()
    heard = complaints(page)
    page.goto(f"{watched.url}/alerts")
    row = page.locator("tr[data-row]").first
    alert = row.locator("[name=id]").get_attribute("value")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="确认，我来处理").click()
    expect(page.get_by_role("status").first).to_contain_text("已确认 1 条告警")
    page.goto(f"{watched.url}/alerts?state=seen")
    mine = page.locator("tr[data-row]", has=page.locator(f"[value='{alert}']"))
    expect(mine).to_contain_text("lin 已确认")
    assert faults(page) == []
    mine.get_by_role("checkbox").check()
    page.get_by_role("button", name="撤销确认").click()
    expect(page.get_by_role("status").first).to_contain_text("已撤销 1 条确认")
    expect(mine).to_have_count(0)
    page.goto(f"{watched.url}/alerts")
    expect(mine).to_contain_text("未处理")
    assert heard == []


def test_a_filter_is_an_address_and_the_back_button_undoes_it(watched: Watched) -> None:
    page = watched.page()
    page.goto(f"{watched.url}/terminals")
    page.select_option("[name=role]", "caller")
    page.wait_for_url("**role=caller**")
    names = page.locator("tr[data-row] td:nth-child(2) > small").all_inner_texts()
    assert names
    assert all("叫号器" in name for name in names)
    page.go_back()
    expect(page.locator("[name=role]")).to_have_value("")


def test_the_keyboard_alone_finds_a_terminal_and_opens_it(watched: Watched) -> None:
    page = watched.page()
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/terminals")
    page.keyboard.press("/")
    page.keyboard.type("h003")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=h003**")
    page.locator("body").press("j")
    page.keyboard.press("j")
    expect(page.locator("tr.at")).to_have_count(1)
    second = page.locator("tr[data-row] a").nth(0)
    assert second.is_visible()
    page.keyboard.press("x")
    expect(page.locator(".bulk [data-count]")).to_have_text("1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/terminals/h003-*")


def test_a_button_in_a_live_part_keeps_the_focus_when_the_part_is_drawn_anew(watched: Watched) -> None:
    page = watched.page()
    page.goto(f"{watched.url}/rollouts/1")
    button = page.get_by_role("button", name="暂停")
    button.focus()
    with watched.centre.database.write() as db:
        db.execute(update(t.rollouts).where(t.rollouts.c.id == 1).values(title="换了名字的发布"))
    expect(page.locator("h1")).to_contain_text("换了名字的发布")
    expect(button).to_be_focused()


def test_help_opens_on_a_question_mark_and_escape_closes_it(watched: Watched) -> None:
    page = watched.page()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_first_stop_of_the_tabulator_skips_the_menu(watched: Watched) -> None:
    page = watched.page()
    first = page.locator("a, button, input").first
    assert first.get_attribute("class") == "skip"  # where Tab begins from depends on where one was before
    first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_live_parts_follow_and_leave_ticks_and_focus_alone(watched: Watched) -> None:
    page = watched.page()
    page.goto(f"{watched.url}/terminals?hall=h005")
    box = page.locator("input[name=id]").nth(1)
    box.check()
    box.focus()
    chosen = box.get_attribute("value")
    with watched.centre.database.write() as db:
        db.execute(update(t.terminals).where(t.terminals.c.hall == "h005").values(name="换了名字的终端"))
    expect(page.locator("tr[data-row] b").first).to_have_text("换了名字的终端")
    expect(page.locator(f"input[value={chosen}]")).to_be_checked()
    assert page.evaluate("document.activeElement.value") == chosen


def test_an_order_to_many_is_asked_for_once_more(watched: Watched) -> None:
    page = watched.page()
    page.goto(f"{watched.url}/terminals?hall=h006")
    page.locator("[data-all]").check()
    ticked = page.locator("input[name=id]").count()
    before = len(watched.centre.said)
    page.locator("[data-ask=bulk-ask]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert len(watched.centre.said) == before
    page.get_by_role("dialog").get_by_role("button", name="下达指令").click()
    expect(page.get_by_role("status")).to_contain_text(f"已向 {ticked} 台终端下达指令")
    assert len(watched.centre.said) == before + ticked


def test_retiring_asks_for_the_name(watched: Watched) -> None:
    with watched.centre.database.read() as db:
        terminal = db.scalar(select(t.terminals.c.id).where(t.terminals.c.hall == "h009"))
    page = watched.page()
    page.goto(f"{watched.url}/terminals/{terminal}")
    page.locator("[data-ask=ask-retire]").click()
    typed = page.locator("#ask-retire [name=typed]")
    typed.fill("yes")
    typed.press("Enter")
    expect(typed).to_have_attribute("aria-invalid", "true")
    typed.fill(str(terminal))
    typed.press("Enter")
    page.wait_for_url("**told=retired**")
    with watched.centre.database.read() as db:
        assert db.scalar(select(t.terminals.c.state).where(t.terminals.c.id == terminal)) == "retired"


def test_a_centre_that_does_not_answer_is_said_and_taken_back(watched: Watched) -> None:
    page = watched.page()
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()


def drafted(watched: Watched, page: Page, title: str) -> None:
    """A new draft of one hall's layer, in the editor."""
    page.goto(f"{watched.url}/drafts")
    page.locator("form[action='/drafts'] [name=title]").fill(title)
    page.locator("form[action='/drafts'] [name=layer]").select_option("hall:h005")
    page.locator("form[action='/drafts'] button").click()
    page.wait_for_url("**/edit**")


@pytest.mark.parametrize("script", [True, False])
def test_notices_are_rows_that_are_added_moved_and_removed(watched: Watched, script: bool) -> None:
    page = watched.page(java_script_enabled=script)
    heard = complaints(page)
    drafted(watched, page, "两条公告")
    rows = page.locator("#part-notices fieldset.row")
    rows.nth(0).get_by_role("button", name="删除第 1 行").click()  # the one that is released
    expect(rows.nth(0).get_by_label("中文", exact=True)).to_have_value("")
    rows.nth(0).get_by_label("中文", exact=True).fill("周五下午学习")
    page.locator("#part-notices").get_by_role("button", name="再加一行").click()
    expect(rows).to_have_count(2)
    last = rows.nth(1).get_by_label("中文", exact=True)
    expect(last).to_be_focused()
    expect(last).to_have_value("")
    last.fill("国庆照常")
    rows.nth(1).get_by_label("结束日期").fill("2026-10-07")
    rows.nth(1).get_by_role("button", name="第 2 行上移").click()
    expect(rows.nth(0).get_by_label("中文", exact=True)).to_have_value("国庆照常")
    expect(rows.nth(1).get_by_label("中文", exact=True)).to_have_value("周五下午学习")
    page.locator("#part-notices").get_by_role("button", name="再加一行").click()
    expect(rows).to_have_count(3)
    rows.nth(2).get_by_role("button", name="删除第 3 行").click()
    expect(rows).to_have_count(2)
    assert faults(page) == [] if script else True
    rows.nth(1).get_by_label("中文", exact=True).press("Enter")  # saves: it presses no button of a row
    page.wait_for_url("**told=saved**")
    expect(page.locator(".diff").first).to_contain_text(
        '[{"zh": "国庆照常", "until": "2026-10-07"}, {"zh": "周五下午学习"}]'
    )
    assert heard == []


def test_a_mistake_in_a_row_is_said_beside_it_and_a_link_leads_there(watched: Watched) -> None:
    page = watched.page(viewport={"width": 390, "height": 844})
    drafted(watched, page, "日期写反")
    rows = page.locator("#part-notices fieldset.row")
    rows.nth(0).get_by_label("中文", exact=True).fill("周五下午学习")
    rows.nth(0).get_by_label("开始日期").fill("2026-10-07")
    rows.nth(0).get_by_label("结束日期").fill("2026-10-01")
    page.locator("fieldset > .buttons button.main").click()
    link = page.get_by_role("alert").filter(visible=True).get_by_role("link", name="公告 第 1 行 · 结束日期")
    expect(link).to_be_visible()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    link.click()
    field = page.locator("#f-notices-0-until")
    expect(field).to_be_in_viewport()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-notices-0-until-wrong")).to_contain_text("早于开始日期")


def logged_out(watched: Watched) -> None:
    """The session has ended, and the page does not know it yet."""
    with watched.centre.database.write() as db:
        db.execute(delete(t.sessions))


def enter_again(page: Page) -> None:
    page.fill("[name=name]", "lin")
    page.fill("[name=password]", centre_world.PASSWORD)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("script", [True, False])
def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(watched: Watched, script: bool) -> None:
    page = watched.page(java_script_enabled=script, viewport={"width": 390, "height": 844})
    drafted(watched, page, "登录过期")
    page.locator("[name='r:notices:zh']").fill("“周六”照常 <办公>")
    logged_out(watched)
    page.locator("fieldset > .buttons button.main").click()
    expect(page.get_by_role("alert")).to_contain_text("刚才填写的内容没有丢")
    if script:
        assert faults(page) == []
    enter_again(page)
    expect(page.locator("h1")).to_have_text("已登录，刚才填写的内容还在")
    kept = page.locator("section[aria-labelledby=typed]")
    expect(kept).to_contain_text("“周六”照常 <办公>")
    expect(kept).not_to_contain_text("午间不休")  # the layer as JSON was not what was saved
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if script:
        assert faults(page) == []
    page.get_by_role("button", name="继续提交").click()
    page.wait_for_url("**told=saved**")
    expect(page.locator(".diff").first).to_contain_text("“周六”照常 <办公>")


def test_a_page_with_something_typed_stays_when_its_session_ends_and_another_goes_to_the_door(
    watched: Watched,
) -> None:
    idle, page = watched.page(), watched.page()
    idle.goto(f"{watched.url}/alerts")
    page.goto(f"{watched.url}/alerts")
    page.locator("#new-silence summary").click()
    why = page.locator("#new-silence [name=why]")
    why.fill("换打印机")
    logged_out(watched)
    idle.wait_for_url("**/sign-in?next=**")
    expect(page.locator("#out")).to_be_visible()
    expect(why).to_have_value("换打印机")
    assert faults(page) == []
    page.locator("#new-silence [name=scope]").select_option("fleet")
    page.locator("#new-silence").get_by_role("button", name="新建静默").click()
    enter_again(page)
    page.get_by_role("button", name="继续提交").click()
    expect(page.locator("section[aria-labelledby=sil]")).to_contain_text("换打印机")


def test_a_form_of_an_earlier_session_and_one_of_an_ill_centre_can_be_sent_again(watched: Watched) -> None:
    page = watched.page()
    drafted(watched, page, "两次登录")
    page.locator("[name='r:notices:zh']").fill("欢迎光临")
    other = page.context.new_page()
    logged_out(watched)
    sign_in(other, watched.url, "lin", centre_world.PASSWORD)
    page.locator("fieldset > .buttons button.main").click()
    expect(page.locator("main")).to_contain_text("这一页是上一次登录时打开的")
    assert faults(page) == []
    with watched.centre.database.write() as db:
        db.execute(text("ALTER TABLE drafts RENAME TO drafts_away"))
    try:
        page.get_by_role("button", name="再提交一次").click()
        expect(page.locator("h1")).to_have_text("中心数据库暂时不可用")
        expect(page.locator("section[aria-labelledby=typed]")).to_contain_text("欢迎光临")
        assert faults(page) == []
    finally:
        with watched.centre.database.write() as db:
            db.execute(text("ALTER TABLE drafts_away RENAME TO drafts"))
    page.get_by_role("button", name="再提交一次").click()
    page.wait_for_url("**told=saved**")
    expect(page.locator(".diff").first).to_contain_text("欢迎光临")


def test_a_slow_page_says_at_once_that_it_is_on_its_way(watched: Watched) -> None:
    page = watched.page()
    page.goto(f"{watched.url}/drafts/1")
    page.evaluate(
        "addEventListener('click', (event) => event.preventDefault())"
    )  # an answer that does not come
    page.locator("a[data-slow]").first.click()
    expect(page.locator("body[data-busy]")).to_have_count(1)


def test_serials_are_uploaded_as_a_file_and_looked_at_first(watched: Watched, tmp_path: Path) -> None:
    file = tmp_path / "序列号.csv"
    file.write_bytes(
        "serial,terminal,hall,role,name\nTY501,h006-k9,h006,terminal,九号终端\n".encode("gb18030")
    )
    page = watched.page()
    page.goto(f"{watched.url}/enrolment")
    page.locator("#csv-form summary").click()
    page.set_input_files("[name=file]", file)
    page.locator("#csv-form button").first.click()
    expect(page.locator("#csv-form")).to_contain_text("九号终端")
    page.locator("#csv-form [name=take]").click()
    page.wait_for_url("**told=expected**")
    expect(page.locator("main")).to_contain_text("TY501")


def test_everything_found_is_offered_as_halls_and_groups(watched: Watched) -> None:
    page = watched.page()
    page.goto(f"{watched.url}/terminals")
    page.locator("[name=found]").check()
    page.locator("button[formaction='/drafts/for']").click()
    expect(page.locator("h1")).to_have_text("这么多终端，改哪一层？")
    page.locator("form[action='/drafts/for'] button").click()
    page.wait_for_url("**/drafts/*")
    expect(page.locator("main h3")).to_have_count(12)
