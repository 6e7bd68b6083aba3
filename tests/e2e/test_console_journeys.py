"""What people do with a whole fleet, in a real browser: let a terminal in, change settings, watch, be warned, look.

One centre in a process of its own, with simulated terminals and one real screen, lives through all of it. What is
awaited is awaited by looking, with a bound that only a hang reaches.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed here")

from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.centre_rig import (
    AT_THE_GLASS,
    CHEN,
    EASY,
    LAST,
    LI,
    NO_PAPER,
    PASSWORD,
    PER_HALL,
    REFUSING,
    TERMINAL,
    WELL,
    CentreRig,
    centre_rig,
)
from tests.e2e.console_browser import chromium, complaints, leave, sign_in
from tests.e2e.console_reading import faults
from tests.e2e.fleet_rig import until

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

HANG = 40_000  # milliseconds
APPLY = {"when": "idle", "probation_seconds": 0.3, "deadline_seconds": 10, "idle_seconds": 0}
PLAN = {"waves": ["1", "50%", "100%"], "soak_seconds": 0, "apply": APPLY}
PHONES = "http://phones.test"
FOR_ALL = {"source": {"phone_url": PHONES}}
"""A change that every role reads: others are taken at once by who does not, also while somebody is at the glass."""
NOTICE, NOTICE_EN = "周六上午照常办公", "Open on Saturday morning"


@dataclass(frozen=True)
class Fleet:
    rig: CentreRig
    browser: Browser

    def page(self, who: str = "") -> Page:
        """A person's own browser, signed in."""
        page = self.browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(HANG)
        if who:
            sign_in(page, self.rig.url, who, PASSWORD)
        return page

    def open(self, who: str, path: str) -> Page:
        page = self.page(who)
        self.go(page, path)
        return page

    def go(self, page: Page, path: str) -> None:
        page.goto(f"{self.rig.url}{path}")

    def shot(self, page: Page, name: str) -> None:
        page.screenshot(path=self.rig.pictures / f"{name}.png", full_page=True)

    def terminal(self) -> str:
        """The path of the real terminal's page; it is let in first where no test has done so."""
        self.rig.let_in()
        return f"/terminals/{TERMINAL}"


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=HANG)
    yield
    expect.set_options(timeout=5000)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with chromium() as browser, centre_rig(tmp_path_factory.mktemp("centre")) as rig:
        yield Fleet(rig, browser)
        assert rig.crew.broken() == []


@pytest.fixture(autouse=True)
def nobody_is_left(fleet: Fleet) -> Iterator[None]:
    yield
    leave(fleet.browser)


def mark(page: Page) -> None:
    """So that ``unmoved`` can tell that nobody has loaded the page again."""
    page.evaluate("window.sinceThen = true")


def unmoved(page: Page) -> bool:
    return bool(page.evaluate("window.sinceThen === true"))


def sure(page: Page, word: str) -> None:
    """The question that has opened is answered."""
    page.get_by_role("dialog").get_by_role("button", name=word, exact=True).click()


def fact(page: Page, word: str) -> Locator:
    """What stands behind ``word`` in a list of facts."""
    return page.locator(f"dt:text-is('{word}') + dd").first


# -- enrolment ------------------------------------------------------------------------------------------------------


def test_a_code_on_the_glass_becomes_a_terminal_that_serves(fleet: Fleet) -> None:
    rig = fleet.rig
    rig.power_on()
    code = rig.code()
    page = fleet.open(CHEN, "/enrolment")
    heard = complaints(page)
    expect(page.locator("[data-live=waiting]")).to_contain_text("DEMO-0001")
    expect(page.locator("[data-live=waiting]")).not_to_contain_text(code)
    page.fill("[name=code]", code.lower())
    page.keyboard.press("Enter")
    expect(fact(page, "序列号")).to_have_text("DEMO-0001")
    assert page.locator("dd.finger").inner_text() in rig.look()["texts"]
    fleet.shot(page, "enrolment-facts")
    rig.picture("enrolment-glass")

    page.fill("[name=terminal]", TERMINAL)
    page.select_option("[name=hall]", rig.settings.id)
    page.select_option("[name=role]", "terminal")
    page.fill("[name=name]", "一楼 1 号机")
    page.get_by_role("button", name="批准登记").click()
    begun = time.monotonic()
    expect(page.locator("[role=status]").first).to_contain_text("已批准")
    until(lambda: rig.look()["screen"] == "welcome", rig.log, 120)
    took = time.monotonic() - begun
    print(f"serves citizens {took:.1f} s after the approval")  # noqa: T201  the issue wants it known, -s shows it
    assert code not in rig.children.log_of("machine")
    assert code not in rig.centre.log

    expect(page.locator("#now .chip")).to_contain_text("在线")
    fleet.shot(page, "enrolment-done")
    fleet.go(page, f"/enrolment?code={code}")
    expect(page.get_by_role("alert").filter(visible=True)).to_be_visible()  # a code is good once
    assert [one for one in heard if "404" not in one] == []


