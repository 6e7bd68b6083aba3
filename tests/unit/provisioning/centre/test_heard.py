"""What is believed of what comes over MQTT: nothing that is damaged, and nobody who speaks for another."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.centre.heard import MOST, Dropped, Heard, parse
from provisioning.wire import topics
from provisioning.wire.messages import CentreState, Presence
from tests.unit.provisioning.centre.rollout_scene import Clock

PRESENCE = b'{"v":1,"on":true,"sid":"a","at":"2026-11-22T08:00:00Z"}'
REPORTED = (
    b'{"device":"k1","sid":"a","rev":1,"state":"confirmed","running":1,"good":1,"highest":1,'
    b'"at":"2026-11-22T08:00:00Z"}'
)


def reasons(topic: str, payload: bytes) -> list[str]:
    dropped = Dropped(Clock())
    assert parse(topic, payload, dropped) is None
    return list(dropped.counts)


def test_a_message_is_of_the_device_in_its_topic() -> None:
    heard = parse(topics.status("k1"), PRESENCE, Dropped(Clock()))
    assert heard is not None
    assert (heard.device, heard.kind) == ("k1", "status")
    assert isinstance(heard.message, Presence)


def test_nobody_reports_for_another() -> None:
    assert reasons(topics.reported("k2"), REPORTED) == ["foreign"]
    assert parse(topics.reported("k1"), REPORTED, Dropped(Clock())) is not None


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "malformed"),
        (b"[" * 100_000, "malformed"),
        (b"\xff\xfe", "malformed"),
        (PRESENCE.replace(b"2026-11-22T08:00:00Z", b"1e400"), "malformed"),
        (PRESENCE.replace(b'"a"', b'"' + b"a" * 41 + b'"'), "malformed"),
        (b" " * (MOST + 1), "size"),
    ],
)
def test_damage_is_counted_and_dropped(payload: bytes, reason: str) -> None:
    assert reasons(topics.status("k1"), payload) == [reason]


def test_other_topics_are_not_for_us() -> None:
    assert reasons("k/1/d/k1/desired", PRESENCE) == ["topic"]
    assert reasons("k/2/d/k1/status", PRESENCE) == ["topic"]


def test_a_cleared_topic_is_no_message() -> None:
    assert parse(topics.status("k1"), b"", Dropped(Clock())) == Heard("k1", "status", None)


def test_our_own_state_is_heard_too() -> None:
    heard = parse(topics.CENTRE_STATE, PRESENCE, Dropped(Clock()))
    assert heard is not None
    assert isinstance(heard.message, CentreState)


@given(
    st.text(max_size=60),
    st.sampled_from(["status", "reported", "health", "event", "rsp"]),
    st.binary(max_size=300),
)
def test_no_bytes_and_no_topic_raise(device: str, kind: str, payload: bytes) -> None:
    parse(f"{topics.ROOT}/d/{device}/{kind}", payload, Dropped(Clock()))
    parse(device, payload, Dropped(Clock()))


def test_rubbish_is_named_once_a_minute_and_without_what_was_in_it(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    dropped = Dropped(clock)
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            parse("k/1/d/k\n1/status", b'{"secret":"hunter2"}', dropped)
        clock.at += 61
        parse("k/1/d/k\n1/status", b"{", dropped)
    assert [record.getMessage() for record in caplog.records] == [
        "dropped=malformed device='k\\n1' count=1",
        "dropped=malformed device='k\\n1' count=101",
    ]
