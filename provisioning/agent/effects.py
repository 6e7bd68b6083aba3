"""What the agent wants done. Whoever runs it carries these out in order and answers with inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from provisioning.wire.control import AskIdentify, AskScreenshot, AskTestPrint


@dataclass(frozen=True, slots=True)
class Publish:
    """A message for the broker."""

    topic: str
    payload: bytes = field(repr=False)
    qos: int = 1
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """Leave the broker and connect as ``Agent.broker`` now says. What the connection before still brings is void."""


@dataclass(frozen=True, slots=True)
class StartKiosk:
    """Run these settings in place of whatever runs. Answers with ``KioskStarted``, ``KioskDied`` of this ``run``.

    ``settings`` is None where there is none to run: the screen that says so (role "enrol").
    """

    run: int
    revision: int
    settings: Mapping[str, Any] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskKiosk:
    """``AskHealth``: ``KioskSaid`` or ``KioskSilent`` must follow within ten seconds."""

    run: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order to the kiosk; ``Answered`` with this token follows."""

    run: int
    token: str
    ask: AskIdentify | AskTestPrint | AskScreenshot


@dataclass(frozen=True, slots=True)
class Put:
    """Upload to a one-time address under the centre's; ``Answered`` follows."""

    token: str
    path: str = field(repr=False)
    content: bytes = field(repr=False)
    kind: str


@dataclass(frozen=True, slots=True)
class CollectLogs:
    """Gather the log of this time, capped and gzipped, and upload it; ``Answered`` follows."""

    token: str
    since: datetime
    until: datetime
    path: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reboot:
    """Start the machine anew. ``Answered`` only where that was refused."""

    token: str


@dataclass(frozen=True, slots=True)
class Wipe:
    """Erase identity, secrets, documents and what the kiosk keeps; the agent is over after this."""


Effect: TypeAlias = Publish | Reach | StartKiosk | AskKiosk | Order | Put | CollectLogs | Reboot | Wipe
