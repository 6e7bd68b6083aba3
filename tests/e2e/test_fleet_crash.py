"""A real Kivy terminal under its real agent and a real centre: what makes it crash falls back by itself, without a net.

One terminal lives through all tests of this file, each a bad day of its own; the last one looks for secrets in all that
was said and written meanwhile.
"""

import asyncio
import base64
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Client as ControlClient
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from sqlalchemy import select

from provisioning.agent.changeover import LOOK
from provisioning.centre.collection import Collection
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.uplink import uplink_id
from provisioning.wire import topics
from provisioning.wire.control import KioskHealth
from tests.e2e.fleet_rig import HALL_PASSWORD, HANG, TERMINAL, FleetRig, full_disk, throughout, until
from tests.e2e.hall_process import Client, HallProcess

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

PROMPT = {"when": "now", "probation_seconds": 0.5, "deadline_seconds": 60}
LONG = {"when": "now", "probation_seconds": 600, "deadline_seconds": 1200}
NOTICE = "告示"
NUMBERS = 25  # taken at once


class Day:
    """The rig, with somebody who drafts and somebody who approves."""

    def __init__(self, rig: FleetRig) -> None:
        self.rig = rig
        self.operator, self.approver = rig.people()
        self.pushed = 0

    def push(self, change: dict[str, Any], apply: dict[str, Any] = PROMPT) -> int:
        self.pushed += 1
        return self.rig.push(change, apply, self.operator, self.approver)

    def notice(self, apply: dict[str, Any] = PROMPT) -> int:
        """A harmless change that nobody has seen before."""
        return self.push({"notices": [{"zh": f"{NOTICE}{self.pushed}"}]}, apply)

    def ended(self, number: int) -> str:
        """The state in which the rollout ended. After a cut it may be a minute until a terminal connects again."""
        return self.approver.ended(number, 2 * HANG)

    def centre_says(self) -> dict[str, Any]:
        found: dict[str, Any] = self.approver.get(f"/v1/terminals/{TERMINAL}")
        return found

    def confirmed(self) -> bool:
        said, standing = self.centre_says(), self.rig.kept().standing
        return (
            standing is not None
            and standing.state == said["reported_state"] == "confirmed"
            and standing.rev == said["rev"] == said["good"] == said["running"]
        )

    def calm(self) -> None:
        """All is well and confirmed, at both ends, and on the glass."""
        until(self.confirmed, lambda: (self.centre_says(), self.rig.kept().standing))
        until(self.welcome, lambda: self.rig.log_of(TERMINAL)[-1500:])

    def welcome(self) -> bool:
        return bool(self.rig.look()["screen"] == "welcome")

    def stands(self, centre: Database) -> tuple[object, ...]:
        """What there is to say when a journal does not come."""
        with centre.read() as connection:
            seen = connection.execute(select(t.terminals.c.id, t.terminals.c.seen)).all()
        said = [(topic, payload[:80]) for topic, payload in self.rig.heard if "-journal/" in topic]
        return (
            time.time(),
            seen,
            said[-8:],
            self.rig.log_of("uplink")[-500:],
            self.rig.log_of("centre")[-900:],
        )

    def on_trial(self) -> bool:
        return self.rig.kept().trial is not None

    def back(self, number: int, good: int, code: str) -> None:
        """The terminal has fallen back to ``good``; when the broker is there again the centre knows, and stops."""
        rig = self.rig
        until(lambda: not self.on_trial(), lambda: (rig.kept().standing, rig.log_of(TERMINAL)[-1500:]))
        kept = rig.kept()
        assert kept.standing is not None
        assert (kept.standing.state, kept.standing.fault.code if kept.standing.fault else "") == (
            "rolled_back",
            code,
        )
        assert kept.good is not None
        assert (kept.good.rev, kept.floor) == (good, kept.standing.rev)
        until(self.welcome, lambda: rig.log_of(TERMINAL)[-1500:])
        assert rig.told() == good
        rig.broker.start()
        assert self.ended(number) == "aborted"
        assert "rollout.failures" in self.approver.rollout(number)["reason"]
        with closing(rig.database()) as centre, centre.read() as connection:
            [target] = connection.execute(select(t.targets).where(t.targets.c.rollout == number)).all()
        assert (target.terminal, target.code) == (TERMINAL, code), (
            "it was told why, and that outlives the abort"
        )
        self.calm()  # what was released before is confirmed again


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    rig = FleetRig(tmp_path_factory.mktemp("fleet"))
    try:
        rig.start_terminal()
        until(lambda: rig.look()["screen"] == "welcome", lambda: rig.log_of(TERMINAL)[-2000:])
        made = Day(rig)
        assert made.ended(made.notice()) == "done"
        yield made
    finally:
        rig.close()


def test_a_kiosk_that_ends_at_once_is_taken_back_though_the_broker_is_dead(day: Day) -> None:
    day.calm()
    good = day.rig.kept().floor
    number = day.push({"role": "voice", "voice": {"sink": "null", "pack": "/nowhere"}})
    until(day.on_trial, "a trial")
    day.rig.broker.kill()
    day.back(number, good, "trial.crash_loop")


