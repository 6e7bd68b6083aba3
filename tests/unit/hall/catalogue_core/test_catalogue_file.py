"""What a catalogue answers: entries, where else, shelves and search."""

import threading
from pathlib import Path
from typing import Any

import pytest

from hall.catalogue.answers import Entry
from hall.catalogue.file import Catalogue
from hall.catalogue.model import Guide, Header
from hall.catalogue.nearness import NEARNESS, level_rank, nearness
from tests.unit.hall.catalogue_core.small_catalogue import HEADER, bundle, guide, queue, read


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("371521", "home"),
        ("371521001", "home"),
        ("371521001002", "home"),
        ("371500", "city"),
        ("371522", "city"),
        ("370000", "province"),
        ("370102", "province"),
        ("000000", "nation"),
        ("440100", "other"),
    ],
)
def test_nearness_by_code(region: str, expected: str) -> None:
    assert NEARNESS[nearness(guide(region=region), HEADER)] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("清源县", "home"),
        ("山东省聊城市清源县", "home"),
        ("聊城市", "city"),
        ("山东省聊城市邻县", "city"),
        ("山东省", "province"),
        ("山东省济南市", "province"),
        ("全国", "nation"),
        ("广东省广州市", "other"),
    ],
)
def test_nearness_by_name_where_there_is_no_code(name: str, expected: str) -> None:
    assert NEARNESS[nearness(guide(region="", region_name=name), HEADER)] == expected


def test_nearness_for_a_city_hall_by_name() -> None:
    city = Header(hall="gz", name="广州", revision=1, region="440100", region_names=("广东省", "广州市"))
    names = ("广东省广州市", "广州市天河区", "广东省", "广东省深圳市", "山东省")
    found = [NEARNESS[nearness(guide(region="", region_name=name), city)] for name in names]
    assert found == ["home", "home", "province", "province", "other"]


def test_a_national_item_without_a_region_is_the_nations() -> None:
    assert NEARNESS[nearness(guide(region="", region_name="", level="国家级"), HEADER)] == "nation"
    assert NEARNESS[nearness(guide(region="", region_name=""), HEADER)] == "other"


def test_levels_from_the_county_up() -> None:
    levels = ["区县级", "镇(乡、街道)级", "村(社区)级", "市级", "自治区级", "国家级", ""]
    assert [level_rank(level) for level in levels] == list(range(len(levels)))


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.id for entry in entries]


def regional(*regions: str) -> list[Guide]:
    return [guide(f"g{region}", region=region) for region in regions]


def test_an_entry_says_what_a_list_shows(tmp_path: Path) -> None:
    page = guide(everyday=("社会保障卡挂失", "社保卡丢了"), kiosk=True, name_en="Report a lost card")
    catalogue = read(tmp_path / "c", page, guide("other", region="371500"))
    assert catalogue.entry("card") == Entry(
        id="card",
        kind="guide",
        name="社会保障卡挂失",
        name_en="Report a lost card",
        line="社保卡丢了",
        office="清源县人力资源和社会保障局",
        region_name="清源县",
        nearness="home",
        kiosk=True,
        others=1,
    )
    assert catalogue.entry("nobody") is None


def test_the_line_of_an_entry_is_the_first_plain_sentence_where_nobody_says_otherwise(tmp_path: Path) -> None:
    pages = (guide(plain="卡丢了来这里。带身份证。"), guide("long", plain="长" * 100), guide("none"))
    catalogue = read(tmp_path / "c", *pages)
    lines = [entry.line for id in ("card", "long", "none") if (entry := catalogue.entry(id))]
    assert lines == ["卡丢了来这里", "长" * 59 + "…", ""]


