"""A terminal in a box for tests: the real agent, a disk in memory that can fail, an invented kiosk, a centre's key."""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provisioning.agent.agent import About, Agent
from provisioning.agent.effects import AskKiosk, Effect, Order, Publish, StartKiosk
from provisioning.agent.inputs import (
    Answered,
    Connected,
    Delivered,
    Disconnected,
    Input,
    KioskDied,
    KioskSaid,
    KioskSilent,
    KioskStarted,
    Received,
    Ticked,
)
from provisioning.agent.outbox import MemoryOutbox, Outbox
from provisioning.agent.vault import DiskVault
from provisioning.wire.control import Done, KioskHealth
from provisioning.wire.documents import Apply, Document, Refused, etag, sign_command, sign_document
from provisioning.wire.hand_over import HandOver
from provisioning.wire.messages import Ack, Answer, BrokerAccess, Command, EventBatch, Health, Reported

DEVICE = "h12-k03"
BEGAN = datetime(2026, 11, 22, 4, 0, tzinfo=UTC).timestamp()  # 12:00 in the hall


class Killed(BaseException):
    """The power went."""


class MemoryDisk:
    """What is durable, and what a power cut takes. ``fault`` is asked at each step of a write and may raise."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fault: Callable[[str], None] = lambda step: None
        self.written: Callable[[], None] = lambda: None

    def read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def replace(self, name: str, content: bytes) -> None:
        self.fault("before")
        self.fault("written")  # the temporary file: nothing of it counts
        self.files[name] = content
        self.written()
        self.fault("renamed")

    def remove(self, name: str) -> None:
        self.files.pop(name, None)


def key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public(name: str) -> str:
    return key(name).public_key().public_bytes_raw().hex()


class Machine:
    """Drives one agent by hand or by itself. Settings say how their kiosk fares: ``{"kiosk": "dies"}`` etc."""

    def __init__(self, outbox: Outbox | None = None) -> None:
        self.disk, self.outbox = MemoryDisk(), outbox or MemoryOutbox()
        self.mono, self.wall = 1000.0, BEGAN
        self.agent: Agent | None = None
        self.sent: list[Publish] = []
        self.started: list[StartKiosk] = []
        self.other: list[Effect] = []
        self.busy = False
        self.devices: dict[str, str] = {"printer": "", "reader": ""}
        self.linked = self.broker = False
        self.began = 0.0  # when the kiosk that runs was started
        self.sids = 0
        self.behind = 0  # events of an earlier machine
        self.enrolled: BrokerAccess | None = None
        self.refuse_settings: Callable[[Mapping[str, Any]], None] = _check
        self._inputs: deque[Input] = deque()
        self._draining = False

    # -- time and power -----------------------------------------------------------------------------------

    def boot(self) -> None:
        self.linked = False
        self.agent = Agent(
            DEVICE,
            {"a": public("a")},
            DiskVault(self.disk),
            self.outbox,
            check=self.refuse_settings,
            about=About("1.0", "test"),
            enrolled=self.enrolled,
        )
        self._inputs.clear()
        self._draining = True
        try:
            self._carry(self.agent.start(self.mono, self.wall, behind=self.behind))
        finally:
            self._draining = False
        self._drain()
        if self.broker:
            self.connect()

    def connect(self) -> None:
        self.broker = self.linked = True
        self.sids += 1
        self.tell(Connected(f"s{self.sids}"))

    def cut(self) -> None:
        self.broker = self.linked = False
        self.tell(Disconnected())

    def tell(self, event: Input) -> None:
        self._inputs.append(event)
        self._drain()

    def _drain(self) -> None:
        if self._draining:
            return  # all effects of one input are carried out before the next
        self._draining = True
        try:
            while self._inputs:
                assert self.agent is not None
                self._carry(self.agent.handle(self._inputs.popleft(), self.mono, self.wall))
        finally:
            self._draining = False

    def wait(self, seconds: float) -> None:
        """Let time pass in the steps that the agent asks for."""
        until = self.mono + seconds
        for _ in range(100_000):
            assert self.agent is not None
            due = max(self.agent.due, self.mono + 0.01)
            if due > until:
                break
            self._pass(due - self.mono)
            self.tell(Ticked())
        else:
            raise AssertionError("the agent wants to be woken all the time")
        self._pass(until - self.mono)
        self.tell(Ticked())

    def _pass(self, seconds: float) -> None:
        self.mono += seconds
        self.wall += seconds

    # -- what the agent wants -----------------------------------------------------------------------------

    def _carry(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Publish():
                    assert self.linked
                    self.sent.append(effect)
                    if effect.qos:
                        self.tell(Delivered())
                case StartKiosk():
                    self.started.append(effect)
                    self.began = self.mono
                    match self._manner:
                        case "dies":
                            self.tell(KioskDied(effect.run, 1))
                        case "refuses":
                            self.tell(KioskDied(effect.run, 2))
                        case _:
                            self.tell(KioskStarted(effect.run))
                case AskKiosk(run):
                    self._answer(run)
                case Order(run, token):
                    assert run == self.started[-1].run
                    self.tell(Answered(token, True, done=Done(ok=True, png="aGk=")))
                case _:
                    self.other.append(effect)

    @property
    def _manner(self) -> str:
        return str((self.started[-1].settings or {}).get("kiosk", "well"))

    def _answer(self, run: int) -> None:
        manner = self._manner
        if manner == "silent":
            self.tell(KioskSilent(run))
            return
        devices = self.devices | ({"printer": "fault.printer_gone"} if manner == "no printer" else {})
        health = KioskHealth(
            revision=self.started[-1].revision,
            busy=self.busy,
            idle_seconds=0 if self.busy else 600,
            frames=0 if manner == "black" else 100,
            devices=devices,
        )
        self.tell(KioskSaid(run, health))

    # -- the centre's side --------------------------------------------------------------------------------

    def document(self, rev: int, by: str = "a", device: str = DEVICE, **fields: Any) -> bytes:
        settings = fields.pop("settings", {"notice": f"n{rev}"})
        hand_overs = fields.pop("hand_overs", ())
        issued = datetime.fromtimestamp(self.wall, UTC)
        apply = Apply(probation_seconds=20, deadline_seconds=60, **fields.pop("apply", {}))
        body = Document(
            device=device,
            rev=rev,
            etag=etag(settings),
            issued=issued,
            expires=fields.pop("expires", issued + timedelta(days=90)),
            apply=apply,
            settings=settings,
            **fields,
        )
        return sign_document(body, by, key(by), hand_overs)

    def push(self, rev: int, **fields: Any) -> None:
        self.tell(Received("desired", self.document(rev, **fields)))

    def order(
        self,
        id: str,
        verb: str,
        args: dict[str, str] | None = None,
        by: str = "a",
        hand_overs: Sequence[HandOver] = (),
    ) -> bytes:
        issued = datetime.fromtimestamp(self.wall, UTC)
        expires = issued + timedelta(minutes=5)
        body = Command.model_validate(
            {
                "id": id,
                "device": DEVICE,
                "verb": verb,
                "args": args or {},
                "issued": issued,
                "expires": expires,
            }
        )
        return sign_command(body, by, key(by), hand_overs)

    def ack(self, seq: int) -> None:
        self.tell(Received("ack", Ack(stream="agent", seq=seq).model_dump_json().encode()))

    def confirm_first(self) -> None:
        """Enrolled, and on revision 1 for good."""
        self.boot()
        self.connect()
        self.push(1)
        self.wait(30)
        assert self.reported.state == "confirmed"

    def _of(self, last: str) -> list[bytes]:
        return [p.payload for p in self.sent if p.topic.endswith(last)]

    @property
    def reports(self) -> list[Reported]:
        return [Reported.model_validate_json(raw) for raw in self._of("/reported")]

    @property
    def reported(self) -> Reported:
        return self.reports[-1]

    @property
    def state(self) -> str:
        """As reported last."""
        return self.reported.state

    @property
    def answers(self) -> list[Answer]:
        return [Answer.model_validate_json(raw) for raw in self._of("/rsp")]

    @property
    def batches(self) -> list[EventBatch]:
        return [EventBatch.model_validate_json(raw) for raw in self._of("/event")]

    @property
    def health(self) -> list[Health]:
        return [Health.model_validate_json(raw) for raw in self._of("/health")]


def _check(settings: Mapping[str, Any]) -> None:
    if settings.get("kiosk") == "invalid":
        raise Refused("config.schema", "not a kiosk", "kiosk")
