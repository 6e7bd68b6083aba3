"""Asks an application as a browser would, one question at a time, without a port."""

import asyncio

import httpx

from hall.api.guides import Guides
from hall.api.public import public_app


class Asking:
    def __init__(self, guides: Guides) -> None:
        self._app = public_app(guides)

    def get(self, path: str, params: dict[str, str | int] | None = None) -> httpx.Response:
        return self.request("GET", path, params)

    def request(self, method: str, path: str, params: dict[str, str | int] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
                return await client.request(method, path, params=params)

        return asyncio.run(ask())
