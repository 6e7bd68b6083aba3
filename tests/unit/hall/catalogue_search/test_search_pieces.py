"""The parts under the engine: how much of a phrase a name holds, and what people say in it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hall.catalogue.search.coverage import Heard, covered
from hall.catalogue.search.keys import Keys
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.spelled import Typed, spelled
from hall.catalogue.search.written import either, merged
from hall.catalogue.vocabulary import Vocabulary
from tests.unit.hall.catalogue_search.small_search import NAMES, VOCABULARY, written


@contextmanager
def index_of(*chosen: str, vocabulary: Vocabulary = VOCABULARY) -> Iterator[Index]:
    connection = written((*NAMES, *chosen), vocabulary)
    yield Index(connection)
    connection.close()


def shares(index: Index, phrase: str) -> dict[str, float]:
    found = covered(index, [Heard(c, index.sounds.of(c)) for c in phrase])
    return {index.names.text(text): share for text, share in found.items()}


def test_a_name_that_holds_all_of_a_phrase_covers_it() -> None:
    with index_of() as index:
        found = shares(index, "工伤认定")
    assert found["工伤认定"] == max(found.values())
    assert found["工伤认定"] == pytest.approx(1)


def test_a_pair_that_only_sounds_like_it_counts_less_than_the_pair() -> None:
    with index_of("工商年报", "工伤年报") as index:
        found = shares(index, "工商念报")
    assert found["工商年报"] > 1.3 * found["工伤年报"] > 0


def test_a_wrong_character_is_heard_in_the_pairs_on_both_its_sides() -> None:
    with index_of("公积金提取", "基金会备案") as index:
        found = shares(index, "公基金提取")  # 基金 makes sense by itself, 公基 does not
    assert found["公积金提取"] > 0.62


def test_only_the_texts_asked_about_are_looked_at() -> None:
    with index_of() as index:
        phrase = [Heard(c, index.sounds.of(c)) for c in "企业设立登记"]
        every = covered(index, phrase)
        one = next(text for text in every if index.names.text(text) == "企业注销登记")
        assert covered(index, phrase, {one}) == {one: every[one]}


def test_pieces_that_few_names_hold_weigh_more() -> None:
    with index_of() as index:
        found = shares(index, "养犬登记")
    assert found["养犬登记"] > 2 * found.get("企业设立登记", 0)


def test_sounds_alone_find_a_character_by_any_of_its_usual_readings() -> None:
    with index_of() as index:
        for sound in ("hang", "xing"):
            phrase = [Heard("", index.sounds.named(sound)), Heard("", index.sounds.named("ye"))]
            assert "行业协会登记" in {index.names.text(text) for text in covered(index, phrase)}


@pytest.mark.parametrize("letters", ["gen", "sen", "gongs", "ga"])
def test_letters_that_the_character_does_not_begin_with_do_not_spell_it(letters: str) -> None:
    with index_of() as index:
        spells = [list(spelled(index.names, index.sounds, [Typed(letters=x), Typed(letters="shang")]))
                  for x in ("gong", letters)]  # fmt: skip
    assert spells[0]
    assert not spells[1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("社保卡丢了", ("社会保障卡挂失", "社会保障卡补办")),  # the longer key before 社保卡
        ("我想扯证", ("结婚登记",)),
    ],
)
def test_the_longest_and_surest_key_comes_first(typed: str, words: tuple[str, ...]) -> None:
    with index_of() as index:
        heard = [Heard(c, index.sounds.of(c)) for c in typed]
        assert Keys(index).inside(heard, set())[0].words == words


def test_a_key_is_heard_though_a_part_of_the_writing_makes_sense() -> None:
    vocabulary = Vocabulary(synonyms={"公积金": ("住房公积金",)})
    with index_of("基金会备案", vocabulary=vocabulary) as index:
        heard = [Heard(c, index.sounds.of(c)) for c in "取公基金"]
        found = Keys(index).inside(heard, {"基金"})
        assert [said.words for said in found] == [("住房公积金",)]
        assert "".join(place.char for place in found[0].rest) == "取"


def test_writing_that_makes_sense_is_not_taken_for_a_key_of_the_same_sound() -> None:
    with index_of() as index:
        heard = [Heard(c, index.sounds.of(c)) for c in "各税"]
        assert Keys(index).inside(heard, set())
        assert not Keys(index).inside(heard, {"各税"})


def test_what_begins_keys_means_what_they_mean_unless_it_is_one_itself() -> None:
    with index_of() as index:
        keys = Keys(index)
        assert keys.begun("社保") == [("社会保障卡",), ("社会保障卡挂失", "社会保障卡补办")]
        assert keys.begun("社保卡") == keys.begun("卡") == []


def test_the_rest_is_the_query_without_the_key() -> None:
    with index_of() as index:
        heard = [Heard(c, index.sounds.of(c)) for c in "在家开饭店许可"]
        said = Keys(index).inside(heard, set())[0]
    assert "".join(place.char for place in said.rest) == "在家许可"
    assert said.size == 3
    assert said.sure == 1


def test_a_key_in_another_order_is_less_sure_than_one_as_it_stands() -> None:
    with index_of() as index:
        heard = [Heard(c, index.sounds.of(c)) for c in "身份证要补办一张"]
        said = next(s for s in Keys(index).inside(heard, set()) if s.words == ("居民身份证丢失补领",))
    assert 0.5 < said.sure < 1
    assert "".join(place.char for place in said.rest) == "要一张"


def test_lists_take_turns() -> None:
    best = merged([{1: 1.0, 2: 0.99, 3: 0.98}, {4: 0.95}], step=0.1)
    assert sorted(best, key=lambda name: -best[name]) == [1, 4, 2, 3]
    assert merged([{1: 0.5}, {1: 0.7}]) == {1: 0.7}


def test_the_better_score_of_each_name_stays() -> None:
    assert either({1: 0.5, 2: 0.9}, {1: 0.7, 3: 0.1}) == {1: 0.7, 2: 0.9, 3: 0.1}
