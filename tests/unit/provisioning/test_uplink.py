"""The hall's journal goes to the centre: every record once, whatever is lost on the way, and nobody's pseudonym."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.uplink import MOST_EVENTS, Pulse, Uplink, batch_of, event_of
from provisioning.wire.messages import Ack, EventBatch, Presence


def line(seq: int, **data: Any) -> dict[str, Any]:
    record = {
        "at": "2026-11-23T01:30:00Z",
        "by": "terminal:k01",
        "data": data,
        "key": "x",
        "seq": seq,
        "type": "ticket_taken",
        "v": 1,
    }
    return {"hash": f"{seq:064x}", "record": record}


def test_a_pseudonym_leaves_the_hall_only_as_a_hash_of_its_own() -> None:
    first, again = (event_of(line(n, person="p-abc", ticket="t"), "qy") for n in (1, 2))
    assert "p-abc" not in first.model_dump_json()
    assert first.body["data"] == again.body["data"]
    elsewhere = event_of(line(1, person="p-abc", ticket="t"), "other")
    assert elsewhere.body["data"] != first.body["data"]


def test_the_key_of_a_command_stays_in_the_hall() -> None:
    assert "key" not in json.loads(event_of(line(1), "qy").model_dump_json())["body"]


def test_a_batch_holds_no_more_than_a_message_may() -> None:
    many = batch_of(event_of(line(n), "qy") for n in range(1, 1000))
    assert len(many.events) == MOST_EVENTS
    large = batch_of(event_of(line(n, item="字" * 30_000), "qy") for n in range(1, 10))
    assert 1 <= len(large.events) < 9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 700), st.lists(st.sampled_from(["ok", "lost", "again", "cut"]), max_size=30))
def test_every_record_arrives_once_and_in_order_whatever_happens_on_the_way(
    records: int, fate: list[str]
) -> None:
    journal, arrived, fates = [line(n) for n in range(1, records + 1)], list[int](), iter(fate)

    def send(payload: bytes) -> bool:
        batch = EventBatch.model_validate_json(payload)
        happens = next(fates, "ok")
        if happens == "lost":
            return False
        for event in batch.events:
            if event.seq == len(arrived) + 1:
                arrived.append(event.seq)
        answer = Ack(stream="journal", seq=len(arrived)).model_dump_json().encode()
        if happens == "cut":
            uplink.lost()
            return False
        for _ in range(2 if happens == "again" else 1):
            uplink.heard(answer)
        return True

    uplink = Uplink("qy", lambda after: journal[after : after + 300], send)
    for _ in range(len(fate) + records // MOST_EVENTS + 10):
        uplink.step()
    assert arrived == list(range(1, records + 1))


def test_closing_ends_a_wait_for_a_centre_that_does_not_answer() -> None:
    sent = threading.Event()

    def send(payload: bytes) -> bool:
        sent.set()
        return True

    uplink = Uplink("qy", lambda after: [], send)
    worker = threading.Thread(target=uplink.run)
    worker.start()
    assert sent.wait(5)
    uplink.close()
    worker.join(5)
    assert not worker.is_alive()


def test_an_acknowledgement_that_is_none_moves_nothing() -> None:
    sent: list[EventBatch] = []

    def send(payload: bytes) -> bool:
        sent.append(EventBatch.model_validate_json(payload))
        return False

    uplink = Uplink("qy", lambda after: [line(after + 1)], send)
    for payload in (b"", b"{}", b'{"stream":"journal","seq":-1}', b"\xff"):
        uplink.heard(payload)
    uplink.step()
    assert sent == [EventBatch(stream="journal")]  # it still asks how far the centre is


def test_the_uplink_says_that_it_is_there_with_a_will_of_its_own_connection() -> None:
    said: list[tuple[str, bytes, int, bool]] = []
    pulse = Pulse("qy-journal", lambda: datetime(2026, 11, 23, tzinfo=UTC))
    first = Presence.model_validate_json(pulse.will().payload)
    will = Presence.model_validate_json(pulse.will().payload)
    pulse.there(lambda *what: said.append(what), fresh=True)
    there = Presence.model_validate_json(said[0][1])
    assert (first.on, will.on, there.on) == (False, False, True)
    assert first.sid != will.sid == there.sid
    assert [(qos, retain) for _, _, qos, retain in said] == [(1, True), (0, False)]


def test_health_is_said_every_half_minute_and_not_oftener() -> None:
    clock, said = [0.0], list[float]()
    uplink = Uplink(
        "qy",
        lambda after: [],
        lambda payload: False,
        pulse=lambda wrong: said.append(clock[0]),
        mono=lambda: clock[0],
    )
    for second in range(0, 100, 5):
        clock[0] = float(second)
        uplink.step()
    assert said == [0, 30, 60, 90]
