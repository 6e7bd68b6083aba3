"""The caller pad on the glass."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.boxlayout import BoxLayout

import screens.widgets
import screens.widgets.call_number  # noqa: F401  kv name
from screens.caller.picture import Picture  # noqa: F401  kv name
from screens.caller.view_model import (
    NO_BUTTON,
    CallerView,
    CertificateRow,
    CertificatesPanel,
    Choice,
    Current,
    Face,
    Mark,
    Panel,
    QueueCount,
    Row,
    TabView,
)
from screens.widgets.bilingual import Bilingual
from screens.widgets.surface import Ground, Surface
from screens.widgets.tappable import Tappable
from screens.words.phrase import NOTHING
from screens.words.words import words_of

NO_ROW = Row("", "", "", "", None, None, NO_BUTTON)
NO_CURRENT = Current("", "", "", NOTHING, NOTHING)
NO_PANEL = Panel(NOTHING, NOTHING, (), NO_BUTTON, 4)
NO_CERTIFICATES = CertificatesPanel(NOTHING, NOTHING, "plain", "", (), NO_BUTTON)
NO_FACE = Face("", "", "", None, 0, NO_BUTTON)
CHOICES = 8  # of a panel: two rows of four

_STATE_ICONS = {
    "unknown": "lan-pending",
    "closed": "door-closed",
    "paused": "pause-circle-outline",
    "idle": "bullhorn-outline",
}


class Spoken(Bilingual):
    """Mix-in for what speaks the pad's language."""

    nothing = NO_BUTTON  # for kv, where there is no button

    def name(self, chinese: str, english: str, language: str) -> str:
        return words_of(language).pick(chinese, english)


class Layer(BoxLayout):
    """What may give way to something else in its place: not shown, it takes no touch."""

    shown = BooleanProperty(True)

    def on_touch_down(self, touch: object) -> bool:
        return bool(self.shown and super().on_touch_down(touch))


class PadButton(Spoken, Tappable, BoxLayout):
    """A button with its hotkey; one that cannot be pressed says why in its own place."""

    button = ObjectProperty(NO_BUTTON, rebind=True)
    language = StringProperty("zh")
    ink = ListProperty((0, 0, 0, 1))
    blocked = BooleanProperty(False)  # takes a touch, only to say why not


class FacedButton(PadButton):
    """One with a face of its own, that tells whether it can be pressed."""

    look = OptionProperty("plain", options=("plain", "main", "alarm", "danger"))


class MainButton(FacedButton):
    """What a clerk presses a thousand times a day."""


class DeedButton(FacedButton):
    pass


class SmallButton(FacedButton):
    """One of a row, or of the header."""


class IconButton(FacedButton):
    """Only a drawing, where many stand below each other."""


class ChoiceButton(FacedButton):
    """An answer in a panel."""

    choice = ObjectProperty(Choice(NO_BUTTON), rebind=True)
    grand = BooleanProperty(False)  # one of few
    note = StringProperty("")


class TabButton(PadButton):
    """A list's name and how many are in it."""

    tab = ObjectProperty(TabView(NO_BUTTON, 0, False), rebind=True)


class KeyHint(Ground):
    """The hotkey as it is engraved."""

    text = StringProperty("")
    ink = ListProperty((0, 0, 0, 1))


class MarkChip(Spoken, Ground):
    """A mark of a ticket: icon and word."""

    mark = ObjectProperty(None, rebind=True, allownone=True)
    language = StringProperty("zh")
    ink = ListProperty((0, 0, 0, 1))

    def said(self, mark: Mark | None, language: str) -> str:
        return mark.text.said(words_of(language)) if mark is not None else ""


class StatePill(Ground):
    """What the window is doing, in a word."""

    stage = StringProperty("unknown")
    text = StringProperty("")
    ink = ListProperty((0, 0, 0, 1))


class MessageLine(Ground):
    """Why not, in words; its place is kept when there is nothing to say."""

    text = StringProperty("")
    code = StringProperty("")
    tone = StringProperty("note")
    ink = ListProperty((0, 0, 0, 1))


