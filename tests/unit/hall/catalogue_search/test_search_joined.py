"""Letters that name things otherwise than items do: words in another order, insertions left out, the paper added."""

from collections.abc import Iterator

import pytest

from hall.catalogue.search.joined import Joined
from hall.catalogue.search.loaded import Index
from hall.catalogue.vocabulary import Vocabulary
from tests.unit.hall.catalogue_search.small_search import NAMES, VOCABULARY, Hall

MORE = (
    "有效期满换领居民身份证",
    "损坏换领居民身份证",
    "居民身份证办理进度查询",
    "出版物（含音像制品）零售许可新办",
    "出版物（含音像制品）零售许可注销",
    "开具个人所得税纳税记录",
    "离休、退休提取住房公积金",
    "住房公积金提前部分还款",
)
WORDS = Vocabulary(synonyms={**VOCABULARY.synonyms, "身份证": ("居民身份证",), "身份证好了没": ("进度查询",)})


@pytest.fixture(scope="module")
def more() -> Iterator[Hall]:
    made = Hall((*NAMES, *MORE), WORDS)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sfzhl", "有效期满换领居民身份证"),  # 身份证 is what people say for 居民身份证
        ("hlsfz", "有效期满换领居民身份证"),
        ("zfgjjtq", "离休、退休提取住房公积金"),
        ("gsnsjl", "开具个人所得税纳税记录"),  # 个税 + 纳税记录
    ],
)
def test_two_known_words_in_initials_find_names_that_hold_both_in_either_order(
    more: Hall, typed: str, meant: str
) -> None:
    assert meant in more.found(typed)


def test_what_a_longer_key_only_begins_with_does_not_hide_the_words_themselves(more: Hall) -> None:
    assert "换领" in more.first("sfzhl")


def test_names_with_one_of_the_words_only_are_not_taken_for_both(more: Hall) -> None:
    assert "居民身份证丢失补领" not in more.found("hlsfz", 2)


def test_the_same_word_is_not_taken_for_two(more: Hall) -> None:
    joined = Joined(Index(more.connection))
    assert joined.words("sfzhl")
    assert joined.words("sfzsfz") == {}


@pytest.mark.parametrize("typed", ["cbwlsxk", "cbwlsxkxb", "chubanwulingshouxukexin"])
def test_what_a_name_has_in_brackets_need_not_be_typed(more: Hall, typed: str) -> None:
    assert more.first(typed) == "出版物（含音像制品）零售许可新办"


def test_the_paper_that_an_item_gives_may_be_named_for_it(more: Hall) -> None:
    assert set(more.found("cbwlsxkz", 2)) == set(MORE[3:5])  # 许可证, and not only 许可注销


def test_a_name_without_its_insertion_makes_no_new_pairs() -> None:
    hall = Hall(("律师（含兼职）工作年审", "建筑施工许可"), Vocabulary(synonyms={"施工": ("建筑施工许可",)}))
    assert hall.first("师工") == "建筑施工许可"  # 师 and 工 stand side by side in no name
    hall.close()