# -- a draft, from one person to another -----------------------------------------------------------------------------


def test_a_draft_is_seen_exactly_returned_mended_and_approved_by_somebody_else(fleet: Fleet) -> None:
    author, reviewer = fleet.open(CHEN, "/drafts"), fleet.page(LI)
    author.fill("[name=title]", "周六公告与大字版")
    author.select_option("[name=layer]", f"hall:{LAST}")
    author.get_by_role("button", name="新建并编辑").click()
    author.select_option("[name='s:screen.theme']", "large")
    author.locator("[name='r:notices:zh']").first.fill(NOTICE)
    author.locator("[name='r:notices:en']").first.fill(NOTICE_EN)
    fleet.shot(author, "draft-editor")
    author.get_by_role("button", name="保存到草稿").click()
    author.get_by_role("link", name="检查并看差异").click()

    differences = author.locator("section[aria-labelledby=diff]")
    expect(differences.locator("h2")).to_contain_text(f"影响 {PER_HALL} 台终端、1 个大厅")
    assert table(differences, 5) == [
        [f"{PER_HALL}", "notices", "[]", f'[{{"zh": "{NOTICE}", "en": "{NOTICE_EN}"}}]'],
        [f"{PER_HALL}", "screen.theme", '"normal"', '"large"'],
    ]
    fleet.shot(author, "draft-check")
    differences.get_by_role("link").first.click()
    expect(author.locator("h1")).to_contain_text(f"{LAST}-")
    assert [row[0] for row in table(author.locator("section.diff"), 3)] == ["notices", "screen.theme"]
    author.go_back()

    author.get_by_role("button", name="提交审批").click()
    review = "section[aria-labelledby=review]"
    expect(author.locator(review)).to_contain_text("须由另一位同事审批")
    expect(author.locator(review).get_by_role("button")).to_have_count(0)
    draft = re.search(r"/drafts/(\d+)", author.url)
    assert draft is not None

    fleet.go(reviewer, "/overview")
    reviewer.get_by_role("link", name="份草稿待审批").click()
    reviewer.get_by_role("link", name="周六公告与大字版").click()
    reviewer.get_by_role("button", name="退回修改").click()
    expect(reviewer.get_by_role("alert").filter(visible=True)).to_contain_text("退回时请写明原因")
    reviewer.fill("[name=remark]", "公告请写明日期")
    reviewer.get_by_role("button", name="退回修改").click()
    expect(reviewer.locator("h1 .chip")).to_contain_text("已退回")

    author.reload()
    expect(author.locator("main")).to_contain_text("公告请写明日期")
    author.get_by_role("link", name="修改", exact=True).click()
    author.locator("[name='r:notices:zh']").first.fill(f"11月28日{NOTICE}")
    author.get_by_role("button", name="保存到草稿").click()
    author.get_by_role("link", name="检查并看差异").click()
    author.get_by_role("button", name="提交审批").click()

    fleet.go(reviewer, f"/drafts/{draft[1]}?view=check")
    expect(reviewer.locator("section[aria-labelledby=diff]")).to_contain_text("11月28日")
    fleet.shot(reviewer, "draft-review")
    reviewer.get_by_role("button", name="批准", exact=True).click()
    expect(reviewer.locator("h1 .chip")).to_contain_text("已批准")
    fleet.shot(reviewer, "draft-approved")