class CountLine(Spoken, BoxLayout):
    """How many wait in one queue."""

    count = ObjectProperty(QueueCount("", "", 0), rebind=True)
    language = StringProperty("zh")


class TicketRow(Spoken, BoxLayout):
    """A ticket of a list."""

    row = ObjectProperty(NO_ROW, rebind=True)
    language = StringProperty("zh")


class StandingCard(Spoken, Ground):
    """The ticket at the window, or what the window is doing."""

    view = ObjectProperty(CallerView(), rebind=True)
    current = ObjectProperty(NO_CURRENT, rebind=True)

    def icon(self, stage: str) -> str:
        return _STATE_ICONS.get(stage, "")


class PanelCard(Spoken, Surface, Layer):
    """A question in place of the buttons."""

    panel = ObjectProperty(NO_PANEL, rebind=True)
    language = StringProperty("zh")
    columns = NumericProperty(4)

    def on_kv_post(self, _base: object) -> None:
        self.places = tuple(ChoiceButton() for _ in range(CHOICES))

    def on_panel(self, _card: object, panel: Panel) -> None:
        """As many places as there are answers, in one row or two."""
        self.columns = min(panel.columns, max(1, len(panel.choices)))
        grid = self.ids.choices
        grid.clear_widgets()
        for place, choice in zip(self.places, panel.choices, strict=False):
            place.choice, place.language, place.grand = choice, self.language, self.columns <= 2
            place.look = "alarm" if panel.alarm else "plain"
            place.note = self.tr(choice.button.why if choice.button.dim else choice.about, self.language)
            grid.add_widget(place)


class CertificateLine(Spoken, BoxLayout):
    """One certificate that may be looked at."""

    row = ObjectProperty(CertificateRow(), rebind=True)
    language = StringProperty("zh")

    def status_tone(self, status: Mark | None, theme: Any) -> Any:
        tone = status.tone if status is not None else "plain"
        return {"plain": theme.ok, "note": theme.amber, "alarm": theme.call}[tone]


class CertificatesCard(Spoken, Surface, Layer):
    """What the citizen agreed to show, in place of the lists."""

    panel = ObjectProperty(NO_CERTIFICATES, rebind=True)
    language = StringProperty("zh")


class FaceLayer(Spoken, Layer):
    """One certificate large, and beside it the ticket's own buttons."""

    view = ObjectProperty(CallerView(), rebind=True)
    face = ObjectProperty(NO_FACE, rebind=True)


class CallerPad(Spoken, BoxLayout):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(CallerView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_kv_post(self, _base: object) -> None:
        self.on_view(self, self.view)

    def on_view(self, _pad: object, view: CallerView) -> None:
        """Places are made once and dealt out in order; the language first, then what is said in it."""
        _deal(self.ids.actions, "button", view.actions, NO_BUTTON, view.language)
        _deal(self.ids.queues, "count", view.queues, QueueCount("", "", 0), view.language)
        _deal(self.ids.tabs, "tab", view.tabs, TabView(NO_BUTTON, 0, False), view.language)
        rows = self.ids.rows
        while len(rows.children) < view.places:
            rows.add_widget(TicketRow())
        _deal(rows, "row", view.rows, NO_ROW, view.language)

        panel, face = view.certificates or NO_CERTIFICATES, view.face or NO_FACE
        self.ids.certificates.panel, self.ids.face.face = panel, face
        lines = self.ids.certificates.ids.lines
        while len(lines.children) < view.certificate_places:
            lines.add_widget(CertificateLine())
        _deal(lines, "row", panel.rows, CertificateRow(), view.language)
        _deal(
            self.ids.face.ids.actions, "button", view.actions if view.face else (), NO_BUTTON, view.language
        )

    def time(self, view: CallerView) -> str:
        return f"{view.now:%H:%M}" if view.now else ""


def _deal(places: Any, name: str, values: Sequence[object], nothing: object, language: str) -> None:
    for at, place in enumerate(reversed(places.children)):
        place.language = language
        setattr(place, name, values[at] if at < len(values) else nothing)


Builder.load_file(str(Path(__file__).with_name("caller.kv")))
