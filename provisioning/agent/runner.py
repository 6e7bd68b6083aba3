"""The agent on a real terminal: one loop that owns everything, threads that only post to it.

Settings of the kiosk are written where only this account can read them, checked now and then against what was
written, and the kiosk is started from there. The loop tells systemd that it lives; when it stops, systemd starts all
of it anew.
"""

import hashlib
import logging
import random
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any, get_args
from urllib.parse import quote, urlsplit

from config import kiosk as composed
from config.problems import SettingsError
from config.settings import Secret
from hall.wire.link import Link, Will
from provisioning.agent import inputs, machine
from provisioning.agent.agent import About, Agent
from provisioning.agent.centre import Centre, CentreFailed
from provisioning.agent.effects import (
    AskKiosk,
    CollectLogs,
    Effect,
    Order,
    Publish,
    Put,
    Reach,
    Reboot,
    StartKiosk,
    Wipe,
)
from provisioning.agent.enrol import Enrolment, Machine
from provisioning.agent.errands import Errands
from provisioning.agent.identity import Identity, Member
from provisioning.agent.inputs import Input
from provisioning.agent.keeper import Keeper, KioskSilence, kiosk_command
from provisioning.agent.outbox import SqliteOutbox
from provisioning.agent.settings import AgentSettings
from provisioning.agent.vault import DiskVault, Folder
from provisioning.wire import topics
from provisioning.wire.control import ShowEnrolment
from provisioning.wire.documents import Refused, canonical

log = logging.getLogger(__name__)

LONGEST_SLEEP = 5.0  # seconds: systemd hears from us oftener than its watchdog asks
MEASURE = 30.0  # seconds between two looks at disk and settings file
PING = 20.0  # seconds between two messages of the link to itself
# Seconds until the broker is tried again, at first and at most: each terminal at a pace of its own between these, or a
# whole fleet comes back in the same moment.
RECONNECT = (0.5, 5.0), (20.0, 60.0)
SECRETS = (
    60.0,
    1800.0,
)  # seconds between two questions for new secrets when the broker refuses ours, doubling
AWAY = (
    600.0,
    3600.0,
)  # seconds without a broker until the centre is asked for the newest document, and asked again, doubling
FAREWELL = 0.5  # seconds for the last messages before a wipe
WORKERS = 4


