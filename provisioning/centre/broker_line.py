"""The desk's connection to a broker: what it needs of one, and a real one."""

from collections.abc import Callable
from typing import Protocol

from hall.wire.link import Link, Will


class Plug(Protocol):
    """What we need of a broker's connection, besides sending."""

    def start(self) -> None: ...
    def close(self) -> None: ...
    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool: ...


class Dial(Protocol):
    """Makes the connection to one broker, not yet started."""

    def __call__(
        self,
        subscribe: tuple[tuple[str, int], ...],
        on_message: Callable[[str, bytes], None],
        on_state: Callable[[bool], None],
        will: Will,
    ) -> Plug: ...


def dial(url: str, client_id: str, **options: object) -> Dial:
    """A real broker, by ``hall.wire.link``; ``options`` as there (ca_file)."""

    def made(
        subscribe: tuple[tuple[str, int], ...],
        on_message: Callable[[str, bytes], None],
        on_state: Callable[[bool], None],
        will: Will,
    ) -> Plug:
        return Link(
            url,
            client_id,
            subscribe=subscribe,
            on_message=on_message,
            on_state=on_state,
            will=will,
            queued=50_000,
            inflight=200,
            **options,  # type: ignore[arg-type]  # passed through
        )

    return made
