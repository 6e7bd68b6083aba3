"""Words, icons and charts of the console: whole, in both languages, and harmless."""

import re
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.centre.console.charts import Series, bars, lines, meter
from provisioning.centre.console.fields import Typed, fields
from provisioning.centre.console.frame import MENU, Frame, linked, within
from provisioning.centre.console.icons import IconMissing, icon
from provisioning.centre.console.typed import Unreadable, merged
from provisioning.centre.console.wording import Words, table

TEMPLATES = files("provisioning.centre.console").joinpath("templates")
ALL = {one.name: one.read_text("utf-8") for one in TEMPLATES.iterdir() if one.name.endswith(".html")}


def words(language: str = "zh") -> Words:
    return Words(language, table(language), ZoneInfo("Asia/Shanghai"))


def test_both_languages_have_the_same_keys_and_the_same_facts_in_them() -> None:
    zh, en = table("zh"), table("en")
    assert zh.keys() == en.keys()
    for key in zh:
        assert set(re.findall(r"\{\w+\}", zh[key])) == set(re.findall(r"\{\w+\}", en[key])), key


def test_every_word_that_a_template_asks_for_is_there() -> None:
    asked = {
        (name, key)
        for name, text in ALL.items()
        for key in re.findall(r"""\bt\(["']([a-z_]+\.[a-z_.]+)["']\s*[,)]""", text)
    }
    assert len(asked) > 200
    assert [one for one in asked if one[1] not in words()] == []


def test_each_language_is_its_own() -> None:
    assert [
        key for key, text in table("en").items() if re.search(r"[\u3000-\u9fff\uff00-\uffef]", text)
    ] == []
    shared = {
        key for key, text in table("zh").items() if not re.search(r"[\u3000-\u9fff\uff00-\uffef]", text)
    }
    assert {table("zh")[key] for key in shared} == {"{v}"}


def test_settings_are_said_as_people_say_them() -> None:
    zh = words()
    assert [zh.said(one) for one in (True, "large", "22:00-05:00", "", 60, [], ["zh", "en"])] == [
        "是",
        "大字",
        "22:00-05:00",
        "（空）",
        "60",
        "–",
        "中文、英文",
    ]
    notice = {"zh": "午间不休", "en": "Open over lunch", "until": "2026-10-07"}
    assert zh.said([notice]) == "午间不休 (–2026-10-07)"
    assert words("en").said([notice]) == "Open over lunch (–2026-10-07)"
    assert zh.said({"a": 1}) == '{"a": 1}'


def test_what_is_wrong_with_a_setting_is_said_in_the_page_s_language() -> None:
    found = "Input should be 'normal', 'large' or 'contrast'"
    assert words().reason(found) == "只能是 'normal', 'large' 或 'contrast'"
    assert words().reason("Input should be greater than or equal to 10") == "不能小于 10"
    assert words("en").reason(found) == found
    assert words().reason("String should have at most 200 characters") == "最多 200 个字"
    too_many = "Tuple should have at most 8 items after validation, not 9"
    assert words().reason(too_many) == "最多 8 项，现在 9"
    assert words("en").reason(too_many) == "Tuple should have at most 8 items, not 9"
    assert words().reason("of tomorrow") == "of tomorrow"


def test_facts_of_events_have_words_and_unknown_ones_their_own_name() -> None:
    assert words().fact("devices", ["printer", "reader"]) == "设备：打印机、读卡器"
    assert words().fact("minutes", 40) == "约 40 分钟"
    assert words("en").fact("of_tomorrow", 3) == "of_tomorrow: 3"


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    drawn = lines("waits", ["8", "9", "10", "11"], [Series("median", [3.0, None, 4.0, 5.0])], "min", "h")
    assert drawn.count("<polyline") == 2
    assert drawn.count("<circle") == 3
    assert ">min</text>" in drawn
    assert lines("", [], [Series("", [])]).count("<polyline") == 0
    assert lines("", ["8"], [Series("", [3.0])]).count("<circle") == 1


def test_every_icon_that_a_template_names_is_in_the_font() -> None:
    named = {key for text in ALL.values() for key in re.findall(r"""icon\(["']([a-z0-9-]+)["']""", text)}
    named |= {entry.icon for part in MENU for entry in part}
    assert all(len(icon(name)) == 1 for name in named)
    with pytest.raises(IconMissing):
        icon("no-such-icon")


