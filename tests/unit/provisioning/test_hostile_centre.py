"""The centre against its own terminals, against operators of other halls, and against strangers at its address."""

import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from provisioning.centre.api.door import Declared, Route
from provisioning.centre.collection import Collection
from provisioning.centre.enrolment import EXPECTED_FOR
from provisioning.centre.fleet import Fleet
from provisioning.centre.hall_link import link_of
from provisioning.centre.heard import MESSAGES, Dropped, parse
from provisioning.centre.placement import EnrolmentRefused, Placement
from provisioning.centre.registry import RegistryRefused
from provisioning.centre.rights import CENTRE
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.centre.throttle import LIMITS, Throttle, Throttled
from provisioning.wire import topics
from provisioning.wire.messages import EventBatch, Health, Presence, Reported
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import (
    Centre,
    Machine,
    Time,
    browser,
    code,
    place,
    sign_in,
)
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal

AT = "2026-11-22T04:00:00Z"
HTML = "<img src=x onerror=alert(1)>\"'</script>"
ODD: tuple[Any, ...] = (
    "\x00",
    "\n2026 ERROR forged",
    10**30,
    2**31,
    -1,
    float("nan"),
    float("inf"),
    None,
    [],
    {},
)


@pytest.fixture
def lite(tmp_path: Path, _prepared_sqlite: Path) -> Iterator[Database]:
    shutil.copy(_prepared_sqlite, tmp_path / "centre.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'centre.sqlite'}")
    yield database
    database.close()


# -- a terminal with its own credentials ----------------------------------------------------------------------


def test_nothing_one_terminal_says_keeps_the_others_out_of_the_database(database: Database) -> None:
    add_hall(database)
    for terminal in ("bad", "good"):
        add_terminal(database, terminal)
    now = Time()
    fleet, collection, dropped = Fleet(database, now), Collection(database, now), Dropped(now)
    fleet.load()
    reported = {"device": "bad", "sid": "s", "rev": 1, "state": "confirmed", "running": 1, "good": 1}
    reported |= {"highest": 1, "at": AT, "app": "a", "os": "o", "etag": "e", "keys": ["k"]}
    reported |= {"fault": {"code": "x", "text": "t"}}
    presence = {"on": True, "sid": "s", "boot": 1, "at": AT}
    health = {"sid": "s", "at": AT, "up_seconds": 1, "rev": 1, "screen": "s", "frame_ms": 1, "outbox": 1}
    health |= {
        "devices": {"p": ""},
        "paper": {"left": 1, "printed": 1},
        "catalogue": "c",
        "certificate_days": 1,
    }
    batch = {
        "stream": "agent",
        "lost_before": 0,
        "events": [{"seq": 1, "at": AT, "type": "x", "body": {"a": 1}}],
    }
    said: list[tuple[str, dict[str, Any]]] = []
    for kind, whole in (("reported", reported), ("status", presence), ("health", health)):
        said += [(kind, whole | {name: odd}) for name in whole for odd in ODD]
    said += [("health", health | {"devices": {odd: ""}}) for odd in ("\x00", "x" * 201)]
    batches: list[tuple[str, EventBatch]] = []
    for odd in ODD:
        said.append(("event", batch | {"events": [{"seq": 1, "at": AT, "type": "x", "body": {"a": [odd]}}]}))
        said.append(("event", batch | {"lost_before": odd}))
    for kind, body in said:
        now.at += 1
        heard = parse(f"k/1/d/bad/{kind}", json.dumps(body).encode(), dropped)
        match heard.message if heard else None:
            case Reported() as message:
                fleet.heard_reported("bad", message)
            case Presence() as message:
                fleet.heard_presence("bad", message)
            case Health() as message:
                fleet.heard_health("bad", message)
            case EventBatch() as message:
                batches.append(("bad", message))
    good = Presence.model_validate({"on": True, "sid": "mine", "at": AT})
    assert fleet.heard_presence("good", good)
    fleet.flush()
    one = {"stream": "agent", "events": [{"seq": 1, "at": AT, "type": "x"}]}
    acks = collection.take_all([*batches, ("good", EventBatch.model_validate(one))])
    assert acks[-1].ack.seq == 1
    with database.read() as db:
        assert db.scalar(select(t.terminals.c.sid).where(t.terminals.c.id == "good")) == "mine"
        assert "\n" not in str(db.scalar(select(t.terminals.c.app).where(t.terminals.c.id == "bad")))


