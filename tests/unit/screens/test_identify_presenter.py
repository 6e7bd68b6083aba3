"""Saying who one is on the way to a number, by whatever the terminal can read."""

from dataclasses import replace

import pytest

from hall.wire.messages import Source
from screens import samples
from screens.effects import Show
from screens.events import PersonKnown, Touched
from screens.identify.presenter import IdentifyPresenter
from screens.visit import Terminal, Visit
from screens.words.words import LANGUAGES, words_of

ZH = words_of("zh")
GONE = "fault.device_absent"


def identify(queue: str = "social", **given: object) -> tuple[IdentifyPresenter, Terminal]:
    terminal = Terminal(now=samples.NOW, hall=samples.hall(), visit=Visit(queue=queue))
    terminal = replace(terminal, **given)  # type: ignore[arg-type]
    return IdentifyPresenter(terminal), terminal


def test_with_a_reader_alone_it_asks_for_the_id_card() -> None:
    view = identify()[0].view
    assert (view.title, view.picture, view.ways) == (ZH("identify.title"), "id_card", ())
    assert view.without == ZH("identify.without")


def test_everything_that_can_be_read_is_offered_the_id_card_first() -> None:
    view = identify(scanner=None, slot=None)[0].view
    assert [way.kind for way in view.ways] == ["id_card", "code", "social_card"]
    assert view.line == ZH("identify.line_any")
    assert view.without == ZH("identify.without_any")


def test_a_code_will_do_where_there_is_no_reader() -> None:
    presenter, _ = identify("household", reader=GONE, scanner=None)
    assert presenter.view.phase == "waiting"
    assert presenter.view.title == "请出示居民码"
    assert presenter.handle(PersonKnown(samples.person())) == (Show("confirm"),)


def test_with_nothing_to_read_it_says_so_and_has_a_way_on() -> None:
    assert identify(reader=GONE)[0].view.main_intent == "without_card"
    assert identify("household", reader=GONE)[0].view.main_intent == "ask_staff"


def test_typing_the_number_is_offered_where_settings_allow() -> None:
    presenter, terminal = identify(features=frozenset({"typed"}))
    assert presenter.view.typed == ZH("identify.type_number")
    assert presenter.handle(Touched("type_number")) == (Show("typein"),)
    terminal.features = frozenset()
    assert presenter.view.typed == ""
    assert presenter.handle(Touched("type_number")) == ()


@pytest.mark.parametrize("code", ["code.expired", "code.replayed", "code.forged", "code.other_city"])
def test_a_refused_code_is_told_in_its_own_words(code: str) -> None:
    presenter, terminal = identify("household", scanner=None)
    terminal.visit.card, terminal.visit.card_code, terminal.visit.source = "failed", code, "resident_code"
    view = presenter.view
    assert view.status == ZH(f"{code}.title")
    assert view.main_intent == "ask_staff"
    assert presenter.say().key == f"{code}.title"


@pytest.mark.parametrize("source", ["social_card", "resident_code", "enterprise_code", "typed"])
def test_what_is_being_read_is_named(source: Source) -> None:
    presenter, terminal = identify(scanner=None, slot=None)
    terminal.visit.card, terminal.visit.source = "reading", source
    assert presenter.view.status == ZH(f"present.reading_{source}")


def test_too_many_tries_are_a_short_rest_and_the_way_without_stays() -> None:
    presenter, terminal = identify(scanner=None, refused_until=30.0)
    view = presenter.view
    assert view.phase == "refused"
    assert "30" in view.status
    assert presenter.handle(Touched("without_card")) == (Show("confirm"),)
    terminal.monotonic = 31.0
    assert presenter.view.phase == "waiting"


@pytest.mark.parametrize("reader", [None, GONE])
@pytest.mark.parametrize("scanner", [None, GONE])
@pytest.mark.parametrize("slot", [None, GONE])
@pytest.mark.parametrize("card", ["", "reading", "failed"])
@pytest.mark.parametrize("refused", [0.0, 9.0])
def test_every_situation_is_shown_and_said(
    reader: str | None, scanner: str | None, slot: str | None, card: str, refused: float
) -> None:
    presenter, terminal = identify(reader=reader, scanner=scanner, slot=slot, refused_until=refused)
    terminal.visit.card, terminal.visit.card_code = card, "fault.card_moved"  # type: ignore[assignment]
    for language in LANGUAGES:
        terminal.language = language
        view = presenter.view
        assert view.title
        assert view.status
        assert view.without or view.main
        assert presenter.say().said(terminal.words)


def test_what_was_typed_is_gone_on_the_way_back() -> None:
    presenter, terminal = identify()
    terminal.visit.typed = "37010219900101001X"
    presenter.enter()
    assert terminal.visit.typed == ""
