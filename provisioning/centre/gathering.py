"""What the desk hears of events is kept; what is missing among them is told as an alert, orders they end are ended."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from pydantic import ValidationError

from provisioning.centre.alerts import Alerts
from provisioning.centre.collection import Collection, Taken, UnknownDevice
from provisioning.centre.fleet import Fleet
from provisioning.centre.signs import Sign
from provisioning.wire.messages import Ack, Answer, EventBatch


class Gathering:
    """Called on the desk's thread. Both may raise StoreFailed: then nothing may be acknowledged, and all comes again.

    ``ended`` is given the device and how its orders ended: an answer that was said while the centre was away is lost,
    the event behind it is not.
    """

    def __init__(
        self, collection: Collection, fleet: Fleet, alerts: Alerts, ended: Callable[..., object]
    ) -> None:
        self._collection, self._fleet, self._alerts, self._ended = collection, fleet, alerts, ended

    def take(self, device: str, batch: EventBatch) -> Ack:
        """What may be acknowledged."""
        try:
            taken = self._collection.take(device, batch)
        except UnknownDevice:
            return Ack(stream=batch.stream, seq=0)
        return self._told(device, batch, taken)

    def take_all(self, batches: Sequence[tuple[str, EventBatch]]) -> list[Ack]:
        """All or none. Raises UnknownDevice."""
        taken = self._collection.take_all(batches)
        return [self._told(*said, one) for said, one in zip(batches, taken, strict=True)]

    def _told(self, device: str, batch: EventBatch, taken: Taken) -> Ack:
        if answers := _answers(batch):
            self._ended(device, *answers)
        if taken.gap is not None:
            first, last = taken.gap
            detail: dict[str, object] = {"stream": taken.ack.stream, "first": first, "last": last}
            self._missing(device, "centre.gap", detail)
        if (begun := taken.begun) is not None and not begun.whole:
            times = {"since": _said(begun.after_at), "until": _said(begun.first_at)}
            self._missing(device, "centre.journal_anew", {"after": begun.after, **times})
        return taken.ack

    def _missing(self, device: str, code: str, detail: dict[str, object]) -> None:
        live = self._fleet.get(device)
        self._alerts.raise_(
            device, live.hall if live is not None else "", Sign("gap", "warning", code, detail)
        )


def _answers(batch: EventBatch) -> list[Answer]:
    if batch.stream != "agent":
        return []
    found = []
    for event in batch.events:
        if event.type == "command.ended":
            with suppress(ValidationError):  # kept all the same, as whatever else a terminal says
                found.append(Answer.model_validate({**event.body, "at": event.at}))
    return found


def _said(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
