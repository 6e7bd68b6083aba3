"""Events as records of the journal, and back. The names of the record types are part of the format."""

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from pydantic_core import to_json

from hall.journal.chain import VERSION, Head, Record, content_of, link
from hall.journal.errors import JournalTooNew
from hall.queue import events as e

TYPES: dict[str, type[e.Event]] = {
    "day_opened": e.DayOpened,
    "day_reopened": e.DayReopened,
    "day_closed": e.DayClosed,
    "ticket_taken": e.TicketTaken,
    "paper_reported": e.PaperReported,
    "ticket_called": e.TicketCalled,
    "ticket_recalled": e.TicketRecalled,
    "ticket_missed": e.TicketMissed,
    "ticket_returned": e.TicketReturned,
    "ticket_started": e.TicketStarted,
    "ticket_finished": e.TicketFinished,
    "ticket_parked": e.TicketParked,
    "ticket_resumed": e.TicketResumed,
    "ticket_transferred": e.TicketTransferred,
    "ticket_abandoned": e.TicketAbandoned,
    "certificates_attached": e.CertificatesAttached,
    "certificate_viewed": e.CertificateViewed,
    "window_opened": e.WindowOpened,
    "window_paused": e.WindowPaused,
    "window_closed": e.WindowClosed,
    "staff_called": e.StaffCalled,
}
DAY_START = "day_opened"


def _values(names: tuple[str, ...]) -> Callable[[e.Event], tuple[object, ...]]:
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda event: (get(event),)


_NAMES = {cls: name for name, cls in TYPES.items()}
_FIELDS = {cls: tuple(sorted(f.name for f in fields(cls) if f.name != "at")) for cls in TYPES.values()}
_VALUES: dict[type[e.Event], Callable[[e.Event], tuple[object, ...]]] = {
    cls: _values(names) for cls, names in _FIELDS.items()
}


def encode(event: e.Event, before: Head, by: str, key: str) -> Record:
    """``event`` as the record that follows ``before``; ``by`` caused it with the idempotency key ``key``.

    The dictionaries are made in the order of their keys, so that the quick serializer writes canonical JSON.
    """
    cls, seq = type(event), before.seq + 1
    names, name = _FIELDS[cls], _NAMES[cls]
    data = dict(zip(names, _VALUES[cls](event), strict=True))
    body = to_json(
        {"at": event.at, "by": by, "data": data, "key": key, "seq": seq, "type": name, "v": VERSION}
    )
    return Record(seq, name, body, link(before.hash, body))


def decode(record: Record) -> e.Event:
    """The event in ``record``. Raises JournalCorrupt, or JournalTooNew when this version does not know it."""
    content = content_of(record)
    cls = TYPES.get(record.type)
    if cls is None or content.get("v") != VERSION:
        raise JournalTooNew(f"record {record.seq} is a {record.type} that this version does not know")
    data: dict[str, Any] = dict(content["data"])  # type: ignore[call-overload]  # JSON; checked just below
    if unknown := data.keys() - set(_FIELDS[cls]):
        raise JournalTooNew(f"record {record.seq} has fields that this version does not know: {unknown}")
    if "day" in data:
        data["day"] = date.fromisoformat(data["day"])
    if "left" in data:
        data["left"] = tuple(data["left"])
    return cls(at=datetime.fromisoformat(str(content["at"])), **data)
