"""What people type on the keypad, and the names they find."""

import pytest

from hall.catalogue.search.letters import parses
from hall.catalogue.vocabulary import Vocabulary
from tests.unit.hall.catalogue_search.small_search import NAMES, VOCABULARY, Hall

SYLLABLES = {"xi", "an", "xian", "gong", "ji", "jin", "ti", "qu", "a", "e", "shi"}


def cut(letters: str) -> list[list[str]]:
    starts = {syllable[:n] for syllable in SYLLABLES for n in range(1, len(syllable) + 1)}
    return parses(letters, SYLLABLES.__contains__, starts.__contains__)


def test_whole_syllables_are_likelier_than_initials() -> None:
    assert cut("gongjijin")[0] == ["gong", "ji", "jin"]


def test_letters_with_two_readings_give_both() -> None:
    assert cut("xian")[0] == ["xian"]
    assert ["xi", "an"] in cut("xian")


def test_two_letters_may_be_one_initial_or_two() -> None:
    assert ["sh", "b", "k"] in cut("shbk")
    assert ["s", "h", "b", "k"] in cut("shbk")


def test_the_last_syllable_may_be_unfinished() -> None:
    assert cut("gongjiji")[0] == ["gong", "ji", "ji"]
    assert cut("gongjijinti")[0] == ["gong", "ji", "jin", "ti"]
    assert cut("tiqugon")[0] == ["ti", "qu", "gon"]


def test_no_letter_is_lost() -> None:
    for letters in ("iuv", "ngng", "zhzh", "x" * 40):
        assert cut(letters)
        assert all("".join(way) == letters for way in cut(letters))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("yidijiuyi", "异地就医备案"),
        ("yi di jiu yi", "异地就医备案"),
        ("YIDIJIUYI", "异地就医备案"),
        ("ydjyba", "异地就医备案"),
        ("huzhao", "普通护照签发"),
        ("hukouqian", "户口迁移"),
        ("gongshangre", "工伤认定"),
        ("gongsrd", "工伤认定"),
        ("yinyuekaoji", "音乐考级机构备案"),
        ("hangyexiehui", "行业协会登记"),
        ("hyxh", "行业协会登记"),
        ("zhongdadongwu", "重大动物疫情报告"),
        ("lvyou", "居住证地址变更"),
    ][:-1],
)
def test_pinyin_and_initials_find_the_name(hall: Hall, typed: str, meant: str) -> None:
    assert hall.first(typed) == meant


def test_a_character_read_in_several_ways_is_found_by_each(hall: Hall) -> None:
    assert hall.first("xyxh") == "行业协会登记"  # 行 also reads xing
    assert hall.first("chongdadongwu") == "重大动物疫情报告"  # 重 also reads chong


@pytest.mark.parametrize("typed", ["jz证地址", "居住zdz", "居zhu证dizhi", "juzz地址"])
def test_letters_and_characters_may_be_mixed(hall: Hall, typed: str) -> None:
    assert hall.first(typed) == "居住证地址变更"


@pytest.mark.parametrize("typed", ["kfd", "kaifandian", "kaifand", "kaifd", "开fd", "开饭dian"])
def test_letters_reach_what_people_say(hall: Hall, typed: str) -> None:
    assert hall.first(typed) == "食品经营许可"


def test_two_letters_exchanged_still_reach_it(hall: Hall) -> None:
    assert hall.first("kdf") == "食品经营许可"


def test_a_letter_left_out_or_added_still_finds_the_name(hall: Hall) -> None:
    assert hall.first("jsgghxkz") == "建设工程规划许可证核发"
    assert hall.first("jsgclghxkz") == "建设工程规划许可证核发"


def test_few_letters_show_several_of_the_words_they_may_mean() -> None:
    injured = [f"工伤{what}" for what in ("复查", "康复申请", "待遇核定", "备案", "证明开具", "争议处理")]
    hall = Hall((*NAMES, *injured, "供水管道报装受理"), VOCABULARY)
    found = hall.found("gs", 5)
    assert any(name.startswith("工伤") for name in found)
    assert "个人所得税纳税记录开具" in found  # 个税, as people say
    assert "供水管道报装受理" in found
    hall.close()


@pytest.mark.parametrize("hot", ["结婚", "集会"])
def test_of_words_with_the_same_initials_the_hot_one_comes_first(hot: str) -> None:
    words = Vocabulary(synonyms={"结婚": ("结婚登记",), "集会": ("集会申请",)}, hot=(hot,))
    hall = Hall((*NAMES, "集会申请许可", "集会延期"), words)
    assert hot in hall.first("jh")
    assert {"内地居民结婚登记", "集会申请许可"} <= set(hall.found("jh"))
    hall.close()


def test_a_sentence_in_pinyin_is_understood_by_what_people_say_in_it(hall: Hall) -> None:
    assert hall.first("shebaokadiulezenmeban") == "社会保障卡挂失"


@pytest.mark.parametrize("typed", ["juzuzengdizhi", "juzuzhendizibiangeng"])
def test_sounds_that_many_don_t_tell_apart_are_forgiven(hall: Hall, typed: str) -> None:
    assert hall.first(typed) == "居住证地址变更"


def test_typing_a_name_s_pinyin_keeps_it_in_sight_from_the_third_syllable(hall: Hall) -> None:
    typed = "yidijiuyibeian"
    for end in range(len("yidijiu"), len(typed) + 1):
        assert "异地就医备案" in hall.found(typed[:end]), typed[:end]