def table(of: Locator, columns: int) -> list[list[str]]:
    """The first four columns of the rows; of a key the path it has."""
    found = []
    for row in of.locator("tbody tr").all():
        cells = [row.locator("td").nth(at) for at in range(min(columns, 4))]
        small = [cell.locator("small.mono") for cell in cells]
        found.append(
            [(s if s.count() else c).inner_text().split("\n")[0] for c, s in zip(cells, small, strict=True)]
        )
    return found


# -- rollouts --------------------------------------------------------------------------------------------------------


def approved(fleet: Fleet, title: str, hall: str, change: dict[str, Any]) -> int:
    """A draft by one person, approved by the other; its number."""
    draft = fleet.rig.ops(CHEN).propose(title, "hall", hall, change, PLAN)
    fleet.rig.ops(LI).approve(draft, start=False)
    return int(draft["id"])


def started(fleet: Fleet, page: Page, draft: int) -> None:
    fleet.go(page, f"/drafts/{draft}")
    page.get_by_role("button", name="开始发布").click()
    sure(page, "开始发布")
    page.wait_for_url("**/rollouts/*")
    mark(page)


def test_a_rollout_is_watched_held_let_go_on_and_taken_back(fleet: Fleet) -> None:
    crew = fleet.rig.crew
    crew.behave(AT_THE_GLASS, EASY)
    page = fleet.page(LI)
    started(fleet, page, approved(fleet, "手机页面地址", EASY, FOR_ALL))
    state, progress = page.locator("h1 .chip"), page.locator("#sum .push")
    expect(state).to_contain_text("进行中")
    expect(progress).to_have_text(f"0 / {PER_HALL} 已确认")
    under_way = page.locator(".counts li", has_text="进行中").locator("b")
    expect(under_way).to_have_text("1")  # else nobody would be told any more
    page.get_by_role("button", name="暂停").click()
    expect(state).to_contain_text("已暂停")
    mark(page)

    crew.behave(WELL, EASY)  # citizens leave; who is under way finishes, nobody else begins
    expect(progress).to_have_text(f"1 / {PER_HALL} 已确认")
    expect(page.locator(".counts li", has_text="未开始")).to_contain_text(str(PER_HALL - 1))
    assert crew.told(EASY, "source", "phone_url").count(PHONES) == 1
    assert unmoved(page)
    fleet.shot(page, "rollout-paused")

    page.get_by_role("button", name="继续").click()
    mark(page)
    expect(progress).to_have_text(f"{PER_HALL} / {PER_HALL} 已确认")
    expect(state).to_contain_text("已完成")
    assert unmoved(page)
    assert crew.told(EASY, "source", "phone_url") == [PHONES] * PER_HALL
    fleet.shot(page, "rollout-done")

    first = page.url
    page.get_by_role("button", name="整体回退").click()
    sure(page, "整体回退")
    page.wait_for_url(lambda url: url.split("?")[0] != first.split("?")[0])
    mark(page)
    expect(state).to_contain_text("已完成")
    assert unmoved(page)
    assert set(crew.told(EASY, "source", "phone_url")) <= {None, ""}


def test_a_rollout_that_fails_stops_and_says_why(fleet: Fleet) -> None:
    page = fleet.page(LI)
    started(fleet, page, approved(fleet, "手机页面地址", REFUSING, FOR_ALL))
    expect(page.locator("h1 .chip")).to_contain_text("已中止")
    expect(page.get_by_role("status").filter(has_text="已中止")).to_contain_text("失败过多，已自动停止")
    failures = page.locator("#failures tbody tr")
    expect(failures.first).to_contain_text("trial.settings")
    expect(failures.first).to_contain_text("程序无法使用这份设置，已退回")
    assert failures.count() == 1  # it was the canary
    assert unmoved(page)
    fleet.shot(page, "rollout-stopped")
    assert PHONES not in fleet.rig.crew.told(REFUSING, "source", "phone_url")
    failures.first.get_by_role("link").click()
    expect(page.locator("#conf .chip").first).not_to_have_text("待生效")


