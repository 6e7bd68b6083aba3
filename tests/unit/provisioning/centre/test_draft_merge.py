"""A draft on top of a layer that has moved: nothing meant is lost, nothing done meanwhile either."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from config.layers import diff, leaves
from provisioning.centre.draft_merge import clashes, merged

KEYS = st.sampled_from(["a", "b", "c"])
LEAF = st.none() | st.integers(0, 2) | st.lists(st.integers(0, 1), max_size=2)
LAYERS = st.dictionaries(KEYS, LEAF | st.dictionaries(KEYS, LEAF, max_size=3), max_size=3)


@settings(max_examples=150)
@given(LAYERS, LAYERS)
def test_on_a_layer_that_did_not_move_the_draft_is_as_it_was(
    base: dict[str, Any], ours: dict[str, Any]
) -> None:
    values, pairs = merged(base, base, ours)
    assert diff(values, ours) == ()
    assert pairs == ()


@settings(max_examples=150)
@given(LAYERS, LAYERS)
def test_a_draft_that_means_nothing_takes_nothing_away(base: dict[str, Any], theirs: dict[str, Any]) -> None:
    values, pairs = merged(base, theirs, base)
    assert diff(values, theirs) == ()
    assert pairs == ()


@settings(max_examples=150)
@given(LAYERS, LAYERS)
def test_who_meant_the_same_does_not_clash(base: dict[str, Any], both: dict[str, Any]) -> None:
    values, pairs = merged(base, both, both)
    assert diff(values, both) == ()
    assert not any(one.path == other.path for one, other in pairs)


@settings(max_examples=300)
@given(LAYERS, LAYERS, LAYERS)
def test_all_that_was_meant_holds_and_so_does_what_others_did_where_it_does_not_clash(
    base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]
) -> None:
    values, pairs = merged(base, theirs, ours)
    held = leaves(values)
    for change in diff(base, ours):
        assert held.get(change.path) == change.after or (change.after is None and change.path not in held)
    disputed = {one.path for one, _ in pairs} | {change.path for change in diff(base, ours)}
    for change in diff(base, theirs):
        if change.path not in disputed:
            assert held.get(change.path) == change.after
    untouched = leaves(base).keys() - {c.path for c in (*diff(base, theirs), *diff(base, ours))}
    for path in untouched:
        assert held[path] == leaves(base)[path]


def test_a_clash_names_both_values_and_the_drafts_holds() -> None:
    base = {"screen": {"theme": "normal"}, "idle": {"after": 60}}
    theirs = {"screen": {"theme": "contrast"}, "idle": {"after": 90}}
    ours = {"screen": {"theme": "large"}, "idle": {"after": 60}, "voice": {"volume": 5}}
    values, pairs = merged(base, theirs, ours)
    assert values == {"screen": {"theme": "large"}, "idle": {"after": 90}, "voice": {"volume": 5}}
    (clash,) = clashes("hall", "qy", pairs)
    assert (clash.kind, clash.key, clash.path) == ("hall", "qy", "screen.theme")
    assert (clash.theirs, clash.ours) == ("contrast", "large")


def test_a_table_put_over_a_value_clashes() -> None:
    values, pairs = merged({}, {"a": {"b": 1}}, {"a": 2})
    assert values == {"a": 2}
    assert len(pairs) == 1
