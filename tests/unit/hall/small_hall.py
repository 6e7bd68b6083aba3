"""A small hall for tests: three queues, three windows, open all day; and a clock that is set by hand."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from config.hall import Hall
from hall.queue import events as e
from hall.queue.commands import Command
from hall.queue.decide import decide
from hall.queue.evolve import evolve
from hall.queue.model import State
from hall.queue.plan import Plan
from hall.queue.refusal import Outcome, Refusal

ALL_DAY = {
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    "shifts": [{"opens": "00:00:00", "closes": "23:59:59"}],
}
MORNING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # half past nine in China, a Monday


def hall_settings(**changes: object) -> dict[str, Any]:
    """Queues a (windows 1 and 3), b (1 and 2) and c (3: quota of 5, nobody is asked who they are)."""
    zone = {"id": "z", "name": "一区", "name_en": "Zone 1"}
    about = {"about": "办事", "about_en": "Things", "zone": "z"}
    settings: dict[str, Any] = {
        "id": "small",
        "name": "小厅",
        "name_en": "Small hall",
        "region": "371599",
        "hours": [ALL_DAY],
        "zones": [zone],
        "queues": [
            {"id": "a", "prefix": "A", "name": "甲", "name_en": "A", "digits": 2, **about},
            {"id": "b", "prefix": "B", "name": "乙", "name_en": "B", "service_minutes": 10, **about},
            {"id": "c", "prefix": "C", "name": "丙", "name_en": "C", "quota": 5, "identity": "none", **about},
        ],
        "windows": [
            {"id": "1", "name": "1 号", "name_en": "Window 1", "zone": "z", "serves": ["a", "b"]},
            {"id": "2", "name": "2 号", "name_en": "Window 2", "zone": "z", "serves": ["b"]},
            {"id": "3", "name": "3 号", "name_en": "Window 3", "zone": "z", "serves": ["a", "c"]},
        ],
        "policy": {"priority_streak": 2, "return_after": 2, "max_recalls": 1},
    }
    return settings | changes


def make_plan(**changes: object) -> Plan:
    return Plan(Hall.model_validate(hall_settings(**changes)))


@dataclass
class Day:
    """A hall's day under test: every command goes through decide and evolve."""

    plan: Plan = field(default_factory=make_plan)
    now: datetime = MORNING
    state: State = field(default_factory=State)
    events: list[e.Event] = field(default_factory=list)

    def do(self, command: Command) -> Outcome:
        outcome = decide(self.state, command, self.now, self.plan)
        if not isinstance(outcome, Refusal):
            for event in outcome:
                self.events.append(event)
                self.state = evolve(self.state, event)
        return outcome

    def done(self, command: Command) -> tuple[e.Event, ...]:
        """The events of a command that has to be accepted."""
        outcome = self.do(command)
        assert not isinstance(outcome, Refusal), outcome
        return outcome

    def refused(self, command: Command) -> Refusal:
        """The refusal of a command that must not be accepted, and changes nothing."""
        before = self.state
        outcome = self.do(command)
        assert isinstance(outcome, Refusal), outcome
        assert self.state is before
        return outcome

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)
