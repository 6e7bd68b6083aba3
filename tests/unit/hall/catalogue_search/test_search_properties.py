"""Whatever is typed is harmless, and what is typed of a name finds it."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from hall.catalogue.search.engine import Engine
from tests.unit.hall.catalogue_search.small_search import NAMES, Hall

anything = st.one_of(
    st.text(max_size=40),
    st.text("abcdefghijklmnopqrstuvwxyz 'v居住证社保卡登记怎么办要什么", max_size=30),
    st.text(st.characters(categories=("Cs", "Cc", "Cf", "Co", "So")), max_size=20),
)
HAN = tuple(name for name in NAMES if all("一" <= c <= "鿿" for c in name))


@given(anything, st.integers(0, 30))
@example("\ud800", 5)
@example("'; DROP TABLE search_gram; --", 5)
@example('" OR 1=1 NEAR(a b) * ^', 5)
@example("%_%\x00\n\n", 5)
@example("居" * 10_000, 5)
@example("zh" * 5_000, 5)
@example("﷽" * 500, 5)
@example("." * 9 + "abc.*", 5)
@settings(max_examples=150, deadline=None)
def test_any_text_is_answered_the_same_twice_with_names_that_are_there(
    hall: Hall, text: str, limit: int
) -> None:
    found = hall.engine.search(text, limit)
    assert hall.engine.search(text, limit) == found
    assert len(found.ids) == len(set(found.ids)) <= limit
    assert all(1 <= number <= len(NAMES) for number in found.ids)
    assert bool(found.ids) == (limit > 0)
    assert found.near == (found.total == 0)


def test_a_long_text_asks_no_more_of_the_index_than_its_beginning(hall: Hall) -> None:
    text = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 10_000))
    asked = []
    for typed in (text, text[:48]):
        engine, said = Engine(hall.connection), list[str]()
        hall.connection.set_trace_callback(said.append)
        engine.search(typed)
        hall.connection.set_trace_callback(None)
        asked.append(sum(map(len, said)))
    assert asked[0] <= asked[1]
    assert asked[1] > 0


def test_what_was_typed_before_changes_no_answer(hall: Hall) -> None:
    for typed in ("居住证", "jzz", "结婚需要什么材料", "公基金提取", "社保卡丢了"):
        assert hall.engine.search(typed) == Engine(hall.connection).search(typed)


@given(st.sampled_from(HAN), st.data())
@settings(max_examples=60, deadline=None)
def test_any_piece_of_a_name_in_characters_or_pinyin_finds_a_name_that_holds_it(
    hall: Hall, name: str, data: st.DataObject
) -> None:
    begin = data.draw(st.integers(0, len(name) - 3))
    end = data.draw(st.integers(begin + 3, len(name)))
    piece = name[begin:end]
    holding = {other for other in NAMES if piece in other}
    assert holding & set(hall.found(piece))
    sounds = lazy_pinyin(name, v_to_u=False)[begin:end]
    assert holding & set(hall.found("".join(sounds)))


@given(st.sampled_from(HAN))
@settings(max_examples=30, deadline=None)
def test_the_initials_of_a_name_find_it(hall: Hall, name: str) -> None:
    initials = "".join(sound[0] for sound in lazy_pinyin(name))
    assert name in hall.found(initials)
