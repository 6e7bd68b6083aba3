"""The first screen says and offers what the terminal's own settings say."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens import samples
from screens.events import Presented, Touched
from screens.frame.presenter import frame_view
from screens.offer import Offer, OwnNotice, Wording
from screens.visit import Terminal
from screens.welcome import notices
from screens.welcome.notices import ROOM, SECONDS, parts
from screens.welcome.presenter import WelcomePresenter, WelcomeView

ALL = frozenset({"guide", "certificates", "checkin"})
BOTH = (OwnNotice(Wording("电梯检修", "Lift out of order")), OwnNotice(Wording("周五提前下班")))


def terminal(**given: Any) -> Terminal:
    return replace(Terminal(hall=samples.hall(), now=samples.NOW, catalogue_code=None), **given)


def view(**given: Any) -> WelcomeView:
    return WelcomePresenter(terminal(**given)).view


def bar(**given: Any) -> list[str]:
    shown = frame_view(terminal(**given), ways=(), staff="", warn=False, warning=15)
    return [item.intent for item in shown.bar]


@pytest.mark.parametrize("theme", ["normal", "large", "contrast"])
@pytest.mark.parametrize("features", [frozenset[str](), frozenset({"guide"}), ALL])
@pytest.mark.parametrize("trouble", [{}, {"printer": "fault.paper_out"}, {"link": "hall.silent"}])
def test_its_own_notice_is_there_in_every_look_whatever_else_is(
    theme: Any, features: frozenset[str], trouble: dict[str, str]
) -> None:
    shown = view(theme=theme, features=features, offer=Offer(notices=BOTH), **trouble)
    assert shown.own_notice == "电梯检修"


def test_its_notices_take_turns_and_the_halls_stand_beside_them() -> None:
    seen = [view(offer=Offer(notices=BOTH), monotonic=float(at)) for at in range(0, 3 * SECONDS, SECONDS)]
    assert [shown.own_notice for shown in seen] == ["电梯检修", "周五提前下班", "电梯检修"]
    assert {shown.notice for shown in seen} == set(samples.hall().notices)


def test_a_notice_in_one_language_is_shown_in_that() -> None:
    english = view(offer=Offer(notices=BOTH), language="en", monotonic=float(SECONDS))
    assert english.own_notice == "周五提前下班"
    only_english = Offer(notices=(OwnNotice(Wording(en="Closed")),))
    assert view(offer=only_english).own_notice == "Closed"


@pytest.mark.parametrize(
    ("day", "shown"),
    [("2027-02-04", ""), ("2027-02-05", "春节"), ("2027-02-12", "春节"), ("2027-02-13", "")],
)
def test_a_notice_is_there_from_its_first_day_to_its_last(day: str, shown: str) -> None:
    notice = OwnNotice(Wording("春节"), date(2027, 2, 5), date(2027, 2, 12))
    now = datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=UTC)
    assert view(offer=Offer(notices=(notice,)), now=now).own_notice == shown
    assert view(offer=Offer(notices=(notice,)), now=None).own_notice == ""


@given(st.text(alphabet="不动产登记，。 ab.1", max_size=300), st.integers(8, 60))
def test_a_long_notice_comes_in_parts_that_fit_and_none_of_it_is_lost(text: str, room: int) -> None:
    made = parts(text, room)
    assert "".join(made).replace(" ", "") == text.replace(" ", "")
    assert all(part and notices._reach(part, room) == len(part) for part in made)


def test_a_long_notice_is_parted_where_a_sentence_ends() -> None:
    zh, en = samples.LONG_NOTICE
    assert parts(en, ROOM)[0] == "The real-estate register is being renewed from 1 to 3 December."
    assert all(part[-1] in "，；。" for part in parts(zh, ROOM))
    assert parts("12 月 1 日停电", ROOM) == ("12月1日停电",), "a line would be broken at a space"


def test_its_own_words_stand_in_place_of_the_usual_ones() -> None:
    own = Offer(
        title=Wording("东关街道便民服务站", "Dongguan street"),
        line=Wording("二楼也可以取号"),
        hours=Wording("全天开放"),
    )
    shown = view(offer=own)
    assert (shown.title, shown.line) == ("东关街道便民服务站", "二楼也可以取号")
    assert view(offer=own, language="en").title == "Dongguan street"
    closed = view(offer=own, hall=replace(samples.hall(), open_now=False))
    assert "全天开放" in closed.state_hours
    assert closed.title == "东关街道便民服务站"


@pytest.mark.parametrize(
    ("themes", "theme", "buttons"),
    [
        (("normal", "large", "contrast"), "normal", ["large", "contrast"]),
        (("normal", "large", "contrast"), "large", ["large", "contrast"]),
        (("normal",), "normal", []),
        (("large",), "large", []),
        (("normal", "large"), "large", ["large"]),
        (("large", "contrast"), "large", ["contrast"]),
        (("large", "contrast"), "contrast", ["large"]),
    ],
)
def test_the_bar_offers_the_looks_there_are(themes: Any, theme: Any, buttons: list[str]) -> None:
    shown = bar(offer=Offer(themes=themes), theme=theme)
    assert [intent for intent in shown if intent in ("large", "contrast")] == buttons


def test_the_bar_offers_another_language_only_where_there_is_one() -> None:
    assert "language" in bar()
    assert bar(offer=Offer(languages=("zh",))) == ["large", "contrast", "aloud", "staff"]


def test_a_terminal_without_numbers_puts_what_it_does_in_their_place() -> None:
    there = terminal(offer=Offer(numbers=False), features=frozenset({"guide", "certificates"}))
    presenter = WelcomePresenter(there)
    shown = presenter.view
    assert (shown.take_intent, shown.take_icon) == ("guide", "book-open-variant")
    assert [feature.intent for feature in shown.features] == ["certificates"]
    assert (shown.card_title, shown.waiting_title, shown.waiting, shown.printer_note) == ("", "", (), "")
    assert presenter.handle(Touched("take")) == ()
    assert presenter.handle(Presented("id_card", "1")) == ()
    assert not presenter.open
    assert [str(effect) for effect in presenter.handle(Touched("guide"))] == ["Show(screen='find')"]
    assert presenter.say().key == "say.welcome_other"


@pytest.mark.parametrize(
    "trouble", [{"link": "hall.silent"}, {"hall": replace(samples.hall(), open_now=False)}]
)
def test_guides_can_be_read_there_when_the_hall_is_away_or_shut(trouble: dict[str, Any]) -> None:
    shown = view(offer=Offer(numbers=False), features=frozenset({"guide", "certificates"}), **trouble)
    assert (shown.mode, shown.take_intent, shown.features) == ("open", "guide", ())


def test_without_numbers_and_with_nothing_to_do_yet_it_is_getting_ready() -> None:
    shown = view(offer=Offer(numbers=False), features=frozenset({"guide"}), catalogue_code="catalogue.none")
    assert (shown.mode, shown.take) == ("starting", "")
    assert shown.state_title
