"""What every request has to pass: a known bearer with the right role, an idempotency key, a body of the right form.

Reads the raw ASGI message once and keeps nothing. Refusals are raised as Rejected and become problem documents.
"""

import re
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from fastapi import Request
from pydantic import ValidationError

from hall.credentials import Credential, Credentials, Role
from hall.problems import Reply, problem
from hall.wire.messages import Request as Message

MOST_BYTES = 16 * 1024
KEY = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")
BEARER = b"bearer "

M = TypeVar("M", bound=Message)


class Rejected(Exception):
    """The request goes no further; ``reply`` says why."""

    def __init__(
        self, code: str, facts: Mapping[str, str] | None = None, *, detail: str = "", close: bool = False
    ) -> None:
        super().__init__(code)
        self.reply: Reply = problem(code, facts, detail)
        self.close = close  # the rest of the body is not worth reading


class Entry(NamedTuple):
    """A request whose bearer may make it."""

    bearer: Credential
    key: bytes
    length: int | None


class Gate:
    """Checks requests against ``credentials``."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def enter(self, request: Request, roles: tuple[Role, ...], subject: str | None = None) -> Entry:
        """Who asks. ``subject``: whom a window's credential must belong to. Raises Rejected."""
        token, key, length = b"", b"", None
        for name, value in request.scope["headers"]:
            if name == b"authorization":
                token = value
            elif name == b"idempotency-key":
                key = value
            elif name == b"content-length":
                length = int(value) if value.isdigit() else sys.maxsize
        if not token:
            raise Rejected("auth.missing")
        if token[: len(BEARER)].lower() != BEARER:
            raise Rejected("auth.wrong")
        bearer = self._credentials.check(token[len(BEARER) :].decode("latin-1"))
        if bearer is None:
            raise Rejected("auth.wrong")
        if bearer.role not in roles:
            raise Rejected("auth.forbidden", {"role": bearer.role})
        if subject is not None and bearer.role == "window" and bearer.subject != subject:
            raise Rejected("auth.forbidden", {"role": bearer.role, "window": bearer.subject})
        return Entry(bearer, key, length)

    async def command(
        self,
        request: Request,
        model: type[M],
        roles: tuple[Role, ...],
        subject: str | None = None,
        *,
        most: int = MOST_BYTES,
    ) -> tuple[Credential, str, M]:
        """Bearer, idempotency key and message of a command. Raises Rejected."""
        entry = self.enter(request, roles, subject)
        if not entry.key:
            raise Rejected("idempotency.missing")
        if not KEY.fullmatch(entry.key):
            raise Rejected("idempotency.invalid")
        return entry.bearer, entry.key.decode(), _parse(await _body(request, entry.length, most), model)


async def _body(request: Request, length: int | None, most: int) -> bytes:
    """The whole body; it stops being read as soon as it is too long, whatever its length was said to be."""
    if length is not None and length > most:
        raise Rejected("request.too_large", {"most": str(most)}, close=True)
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Rejected("request.refused")
        body += message.get("body", b"")
        if len(body) > most:
            raise Rejected("request.too_large", {"most": str(most)}, close=True)
        if not message.get("more_body", False):
            return bytes(body)


def _parse(body: bytes, model: type[M]) -> M:
    """An empty body is an empty object: many commands have nothing to say. Raises Rejected."""
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        raise Rejected("request.not_json", detail=first["msg"])
    field = ".".join(str(part) for part in first["loc"])
    raise Rejected("request.invalid", {"field": field}, detail=first["msg"])
