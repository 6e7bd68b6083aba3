"""The desk's connection to a broker: what it needs of one, and a real one."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from hall.wire.expiry import Expiry
from hall.wire.link import Link, Will
from provisioning.broker.access import CENTRE

QUEUED, INFLIGHT = 50_000, 100  # messages a link keeps and has under way: a whole fleet's documents


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


class BrokerLine:
    """A real broker, by ``hall.wire.link``. ``url`` signs the centre in; ``ca_file`` and ``client_files`` as there."""

    def __init__(
        self, url: str, ca_file: Path | None = None, client_files: tuple[Path, Path] | None = None
    ) -> None:
        self._url, self._ca_file, self._client_files = url, ca_file, client_files
        self._link: Link | None = None

    def __call__(
        self,
        subscribe: tuple[tuple[str, int], ...],
        on_message: Callable[[str, bytes], None],
        on_state: Callable[[bool], None],
        will: Will,
    ) -> Plug:
        self._link = Link(
            self._url,
            CENTRE,
            subscribe=subscribe,
            on_message=on_message,
            on_state=on_state,
            will=will,
            ca_file=self._ca_file,
            client_files=self._client_files,
            queued=QUEUED,
            inflight=INFLIGHT,
        )
        return self._link

    @property
    def expiry(self) -> Expiry | None:
        """Of the connection that stands, where it is TLS."""
        return self._link.expiry if self._link is not None else None
