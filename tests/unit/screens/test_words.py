"""The message catalogue: complete in both languages, and drawable."""

from datetime import datetime
from string import Formatter

import pytest

from screens.words.words import LANGUAGES, words_of


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name is not None}


def test_both_languages_say_the_same_things():
    assert set(words_of("zh")) == set(words_of("en"))


@pytest.mark.parametrize("key", sorted(words_of("zh")))
def test_both_languages_use_the_same_facts(key):
    assert placeholders(words_of("zh").raw(key)) == placeholders(words_of("en").raw(key))


def test_a_key_that_does_not_exist_is_an_error():
    with pytest.raises(KeyError):
        words_of("zh")("welcome.no_such_thing")


def test_a_date_is_said_in_each_language():
    day = datetime(2026, 11, 22, 9, 5)
    assert words_of("zh").date(day) == "11月22日 星期日"
    assert words_of("en").date(day) == "Sunday 22 Nov"


def test_chinese_stands_in_where_english_is_missing():
    assert words_of("en").pick("综合受理", "") == "综合受理"
    assert words_of("en").pick("综合受理", "General desk") == "General desk"
    assert words_of("zh").pick("综合受理", "General desk") == "综合受理"


def test_every_language_is_there():
    assert all(len(list(words_of(language))) > 50 for language in LANGUAGES)
