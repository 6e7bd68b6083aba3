"""Lists in the form of a layer: rows with columns from the settings' JSON Schema, kept whatever goes wrong."""

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from provisioning.centre.console.fields import Typed, blanks, fields
from provisioning.centre.console.typed import (
    Unreadable,
    acted,
    lacking,
    merged,
    posted,
    trimmed,
    typed_of,
)
from provisioning.centre.rights import CENTRE
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import browser
from tests.unit.provisioning.console.console_world import ConsoleCentre, console, enter

LISTS = {one.path: one for one in blanks() if one.kind == "list"}
NOTICES = [{"zh": "停电", "since": "2026-12-01"}, {"zh": "补班", "en": "Open"}]


@pytest.fixture
def centre(tmp_path: Path) -> Any:  # an iterator of ConsoleCentre
    database = Database(f"sqlite:///{tmp_path}/lite.sqlite")
    database.prepare()
    yield console(database, tmp_path, terminals=40)
    database.close()


def sent(typed: Typed) -> list[tuple[str, str]]:
    """The form as a browser sends it, with a row to be filled where there is none."""
    form = [(f"s:{path}", text) for path, text in typed.texts.items()]
    for path, one in LISTS.items():
        if path not in typed.texts:
            for row in typed.rows.get(path) or ({},):
                form += [(f"r:{path}:{column.path}", row.get(column.path, "")) for column in one.columns]
    return form + [(f"n:{path}", "1") for path in typed.nothing]


# -- pure -----------------------------------------------------------------------------------------------------------


def test_no_setting_is_left_to_be_typed_as_json() -> None:
    assert [one.path for one in blanks() if one.kind == "json"] == []
    assert {"notices", "zones", "voice.languages", "screen.themes", "source.catalogue_keys"} <= LISTS.keys()


def test_columns_are_those_of_the_schema() -> None:
    columns = LISTS["notices"].columns
    assert [(one.path, one.kind, one.needed, one.most) for one in columns] == [
        ("zh", "text", True, 200),
        ("en", "text", False, 300),
        ("since", "date", False, None),
        ("until", "date", False, None),
    ]
    assert (LISTS["notices"].most, LISTS["voice.languages"].least) == (8, 1)
    assert [(one.path, one.choices) for one in LISTS["screen.languages"].columns] == [("", ("zh", "en"))]


words = st.text("abc 一", min_size=1, max_size=6).map(str.strip).filter(bool)
notices = st.lists(
    st.builds(
        lambda zh, rest: {"zh": zh, **rest},
        words,
        st.dictionaries(st.sampled_from(["en", "since", "until"]), words),
    ),
    max_size=4,
)
layers = st.fixed_dictionaries(
    {},
    optional={
        "notices": notices,
        "zones": st.lists(words, max_size=3),
        "screen": st.fixed_dictionaries(
            {}, optional={"languages": st.lists(st.sampled_from(["zh", "en"]), max_size=3)}
        ),
        "voice": st.fixed_dictionaries({}, optional={"volume": st.integers(0, 100)}),
    },
)


@given(layers)
@settings(max_examples=80)
def test_a_layer_is_the_same_after_its_form_was_sent_untouched(values: dict[str, Any]) -> None:
    said = {key: value for key, value in values.items() if value != {}}
    assert merged(values, trimmed(posted(sent(typed_of(values))))) == said


@given(
    layers, st.lists(st.tuples(st.sampled_from(["add", "drop", "up", "down"]), st.integers(0, 4)), max_size=6)
)
@settings(max_examples=80)
def test_buttons_of_a_list_move_add_and_remove_one_row_and_nothing_else(
    values: dict[str, Any], acts: list[tuple[str, int]]
) -> None:
    typed = typed_of(values)
    model: list[Mapping[str, str]] = list(typed.rows.get("notices", ()))
    typed = Typed(typed.texts, {**typed.rows, "notices": tuple(model)}, typed.nothing)
    for what, at in acts:
        before, (typed, focus) = (
            typed,
            acted(typed, "add:notices" if what == "add" else f"{what}:notices:{at}"),
        )
        if what == "add":
            model.append({})
        elif at < len(model):
            row = model.pop(at)
            if what != "drop":
                model.insert(max(0, at - 1) if what == "up" else at + 1, row)
        else:
            assert (typed, focus) == (before, "")
        assert list(typed.rows["notices"]) == model
        assert typed.texts == before.texts
        assert {**typed.rows, "notices": ()} == {**before.rows, "notices": ()}


