"""The hall's journal goes to the centre: every record once, whatever is lost on the way, and nobody's pseudonym."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.uplink import BEHIND, FORKED, MOST_EVENTS, UNREAD, Pulse, Uplink, batch_of, event_of
from provisioning.wire.messages import Ack, EventBatch, Health, Presence


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


def test_closing_ends_a_wait_for_a_centre_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.uplink.ANSWER", 600.0)
    sent = threading.Event()

    def send(payload: bytes) -> bool:
        sent.set()
        return True

    uplink = Uplink("qy", lambda after: [], send)
    worker = threading.Thread(target=uplink.run)
    worker.start()
    assert sent.wait(40)
    uplink.close()
    worker.join(40)
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
    pulse.there(lambda *what: said.append(what), None, fresh=True)
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


class Scene:
    """A hall's journal, an uplink and a centre that has ``kept`` of it."""

    def __init__(self, journal: list[dict[str, Any]], kept: int) -> None:
        self.journal, self.kept = journal, [one["hash"] for one in journal[:kept]]
        self.sent, self.said, self.there = list[int](), list[str](), True
        self.uplink = Uplink("qy", self._records, self._send, pulse=self.said.append, mono=lambda: 0.0)

    def _records(self, after: int) -> list[dict[str, Any]]:
        if not self.there:
            raise requests.ConnectionError
        return self.journal[after : after + 300]

    def _send(self, payload: bytes) -> bool:
        batch = EventBatch.model_validate_json(payload)
        for event in batch.events:
            self.sent.append(event.seq)
            if event.seq == len(self.kept) + 1:
                self.kept.append(str(event.body["hash"]))
        last = self.kept[-1] if self.kept else ""
        answer = Ack(stream="journal", seq=len(self.kept), hash=last)
        self.uplink.heard(answer.model_dump_json().encode())
        return True

    def steps(self, times: int = 4) -> str:
        for _ in range(times):
            self.uplink.step()
        return self.uplink.wrong


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 12))
def test_a_journal_that_was_put_back_is_told_and_never_sent_under_numbers_that_are_taken(
    records: int, kept: int, copy: int, since: int
) -> None:
    kept = min(kept, records)
    scene = Scene([line(n) for n in range(1, records + 1)], kept)
    collected = list(scene.kept)
    again = [line(n) | {"hash": f"other-{n}"} for n in range(copy + 1, copy + 1 + since)]
    scene.journal = scene.journal[:copy] + again if copy < records else scene.journal
    wrong = scene.steps()
    lost = copy < kept  # the copy is older than what the centre has
    assert wrong == ("" if not lost else FORKED if copy + since >= kept else BEHIND)
    assert scene.kept[:kept] == collected
    if lost:
        assert scene.sent == []
        assert scene.said[-1] == wrong
    else:
        assert scene.kept == [one["hash"] for one in scene.journal]
        assert "".join(scene.said) == ""


def test_when_the_right_journal_is_there_again_that_is_told_and_it_goes_on() -> None:
    right = [line(n) for n in range(1, 8)]
    scene = Scene(right, 5)
    scene.journal = right[:3]
    assert scene.steps() == BEHIND
    scene.journal = right
    assert scene.steps() == ""
    assert (scene.said, scene.sent) == (["", BEHIND, ""], [6, 7])


def test_a_hall_that_does_not_answer_is_told_with_the_next_pulse_only() -> None:
    scene = Scene([line(1)], 0)
    scene.there = False
    assert scene.steps() == UNREAD
    assert scene.said == [""]
    scene.there = True
    assert scene.steps() == ""
    assert scene.kept == [line(1)["hash"]]


def test_a_centre_that_does_not_say_which_record_it_has_is_believed() -> None:
    scene = Scene([line(1), line(2)], 1)
    scene.kept = [""]
    assert scene.steps() == ""
    assert scene.sent == [2]


def test_what_is_wrong_with_the_journal_stands_in_the_health() -> None:
    said: list[tuple[str, bytes, int, bool]] = []
    pulse = Pulse("qy-journal", lambda: datetime(2026, 11, 23, tzinfo=UTC))
    pulse.there(lambda *what: said.append(what), None, fresh=False, wrong=FORKED)
    assert [Health.model_validate_json(payload).hall for _, payload, _, _ in said] == [FORKED]
