"""A card that is in the slot when it should not be: what the last and the first screen say of it."""

import pytest

from screens import samples
from screens.done.presenter import DonePresenter
from screens.visit import Paper, Terminal, Visit
from screens.welcome.presenter import FEATURES, WelcomePresenter
from screens.words.words import LANGUAGES, words_of

ZH = words_of("zh")


def terminal(there: bool = True, visit: Visit | None = None) -> Terminal:
    return Terminal(hall=samples.hall(), now=samples.NOW, card_in_slot=there, visit=visit or Visit())


def done(paper: Paper = "printed", there: bool = True, attach_code: str = "") -> DonePresenter:
    return DonePresenter(
        terminal(there, Visit(ticket=samples.ticket(), paper=paper, attach_code=attach_code))
    )


def test_whoever_has_a_number_is_told_to_take_the_card() -> None:
    assert done().view.card == "请取走您的卡"
    assert done(there=False).view.card == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("paper", "attach_code"),
    [("printed", ""), ("none", ""), ("unknown", ""), ("printed", "hall.unreachable")],
)
def test_it_is_said_aloud_with_the_number(language: str, paper: Paper, attach_code: str) -> None:
    words = words_of(language)
    said = done(paper, attach_code=attach_code).say().said(words)
    assert ("卡" if language == "zh" else "card") in said
    assert "B012" in said
    assert said != done(paper, False, attach_code).say().said(words)


def test_the_first_screen_says_that_a_card_is_in_the_slot() -> None:
    for hall in (samples.hall(), samples.hall(shut=True)):
        there = terminal()
        there.hall = hall
        assert WelcomePresenter(there).view.card_left == "卡槽里有一张卡，请取走或交给工作人员"
        assert WelcomePresenter(there).say().said(ZH) == ZH("say.welcome_card_left")
    assert WelcomePresenter(terminal(False)).view.card_left == ""


def test_it_is_said_however_much_there_is_to_say() -> None:
    full = terminal()
    full.features, full.catalogue_code = frozenset(name for name, _ in FEATURES), None
    full.printer = "fault.paper_out"
    view = WelcomePresenter(full).view
    assert (bool(view.card_left), view.printer_note, view.waiting_title) == (True, "", "")
    assert len(view.features) == 3
