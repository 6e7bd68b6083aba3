"""A line against a plain list."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.queue.line import PIECE, Line, line_of


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_line_behaves_like_a_list_whatever_is_done_to_it(data: st.DataObject) -> None:
    count = data.draw(st.integers(0, 3 * PIECE))
    plain = [str(n) for n in range(count)]
    line = line_of(plain)
    for step in range(data.draw(st.integers(1, 40))):
        what = data.draw(st.sampled_from(["append", "insert", "remove"]))
        if what == "append":
            plain.append(f"n{step}")
            line = line.append(f"n{step}")
        elif what == "insert":
            place = data.draw(st.integers(0, len(plain) + 2))
            plain.insert(place, f"n{step}")
            line = line.insert(place, f"n{step}")
        elif plain:
            gone = data.draw(st.sampled_from(plain))
            plain.remove(gone)
            line = line.remove(gone)
        assert list(line) == plain
        assert len(line) == len(plain)
        assert all(0 < len(piece) <= PIECE for piece in line.pieces)
    assert [line.index(one) for one in plain] == list(range(len(plain)))
    assert line.last(5) == tuple(reversed(plain))[:5]


def test_an_older_line_stays_as_it_was() -> None:
    before = line_of("abc")
    before.append("d")
    before.insert(1, "e")
    before.remove("a")
    assert list(before) == ["a", "b", "c"]
    assert before.first == "a"
    assert "b" in before
    assert "d" not in before


def test_whoever_does_not_stand_in_a_line_cannot_be_found_or_removed() -> None:
    with pytest.raises(ValueError, match="not in the line"):
        line_of("ab").index("c")
    with pytest.raises(ValueError, match="not in the line"):
        line_of("ab").remove("c")
    with pytest.raises(IndexError):
        _ = Line().first