def test_a_kiosk_that_crashes_whenever_it_runs_what_is_new_is_taken_back(day: Day) -> None:
    day.calm()
    good = day.rig.kept().floor
    crashed = [day.rig.kiosk()]  # this one is well
    number = day.notice(LONG)
    until(day.on_trial, "a trial")
    day.rig.broker.kill()

    def crash() -> bool:
        kept, kiosk = day.rig.kept(), day.rig.kiosk()
        if kept.trial is None:
            return True
        if kiosk and kiosk not in crashed and day.rig.told() == kept.trial.document.rev:
            crashed.append(kiosk)
            with suppress(ProcessLookupError):
                os.kill(kiosk, signal.SIGSEGV)
        return False

    until(crash, lambda: (crashed, day.rig.kept().standing))
    assert len(crashed) == 3
    day.back(number, good, "trial.crash_loop")


def test_power_cuts_in_probation_lead_back_to_the_last_good_one_without_a_net(day: Day) -> None:
    day.calm()
    rig, good = day.rig, day.rig.kept().floor
    number = day.notice(LONG)
    until(day.on_trial, "a trial")
    rig.broker.kill()
    rev = rig.kept().floor
    until(lambda: rig.told() == rev and rig.kiosk(), "the new one runs")
    for attempt in (1, 2):
        trial = rig.kept().trial
        assert trial is not None
        assert (trial.document.rev, trial.attempts) == (rev, attempt)
        rig.power_cut()
        rig.boot()
    day.back(number, good, "trial.attempts")


def test_a_change_waits_until_the_citizen_has_gone(day: Day) -> None:
    day.calm()
    until(lambda: day.rig.press("take"), day.rig.look)
    until(lambda: _health(day.rig).busy, day.rig.look)
    number = day.notice({**PROMPT, "when": "idle", "idle_seconds": 1})
    until(lambda: day.centre_says()["reported_state"] == "staged", day.centre_says)
    rev = day.rig.kept().floor
    throughout(lambda: not day.on_trial(), LOOK + 1)  # the agent has looked whether somebody is there
    kept = day.rig.kept()
    assert kept.staged is not None
    assert (kept.staged.rev, kept.trial, day.rig.told() < rev) == (rev, None, True)
    assert not day.welcome()
    assert _health(day.rig).busy
    until(lambda: day.rig.press("home"), day.rig.look)
    assert day.ended(number) == "done"
    assert day.rig.kept().good is not None
    day.calm()
    assert day.rig.told() == rev


def test_what_the_full_disk_of_a_terminal_does_not_take_is_not_confirmed_and_is_made_up_for(day: Day) -> None:
    day.calm()
    rig, good, shown = day.rig, day.rig.kept().floor, day.rig.told()
    agent = rig.children.pid(TERMINAL)
    full_disk(agent, True)
    number = day.notice()
    until(lambda: day.approver.rollout(number)["state"] != "running", lambda: day.approver.rollout(number))
    assert day.ended(number) == "aborted"
    assert (rig.kept().floor, rig.told()) == (good, shown)
    assert day.welcome()
    full_disk(agent, False)
    assert day.ended(day.notice()) == "done"
    day.calm()


def test_the_journal_of_a_hall_is_at_the_centre_once_whatever_is_killed(day: Day) -> None:
    with closing(day.rig.database()) as centre:
        _a_journal_comes(day, centre)


def _a_journal_comes(day: Day, centre: Database) -> None:
    rig, taken = day.rig, 0

    def citizens() -> None:
        nonlocal taken
        taken = asyncio.run(_take_numbers(rig.hall, taken))

    citizens()
    until(lambda: _at_the_centre(centre), lambda: day.stands(centre))
    for kill, start in (
        (rig.hall.kill, rig.hall.start),
        (rig.broker.kill, rig.broker.start),
        (lambda: rig.children.kill("uplink"), rig.start_uplink),
        (lambda: rig.children.kill("centre"), rig.start_centre),
    ):
        citizens()  # their records are on the way when it is killed
        kill()
        if rig.hall.alive:
            citizens()
        start()
    citizens()
    journal = asyncio.run(_journal(rig.hall))
    assert len(journal) > taken == 9 * NUMBERS
    until(lambda: len(_at_the_centre(centre)) >= len(journal), lambda: day.stands(centre))
    assert _at_the_centre(centre) == [(line["record"]["seq"], line["hash"]) for line in journal]
    device = uplink_id(rig.fleet.hall.id)
    assert Collection(centre, time.time).position(device, "journal") == (len(journal), 0)


async def _take_numbers(hall: HallProcess, taken: int) -> int:
    client = Client(hall, "terminal")
    for number in range(taken, taken + NUMBERS):
        assert (await client.post("/v1/tickets", f"key-{number}", b'{"queue":"tax"}')).status == 201
    client.close()
    return taken + NUMBERS


