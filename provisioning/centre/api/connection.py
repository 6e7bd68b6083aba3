"""Connections from anybody: whoever does not say the head of a request in time, or at all, is hung up on.

uvicorn waits for ever for the end of a head, so that a few thousand connections that say a byte a minute would take
every file the process may open. Bodies have a time of their own (``bodies``).
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0
MOST_HEAD = 64 * 1024  # bytes; browsers' stay under 16 KB


class PromptConnection(HttpToolsProtocol):
    """One connection. A head has ``HEAD_SECONDS`` from when it could begin: the connection, or the answer before."""

    _late: asyncio.TimerHandle | None = None
    _head = 0  # bytes that came since then

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._late is not None:  # what came was no more than a part of a head
            self._head += len(data)
            if self._head > MOST_HEAD:
                self.transport.abort()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:  # else a request that came early is answered next
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._stop_waiting()
        self._late, self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort), 0

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
