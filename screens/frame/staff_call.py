"""A person called to the terminal: calling, coming, or unheard; never silence. No Kivy, no clock of its own."""

from typing import Literal

from screens.effects import CallStaff

Staff = Literal["", "calling", "coming", "unheard"]

ANSWER = 10.0  # seconds until a call counts as unheard
SHOWN = 8.0  # seconds its outcome stays on the screen


class StaffCall:
    """One call at a time; a second touch while it is under way adds nothing."""

    def __init__(self) -> None:
        self.state: Staff = ""
        self._since = 0.0

    def call(self, reason: str, now: float) -> tuple[CallStaff, ...]:
        if self.state in ("calling", "coming"):
            return ()
        self.state, self._since = "calling", now
        return (CallStaff(reason),)

    def heard(self, now: float) -> None:
        if self.state == "calling":
            self.state, self._since = "coming", now

    def tick(self, now: float) -> None:
        waited = now - self._since
        if self.state == "calling" and waited >= ANSWER:
            self.state, self._since = "unheard", now
        elif self.state in ("coming", "unheard") and waited >= SHOWN:
            self.state = ""
