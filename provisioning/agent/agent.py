"""The agent of one terminal: inputs in, effects out. It has no thread, no socket, no clock and never waits.

The same class runs on a terminal (``runner``) and thousands of times in the simulator.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from provisioning.agent.changeover import Changeover, Check
from provisioning.agent.effects import Effect, Publish
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
    Measured,
    Received,
    SettingsChanged,
    Ticked,
)
from provisioning.agent.orders import Orders
from provisioning.agent.outbox import Outbox, OutboxUnwritable
from provisioning.agent.turn import Turn
from provisioning.agent.vault import Vault
from provisioning.agent.ways import Ways
from provisioning.wire import topics
from provisioning.wire.messages import Ack, BrokerAccess, EventBatch, Health, Presence, Reported

HEALTH = 30.0  # seconds between two messages of health
UNCONFIRMED = 30.0  # seconds until events without acknowledgement are sent again
RESERVE = 1000  # event numbers reserved at once (``Kept.reserved``)


@dataclass(frozen=True, slots=True)
class About:
    """What runs here, for reports. ``may_reboot``: the machine's own settings allow it."""

    app: str = ""
    os: str = ""
    may_reboot: bool = True


class Agent:
    """``device`` and ``anchor`` (the centre's keys by id) come from enrolment; vault and outbox are its disk.

    So does ``enrolled``, the way to the broker; without it the agent never asks for another (``Reach``).

    Call ``start`` once, then ``handle`` for every input, and ``Ticked`` at ``due`` at the latest. Carry all effects
    of one input out, in order, before the next is told. ``over``: it was wiped, and takes no more.
    """

    def __init__(
        self,
        device: str,
        anchor: Mapping[str, str],
        vault: Vault,
        outbox: Outbox,
        *,
        check: Check,
        about: About | None = None,
        enrolled: BrokerAccess | None = None,
    ) -> None:
        self._device, self._outbox, self._about = device, outbox, about or About()
        found = vault.load()
        self._damaged = found.damaged
        self._changeover = Changeover(device, anchor, vault, found, check)
        self._orders = Orders(device, self._changeover, may_reboot=self._about.may_reboot)
        self._ways = Ways(device, self._changeover, enrolled)
        self._connected, self._sid = False, "-"
        self._began = self._health_at = 0.0
        self._flying: tuple[int, float] | None = None  # last number of the batch under way, since when
        self._lost = 0  # highest number that a lost outbox, or an earlier machine, may have used
        self._dropped = 0  # events that the full disk did not take
        self._measured = Measured()

    def start(self, mono: float, wall: float, first: bytes = b"", *, behind: int = 0) -> list[Effect]:
        """Boot: decide what to run. ``first``: the document from enrolment, for a disk that has none yet.

        ``behind``: the last event that an earlier machine of this id has sent; ours are numbered on from there.
        """
        turn = Turn(mono, wall)
        self._began = mono
        reserved = self._changeover.kept.reserved
        if self._outbox.fresh and reserved > self._outbox.last:
            self._lost = reserved
            turn.note("agent.events_lost", before=reserved)
        self._lost = max(self._lost, behind)
        self._changeover.boot(turn, max(reserved, max(self._outbox.last, behind) + RESERVE))
        if not self._changeover.kept.floor:
            self._changeover.desired(turn, first)
        self._orders.boot(turn)
        self._ways.boot(turn)
        turn.note("agent.started", boot=self.boots, app=self._about.app)
        if self._damaged:
            turn.note("agent.vault_damaged", revision=self._changeover.running)
        return self._finished(turn)

    def handle(self, event: Input, mono: float, wall: float) -> list[Effect]:
        """What ``event`` leads to. ``mono``: monotonic seconds; ``wall``: UTC seconds since 1970."""
        turn = Turn(mono, wall)
        if self._orders.over:
            return []
        changeover, run = self._changeover, self._changeover.kiosk.run
        match event:
            case Connected(sid):
                self._connect(turn, sid)
            case Disconnected():
                self._connected = False
                self._ways.disconnected(turn)
                changeover.broker(turn, there=False)
            case Delivered():
                changeover.broker(turn, there=self._connected)
            case Received(kind, payload):
                changeover.broker(turn, there=self._connected)
                self._received(turn, kind, payload)
            case KioskStarted(number) if number == run:
                changeover.kiosk.started(turn)
            case KioskSaid(number, health) if number == run:
                changeover.said(turn, health)
            case KioskSilent(number) if number == run:
                changeover.kiosk.silent(turn)
            case KioskDied(number, code) if number == run:
                changeover.died(turn, code)
            case SettingsChanged(number) if number == run:
                changeover.drifted(turn)
            case Answered():
                self._orders.answered(turn, event)
            case Measured():
                self._measured = event
            case Ticked() | _:
                pass  # time has passed, or an earlier process spoke
        return self._finished(turn)

    @property
    def due(self) -> float:
        """Monotonic time at which ``Ticked`` is wanted at the latest."""
        times = [self._changeover.due, self._orders.due, self._ways.due]
        if self._connected:
            times.append(self._health_at)
            if self._flying is not None:
                times.append(self._flying[1] + UNCONFIRMED)
        return min(times)

    @property
    def over(self) -> bool:
        return self._orders.over

    @property
    def boots(self) -> int:
        """How often the agent has started on this disk."""
        return self._changeover.kept.boots

    @property
    def settings(self) -> Mapping[str, Any] | None:
        """That are on the glass; None: there are none yet."""
        return self._changeover.settings

    @property
    def broker(self) -> BrokerAccess | None:
        """The way to the broker that is in use, or on trial."""
        return self._ways.broker

    @property
    def centre_ca(self) -> str | None:
        """Certificates (PEM) that the centre's may come from, besides the machine's own."""
        return self._ways.centre_ca

    def subscriptions(self) -> tuple[tuple[str, int], ...]:
        """Topics and QoS to ask the broker for."""
        return tuple((topic(self._device), 1) for topic in topics.TO_DEVICE)

    def will(self, sid: str, wall: float) -> Publish:
        """What the broker is to say, retained, when the connection ``sid`` breaks."""
        return self._presence(Turn(0.0, wall), sid, on=False)

    # -- inside -------------------------------------------------------------------------------------------

    def _connect(self, turn: Turn, sid: str) -> None:
        self._connected, self._sid, self._flying = True, sid, None
        self._health_at = turn.mono
        self._changeover.broker(turn, there=True)
        self._ways.connected(turn)
        turn.effects.append(self._presence(turn, sid, on=True))
        turn.report = True
        self._orders.connected(turn)

    def _received(self, turn: Turn, kind: str, payload: bytes) -> None:
        match kind:
            case "desired":
                self._changeover.desired(turn, payload)
            case "cmd":
                self._orders.received(turn, payload)
            case "ack":
                self._acknowledged(turn, payload)

    def _acknowledged(self, turn: Turn, payload: bytes) -> None:
        try:
            ack = Ack.model_validate_json(payload)
        except ValidationError:
            turn.note("agent.garbled", kind="ack")
            return
        if ack.stream != "agent":
            return
        self._ways.acknowledged(turn)
        try:
            if ack.seq > self._outbox.last:  # the centre has seen more of us than our disk remembers
                self._outbox.begin_behind(ack.seq)
            else:
                self._outbox.confirmed(ack.seq)
                gone = self._outbox.last - self._outbox.depth()
                if ack.seq < gone:  # its database is an older copy: what it forgot is not here any more
                    self._outbox.lost_before = max(self._outbox.lost_before, gone)
        except OutboxUnwritable:
            return  # they will be sent again, and acknowledged again
        if self._flying is not None and ack.seq >= self._flying[0]:
            self._flying = None

    def _finished(self, turn: Turn) -> list[Effect]:
        self._orders.tend(turn)
        self._changeover.tend(turn)
        if self._ways.tend(turn):
            self._connected = False
            self._changeover.broker(turn, there=False)
        self._keep(turn)
        if self._connected:
            self._report(turn)
            self._send_events(turn)
            if turn.mono >= self._health_at:
                self._health_at = turn.mono + HEALTH
                turn.effects.append(self._health(turn))
        else:  # said again on the next connection, from what is kept
            turn.effects = [effect for effect in turn.effects if not isinstance(effect, Publish)]
        return turn.effects

    def _keep(self, turn: Turn) -> None:
        for type, body in turn.notes:
            try:
                if self._dropped:
                    self._append(turn, "agent.events_lost", {"count": self._dropped})
                    self._dropped = 0
                self._append(turn, type, body)
            except OutboxUnwritable:
                self._dropped += 1

    def _append(self, turn: Turn, type: str, body: Mapping[str, object]) -> None:
        if self._lost > self._outbox.last:
            self._outbox.begin_behind(self._lost)
        number = self._outbox.append(type, body, turn.wall)
        if number >= self._changeover.kept.reserved:
            self._changeover.save(turn, reserved=number + RESERVE)

    def _report(self, turn: Turn) -> None:
        changeover = self._changeover
        for revision, fault in turn.refused:
            turn.effects.append(self._reported(turn, revision, "", "rejected", fault))
        known = changeover.standing()
        if turn.report and known is not None:
            turn.effects.append(self._reported(turn, known.rev, known.etag, known.state, known.fault))

    def _reported(self, turn: Turn, rev: int, etag: str, state: str, fault: object) -> Publish:
        kept = self._changeover.kept
        reported = Reported.model_validate(
            {
                "device": self._device,
                "sid": self._sid,
                "rev": rev,
                "etag": etag,
                "state": state,
                "running": self._changeover.running,
                "good": kept.good.rev if kept.good else 0,
                "highest": kept.floor,
                "fault": fault,
                "app": self._about.app,
                "os": self._about.os,
                "keys": tuple(sorted(self._changeover.keys)),
                "access": self._ways.tag,
                "at": turn.at,
            }
        )
        return Publish(topics.reported(self._device), reported.model_dump_json().encode(), retain=True)

    def _presence(self, turn: Turn, sid: str, *, on: bool) -> Publish:
        presence = Presence(on=on, sid=sid, boot=self.boots, at=turn.at)
        return Publish(topics.status(self._device), presence.model_dump_json().encode(), retain=True)

    def _send_events(self, turn: Turn) -> None:
        if self._flying is not None and turn.mono - self._flying[1] < UNCONFIRMED:
            return
        self._flying = None
        if events := self._outbox.oldest():
            self._flying = (events[-1].seq, turn.mono)
            batch = EventBatch(stream="agent", lost_before=self._outbox.lost_before, events=events)
            turn.effects.append(Publish(topics.events(self._device), batch.model_dump_json().encode()))

    def _health(self, turn: Turn) -> Publish:
        kiosk, expiry = self._changeover.kiosk, self._measured.expiry
        said = kiosk.said
        seen = (
            {
                "screen": said.screen,
                "busy": said.busy,
                "frame_ms": said.frame_ms,
                "memory_mb": said.memory_mb,
                "devices": said.devices,
                "paper": said.paper,
                "catalogue": said.catalogue,
                "hall": said.hall,
            }
            if said is not None
            else {}
        )
        health = Health.model_validate(
            {
                "sid": self._sid,
                "at": turn.at,
                "up_seconds": max(0.0, turn.mono - self._began),
                "rev": self._changeover.running,
                "disk_free_mb": self._measured.disk_free_mb,
                "certificate_days": expiry.days(turn.wall) if expiry else None,
                "certificate": expiry.whose if expiry else "",
                "app": self._about.app,
                "outbox": self._outbox.depth(),
                "restarts": kiosk.restarts,
                **seen,
            }
        )
        return Publish(topics.health(self._device), health.model_dump_json().encode(), qos=0)
