"""A terminal against somebody who holds its broker, its wire or its clock: nothing old, foreign or odd is followed."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.agent import orders
from provisioning.agent.effects import CollectLogs, Put, Reboot, Wipe
from provisioning.agent.inputs import Received
from provisioning.agent.outbox import SqliteOutbox
from provisioning.wire.documents import DOCUMENT, LONGEST, canonical, sign_command
from provisioning.wire.messages import Command
from tests.unit.provisioning.agent.machine import DEVICE, Machine, key

DAY = 86_400.0


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    made.confirm_first()
    return made


def refusals(machine: Machine) -> list[str]:
    """Codes in the events that the terminal has told of refused orders and documents."""
    seen = {e.seq: e for batch in machine.batches for e in batch.events}
    return [str(e.body["code"]) for e in seen.values() if e.type in ("command.refused", "config.refused")]


def hear(machine: Machine, kind: str, payload: bytes) -> None:
    machine.ack(machine.outbox.last)  # or what it tells waits behind what it has told
    machine.tell(Received(kind, payload))


def test_an_old_order_does_not_live_again_when_the_clock_is_set_back_by_a_year(machine: Machine) -> None:
    never_came = machine.order("kept back", "reboot")
    came = machine.order("came", "reboot")
    hear(machine, "cmd", came)
    machine.wait(3 * DAY)
    hear(machine, "cmd", machine.order("later", "identify"))
    machine.wall -= 365 * DAY
    for _ in range(2):
        hear(machine, "cmd", never_came)
        hear(machine, "cmd", came)
        machine.boot()
    assert machine.other == [Reboot("came")]
    assert set(refusals(machine)) <= {"config.expired"}
    hear(machine, "cmd", machine.order("of then", "reboot"))  # by a centre that is as wrong as the terminal
    assert refusals(machine)[-1] == "config.expired"


def test_a_document_moves_the_earliest_time_on_too(machine: Machine) -> None:
    kept_back = machine.order("kept back", "reboot")
    machine.wait(3600)
    machine.push(2)
    machine.wall -= 7200
    hear(machine, "cmd", kept_back)
    assert machine.other == []


@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
def test_one_wrong_clock_does_not_make_the_right_orders_late(machine: Machine, ahead: float) -> None:
    """Whichever of the two, the terminal's or the centre's, was wrong for a while."""
    machine.wall += ahead
    theirs = machine.wall
    machine.wall -= ahead
    wrong = datetime.fromtimestamp(theirs, UTC)
    body = Command(
        id="w", device=DEVICE, verb="identify", issued=wrong, expires=wrong + timedelta(seconds=7200)
    )
    hear(machine, "cmd", sign_command(body, "a", key("a")))
    hear(machine, "cmd", machine.order("right", "reboot"))
    assert Reboot("right") in machine.other


def test_more_orders_than_are_remembered_make_none_good_twice(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "MOST", 20)
    first = machine.order("first", "reboot")
    hear(machine, "cmd", first)
    at = datetime.fromtimestamp(machine.wall, UTC)
    for number in range(30):
        body = Command(
            id=f"n{number}", device=DEVICE, verb="resync", issued=at, expires=at + timedelta(minutes=6)
        )
        machine.tell(Received("cmd", sign_command(body, "a", key("a"))))
    hear(machine, "cmd", first)
    assert machine.other == [Reboot("first")]


def test_a_forged_acknowledgement_ends_no_agent(tmp_path: Path) -> None:
    machine = Machine(SqliteOutbox(tmp_path / "events.sqlite"))
    machine.confirm_first()
    for seq in (10**30, 2**63, 2**53, -1, 1.5, "1", None):
        machine.tell(Received("ack", json.dumps({"stream": "agent", "seq": seq}).encode()))
    machine.tell(Received("ack", b'{"stream":"agent","seq":2000000000}'))
    machine.push(2)
    machine.wait(60)
    assert machine.reported.state == "confirmed"


def test_what_the_anchor_did_not_sign_is_refused_with_a_code_and_told(machine: Machine) -> None:
    good, foreign = machine.order("c", "wipe"), machine.document(9, device="h12-k04")
    envelope = json.loads(good)
    stripped = canonical(envelope | {"sig": ""})
    crossed = canonical(
        envelope
        | {"sig": base64.b64encode(key("a").sign(DOCUMENT + base64.b64decode(envelope["doc"]))).decode()}
    )
    changed = canonical(
        envelope
        | {"doc": base64.b64encode(base64.b64decode(envelope["doc"]).replace(b"wipe", b"identify")).decode()}
    )
    for kind, payload, expected in (
        ("cmd", stripped, "config.unsigned"),
        ("cmd", crossed, "config.bad_signature"),
        ("cmd", changed, "config.bad_signature"),
        ("cmd", machine.order("c", "wipe", by="stranger"), "config.unknown_key"),
        ("cmd", machine.document(2), "config.bad_signature"),
        ("desired", good, "config.bad_signature"),
        ("desired", foreign, "config.wrong_device"),
        ("desired", machine.document(2, expires=datetime.fromtimestamp(0, UTC)), "config.expired"),
        ("desired", b"x" * (LONGEST + 1), "config.too_large"),
        ("desired", b"[" * 60_000, "config.malformed"),
    ):
        hear(machine, kind, payload)
        assert refusals(machine)[-1] == expected, kind
    assert (machine.other, machine.started[-1].revision) == ([], 1)


@pytest.mark.parametrize(
    "put",
    [
        "//evil.test/x",
        "/v1/artefacts/../people",
        "http://evil.test/",
        "/v1/artefacts/",
        "/v1/artefacts/a\n",
        "@evil/",
        "",
    ],
)
def test_a_result_goes_to_a_one_time_address_of_the_centre_or_nowhere(machine: Machine, put: str) -> None:
    since, until = (datetime.fromtimestamp(machine.wall + by, UTC).isoformat() for by in (-60, 0))
    hear(machine, "cmd", machine.order("c", "logs", {"put": put, "since": since, "until": until}))
    hear(machine, "cmd", machine.order("s", "screenshot", {"put": put}))
    assert [e for e in machine.other if isinstance(e, (CollectLogs, Put))] == []
    assert {(a.ok, a.code) for a in machine.answers} == {(False, "command.args")}


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["cmd", "desired", "ack"]),
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["v", "kid", "sig", "doc", "stream", "seq"]), inner, max_size=6
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_no_bytes_from_the_broker_end_an_agent(kind: str, payload: bytes) -> None:
    machine = Machine()
    machine.boot()
    machine.connect()
    machine.tell(Received(kind, payload))
    assert not any(isinstance(effect, (Wipe, Reboot)) for effect in machine.other)
    assert machine.agent is not None
    assert not machine.agent.over