class Runner:
    """``run`` serves until ``stop`` or until the terminal is wiped. Raises OSError, IdentityBroken at the start."""

    def __init__(self, settings: AgentSettings, app: str) -> None:
        self._settings, self._app = settings, app
        state = settings.state_dir
        self._identity = Identity(state / "identity")
        self._kiosk_state = state / "kiosk"
        if self._identity.member() is None:  # a wipe that was cut short goes on
            self._erase_remains()
        self._folder = Folder(state / "agent")
        self._file = state / "agent" / "kiosk.json"
        self._control = state / "agent" / "kiosk.sock"
        self._centre = Centre(settings.centre, self._identity, settings.ca_file)
        self._inbox: SimpleQueue[Input | Callable[[], None]] = SimpleQueue()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="agent")
        self._keeper = Keeper(
            kiosk_command(settings.kiosk.module),
            self._control,
            lambda run, code: self._inbox.put(inputs.KioskDied(run, code)),
        )
        self._errands = Errands(self._keeper, self._centre, settings.log_file, self._inbox.put)
        self._agent: Agent | None = None
        self._link: Link | None = None
        self._links = 0  # made so far: the number of the one that stands
        self._up = False
        self._centre_ca: str | None = None
        self._member: Member | None = None
        self._outbox: SqliteOutbox | None = None
        self._sid = ""
        self._written = ""  # hash of the settings file
        self._run = 0
        self._measure_at = 0.0
        self._secrets_at, self._secrets_pause = 0.0, SECRETS[0]
        self._asking_secrets = False
        self._ask_document_at, self._document_pause = 0.0, AWAY[0]
        self._stopped = False

    def run(self) -> None:
        """Enrol where that has not been done, then serve."""
        machine.notify("READY=1")
        try:
            member = self._identity.member() or self._enrolled()
            if member is not None:
                self._serve(member)
        finally:
            self._keeper.stop()
            if self._link is not None:
                self._link.close()
            self._workers.shutdown(wait=False, cancel_futures=True)
            if self._outbox is not None:
                self._outbox.close()

    def stop(self) -> None:
        """From any thread or signal handler: ``run`` returns soon."""
        self._stopped = True
        self._inbox.put(inputs.Ticked())

    # -- enrolment ----------------------------------------------------------------------------------------

    def _enrolled(self) -> Member | None:
        about = Machine(machine.serial(self._settings.serial), self._app, machine.system(), machine.model())
        enrolment = Enrolment(self._identity, self._centre, about, time.time)
        shown: ShowEnrolment | None = None
        next_step = next_start = 0.0
        step = None
        while enrolment.member is None and not self._stopped:
            now = time.monotonic()
            if not self._keeper.alive and now >= next_start:
                next_start = now + 5.0
                self._start(StartKiosk(0, 0, None))
            if step is None and now >= next_step:
                step = self._workers.submit(enrolment.step)
            elif step is not None and step.done():
                shown, step, next_step = step.result(), None, now + enrolment.wait
                self._workers.submit(self._show, shown)
            self._sleep(0.2)
        return enrolment.member

    def _show(self, shown: ShowEnrolment) -> None:
        try:
            self._keeper.order(shown)
        except KioskSilence as silence:
            log.info("enrolment=%s not shown: %s", shown.state, silence)

    def _sleep(self, seconds: float) -> None:
        machine.notify("WATCHDOG=1")
        try:
            self._inbox.get(timeout=seconds)
        except Empty:
            return

    # -- serving ------------------------------------------------------------------------------------------

    def _serve(self, member: Member) -> None:
        self._member = member
        self._outbox = SqliteOutbox(self._settings.state_dir / "agent" / "events.sqlite")
        about = About(self._app, machine.system(), may_reboot=self._settings.may_reboot)
        vault = DiskVault(self._folder)
        agent = self._agent = Agent(
            member.device,
            member.keys,
            vault,
            self._outbox,
            check=self._check,
            about=about,
            enrolled=member.broker,
        )
        first = member.desired.encode()
        self._ask_document_later()
        self._carry(agent.start(time.monotonic(), time.time(), first, behind=member.events))
        self._connect()
        while not self._stopped and not agent.over:
            machine.notify("WATCHDOG=1")
            self._look_around()
            wait = max(0.0, min(agent.due - time.monotonic(), LONGEST_SLEEP))
            try:
                said = self._inbox.get(timeout=wait)
            except Empty:
                said = inputs.Ticked()
            if callable(said):
                said()
            else:
                self._tell(said)

    def _tell(self, said: Input) -> None:
        assert self._agent is not None
        self._carry(self._agent.handle(said, time.monotonic(), time.time()))

    def _trust(self) -> None:
        """What the centre's certificate may come from, as the newest document says."""
        told = self._agent.centre_ca if self._agent is not None else None
        if told == self._centre_ca:
            return
        try:
            self._centre.trust(self._identity.centre_ca_file(self._settings.ca_file, told))
        except OSError as error:
            log.error("centre_ca=not_written %s", error)
            return
        self._centre_ca = told

    def _look_around(self) -> None:
        if time.monotonic() < self._measure_at:
            return
        self._measure_at = time.monotonic() + MEASURE
        self._measure()
        self._trust()
        if self._link is None:
            self._connect()
        if not self._up and time.monotonic() >= self._ask_document_at and self._member is not None:
            self._document_pause = min(self._document_pause * 2, AWAY[1])
            self._ask_document_later()
            self._workers.submit(self._ask_document, self._member.device)
        try:
            found = hashlib.sha256(self._file.read_bytes()).hexdigest()
        except OSError:
            found = ""
        if self._written and found != self._written:
            self._tell(inputs.SettingsChanged(self._run))

    def _measure(self) -> None:
        expiry = self._link.expiry if self._link is not None else None
        self._tell(inputs.Measured(machine.disk_free_mb(self._settings.state_dir), expiry))

    def _connect(self) -> None:
        """By the way that the agent says; where that is impossible, it is tried again by and by."""
        assert self._agent is not None
        assert self._member is not None
        agent, member = self._agent, self._member
        broker = agent.broker
        assert broker is not None
        if self._link is not None:
            self._link.close()
        self._link = None
        self._down()
        self._links += 1
        this = self._links
        parts = urlsplit(broker.url)
        password = quote(member.broker_password, safe="")
        try:
            link = Link(
                f"{parts.scheme}://{quote(member.device, safe='')}:{password}@{parts.netloc}",
                member.device,
                subscribe=agent.subscriptions(),
                on_message=lambda topic, payload: self._heard(this, topic, payload),
                on_state=lambda up: self._changed(this, self._sid, up=up),
                on_delivered=lambda: self._from(this, lambda: self._tell(inputs.Delivered())),
                on_refused=lambda reason: self._from(this, self._refused),
                will=self._new_will,
                ca_file=self._identity.ca_file(broker),
                client_files=self._settings.client_files,
                ping_every=PING,
                reconnect=(random.uniform(*RECONNECT[0]), random.uniform(*RECONNECT[1])),
            )
            link.start()
        except (OSError, ValueError) as error:
            log.error("broker=unreachable %s", error)
            return
        self._link = link

    def _from(self, link: int, do: Callable[[], None]) -> None:
        """From a link's thread: on ours, unless another link stands by then. Its last words prove nothing."""
        self._inbox.put(lambda: do() if link == self._links else None)

    def _new_will(self) -> Will:
        assert self._agent is not None
        self._sid = secrets.token_hex(8)
        will = self._agent.will(self._sid, time.time())
        return Will(will.topic, will.payload)

    def _changed(self, link: int, sid: str, *, up: bool) -> None:
        """``sid``: of the connection, as its will has it."""
        self._from(link, lambda: self._linked(sid) if up else self._lost())

    def _linked(self, sid: str) -> None:
        self._up = True
        self._secrets_pause, self._document_pause = SECRETS[0], AWAY[0]
        self._measure()  # the first word of health has it
        self._tell(inputs.Connected(sid))

    def _lost(self) -> None:
        self._down()
        self._tell(inputs.Disconnected())

    def _down(self) -> None:
        if self._up:
            self._ask_document_later()
        self._up = False

    def _ask_document_later(self) -> None:
        self._ask_document_at = time.monotonic() + self._document_pause * random.uniform(0.5, 1.5)

    def _heard(self, link: int, topic: str, payload: bytes) -> None:
        found = topics.device_of(topic)
        if found is not None and self._member is not None and found[0] == self._member.device:
            said = inputs.Received(found[1], payload)
            self._from(link, lambda: self._tell(said))

    def _refused(self) -> None:
        """The broker does not know us as we are: the centre says why, or gives us new secrets."""
        if self._asking_secrets or time.monotonic() < self._secrets_at or self._member is None:
            return
        wait = self._secrets_pause * random.uniform(0.5, 1.5)
        self._secrets_at = time.monotonic() + wait
        self._secrets_pause = min(self._secrets_pause * 2, SECRETS[1])
        self._asking_secrets = True
        self._workers.submit(self._ask_secrets, self._member.device)

    def _ask_secrets(self, device: str) -> None:
        try:
            sealed = self._centre.secrets(device)
            self._inbox.put(lambda: self._renew(sealed))
        except CentreFailed as failed:
            self._turned_away("secrets", failed)
        finally:
            self._asking_secrets = False

    def _renew(self, sealed: str) -> None:
        assert self._member is not None
        try:
            self._member = self._identity.renew(self._member, sealed)
        except (Refused, OSError) as error:
            log.error("secrets=unusable %s", error)
            return
        self._connect()

    def _ask_document(self, device: str) -> None:
        """No broker for long: the newest document says where it is by now."""
        try:
            document = self._centre.desired(device)
            self._inbox.put(inputs.Received("desired", document))
        except CentreFailed as failed:
            self._turned_away("document", failed)

    def _turned_away(self, what: str, failed: CentreFailed) -> None:
        log.warning("%s=failed code=%s status=%d", what, failed.code, failed.status)
        if failed.order:  # retired: if the centre signed it, we wipe
            self._inbox.put(inputs.Received("cmd", failed.order))

    # -- what the agent wants -----------------------------------------------------------------------------

    def _carry(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Publish(topic, payload, qos, retain):
                    if self._link is not None:
                        self._link.publish(topic, payload, qos, retain)
                case Reach():
                    self._connect()
                case StartKiosk():
                    self._start(effect)
                case AskKiosk(run):
                    self._workers.submit(self._errands.ask, run)
                case Order():
                    self._workers.submit(self._errands.order, effect)
                case Put(token, path, content, kind):
                    self._workers.submit(self._errands.put, token, path, content, masked=kind == "masked")
                case CollectLogs():
                    self._workers.submit(self._errands.collect, effect)
                case Reboot(token):
                    self._workers.submit(self._errands.reboot, token)
                case Wipe():
                    time.sleep(FAREWELL)  # the answer leaves before the identity does
                    self._wipe()

    def _start(self, wanted: StartKiosk) -> None:
        self._run = wanted.run
        try:
            content = canonical(self._composed(wanted.revision, wanted.settings))
            self._folder.replace(self._file.name, content)
            self._written = hashlib.sha256(content).hexdigest()
            self._kiosk_state.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._keeper.start(wanted.run, self._file)
        except (OSError, SettingsError) as error:
            log.error("kiosk=unstartable run=%d %s", wanted.run, type(error).__name__)
            self._inbox.put(inputs.KioskDied(wanted.run, 2 if isinstance(error, SettingsError) else 1))
            return
        self._inbox.put(inputs.KioskStarted(wanted.run))

    def _composed(self, revision: int, settings: Mapping[str, Any] | None) -> dict[str, Any]:
        own = self._settings.kiosk
        return composed.compose(
            settings if settings is not None else {"role": "enrol", "name": self._settings.name},
            composed.Machine(
                id=self._member.device if self._member else "new",
                state_dir=self._kiosk_state,
                token_file=self._identity.secret_file("hall-token"),
                broker_file=self._identity.secret_file("hall-broker"),
                control=self._control,
                revision=revision,
                production=own.production,
                demo=own.demo.model_dump(mode="json", exclude_unset=True) if own.demo else {},
            ),
        )

    def _check(self, settings: Mapping[str, Any]) -> None:
        try:
            self._composed(0, settings)
        except SettingsError as error:
            first = error.problems[0] if error.problems else None
            key, reason = (first.key, first.reason) if first else ("", str(error))
            raise Refused("config.schema", reason, key) from error
        named = () if settings.get("role") == "hall" else get_args(Secret)  # a hall reads neither
        if missing := [name for name in named if not self._identity.secret_file(name).exists()]:
            raise Refused("config.schema", f"{', '.join(missing)} has not come to this terminal", "secrets")

    def _wipe(self) -> None:
        """Everything this terminal was; what is left is a machine that asks to be let in."""
        self._keeper.stop()
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._outbox is not None:
            self._outbox.erase()
            self._outbox = None
        self._identity.erase()
        self._erase_remains()
        log.warning("wiped: identity, secrets, documents and the kiosk's state are gone")

    def _erase_remains(self) -> None:
        for folder in (self._kiosk_state, self._settings.state_dir / "agent"):
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                log.error("remains=%s could not be erased", folder.name)
