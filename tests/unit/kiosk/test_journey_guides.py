"""Journeys through guides: found, read, asked about, printed, and a number taken for exactly that item. No window."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hall.catalogue.answers import SearchResult
from kiosk.guides import GuideDesk
from kiosk.journey import Journey
from screens import samples
from screens.effects import (
    Browse,
    Effect,
    Forget,
    IssueTicket,
    OpenGuide,
    PrintNotice,
    PrintSlip,
    Say,
    Search,
)
from screens.events import (
    CatalogueChanged,
    Event,
    Faulted,
    Found,
    GuideMissing,
    GuideOpened,
    HallBack,
    HallChanged,
    HallInfo,
    HallLost,
    NoticePrinted,
    PaperFailed,
    PaperPrinted,
    PersonKnown,
    Presented,
    PrinterChanged,
    ReaderChanged,
    ShelvesFound,
    Ticked,
    TicketIssued,
    Touched,
)
from screens.visit import Visit
from screens.words.phrase import Phrase
from screens.words.words import LANGUAGES, words_of
from tests.unit.kiosk.marked_catalogues import Copies, guides, write_marked

CARD = next(guide for guide in guides("犇") if guide.id == "card")
SOCIAL = {"queue": "social", "person": None, "priority": "ordinary", "paper": True}


class Glass:
    """A journey with a desk that answers at once, unless it is told to wait."""

    def __init__(self, folder: Path, file: Path) -> None:
        keys = count(1)
        self.journey = Journey(
            make_key=lambda: f"key-{next(keys)}", features=frozenset({"guide"}), phone_url="http://hall"
        )
        self.copies, self.posted = Copies(folder, file), deque[Event]()
        self.desk = GuideDesk(self.copies, self.posted.append)
        self.effects: list[Effect] = []
        self.seconds = 0.0
        self.slow = False  # answers stay in ``posted`` until ``answers``
        for event in (Ticked(samples.NOW, 0), HallChanged(samples.hall())):
            self.see(event)
        self.see(ReaderChanged(None), PrinterChanged(None))
        self.desk.open()
        self.answers()

    def see(self, *events: Event) -> None:
        for event in events:
            effects = self.journey.handle(event)
            self.effects += effects
            for effect in effects:
                if isinstance(effect, Search | Browse | OpenGuide):
                    self.desk.carry_out(effect)
                if isinstance(effect, Forget):
                    self.desk.between_citizens()
            if not self.slow:
                self.answers()

    def answers(self) -> None:
        while self.posted:
            self.see(self.posted.popleft())

    def touch(self, intent: str, value: str = "") -> None:
        self.see(Touched(intent, value))

    def walk(self, *steps: str) -> None:
        """Touches: ``intent`` or ``intent value``."""
        for step in steps:
            self.touch(*step.split(" ", 1))

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.seconds += 1
            self.see(Ticked(samples.NOW + timedelta(seconds=self.seconds), self.seconds))

    @property
    def screen(self) -> str:
        return self.journey.screen

    @property
    def view(self) -> Any:
        return self.journey.view

    @property
    def visit(self) -> Visit:
        return self.journey._terminal.visit

    def of(self, kind: type[Effect]) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def issue(self, **expected: Any) -> IssueTicket:
        """The only wish for a number so far."""
        (issue,) = set(self.of(IssueTicket))
        for name, value in expected.items():
            assert getattr(issue, name) == value
        return issue


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("guides")
    return [write_marked(folder, at) for at in range(2)]


@pytest.fixture
def glass(files: list[Path], tmp_path: Path) -> Glass:
    return Glass(tmp_path, files[0])


FOUND = ("guide", "word 社保卡")
READ = (*FOUND, "open card", "answer other")
AT: dict[str, tuple[str, ...]] = {
    "find": FOUND,
    "browse": ("guide", "browse theme", "shelf 社会保障犇"),
    "cases": (*FOUND, "open card"),
    "guide": READ,
}
every_screen = pytest.mark.parametrize(("screen", "steps"), AT.items(), ids=AT)


# -- to a number for the item -----------------------------------------------------------------------------


def test_from_letters_to_a_number_for_exactly_this_item(glass: Glass) -> None:
    for step, screen in (
        ("guide", "find"),
        ("word 社保卡", "find"),
        ("open card", "cases"),
        ("answer other", "guide"),
        ("take", "identify"),
        ("without_card", "confirm"),
        ("confirm", "printing"),
    ):
        glass.walk(step)
        assert glass.screen == screen, step
    issue = glass.issue(**SOCIAL, item="card", item_name=CARD.name, catalogue=glass.desk.version)
    glass.see(TicketIssued(issue.key, samples.ticket()))
    assert glass.of(PrintSlip) == [
        PrintSlip(samples.ticket(), item_name=CARD.name, catalogue=glass.desk.version)
    ]
    glass.see(PaperPrinted("t-1"))
    assert glass.screen == "done"


def test_the_confirmation_names_the_item(glass: Glass) -> None:
    glass.walk(*READ, "take", "without_card")
    assert glass.view.queue == CARD.name
    assert not glass.view.check, "what to bring is one step back"


def test_a_retry_after_silence_asks_for_the_same_item_with_the_same_key(glass: Glass) -> None:
    glass.walk(*READ, "take", "without_card", "confirm")
    glass.wait(21)
    assert glass.screen == "fault"
    glass.walk("retry")
    assert len(glass.of(IssueTicket)) == 2
    issue = glass.issue(item="card", catalogue=glass.desk.version)
    glass.wait(21)
    glass.see(TicketIssued(issue.key, samples.ticket()))  # slow, not silent
    assert glass.of(PrintSlip)[0].item_name == CARD.name


def test_a_copy_of_the_slip_names_the_item_too(glass: Glass) -> None:
    glass.walk(*READ, "take", "without_card", "confirm")
    glass.see(
        TicketIssued("key-1", samples.ticket()),
        PaperFailed("t-1", "fault.paper_jam", sure=True),
        Touched("copy"),
    )
    first, copy = glass.of(PrintSlip)
    assert copy == replace(first, copy=True)
    assert (copy.item_name, copy.catalogue) == (CARD.name, glass.desk.version)


def test_who_is_known_by_card_need_not_lay_it_down_again_for_an_item(glass: Glass) -> None:
    glass.see(Presented(), PersonKnown(samples.person()))
    glass.walk("queue social", "check", "open card", "skip", "take")
    assert glass.screen == "confirm"
    glass.walk("confirm")
    glass.issue(item="card", person=samples.person())


def test_a_card_laid_down_for_an_item_leads_on_with_the_item(glass: Glass) -> None:
    glass.walk(*READ, "take")
    glass.see(Presented(), PersonKnown(samples.person()))
    assert (glass.screen, glass.view.queue) == ("confirm", CARD.name)


def test_a_bundle_is_taken_a_number_for_as_a_whole(glass: Glass) -> None:
    glass.walk("guide", "browse bundle", "open shop", "skip", "take", "without_card", "confirm")
    glass.issue(queue="general", item="shop", item_name="开饭店一件事犇")


def test_another_queue_after_all_is_for_no_item(glass: Glass) -> None:
    glass.walk(*READ, "take", "without_card")
    glass.see(HallLost("hall.unreachable"), HallBack())
    assert glass.screen == "choose"
    glass.walk("queue utilities", "confirm")
    glass.issue(queue="utilities", item="", item_name="", catalogue="")


def test_a_number_for_one_item_is_not_for_another_that_is_read_later(glass: Glass) -> None:
    glass.walk(*READ, "take", "back", "back", "open card", "skip")
    assert glass.visit.item is None
    assert glass.visit.answers == ()


# -- back -------------------------------------------------------------------------------------------------

BACK: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "from letters": (FOUND, ("welcome",)),
    "from shelves": (("guide", "browse theme"), ("find", "welcome")),
    "from a shelf": (("guide", "browse theme", "shelf 社会保障犇"), ("browse", "find", "welcome")),
    "from a single shelf": (("guide", "browse bundle"), ("find", "welcome")),
    "from questions": ((*FOUND, "open card"), ("find", "welcome")),
    "from questions to the shelf": (
        ("guide", "browse theme", "shelf 社会保障犇", "open card"),
        ("browse", "browse", "find"),
    ),
    "from a search in the materials check": (
        ("take", "queue general", "without_card", "check", "find"),
        ("browse", "confirm", "identify"),
    ),
    "from a guide": (READ, ("find", "welcome")),
    "from a guide to the shelf": (
        ("guide", "browse theme", "shelf 准营准办犇", "open food"),
        ("browse", "browse", "find"),
    ),
    "from the card reader": ((*READ, "take"), ("guide", "find")),
    "from confirming": ((*READ, "take", "without_card"), ("identify", "guide", "find")),
    "from the materials check": (
        ("take", "queue social", "without_card", "check", "open card", "skip"),
        ("browse", "confirm", "identify", "choose", "welcome"),
    ),
}


@pytest.mark.parametrize(("steps", "screens"), BACK.values(), ids=BACK)
def test_back_leads_where_one_came_from(
    glass: Glass, steps: tuple[str, ...], screens: tuple[str, ...]
) -> None:
    glass.walk(*steps)
    for screen in screens:
        glass.walk("back")
        assert glass.screen == screen


def test_back_from_confirming_with_a_card_is_the_guide(glass: Glass) -> None:
    glass.walk(*READ, "take")
    glass.see(Presented(), PersonKnown(samples.person()))
    glass.walk("back")
    assert glass.screen == "guide"


def test_back_from_a_guide_shows_what_was_found_without_asking_again(glass: Glass) -> None:
    glass.walk(*FOUND)
    found = glass.view
    glass.walk("open card", "skip", "back")
    assert glass.view == found
    assert len(glass.of(Search)) == 1


def test_back_from_a_guide_shows_the_shelf_without_asking_again(glass: Glass) -> None:
    glass.walk("guide", "browse theme", "shelf 准营准办犇")
    shelf, asked = glass.view, len(glass.of(Browse))
    glass.walk("open food", "back")
    assert (glass.view, len(glass.of(Browse))) == (shelf, asked)


def test_back_from_taking_a_number_the_page_is_as_it_was(glass: Glass) -> None:
    glass.walk(*READ, "tick 0")
    page = glass.view
    glass.walk("take", "back")
    assert glass.view == page


# -- from guide to guide ----------------------------------------------------------------------------------


def test_a_withdrawn_item_leads_to_what_is_done_instead(glass: Glass) -> None:
    glass.walk("guide", "word 健康码", "open health-code")
    assert glass.screen == "guide"
    assert glass.view.gone
    assert not glass.view.taking.button
    glass.walk("take", "notice")
    assert (glass.screen, glass.of(IssueTicket), glass.of(PrintNotice)) == ("guide", [], [])
    assert ("open", "idcard") in {(block.intent, block.value) for block in glass.view.blocks}
    glass.walk("open idcard")
    assert glass.view.title == "居民身份证补领犇"
    assert not glass.view.gone
    glass.walk("back")
    assert glass.view.gone, "back leads to the item that led here, and from there to the search"
    glass.walk("back")
    assert glass.screen == "find"


def test_a_member_of_a_bundle_can_be_opened(glass: Glass) -> None:
    glass.walk("guide", "browse bundle", "open shop", "change", "answer self")
    assert glass.visit.answers == (("who", "self"),)
    glass.walk("open food")
    assert glass.view.title == "食品经营许可证核发犇"
    assert glass.visit.answers == ()
    glass.walk("take", "without_card", "confirm")
    glass.issue(queue="general", item="food")


def test_back_from_a_member_leads_to_its_bundle_as_it_was(glass: Glass) -> None:
    glass.walk("guide", "browse bundle", "open shop", "change", "answer self", "open food", "back")
    assert glass.visit.reading is not None
    assert (glass.screen, glass.visit.reading.page.id) == ("guide", "shop")
    assert glass.visit.answers == (("who", "self"),)
    glass.walk("back")
    assert glass.screen == "browse"


def test_a_guide_that_is_not_there_is_said_to_with_a_way_on(glass: Glass) -> None:
    glass.walk(*READ, "open nothing")
    assert glass.screen == "fault"
    assert "catalogue.unknown_guide" in glass.view.code
    assert (glass.view.main_intent, glass.view.second_intent) == ("choose", "home")


# -- the notice -------------------------------------------------------------------------------------------


def test_the_notice_is_of_this_guide_these_answers_and_this_version(glass: Glass) -> None:
    glass.walk(*READ, "notice")
    assert glass.of(PrintNotice) == [PrintNotice("key-1", CARD, (), (("who", "other"),), glass.desk.version)]


def test_a_notice_that_came_out_while_something_else_was_shown_is_known(glass: Glass) -> None:
    glass.walk(*READ, "notice", "take")
    glass.see(NoticePrinted("key-1"))
    glass.walk("back")
    assert glass.view.printing.kind == "ok"


def test_a_notice_of_somebody_who_left_is_nobodys(glass: Glass) -> None:
    glass.walk(*READ, "notice", "home", *READ)
    before = glass.view
    glass.see(NoticePrinted("key-1"))
    assert glass.view == before
    assert glass.visit.notice == "none"


def test_another_guide_has_no_notice_yet(glass: Glass) -> None:
    glass.walk("guide", "browse bundle", "open shop", "skip", "notice")
    glass.see(NoticePrinted("key-1"))
    glass.walk("open food")
    assert glass.view.printing.kind == ""


# -- no number can be had ---------------------------------------------------------------------------------


def shut(state: str) -> Event:
    hall = samples.hall()
    queues = tuple(replace(q, state=state) if q.id == "social" else q for q in hall.queues)  # type: ignore[arg-type]
    return HallChanged(replace(hall, queues=queues))


SHUT: dict[str, tuple[Event, Event]] = {
    "queue closed": (shut("closed"), HallChanged(samples.hall())),
    "queue full": (shut("quota"), HallChanged(samples.hall())),
    "queue paused": (shut("paused"), HallChanged(samples.hall())),
    "hall closed": (HallChanged(replace(samples.hall(), open_now=False)), HallChanged(samples.hall())),
    "hall unknown": (HallChanged(HallInfo(name="X")), HallChanged(samples.hall())),
    "hall lost": (HallLost("hall.unreachable"), HallBack()),
}


@pytest.mark.parametrize(("lost", "back"), SHUT.values(), ids=SHUT)
def test_where_no_number_can_be_had_none_is_offered_and_it_says_why(
    glass: Glass, lost: Event, back: Event
) -> None:
    glass.walk(*READ)
    glass.see(lost)
    assert glass.screen == "guide", "reading goes on"
    assert glass.view.taking.button == ""
    assert glass.view.taking.why
    glass.walk("take", "section place")
    assert (glass.screen, glass.of(IssueTicket)) == ("guide", [])
    glass.see(back)
    assert glass.view.taking.button
    assert glass.view.taking.why == ""


def test_without_the_hall_guides_are_found_and_read_all_the_same(glass: Glass) -> None:
    glass.see(HallLost("hall.unreachable"))
    glass.walk(*READ, "section place", "notice")
    assert glass.screen == "guide"
    assert glass.of(PrintNotice)


# -- leaving ----------------------------------------------------------------------------------------------


@every_screen
def test_a_deserted_guide_screen_warns_then_forgets(
    glass: Glass, screen: str, steps: tuple[str, ...]
) -> None:
    glass.walk(*steps)
    assert glass.screen == screen
    glass.wait(45)
    assert glass.journey.frame.leaving == 15
    glass.wait(15)
    assert glass.screen == "welcome"
    assert glass.visit == Visit()
    assert len(glass.of(Forget)) == 1


@every_screen
def test_home_leaves_nothing_for_the_next(glass: Glass, screen: str, steps: tuple[str, ...]) -> None:
    glass.walk(*steps, "tick 0", "section plain", "notice", "home")
    assert glass.visit == Visit()
    glass.walk("guide")
    assert (glass.view.typed, glass.view.cards, glass.view.mode) == ("", (), "start")
    glass.walk("back", *READ)
    fresh = glass.view
    assert next(tab.section for tab in fresh.tabs if tab.open) == "materials"
    assert fresh.printing.kind == ""
    glass.walk("tick 0")
    assert glass.view != fresh, "there is a tick now and was none before"


@every_screen
def test_a_fault_of_ours_leads_out_and_late_answers_change_nothing(
    glass: Glass, screen: str, steps: tuple[str, ...]
) -> None:
    glass.walk(*steps)
    glass.see(Faulted("fault.internal"))
    assert glass.screen == "fault"
    glass.see(GuideOpened(glass.desk.version, CARD), Found(glass.desk.version, SearchResult("x", ())))
    assert glass.screen == "fault"
    glass.walk("home", *READ)
    assert glass.screen == "guide"


@every_screen
def test_language_and_type_change_without_losing_the_place(
    glass: Glass, screen: str, steps: tuple[str, ...]
) -> None:
    glass.walk(*steps, "section place")
    before, visit = glass.view, glass.visit
    for look in ("language", "large", "contrast"):
        glass.walk(look)
        assert glass.screen == screen
        assert glass.visit is visit
        assert glass.view
        if look != "contrast":
            assert glass.view != before
        glass.walk(look)
        assert glass.view == before


@every_screen
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guide_screen_is_read_aloud_in_both_languages(
    glass: Glass, screen: str, steps: tuple[str, ...], language: Any
) -> None:
    if language == "en":
        glass.walk("language")
    glass.walk("aloud", *steps)
    heard = [Phrase(say.key, say.facts).said(words_of(language)) for say in glass.of(Say)]
    assert all(heard)
    assert len(heard) >= len(steps)
    assert len(set(heard)) == len(heard), "nothing is said twice"
    glass.wait(3)
    assert len(glass.of(Say)) == len(heard)


@pytest.mark.parametrize("language", LANGUAGES)
def test_guides_that_cannot_be_read_are_said_aloud_too(glass: Glass, language: Any) -> None:
    glass.walk("guide", "aloud")
    glass.see(CatalogueChanged("", "catalogue.none"))
    (*_, last) = glass.of(Say)
    assert Phrase(last.key, last.facts).said(words_of(language))
    assert last.key == "say.find_missing"


# -- answers late, answers wrong --------------------------------------------------------------------------


def test_a_guide_that_opens_after_its_citizen_left_is_not_shown_to_the_next(glass: Glass) -> None:
    glass.walk(*FOUND)
    glass.slow = True
    glass.walk("open card", "home", "guide")
    glass.slow = False
    glass.answers()
    assert glass.screen == "find"
    assert glass.visit == Visit()


def test_the_guide_that_was_touched_last_is_the_one_that_stays(glass: Glass) -> None:
    glass.walk("guide", "browse bundle", "open shop", "skip")
    glass.slow = True
    glass.walk("open food", "open idcard")
    glass.posted.reverse()  # the second answer was there soon, the first one had to be posted
    glass.slow = False
    glass.answers()
    assert glass.view.title == "居民身份证补领犇"


def test_an_answer_to_who_left_does_not_decide_which_version_the_next_reads(
    glass: Glass, files: list[Path]
) -> None:
    glass.copies.stage(files[1])
    glass.slow = True
    glass.walk(*FOUND, "home", "guide")
    glass.slow = False
    glass.answers()
    glass.walk("word 社保卡")
    assert [card.name for card in glass.view.cards] == ["社会保障卡补办骉"]


def test_a_new_version_waits_until_the_reader_has_gone(glass: Glass, files: list[Path]) -> None:
    glass.walk(*FOUND)
    old = glass.desk.version
    glass.copies.stage(files[1])
    glass.walk("open card", "skip", "notice", "take", "without_card", "confirm")
    assert {effect.catalogue for effect in glass.of(PrintNotice)} == {old}
    glass.issue(catalogue=old, item_name=CARD.name)
    glass.see(TicketIssued("key-2", samples.ticket()), PaperPrinted("t-1"))
    glass.walk("finish", "guide")
    assert glass.desk.version != old
    assert glass.view.chips == (("社保卡骉", "身份证骉"),)
    glass.walk(*READ[1:])
    assert glass.view.title == "社会保障卡补办骉"


def test_papers_are_of_what_was_read_whatever_could_be_read_by_now(glass: Glass) -> None:
    glass.walk(*READ)
    glass.see(CatalogueChanged("2026112301-00000000"))
    glass.walk("notice", "take", "without_card", "confirm")
    assert {effect.catalogue for effect in glass.of(PrintNotice)} == {glass.desk.version}
    glass.issue(catalogue=glass.desk.version)


def test_shelves_read_by_one_are_asked_for_anew_by_the_next(glass: Glass, files: list[Path]) -> None:
    glass.walk("guide", "browse theme")
    glass.copies.stage(files[1])
    glass.walk("home")
    glass.walk("guide", "browse theme")
    assert [shelf.name for shelf in glass.view.shelves] == ["准营准办骉", "社会保障骉"]
    assert len(glass.of(Browse)) == 2


def test_shelves_of_a_version_that_is_going_are_not_shown_to_the_next(
    glass: Glass, files: list[Path]
) -> None:
    glass.walk("guide", "browse theme")
    glass.copies.stage(files[1])
    glass.slow = True
    glass.walk("home", "guide", "browse theme")
    assert glass.view.shelves == ()
    glass.slow = False
    glass.answers()
    assert [shelf.name for shelf in glass.view.shelves] == ["准营准办骉", "社会保障骉"]


def test_a_list_whose_answer_comes_late_does_not_take_the_place_of_what_is_looked_at(glass: Glass) -> None:
    glass.walk("guide", "browse theme", "shelf 准营准办犇")
    listing = glass.view.cards
    glass.slow = True
    glass.walk("back", "shelf 社会保障犇", "back", "shelf 准营准办犇")
    glass.slow = False
    glass.answers()
    glass.wait(3)
    assert (glass.view.cards, glass.view.mode) == (listing, "listing")


def test_a_shelf_whose_answer_comes_late_does_not_take_the_place_of_what_is_looked_at(glass: Glass) -> None:
    glass.walk("guide", "browse office")
    offices = glass.view.shelves
    glass.slow = True
    glass.walk("browse theme", "browse office")
    glass.slow = False
    glass.answers()
    glass.wait(3)
    assert glass.view.shelves == offices


def test_a_file_that_breaks_while_it_is_read_is_said_and_the_next_reads_the_one_before(
    glass: Glass, files: list[Path]
) -> None:
    glass.copies.stage(files[1])
    glass.wait(0)
    glass.desk.between_citizens()
    glass.answers()
    glass.walk(*FOUND)
    assert "骉" in glass.view.cards[0].name
    glass.copies.damage()
    glass.walk("open card")
    assert glass.screen == "fault"
    assert "catalogue.damaged" in glass.view.code
    glass.walk("home", *READ)
    assert glass.view.title == CARD.name


def test_who_read_a_version_that_is_gone_is_told_so_and_reads_no_other(
    glass: Glass, files: list[Path]
) -> None:
    glass.copies.stage(files[1])
    glass.desk.between_citizens()
    glass.answers()
    glass.walk("take", "queue social", "without_card", "check", "open card", "skip")
    assert "骉" in glass.view.title
    glass.copies.damage()
    glass.slow = True
    glass.walk("back", "find", "browse theme", "take")  # the answer comes when nobody waits for it
    glass.slow = False
    glass.answers()
    assert (glass.screen, glass.desk.version[:10]) == ("choose", "2026112201")
    glass.walk("queue social", "without_card", "check", "find", "word 身份证")
    assert glass.screen == "fault"
    assert "catalogue.damaged" in glass.view.code


def test_a_bug_in_an_answer_frees_the_screen_and_the_next_question_is_answered(
    glass: Glass, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    glass.walk("guide")
    with monkeypatch.context() as patch:
        patch.setattr(type(glass.desk._catalogue), "search", broken)
        with pytest.raises(KeyError):
            glass.walk("word 社保卡")
    glass.answers()
    assert glass.screen == "fault"
    assert "fault.internal" in glass.view.code
    glass.walk("home", *READ)
    assert glass.screen == "guide"


def test_a_touch_that_nothing_can_answer_is_answered_so(glass: Glass) -> None:
    glass.walk("guide", "browse bundle", "open shop", "skip")
    glass.desk.close()
    glass.walk("open food")
    assert glass.screen == "fault"
    assert "catalogue.none" in glass.view.code


@pytest.mark.parametrize(
    "answer", [GuideMissing("v", "x", "catalogue.damaged"), ShelvesFound("v", "theme", ())]
)
def test_an_answer_that_nobody_here_asked_for_is_no_news(glass: Glass, answer: Event) -> None:
    glass.walk(*FOUND, "home", *READ)
    before = glass.view
    glass.see(answer)
    assert (glass.screen, glass.view) == ("guide", before)
