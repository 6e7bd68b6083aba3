"""The words that people say: national ones, and what a site adds."""

from pathlib import Path

import pytest

from hall.catalogue.vocabulary import Vocabulary, VocabularyRefused, merged, national, read

NATIONAL = Vocabulary("n1", {"甲": ("一",), "乙": ("二",), "丙": ("三",)}, ("热",), ("坏",))


def test_a_site_adds_overrides_and_takes_away_key_by_key() -> None:
    site = Vocabulary("s1", {"甲": ("四", "五"), "乙": (), "丁": ("六",)}, (), ("更坏", "坏"))
    both = merged(NATIONAL, site)
    assert both.synonyms == {"甲": ("四", "五"), "丙": ("三",), "丁": ("六",)}
    assert (both.version, both.hot, both.deny) == ("n1+s1", ("热",), ("坏", "更坏"))


def test_a_sites_hot_words_replace_the_national_ones() -> None:
    assert merged(NATIONAL, Vocabulary("s1", {}, ("本地",))).hot == ("本地",)


def test_a_site_that_says_nothing_changes_nothing() -> None:
    assert merged(NATIONAL, Vocabulary()) == NATIONAL


def test_a_file_is_read(tmp_path: Path) -> None:
    text = 'version = "2026-11-22"\nhot = ["社保卡"]\ndeny = ["坏"]\n[synonyms]\n'
    text += '"开饭店" = ["食品经营许可", "餐饮服务"]\n'
    (tmp_path / "v.toml").write_text(text, encoding="utf-8")
    expected = Vocabulary("2026-11-22", {"开饭店": ("食品经营许可", "餐饮服务")}, ("社保卡",), ("坏",))
    assert read(tmp_path / "v.toml") == expected


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "version"),
        (b"version = 1", "version"),
        (b'version = "1"\n[synonyms]\na = "b"', "synonyms.a"),
        (b'version = "1"\nwords = []', "words"),
        (b"\xff", "UTF-8"),
        (b"= 1", "TOML"),
        (b'version = "1"\nhot = ["a\\u202eb"]', "u202e"),
        (b'version = "1"\n[synonyms]\na = ["\\u200b"]', "u200b"),
    ],
)
def test_a_file_with_a_mistake_is_refused_and_the_place_is_named(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "v.toml").write_bytes(content)
    with pytest.raises(VocabularyRefused, match=said):
        read(tmp_path / "v.toml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocabularyRefused, match="cannot be read"):
        read(tmp_path / "v.toml")


def test_the_national_words_are_a_vocabulary() -> None:
    words = national()
    assert words.version
    assert words.hot
    assert all(official for official in words.synonyms.values())
