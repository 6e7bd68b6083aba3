"""What comes with the names: near ones, suggestions, limits, and the deny-list."""

import pytest

from hall.catalogue.vocabulary import Vocabulary
from tests.unit.hall.catalogue_search.small_search import NAMES, VOCABULARY, Hall


@pytest.mark.parametrize("typed", ["", " ", "？！", "😀", "qqqqqqqq", "囧囧囧囧"])
def test_no_page_is_empty_and_what_is_only_near_says_so(hall: Hall, typed: str) -> None:
    found = hall.engine.search(typed)
    assert found.near
    assert found.total == 0
    assert found.ids
    assert found.suggestions == ("社保卡", "结婚登记")


def test_where_nothing_matches_the_hot_words_names_come_first(hall: Hall) -> None:
    assert hall.found("囧囧囧囧", 2)[0].startswith("社会保障卡")
    assert "内地居民结婚登记" in hall.found("囧囧囧囧", 4)


def test_what_matches_is_not_near_and_is_counted(hall: Hall) -> None:
    found = hall.engine.search("居住证", 1)
    assert not found.near
    assert len(found.ids) == 1
    assert found.total >= 2


def test_the_limit_is_kept_and_the_best_stay(hall: Hall) -> None:
    assert hall.engine.search("登记", 3).ids == hall.engine.search("登记", 20).ids[:3]
    assert hall.engine.search("登记", 0).ids == ()


def test_an_empty_catalogue_answers_with_nothing() -> None:
    hall = Hall((), VOCABULARY)
    for typed in ("", "居住证", "jzz", "开饭店"):
        assert hall.engine.search(typed).ids == ()
        assert hall.engine.search(typed).near
    hall.close()


def test_without_vocabulary_names_are_found_all_the_same() -> None:
    hall = Hall(NAMES, Vocabulary())
    assert hall.first("居住证地址") == "居住证地址变更"
    assert hall.first("jzzdz") == "居住证地址变更"
    assert hall.engine.hot == ()
    hall.close()


def test_letters_suggest_the_words_they_may_mean(hall: Hall) -> None:
    assert hall.engine.search("sbk").suggestions[0] == "社保卡"
    assert "开饭店" in hall.engine.search("kfd").suggestions


def test_denied_words_are_never_suggested_in_any_spelling(hall: Hall) -> None:
    assert hall.engine.hot == ("社保卡", "结婚登记")
    for typed in ("", "赌", "du", "ＤＵ"):
        assert not any("赌" in word or "博" in word for word in hall.engine.search(typed).suggestions)


def test_names_with_denied_words_are_found_but_not_suggested() -> None:
    hall = Hall(("假证举报受理", "假证举报查询"), Vocabulary(deny=("假證",)))
    found = hall.engine.search("假证")
    assert not found.near
    assert len(found.ids) == 2
    assert found.suggestions == ()
    hall.close()
