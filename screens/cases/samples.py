"""The questions as they look on their way: the gallery and the tests."""

from collections.abc import Callable
from dataclasses import replace

from hall.catalogue.model import Case, Guide, Option
from screens.cases.presenter import CasesPresenter
from screens.events import Touched
from screens.guide.samples import CARD, LONG, reading
from screens.visit import Terminal

MANY = LONG.model_copy(
    update={
        "cases": (
            Case(
                id="kind",
                question="您要办的工程属于下面哪一种情形？（改建、扩建的，按改建、扩建后的情形选择）",
                options=tuple(
                    Option(id=f"k{at}", label=label, note="以规划许可证上写的为准" if at % 2 else "")
                    for at, label in enumerate(
                        ("新建", "改建", "扩建", "修缮", "迁移", "重建", "爆破、钻探、挖掘等作业",
                         "在建设控制地带内进行的建设工程，且建筑高度超过二十四米或者总建筑面积超过二万平方米的")
                    )
                ),
            ),
        )
    }
)  # fmt: skip


def _asked(
    page: Guide, *touched: Touched, answers: tuple[tuple[str, str], ...] = ()
) -> Callable[[Terminal], tuple[str, object]]:
    def make(terminal: Terminal) -> tuple[str, object]:
        terminal = replace(terminal, visit=replace(terminal.visit))
        terminal.visit.reading, terminal.visit.answers = reading(page), answers
        presenter = CasesPresenter(terminal)
        presenter.enter()
        for event in touched:
            presenter.handle(event)
        return "cases", presenter.view

    return make


SAMPLES: tuple[tuple[str, Callable[[Terminal], tuple[str, object]]], ...] = (
    ("cases", _asked(CARD)),
    ("cases-second", _asked(CARD, Touched("answer", "lost"))),
    ("cases-many", _asked(MANY)),
    ("cases-many-last", _asked(MANY, Touched("page", "1"))),
)
