"""Certificates and appointments on the way of a number: confirm, printing, done; and where that way begins."""

from dataclasses import replace
from itertools import product

import pytest

from hall.wire.messages import PresentationView, Source
from screens import samples
from screens.choose.presenter import ChoosePresenter
from screens.confirm.presenter import ConfirmPresenter
from screens.done.presenter import DonePresenter
from screens.effects import IssueTicket, PrintSlip, Show
from screens.events import Person, TicketIssued, Touched
from screens.fault.presenter import FaultPresenter
from screens.printing.presenter import PrintingPresenter, issue_of
from screens.visit import Fault, Terminal, Visit
from screens.welcome.presenter import WelcomePresenter
from screens.words.words import LANGUAGES, words_of

ZH = words_of("zh")
TYPED = Person("0" * 64, "", source="typed", assurance="low")


def presentation() -> PresentationView:
    return PresentationView(
        id="p-1",
        person="0" * 64,
        masked_name="欧阳*海",
        source="resident_code",
        assurance="substantial",
        priority="ordinary",
    )


def visit(*, agreed: bool = True, chosen: tuple[str, ...] = ("c-1", "c-2")) -> Visit:
    return Visit(
        queue="social",
        person=samples.person(),
        key="key-1",
        presentation=presentation(),
        agreed=agreed,
        chosen=chosen,
    )


def terminal(visit: Visit, **given: object) -> Terminal:
    return replace(Terminal(now=samples.NOW, hall=samples.hall(), visit=visit), **given)  # type: ignore[arg-type]


def test_what_goes_with_the_number_is_said_before_it_is_taken() -> None:
    assert ConfirmPresenter(terminal(visit()), str).view.attach == ZH("confirm.attach", count=2)
    assert ConfirmPresenter(terminal(visit(chosen=("c-1",))), str).view.attach == ZH("confirm.attach_one")


def test_without_agreement_nothing_goes_with_it() -> None:
    here = visit(agreed=False)
    assert ConfirmPresenter(terminal(here), str).view.attach == ""
    assert (issue_of(here).presentation, issue_of(here).certificates) == ("", ())


def test_the_wish_for_a_number_names_presentation_certificates_and_appointment() -> None:
    here = visit()
    here.appointment = "a-1"
    wish = issue_of(here)
    assert (wish.presentation, wish.certificates, wish.appointment) == ("p-1", ("c-1", "c-2"), "a-1")
    assert "p-1" not in repr(wish)


def test_agreement_without_a_choice_attaches_nothing() -> None:
    wish = issue_of(visit(chosen=()))
    assert (wish.presentation, wish.certificates) == ("", ())


@pytest.mark.parametrize("source", ["id_card", "social_card", "resident_code", "enterprise_code", "typed"])
def test_how_somebody_is_known_is_said_and_no_empty_name_is_shown(source: str) -> None:
    here = visit()
    here.person = replace(TYPED, source=source)  # type: ignore[arg-type]
    view = ConfirmPresenter(terminal(here), str).view
    assert view.person == ZH("confirm.unnamed")
    assert view.person_line == ZH(f"confirm.by_{source}")


def test_what_became_of_the_certificates_is_kept_with_the_ticket() -> None:
    here = visit()
    effects = PrintingPresenter(terminal(here)).handle(TicketIssued("key-1", samples.ticket(), attached=2))
    assert any(isinstance(effect, PrintSlip) for effect in effects)
    assert (here.attached, here.attach_code) == (2, "")


def test_a_number_that_came_late_brings_its_certificates_too() -> None:
    here = visit()
    here.fault = Fault("hall.silent")
    FaultPresenter(terminal(here)).handle(
        TicketIssued("key-1", samples.ticket(), attach_code="hall.unreachable")
    )
    assert here.attach_code == "hall.unreachable"


def done(**given: object) -> DonePresenter:
    here = replace(visit(), ticket=samples.ticket(), paper="printed", **given)  # type: ignore[arg-type]
    return DonePresenter(terminal(here))


