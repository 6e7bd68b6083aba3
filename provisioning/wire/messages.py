"""What terminals and the centre tell each other on MQTT, as checked values. Everything here is free of personal data.

Unknown keys are ignored: an older centre reads a newer terminal. Input never stands in an error's text.
"""

import json
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

DeviceId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{0,64}$")]
"""A key of docs/codes.md, e.g. ``config.old_revision`` or ``fault.paper_out``; "" means in order."""
Count = Annotated[int, Field(ge=0, le=2_000_000_000)]
"""Revisions, sequence numbers and what is counted: a column of the centre's database holds it, and some more."""


def _plain(text: str) -> str:
    """Without control characters: NUL is no text to PostgreSQL, and a line break forges lines of a log."""
    return text if text.isprintable() else "".join(c if c >= " " and c != "\x7f" else " " for c in text)


Sid = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_plain)]
Short = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]


class Said(BaseModel):
    """Base of every message."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, allow_inf_nan=False)


# -- from the terminal ------------------------------------------------------------------------------------

State: TypeAlias = Literal["staged", "probation", "confirmed", "rejected", "rolled_back", "drifted"]


class Fault(Said):
    """Why something was refused or given up. ``path`` is the settings key it is about, where there is one."""

    code: Code
    path: Short = ""
    text: Short = ""


class Reported(Said):
    """How the terminal stands with what is desired.

    ``state`` is about revision ``rev``; ``running`` is the revision on the glass now, ``good`` the last known good one,
    ``highest`` the highest that was ever accepted (kept over reboots).
    """

    v: int = 1
    device: DeviceId
    sid: Sid
    rev: Count
    etag: Short = ""
    state: State
    running: Count
    good: Count
    highest: Count
    fault: Fault | None = None
    app: Short = ""
    os: Short = ""
    keys: tuple[Short, ...] = Field(default=(), description="Ids of the centre's keys it trusts")
    access: Short = Field(
        default="",
        description="How it reaches centre and broker, proven: see ``access_tag``; unset: as enrolled",
    )
    at: AwareDatetime


class Presence(Said):
    """The last will carries the same ``sid`` with ``on`` false: one whose ``sid`` is not the current one is late."""

    v: int = 1
    on: bool
    sid: Sid
    boot: Count = Field(default=0, description="How often the agent has started")
    at: AwareDatetime


class Paper(Said):
    """``left``: slips that the roll still gives, by the counter since it was put in; None: not known."""

    state: Literal["ok", "low", "out", "unknown", "none"] = "unknown"
    left: Count | None = None
    printed: Count = Field(default=0, description="Slips printed in this terminal's life")


class Health(Said):
    """How a terminal is, every 30 s. ``devices``: name to "" or the code of its fault."""

    v: int = 1
    sid: Sid
    at: AwareDatetime = Field(description="By the terminal's own clock: the centre sees its skew")
    up_seconds: float = Field(ge=0)
    rev: Count = Field(description="Revision that runs")
    screen: Short = ""
    busy: bool = Field(default=False, description="A citizen is at the glass")
    frame_ms: float | None = Field(default=None, ge=0, description="Slowest frame of late, milliseconds")
    memory_mb: float | None = Field(default=None, ge=0)
    disk_free_mb: float | None = Field(default=None, ge=0)
    devices: dict[Short, Code] = {}
    paper: Paper = Paper()
    catalogue: Short = ""
    app: Short = ""
    outbox: Count = Field(default=0, description="Events that the centre has not confirmed")
    restarts: Count = Field(default=0, description="Times the kiosk ended by itself since the agent started")
    hall: Code = Field(default="", description='"" or why the hall cannot be reached')
    certificate_days: float | None = Field(
        default=None, description="Until the first certificate of this connection ends; unset: no TLS"
    )
    certificate: Short = Field(
        default="", description="Whose that is: broker, authority (it must come from), client (our own)"
    )


def _storable(body: dict[str, object]) -> dict[str, object]:
    """Every database takes it: PostgreSQL has no NaN in JSON."""
    json.dumps(body, allow_nan=False)
    return body


class Event(Said):
    """One thing that happened, numbered without a gap inside its stream. ``body`` is of ``type``."""

    seq: Annotated[Count, Field(ge=1)]
    at: AwareDatetime
    type: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]{1,60}$")]
    body: Annotated[dict[str, object], AfterValidator(_storable)] = {}


class EventBatch(Said):
    """Consecutive events of one ``stream``: "agent", or "journal" of a hall. The same may come again.

    ``lost_before``: the highest number that this side had to give up (disk full, damaged file) and will never send;
    the centre records the gap and goes on behind it. ``branch``: as in the ``Ack`` that this follows.
    """

    v: int = 1
    stream: Literal["agent", "journal"]
    branch: Count = 0
    lost_before: Count = 0
    events: tuple[Event, ...] = ()


class Answer(Said):
    """The end of a command: done, or a code that says why not."""

    v: int = 1
    id: Short
    ok: bool
    code: Code = ""
    text: Short = ""
    at: AwareDatetime


# -- from the centre --------------------------------------------------------------------------------------


class CentreState(Said):
    """Whether the centre is there. ``sid`` as in ``Presence``."""

    v: int = 1
    on: bool
    sid: Sid
    at: AwareDatetime


class Ack(Said):
    """Everything of ``stream`` up to ``seq`` is on the centre's disk."""

    v: int = 1
    stream: Literal["agent", "journal"]
    seq: Annotated[Count, Field(le=1_000_000_000)]  # events that follow it are still counted
    branch: Count = Field(default=0, description="How often this journal was begun anew")
    hash: Short = Field(
        default="",
        description="Of the journal's record ``seq`` as it is kept: the hall's own must be the same",
    )


