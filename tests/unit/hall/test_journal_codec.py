"""Events as canonical records and back, and the chain between them."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.journal.chain import Head, Record, canonical, content_of, genesis, link, linked, parse
from hall.journal.codec import DAY_START, TYPES, decode, encode
from hall.journal.errors import JournalCorrupt, JournalTooNew
from hall.queue import events as e
from tests.unit.hall.small_hall import MORNING

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
times = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
START = Head(0, genesis("small").hash)


def events() -> st.SearchStrategy[e.Event]:
    """Every kind of event, with any content."""
    by_name: dict[str, st.SearchStrategy[Any]] = {
        "at": times,
        "day": st.dates(),
        "left": st.lists(text, max_size=3).map(tuple),
        "copy": st.booleans(),
        "paper": st.booleans(),
        "papers": st.booleans(),
        "ordinal": st.integers(1, 10**6),
        "round": st.integers(1, 99),
        "place": st.integers(0, 99),
        "count": st.integers(1, 40),
        "appointment": st.none() | text,
        "handled": st.integers(0, 10**8).map(lambda ms: ms / 1000),
        "person": st.none() | text,
        "item": st.none() | text,
        "catalogue": st.none() | text,
        "code": st.none() | text,
        "to": st.none() | text,
    }
    return st.one_of(
        [st.builds(cls, **{f.name: by_name.get(f.name, text) for f in fields(cls)}) for cls in TYPES.values()]
    )


def chain_of(*happened: e.Event) -> list[Record]:
    records, head = [genesis("small")], START
    for event in happened:
        records.append(encode(event, head, "window:1", "key"))
        head = Head(records[-1].seq, records[-1].hash)
    return records


@given(events())
@settings(max_examples=300, deadline=None)
def test_every_event_comes_back_as_it_was_written(event: e.Event) -> None:
    record = encode(event, START, "window:1", "k")
    assert decode(record) == event
    assert record.body == canonical(json.loads(record.body)), "the quick serializer writes canonical JSON"
    assert record.hash == link(START.hash, record.body)
    assert list(linked([record], START)) == [record]


def test_every_kind_of_event_has_a_name_in_the_journal() -> None:
    assert set(TYPES.values()) == set(get_args(e.Event))
    assert TYPES[DAY_START] is e.DayOpened


def test_a_record_reads_as_it_always_did() -> None:
    """The format is a promise to old journals: this one is not to change."""
    event = e.TicketCalled(MORNING, "20261123-A01", "A01", "a", "1")  # type: ignore[arg-type]
    assert encode(event, START, "window:1", "k1").body == (
        b'{"at":"2026-11-23T01:30:00Z","by":"window:1","data":{"number":"A01","queue":"a",'
        b'"ticket":"20261123-A01","window":"1"},"key":"k1","seq":1,"type":"ticket_called","v":1}'
    )
    assert genesis("small").body == b'{"hall":"small","seq":0,"type":"genesis","v":1}'
    assert genesis("small").hash.hex().startswith("72a0ae16")


@given(st.data(), st.lists(events(), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_changed_byte_breaks_the_chain_from_there(data: st.DataObject, happened: list[e.Event]) -> None:
    records = chain_of(*happened)
    at = data.draw(st.integers(0, len(records) - 1))
    body = bytearray(records[at].body)
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    records[at] = records[at]._replace(body=bytes(body))
    seen: list[Record] = []
    with pytest.raises(JournalCorrupt):
        seen.extend(linked(records))
    assert len(seen) <= at


def test_a_missing_doubled_or_exchanged_record_is_noticed() -> None:
    one, two = (e.WindowOpened(MORNING, w) for w in ("1", "2"))  # type: ignore[arg-type]
    start, first, second = chain_of(one, two)
    for wrong in ([start, second], [start, first, first], [start, second, first], [first, second]):
        with pytest.raises(JournalCorrupt, match="missing"):
            list(linked(wrong))


def test_a_record_that_is_filed_under_another_number_or_type_is_noticed() -> None:
    body = canonical({"seq": 5, "type": "window_opened"})
    for record in (Record(1, "window_opened", body, b""), Record(5, "window_closed", body, b"")):
        with pytest.raises(JournalCorrupt, match="another number or type"):
            content_of(record)
        with pytest.raises(JournalCorrupt, match="another number or type"):
            decode(record)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"nul", b"[" * 100_000])
def test_what_is_no_object_is_refused_without_a_traceback(body: bytes) -> None:
    with pytest.raises(JournalCorrupt):
        parse(body)


def test_a_newer_versions_event_is_refused_by_name() -> None:
    content = {
        "at": MORNING.isoformat(),
        "by": "x",
        "data": {},
        "key": "k",
        "seq": 1,
        "type": "rating_given",
        "v": 1,
    }
    body = canonical(content)
    with pytest.raises(JournalTooNew, match="rating_given"):
        decode(Record(1, "rating_given", body, b""))
    body = canonical(content | {"type": "window_opened", "data": {"window": "1", "mood": "good"}})
    with pytest.raises(JournalTooNew, match="mood"):
        decode(Record(1, "window_opened", body, b""))


def test_a_journal_from_before_appointments_still_replays() -> None:
    """As it was written then: fields that came later are not there."""
    data = {
        "catalogue": None,
        "item": "0107",
        "item_name": None,
        "number": "A01",
        "ordinal": 1,
        "paper": True,
        "person": None,
        "priority": "elder",
        "queue": "a",
        "ticket": "20261123-A01",
    }
    content = {"at": "2026-11-23T01:30:00Z", "by": "terminal:k1", "data": data, "key": "k", "seq": 1}
    body = canonical(content | {"type": "ticket_taken", "v": 1})
    taken = decode(Record(1, "ticket_taken", body, b""))
    assert isinstance(taken, e.TicketTaken)
    assert (taken.number, taken.item, taken.appointment) == ("A01", "0107", None)


def test_what_is_written_of_certificates_is_how_many_and_which_of_them_and_nothing_else() -> None:
    attached = e.CertificatesAttached(MORNING, "20261123-A01", 3)  # type: ignore[arg-type]
    viewed = e.CertificateViewed(MORNING, "20261123-A01", "1", 2)  # type: ignore[arg-type]
    assert json.loads(encode(attached, START, "terminal:k1", "k").body)["data"] == {
        "count": 3,
        "ticket": "20261123-A01",
    }
    assert json.loads(encode(viewed, START, "window:1", "k").body)["data"] == {
        "place": 2,
        "ticket": "20261123-A01",
        "window": "1",
    }
