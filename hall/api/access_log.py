"""One line for each request, from a list of what may be said: method, route, status, milliseconds.

Never the path itself (it may hold a phone page's secret), never a query, header, address or body.
"""

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class AccessLog:
    """Wraps an ASGI application. Answers below 400 are worth a DEBUG line, refusals an INFO line."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        start, status = time.monotonic(), 0

        async def watched(message: "Message") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            level = logging.DEBUG if 0 < status < 400 else logging.INFO
            route = getattr(scope.get("route"), "path", "-")
            took = (time.monotonic() - start) * 1000
            log.log(level, "method=%s route=%s status=%d ms=%.1f", scope["method"], route, status, took)
