"""Bodies of requests: never longer than allowed, never slower, and with the session's token where one is needed."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.types import Message, Scope

from provisioning.centre.api.facing import same
from provisioning.centre.api.ports import Session
from provisioning.centre.api.problems import Rejected

BODY_SECONDS = 30.0
MOST_TYPED = 10_100  # fields of a form: ten thousand ticks, and what else it has
NEVER_SHOWN = frozenset({"password", "old", "new"})
"""Fields that hold passwords: a form with one of them is never shown again."""


async def whole_body(request: Request, most: int) -> bytes:
    """The whole body; it stops being read as soon as it is too long, whatever its length was said to be."""
    said = request.headers.get("content-length", "0")
    if not said.isascii() or not said.isdigit() or int(said) > most:
        raise Rejected("request.too_large", facts={"most": str(most)}, close=True)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > most:
                    raise Rejected("request.too_large", facts={"most": str(most)}, close=True)
    except TimeoutError:
        raise Rejected("request.refused", "the body did not come in time", close=True) from None
    return bytes(body)


def replay(body: bytes) -> Callable[[], Coroutine[Any, Any, Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def typed(request: Request, body: bytes | None, most: int) -> tuple[tuple[str, str], ...]:
    """What stood in the form of one of our own pages, which was refused: so that nobody has to type it again.

    ``body``: where it was read already. Nothing where a program sent it, where passwords or files were among it, or
    where it cannot be read.
    """
    if (
        request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
        or "origin" not in request.headers
    ):
        return ()
    try:
        whole = await whole_body(request, most) if body is None else body
        async with Request(dict(request.scope), replay(whole)).form(max_fields=MOST_TYPED) as form:
            items = form.multi_items()
    except Exception:  # noqa: BLE001  the refusal is what must be said, whatever the form was like
        return ()
    kept = tuple((name, value) for name, value in items if isinstance(value, str))
    if len(kept) < len(items) or any(name in NEVER_SHOWN for name, _ in kept):
        return ()
    return tuple(one for one in kept if one[0] != "csrf")


async def unforged(request: Request, body: bytes, session: Session | None) -> None:
    """The session's own token stands in a header or in the form: other sites cannot know it. Raises Rejected."""
    said = request.headers.get("x-csrf-token")
    if said is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        scope: Scope = dict(request.scope)
        async with Request(scope, replay(body)).form() as form:
            value = form.get("csrf", "")
            said = "" if isinstance(value, UploadFile) else value
    if session is None or not same(session.csrf, said or ""):
        raise Rejected("auth.csrf")