async def _journal(hall: HallProcess) -> list[dict[str, Any]]:
    client = Client(hall, "reader")
    answer = await client.get("/v1/journal?after=0")
    client.close()
    return [json.loads(line) for line in answer.body.splitlines()]


def _at_the_centre(centre: Database) -> list[tuple[int, str]]:
    """Number and hash of each record of the hall's journal that is kept there."""
    with centre.read() as connection:
        rows = connection.execute(select(t.journal).order_by(t.journal.c.seq)).all()
    return [(row.seq, row.body["hash"]) for row in rows]


def test_no_secret_is_in_what_was_said_logged_kept_or_called(day: Day) -> None:
    day.calm()
    rig = day.rig
    until(lambda: rig.listening, "somebody hears all that is said")
    tokens = [_artefact_token(day, verb) for verb in ("screenshot", "logs")]
    for token in tokens:  # good once
        again = requests.put(f"{rig.fleet.url}/v1/artefacts/{token}", b"\x89PNG", timeout=30)
        assert again.status_code in (400, 404, 410), again.text
    sessions = [cookie.value for one in (day.operator, day.approver) for cookie in one._session.cookies]
    links = (rig.broker.centre_url, rig.fleet.ear, (rig.fleet.folder / "uplink.url").read_text())
    member = json.loads((rig.state / "identity" / "member.json").read_bytes())
    secrets = [
        rig.fleet.password,
        *rig.hall.tokens.values(),
        HALL_PASSWORD,
        *(str(urlsplit(link).password) for link in links),
        member["broker_password"],
        *map(str, sessions),
        *tokens,
    ]
    assert min(map(len, secrets)) >= 12
    assert len(sessions) == 2
    needles = {spelt for secret in secrets for spelt in _spelt(secret)}
    places = _places(rig)
    assert {kind for kind, _ in places} == {"said", "logged", "kept", "called"}
    leaks = [(kind, at) for (kind, at), content in places.items() if any(one in content for one in needles)]
    assert leaks == []
    planted = NOTICE.encode()  # what is no secret is found: this looks where there is something to see
    assert {kind for (kind, _), content in places.items() if planted in content} >= {"said", "kept"}


def _places(rig: FleetRig) -> dict[tuple[str, str], bytes]:
    """All that was said on the fleet's broker, but for the orders themselves; logs; databases; command lines."""
    said: dict[tuple[str, str], bytes] = {}
    for number, (topic, payload) in enumerate(rig.heard):
        if not topic.endswith("/cmd"):
            said["said", f"{number} {topic}"] = payload + _inside(payload)
    logs = {("logged", path.name): path.read_bytes() for path in (rig.folder / "log").iterdir()}
    logs["logged", "hall"] = rig.hall.log.encode()
    files = [*(rig.fleet.folder / "centre").glob("centre.sqlite*"), *(rig.state / "agent").glob("*")]
    kept: dict[tuple[str, str], bytes] = {}
    for path in filter(Path.is_file, files):
        with suppress(FileNotFoundError):  # what is written anew has another name for a moment
            kept["kept", path.name] = path.read_bytes()
    pids = [rig.children.pid(name) for name in ("centre", "uplink", TERMINAL)]
    pids += [rig.kiosk(), rig.broker.process.pid]
    called = {("called", str(pid)): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids}
    return said | logs | kept | called


def _inside(payload: bytes) -> bytes:
    """What a signed document says."""
    with suppress(ValueError, KeyError, TypeError):
        return base64.b64decode(json.loads(payload)["doc"])
    return b""


def _spelt(secret: str) -> tuple[bytes, ...]:
    raw = secret.encode()
    return raw, quote(secret, safe="").encode(), base64.b64encode(raw).rstrip(b"="), raw.hex().encode()


def _artefact_token(day: Day, verb: str) -> str:
    """Order it, and wait until the result is there; the token of the place where it was put."""
    rig = day.rig
    before = len(rig.heard)
    now = datetime.now(UTC)
    args = (
        {"since": (now - timedelta(minutes=5)).isoformat(), "until": now.isoformat()}
        if verb == "logs"
        else {}
    )
    day.operator.post("/v1/commands", {"terminals": [TERMINAL], "verb": verb, "args": args})

    def ended() -> bool:
        newest = day.operator.get("/v1/commands", terminal=TERMINAL)[0]
        return bool(newest["verb"] == verb and newest["state"] == "done")

    def told() -> list[bytes]:
        orders = [
            _inside(payload) for topic, payload in rig.heard[before:] if topic == topics.command(TERMINAL)
        ]
        return re.findall(rb"/v1/artefacts/([\w-]+)", b"".join(orders))

    until(ended, lambda: day.operator.get("/v1/commands", terminal=TERMINAL)[0])
    until(told, lambda: rig.heard[before:])
    [found] = told()
    return str(found.decode())


def _health(rig: FleetRig) -> KioskHealth:
    with ControlClient(str(rig.state / "agent" / "kiosk.sock"), family="AF_UNIX") as connection:
        connection.send_bytes(b'{"do":"health"}')
        return KioskHealth.model_validate_json(connection.recv_bytes())