def test_a_rollout_says_whom_it_waits_for_and_goes_on_without_them(fleet: Fleet) -> None:
    crew, page = fleet.rig.crew, fleet.page(LI)
    gone = [f"{EASY}-{number:02d}" for number in range(2, PER_HALL)]
    crew.behave(WELL, EASY)
    crew.cut(*gone)
    try:
        fleet.go(page, f"/terminals?hall={EASY}&presence=offline")
        expect(page.locator("tr[data-row]")).to_have_count(len(gone))
        started(fleet, page, approved(fleet, "音量五十五", EASY, {"voice": {"volume": 55}}))
        waits = page.locator("section[aria-labelledby=waits]")
        expect(waits).to_contain_text(
            "2 台离线：联网后自动更新"
        )  # the second wave: one is there, two are away
        expect(waits).to_contain_text("第 2 批里至少 50% 有了结果")
        expect(page.locator(".wave.now")).to_contain_text("在等 2 台离线的终端")
        expect(waits.locator("ul a")).to_have_count(2)
        expect(waits.locator("ul li").first).to_contain_text(re.compile(r"起，已 \d+ "))
        assert {str(one.get_attribute("href"))[11:] for one in waits.locator("ul a").all()} <= set(gone)
        assert unmoved(page)
        assert faults(page) == []
        fleet.shot(page, "rollout-waits")

        waits.get_by_role("button", name="不等离线的，继续").click()
        page.get_by_role("dialog").get_by_label("原因").fill("停电检修")
        sure(page, "不等离线的，继续")
        expect(page.get_by_role("status").first).to_contain_text("不再等离线的终端")
        expect(waits).to_contain_text("4 台离线")  # the last wave
        expect(page.locator("#sum .push")).to_have_text(f"2 / {PER_HALL} 已确认")
    finally:
        crew.mend(*gone)
    expect(page.locator("#sum .push")).to_have_text(f"{PER_HALL} / {PER_HALL} 已确认")
    expect(page.locator("h1 .chip")).to_contain_text("已完成")
    expect(waits).to_have_count(0)
    assert crew.told(EASY, "voice", "volume") == [55] * PER_HALL
    fleet.go(page, "/audit?action=rollout.went_on")
    expect(page.locator("main")).to_contain_text("停电检修")


# -- alerts ----------------------------------------------------------------------------------------------------------


def test_an_empty_printer_is_heard_of_seen_to_and_over_by_itself(fleet: Fleet) -> None:
    crew, terminal = fleet.rig.crew, f"{LAST}-00"
    overview, alerts = fleet.open(CHEN, "/overview"), fleet.open(CHEN, f"/alerts?terminal={terminal}")
    mark(overview)
    mark(alerts)
    hall = overview.locator("[data-row]", has_text="模拟大厅2")
    expect(hall.locator(".chip.call")).to_have_count(0)
    crew.behave(NO_PAPER, terminal)
    expect(hall.locator(".chip.call")).to_contain_text("1")
    fleet.shot(overview, "alert-overview")
    row = alerts.locator("tr[data-row]")
    expect(row).to_contain_text("纸已用完")
    expect(row).to_contain_text("严重")
    assert unmoved(overview)
    assert unmoved(alerts)
    fleet.shot(alerts, "alert-open")

    row.get_by_role("checkbox").check()
    alerts.get_by_role("button", name="确认，我来处理").click()
    expect(alerts.get_by_role("status")).to_contain_text("已确认 1 条告警")
    fleet.go(alerts, f"/alerts?state=seen&terminal={terminal}")
    expect(row).to_contain_text("chen 已确认")
    expect(hall.locator(".chip.call")).to_have_count(0)  # somebody sees to it

    mark(alerts)
    crew.behave(WELL, terminal)
    expect(row).to_have_count(0)
    assert unmoved(alerts)
    fleet.go(alerts, f"/alerts?state=resolved&terminal={terminal}")
    expect(row).to_contain_text("恢复")


