"""The index as a file: reproducible, whole, and enough for the terminal by itself."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from hall.catalogue.search.grams import spoken, telling, written
from hall.catalogue.search.normal import LONGEST, normal
from hall.catalogue.search.packed import pack, unpack
from hall.catalogue.search.readings import readings, simplifications, sounds_in
from hall.catalogue.search.sounds import Sounds, alike
from hall.catalogue.search.texts import places
from tests.unit.hall.catalogue_search.small_search import NAMES, Hall
from tests.unit.hall.catalogue_search.small_search import written as index_of


def test_the_same_names_give_the_same_index_byte_for_byte() -> None:
    first, again = index_of(), index_of(tuple(reversed(NAMES)))
    assert list(first.iterdump()) == list(again.iterdump())
    first.close()
    again.close()


def test_all_tables_are_called_search_something() -> None:
    db = index_of()
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.close()
    assert tables == {"search_part", "search_gram"}


def test_progress_is_told_to_the_end() -> None:
    from hall.catalogue.search.index import write_index
    from tests.unit.hall.catalogue_search.small_search import VOCABULARY, connect, names

    told: list[tuple[int, int]] = []
    with connect() as db:
        write_index(db, names(), VOCABULARY, lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] >= len(NAMES)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_the_terminal_needs_no_build_tool() -> None:
    code = (
        "import sys; import hall.catalogue.search.engine; "
        "sys.exit(bool({'pypinyin', 'opencc'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_an_index_may_be_searched_by_another_engine_at_the_same_time(hall: Hall) -> None:
    from hall.catalogue.search.engine import Engine

    other = Engine(hall.connection)
    assert other.search("jzz").ids == hall.engine.search("jzz").ids


@given(st.lists(st.integers(0, 2**31 - 1), max_size=50))
def test_packed_numbers_come_back(numbers: list[int]) -> None:
    assert unpack(pack(numbers)).tolist() == numbers


def test_one_number_more_changes_one_step_of_those_behind_it() -> None:
    before, after = pack([3, 10, 20, 30]), pack([3, 11, 21, 31])
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normal(text, {})
    assert normal(once, {}) == once
    assert len(once) <= LONGEST
    assert once.isalnum() or not once


def test_traditional_characters_become_simplified_ones() -> None:
    simplified = simplifications()
    assert normal("異地就醫備案與護照簽發", simplified) == "异地就医备案与护照签发"
    assert normal("异地就医", simplified) == "异地就医"


def test_usual_readings_are_known_and_rare_ones_left_out() -> None:
    assert set(readings("行")) == {"xing", "hang"}
    assert set(readings("重")) == {"chong", "zhong"}
    assert readings("证") == ("zheng",)
    assert readings("绿")[0] == "lv"
    assert "kuai" not in readings("会")
    assert readings("a") == ()


def test_a_character_is_read_as_the_words_around_it_want() -> None:
    assert sounds_in("银行a重复") == ["yin", "hang", "", "chong", "fu"]


def test_sounds_that_many_don_t_tell_apart_are_alike() -> None:
    assert alike("zheng") == alike("zen") == alike("zhen")
    assert alike("nan") == alike("lang")
    assert alike("zheng") != alike("zhong")
    assert alike("lv") == alike("lu")


def test_a_character_sounds_like_itself_where_no_reading_is_known() -> None:
    sounds = Sounds(["zen", "zheng"], {"证": "\ue001"})
    assert sounds.of("证") == "\ue001"
    assert sounds.of("x") == "x"
    assert set(sounds.near("\ue001x")) == {"\ue000", "\ue001", "x"}
    assert sounds.named("zheng") == "\ue001"
    assert sounds.named("zh") == ""


def test_pieces_are_characters_and_pairs() -> None:
    assert list(written("居住证")) == ["居", "住", "证", "居住", "住证"]
    assert list(spoken(["ab", "c", "d"])) == ["ac", "bc", "cd"]


def test_what_few_texts_hold_tells_more() -> None:
    assert telling(1000, 1) > telling(1000, 10) > telling(1000, 900) >= 1
    assert telling(1000, 0) == telling(1000, 1)
    assert telling(0, 0) >= 1


def test_places_are_all_found_even_those_that_overlap() -> None:
    assert list(places("aaaa", "aa", 9)) == [0, 1, 2]
    assert list(places("aaaa", "aa", 2)) == [0, 1]
    assert list(places("\nabc\nadc\n", "a.c", 9)) == [1, 5]
    assert list(places("\na\nc\n", "a.c", 9)) == []
