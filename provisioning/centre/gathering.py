"""What the desk hears of events is kept, and what is missing among them is told as an alert."""

from collections.abc import Sequence
from datetime import UTC, datetime

from provisioning.centre.alerts import Alerts
from provisioning.centre.collection import Collection, Taken, UnknownDevice
from provisioning.centre.fleet import Fleet
from provisioning.centre.signs import Sign
from provisioning.wire.messages import Ack, EventBatch


class Gathering:
    """Called on the desk's thread. Both may raise StoreFailed: nothing was kept then, and nothing may be said."""

    def __init__(self, collection: Collection, fleet: Fleet, alerts: Alerts) -> None:
        self._collection, self._fleet, self._alerts = collection, fleet, alerts

    def take(self, device: str, batch: EventBatch) -> Ack:
        """What may be acknowledged."""
        try:
            taken = self._collection.take(device, batch)
        except UnknownDevice:
            return Ack(stream=batch.stream, seq=0)
        return self._told(device, taken)

    def take_all(self, batches: Sequence[tuple[str, EventBatch]]) -> list[Ack]:
        """All or none. Raises UnknownDevice."""
        taken = self._collection.take_all(batches)
        return [self._told(device, one) for (device, _), one in zip(batches, taken, strict=True)]

    def _told(self, device: str, taken: Taken) -> Ack:
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


def _said(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