def test_a_terminal_cannot_send_a_halls_journal(lite: Database) -> None:
    add_hall(lite)
    add_terminal(lite, "k1")
    add_terminal(lite, "qy-journal", kind="hall")
    forged = EventBatch.model_validate(
        {"stream": "journal", "events": [{"seq": 1, "at": AT, "type": "served", "body": {}}]}
    )
    taken = Collection(lite, Time()).take_all([("k1", forged), ("qy-journal", forged)])
    assert [one.ack.seq for one in taken] == [0, 1]
    with lite.read() as db:
        assert len(db.execute(select(t.journal)).all()) == 1


def test_a_flood_of_one_terminal_is_dropped_and_the_others_are_heard() -> None:
    now = Time()
    dropped = Dropped(now)
    health = json.dumps({"sid": "s", "at": AT, "up_seconds": 1, "rev": 1}).encode()
    heard = [parse(topics.health("bad"), health, dropped) for _ in range(10_000)]
    assert sum(one is not None for one in heard) == MESSAGES.burst
    assert dropped.counts["flood"] == 10_000 - MESSAGES.burst
    assert parse(topics.health("good"), health, dropped) is not None
    now.at += 1
    assert (
        sum(parse(topics.health("bad"), health, dropped) is not None for _ in range(1000))
        == MESSAGES.per_second
    )


@pytest.mark.parametrize(
    "topic",
    [
        "k/1/d/../desired",
        "k/1/d//status",
        "k/1/d/a/b/status",
        "k/1/d/#/status",
        "$SYS/x",
        "k/1/d/一/health",
        "",
    ],
)
def test_odd_topics_reach_nobody(topic: str) -> None:
    heard = parse(topic, b'{"on":true,"sid":"s","at":"2026-11-22T04:00:00Z"}', Dropped(Time()))
    assert heard is None or heard.device in ("", "..", "#", "一")  # no id of a terminal is one of these


def test_an_uplinks_identity_is_no_terminals_and_the_other_way_round(centre: Centre) -> None:
    with browser(centre.app()) as net:
        asked = net.post("/v1/enrolments", json=Machine().request.model_dump()).json()
        with pytest.raises(EnrolmentRefused) as refused:
            centre.enrolments.approve(CENTRE, asked["code"], Placement.model_validate(place("ly-journal")))
        assert refused.value.code == "enrolment.name_reserved"
    add_terminal(centre.database, "ly-journal", "qy")
    with pytest.raises(RegistryRefused):
        link_of(centre.database, "ly", "mqtts://broker.test:8883")


@pytest.fixture
def centre(lite: Database, tmp_path: Path) -> Centre:
    made = Centre(lite, tmp_path)
    made.hire("admin", "admin")
    made.hire("local", "approver", "qy")
    return made


def let_in(
    centre: Centre, net: Browser, machine: Machine, terminal: str = "qy-k01", hall: str = "qy"
) -> None:
    asked = net.post("/v1/enrolments", json=machine.request.model_dump())
    assert asked.status_code == 201, asked.text
    centre.enrolments.approve(
        CENTRE, asked.json()["code"], Placement.model_validate(place(terminal, hall, name=HTML[:28]))
    )