def test_a_silence_keeps_an_alert_quiet(fleet: Fleet) -> None:
    crew, terminal = fleet.rig.crew, f"{LAST}-01"
    overview, page = fleet.open(CHEN, "/overview"), fleet.open(CHEN, "/alerts")
    page.locator("#new-silence summary").click()
    form = page.locator("#new-silence")
    form.locator("[name=scope]").select_option("terminal")
    form.locator("[name=key-terminal]").fill(terminal)
    form.locator("[name=kind]").select_option("paper_out")
    form.locator("[name=hours]").select_option("2")
    form.locator("[name=daily]").check()
    form.locator("[name=why]").fill("换打印机")
    form.get_by_role("button", name="新建静默").click()
    expect(page.locator("section[aria-labelledby=sil]")).to_contain_text("换打印机")

    crew.behave(NO_PAPER, terminal)
    fleet.go(page, f"/alerts?state=silenced&terminal={terminal}")
    expect(page.locator("tr[data-row]")).to_contain_text("静默中")
    fleet.shot(page, "alert-silenced")
    overview.reload()
    expect(overview.locator("[data-row]", has_text="模拟大厅2").locator(".chip.call")).to_have_count(0)
    fleet.go(page, f"/alerts?state=unseen&terminal={terminal}")
    expect(page.locator("tr[data-row]")).to_have_count(0)

    page.get_by_role("button", name="结束静默").click()
    fleet.go(page, f"/alerts?state=unseen&terminal={terminal}")
    expect(page.locator("tr[data-row]")).to_contain_text("纸已用完")
    crew.behave(WELL, terminal)
    expect(page.locator("tr[data-row]")).to_have_count(0)


# -- one terminal ----------------------------------------------------------------------------------------------------


def test_a_screenshot_is_asked_for_and_hides_what_a_citizen_sees(fleet: Fleet) -> None:
    page = fleet.open(CHEN, fleet.terminal())
    shot = page.locator("section[aria-labelledby=shot]")
    page.get_by_role("button", name="屏幕截图").click()
    picture = shot.locator("img.glass")
    expect(picture).to_be_visible()
    size = "[document.querySelector('img.glass').naturalWidth, document.querySelector('img.glass').naturalHeight]"
    page.wait_for_function(f"{size}[0] > 0")
    assert page.evaluate(size) == [540, 960]
    expect(shot).not_to_contain_text("已遮盖")
    fleet.shot(page, "screenshot")
    plain = picture.get_attribute("src")

    fleet.rig.begin_visit()
    page.get_by_role("button", name="屏幕截图").click()
    expect(shot).to_contain_text("有人使用，已遮盖")
    assert picture.get_attribute("src") != plain
    page.wait_for_function(f"{size}[0] > 0")
    fleet.shot(page, "screenshot-masked")
    fleet.rig.end_visit()


def test_a_terminal_says_here_i_am(fleet: Fleet) -> None:
    page = fleet.open(CHEN, fleet.terminal())
    page.get_by_role("button", name="亮屏识别").click()
    until(lambda: "我在这里" in fleet.rig.look()["texts"], lambda: fleet.rig.look()["texts"])
    fleet.rig.picture("here-i-am")
    order = page.locator("section[aria-labelledby=orders] tbody tr").first
    expect(order).to_contain_text("亮屏识别")
    expect(order.locator(".chip")).to_contain_text("完成")
    fleet.rig.tap(270, 480)
    until(lambda: "我在这里" not in fleet.rig.look()["texts"], lambda: fleet.rig.look()["texts"])


# -- without a mouse -------------------------------------------------------------------------------------------------


def test_the_keyboard_alone_signs_in_and_asks_a_terminal_to_show_itself(fleet: Fleet) -> None:
    page = fleet.page()
    fleet.go(page, "/sign-in")
    assert page.evaluate("document.activeElement.name") == "name"
    page.keyboard.type(CHEN)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/overview")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/terminals")
    page.keyboard.press("/")
    page.keyboard.type(f"{LAST}-02")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    page.locator("body").press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/terminals/{LAST}-02")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").endswith("亮屏识别"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("已向 1 台终端下达指令")
    expect(page.locator("section[aria-labelledby=orders] tbody tr").first.locator(".chip")).to_contain_text(
        "完成"
    )
    fleet.shot(page, "keyboard")
