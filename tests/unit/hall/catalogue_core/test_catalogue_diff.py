"""Differences between two catalogues, to the letter."""

from pathlib import Path

from hall.catalogue.diff import Difference, differences, elements, page_differences
from tests.unit.hall.catalogue_core.small_catalogue import bundle, guide, read
from tests.unit.hall.catalogue_core.test_catalogue_build import FULL


def test_the_same_catalogue_has_no_difference(tmp_path: Path) -> None:
    pages = (guide(**FULL), guide(), bundle(members=("full", "card")))
    assert list(differences(read(tmp_path / "a", *pages), read(tmp_path / "b", *pages))) == []


def test_every_changed_element_is_told(tmp_path: Path) -> None:
    before = guide(
        conditions="有卡", materials=({"name": "身份证"}, {"name": "照片", "copies": 1}), kiosk=False
    )
    after = guide(conditions="有卡 ", materials=({"name": "身份证"},), kiosk=True, visits=0)
    found = list(differences(read(tmp_path / "a", before), read(tmp_path / "b", after)))
    assert [(d.element, d.before, d.after) for d in found] == [
        ("conditions", "有卡", "有卡 "),
        ("materials[2].name", "照片", ""),
        ("materials[2].copies", "1", ""),
        ("kiosk", "false", "true"),
        ("visits", "", "0"),
    ]
    assert {(d.id, d.name) for d in found} == {("card", "社会保障卡挂失")}


def test_pages_that_came_and_went_are_told(tmp_path: Path) -> None:
    a = read(tmp_path / "a", guide("old", "旧"), guide(), guide("b", "乙"), bundle(members=("card", "b")))
    b = read(tmp_path / "b", guide("new", "新"), guide(), guide("b", "乙"))
    assert list(differences(a, b)) == [
        Difference("new", "新", "", "", "新"),
        Difference("old", "旧", "", "旧", ""),
        Difference("retire", "退休一件事", "", "退休一件事", ""),
    ]


def test_a_bundle_differs_by_its_elements(tmp_path: Path) -> None:
    pages = (guide(), guide("pension", "养老金"))
    a = read(tmp_path / "a", *pages, bundle(plain="旧"))
    b = read(tmp_path / "b", *pages, bundle(plain="新"))
    assert list(differences(a, b)) == [Difference("retire", "退休一件事", "plain", "旧", "新")]


def test_elements_are_all_that_says_something() -> None:
    told = dict(elements(guide(**FULL)))
    assert told["materials[2].when[1].options[1]"] == "other"
    assert told["promised_limit.value"] == "0"
    assert told["valid_from"] == "2020-01-01"
    assert told["fee_free"] == "false"
    assert told["plain"] == FULL["plain"]
    assert "" not in told.values()
    assert "visits_reason" not in told


def test_a_page_does_not_differ_from_itself() -> None:
    assert list(page_differences(guide(**FULL), guide(**FULL))) == []