def test_a_proof_mints_one_password_however_often_and_in_whatever_order_it_is_sent(centre: Centre) -> None:
    machine = Machine()
    with browser(centre.app()) as net:
        let_in(centre, net, machine)
        centre.time.at += 10
        older, newer = (
            machine.proof("secrets", "qy-k01", centre.time.moment + timedelta(seconds=by)) for by in (0, 5)
        )
        assert net.post("/v1/secrets/qy-k01", headers=newer).status_code == 200
        for replayed in (newer, older, newer):
            assert code(net.post("/v1/secrets/qy-k01", headers=replayed)) == "401 auth.replayed"
        centre.time.at += 60
    with browser(centre.app()) as net:  # the centre was started anew
        for replayed in (newer, older):
            assert code(net.post("/v1/secrets/qy-k01", headers=replayed)) == "401 auth.replayed"
        fresh = machine.proof("secrets", "qy-k01", centre.time.moment)
        assert net.post("/v1/secrets/qy-k01", headers=fresh).status_code == 200
    with centre.database.read() as db:
        told = db.scalars(select(t.audit.c.action).where(t.audit.c.subject == "terminal qy-k01")).all()
    assert told.count("terminal.secrets") == 2


def test_a_serial_is_expected_for_a_month_and_by_one_machine(centre: Centre) -> None:
    table = b"serial,terminal,hall,role,name\nSN-1,qy-k01,qy,terminal,x\nSN-2,qy-k02,qy,terminal,x\n"
    centre.expected.take(CENTRE, table)
    with browser(centre.app()) as net:

        def state(machine: Machine) -> str:
            id_ = net.post("/v1/enrolments", json=machine.request.model_dump()).json()["id"]
            proof = machine.proof("enrolment", id_, centre.time.moment)
            return str(net.get(f"/v1/enrolments/{id_}", headers=proof).json()["state"])

        assert state(Machine("SN-1")) == "approved"
        assert state(Machine("SN-1")) == "pending"  # another key: people look at it
        centre.time.at += EXPECTED_FOR
        assert state(Machine("SN-2")) == "pending"


def test_an_address_that_is_no_ones_is_refused_before_its_body_is_read(centre: Centre) -> None:
    with browser(centre.app()) as net:
        for token in ("guess", "x" * 43, "..%2f..%2fpeople", "%00"):
            answer = net.put(f"/v1/artefacts/{token}", content=b"x" * (8 * 2**20))
            assert answer.status_code == 404
        for path in ("/v1/session", "/v1/enrolments", "/v1/secrets/qy-k01"):
            assert net.post(path, content=b"x" * 100_000).status_code in (401, 413)


def test_what_a_terminal_uploads_is_never_a_page(centre: Centre) -> None:
    page = b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>"
    with browser(centre.app(pages=True)) as net:
        let_in(centre, net, Machine())
        csrf = sign_in(net, "admin")
        for verb, content in (("screenshot", page), ("logs", b"\x1f\x8b" + b"<script>")):
            args = {"since": AT, "until": AT} if verb == "logs" else {}
            order = {"terminals": ["qy-k01"], "verb": verb, "args": args}
            assert net.post("/v1/commands", json=order, headers=csrf).status_code == 201
            with centre.database.read() as db:
                command = db.scalar(select(t.commands.c.id).where(t.commands.c.verb == verb))
            token = re.search(rb"/v1/artefacts/([\w-]+)", _doc(centre.said[-1][2]))
            assert token is not None
            assert net.put(f"/v1/artefacts/{token[1].decode()}", content=content).status_code == 204
            for path in (f"/v1/commands/{command}/artefact", f"/artefacts/{command}"):
                shown = net.get(path)
                assert shown.headers["x-content-type-options"] == "nosniff"
                assert shown.headers["content-type"] in ("image/png", "application/gzip")
                assert "default-src 'none'" in shown.headers["content-security-policy"]
                assert shown.headers["content-disposition"].startswith(
                    "inline" if verb == "screenshot" else "att"
                )


def _doc(envelope: bytes) -> bytes:
    from base64 import b64decode

    return b64decode(json.loads(envelope)["doc"])


# -- people: halls, pages, the trail --------------------------------------------------------------------------


def routes(centre: Centre) -> list[Declared]:
    return [r.declared for r in centre.app(pages=True).router.routes if isinstance(r, Route)]


def pages(centre: Centre, hall: str, terminal: str, more: dict[str, str]) -> list[str]:
    """Every address that can be read, filled with things of ``hall``."""
    filled = {
        "terminal": terminal,
        "hall": hall,
        "device": terminal,
        "rev": "1",
        "scope": "hall",
        "kind": "hall",
    }
    filled |= {"key": hall, "name": "console.css"} | more
    return [
        re.sub(r"{(\w+)}", lambda found: filled.get(found[1], "1"), d.path)
        for d in routes(centre)
        if d.method == "GET" and d.audience != "device"
    ]