def test_a_bundle_has_an_entry(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c", guide(), guide("pension", "养老金"), bundle(everyday=("要退休了",)))
    assert catalogue.entry("retire") == Entry(
        "retire", "bundle", "退休一件事", "", "要退休了", "", "清源县", "home"
    )


def test_elsewhere_lists_the_others_nearest_first(tmp_path: Path) -> None:
    pages = regional("440100", "370000", "371521", "371522", "371500")
    levels = {"g371500": "市级", "g371522": "县级"}
    pages = [page.model_copy(update={"level": levels.get(page.id, "")}) for page in pages]
    withdrawn = guide("gone", region="371521", state="withdrawn", withdrawn={"reason": "取消"})
    catalogue = read(tmp_path / "c", *pages, withdrawn, guide("pension", "养老金申领"))
    found = catalogue.elsewhere("g371521")
    assert [(other.id, other.nearness) for other in found] == [
        ("g371522", "city"),
        ("g371500", "city"),
        ("g370000", "province"),
        ("g440100", "other"),
    ]
    assert (found[0].office, found[0].region_name) == ("邻县人力资源和社会保障局", "邻县")
    assert (found[0].address, found[0].phone) == ("邻县振兴路 1 号", "0635-1234567")
    assert catalogue.elsewhere("nobody") == ()


def test_elsewhere_says_how_to_reach_it(tmp_path: Path) -> None:
    other = guide(
        "b", places=(), consult_phones=("0635-7",), online={"url": "https://example.org"}, kiosk=True
    )
    (found,) = read(tmp_path / "c", guide(), other).elsewhere("card")
    assert (found.address, found.phone, found.online, found.kiosk) == (
        "",
        "0635-7",
        "https://example.org",
        True,
    )


def test_elsewhere_has_at_most_fifty(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c", *(guide(f"g{i}", region="370000") for i in range(60)))
    assert len(catalogue.elsewhere("g0")) == 50


def test_each_name_stands_once_by_the_guide_nearest_home(tmp_path: Path) -> None:
    themed = [
        page.model_copy(update={"themes": ("社会保障",)}) for page in regional("371500", "371521", "440100")
    ]
    catalogue = read(tmp_path / "c", *themed)
    (shelf,) = catalogue.shelves("theme")
    assert (shelf.key, shelf.count) == ("社会保障", 1)
    assert names(catalogue.listing("theme", "社会保障")) == ["g371521"]
    assert [entry.others for entry in catalogue.listing("theme", "社会保障")] == [2]


def test_a_withdrawn_guide_stands_for_its_name_only_if_no_other_does(tmp_path: Path) -> None:
    gone: dict[str, Any] = {"state": "withdrawn", "withdrawn": {"reason": "取消"}, "themes": ("社会保障",)}
    catalogue = read(
        tmp_path / "c", guide("a", **gone), guide("b", region="440100"), guide("c", "老项目", **gone)
    )
    assert names(catalogue.search("社会保障卡挂失").entries)[0] == "b"
    found = catalogue.search("老项目").entries[0]
    assert (found.id, found.withdrawn) == ("c", True)
    assert catalogue.shelves("theme") == ()


def test_of_equally_near_guides_the_lower_level_stands_for_the_name(tmp_path: Path) -> None:
    catalogue = read(
        tmp_path / "c", guide("a", level="省级"), guide("b", level="市级"), guide("c", level="县级")
    )
    assert names(catalogue.search("社会保障卡挂失").entries)[0] == "c"


def test_home_comes_first_on_a_shelf(tmp_path: Path) -> None:
    pages = [
        guide("far", "一", "440100", kiosk=True),
        guide("near", "二", kiosk=True),
        guide("city", "〇", "371500", kiosk=True),
    ]
    assert names(read(tmp_path / "c", *pages).listing("kiosk", "all")) == ["near", "city", "far"]


def test_themes_stand_as_the_header_has_them_then_by_size_and_the_rest_last(tmp_path: Path) -> None:
    themes = [("其他",), ("其他",), ("其他",), ("交通",), ("交通", "医疗"), ("社会保障",)]
    pages = [guide(f"g{i}", f"事项{i}", themes=theme) for i, theme in enumerate(themes)]
    shelves = read(tmp_path / "c", *pages).shelves("theme")
    assert [(shelf.key, shelf.count) for shelf in shelves] == [
        ("社会保障", 1),
        ("交通", 2),
        ("医疗", 1),
        ("其他", 3),
    ]
    assert (shelves[0].name_en, shelves[0].icon) == ("Social security", "shield-account")


def test_the_other_ways_to_browse(tmp_path: Path) -> None:
    person = guide("a", "甲", audience=("自然人",), events=("退休",), queue="social", kiosk=True)
    firm = guide("b", "乙", audience=("企业法人", "事业法人"))
    both = guide("c", "丙", audience=("自然人", "其他组织"), region="371500")
    whole = bundle(members=("a", "b"), audience=("个人",), events=("退休",), queue="social")
    catalogue = read(tmp_path / "c", person, firm, both, whole, queues=[queue("social")])
    assert names(catalogue.listing("audience", "personal")) == ["a", "retire", "c"]
    assert names(catalogue.listing("audience", "organisations")) == ["b", "c"]
    assert [shelf.name for shelf in catalogue.shelves("audience")] == ["个人", "企业和单位"]
    assert set(names(catalogue.listing("event", "退休"))) == {"a", "retire"}
    assert [(s.key, s.name, s.name_en) for s in catalogue.shelves("queue")] == [
        ("social", "社保业务", "Social security")
    ]
    assert set(names(catalogue.listing("queue", "social"))) == {"a", "retire"}
    assert names(catalogue.listing("bundle", "all")) == ["retire"]
    assert names(catalogue.listing("kiosk", "all")) == ["a"]
    offices = ["清源县人力资源和社会保障局", "聊城市人力资源和社会保障局"]
    assert [shelf.key for shelf in catalogue.shelves("office")] == offices
    assert catalogue.listing("theme", "没有") == ()


def test_a_shelf_lists_at_most_five_hundred_and_counts_all(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c", *(guide(f"g{i}", f"事项{i:04}", kiosk=True) for i in range(510)))
    (shelf,) = catalogue.shelves("kiosk")
    assert (shelf.count, len(catalogue.listing("kiosk", "all"))) == (510, 500)


def test_a_search_finds_each_name_once(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c", *regional("371500", "371521"), guide("pension", "养老金申领"))
    found = catalogue.search("社会保障卡")
    assert names(found.entries) == ["g371521"]
    assert (found.text, found.near, found.total) == ("社会保障卡", False, 1)


def test_a_search_is_never_empty(tmp_path: Path) -> None:
    found = read(tmp_path / "c", guide(), guide("pension", "养老金申领")).search("完全没有的东西")
    assert found.entries
    assert (found.near, found.total) == (True, 0)


def test_an_everyday_name_is_found(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c", guide(everyday=("社保卡丢了",)), guide("pension", "养老金申领"))
    assert names(catalogue.search("社保卡丢了").entries)[0] == "card"


def test_an_open_catalogue_may_be_handed_to_another_thread(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c", guide())
    found: list[Guide | None] = []
    thread = threading.Thread(target=lambda: found.append(catalogue.guide("card")))
    thread.start()
    thread.join()
    assert found == [guide()]


def test_a_catalogue_goes_on_after_its_file_was_replaced(tmp_path: Path) -> None:
    catalogue = read(tmp_path / "c", guide(conditions="旧"))
    newer = read(tmp_path / "c", guide(conditions="新"))
    assert [page.conditions for one in (catalogue, newer) if (page := one.guide("card"))] == ["旧", "新"]


def test_an_id_that_is_sql_is_only_an_id(tmp_path: Path) -> None:
    catalogue: Catalogue = read(tmp_path / "c", guide())
    for id in ("' OR 1=1 --", "", "\x00", "card\x00"):
        assert catalogue.page(id) is None
        assert catalogue.entry(id) is None
