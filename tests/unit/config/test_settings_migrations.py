"""Settings of earlier formats are read as they were meant; those of later ones are left alone."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.migrations import FORMAT, STEPS, NewerFormat, migrate
from config.problems import SettingsError, validated
from config.settings import Settings

LEAST: dict[str, Any] = {
    "role": "voice",
    "name": "语音",
    "source": {"hall": "qingyuan", "url": "http://10.1.2.3:8080"},
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["format", "voice", "english", "languages", "role"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


def test_there_is_a_step_from_every_format_to_the_next() -> None:
    assert len(STEPS) == FORMAT - 1


@pytest.mark.parametrize(("english", "languages"), [(True, ("zh", "en")), (False, ("zh",))])
@pytest.mark.parametrize("stated", [{}, {"format": 1}])
def test_a_voice_of_format_1_speaks_the_same_languages(
    english: bool, languages: tuple[str, ...], stated: dict[str, Any]
) -> None:
    told = validated(Settings, {**stated, **LEAST, "voice": {"english": english, "one": "幺"}})
    assert told.voice.languages == languages
    assert told.voice.one == "幺"
    assert told.format == FORMAT


def test_a_key_of_an_earlier_format_is_a_mistake_in_todays() -> None:
    with pytest.raises(SettingsError, match=r"voice\.english = True: "):
        validated(Settings, {**LEAST, "format": FORMAT, "voice": {"english": True}})


def test_a_newer_format_is_refused_by_name() -> None:
    with pytest.raises(NewerFormat, match=f"format {FORMAT + 1} is newer than {FORMAT}"):
        migrate({"format": FORMAT + 1})
    with pytest.raises(SettingsError) as refused:
        validated(Settings, {**LEAST, "format": FORMAT + 1, "hologram": True})
    (problem,) = refused.value.problems
    assert (problem.key, problem.value) == ("format", FORMAT + 1)


@pytest.mark.parametrize("stated", ["2", 0, -1, True, 1.5, None])
def test_what_is_no_format_is_the_schemas_to_refuse(stated: object) -> None:
    assert migrate({"format": stated}) == {"format": stated}


@given(st.dictionaries(st.sampled_from(["format", "voice", "role"]), anything, max_size=3))
def test_migrating_touches_nothing_it_was_given_and_twice_is_once(values: dict[str, Any]) -> None:
    before = copy.deepcopy(values)
    try:
        once = migrate(values)
    except NewerFormat:
        return
    assert values == before
    assert migrate(once) == once
