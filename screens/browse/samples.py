"""Invented shelves of a county's catalogue, and the designed states of browsing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hall.catalogue.answers import By, Entry, Shelf
from screens.browse.presenter import BrowsePresenter
from screens.events import ListingFound, ShelvesFound, Ticked
from screens.find.samples import LONG, VERSION, entries
from screens.visit import Terminal, Visit

Make = Callable[[Terminal], tuple[str, Any]]

THEMES = (
    Shelf("社会保障", "社会保障", "Social security", "shield-account-outline", 38),
    Shelf("医疗卫生", "医疗卫生", "Health", "medical-bag", 24),
    Shelf("户籍办理", "户籍办理", "Household registration", "card-account-details-outline", 17),
    Shelf("婚育收养", "婚育收养", "Marriage and children", "ring", 9),
    Shelf("住房保障", "住房保障", "Housing", "home-outline", 21),
    Shelf("就业创业", "就业创业", "Work and starting a business", "briefcase-outline", 30),
    Shelf("交通出行", "交通出行", "Vehicles and driving", "car-outline", 26),
    Shelf("教育科研", "教育科研", "School and research", "school-outline", 12),
    Shelf("优待抚恤", "优待抚恤", "Care for veterans and families", "medal-outline", 8),
    Shelf("公用事业", "公用事业", "Water, power, gas, heat", "water-outline", 14),
    Shelf("死亡殡葬", "死亡殡葬", "Bereavement", "flower-outline", 5),
    Shelf("其他", "其他", "Other", "shape-outline", 1),
)
OFFICES = tuple(
    Shelf(name, name, "", "bank-outline", count)
    for name, count in (
        ("清源县人力资源和社会保障局", 41), ("清源县公安局", 36), ("清源县民政局", 22),
        ("国家税务总局清源县税务局", 19),
        ("清源县住房和城乡建设局（清源县人民防空办公室、清源县房产管理服务中心）", 18),
        ("清源县退役军人事务局", 7), ("国网山东省电力公司清源县供电公司", 6), ("清源县自然资源和规划局", 31),
        ("聊城市住房公积金管理中心清源管理部", 11), ("清源县行政审批服务局", 88), ("清源县医疗保障局", 15),
    )
)  # fmt: skip
ALL = (Shelf("all", "一件事", "One-stop bundles", "package-variant-closed", 12),)


def _shelves(by: By, shelves: tuple[Shelf, ...], page: int = 0) -> Make:
    return _state(by, "", shelves, page=page)


def _state(
    by: By,
    key: str,
    shelves: tuple[Shelf, ...] = (),
    listing: tuple[Entry, ...] | None = None,
    *,
    page: int = 0,
    late: bool = False,
    code: str | None = None,
) -> Make:
    def make(terminal: Terminal) -> tuple[str, Any]:
        visit = Visit(browsing=(by, key), browsing_page=page)
        shown = replace(terminal, catalogue=VERSION, catalogue_code=code, visit=visit)
        presenter = BrowsePresenter(shown)
        presenter.enter()
        if shelves:
            presenter.handle(ShelvesFound(VERSION, by, shelves))
        if listing is not None:
            presenter.handle(ListingFound(VERSION, by, visit.browsing[1], listing))
        if late:
            shown.monotonic += 60
            presenter.handle(Ticked(shown.now, shown.monotonic))  # type: ignore[arg-type]
        return "browse", presenter.view

    return make


_BUNDLES = tuple(
    Entry(f"b-{at}", "bundle", name, name_en, line, "清源县政务服务中心", "清源县", "home")
    for at, (name, name_en, line) in enumerate((
        ("新生儿出生一件事", "Birth of a child", "落户、医保、社保卡"),
        ("企业职工退休一件事", "Retirement", "退休、医保、公积金一起办"),
        ("企业开办一件事", "Starting a business", "营业执照、刻章、税务、社保"),
        ("身后一件事", "After a death", "销户、丧葬补助、公积金"),
        ("不动产登记与水电气暖过户联办一件事", "Property transfer with utilities", "买房卖房，水电一起过户"),
        ("灵活就业一件事", "Flexible employment", "参保、补贴"),
    ))
)  # fmt: skip

STATES: dict[str, Make] = {
    "browse": _shelves("theme", THEMES),
    "browse-last-page": _shelves("theme", THEMES, page=9),
    "browse-offices": _shelves("office", OFFICES),
    "browse-audience": _shelves("audience", (
        Shelf("personal", "个人", "Individuals", "account", 120),
        Shelf("organisations", "企业和单位", "Businesses and organisations", "domain", 64),
    )),
    "browse-listing": _state("theme", "社会保障", THEMES, entries(14)),
    "browse-listing-long": _state("office", OFFICES[4].key, OFFICES, (*entries(2), LONG, *entries(3)[2:])),
    "browse-bundles": _state("bundle", "", ALL, _BUNDLES),
    "browse-queue": _state("queue", "social", (), entries(4)),
    "browse-queue-empty": _state("queue", "social", (), ()),
    "browse-empty": _state("theme", "其他", THEMES, ()),
    "browse-waiting": _state("theme", "", late=True),
    "browse-missing": _state("theme", "", code="catalogue.damaged"),
}  # fmt: skip
