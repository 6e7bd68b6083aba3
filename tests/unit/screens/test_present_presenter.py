"""Holding a code up: what is asked for, what came of it, and that there is always a way on."""

from dataclasses import replace
from itertools import product

import pytest

from hall.wire.messages import Source
from screens import samples
from screens.effects import CallStaff, Show
from screens.events import NotKnown, PersonKnown, Touched
from screens.guide import samples as guide
from screens.present.presenter import PresentPresenter
from screens.present.samples import STATES
from screens.visit import Card, Terminal, Visit
from screens.words.words import LANGUAGES, words_of

ZH = words_of("zh")
GONE = "fault.device_absent"
REFUSALS = [
    *(
        f"code.{why}"
        for why in ("expired", "replayed", "forged", "other_city", "unknown", "not_yet", "too_many")
    ),
    *(f"code.{why}" for why in ("unreachable", "garbled_answer", "resting", "not_here")),
    *(f"certificates.{why}" for why in ("assurance", "unreachable", "garbled_answer", "resting", "not_here")),
    *(f"id_number.{why}" for why in ("length", "characters", "region", "birth_date", "check_digit")),
    *(
        f"fault.card_{why}"
        for why in ("unreadable", "moved", "unsupported", "third_generation", "not_social")
    ),
]


def terminal(**changes: object) -> Terminal:
    visit = changes.pop("visit", Visit(purpose="certificates"))
    here = Terminal(
        now=samples.NOW, reader=None, scanner=None, features=frozenset({"certificates", "checkin"})
    )
    return replace(here, visit=visit, **changes)  # type: ignore[arg-type]


def failed(code: str, source: Source = "resident_code", **changes: object) -> Terminal:
    purpose = changes.pop("purpose", "certificates")
    visit = Visit(purpose=purpose, card="failed", card_code=code, source=source)  # type: ignore[arg-type]
    return terminal(visit=visit, **changes)


def ways_on(presenter: PresentPresenter) -> list[str]:
    view = presenter.view
    return [way.intent for way in (view.main, view.second, view.quiet) if way.intent]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", REFUSALS)
def test_each_refusal_is_told_in_its_own_words_with_its_code(code: str, language: str) -> None:
    here = failed(code, language=language)
    view = PresentPresenter(here).view
    assert view.phase == "failed"
    assert view.status == here.words(f"{code}.title")
    assert view.status_line == here.words(f"{code}.line")
    assert code in view.code
    assert view.status_kind == "amber"
    assert view.status_icon


def test_a_hall_that_is_away_is_not_said_to_be_about_a_number() -> None:
    view = PresentPresenter(failed("hall.unreachable")).view
    assert view.status == ZH("identity.away.title")
    assert "您的号" not in view.status_line


@pytest.mark.parametrize("source", ["id_card", "social_card", "resident_code", "enterprise_code", "typed"])
@pytest.mark.parametrize("code", ["fault.device_garbled", "from.the_future", ""])
def test_a_code_nobody_foresaw_has_words_for_what_was_presented(code: str, source: Source) -> None:
    view = PresentPresenter(failed(code, source)).view
    assert view.status
    assert view.status != ZH("fault.internal.title")


def test_a_chip_card_that_cannot_be_read_is_not_told_to_lie_flat() -> None:
    view = PresentPresenter(failed("fault.card_unreadable", "social_card", slot=None)).view
    assert view.status == ZH("fault.slot_unreadable.title")
    laid = PresentPresenter(failed("fault.card_unreadable", "id_card")).view
    assert laid.status == ZH("fault.card_unreadable.title")


@pytest.mark.parametrize(
    ("reader", "scanner", "slot", "shown"),
    [
        (None, None, None, ["code", "id_card", "social_card"]),
        (None, None, GONE, ["code", "id_card"]),
        (GONE, None, None, ["code", "social_card"]),
        (None, GONE, None, ["id_card", "social_card"]),
    ],
)
def test_what_is_taken_is_what_can_be_read(
    reader: str | None, scanner: str | None, slot: str | None, shown: list[str]
) -> None:
    view = PresentPresenter(terminal(reader=reader, scanner=scanner, slot=slot)).view
    assert [way.kind for way in view.ways] == shown
    assert view.picture == shown[0]
    assert all(way.name and way.how and way.icon for way in view.ways)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"reader": GONE}, "请出示居民码"),
        ({"scanner": GONE}, "请放身份证"),
        ({"reader": GONE, "scanner": GONE, "slot": None}, "请插社保卡"),
    ],
)
def test_one_way_alone_is_asked_for_by_name(given: dict[str, object], asked: str) -> None:
    view = PresentPresenter(terminal(**given)).view
    assert view.title == asked
    assert view.ways == ()


def test_company_codes_are_said_to_be_welcome() -> None:
    assert "企业码" in PresentPresenter(terminal()).view.ways[0].how


@pytest.mark.parametrize(
    ("purpose", "next_screen"), [("certificates", "certificates"), ("checkin", "appointment")]
)
def test_somebody_who_is_known_goes_on_to_what_it_was_for(purpose: str, next_screen: str) -> None:
    presenter = PresentPresenter(terminal(visit=Visit(purpose=purpose)))  # type: ignore[arg-type]
    assert presenter.handle(PersonKnown(samples.person())) == (Show(next_screen),)


