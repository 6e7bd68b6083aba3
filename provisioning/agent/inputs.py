"""What the agent is told. Each is a fact about the past; the runner (or the simulator) only carries them."""

from dataclasses import dataclass, field
from typing import TypeAlias

from hall.wire.expiry import Expiry
from provisioning.wire.control import Done, KioskHealth


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker took us in. ``sid`` names this connection; the last will carries it too."""

    sid: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The broker is gone."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The broker has acknowledged a message of ours (QoS 1): there and back again."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message on one of our topics; ``kind`` is its last part (desired, ack, cmd)."""

    kind: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has passed; wanted at ``Agent.due`` at the latest."""


@dataclass(frozen=True, slots=True)
class KioskStarted:
    """The process of ``run`` was begun and its control socket answers soon."""

    run: int


@dataclass(frozen=True, slots=True)
class KioskSaid:
    """The screen's own thread answered ``AskHealth``."""

    run: int
    health: KioskHealth


@dataclass(frozen=True, slots=True)
class KioskSilent:
    """``AskHealth`` was not answered."""

    run: int


@dataclass(frozen=True, slots=True)
class KioskDied:
    """The process ended, and nobody had asked it to. ``code`` as of ``waitstatus``: negative is a signal."""

    run: int
    code: int


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """The settings file of ``run`` on this machine is not what was written there."""

    run: int


@dataclass(frozen=True, slots=True)
class Answered:
    """How ``Ask``, ``Put``, ``CollectLogs`` or ``Reboot`` with this ``token`` ended.

    ``done``: what the kiosk said; otherwise ``ok`` and ``code`` stand alone.
    """

    token: str
    ok: bool
    code: str = ""
    text: str = ""
    done: Done | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """What only the machine knows of itself, for ``Health``. ``expiry``: of the connection, where it is TLS."""

    disk_free_mb: float | None = None
    expiry: Expiry | None = None


Input: TypeAlias = (
    Connected
    | Disconnected
    | Delivered
    | Received
    | Ticked
    | KioskStarted
    | KioskSaid
    | KioskSilent
    | KioskDied
    | SettingsChanged
    | Answered
    | Measured
)
