"""From one document to the next: staged, on probation, confirmed; or rejected, or back to the last known good one.

The rules, and why:

- Newest wins. A trial that is overtaken is never confirmed; the kiosk stays as it is until it is idle, then goes to
  the newer document, or home to the last known good one while the newer one waits.
- A change is begun only while the broker is there, so a hall whose net is cut is not tried and does not fail. A net
  that is cut during probation makes it fall back: the last known good one runs without any net.
- The trial is on the disk, with its attempt counted, before it is started: a power cut can never start it for ever.
- A terminal that has no last known good one yet has nothing to fall back to: its trial lasts until it is well, and is
  begun again, with pauses, when it cannot live.
- What changes nothing that the role on the glass reads (renewed, other keys, another role's settings) is confirmed at
  once: the kiosk would be given the same settings again.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from config.roles import read_by_role
from provisioning.agent import nightly
from provisioning.agent.kept import ATTEMPTS, Standing, Trial
from provisioning.agent.running import Running
from provisioning.agent.trial import open_now, unwell
from provisioning.agent.turn import Turn
from provisioning.agent.vault import Found, Vault, VaultUnwritable
from provisioning.wire.control import KioskHealth
from provisioning.wire.documents import Document, Refused, open_document
from provisioning.wire.messages import Fault

LOOK = 2.0  # seconds between two looks at a kiosk that a change waits for
STALE = 10.0  # seconds after which an answer no longer proves health
RETRY = (60.0, 600.0)  # seconds until what could not be written, or lived, is tried again; doubling
DISK = Fault(code=VaultUnwritable.code)
SETTINGS_EXIT = 2  # exit code of a kiosk that cannot use its settings: another start would not help
CRASHES = 2  # ends by itself within a minute that prove a trial bad; one may be chance
HOME_IDLE = 1.0  # seconds without anybody until a kiosk goes home from an overtaken trial
NEVER = float("inf")

Check = Callable[[Mapping[str, Any]], None]
"""Whether settings can be run on this machine. Raises Refused ("config.schema")."""


class Changeover:
    """Owns ``kept`` and what the kiosk runs. ``keys``: the trust anchor from enrolment."""

    def __init__(
        self, device: str, keys: Mapping[str, str], vault: Vault, found: Found, check: Check
    ) -> None:
        self.kept, self.kiosk = found.kept, Running()
        self._device, self._anchor, self._vault, self._check = device, dict(keys), vault, check
        self._unsaved = False  # memory is ahead of the disk, and means it
        self._not_before, self._pause = 0.0, RETRY[0]
        self._accepted_at = 0.0  # the kiosk's answers from before say nothing of who is at the glass now
        self._again: tuple[float, bytes] | None = None  # a document the full disk did not take
        self._refused = b""
        self._trial_began = 0.0
        self._well_since: float | None = None
        self._broker, self._broker_seen = False, -1.0
        self._drifted = False
        self._tended = -1.0

    @property
    def keys(self) -> dict[str, str]:
        """The centre's keys that are trusted now, by id."""
        return self.kept.keys or self._anchor

    @property
    def running(self) -> int:
        """Revision on the glass."""
        good = self._shown_good()
        return good.rev if good is not None else self.kiosk.revision

    @property
    def settings(self) -> Mapping[str, Any] | None:
        """Of the revision on the glass; None: the screen that says there are none."""
        good = self._shown_good()
        return good.settings if good is not None else self.kiosk.settings

    # -- inputs -------------------------------------------------------------------------------------------

    def boot(self, turn: Turn, reserve: int) -> None:
        """Decide what to run: a trial with attempts left, else the last known good one, else nothing."""
        kept = self.kept
        trial = kept.trial
        update: dict[str, object] = {"boots": kept.boots + 1, "reserved": reserve}
        spent = trial is not None and trial.attempts >= ATTEMPTS
        if trial is not None and not spent:
            update["trial"] = trial.model_copy(update={"attempts": trial.attempts + 1})
        saved = self.save(turn, **update)
        if not saved:
            self.kept = kept.model_copy(update={"boots": kept.boots + 1})
        if trial is not None and (spent or not saved):
            self._give_up(turn, Fault(code="trial.attempts") if spent else DISK)
        elif trial is not None:
            self._begin_run(turn, trial.document)
        turn.report = True

    def broker(self, turn: Turn, *, there: bool) -> None:
        """The connection came or went, or the broker acknowledged something."""
        self._broker = there
        if there:
            self._broker_seen = turn.mono

    def desired(self, turn: Turn, payload: bytes) -> None:
        """A document, by whomever. An empty one is no instruction."""
        if not payload:
            return
        try:
            self._accept(turn, payload)
        except Refused as refusal:
            fault = Fault(code=refusal.code, path=refusal.path[:200], text=refusal.text[:200])
            revision = refusal.revision if isinstance(refusal, _About) else 0
            turn.refused.append((revision, fault))
            turn.report = True
            if payload != self._refused:  # it may lie retained, and come with every connection
                self._refused = payload
                turn.note("config.refused", revision=revision, code=refusal.code, path=fault.path)
            if refusal.code == VaultUnwritable.code:
                self._again = (turn.mono + RETRY[0], payload)

    def said(self, turn: Turn, health: KioskHealth) -> None:
        self.kiosk.heard(turn, health)

    def died(self, turn: Turn, code: int) -> None:
        revision = self.kiosk.revision
        deaths = self.kiosk.died(turn)
        turn.note("kiosk.died", run=self.kiosk.run, revision=revision, code=code)
        if self.kept.trial is not None and code == SETTINGS_EXIT:
            self._give_up(turn, Fault(code="trial.settings"))
        elif self.kept.trial is not None and deaths >= CRASHES:
            self._give_up(turn, Fault(code="trial.crash_loop"))
        elif self.kiosk.newly_looping():
            turn.note("kiosk.crash_loop", revision=revision, restarts=self.kiosk.restarts)

    def drifted(self, turn: Turn) -> None:
        """The file the kiosk reads was changed by somebody else: told, and put right when idle."""
        if self._drifted:
            return
        turn.note("config.drifted", revision=self.running)
        if self.kept.trial is not None:
            self._give_up(turn, Fault(code="trial.drifted"))  # whatever runs, it is not what is on trial
        else:
            self._drifted = turn.report = True

    def back(self, turn: Turn) -> bool:
        """By order, when idle: to the document confirmed before. False: there is none, or it can't be written."""
        kept = self.kept
        if kept.before is None:
            return False
        fault = Fault(code="command.rollback")
        moved = Standing(rev=kept.before.rev, etag=kept.before.etag, state="rolled_back", fault=fault)
        if not self.save(turn, good=kept.before, before=None, trial=None, staged=None, standing=moved):
            return False
        turn.note("config.rolled_back", revision=kept.good.rev if kept.good else 0, code=fault.code)
        turn.report = True
        return True

    def tend(self, turn: Turn) -> None:
        """After every input: what can be confirmed, given up, begun or mended now."""
        if self._unsaved and turn.mono >= self._not_before:
            self._not_before = turn.mono + LOOK
            self.save(turn)
        if self._again is not None and turn.mono >= self._again[0]:
            payload, self._again = self._again[1], None
            self.desired(turn, payload)
        if self.kept.trial is not None:
            self._judge(turn, self.kept.trial)
        if self.kept.trial is None:
            self._move(turn)
            self._refresh(turn)
        self.kiosk.tend(turn)
        self._tended = turn.mono

    @property
    def due(self) -> float:
        """Monotonic time of the next thing that only time brings about."""
        times = [self.kiosk.due]
        if self.kept.trial is not None and self._well_since is None:
            times.append(self._deadline(self.kept.trial.document))
        if (self.kept.staged is not None or self._unsaved) and self._not_before > self._tended:
            times.append(self._not_before)
        if self._again is not None:
            times.append(self._again[0])
        return min(times)

    def standing(self) -> Standing | None:
        """What to report."""
        known = self.kept.standing
        if known is not None and self._drifted and known.state == "confirmed":
            return known.model_copy(update={"state": "drifted"})
        return known

    def save(self, turn: Turn, **changes: object) -> bool:
        """``kept`` with ``changes``, on the disk and then in memory. False: neither."""
        changed = self.kept.model_copy(update=changes)
        try:
            self._vault.write(changed)
        except VaultUnwritable:
            return False
        self.kept, self._unsaved = changed, False
        return True

    def at_least(self, turn: Turn) -> datetime:
        """The time, but never earlier than it once was known to be."""
        return max(turn.at, datetime.fromtimestamp(self.kept.not_before, UTC))

    def known_since(self, turn: Turn, issued: datetime) -> float:
        """``kept.not_before`` after something signed at ``issued``: only what both clocks agree on counts.

        A clock of ours that runs ahead for an hour, or one of the centre's, must not make all orders late later.
        """
        return max(self.kept.not_before, min(issued.timestamp(), turn.wall))

    # -- the way of a document ----------------------------------------------------------------------------

    def _accept(self, turn: Turn, payload: bytes) -> None:
        kept = self.kept
        # with no floor the signature still comes first; an older revision is then told with its number
        document = open_document(
            payload, self.keys, self._device, 0, self.at_least(turn), self.kept.keys_until
        )
        try:
            if document.rev < kept.floor or (document.rev == kept.floor and document.etag != kept.floor_etag):
                raise Refused("config.old_revision", f"{document.rev}, {kept.floor} was accepted")
            # also where its settings are refused: another program may be needed for those, but none to be reached
            turn.access, document = document.access, document.model_copy(update={"access": None})
            if document.rev == kept.floor:
                turn.report = True  # the same again: said again
                return
            self._check(document.settings)
            self._stage(turn, document)
        except Refused as refusal:
            raise _About(refusal, document.rev) from refusal

    def _stage(self, turn: Turn, document: Document) -> None:
        kept, good = self.kept, self.kept.good
        floor = {"floor": document.rev, "floor_etag": document.etag, "staged": None, "trial": None}
        floor["not_before"] = self.known_since(turn, document.issued)
        if good is not None and self._at_home() and _same_glass(document.settings, good.settings):
            standing = Standing(rev=document.rev, etag=document.etag, state="confirmed")
            anew = document.etag == good.etag
            confirmed = {"good": document, "before": kept.before if anew else good}
            if not self.save(turn, **floor, **confirmed, **_trusted(document), standing=standing):
                raise Refused(VaultUnwritable.code)
            if not anew:
                turn.note("config.confirmed", revision=document.rev, rollout=document.rollout)
        else:
            standing = Standing(rev=document.rev, etag=document.etag, state="staged")
            if not self.save(turn, **floor | {"staged": document}, standing=standing):
                raise Refused(VaultUnwritable.code)
            if kept.trial is not None:
                turn.note("config.overtaken", revision=kept.trial.document.rev, by=document.rev)
        self._not_before, self._pause, self._again = 0.0, RETRY[0], None
        self._accepted_at = turn.mono
        turn.report = True

    def _move(self, turn: Turn) -> None:
        """Begin what is staged if it may be; else go home if something else than the good one runs."""
        staged, good = self.kept.staged, self.kept.good
        wait = None  # how long nobody may have been at the glass
        if staged is not None and turn.mono >= self._not_before and self._gate(turn, staged):
            wait = 0.0 if good is None or staged.apply.when == "now" else staged.apply.idle_seconds
            if good is None or staged.apply.when == "now" or self.kiosk.idle(turn.mono, wait):
                self._begin(turn, staged)
                return
        if self.kiosk.run == 0:
            self._home(turn)
        elif good is not None and (self._drifted or not self._at_home()):
            wait = HOME_IDLE
            if self.kiosk.idle(turn.mono, wait):
                self._home(turn)
                return
        if wait is not None:
            looked = self.kiosk.said is not None and self.kiosk.said_at >= self._accepted_at
            self.kiosk.ask_soon(max(turn.mono, self.kiosk.said_at + LOOK) if looked else turn.mono)

    def _gate(self, turn: Turn, staged: Document) -> bool:
        """Whether it may begin now, but for somebody at the glass."""
        if self.kept.good is None:
            return True
        if not self._broker:
            return False
        told = self.kept.good.settings
        window = staged.apply.window or str((told.get("maintenance") or {}).get("window") or "")
        zone = str(told.get("time_zone") or "Asia/Shanghai")
        return staged.apply.when != "window" or open_now(window, turn.at, zone)

    def _refresh(self, turn: Turn) -> None:
        """The nightly fresh start of the screen, when nobody is there."""
        good, kiosk = self.kept.good, self.kiosk
        if good is None or not kiosk.alive or not self._at_home():
            return
        if not nightly.wanted(good.settings, turn.at, turn.mono - kiosk.began):
            return
        if kiosk.idle(turn.mono, HOME_IDLE):
            turn.note("kiosk.refreshed", revision=good.rev)
            kiosk.again(turn)
        elif kiosk.said is not None:
            kiosk.ask_soon(max(turn.mono, kiosk.said_at + LOOK))

    def _begin(self, turn: Turn, staged: Document) -> None:
        said = self.kiosk.said
        if self.kept.good is not None and staged.expires <= self.at_least(turn):
            fault = Fault(code="config.expired")
            ended = Standing(rev=staged.rev, etag=staged.etag, state="rejected", fault=fault)
            self._put(turn, staged=None, standing=ended)
            turn.note("config.refused", revision=staged.rev, code=fault.code)
            turn.report = True
            return
        devices = dict(said.devices) if said is not None and self._at_home() else None
        trial = Trial(document=staged, attempts=1, devices=devices)
        standing = Standing(rev=staged.rev, etag=staged.etag, state="probation")
        if not self.save(turn, trial=trial, staged=None, standing=standing):
            self._later(turn)
            known = Standing(rev=staged.rev, etag=staged.etag, state="staged", fault=DISK)
            if self.kept.standing != known:
                self.kept, turn.report = self.kept.model_copy(update={"standing": known}), True
            if self.kiosk.run == 0:
                self._home(turn)
            return
        turn.report = True
        self._begin_run(turn, staged)

    def _begin_run(self, turn: Turn, document: Document) -> None:
        self._trial_began, self._well_since, self._drifted = turn.mono, None, False
        self.kiosk.start(turn, document.rev, document.settings)

    def _judge(self, turn: Turn, trial: Trial) -> None:
        document = trial.document
        fresh = self.kiosk.said is not None and turn.mono - self.kiosk.said_at <= STALE
        said = self.kiosk.said if fresh and self.kiosk.alive else None
        broker = self._broker and self._broker_seen >= self._trial_began
        fault = unwell(said, document.rev, trial.devices, broker)
        if fault is None:
            if self._well_since is None:
                self._well_since = turn.mono
            wanted = self._well_since + document.apply.probation_seconds
            # only an answer given after the whole time proves the whole time
            if self.kiosk.said_at < wanted:
                self.kiosk.ask_soon(min(self.kiosk.said_at + LOOK, max(wanted, turn.mono)))
                return  # well in time, and not yet long enough
            if self._confirm(turn, trial):
                return
            self.kiosk.ask_soon(max(turn.mono, self.kiosk.said_at + LOOK))
            fault = DISK
        else:
            self._well_since = None
            self.kiosk.ask_soon(max(turn.mono, self.kiosk.said_at + LOOK) if self.kiosk.said else turn.mono)
        if turn.mono >= self._deadline(document):
            if self.kept.good is None and fault.code not in ("trial.silent", "trial.no_frame"):
                return  # it lives: nothing would be better than it
            self._give_up(turn, fault)

    def _deadline(self, document: Document) -> float:
        if self.kept.good is None and self.kiosk.said is not None and self.kiosk.said.frames:
            return NEVER
        return self._trial_began + max(document.apply.deadline_seconds, document.apply.probation_seconds)

    def _confirm(self, turn: Turn, trial: Trial) -> bool:
        document, kept = trial.document, self.kept
        standing = Standing(rev=document.rev, etag=document.etag, state="confirmed")
        changes = {"good": document, "before": kept.good or kept.before, "trial": None, "standing": standing}
        if not self.save(turn, **changes, **_trusted(document)):
            return False
        self._pause = RETRY[0]
        turn.note("config.confirmed", revision=document.rev, rollout=document.rollout)
        turn.report = True
        return True

    def _give_up(self, turn: Turn, fault: Fault) -> None:
        trial = self.kept.trial
        assert trial is not None
        document = trial.document
        standing = Standing(rev=document.rev, etag=document.etag, state="rolled_back", fault=fault)
        nothing_else = self.kept.good is None or (fault is DISK and self.kiosk.run == 0)
        self._put(turn, trial=None, staged=document if nothing_else else None, standing=standing)
        if nothing_else:
            self._later(turn)
        turn.note("config.rolled_back", revision=document.rev, code=fault.code, path=fault.path)
        turn.report = True
        self._home(turn)

    def _home(self, turn: Turn) -> None:
        """Run the last known good one; the screen that says there is none, where there is none."""
        good = self.kept.good
        self._drifted, turn.report = False, True
        self.kiosk.start(turn, good.rev if good else 0, good.settings if good else None)

    def _later(self, turn: Turn) -> None:
        self._not_before = turn.mono + self._pause
        self._pause = min(self._pause * 2, RETRY[1])

    def _put(self, turn: Turn, **changes: object) -> None:
        """What is so whether the disk takes it or not; written as soon as it does."""
        if not self.save(turn, **changes):
            self.kept, self._unsaved = self.kept.model_copy(update=changes), True

    def _shown_good(self) -> Document | None:
        """The last known good document, where that is on the glass."""
        return self.kept.good if self.kept.trial is None and self._at_home() else None

    def _at_home(self) -> bool:
        good = self.kept.good
        running = self.kiosk.settings
        return good is not None and running is not None and _same_glass(running, good.settings)


def _trusted(document: Document) -> dict[str, object]:
    """What is kept of the keys that a confirmed document names."""
    return {"keys": document.keys, "keys_until": document.keys_until} if document.keys else {}


def _same_glass(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a kiosk would be told the same."""
    return read_by_role(one) == read_by_role(other)


class _About(Refused):
    """A refusal of an authentic document, with its revision."""

    def __init__(self, refusal: Refused, revision: int) -> None:
        super().__init__(refusal.code, refusal.text, refusal.path)
        self.revision = revision
