"""The national synonym file as it ships: what its editors may rely on whatever they add."""

import json
import tomllib
import unicodedata
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

import hall.catalogue

FILE = Path(hall.catalogue.__file__).parent / "words" / "national.toml"
TOO_GENERAL = ("办证", "证明", "补贴", "办理", "申请", "登记", "许可", "补办", "换证", "变更", "注销", "手续")
# Real item names, beside the repository.
ITEMS = Path(__file__).parents[3].parent / "shared" / "data" / "items.json"


@pytest.fixture(scope="module")
def text() -> str:
    return FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def words(text: str) -> dict[str, object]:
    return tomllib.loads(text)  # raises for a key that stands twice


@pytest.fixture(scope="module")
def synonyms(words: dict[str, object]) -> dict[str, list[str]]:
    found = words["synonyms"]
    assert isinstance(found, dict)
    return found


def test_the_file_has_a_version_hot_words_denied_words_and_synonyms(words: dict[str, object]) -> None:
    assert set(words) == {"version", "hot", "deny", "synonyms"}
    assert words["version"]


def test_keys_are_distinct_after_normalisation(synonyms: dict[str, list[str]]) -> None:
    plain = Counter(unicodedata.normalize("NFKC", key).casefold() for key in synonyms)
    assert [key for key, count in plain.items() if count > 1] == []


def test_keys_are_short_phrases_without_spaces_or_punctuation(synonyms: dict[str, list[str]]) -> None:
    wrong = [key for key in synonyms if not (2 <= len(key) <= 12 and key.replace(".", "").isalnum())]
    assert wrong == []


def test_keys_are_written_the_way_searches_are_normalised(synonyms: dict[str, list[str]]) -> None:
    assert [key for key in synonyms if unicodedata.normalize("NFKC", key).casefold() != key] == []


def test_each_key_has_one_to_four_different_official_words(synonyms: dict[str, list[str]]) -> None:
    wrong = [key for key, official in synonyms.items() if not 1 <= len(set(official)) == len(official) <= 4]
    assert wrong == []


def test_official_words_are_at_least_two_characters_without_spaces(synonyms: dict[str, list[str]]) -> None:
    official = set(chain.from_iterable(synonyms.values()))
    assert [word for word in official if len(word) < 2 or word != "".join(word.split())] == []


def test_no_key_leads_only_to_itself(synonyms: dict[str, list[str]]) -> None:
    assert [key for key, official in synonyms.items() if official == [key]] == []


def test_no_key_is_so_general_that_it_would_take_over_every_search(synonyms: dict[str, list[str]]) -> None:
    assert [word for word in TOO_GENERAL if word in synonyms] == []


def test_there_are_ten_different_hot_words_and_none_is_denied(words: dict[str, object]) -> None:
    hot, deny = words["hot"], words["deny"]
    assert isinstance(hot, list)
    assert isinstance(deny, list)
    assert len(hot) == len(set(hot)) == 10
    assert [word for word in hot if any(denied in word for denied in deny)] == []


def test_denied_words_are_distinct_and_none_stands_in_an_official_word(
    words: dict[str, object], synonyms: dict[str, list[str]]
) -> None:
    deny = words["deny"]
    assert isinstance(deny, list)
    assert len(deny) == len(set(deny))
    official = set(chain.from_iterable(synonyms.values()))
    assert [word for word in official if any(denied in word for denied in deny)] == []


KEYWORDS = (
    "公积金 个税 社保 结婚 低保 网约车 身份证 老年证 老年人福利补贴 残疾人证 健康码 核酸 建筑许可 用电 开公司"
)


@pytest.mark.parametrize("keyword", KEYWORDS.split())
def test_keywords_that_citizens_found_hard_to_search_hold_a_key(
    keyword: str, synonyms: dict[str, list[str]]
) -> None:
    assert [key for key in synonyms if key in keyword] != []


def test_most_official_words_stand_in_real_item_names(synonyms: dict[str, list[str]]) -> None:
    if not ITEMS.exists():
        pytest.skip("no list of real item names beside the repository")
    names = "\n".join(item["name"] for item in json.loads(ITEMS.read_text(encoding="utf-8"))["items"])
    unknown = [key for key, official in synonyms.items() if not any(word in names for word in official)]
    assert len(unknown) < len(synonyms) / 50
