"""The hall board on the glass."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

import screens.widgets
import screens.widgets.call_number  # noqa: F401  kv name
from screens.hall_board.view_model import CallLine, HallBoardView, QueueLine
from screens.widgets.bilingual import Bilingual
from screens.widgets.surface import Ground
from screens.words.phrase import NOTHING
from screens.words.words import Language, words_of

NO_CALL = CallLine("", "", "", "", "")
NO_QUEUE = QueueLine("", "", 0, NOTHING, "off")


class CallCard(Bilingual, Ground):
    """The call that is large."""

    call = ObjectProperty(NO_CALL, rebind=True)
    ink = ColorProperty()
    soft = ColorProperty()


class RecentRow(Bilingual, Ground):
    """One of the last calls."""

    call = ObjectProperty(NO_CALL, rebind=True)


class QueueRow(Bilingual, BoxLayout):
    """How many wait in one queue."""

    queue = ObjectProperty(NO_QUEUE, rebind=True)
    first = BooleanProperty(False)  # of its page: no line above


class BoardNotice(Ground):
    """In place of calls: before the first one, and when the hall is closed."""

    icon = StringProperty("")
    title = StringProperty("")
    title_en = StringProperty("")
    lead = StringProperty("")
    lead_en = StringProperty("")
    line = StringProperty("")
    line_en = StringProperty("")


class HallBoard(Bilingual, BoxLayout):
    """Draws ``view``; decides nothing."""

    view = ObjectProperty(HallBoardView(), rebind=True)

    def on_kv_post(self, _base: object) -> None:
        self.on_view(self, self.view)

    def on_view(self, _board: object, view: HallBoardView) -> None:
        """Rows are made once and dealt out in order."""
        _deal(self.ids.recent, "call", view.recent, NO_CALL)
        _deal(self.ids.queues, "queue", view.queues, NO_QUEUE)

    def time(self, view: HallBoardView) -> str:
        return f"{view.now:%H:%M}" if view.now else ""

    def date(self, view: HallBoardView) -> str:
        return words_of("zh").date(view.now) if view.now else ""

    def date_en(self, view: HallBoardView) -> str:
        return words_of("en").date(view.now) if view.now else ""

    def place(self, view: HallBoardView) -> str:
        """The zone where the board is one zone's, else what the board is."""
        return view.zone or self.zh("board.title")

    def subtitle(self, view: HallBoardView) -> str:
        return "  ·  ".join(filter(None, (view.hall_en, view.zone_en)))

    def heading(self, view: HallBoardView, language: Language) -> str:
        """What stands in place of a call."""
        return self.tr(f"board.{view.mode}", language) if view.mode != "calling" else ""

    def line(self, view: HallBoardView, language: Language) -> str:
        if view.mode == "calling":
            return ""
        if view.mode != "closed":
            return self.tr(f"board.{view.mode}_line", language)
        return self.tr("board.hours", language, hours=view.hours) if view.hours else ""


def _deal(rows: Any, name: str, values: Sequence[object], nothing: object) -> None:
    for at, row in enumerate(reversed(rows.children)):
        setattr(row, name, values[at] if at < len(values) else nothing)


Builder.load_file(str(Path(__file__).with_name("hall_board.kv")))
