"""The screen of a terminal that is not in the fleet yet: tells who installs it what to do. No Kivy.

The agent says how enrolment stands; the seconds in between are counted here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import ceil
from typing import Literal

from screens.frame.presenter import BarItem, FrameView
from screens.theme.tokens import ThemeName
from screens.words.words import Language, words_of

Phase = Literal["connecting", "code", "approved", "expired", "refused", "failed"]

GROUP = 4  # characters of a code that stand together
STEPS = 3


@dataclass(frozen=True, slots=True)
class Enrolment:
    """How it stands, as the agent says. ``fault``: why, where it failed or was refused."""

    phase: Phase = "connecting"
    code: str = field(default="", repr=False)
    url: str = field(default="", repr=False)
    seconds_left: float = 0
    fingerprint: str = ""
    centre: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class EnrolView:
    phase: Phase = "connecting"
    icon: str = ""
    kind: str = "info"  # "ok", "amber", "call"
    title: str = ""
    line: str = ""
    steps: tuple[str, ...] = ("",) * STEPS
    code_word: str = ""
    groups: tuple[str, str] = field(default=("", ""), repr=False)
    qr: str = field(default="", repr=False)
    qr_word: str = ""
    left_word: str = ""
    left: str = ""  # 14:32
    share: float = 0.0  # of the code's time
    centre_word: str = ""
    centre: str = ""
    fingerprint_word: str = ""
    fingerprint: str = ""
    fault: str = ""


_LOOKS: dict[Phase, tuple[str, str]] = {
    "connecting": ("lan-pending", "info"),
    "code": ("form-textbox-password", "info"),
    "approved": ("check-bold", "ok"),
    "expired": ("timer-sand", "amber"),
    "refused": ("shield-off-outline", "call"),
    "failed": ("lan-disconnect", "amber"),
}


class EnrolPresenter:
    """``monotonic`` is seconds. ``name`` is what the terminal is called so far."""

    def __init__(
        self,
        name: str,
        monotonic: Callable[[], float],
        *,
        language: Language = "zh",
        theme: ThemeName = "normal",
    ) -> None:
        self._name, self._monotonic = name, monotonic
        self.language: Language = language
        self.theme: ThemeName = theme
        self._now: datetime | None = None
        self._told = Enrolment()
        self._until = self._whole = 0.0

    def tell(self, told: Enrolment) -> None:
        """How enrolment stands now."""
        if told.code != self._told.code:
            self._whole = told.seconds_left
        self._told, self._until = told, self._monotonic() + told.seconds_left
        self._whole = max(self._whole, told.seconds_left)

    def touched(self, intent: str) -> None:
        """The installer chooses a language and a look."""
        match intent:
            case "language":
                self.language = "en" if self.language == "zh" else "zh"
            case "large" | "contrast" as look:
                self.theme = "normal" if self.theme == look else look
            case _:
                pass

    def tick(self, now: datetime) -> None:
        self._now = now

    @property
    def view(self) -> EnrolView:
        words, told, left = words_of(self.language), self._told, self._left
        phase: Phase = "expired" if told.phase == "code" and left <= 0 else told.phase
        icon, kind = _LOOKS[phase]
        view = EnrolView(
            phase=phase,
            icon=icon,
            kind=kind,
            title=words(f"enrol.{phase}.title"),
            line=words(f"enrol.{phase}.line"),
            steps=tuple(
                words(key) if (key := f"enrol.{phase}.step_{at}") in words else ""
                for at in range(1, STEPS + 1)
            ),
            centre_word=words("enrol.centre") if told.centre else "",
            centre=told.centre,
            fingerprint_word=words("enrol.fingerprint") if told.fingerprint else "",
            fingerprint=told.fingerprint,
            fault=words("enrol.fault", code=told.fault) if told.fault else "",
        )
        if phase != "code":
            return view
        minutes, seconds = divmod(ceil(left), 60)
        if self.theme == "large":  # fewer things: the page that is scanned has them too
            view = replace(view, line="", centre_word="", centre="")
        return replace(
            view,
            code_word=words("enrol.code_word") if self.theme != "large" else "",
            groups=(told.code[:GROUP], told.code[GROUP:]),
            qr=told.url,
            qr_word=words("enrol.qr") if told.url else "",
            left_word=words("enrol.left"),
            left=f"{minutes}:{seconds:02}",
            share=min(1.0, left / self._whole) if self._whole else 0.0,
        )

    @property
    def frame(self) -> FrameView:
        """The usual frame: the time, so that a wrong clock is seen, and what a terminal's bar offers of itself."""
        words, now = words_of(self.language), self._now
        large, contrast = self.theme == "large", self.theme == "contrast"
        return FrameView(
            theme=self.theme,
            language=self.language,
            hall=words("enrol.header"),
            terminal=self._name,
            time=f"{now:%H:%M}" if now else "",
            date=words.date(now) if now else "",
            bar=(
                BarItem("large", "format-size", words("frame.normal" if large else "frame.large"), large),
                BarItem(
                    "contrast",
                    "contrast-circle",
                    words("frame.colours" if contrast else "frame.contrast"),
                    contrast,
                ),
                BarItem("language", "translate", words("frame.language")),
            ),
        )

    @property
    def _left(self) -> float:
        return self._until - self._monotonic()
