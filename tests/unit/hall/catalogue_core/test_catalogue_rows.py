"""A bad row never stops the rest and never gets in silently."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.catalogue.build import build
from hall.catalogue.cleaning import HOSTILE, cleaned, suspect
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Bundle, Guide, Office
from tests.unit.hall.catalogue_core.small_catalogue import (
    DAY,
    HEADER,
    KEY,
    WORDS,
    bundle,
    guide,
    made,
    queue,
    read,
    reasons,
)


def test_the_second_of_one_id_is_refused_and_both_rows_are_named(tmp_path: Path) -> None:
    report = made(tmp_path / "c", guide(), guide(name="另一个"))
    assert reasons(report) == [("source#2", "id.duplicate", True)]
    assert "source#1" in report.remarks[0].detail
    assert report.counts.guides == 1


def test_a_bundle_shares_its_ids_with_guides(tmp_path: Path) -> None:
    report = made(tmp_path / "c", guide(), guide("pension"), bundle("card"))
    assert reasons(report) == [("source#3", "id.duplicate", True)]


def test_a_duplicate_code_is_doubtful_and_kept(tmp_path: Path) -> None:
    codes: dict[str, Any] = {"codes": {"local": "1", "handle": "113715210042000004437010900100001"}}
    report = made(tmp_path / "c", guide("a", **codes), guide("b", **codes))
    assert ("source#2", "code.duplicate", False) in reasons(report)
    assert report.counts.guides == 2


def test_no_code_is_no_duplicate(tmp_path: Path) -> None:
    assert reasons(made(tmp_path / "c", guide("a"), guide("b"))) == []


def test_what_the_importer_said_of_a_code_is_not_said_twice(tmp_path: Path) -> None:
    said = Remark("source#1", "task_code", "code.length", "3 characters, not 31", refused=False)
    rows: list[Taken] = [said, ("source#1", guide(codes={"task": "123"}))]
    assert build(rows, HEADER, WORDS, tmp_path / "c", KEY, DAY).remarks == (said,)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        (("card", "nobody"), "bundle.unknown_member"),
        (("card", "other"), "bundle.nested"),
        (("card", "retire"), "bundle.nested"),
        (("card", "card"), "bundle.member_twice"),
    ],
)
def test_a_bundle_that_does_not_hold_is_refused(
    tmp_path: Path, members: tuple[str, str], reason: str
) -> None:
    pages = (bundle(members=members), guide(), guide("pension"), bundle("other"))
    report = made(tmp_path / "c", *pages)
    assert reasons(report) == [("source#1", reason, True)]
    assert report.counts.bundles == 1


def test_bundles_that_name_each_other_are_both_refused(tmp_path: Path) -> None:
    report = made(tmp_path / "c", guide(), bundle("a", ("b", "card")), bundle("b", ("a", "card")))
    assert reasons(report) == [("source#2", "bundle.nested", True), ("source#3", "bundle.nested", True)]


def test_a_member_that_was_refused_is_not_there(tmp_path: Path) -> None:
    over = guide("pension", valid_until="2020-01-01")
    report = made(tmp_path / "c", guide(), over, bundle())
    assert reasons(report)[1] == ("source#3", "bundle.unknown_member", True)


@pytest.mark.parametrize(
    ("validity", "expected"),
    [
        ({"valid_until": "2026-11-21"}, ["validity.over"]),
        ({"valid_from": "2026-11-23"}, ["validity.not_yet"]),
        ({"valid_from": "2026-11-22", "valid_until": "2026-11-22"}, []),
    ],
)
def test_a_guide_is_there_on_the_days_it_holds(
    tmp_path: Path, validity: dict[str, str], expected: list[str]
) -> None:
    report = made(tmp_path / "c", guide(**validity))
    assert [remark.reason for remark in report.remarks] == expected
    assert report.counts.guides == (0 if expected else 1)


def test_a_withdrawn_item_stays_although_its_time_is_over(tmp_path: Path) -> None:
    gone = guide("old", valid_until="2020-01-01", state="withdrawn", withdrawn={"reason": "取消"})
    assert read(tmp_path / "c", gone).guide("old") == gone


def test_ways_on_that_do_not_exist_are_left_out(tmp_path: Path) -> None:
    withdrawn = {"reason": "并入", "instead": ("nobody", "retire", "card", "old")}
    old = guide("old", state="withdrawn", withdrawn=withdrawn)
    report = made(tmp_path / "c", old, guide(), guide("pension"), bundle())
    assert reasons(report) == [("source#1", "instead.unknown", False)]
    kept = read(tmp_path / "c", old, guide(), guide("pension"), bundle()).guide("old")
    assert kept is not None
    assert kept.withdrawn is not None
    assert kept.withdrawn.instead == ("retire", "card")


def test_a_way_on_to_a_bundle_that_was_refused_is_left_out(tmp_path: Path) -> None:
    old = guide("old", state="withdrawn", withdrawn={"reason": "并入", "instead": ("retire",)})
    report = made(tmp_path / "c", old, guide(), bundle(members=("card", "nobody")))
    assert reasons(report)[1] == ("source#1", "instead.unknown", False)


def test_a_queue_that_the_hall_does_not_have_is_left_out(tmp_path: Path) -> None:
    report = made(
        tmp_path / "c", guide(queue="social"), guide("b", queue="nowhere"), queues=[queue("social")]
    )
    assert reasons(report) == [("source#2", "queue.unknown", False)]
    catalogue = read(
        tmp_path / "c", guide(queue="social"), guide("b", queue="nowhere"), queues=[queue("social")]
    )
    assert [page.queue for id in ("card", "b") if (page := catalogue.guide(id))] == ["social", ""]


def test_without_a_hall_queues_are_not_checked(tmp_path: Path) -> None:
    assert reasons(made(tmp_path / "c", guide(queue="nowhere"))) == []


@pytest.mark.parametrize(
    ("text", "left", "reason"),
    [
        ("社保\x00卡", "社保卡", "text.control_characters"),
        ("社保\x1b[31m卡", "社保[31m卡", "text.control_characters"),
        ("社保\x85卡", "社保卡", "text.control_characters"),
        ("社保\u202e卡", "社保卡", "text.direction_characters"),
        ("社保\u200f卡", "社保卡", "text.direction_characters"),
        ("社\u200b保\ufeff卡", "社保卡", "text.invisible_characters"),
        ("社保\ufffe卡", "社保卡", "text.control_characters"),
        ("社保\U0001ffff卡", "社保卡", "text.control_characters"),
        ("一\r\n二\r三", "一\n二\n三", "text.control_characters"),
    ],
)
def test_hostile_characters_are_taken_out_and_said(tmp_path: Path, text: str, left: str, reason: str) -> None:
    page = guide(conditions=text, materials=({"name": "身份证", "note": text},))
    report = made(tmp_path / "c", page)
    assert reasons(report) == [("source#1", reason, False)] * 2
    assert {remark.element for remark in report.remarks} == {"conditions", "materials[1].note"}
    assert all(not HOSTILE.search(remark.detail) and "\r" not in remark.detail for remark in report.remarks)
    kept = read(tmp_path / "c", page).guide("card")
    assert kept is not None
    assert (kept.conditions, kept.materials[0].note) == (left, left)


def test_a_name_of_nothing_but_hostile_characters_is_refused(tmp_path: Path) -> None:
    gone = guide("old", "\u200b\u202e", state="withdrawn", withdrawn={"reason": "取消"})
    report = made(
        tmp_path / "c", guide(), guide("b", "\u200b\u202e"), gone, guide("d", materials=({"name": "\x01"},))
    )
    assert reasons(report) == [(f"source#{row}", "text.empty", True) for row in (2, 3, 4)]
    assert report.counts.guides == 1


def test_the_header_is_cleaned_as_well(tmp_path: Path) -> None:
    hostile = HEADER.model_copy(update={"name": "清源\u202e县"})
    report = made(tmp_path / "c", guide(), header=hostile)
    assert reasons(report) == [("catalogue.toml", "text.direction_characters", False)]
    assert (report.about.name, report.counts.refused) == ("清源县", 0)
    with pytest.raises(ValueError, match="name"):
        made(tmp_path / "d", guide(), header=HEADER.model_copy(update={"name": "\u202e"}))


def test_half_of_a_surrogate_pair_is_taken_out(tmp_path: Path) -> None:
    broken = Guide.model_construct(
        **{**dict(guide()), "conditions": "有\ud800卡", "office": Office(name="局")}
    )
    report = made(tmp_path / "c", broken)
    assert reasons(report) == [("source#1", "text.control_characters", False)]
    assert report.counts.guides == 1


def test_markup_is_text_and_stays(tmp_path: Path) -> None:
    page = guide(name="<script>alert(1)</script>&[color=ff0000]'; DROP TABLE guide; --")
    assert reasons(made(tmp_path / "c", page)) == []
    assert read(tmp_path / "c", page).guide("card") == page


@given(st.text())
def test_no_text_keeps_a_hostile_character_and_no_other_loses_one(text: str) -> None:
    left = cleaned(text)
    assert not HOSTILE.search(left)
    assert "\r" not in left
    assert left == "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if not HOSTILE.match(c))


def test_every_hostile_character_makes_a_text_suspect() -> None:
    for code in range(0x110000):
        if HOSTILE.match(chr(code)) and not 0xD800 <= code < 0xE000:
            written = (
                guide().model_copy(update={"conditions": chr(code)}).model_dump_json(include={"conditions"})
            )
            assert suspect(written), hex(code)


def test_ordinary_texts_are_not_suspect() -> None:
    assert not suspect('{"name":"社保卡（挂失）　全角 \\"引号\\" 第一行\\n第二行\\t"}')


def test_of_many_bad_rows_the_good_ones_remain(tmp_path: Path) -> None:
    pages: list[Guide | Bundle] = [
        guide(),
        guide(),
        bundle(members=("x", "y")),
        guide("late", valid_from=date(2030, 1, 1)),
        guide("ok"),
    ]
    report = made(tmp_path / "c", *pages)
    assert (report.counts.rows, report.counts.guides, report.counts.refused) == (5, 2, 3)