def test_no_template_has_a_style_or_a_script_of_its_own() -> None:
    for name, text in ALL.items():
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=[\"']|javascript:", text), name
        assert not re.search(r"<script(?! src=)", text), name
        assert "| safe" not in text, name


def test_a_span_is_said_in_one_unit() -> None:
    en = words("en")
    assert [en.span(s) for s in (0, 59, 60, 119, 7200, 200_000)] == [
        "0 s",
        "59 s",
        "1 min",
        "119 s",
        "2 h",
        "2 d",
    ]
    assert en.ago(100.0, 102.0) == "just now"
    assert en.ago(None, 5.0) == "never"


def test_a_code_without_words_stands_for_itself() -> None:
    assert words().code("fault.of_tomorrow") == "fault.of_tomorrow"
    assert words("en").code("config.expired") == "expired"
    assert words("en").code("config.expired 3/8") == "expired 3/8"  # with the figures of a stopped rollout


def test_every_template_can_be_read() -> None:
    frame = Frame(lambda: 0.0, ZoneInfo("Asia/Shanghai"))
    names = frame._env.list_templates()
    assert len(names) > 20
    for name in names:
        frame._env.get_template(name)


@given(st.lists(st.floats(0, 1e6), max_size=24), st.text(max_size=20))
@settings(max_examples=40)
def test_charts_say_every_number_and_let_nothing_out_of_their_labels(values: list[float], label: str) -> None:
    for drawn in (
        bars(label, [label] * len(values), [Series(label, values)]),
        lines(label, [label], [Series(label, values)]),
    ):
        assert drawn.count("<svg") == 1
        assert not re.search(r"<(?!/?(svg|rect|title|line|text|polyline|circle)\b)", str(drawn))
    assert bars("", [""] * len(values), [Series("", values)]).count("<rect") == len(values)


def test_a_meter_leaves_out_what_is_nothing() -> None:
    drawn = meter((("on", "ok", 3), ("off", "call", 0), ("?", "grey", 1)), 'said "so"')
    assert drawn.count("<rect") == 2
    assert 'width="75.000%"' in drawn
    assert "said &#34;so&#34;" in drawn


@given(st.text(max_size=60))
def test_after_a_change_nobody_is_sent_to_another_site(to: str) -> None:
    found = within(to)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "to", ["//evil.test", "https://evil.test/", "/\\evil.test", "javascript:alert(1)", "", "evil"]
)
def test_addresses_of_elsewhere_become_the_overview(to: str) -> None:
    assert within(to) == "/overview"


def test_a_link_of_the_page_keeps_the_other_conditions_and_drops_what_was_told() -> None:
    items = [("q", "a b"), ("page", "3"), ("told", "saved"), ("_parts", "rows")]
    assert linked("/terminals", items, {"page": None, "hall": "qy"}) == "/terminals?q=a+b&hall=qy"


def test_a_form_left_empty_says_nothing_and_keeps_what_it_does_not_show() -> None:
    values = {"screen": {"theme": "large"}, "texts": {"welcome_line": {"zh": ""}}, "unknown": {"key": 1}}
    made = merged(
        values,
        Typed(
            {
                "screen.theme": "",
                "voice.volume": "40",
                "services.typed": "false",
                "texts.welcome_line.zh": "",
            },
            {},
        ),
    )
    assert made == {
        "texts": {"welcome_line": {"zh": ""}},
        "unknown": {"key": 1},
        "voice": {"volume": 40},
        "services": {"typed": False},
    }


@pytest.mark.parametrize(
    ("path", "typed"), [("voice.volume", "loud"), ("services.typed", "1"), ("notices", "[")]
)
def test_what_cannot_be_read_is_named(path: str, typed: str) -> None:
    with pytest.raises(Unreadable) as caught:
        merged({}, Typed({path: typed}, {}))
    assert caught.value.paths == (path,)


def test_the_form_shows_what_this_layer_says_beside_what_holds_below() -> None:
    groups = fields(
        Typed({"screen.theme": "large"}, {}), {"screen": {"theme": "normal"}}, {}, {"screen.theme": "why"}
    )
    theme = next(one for one in groups["screen"] if one.path == "screen.theme")
    assert (theme.said, theme.below, theme.wrong, theme.choices) == (
        "large",
        "normal",
        "why",
        ("normal", "large", "contrast"),
    )
    assert list(groups)[-1] in {"source", "devices", "secrets", "top"}
