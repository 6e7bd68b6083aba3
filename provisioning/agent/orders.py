"""Commands: verified, done once, and each with an answer, also when it fails, takes too long or the power goes."""

import base64
import re
from collections.abc import Mapping
from datetime import datetime

from provisioning.agent.changeover import Changeover
from provisioning.agent.effects import CollectLogs, Order, Publish, Put, Reboot, Wipe
from provisioning.agent.inputs import Answered
from provisioning.agent.kept import Used
from provisioning.agent.turn import Turn
from provisioning.agent.vault import VaultUnwritable
from provisioning.wire import topics
from provisioning.wire.control import AskIdentify, AskScreenshot, AskTestPrint
from provisioning.wire.documents import Refused, open_command
from provisioning.wire.messages import Answer, Command

LONGEST = 60.0  # seconds until a command has failed
REBOOT = 120.0  # after which the machine should have been down
REMEMBERED = 48 * 3600.0  # seconds after its expiry that an id is kept at least
MOST = 1000  # ids kept
SAID_AGAIN = 300.0  # answers this young are said again on a new connection: the old one may have lost them
ONE_TIME = re.compile(r"/v1/artefacts/[A-Za-z0-9_-]{1,200}")


class Orders:
    """``may_reboot``: this machine's own settings may forbid it."""

    def __init__(self, device: str, changeover: Changeover, *, may_reboot: bool) -> None:
        self._device, self._changeover, self._may_reboot = device, changeover, may_reboot
        self._under_way: dict[str, tuple[Command, float]] = {}  # until when
        self.over = False  # wiped

    def boot(self, turn: Turn) -> None:
        """What was under way when the agent ended has ended with it; a reboot is done by that."""
        for id, used in self._changeover.kept.used.items():
            if used.answer is None:
                self._end(turn, id, used.verb == "reboot", "" if used.verb == "reboot" else "agent.restarted")

    def received(self, turn: Turn, payload: bytes) -> None:
        kept = self._changeover.kept
        try:
            command = open_command(
                payload,
                self._changeover.keys,
                self._device,
                self._changeover.at_least(turn),
                kept.keys_until,
            )
        except Refused as refusal:
            turn.note("command.refused", code=refusal.code)
            return
        if (known := kept.used.get(command.id)) is not None:
            if known.answer is not None:
                self._say(turn, known.answer)
            return
        since = self._changeover.known_since(turn, command.issued)
        used = {
            id: u
            for id, u in kept.used.items()
            if u.expires > since
            or u.expires + REMEMBERED > turn.wall  # forgotten only where it stays refused
        }
        if len(used) >= MOST:
            first = min(used, key=lambda id: used[id].expires)
            since = max(since, used.pop(first).expires)
        used[command.id] = Used(verb=command.verb, expires=command.expires.timestamp())
        if not self._changeover.save(turn, used=used, not_before=since):
            self._say(
                turn, Answer(id=command.id, ok=False, code=VaultUnwritable.code, at=turn.at)
            )  # not begun: an id that can't be remembered could be used twice
            return
        self._under_way[command.id] = (command, turn.mono + (REBOOT if command.verb == "reboot" else LONGEST))
        turn.note("command.begun", id=command.id, verb=command.verb)
        try:
            self._begin(turn, command)
        except Refused as refusal:
            self._end(turn, command.id, False, refusal.code, refusal.text)

    def answered(self, turn: Turn, answer: Answered) -> None:
        """A part of an order ended."""
        if (found := self._under_way.get(answer.token)) is None:
            return
        command, _ = found
        done = answer.done
        if command.verb == "screenshot" and answer.ok and done is not None and done.ok:
            try:
                picture = base64.b64decode(done.png, validate=True)
            except ValueError:
                self._end(turn, command.id, False, "kiosk.garbled")
                return
            kind = "masked" if done.masked else "screenshot"
            turn.effects.append(Put(command.id, command.args["put"], picture, kind))
            return
        if done is not None:
            self._end(turn, command.id, done.ok, done.code)
        else:
            self._end(turn, command.id, answer.ok, answer.code, answer.text)

    def connected(self, turn: Turn) -> None:
        for used in self._changeover.kept.used.values():
            if used.answer is not None and abs(turn.wall - used.answer.at.timestamp()) <= SAID_AGAIN:
                self._say(turn, used.answer)

    def tend(self, turn: Turn) -> None:
        for id in [id for id, (_, until) in self._under_way.items() if until <= turn.mono]:
            self._end(turn, id, False, "command.timeout")

    @property
    def due(self) -> float:
        return min((until for _, until in self._under_way.values()), default=float("inf"))

    def _begin(self, turn: Turn, command: Command) -> None:
        id, args, kiosk = command.id, command.args, self._changeover.kiosk
        match command.verb:
            case "identify":
                turn.effects.append(Order(kiosk.run, id, AskIdentify(seconds=_seconds(args))))
            case "test_print":
                turn.effects.append(Order(kiosk.run, id, AskTestPrint()))
            case "screenshot":
                _one_time(args)
                turn.effects.append(Order(kiosk.run, id, AskScreenshot()))
            case "logs":
                since, until = _range(args)
                turn.effects.append(CollectLogs(id, since, until, _one_time(args)))
            case "restart_app":
                self._refuse_while_busy(turn, args)
                kiosk.again(turn)
                self._end(turn, id, True)
            case "reboot":
                if not self._may_reboot:
                    raise Refused("command.forbidden", "by the settings of the machine")
                self._refuse_while_busy(turn, args)
                turn.effects.append(Reboot(id))  # the answer comes when the agent is back
            case "resync":
                turn.report = True
                self._end(turn, id, True)
            case "rollback":
                if not self._changeover.back(turn):
                    raise Refused("command.nothing_before")
                self._end(turn, id, True)
            case "wipe":
                self._end(turn, id, True)
                turn.effects.append(Wipe())
                self.over = True

    def _refuse_while_busy(self, turn: Turn, args: Mapping[str, str]) -> None:
        """A citizen is not sent away, but by ``force`` = "1"."""
        kiosk = self._changeover.kiosk
        known_busy = kiosk.said is not None and kiosk.said.busy and not kiosk.idle(turn.mono, 0.0)
        if known_busy and args.get("force") != "1":
            raise Refused("kiosk.busy")

    def _end(self, turn: Turn, id: str, ok: bool, code: str = "", text: str = "") -> None:
        self._under_way.pop(id, None)
        answer = Answer(id=id, ok=ok, code=code, text=text[:200], at=turn.at)
        used = self._changeover.kept.used
        if id in used:
            self._changeover.save(
                turn, used=used | {id: used[id].model_copy(update={"answer": answer})}
            )  # not kept where the disk is full: then it is told as "agent.restarted" once more, later
        # The answer once more, should that one be lost: the centre ends an order by either.
        turn.note("command.ended", id=id, ok=ok, code=code, text=answer.text)
        self._say(turn, answer)

    def _say(self, turn: Turn, answer: Answer) -> None:
        turn.effects.append(Publish(topics.answer(self._device), answer.model_dump_json().encode()))


def _seconds(args: Mapping[str, str]) -> float:
    try:
        return min(120.0, max(1.0, float(args.get("seconds", "15"))))
    except ValueError as error:
        raise Refused("command.args", "seconds") from error


def _one_time(args: Mapping[str, str]) -> str:
    path = args.get("put", "")
    if not ONE_TIME.fullmatch(path):
        raise Refused("command.args", "put")
    return path


def _range(args: Mapping[str, str]) -> tuple[datetime, datetime]:
    try:
        since, until = (datetime.fromisoformat(args[key]) for key in ("since", "until"))
    except (KeyError, ValueError) as error:
        raise Refused("command.args", "since, until") from error
    if since.tzinfo is None or until.tzinfo is None or since >= until:
        raise Refused("command.args", "since, until")
    return since, until
