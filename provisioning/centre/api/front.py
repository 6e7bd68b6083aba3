"""Around every request: how often an address may ask, headers that browsers obey, one line of log.

The log names method, route, status and milliseconds: never a path (tokens stand in some), a query, a header or a body.
"""

import logging
from collections.abc import Callable
from math import ceil

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from provisioning.centre.api.limits import Buckets, Rate
from provisioning.centre.api.problems import Rejected

log = logging.getLogger(__name__)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
"""Put on every answer that does not say otherwise itself."""
YEAR = "max-age=31536000"


class Front:
    """Wraps the application. ``clock``: monotonic seconds; ``refused``: how somebody is told."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        secure: bool,
        rate: Rate,
        clock: Callable[[], float],
        refused: Callable[[Request, Rejected], Response],
    ) -> None:
        self._app, self._clock, self._refused = app, clock, refused
        self._headers = HEADERS | ({"Strict-Transport-Security": YEAR} if secure else {})
        self._addresses = Buckets(rate, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = self._clock(), 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        client = scope.get("client")
        try:
            if wait := self._addresses.take(client[0] if client else ""):
                await self._refused(Request(scope), too_often(wait))(scope, receive, dressed)
            else:
                await self._app(scope, receive, dressed)
        finally:
            level = logging.DEBUG if 0 < status < 400 else logging.INFO
            route = getattr(scope.get("route"), "path", "-")
            took = (self._clock() - start) * 1000
            log.log(level, "method=%s route=%s status=%d ms=%.1f", scope["method"], route, status, took)


def too_often(wait: float) -> Rejected:
    """``wait``: seconds until it is worth another try."""
    return Rejected("request.too_often", facts={"seconds": str(max(1, ceil(wait)))})
