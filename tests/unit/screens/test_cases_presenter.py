"""The questions without a window: which is put, what is kept of the answers, and where they lead."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hall.catalogue.cases import next_question, still_true
from hall.catalogue.model import Case, Option, When
from screens.cases.presenter import CasesPresenter, CasesView
from screens.cases.samples import MANY
from screens.effects import Show
from screens.events import Touched
from screens.guide.samples import CARD, reading
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from tests.unit.screens.any_guide import guides


def asking(page=CARD, **given):
    terminal = Terminal(**given)
    terminal.visit.reading, terminal.visit.came_from = reading(page), "browse"
    presenter = CasesPresenter(terminal)
    presenter.enter()
    return terminal, presenter


def option_views(presenter):
    """The view of every page of the question that is put."""
    yield presenter.view
    while presenter.view.after_value:
        presenter.handle(Touched("page", presenter.view.after_value))
        yield presenter.view


DEPENDENT = CARD.model_copy(
    update={
        "cases": (
            CARD.cases[0],
            Case(
                id="reported",
                question="挂失了吗？",
                options=(Option(id="yes", label="挂失了"), Option(id="no", label="还没有")),
                when=(When(case="why", options=("lost",)),),
            ),
            CARD.cases[1],
        )
    }
)


def test_one_question_is_put_with_its_place_among_them():
    _terminal, presenter = asking()
    view = presenter.view
    assert view.item == CARD.name
    assert view.progress == "第 1 个问题，共 2 个"
    assert [(dot.passed, dot.current) for dot in view.dots] == [(False, True), (False, False)]
    assert view.question == "为什么要补领或者换领？"
    assert [(b.value, b.head) for b in view.blocks] == [
        ("lost", "丢失"), ("damaged", "损坏"), ("changed", "姓名、身份证号变了")
    ]  # fmt: skip
    assert view.blocks[0].text == "卡找不到了，先打 12333 挂失"
    assert view.previous == ""


def test_answers_are_kept_in_order_and_the_last_leads_to_the_guide():
    terminal, presenter = asking()
    assert presenter.handle(Touched("answer", "lost")) == ()
    assert presenter.view.progress == "第 2 个问题，共 2 个"
    assert presenter.handle(Touched("answer", "self")) == (Show("guide"),)
    assert terminal.visit.answers == (("why", "lost"), ("who", "self"))


def test_an_answer_to_another_question_is_no_news():
    terminal, presenter = asking()
    assert presenter.handle(Touched("answer", "self")) == ()
    assert terminal.visit.answers == ()


def test_back_goes_to_the_question_before_and_from_the_first_to_where_one_came_from():
    terminal, presenter = asking()
    presenter.handle(Touched("answer", "lost"))
    assert presenter.view.previous == "上一题"
    assert presenter.handle(Touched("previous")) == ()
    assert terminal.visit.answers == ()
    assert presenter.view.question == "为什么要补领或者换领？"
    assert presenter.handle(Touched("previous")) == (Show("browse"),)


def test_a_question_that_hangs_on_an_answer_is_put_only_then():
    terminal, presenter = asking(DEPENDENT)
    presenter.handle(Touched("answer", "lost"))
    assert presenter.view.question == "挂失了吗？"
    assert presenter.view.progress == "第 2 个问题，共 3 个"
    presenter.handle(Touched("answer", "yes"))
    presenter.handle(Touched("previous"))
    presenter.handle(Touched("previous"))
    presenter.handle(Touched("answer", "damaged"))
    assert presenter.view.question == "谁来办？"
    presenter.handle(Touched("answer", "self"))
    assert terminal.visit.answers == (("why", "damaged"), ("who", "self"))


def test_a_question_that_hangs_on_a_later_one_is_put_after_it_and_only_once():
    backwards = CARD.model_copy(
        update={
            "cases": (DEPENDENT.cases[1], CARD.cases[0])
        }  # "reported?" before the "why?" that it hangs on
    )
    terminal, presenter = asking(backwards)
    assert presenter.handle(Touched("answer", "lost")) == ()
    assert presenter.view.question == "挂失了吗？"
    assert presenter.handle(Touched("answer", "yes")) == (Show("guide"),)
    assert terminal.visit.answers == (("why", "lost"), ("reported", "yes"))


def test_skipping_shows_everything_unfiltered():
    terminal, presenter = asking()
    presenter.handle(Touched("answer", "lost"))
    assert presenter.handle(Touched("skip")) == (Show("guide"),)
    assert terminal.visit.answers == ()


def test_questions_that_are_all_answered_are_put_again():
    terminal, presenter = asking()
    terminal.visit.answers = (("why", "lost"), ("who", "self"))
    presenter.enter()
    assert terminal.visit.answers == ()
    assert presenter.view.question == "为什么要补领或者换领？"


def test_many_options_are_paged_and_none_is_lost():
    for theme in THEMES:
        _terminal, presenter = asking(MANY, theme=theme)
        shown = [block.value for view in option_views(presenter) for block in view.blocks]
        assert shown == [option.id for option in MANY.cases[0].options]


def test_a_page_that_is_not_there_is_no_news():
    _terminal, presenter = asking(MANY)
    presenter.handle(Touched("page", "99"))
    assert presenter.view.blocks
    presenter.handle(Touched("page", "x"))
    assert presenter.view.after_value == ""


def test_the_question_and_its_options_are_read_aloud():
    terminal, presenter = asking()
    said = presenter.say().said(terminal.words)
    assert said == "第 1 个问题，共 2 个。为什么要补领或者换领？丢失。损坏。姓名、身份证号变了。"


def test_english_where_the_source_has_it():
    _terminal, presenter = asking(language="en")
    assert presenter.view.question.replace("\n", "") == "Why do you need a new card?"
    assert presenter.view.blocks[0].head == "Lost"


def test_nobody_at_the_glass_is_asked_nothing():
    presenter = CasesPresenter(Terminal())
    presenter.enter()
    assert presenter.view == CasesView()
    assert not presenter.say()
    assert presenter.handle(Touched("skip")) == (Show("welcome"),)


@settings(max_examples=40, deadline=None)
@given(guides(), st.sampled_from(list(THEMES)), st.data())
def test_every_question_and_option_is_put_to_the_letter_and_answers_always_lead_on(guide, theme, data):
    terminal, presenter = asking(guide, theme=theme)
    for _ in range(len(guide.cases)):
        case = next_question(guide.cases, dict(terminal.visit.answers))
        assert case is not None
        assert presenter.view.question.replace("\n", "") == case.question
        blocks = [block for view in option_views(presenter) for block in view.blocks]
        heads = "".join(block.head.replace("\n", "") for block in blocks)
        notes = "".join(block.text.replace("\n", "") for block in blocks)
        assert heads == "".join(option.label for option in case.options)
        assert notes == "".join(option.note for option in case.options)
        chosen = data.draw(st.sampled_from(case.options)).id
        out = presenter.handle(Touched("answer", chosen))
        assert dict(terminal.visit.answers) == still_true(guide.cases, dict(terminal.visit.answers))
    if guide.cases:
        assert out == (Show("guide"),)
