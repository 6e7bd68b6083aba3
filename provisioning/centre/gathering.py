"""What the desk hears of events is kept, and orders they tell the end of are ended."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from pydantic import ValidationError

from provisioning.centre.collection import Collection, UnknownDevice
from provisioning.wire.messages import Ack, Answer, EventBatch


class Gathering:
    """Called on the desk's thread. Both may raise StoreFailed: then nothing may be acknowledged, and all comes again.

    ``ended`` is given the device and how its orders ended: an answer that was said while the centre was away is lost,
    the event behind it is not.
    """

    def __init__(self, collection: Collection, ended: Callable[..., object]) -> None:
        self._collection, self._ended = collection, ended

    def take(self, device: str, batch: EventBatch) -> Ack:
        """What may be acknowledged."""
        try:
            ack = self._collection.take(device, batch).ack
        except UnknownDevice:
            return Ack(stream=batch.stream, seq=0)
        self._end_orders(device, batch)
        return ack

    def take_all(self, batches: Sequence[tuple[str, EventBatch]]) -> list[Ack]:
        """All or none. Raises UnknownDevice."""
        taken = self._collection.take_all(batches)
        for said in batches:
            self._end_orders(*said)
        return [one.ack for one in taken]

    def _end_orders(self, device: str, batch: EventBatch) -> None:
        if answers := _answers(batch):
            self._ended(device, *answers)


def _answers(batch: EventBatch) -> list[Answer]:
    if batch.stream != "agent":
        return []
    found = []
    for event in batch.events:
        if event.type == "command.ended":
            with suppress(ValidationError):  # kept all the same, as whatever else a terminal says
                found.append(Answer.model_validate({**event.body, "at": event.at}))
    return found
