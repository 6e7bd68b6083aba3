"""The guide desk: every answer of a visit is from one version, whatever arrives and breaks meanwhile."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hall.catalogue.file import Catalogue, CatalogueDamaged
from kiosk.guides import GuideDesk
from screens.effects import Browse, OpenGuide, Search
from screens.events import (
    CatalogueChanged,
    Event,
    Found,
    GuideMissing,
    GuideOpened,
    ListingFound,
    ShelvesFound,
)
from tests.unit.hall.small_catalogue import BUNDLE, CARD, GUIDES, write_catalogue


class Copies:
    """Files in memory of a test: what is shown, what waits, what was set aside."""

    def __init__(self, *files: Path) -> None:
        self.files = list(files)  # the best one last
        self.waiting: Path | None = None
        self.aside: list[tuple[Path, str]] = []

    def open_best(self, opener: Callable[[Path], Catalogue]) -> Catalogue | None:
        while self.files:
            try:
                return opener(self.files[-1])
            except CatalogueDamaged as error:
                self.set_aside(self.files[-1], error.code)
        return None

    def staged(self) -> Path | None:
        return self.waiting

    def adopt(self) -> Path | None:
        if self.waiting is not None:
            self.files.append(self.waiting)
        waiting, self.waiting = self.waiting, None
        return waiting

    def set_aside(self, path: Path, code: str) -> None:
        self.aside.append((path, code))
        self.files.remove(path)


class Desk:
    def __init__(self, *files: Path) -> None:
        self.copies, self.events, self.missed = Copies(*files), list[Event](), list[str]()
        self.desk = GuideDesk(self.copies, self.events.append, self.missed.append)
        self.desk.open()

    def last(self) -> Event:
        return self.events[-1]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    guides = [CARD.model_copy(update={"plain": "新的说法。"}), *GUIDES[1:]]
    return write_catalogue(tmp_path_factory.mktemp("second"), revision=2026112301, guides=guides)


def test_without_a_file_that_is_said(first: Path) -> None:
    assert Desk().last() == CatalogueChanged("", "catalogue.none")


def test_what_opens_is_said_with_its_version_and_words_to_begin_with(first: Path) -> None:
    changed = Desk(first).last()
    assert isinstance(changed, CatalogueChanged)
    assert changed.version.startswith("2026112201-")
    assert (changed.code, changed.hot) == (None, ("社保卡", "身份证"))


def test_a_search_is_answered_with_its_own_text(first: Path) -> None:
    desk = Desk(first)
    desk.desk.carry_out(Search("社会保障卡"))
    found = desk.last()
    assert isinstance(found, Found)
    assert (found.result.text, found.result.entries[0].id) == ("社会保障卡", "card")


def test_shelves_and_what_stands_on_them_are_found(first: Path) -> None:
    desk = Desk(first)
    desk.desk.carry_out(Browse("theme"))
    shelves = desk.last()
    assert isinstance(shelves, ShelvesFound)
    assert {shelf.name for shelf in shelves.shelves} == {"社会保障", "准营准办"}
    desk.desk.carry_out(Browse("theme", "社会保障"))
    listing = desk.last()
    assert isinstance(listing, ListingFound)
    assert [entry.id for entry in listing.entries] == ["card"]


def test_a_guide_is_opened_with_where_else_it_is_done(first: Path) -> None:
    desk = Desk(first)
    desk.desk.carry_out(OpenGuide("card", "place"))
    opened = desk.last()
    assert isinstance(opened, GuideOpened)
    assert (opened.page, opened.section) == (CARD, "place")
    assert [other.id for other in opened.elsewhere] == ["card-city"]


def test_a_bundle_is_opened_with_its_members(first: Path) -> None:
    desk = Desk(first)
    desk.desk.carry_out(OpenGuide("shop"))
    opened = desk.last()
    assert isinstance(opened, GuideOpened)
    assert (opened.page, [m.id for m in opened.members]) == (BUNDLE, ["food", "idcard"])


def test_a_withdrawn_item_is_opened_with_what_to_do_instead(first: Path) -> None:
    desk = Desk(first)
    desk.desk.carry_out(OpenGuide("health-code"))
    opened = desk.last()
    assert isinstance(opened, GuideOpened)
    assert [entry.id for entry in opened.instead] == ["idcard"]


def test_a_guide_that_is_not_there_is_said_to(first: Path) -> None:
    desk = Desk(first)
    desk.desk.carry_out(OpenGuide("nothing"))
    missing = desk.last()
    assert isinstance(missing, GuideMissing)
    assert (missing.id, missing.code) == ("nothing", "catalogue.unknown_guide")


def test_a_damaged_file_is_set_aside_and_the_one_before_is_opened(first: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.catalogue"
    broken.write_bytes(first.read_bytes()[:5000])
    desk = Desk(first, broken)
    assert [path for path, _ in desk.copies.aside] == [broken]
    changed = desk.last()
    assert isinstance(changed, CatalogueChanged)
    assert changed.code is None


def test_searches_in_vain_are_told_once_and_not_for_every_letter(first: Path) -> None:
    desk = Desk(first)
    for text in ("龘", "龘靐", "龘靐齉"):
        desk.desk.carry_out(Search(text))
    assert desk.missed == []
    desk.desk.carry_out(Search("社保卡"))
    assert desk.missed == ["龘靐齉"]
    desk.desk.between_citizens()
    assert desk.missed == ["龘靐齉"]


def test_what_was_searched_last_is_forgotten_between_two_citizens(first: Path) -> None:
    desk = Desk(first)
    desk.desk.carry_out(Search("龘靐齉"))
    desk.desk.between_citizens()
    desk.desk.between_citizens()
    assert desk.missed == ["龘靐齉"]
    assert "龘" not in repr(vars(desk.desk))


@settings(max_examples=40, stateful_step_count=30)
class Visits(RuleBasedStateMachine):
    """Citizens come, search, read and go while versions arrive and files break."""

    first: Path
    second: Path

    @initialize()
    def open(self) -> None:
        self.desk = Desk(self.first)
        self.seen = set[str]()

    @rule(effect=st.sampled_from([Search("社"), Browse("theme"), OpenGuide("card"), OpenGuide("nothing")]))
    def ask(self, effect: Search | Browse | OpenGuide) -> None:
        before = len(self.desk.events)
        self.desk.desk.carry_out(effect)
        for event in self.desk.events[before:]:
            if isinstance(event, Found | ShelvesFound | GuideOpened | GuideMissing):
                self.seen.add(event.version)
            if isinstance(event, GuideOpened) and not isinstance(event.page, type(BUNDLE)):
                new = event.version.startswith("2026112301-")
                assert (event.page.plain == "新的说法。") == new, (
                    "the page is of the version it is said to be of"
                )

    @precondition(lambda self: self.desk.copies.waiting is None and self.second not in self.desk.copies.files)
    @rule()
    def arrives(self) -> None:
        self.desk.copies.waiting = self.second

    @rule()
    def leaves(self) -> None:
        self.desk.desk.between_citizens()
        self.seen.clear()

    @invariant()
    def one_version_a_visit(self) -> None:
        assert len(getattr(self, "seen", ())) <= 1


def test_whatever_a_visit_asks_is_answered_by_one_version(first: Path, second: Path) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Visits.first, Visits.second = first, second
    run_state_machine_as_test(Visits)


def test_a_file_whose_index_this_version_does_not_know_is_set_aside(first: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.catalogue"
    other.write_bytes(first.read_bytes())
    with sqlite3.connect(other) as db:
        db.execute("DELETE FROM search_part WHERE name = 'readings'")
    db.close()
    desk = Desk(first, other)
    assert desk.copies.aside == [(other, "catalogue.format")]
