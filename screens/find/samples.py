"""Invented entries of a county's catalogue, and the designed states of the search screen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hall.catalogue.answers import Entry, SearchResult
from screens.events import Found, Ticked, Touched
from screens.find.presenter import FindPresenter
from screens.visit import Terminal, Visit

VERSION = "2026112201-3fa94c07"
HOT = ("社保卡", "公积金提取", "身份证", "结婚登记", "开公司", "异地就医备案", "退休", "老年证", "低保")
COUNTY, CITY = "清源县", "聊城市"
_HRSS = "清源县人力资源和社会保障局"

ENTRIES: tuple[Entry, ...] = (
    Entry("sbk-bl", "guide", "社会保障卡补领、换领、换发", "Replacement of a social security card",
          "社保卡丢了、坏了，补一张", _HRSS, COUNTY, "home", kiosk=True),
    Entry("sbk-ss", "guide", "社会保障卡申领", "First social security card",
          "第一次办社保卡", _HRSS, COUNTY, "home"),
    Entry("b-birth", "bundle", "新生儿出生一件事", "Birth of a child, in one go",
          "落户、医保、社保卡，一次办好", "清源县政务服务中心", COUNTY, "home"),
    Entry("sbk-gs", "guide", "社会保障卡挂失与解挂", "Reporting a card as lost",
          "社保卡丢了先挂失", _HRSS, COUNTY, "home", kiosk=True),
    Entry("yl-zy", "guide", "城镇职工基本养老保险关系转移接续申请（省内转移、跨省转移）", "",
          "换了城市，养老保险跟着走", _HRSS, COUNTY, "home"),
    Entry("sbk-nj", "guide", "老年人优待证年审", "", "", "清源县民政局", COUNTY, "home", withdrawn=True),
    Entry("sbk-lc", "guide", "社会保障卡信息变更", "Change of a card's data",
          "改电话、改地址", "聊城市人力资源和社会保障局", CITY, "city"),
    Entry("sbk-jn", "guide", "社会保障卡金融账户激活", "", "", "清江县人力资源和社会保障局", "清江县", "other"),
)  # fmt: skip

LONG = Entry(
    "long", "guide",
    "香港特别行政区、澳门特别行政区的服务提供者以及台湾地区投资者在内地设立由其控股或者独资经营的从事演出活动的"
    "经纪机构、演出场所经营单位，以及外商投资娱乐场所变更名称、地址、法定代表人、主要负责人、注册资本、经营范围的审批",
    "Approval of changes to performance agencies, performance venues and entertainment venues that are owned or "
    "controlled by investors from Hong Kong, Macao, Taiwan or abroad",
    "港澳台、外商演出机构变更", "清源县文化和旅游局", COUNTY, "home",
)  # fmt: skip
NEAR = ("换发机动车驾驶证", "机动车注册登记", "机动车转让登记")

Make = Callable[[Terminal], tuple[str, Any]]


def entries(count: int) -> tuple[Entry, ...]:
    """``count`` of them, each with an id of its own."""
    return tuple(
        replace(ENTRIES[at % len(ENTRIES)], id=f"{ENTRIES[at % len(ENTRIES)].id}-{at}") for at in range(count)
    )


def _state(result: SearchResult | None = None, page: int = 0, *, query: str = "", late: bool = False) -> Make:
    def make(terminal: Terminal) -> tuple[str, Any]:
        shown = _able(terminal)
        presenter = FindPresenter(shown)
        for letter in query:
            presenter.handle(Touched("key", letter))
        if result is not None:
            presenter.handle(Touched("word", result.text))
            presenter.handle(Found(VERSION, result))
            presenter.handle(Touched("page", str(page)))
        if late:
            shown.monotonic += 60
            presenter.handle(Ticked(shown.now, shown.monotonic))  # type: ignore[arg-type]
        return "find", presenter.view

    return make


def _missing(terminal: Terminal) -> tuple[str, Any]:
    shown = replace(_able(terminal), catalogue_code="catalogue.none")
    return "find", FindPresenter(shown).view


def _able(terminal: Terminal) -> Terminal:
    return replace(terminal, catalogue=VERSION, catalogue_code=None, hot=HOT, visit=Visit())


def _near(text: str) -> SearchResult:
    near = tuple(
        Entry(f"near-{at}", "guide", name, "", "", "清源县公安局", COUNTY, "home")
        for at, name in enumerate(NEAR)
    )
    return SearchResult(text, near, near=True, suggestions=("驾驶证", "车管所", "网约车"))


STATES: dict[str, Make] = {
    "find": _state(),
    "find-results": _state(
        SearchResult("sbk", entries(8), suggestions=("社保卡", "社保卡丢了", "社会保险"), total=8)
    ),
    "find-last-page": _state(SearchResult("shbxx", entries(20), total=53), page=99),
    "find-section": _state(SearchResult("社保卡要带什么", entries(3), section="materials", total=3)),
    "find-long": _state(
        SearchResult("演出", (LONG, *entries(4)), suggestions=("演出场所", "娱乐场所"), total=5)
    ),
    "find-near": _state(_near("jszqqq")),
    "find-one": _state(SearchResult("lnz", entries(6)[5:], total=1)),
    "find-waiting": _state(query="sbk", late=True),
    "find-missing": _missing,
}
