"""The whole agent: enrolled over real HTTP, on a real broker, with a real child process. The centre is a model."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hall.wire.link import Link
from provisioning.agent import runner as agent_runner
from provisioning.agent.runner import Runner
from provisioning.agent.settings import AgentSettings, Machine
from provisioning.broker import passwords, private
from provisioning.centre.collection import Collection
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import events
from provisioning.wire import topics
from provisioning.wire.documents import (
    Apply,
    Document,
    etag,
    proven,
    seal,
    sign_command,
    sign_document,
)
from provisioning.wire.messages import Command, Event, EventBatch, Presence, Reported
from tests.unit.provisioning.agent.machine import DEVICE, key, public

pytestmark = pytest.mark.broker

TINY = "tests.unit.provisioning.agent.tiny_kiosk"


class ModelCentre:
    """Enrolment as the centre does it, each step proven; and an ear on the broker."""

    def __init__(self, folder: Path) -> None:
        self.broker = private.start(folder)
        self.asked: list[dict[str, Any]] = []
        self.refusing = False  # what is asked for a code
        self.state = "pending"
        self.password, self.minted = "", 0
        self.claims = 0
        self.events = 0  # that an earlier machine has sent
        self.retired = ""  # by whose key it is said
        self.refusals = 0
        self.uploads: list[tuple[str, bytes, bool]] = []
        self.heard: list[tuple[str, bytes]] = []
        self.changed = threading.Condition()
        centre = self

        class Answers(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def do_POST(self) -> None:
                centre.post(self)

            def do_GET(self) -> None:
                centre.get(self)

            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                masked = self.headers.get("X-Tongyuan-Masked") == "1"
                centre.note(lambda: centre.uploads.append((self.path, body, masked)))
                centre.say(self, 204, None)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.link = Link(
            self.broker.centre_url,
            "centre",
            subscribe=tuple(
                (of("+"), 1) for of in (topics.reported, topics.status, topics.answer, topics.events)
            ),
            on_message=lambda topic, payload: self.note(lambda: self.heard.append((topic, payload))),
        )
        self.link.start()

    def note(self, change: Callable[[], None]) -> None:
        with self.changed:
            change()
            self.changed.notify_all()

    def until(self, what: Callable[[], bool], seconds: float = 40) -> bool:
        with self.changed:
            return self.changed.wait_for(what, seconds)

    def say(self, to: BaseHTTPRequestHandler, status: int, body: object) -> None:
        raw = b"" if body is None else json.dumps(body, default=str).encode()
        to.send_response(status)
        to.send_header("Content-Length", str(len(raw)))
        to.end_headers()
        to.wfile.write(raw)

    def proved(self, said: BaseHTTPRequestHandler, purpose: str, about: str) -> bool:
        scheme, _, proof = said.headers["Authorization"].partition(" ")
        known = self.asked[-1]["public_key"]
        return scheme == "Proof" and proven(proof, known, purpose, about, datetime.now(UTC))

    def post(self, said: BaseHTTPRequestHandler) -> None:
        body = said.rfile.read(int(said.headers.get("Content-Length") or 0))
        if said.path == "/v1/enrolments":
            self.note(lambda: self.asked.append(json.loads(body)))
            number = len(self.asked)
            expires = datetime.now(UTC) + timedelta(minutes=15)
            ticket = {
                "id": f"e{number}",
                "code": f"CODE{number}",
                "expires": expires.isoformat(),
                "url": f"{self.url}/e",
            }
            self.say(said, 201, ticket | {"poll_seconds": 0.5})
        elif said.path.startswith("/v1/secrets/"):
            assert self.proved(said, "secrets", DEVICE)
            self.refuse(said) if self.retired else self.say(said, 200, {"sealed": self.sealed()})
        else:
            id = said.path.split("/")[3]
            assert self.proved(said, "claimed", id)
            self.note(lambda: setattr(self, "claims", self.claims + 1))
            self.say(said, 200, {"state": "claimed"})

    def refuse(self, said: BaseHTTPRequestHandler) -> None:
        """It is retired; with an order that its agent can believe, where there is one."""
        self.note(lambda: setattr(self, "refusals", self.refusals + 1))
        order = base64.b64encode(self.signed("retire", "wipe", by=self.retired)).decode("ascii")
        self.say(said, 410, {"code": "enrolment.retired", "facts": {"order": order}})

    def get(self, said: BaseHTTPRequestHandler) -> None:
        id = said.path.split("/")[3]
        assert self.proved(said, "enrolment", id)
        if self.state != "approved":
            self.say(said, 200, {"state": self.state})
            return
        grant = {
            "device": DEVICE,
            "hall": "h12",
            "keys": {"a": public("a")},
            "broker": {"url": self.broker.url, "ca": None},
            "sealed": self.sealed(),
            "desired": self.document(1, "first").decode(),
            "events": self.events,
        }
        self.say(said, 200, {"state": "approved", "grant": grant})

    def sealed(self) -> str:
        self.minted += 1
        self.password = f"minted {self.minted}"
        self.let_in(self.password)
        named = {"hall-token": "t", "hall-broker": "mqtt://h"}
        secret = json.dumps({"broker_password": self.password, "named": named})
        return seal(secret.encode(), self.asked[-1]["seal_key"])

    def let_in(self, password: str) -> None:
        known = passwords.read(self.broker.passwords)
        passwords.write(self.broker.passwords, known | {DEVICE: passwords.hashed(password)})
        self.broker.reload()

    def document(self, rev: int, name: str) -> bytes:
        settings = {"role": "terminal", "name": name, "source": {"hall": "h12", "url": "http://127.0.0.1:9"}}
        now = datetime.now(UTC)
        body = Document(
            device=DEVICE,
            rev=rev,
            etag=etag(settings),
            issued=now,
            expires=now + timedelta(days=1),
            apply=Apply(when="now", probation_seconds=0.2, deadline_seconds=60),
            settings=settings,
        )
        return sign_document(body, "a", key("a"))

    def order(self, id: str, verb: str, args: dict[str, str] | None = None) -> None:
        self.link.publish(topics.command(DEVICE), self.signed(id, verb, args))

    def signed(self, id: str, verb: str, args: dict[str, str] | None = None, by: str = "a") -> bytes:
        now = datetime.now(UTC)
        body = Command.model_validate(
            {
                "id": id,
                "device": DEVICE,
                "verb": verb,
                "args": args or {},
                "issued": now,
                "expires": now + timedelta(minutes=2),
            }
        )
        return sign_command(body, "a", key(by))

    def of(self, topic: str) -> list[bytes]:
        return [payload for at, payload in self.heard if at == topic]

    def confirmed(self, rev: int) -> bool:
        said = [Reported.model_validate_json(raw) for raw in self.of(topics.reported(DEVICE))]
        return any(r.state == "confirmed" and r.rev == rev for r in said)

    def online(self) -> list[str]:
        """Session ids under which it said that it is there, in order."""
        return [one.sid for one in self.presences() if one.on]

    def presences(self) -> list[Presence]:
        return [Presence.model_validate_json(raw) for raw in self.of(topics.status(DEVICE))]

    def answered(self, id: str) -> bool:
        return any(
            json.loads(raw)["id"] == id and json.loads(raw)["ok"] for raw in self.of(topics.answer(DEVICE))
        )

    def close(self) -> None:
        self.link.close()
        self.server.shutdown()
        self.server.server_close()
        self.broker.stop()


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ModelCentre]:
    made = ModelCentre(tmp_path / "broker")
    yield made
    made.close()


@pytest.fixture
def runner(centre: ModelCentre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    settings = AgentSettings(
        centre=centre.url,
        state_dir=tmp_path / "t",
        serial="SN-1",
        may_reboot=False,
        kiosk=Machine(production=False, module=TINY),
    )
    monkeypatch.setattr(agent_runner, "RECONNECT", ((0.1, 0.2), (0.5, 1.0)))
    made = Runner(settings, "1.0")
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.stop()
    thread.join(60)
    assert not thread.is_alive()


def test_a_terminal_enrols_serves_changes_and_is_wiped(
    centre: ModelCentre, runner: Runner, tmp_path: Path
) -> None:
    assert centre.until(lambda: len(centre.asked) == 1)
    assert centre.asked[0]["serial"] == "SN-1"
    centre.state = "approved"
    assert centre.until(lambda: centre.confirmed(1), 60)  # serves citizens within 60 s of approval
    assert centre.until(lambda: centre.claims == 1)  # said meanwhile: nothing waits for it
    centre.link.publish(topics.desired(DEVICE), centre.document(2, "second"), 1, True)
    assert centre.until(lambda: centre.confirmed(2))
    centre.link.publish(topics.desired(DEVICE), centre.document(3, "crashes"), 1, True)

    def rolled_back() -> bool:
        said = [Reported.model_validate_json(raw) for raw in centre.of(topics.reported(DEVICE))]
        return said[-1].state == "rolled_back" and said[-1].running == 2

    assert centre.until(rolled_back)
    assert not centre.confirmed(3)
    centre.order("c1", "identify")
    assert centre.until(lambda: centre.answered("c1"))
    centre.order("c2", "wipe")
    assert centre.until(lambda: centre.answered("c2"))
    assert _until_true(lambda: not (tmp_path / "t" / "agent").exists())
    assert not any((tmp_path / "t").iterdir())


def test_each_connection_has_a_session_of_its_own_and_the_will_carries_it(
    centre: ModelCentre, runner: Runner
) -> None:
    centre.state = "approved"
    assert centre.until(lambda: centre.confirmed(1))
    centre.broker.kill()
    centre.broker.start()
    assert centre.until(lambda: len(set(centre.online())) >= 2)
    sid = centre.online()[-1]
    assert runner._link is not None
    client = runner._link._client
    assert client is not None
    line: Any = client.socket()
    line.shutdown(2)  # a line that breaks: the broker says the will
    assert centre.until(lambda: any(not p.on and p.sid == sid for p in centre.presences()))
    assert centre.until(lambda: centre.online()[-1] != sid)


def test_a_refused_password_is_asked_for_anew_and_a_retired_terminal_wipes_itself(
    centre: ModelCentre, runner: Runner, tmp_path: Path
) -> None:
    centre.state = "approved"
    assert centre.until(lambda: centre.confirmed(1))
    before = set(centre.online())
    centre.let_in("another")
    centre.broker.stop()
    centre.broker.start()
    assert centre.until(lambda: centre.minted >= 2 and not before.issuperset(centre.online()))
    centre.retired = "stranger"  # somebody on the way says so
    runner._secrets_at = 0.0
    centre.let_in("another again")
    centre.broker.stop()
    centre.broker.start()
    assert centre.until(lambda: centre.refusals >= 1)
    runner._secrets_at = 0.0  # the next refusal of the broker makes it ask once more
    assert centre.until(lambda: centre.refusals >= 2)
    assert (tmp_path / "t" / "identity" / "member.json").exists()
    centre.retired = "a"
    runner._secrets_at = 0.0
    assert _until_true(lambda: not (tmp_path / "t" / "identity").exists())


def test_a_code_that_has_run_out_is_replaced_by_a_new_one(centre: ModelCentre, runner: Runner) -> None:
    assert centre.until(lambda: len(centre.asked) == 1)
    centre.state = "expired"
    assert centre.until(lambda: len(centre.asked) >= 2)
    assert centre.asked[0]["public_key"] == centre.asked[1]["public_key"]


def test_a_new_machine_under_an_old_name_loses_no_event(
    centre: ModelCentre, runner: Runner, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'centre.sqlite'}")
    database.prepare()
    collection = Collection(database, time.time)
    before = [Event(seq=n, at=datetime.now(UTC), type="agent.started") for n in range(1, 42)]
    collection.take(DEVICE, EventBatch(stream="agent", events=tuple(before)))
    centre.events, centre.state = 41, "approved"
    assert centre.until(lambda: centre.confirmed(1))
    assert centre.until(lambda: bool(centre.of(topics.events(DEVICE))))

    def acknowledged() -> bool:
        for raw in centre.of(topics.events(DEVICE)):
            taken = collection.take(DEVICE, EventBatch.model_validate_json(raw))
            assert taken.gap is None
            centre.link.publish(topics.ack(DEVICE), taken.ack.model_dump_json().encode())
        return runner._outbox is not None and runner._outbox.depth() == 0

    assert _until_true(acknowledged)
    with database.read() as connection:
        kept = connection.execute(select(events.c.seq, events.c.type).order_by(events.c.seq)).all()
    database.close()
    assert [row.seq for row in kept] == list(range(1, len(kept) + 1))
    assert kept[41].type == "agent.started"


def _until_true(true: Callable[[], bool], seconds: float = 40) -> bool:
    until = time.monotonic() + seconds
    pause = threading.Event()
    while not true() and time.monotonic() < until:
        pause.wait(0.05)
    return true()