Verb: TypeAlias = Literal[
    "identify", "test_print", "restart_app", "reboot", "resync", "rollback", "logs", "screenshot", "wipe"
]
"""All that a terminal can be told to do. There is no shell. ``wipe`` retires it: identity and data are erased."""


class Command(Said):
    """The signed body of an order (``documents.sign_command``). Used once: ``id`` is remembered until it expires.

    ``args``: logs takes ``since`` and ``until`` (ISO 8601); logs and screenshot take ``put``, the path of a one-time
    address under the centre's own, where the result goes; identify takes ``seconds``.
    """

    id: Short
    device: DeviceId
    verb: Verb
    args: dict[str, str] = {}
    issued: AwareDatetime
    expires: AwareDatetime


# -- enrolment, over HTTP ---------------------------------------------------------------------------------

Hex32 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class EnrolRequest(Said):
    """A terminal asks to be let in. Keys are raw Ed25519 and X25519 public keys, hex."""

    public_key: Hex32
    seal_key: Hex32
    serial: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
    app: Short = ""
    os: Short = ""
    model: Short = ""


class EnrolTicket(Said):
    """``code`` is for the glass: 8 characters without look-alikes, good once, until ``expires``."""

    id: Short
    code: Short = Field(repr=False)
    expires: AwareDatetime
    url: Short = Field(repr=False, description="Of the console's page for this code, for the QR")
    poll_seconds: float = 2.0


class Secrets(Said):
    """What a terminal must keep to itself; travels sealed to its own key and lies in files only it can read.

    ``named``: e.g. "hall-token", "hall-broker" (config.settings says which are wanted).
    """

    broker_password: str = Field(repr=False)
    named: dict[str, str] = Field(default={}, repr=False)


class BrokerAccess(Said):
    """Where the fleet's broker is; the user name is the device's id, the password is among the secrets."""

    url: Short = Field(description="mqtt://host:1883 or mqtts://host:8883, without user or password")
    ca: str | None = Field(default=None, description="Certificates (PEM) that its own must come from")


MOST_PEM = 8 * 1024
"""Letters of certificates that a document tells: four of a usual size."""
Pem = Annotated[str, StringConstraints(max_length=MOST_PEM)]


class Access(Said):
    """How broker and centre are reached from ``since`` on; one of an earlier time than another changes nothing."""

    since: AwareDatetime
    url: Short = Field(description="As in ``BrokerAccess``")
    ca: Pem | None = Field(default=None, description="As in ``BrokerAccess``")
    centre_ca: Pem | None = Field(
        default=None, description="Certificates (PEM) that the centre's may come from, besides those it has"
    )

    @property
    def broker(self) -> BrokerAccess:
        return BrokerAccess(url=self.url, ca=self.ca)


class Grant(Said):
    """A terminal's way into the fleet. ``sealed`` is ``Secrets`` sealed to its key, base64 (documents.unseal)."""

    device: DeviceId
    hall: DeviceId
    keys: dict[Short, Hex32] = Field(description="The centre's signing keys by id: the trust anchor")
    broker: BrokerAccess
    sealed: str = Field(repr=False)
    desired: str = Field(description="The first signed document, as on ``desired``")
    events: int = Field(
        default=0, ge=0, description="Number of the last event that came from an earlier machine of this id"
    )


class EnrolAnswer(Said):
    """``grant`` stands in it while ``state`` is approved; ``claimed`` and ``expired`` are ends."""

    state: Literal["pending", "approved", "refused", "expired", "claimed"]
    grant: Grant | None = None
    at: datetime | None = Field(default=None, description="The centre's clock, to tell how wrong ours is")