@pytest.mark.parametrize(
    "act", ["", "add", "add:nowhere", "up:notices", "drop:notices:9", "drop:notices:x", "::"]
)
def test_a_button_that_is_none_of_the_page_s_does_nothing(act: str) -> None:
    typed = typed_of({"notices": NOTICES})
    assert acted(typed, act) == (typed, "")


def test_a_list_without_rows_says_nothing_unless_it_is_meant_to_be_empty() -> None:
    held = {"zones": ["a"], "notices": NOTICES}
    assert merged(held, trimmed(Typed({}, {"zones": ({"": " "},), "notices": ()}))) == {}
    kept = Typed({}, {"zones": (), "notices": ({"zh": "停电"},)}, frozenset({"zones", "notices"}))
    assert merged(held, kept) == {"zones": [], "notices": [{"zh": "停电"}]}
    assert typed_of({"zones": []}).nothing == {"zones"}


def test_a_list_that_does_not_fit_its_columns_is_shown_as_json_and_kept() -> None:
    values = {"notices": [{"zh": "a", "colour": "red"}], "zones": "north"}
    typed = typed_of(values)
    assert typed.texts["notices"] == '[{"zh": "a", "colour": "red"}]'
    shown = {one.path: one for some in fields(typed, {}, {}, {}).values() for one in some}
    assert (shown["notices"].kind, shown["zones"].kind) == ("json", "json")
    assert merged(values, Typed({"notices": typed.texts["notices"]}, {})) == values


def test_rows_that_miss_a_column_are_no_form_of_ours() -> None:
    with pytest.raises(Unreadable) as caught:
        posted([("r:notices:zh", "a"), ("r:notices:zh", "b"), ("r:notices:en", "c")])
    assert caught.value.paths == ("notices",)


def test_what_an_item_needs_is_told_for_its_place() -> None:
    assert lacking({"notices": [{"zh": "a"}, {"en": "b"}], "zones": ["x"]}) == ["notices.1.zh"]


def test_everything_that_cannot_be_read_is_named_at_once() -> None:
    with pytest.raises(Unreadable) as caught:
        merged({}, Typed({"voice.volume": "loud", "idle.after": "1e"}, {}))
    assert set(caught.value.paths) == {"voice.volume", "idle.after"}


# -- over HTTP ------------------------------------------------------------------------------------------------------


def drafted(some: Browser, csrf: str) -> int:
    said = {"csrf": csrf, "title": "公告", "layer": "hall:h001"}
    return int(some.post("/drafts", data=said).headers["location"].split("/")[2])


def form(csrf: str, version: int = 1, **more: Any) -> dict[str, Any]:
    rows = {
        "r:notices:zh": ["停电通知", "补班"],
        "r:notices:en": ["", "Open"],
        "r:notices:since": ["2026-12-01", ""],
        "r:notices:until": ["", ""],
    }
    return {"csrf": csrf, "version": str(version), "kind": "hall", "key": "h001", **rows, **more}


def values_of(page: str, name: str) -> list[str]:
    found = re.findall(rf'<input[^>]* name="{re.escape(name)}" value="([^"]*)"', page)
    return [html.unescape(one) for one in found]