def test_the_end_says_how_many_certificates_went_with_it() -> None:
    assert done(attached=3).view.attach == ZH("done.attached", count=3)
    assert done(attached=1).view.attach == ZH("done.attached_one")
    assert done().view.attach == ""


def test_certificates_that_did_not_go_with_it_are_said_so_honestly() -> None:
    presenter = done(attach_code="hall.unreachable")
    assert (presenter.view.attach, presenter.view.attach_kind) == (ZH("done.attach_failed"), "amber")
    assert presenter.view.number == "B012"
    assert "B012" in presenter.say().said(ZH)
    assert "证照" in presenter.say().said(ZH)


def test_a_number_of_an_appointment_says_so() -> None:
    assert done(appointment="a-1").view.queue.startswith("预约")
    assert done().view.queue == "社会保障"


def test_a_number_is_issued_with_the_touch_that_confirms() -> None:
    effects = ConfirmPresenter(terminal(visit()), lambda: "key-9").handle(Touched("confirm"))
    (wish,) = [effect for effect in effects if isinstance(effect, IssueTicket)]
    assert (wish.key, wish.certificates) == ("key-9", ("c-1", "c-2"))


@pytest.mark.parametrize("purpose", ["certificates", "checkin"])
def test_certificates_and_check_in_begin_by_showing_who_one_is(purpose: str) -> None:
    here = terminal(Visit(), features=frozenset({purpose}))
    assert WelcomePresenter(here).handle(Touched(purpose)) == (Show("present"),)
    assert here.visit.purpose == purpose
    off = terminal(Visit())
    assert WelcomePresenter(off).handle(Touched(purpose)) == ()
    assert off.visit.purpose == "number"


def test_typing_is_no_feature_of_the_first_screen() -> None:
    here = terminal(Visit(), features=frozenset({"typed"}))
    assert WelcomePresenter(here).handle(Touched("typed")) == ()
    assert WelcomePresenter(here).view.features == ()


@pytest.mark.parametrize(
    ("reader", "scanner", "said"),
    [
        (None, "fault.no_scanner", "welcome.line"),
        (None, None, "welcome.line_card_code"),
        ("fault.no_reader", None, "welcome.line_code"),
        ("fault.no_reader", "fault.no_scanner", "welcome.line_no_reader"),
    ],
)
def test_the_first_screen_says_what_can_be_shown_right_away(
    reader: str | None, scanner: str | None, said: str
) -> None:
    here = terminal(Visit(), reader=reader, scanner=scanner)
    assert WelcomePresenter(here).view.line == ZH(said)


def test_a_crowded_first_screen_leaves_out_what_it_can_do_without() -> None:
    here = terminal(
        Visit(),
        features=frozenset({"guide", "certificates", "checkin"}),
        catalogue_code=None,
        printer="fault.paper_out",
    )
    view = WelcomePresenter(here).view
    assert len(view.features) == 3
    assert view.printer_note
    assert view.waiting_title == ""


def test_a_refused_appointment_has_words_that_need_no_facts_and_a_number_to_be_had() -> None:
    states = ("checked_in", "early", "late", "other_day", "wrong_hall", "cancelled", "unknown")
    for state, language in product(states, LANGUAGES):
        here = terminal(visit(), language=language)
        here.visit.fault = Fault(f"appointment.{state}")
        view = FaultPresenter(here).view
        assert view.title not in ("", here.words("fault.internal.title"))
        assert "{" not in view.title + view.line
        assert view.main_intent == "choose"


@pytest.mark.parametrize("source", ["social_card", "resident_code", "enterprise_code"])
def test_choosing_greets_and_tells_by_what_was_presented(source: Source) -> None:
    here = terminal(Visit(source=source, card="reading"))
    assert ChoosePresenter(here).view.greeting == ZH(f"present.reading_{source}")
    here.visit.card, here.visit.card_code = "failed", "code.expired"
    assert ChoosePresenter(here).view.greeting == ZH("code.expired.title")
    here.visit.card, here.visit.person = "known", TYPED
    assert ChoosePresenter(here).view.greeting == ZH("choose.known_unnamed")
