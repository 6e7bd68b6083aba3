"""What people write, and the names they find."""

import sqlite3

import pytest

from hall.catalogue.search.engine import Engine
from hall.catalogue.search.index import SearchName, write_index
from hall.catalogue.search.loaded import Index
from hall.catalogue.vocabulary import Vocabulary
from tests.unit.hall.catalogue_search.small_search import NAMES, Hall


@pytest.mark.parametrize("name", NAMES)
def test_a_name_typed_in_full_comes_first(hall: Hall, name: str) -> None:
    assert hall.first(name) == name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("結婚登記", "内地居民结婚登记"),
        ("ＥＴＣ车辆", "ETC车辆安装登记"),
        ("etc", "ETC车辆安装登记"),
        ("《食品经营许可》，变更！", "食品经营许可变更"),
        ("異地就醫", "异地就医备案"),
    ],
)
def test_other_spellings_of_the_same_text_find_the_same(hall: Hall, typed: str, meant: str) -> None:
    assert hall.first(typed) == meant


def test_the_name_itself_comes_before_those_it_begins(hall: Hall) -> None:
    assert hall.found("食品经营许可", 2) == ["食品经营许可", "食品经营许可变更"]


def test_what_begins_a_name_comes_before_what_stands_in_one(hall: Hall) -> None:
    assert hall.first("公积金") == "公积金账户设立"
    assert set(hall.found("公积金", 3)) == {"公积金账户设立", "住房公积金提取", "住房公积金贷款"}


def test_words_in_another_order_find_the_name_that_holds_them_all(hall: Hall) -> None:
    assert hall.first("提取公积金") == "住房公积金提取"
    assert hall.first("变更居住证地址") == "居住证地址变更"


def test_an_alias_and_the_main_item_find_the_name(hall: Hall) -> None:
    assert hall.first("跨省看病") == "异地就医备案"
    assert hall.first("渔业扶持") == "授渔补贴发放"


def test_each_name_is_there_once_though_its_alias_matches_too(hall: Hall) -> None:
    found = hall.found("领结婚证登记", 20)
    assert len(found) == len(set(found))


def test_of_names_that_fit_alike_the_one_nearer_home_comes_first(hall: Hall) -> None:
    found = hall.found("残疾人证", 3)
    assert found[0] == "残疾人证新办"
    assert found[2] == "残疾人证补办"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("公基金提取", "住房公积金提取"),
        ("居住正办理", "居住证办理"),
        ("工商认定", "工伤认定"),
        ("内地居民节婚登记", "内地居民结婚登记"),
        ("音月考级", "音乐考级机构备案"),  # 乐 is read yue here and le elsewhere
        ("航业协会", "行业协会登记"),  # 行 is read hang here and xing elsewhere
    ],
)
def test_characters_of_the_same_sound_are_forgiven(hall: Hall, typed: str, meant: str) -> None:
    assert hall.first(typed) == meant


def test_what_is_written_right_comes_before_what_only_sounds_so() -> None:
    hall = Hall((*NAMES, "授予补贴发放"), Vocabulary())
    assert hall.found("授予补贴", 2) == ["授予补贴发放", "授渔补贴发放"]
    assert hall.found("授渔补贴", 2) == ["授渔补贴发放", "授予补贴发放"]
    hall.close()


def test_nearly_the_same_sounds_are_forgiven_when_nothing_else_fits(hall: Hall) -> None:
    assert hall.first("卢照谦发") == "普通护照签发" or "普通护照签发" in hall.found("护造谦发")
    assert hall.first("cangjizheng").startswith("残疾人证")


def test_what_people_say_finds_what_it_is_called(hall: Hall) -> None:
    assert hall.first("开饭店") == "食品经营许可"
    assert "小餐饮店登记" in hall.found("开饭店")
    assert hall.first("扯证") == "内地居民结婚登记"


def test_the_longest_key_decides(hall: Hall) -> None:
    assert hall.first("社保卡丢了") == "社会保障卡挂失"


def test_what_stands_beside_a_key_decides_between_its_names(hall: Hall) -> None:
    assert hall.first("残疾证补办") == "残疾人证补办"
    assert hall.first("换残疾证换领") == "残疾人证换领"


def test_a_key_is_found_in_another_order_and_with_words_between(hall: Hall) -> None:
    assert hall.first("身份证补办") == "居民身份证丢失补领"
    assert hall.first("身份证要补办一张") == "居民身份证丢失补领"


def test_a_key_mistyped_by_sound_is_understood(hall: Hall) -> None:
    assert hall.first("底保") == "最低生活保障对象认定"
    assert hall.first("各税") == "个人所得税纳税记录开具"


def test_a_key_of_two_characters_is_not_heard_across_two_words() -> None:
    names = ("社区服务", "食堂备案", "死亡注销户口")
    hall = Hall(names, Vocabulary(synonyms={"去世": ("死亡注销户口",)}))
    assert "死亡注销户口" not in hall.found("社区食堂", 2)
    assert hall.first("区是") == "死亡注销户口"
    hall.close()


def test_a_key_of_two_characters_is_heard_in_usual_readings_only() -> None:
    hall = Hall(("户外广告", "门诊慢特病"), Vocabulary(synonyms={"大病": ("门诊慢特病",)}))
    assert hall.engine.search("大屏").near  # 屏 also reads bing
    assert hall.first("大并") == "门诊慢特病"
    hall.close()


def test_the_beginning_of_what_people_say_is_enough(hall: Hall) -> None:
    assert hall.first("开饭") == "食品经营许可"


def test_official_words_that_no_name_holds_stand_back_for_those_that_one_does(hall: Hall) -> None:
    assert hall.first("改命") == "出生登记"


def test_official_words_that_no_name_holds_whole_count_by_their_pieces() -> None:
    hall = Hall(("户口迁移", "养犬登记"), Vocabulary(synonyms={"搬家": ("户口的迁移审批",)}))
    assert hall.first("搬家") == "户口迁移"
    hall.close()


def test_a_key_in_a_long_text_does_not_push_away_the_name_that_holds_the_text(hall: Hall) -> None:
    assert hall.first("灵活就业人员参保登记个税") == "灵活就业人员参保登记"


def test_what_people_often_want_comes_before_what_they_seldom_do(hall: Hall) -> None:
    assert hall.found("个体工商户", 2) == ["个体工商户设立登记", "个体工商户注销登记"]
    assert hall.first("个体工商户注销") == "个体工商户注销登记"


def test_several_aliases_in_one_field_are_found_each() -> None:
    connection = sqlite3.connect(":memory:")
    write_index(connection, [SearchName(1, "证件查询服务", ("遗失招领，拾得物,x",), "", 0)], Vocabulary())
    engine = Engine(connection)
    assert not engine.search("拾得物").near
    assert Index(connection).names.chars.split() == ["证件查询服务", "遗失招领拾得物x", "遗失招领", "拾得物"]
    assert engine.search("sdw").ids == (1,)
    connection.close()


def test_a_whole_name_mistyped_by_sound_comes_before_what_people_say_in_it() -> None:
    hall = Hall((*NAMES, "对象认定"), Vocabulary(synonyms={"认定": ("对象认定",)}))
    assert hall.first("工商认定") == "工伤认定"
    hall.close()