def furnish(centre: Centre, net: Browser) -> dict[str, str]:
    """A terminal in each hall, with names that hope to be HTML; an order, a silence and an alert of the other hall."""
    for terminal, hall in (("qy-k01", "qy"), ("ly-k01", "ly")):
        machine = Machine(f"SN-{terminal}")
        let_in(centre, net, machine, terminal, hall)
    request = Machine("SN-wait").request.model_copy(update={"app": HTML, "os": HTML, "model": HTML})
    assert net.post("/v1/enrolments", json=request.model_dump()).status_code == 201
    with centre.database.write() as db:
        health = {"sid": "s", "at": AT, "up_seconds": 1, "rev": 1, "screen": HTML, "catalogue": HTML}
        health |= {"devices": {HTML: "fault.x"}}
        fault = {"code": "config.schema", "path": HTML, "text": HTML}
        health = Health.model_validate(health).model_dump(mode="json")
        values = {"app": HTML[:40], "os": HTML, "fault": fault, "health": health, "health_at": centre.time()}
        db.execute(update(t.terminals).values(**values, name_en=HTML))
        db.execute(
            t.events.insert().values(
                terminal="qy-k01", seq=1, at=1, type="x", body={"code": HTML, HTML: HTML}, received=1
            )
        )
        alert = {
            "kind": "gap",
            "severity": "warning",
            "code": "centre.gap",
            "detail": {"text": HTML},
            "opened": 1,
        }
        alert |= {"seen": 1, "silenced": False, "acknowledged_by": ""}
        for terminal, hall in (("qy-k01", "qy"), ("ly-k01", "ly")):
            db.execute(t.alerts.insert().values(terminal=terminal, hall=hall, **alert))
    centre.fleet.load()
    sent = centre.commands.send(CENTRE, ["ly-k01"], "identify")
    centre.alerts.silence(CENTRE, "terminal", "ly-k01", "", 1, 2e9, HTML)
    centre.alerts.silence(CENTRE, "hall", "ly", "", 1, 2e9, HTML)
    values = {"screen": {"theme": "large"}}
    change = {"kind": "hall", "key": "ly", "base": 0, "values": values}
    with centre.database.write() as db:
        draft: dict[str, Any] = {
            "title": "ly-k01 " + HTML,
            "state": "approved",
            "changes": [change],
            "plan": {},
            "author": "li",
        }
        draft |= {
            "created": 1.0,
            "changed": 1.0,
            "reviewer": "wang",
            "reviewed": 1.0,
            "remark": "",
            "version": 1,
        }
        number = db.execute(t.drafts.insert().values(**draft).returning(t.drafts.c.id)).scalar_one()
    rollout = centre.rollouts.start(number, CENTRE)
    with centre.database.read() as db:
        command = db.scalar(select(t.commands.c.id).where(t.commands.c.batch == sent.id))
    return {"command": str(command), "draft": str(number), "rollout": str(rollout)}


def test_no_name_that_anybody_sets_becomes_html_on_any_page(centre: Centre) -> None:
    with browser(centre.app(pages=True)) as net:
        more = furnish(centre, net)
        csrf = sign_in(net, "admin")
        person = {"name": "mallory", "shown": HTML, "role": "viewer", "password": "a long good phrase"}
        assert net.post("/v1/people", json=person, headers=csrf).status_code == 201
        drawn = 0
        for path in pages(centre, "qy", "qy-k01", more):
            answer = net.get(path)
            assert answer.status_code < 500, path
            if "text/html" in answer.headers.get("content-type", ""):
                drawn += answer.status_code == 200
                assert "<img src=x" not in answer.text, path
                assert "'</script>" not in answer.text, path
        for odd in ("<img src=x>", "\"'><img src=x onerror=1>", "javascript:alert(1)"):
            for path in (
                "/terminals?find=",
                "/audit?subject=",
                "/alerts?kind=",
                "/enrolment?code=",
                "/sign-in?next=",
            ):
                answer = net.get(f"{path}{odd}")
                assert "<img src=x" not in answer.text, path
                assert 'href="javascript:' not in answer.text, path
        assert drawn > 15


