"""Layers of settings: one algebra, in which nothing is lost, covered up or made up."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.layers import (
    KINDS,
    Change,
    Layer,
    Origin,
    SettingsError,
    apply,
    check_layer,
    checked,
    default_layer,
    diff,
    leaves,
    overlay,
    resolve,
    said,
    table,
)

names = st.sampled_from("abc")
scalars = (
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from([0.0, 1.0, 1.5]) | st.sampled_from("xy")
)
plain = scalars | st.lists(
    scalars.filter(lambda value: value is not None) | st.just({"zh": "字", "since": None}), max_size=2
)
tables = st.recursive(
    st.dictionaries(names, plain, max_size=3),
    lambda inner: st.dictionaries(names, plain | inner, max_size=3),
    max_leaves=6,
)
layers = st.lists(
    st.builds(Layer, st.sampled_from(KINDS), names, tables, st.integers(0, 2)),
    max_size=5,
    unique_by=lambda layer: layer.rank,
)

REGISTRY = Layer("registry", "k01", {"role": "terminal", "name": "一号终端", "source": {"hall": "qingyuan"}})
HALL = Layer("hall", "qingyuan", {"source": {"url": "http://10.1.2.3:8080"}, "screen": {"theme": "large"}})
WHOLE = (default_layer(), REGISTRY, HALL)


def canonical(values: Any) -> str:
    return json.dumps(values, sort_keys=True)


@given(tables, tables, tables)
def test_it_does_not_matter_which_layers_are_put_together_first(one: Any, two: Any, three: Any) -> None:
    assert canonical(overlay(overlay(one, two), three)) == canonical(overlay(one, overlay(two, three)))


@given(tables)
def test_a_layer_that_says_nothing_changes_nothing(values: Any) -> None:
    assert overlay(values, {}) == overlay({}, values) == table(leaves(values))
    assert overlay(values, values) == overlay(values, {})


@given(layers, st.randoms())
def test_the_order_in_which_layers_are_given_does_not_matter(given_layers: list[Layer], random: Any) -> None:
    shuffled = list(given_layers)
    random.shuffle(shuffled)
    assert resolve(shuffled) == resolve(given_layers)


@given(layers)
def test_resolving_is_laying_one_over_the_other_from_the_lowest(given_layers: list[Layer]) -> None:
    values: dict[str, Any] = {}
    for layer in sorted(given_layers, key=lambda layer: layer.rank):
        values = overlay(values, layer.values)
    assert canonical(resolve(given_layers).values) == canonical(values)


@given(layers)
def test_every_origin_says_the_value_and_nobody_above_it_says_another(given_layers: list[Layer]) -> None:
    effective = resolve(given_layers)
    assert effective.origins.keys() == leaves(effective.values).keys()
    for path, value in leaves(effective.values).items():
        above = [layer for layer in given_layers if path in layer.leaves]
        top = max(above, key=lambda layer: layer.rank)
        assert effective.origins[path] == top.origin
        assert canonical(top.leaves[path]) == canonical(value)
        assert said(given_layers, path)[-1] == (top.origin, value)


@given(tables, tables)
def test_a_diff_leads_from_the_one_to_the_other_and_back(old: Any, new: Any) -> None:
    old, new = table(leaves(old)), table(leaves(new))
    changes = diff(old, new)
    back = tuple(Change(change.path, change.after, change.before) for change in changes)
    assert canonical(apply(old, changes)) == canonical(new)
    assert canonical(apply(new, back)) == canonical(old)
    assert back == diff(new, old)


@given(tables, tables)
def test_a_diff_is_empty_exactly_where_the_documents_are_the_same(old: Any, new: Any) -> None:
    same = canonical(table(leaves(old))) == canonical(table(leaves(new)))
    assert (diff(old, new) == ()) is same


@given(tables)
def test_applying_leaves_what_it_was_given_alone(values: Any) -> None:
    before = canonical(values)
    apply(values, [Change("a.b", None, 1), Change("c", None, [1])])
    overlay(values, {"a": {"b": 2}})
    assert canonical(values) == before


def test_one_value_has_one_spelling_so_that_documents_that_say_the_same_are_the_same() -> None:
    """Their hash is of the text, in which 60.0 is not 60."""
    one = {"idle": {"after": 60.0}, "texts": {}, "notices": ({"zh": "一", "until": None},)}
    other = {"idle": {"after": 60}, "notices": [{"zh": "一"}]}
    assert canonical(overlay({}, one)) == canonical(overlay({}, other)) == canonical(other)


def test_the_higher_layer_decides_and_null_gives_back_to_what_lies_below() -> None:
    mine = Layer("terminal", "k01", {"screen": {"theme": None, "language": "en"}})
    effective = resolve((*WHOLE, mine))
    assert effective.values["screen"]["theme"] == "large"
    assert effective.origins["screen.theme"] == Origin("hall", "qingyuan")
    assert effective.origins["screen.language"] == Origin("terminal", "k01")
    assert effective.origins["screen.full_screen"] == Origin("default")


def test_the_group_of_the_higher_priority_wins_and_then_the_later_name() -> None:
    groups = [
        Layer("group", key, {"voice": {"volume": volume}}, priority)
        for key, volume, priority in (("z", 10, 1), ("b", 30, 5), ("a", 20, 5))
    ]
    assert resolve((*WHOLE, *groups)).origins["voice.volume"] == Origin("group", "b")


def test_lists_are_replaced_whole() -> None:
    hall = Layer("hall", "qingyuan", {"notices": [{"zh": "一"}, {"zh": "二"}]})
    mine = Layer("terminal", "k01", {"notices": [{"zh": "三"}]})
    assert resolve((*WHOLE[:2], hall, mine)).values["notices"] == [{"zh": "三"}]


def test_a_mistake_below_is_not_covered_up_from_above() -> None:
    wrong = Layer("fleet", "", {"screen": "large"})
    with pytest.raises(SettingsError) as refused:
        checked(resolve((*WHOLE, wrong)))
    (problem,) = refused.value.problems
    assert (problem.key, problem.value, problem.origin) == ("screen", "large", "fleet")


@pytest.mark.parametrize(
    ("kind", "values", "key", "value", "reason"),
    [
        ("terminal", {"idle": {"after": 3}}, "idle.after", 3, "greater than or equal to 10"),
        ("fleet", {"scren": {"theme": "large"}}, "scren", {"theme": "large"}, "not permitted"),
        (
            "group",
            {"screen": {"themes": ["normal"]}},
            "screen.theme",
            "large",
            "not among screen.themes (normal)",
        ),
        ("terminal", {"role": "caller"}, "window", None, "role caller needs a window"),
        ("terminal", {"role": "enrol"}, "role", "enrol", "not in the fleet yet"),
        ("hall", {"time_zone": "Asia/Jinan"}, "time_zone", "Asia/Jinan", "tz database"),
        ("fleet", {"maintenance": {"window": "22:00-25:00"}}, "maintenance.window", "22:00-25:00", "pattern"),
        ("fleet", {"idle": {"after": float("inf")}}, "idle.after", float("inf"), "finite"),
        (
            "terminal",
            {"notices": [{"zh": "好"}, {"zh": "停", "since": "2026-02-01", "until": "2026-01-01"}]},
            "notices.1.until",
            "2026-01-01",
            "before since",
        ),
        ("fleet", {"source": {"catalogue_keys": ["ff"]}}, "source.catalogue_keys.0", "ff", "pattern"),
    ],
)
def test_a_refusal_names_key_value_reason_and_layer(
    kind: Any, values: dict[str, Any], key: str, value: object, reason: str
) -> None:
    layer = Layer(kind, "x", values)
    with pytest.raises(SettingsError) as refused:
        checked(resolve((*WHOLE, layer)))
    (problem,) = refused.value.problems
    assert (problem.key, problem.value) == (key, value)
    assert reason in problem.reason
    below = {"screen.theme": "hall qingyuan", "window": ""}
    assert problem.origin == below.get(key, str(layer.origin))
    assert str(problem).startswith(key)


def test_what_nobody_says_is_named_too() -> None:
    with pytest.raises(SettingsError, match=r"source\.url: is needed, and nobody says it"):
        checked(resolve((default_layer(), REGISTRY)))


def test_a_layer_can_be_checked_by_itself() -> None:
    assert check_layer(HALL) == ()
    assert check_layer(Layer("fleet", "", {"voice": {"languages": ["zh"]}})) == ()
    (problem,) = check_layer(Layer("fleet", "", {"voice": {"volume": 101}}))
    assert (problem.key, problem.value, problem.origin) == ("voice.volume", 101, "fleet")


def test_a_key_with_a_dot_in_it_is_refused_and_a_newer_format_too() -> None:
    with pytest.raises(SettingsError, match="has a dot in it"):
        Layer("fleet", "", {"screen": {"a.b": 1}})
    with pytest.raises(SettingsError, match=r"format 99 is newer .* \(from hall qy\)"):
        Layer("hall", "qy", {"format": 99})


def test_a_layer_of_an_earlier_format_is_taken_over() -> None:
    old = Layer("fleet", "", {"format": 1, "voice": {"english": False}})
    assert checked(resolve((*WHOLE, old))).voice.languages == ("zh",)


def test_the_defaults_are_those_of_the_schema() -> None:
    settings_now = checked(resolve(WHOLE))
    bare = {**REGISTRY.values, "source": {"hall": "qingyuan", "url": "http://10.1.2.3:8080"}}
    assert settings_now == type(settings_now).model_validate({**bare, "screen": {"theme": "large"}})


@settings(max_examples=30)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "idle": st.fixed_dictionaries({"after": st.floats(10, 600) | st.integers(10, 600)}),
            "voice": st.fixed_dictionaries({"volume": st.integers(0, 100)}),
            "screen": st.fixed_dictionaries({"theme": st.sampled_from(["normal", "large", "contrast"])}),
            "zones": st.lists(st.sampled_from(["a", "b"])),
        },
    )
)
def test_a_document_says_what_its_checked_settings_say(values: dict[str, Any]) -> None:
    effective = resolve((*WHOLE, Layer("terminal", "k01", values)))
    written = checked(effective).model_dump(mode="json")
    assert diff(effective.values, written) == ()