def test_rows_are_moved_without_a_script_and_nothing_is_saved_by_it(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        draft = drafted(some, csrf)
        to = f"/drafts/{draft}/edit"
        moved = some.post(to, data={**form(csrf, row="down:notices:0"), "s:voice.volume": "loud"})
        assert moved.status_code == 200
        assert values_of(moved.text, "r:notices:zh") == ["补班", "停电通知"]
        assert values_of(moved.text, "r:notices:since") == ["", "2026-12-01"]
        assert values_of(moved.text, "s:voice.volume") == [
            "loud"
        ]  # typed elsewhere: kept, and not judged yet
        assert re.search(r'<input id="f-notices-1-zh"[^>]* autofocus', moved.text)
        added = some.post(to, data=form(csrf, row="add:notices"))
        assert values_of(added.text, "r:notices:zh") == ["停电通知", "补班", ""]
        gone = some.post(to, data=form(csrf, row="drop:notices:0"))
        assert values_of(gone.text, "r:notices:zh") == ["补班"]
    assert centre.drafts.get(CENTRE, draft).version == 1


def test_rows_are_in_the_draft_and_come_back_in_the_form(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        draft = drafted(some, csrf)
        more: dict[str, Any] = {"r:screen.languages:": ["en", ""], "n:zones": "1", "r:zones:": [""]}
        told = some.post(f"/drafts/{draft}/edit", data=form(csrf, **more)).headers["location"]
        assert "told=saved" in told
        page = some.get(f"/drafts/{draft}/edit?kind=hall&key=h001").text
        assert values_of(page, "r:notices:zh") == ["停电通知", "补班"]
        assert re.search(r'name="n:zones" value="1" checked', page)
        assert 'name="n:screen.languages"' not in page  # there must be one
    values = centre.drafts.get(CENTRE, draft).changes[0].values
    assert values["notices"] == [{"zh": "停电通知", "since": "2026-12-01"}, {"zh": "补班", "en": "Open"}]
    assert (values["screen"]["languages"], values["zones"]) == (["en"], [])


def test_what_is_wrong_in_a_row_is_said_beside_its_field_in_the_layer_s_words(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        draft = drafted(some, csrf)
        bad: dict[str, Any] = {"r:notices:zh": ["停电通知", ""], "r:notices:until": ["2026-11-01", ""]}
        told = some.post(f"/drafts/{draft}/edit", data=form(csrf, **bad)).headers["location"]
        page = some.get(told).text
        assert "已存入草稿，但有错误" in page
        assert re.search(r'id="f-notices-0-until-wrong">.* 早于开始日期', page)
        assert re.search(
            r'id="f-notices-0-until"[^>]*aria-invalid="true" aria-describedby="f-notices-0-until-wrong"', page
        )
        assert re.search(r'id="f-notices-1-zh-wrong">.* 必填', page)
        assert '<a href="#f-notices-1-zh">公告 第 2 行 · 中文</a>' in page


def test_nothing_typed_is_lost_where_something_cannot_be_read(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        draft = drafted(some, csrf)
        more: dict[str, Any] = {
            "s:voice.volume": "loud",
            "s:texts.welcome_line.zh": "欢迎",
            "s:idle.after": "1e",
        }
        answer = some.post(f"/drafts/{draft}/edit", data=form(csrf, **more))
        assert answer.status_code == 422
        assert values_of(answer.text, "s:texts.welcome_line.zh") == ["欢迎"]
        assert values_of(answer.text, "s:voice.volume") == ["loud"]
        assert values_of(answer.text, "r:notices:zh") == ["停电通知", "补班"]
        assert answer.text.count("填写的内容读不懂") == 4  # two, each above and beside the field
        broken: dict[str, Any] = {"as": "raw", "raw": '{"screen":'}
        answer = some.post(f"/drafts/{draft}/edit", data=form(csrf, **broken))
        assert answer.status_code == 422
        assert "{&#34;screen&#34;:</textarea>" in answer.text


def test_a_form_that_was_overtaken_keeps_what_was_typed_and_can_be_saved_again(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        draft = drafted(some, csrf)
        to = f"/drafts/{draft}/edit"
        other = {"csrf": csrf, "version": "1", "kind": "hall", "key": "h001", "s:voice.volume": "40"}
        some.post(to, data=other)
        answer = some.post(to, data=form(csrf))
        assert answer.status_code == 409
        assert "有人同时改了这份草稿" in answer.text
        assert values_of(answer.text, "r:notices:zh") == ["停电通知", "补班"]
        assert values_of(answer.text, "version") == ["2"]
        assert "told=saved" in some.post(to, data=form(csrf, version=2)).headers["location"]
        with centre.database.write() as db:
            db.execute(update(t.drafts).where(t.drafts.c.id == draft).values(state="submitted"))
        answer = some.post(to, data=form(csrf, version=3))
        assert (answer.status_code, "可以抄走" in answer.text) == (409, True)
        assert values_of(answer.text, "r:notices:zh") == ["停电通知", "补班"]


def test_enter_in_a_field_saves_the_form_and_presses_none_of_its_buttons(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "chen")
        page = some.get(f"/drafts/{drafted(some, csrf)}/edit?kind=hall&key=h001").text
        inside = page[page.index('<form method="post" action="/drafts/') :]
        first = re.search(r"<button([^>]*)>", inside)
        assert first is not None
        assert "name=" not in first[1]
