"""One input's turn: the time it happened, and what came of it. The only thing the parts of the agent share."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from provisioning.agent.effects import Effect
from provisioning.wire.messages import Access, Fault


@dataclass(slots=True)
class Turn:
    """``mono``: seconds of a clock that never goes back; ``wall``: UTC seconds since 1970, which may."""

    mono: float
    wall: float
    effects: list[Effect] = field(default_factory=list)
    notes: list[tuple[str, dict[str, object]]] = field(default_factory=list)  # events for the outbox
    refused: list[tuple[int, Fault]] = field(default_factory=list)  # revision (0: unreadable) and why
    report: bool = False  # what is reported has changed
    access: Access | None = None  # that an authentic document of this turn names

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.wall, UTC)

    def note(self, type: str, **body: object) -> None:
        self.notes.append((type, body))