def test_somebody_of_one_hall_reads_nothing_of_another_on_any_page(centre: Centre) -> None:
    with browser(centre.app(pages=True)) as net:
        more = furnish(centre, net)
        csrf = sign_in(net, "local")
        assert csrf
        leaks = []
        for hall, terminal in (("qy", "qy-k01"), ("ly", "ly-k01")):
            for path in pages(centre, hall, terminal, more):
                answer = net.get(path)
                assert answer.status_code < 500, (path, answer.text)
                text = answer.text.replace(path, "").replace(path.replace("/", "%2F"), "")
                leaks += [
                    (path, mark)
                    for mark in ("ly-k01", "临邑", "Linyi", "SN-ly")
                    if mark in text and answer.status_code == 200
                ]
        assert leaks == [], leaks


NOT_TOLD = {
    ("DELETE", "/v1/session"): "ends the own session",
    ("POST", "/sign-out"): "ends the own session",
    ("POST", "/language"): "a cookie",
    ("POST", "/audit/verify"): "reads",
    ("POST", "/v1/enrolments"): "a stranger asks; letting in is told",
    ("POST", "/v1/enrolments/{id}/claimed"): "follows from the enrolment that is told",
    ("POST", "/v1/enrolment/look"): "reads",
    ("PUT", "/v1/artefacts/{token}"): "the answer to an order that is told",
}
"""Changes that leave no entry in the trail, and why. Of the others those that need a right are meant to be told."""


def test_no_route_changes_the_trail_itself(centre: Centre) -> None:
    about = {(d.method, d.path) for d in routes(centre) if "audit" in d.path}
    assert {method for method, _ in about} <= {"GET", "POST"}
    assert {path for method, path in about if method == "POST"} <= {"/audit/verify"}
    sources = Path(__file__).parents[3] / "provisioning" / "centre"
    for source in sources.rglob("*.py"):
        text = source.read_text(encoding="utf-8")
        assert not re.search(r"(update|delete)\((t\.|tables\.)?audit\)", text), source


# -- strangers ------------------------------------------------------------------------------------------------


def test_nobody_who_came_in_before_is_locked_out_by_strangers() -> None:
    now = Time()
    throttle = Throttle(now)
    throttle.begin("chen", "10.0.0.1")
    throttle.succeeded("chen", "10.0.0.1")
    for number in range(LIMITS["name"]):
        throttle.begin("chen", f"198.51.100.{number}")
    for number in range(LIMITS["address"]):
        throttle.begin(f"guess{number}", "10.0.0.1")  # a neighbour behind the same address
    for name, address in (("chen", "203.0.113.9"), ("guess", "10.0.0.1")):
        with pytest.raises(Throttled):
            throttle.begin(name, address)
    for _ in range(LIMITS["pair"]):
        throttle.begin("chen", "10.0.0.1")
    with pytest.raises(Throttled):
        throttle.begin("chen", "10.0.0.1")


def test_what_the_centre_keeps_is_readable_by_its_account_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        folder = tmp_path / "data"
        folder.mkdir(mode=0o755)
        database = Database(f"sqlite:///{folder / 'centre.sqlite'}")
        database.prepare()
        centre = Centre(database, folder)
        centre.keys.active()
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
        database.close()
    finally:
        os.umask(before)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
    assert len(modes) >= 2


def test_who_asks_for_the_reasons_of_silence_in_the_trail_finds_only_routes_there_are(centre: Centre) -> None:
    changing = {(d.method, d.path) for d in routes(centre) if d.method != "GET"}
    assert set(NOT_TOLD) <= changing
    assert {(d.method, d.path) for d in routes(centre) if d.method != "GET" and d.right is None} - set(
        NOT_TOLD
    ) == {("POST", "/v1/session"), ("POST", "/sign-in"), ("POST", "/v1/secrets/{device}")}
