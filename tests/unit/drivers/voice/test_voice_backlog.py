import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.voice.backlog import Added, Backlog


def test_first_come_first_said():
    backlog = Backlog()
    for name in "abc":
        assert backlog.add(name, name, name) == Added()
    assert [backlog.take() for _ in range(4)] == ["a", "b", "c", None]


def test_a_recall_takes_the_place_of_the_call_that_still_waits():
    backlog = Backlog()
    backlog.add("e1", "A001", "A001 to window 1")
    backlog.add("e2", "A002", "A002 to window 2")
    assert backlog.add("e3", "A001", "A001 to window 5").merged == "A001 to window 1"
    assert [backlog.take() for _ in range(3)] == ["A001 to window 5", "A002 to window 2", None]


def test_a_recall_of_what_was_already_said_waits_at_the_end():
    backlog = Backlog()
    backlog.add("e1", "A001", "first")
    backlog.add("e2", "A002", "other")
    assert backlog.take() == "first"
    assert backlog.add("e3", "A001", "again") == Added()
    assert [backlog.take(), backlog.take()] == ["other", "again"]


def test_a_repeated_event_is_refused_while_it_waits_and_after_it_was_said():
    backlog = Backlog()
    backlog.add("e1", "A001", "first")
    assert backlog.add("e1", "A001", "first").repeated
    backlog.take()
    assert backlog.add("e1", "A001", "first").repeated
    assert backlog.take() is None


def test_when_it_is_full_the_oldest_goes():
    backlog = Backlog(limit=2)
    backlog.add("e1", "A001", 1)
    backlog.add("e2", "A002", 2)
    assert backlog.add("e3", "A003", 3).pushed_out == 1
    assert [backlog.take(), backlog.take()] == [2, 3]


def test_a_merge_into_a_full_queue_pushes_nobody_out():
    backlog = Backlog(limit=2)
    backlog.add("e1", "A001", 1)
    backlog.add("e2", "A002", 2)
    assert backlog.add("e3", "A001", 3) == Added(merged=1)
    assert len(backlog) == 2


def test_only_the_latest_event_ids_are_remembered():
    backlog = Backlog(remembered=2)
    for event in ("e1", "e2", "e3"):
        backlog.add(event, event, event)
    assert backlog.add("e2", "e2", "e2").repeated
    assert not backlog.add("e1", "new", "e1").repeated


def test_a_queue_that_holds_nothing_is_refused():
    with pytest.raises(ValueError, match="limit=0"):
        Backlog(limit=0)


steps = st.lists(st.one_of(st.none(), st.tuples(st.integers(0, 12), st.integers(0, 4))), max_size=60)


@given(steps, st.integers(1, 4))
def test_it_behaves_as_a_plain_list_would(sequence, limit):
    """``None`` takes; a pair adds an event about a subject."""
    backlog, model, seen, given_up = Backlog(limit), [], set(), []
    for step in sequence:
        if step is None:
            expected = model.pop(0) if model else None
            assert backlog.take() == expected
            continue
        event, subject = step
        added = backlog.add(str(event), subject, step)
        assert added.repeated == (event in seen)
        if event in seen:
            continue
        seen.add(event)
        same = [i for i, waiting in enumerate(model) if waiting[1] == subject]
        if same:
            assert added.merged == model[same[0]]
            model[same[0]] = step
        else:
            model.append(step)
            assert added.pushed_out == (model.pop(0) if len(model) > limit else None)
        given_up += [item for item in (added.merged, added.pushed_out) if item is not None]
        assert len(backlog) == len(model)
    assert not set(given_up) & set(model)