def test_the_guide_that_is_read_is_named_as_far_as_there_is_room() -> None:
    visit = Visit(purpose="certificates", reading=guide.reading(guide.CARD))
    assert guide.CARD.name[:6] in PresentPresenter(terminal(visit=visit)).view.about
    visit.reading = guide.reading(guide.LONG)
    long = PresentPresenter(terminal(visit=visit)).view.about
    assert long.endswith("…")
    assert len(long) < 30
    visit.purpose = "checkin"
    assert PresentPresenter(terminal(visit=visit)).view.about == ZH("present.about_checkin")


@pytest.mark.parametrize("source", ["id_card", "social_card", "resident_code", "enterprise_code"])
def test_what_is_being_read_is_named(source: Source) -> None:
    visit = Visit(purpose="certificates", card="reading", source=source)
    view = PresentPresenter(terminal(visit=visit)).view
    assert view.phase == "reading"
    assert view.status == ZH(f"present.reading_{source}")


def test_after_too_many_tries_the_seconds_run_out_and_it_goes_on() -> None:
    here = terminal(refused_until=100.0, monotonic=58.5)
    presenter = PresentPresenter(here)
    assert (presenter.view.phase, presenter.view.seconds) == ("refused", 42)
    here.monotonic = 99.9
    assert presenter.view.seconds == 1
    here.monotonic = 100.0
    assert presenter.view.phase == "waiting"


def test_trying_again_shows_how_once_more() -> None:
    here = failed("code.expired")
    presenter = PresentPresenter(here)
    assert presenter.view.main.intent == "again"
    assert presenter.handle(Touched("again")) == ()
    assert presenter.view.phase == "waiting"


def test_what_cannot_help_is_not_offered_again() -> None:
    assert "again" not in ways_on(PresentPresenter(failed("code.other_city", reader=GONE)))
    assert "again" in ways_on(PresentPresenter(failed("code.other_city")))  # an ID card does


def test_a_number_instead_drops_what_is_under_way() -> None:
    visit = Visit(purpose="certificates", card="reading", attempt="a-1")
    assert PresentPresenter(terminal(visit=visit)).handle(Touched("take")) == (Show("choose"),)
    assert (visit.purpose, visit.card, visit.attempt) == ("number", "", "")


def test_a_number_is_typed_for_a_check_in_only_where_that_is_allowed() -> None:
    def offers(purpose: str, *features: str) -> bool:
        here = terminal(visit=Visit(purpose=purpose), features=frozenset(features))  # type: ignore[arg-type]
        presenter = PresentPresenter(here)
        does = presenter.handle(Touched("type_number")) == (Show("typein"),)
        assert does == ("type_number" in ways_on(presenter))
        return does

    assert offers("checkin", "typed")
    assert not offers("checkin")
    assert not offers("certificates", "typed")


@pytest.mark.parametrize("theme", ["normal", "large", "contrast"])
@pytest.mark.parametrize("name", STATES)
def test_there_is_always_a_way_on_that_needs_nothing_in_hand(name: str, theme: str) -> None:
    view = STATES[name](Terminal(theme=theme))  # type: ignore[arg-type]
    intents = [way.intent for way in (view.main, view.second, view.quiet)]
    assert {"take", "ask_staff"} & set(intents)
    assert view.title
    assert view.phase in ("refused", "nothing") or view.status


@pytest.mark.parametrize(
    ("purpose", "card", "reader", "scanner", "slot", "refused"),
    tuple(
        product(
            ("certificates", "checkin"),
            ("", "reading", "failed"),
            (None, GONE),
            (None, GONE),
            (None, GONE),
            (0.0, 9.0),
        )
    ),
)
def test_every_situation_is_shown_and_said_in_both_languages(
    purpose: str, card: str, reader: str | None, scanner: str | None, slot: str | None, refused: float
) -> None:
    visit = Visit(purpose=purpose, card=card, card_code="code.expired")  # type: ignore[arg-type]
    here = terminal(visit=visit, reader=reader, scanner=scanner, slot=slot, refused_until=refused)
    presenter = PresentPresenter(here)
    for language in LANGUAGES:
        here.language = language
        assert presenter.view.title
        assert presenter.say().said(here.words)


def test_whoever_comes_back_shows_who_they_are_anew() -> None:
    visit = Visit(
        purpose="checkin",
        person=samples.person(),
        card="known",
        attempt="a-1",
        typed="3701",
        appointments=(),
        chosen=("c-1",),
        agreed=True,
    )
    PresentPresenter(terminal(visit=visit)).enter()
    assert visit == Visit(purpose="checkin")


def test_staff_can_be_called_and_other_events_change_nothing() -> None:
    presenter = PresentPresenter(terminal())
    assert presenter.handle(Touched("ask_staff")) == (CallStaff("present"),)
    assert presenter.handle(NotKnown("code.expired")) == ()


@pytest.mark.parametrize("card", ["reading", "failed"])
def test_the_picture_is_of_the_card_that_is_read_or_may_be_tried_again(card: Card) -> None:
    visit = Visit(purpose="certificates", card=card, card_code="fault.card_wrong_way", source="social_card")
    assert PresentPresenter(terminal(visit=visit, slot=None)).view.picture == "social_card"


def test_what_would_fail_again_is_not_pictured() -> None:
    here = failed("fault.card_third_generation", "social_card", slot=None)
    assert PresentPresenter(here).view.picture == "code"
