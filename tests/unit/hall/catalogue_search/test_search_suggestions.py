"""Chips while someone types: whole things, each once, the likeliest first."""

from collections.abc import Iterator

import pytest

from hall.catalogue.vocabulary import Vocabulary
from tests.unit.hall.catalogue_search.small_search import NAMES as SMALL
from tests.unit.hall.catalogue_search.small_search import Hall

NAMES = (
    "个人社会保险登记",
    "企业登记",
    "户口登记",
    "老年人优待证办理",
    "社会保障卡挂失",
    "社会保障卡补办",
    "社会保障卡补换",
    "社会保障卡密码重置",
    "社会保障卡申领",
    "护照补办",
    "居住证补办",
    "居住证补领",
    "居住证变更",
    "居住证遗失后在外地补领",
    "代开发票（增值税）",
    "代开发票作废",
    "税务登记变更",
    "税务登记注销",
    "税务登记查验",
    "税务登记（县级）",
    "网吧设立许可",
    "网吧设立许可变更",
    "建设用地使用权登记",
    "建设用地使用权变更",
    "公章使用",
    "公车使用",
    "场地使用",
)
WORDS = Vocabulary(
    synonyms={
        "社保卡": ("社会保障卡",),
        "社保卡补": ("社会保障卡补办",),
        "社保卡补办": ("社会保障卡补办",),
        "社保卡没了": ("社会保障卡补办",),
        "社保卡掉": ("社会保障卡补办",),
        "社保卡挂失": ("社会保障卡挂失",),
        "社保卡消磁": ("没有这个名称",),
        "社保": ("社会保险",),
        "老年证": ("老年人优待证",),
        "老年证丢": ("老年人优待证",),
        "老年证坏": ("老年人优待证",),
        "居住证丢": ("居住证遗失后在外地补领",),
        "开饭店": ("没有这个名称",),
    },
    hot=("老年证",),
    deny=("作废",),
)


@pytest.fixture(scope="module")
def chips() -> Iterator[Hall]:
    made = Hall(NAMES, WORDS)
    yield made
    made.close()


def suggested(hall: Hall, typed: str) -> tuple[str, ...]:
    return hall.engine.search(typed).suggestions


@pytest.mark.parametrize(
    "typed", ["社", "社保", "社保卡", "社保卡补", "老年", "老年证", "代开", "税务", "居住", "sb", "sbk"]
)
def test_nothing_ends_in_the_middle_of_a_word(chips: Hall, typed: str) -> None:
    halves = {
        "社保卡补",
        "社保卡掉",
        "老年证丢",
        "老年证坏",
        "代开发",
        "税务登",
        "居住证补",
        "居住证丢",
        "社会保障卡补",
    }
    assert halves.isdisjoint(suggested(chips, typed))


def test_what_people_say_is_offered_once_for_each_meaning_in_its_most_official_form(chips: Hall) -> None:
    found = suggested(chips, "社保卡")
    assert "社保卡补办" in found
    assert "社保卡没了" not in found
    assert "社保卡挂失" in found


def test_what_leads_to_no_name_is_not_offered(chips: Hall) -> None:
    assert "社保卡消磁" not in suggested(chips, "社保卡")
    assert "开饭店" not in suggested(chips, "开")


def test_names_are_offered_as_far_as_several_begin_alike_and_a_word_ends_there(chips: Hall) -> None:
    assert suggested(chips, "税务")[0] == "税务登记"


def test_a_beginning_after_which_all_names_go_on_alike_is_not_offered(chips: Hall) -> None:
    assert "建设用地使用" not in suggested(chips, "建设")


def test_short_names_are_offered_whole_and_long_ones_not(chips: Hall) -> None:
    assert set(suggested(chips, "居住证")) == {"居住证补办", "居住证补领", "居住证变更"}


def test_a_name_with_brackets_is_not_offered_without_them(chips: Hall) -> None:
    assert "税务登记县级" not in suggested(chips, "税务登记")
    assert "代开发票增值税" not in suggested(chips, "代开")


def test_one_character_looks_for_what_begins_with_it_only() -> None:
    hall = Hall((*SMALL, "网吧设立许可", "互联网登记", "互联网登记变更"), Vocabulary())
    assert suggested(hall, "网") == ("网吧设立许可",)
    hall.close()


def test_hot_words_come_first_and_what_was_typed_never(chips: Hall) -> None:
    assert suggested(chips, "老年")[0] == "老年证"
    assert "老年证" not in suggested(chips, "老年证")


def test_no_two_say_nearly_the_same_and_there_are_six_at_most() -> None:
    names = (
        "护照办理",
        "护照的办理",
        *(f"护照{what}登记" for what in ("甲", "乙", "丙", "丁", "戊", "己", "庚")),
    )
    hall = Hall(names, Vocabulary())
    found = suggested(hall, "护照")
    assert len(found) == 6
    hall.close()
    hall = Hall(("护照办理", "护照的办理"), Vocabulary())
    assert suggested(hall, "护照") == ("护照办理",)
    hall.close()


def test_letters_offer_the_word_and_then_what_it_goes_on_with(chips: Hall) -> None:
    found = suggested(chips, "sbk")
    assert found[0] == "社保卡"
    assert "社保卡补办" in found


def test_of_keys_that_letters_stand_for_each_meaning_is_offered_once() -> None:
    words = Vocabulary(synonyms=dict.fromkeys(("身份证落了", "身份证落家里"), ("居民身份证补领",)))
    hall = Hall(("居民身份证补领", "户口登记"), words)
    assert suggested(hall, "sfzl") == ("身份证落了",)
    hall.close()


def test_denied_words_are_not_offered_inside_names(chips: Hall) -> None:
    assert "代开发票作废" not in suggested(chips, "代开")
