"""The centre over HTTP, as a terminal sees it: enrolment, new secrets, uploads. Every call blocks."""

import base64
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import requests
from pydantic import ValidationError
from urllib3.exceptions import HTTPError

from provisioning.agent.identity import Identity
from provisioning.wire.documents import prove
from provisioning.wire.messages import EnrolAnswer, EnrolRequest, EnrolTicket

T = TypeVar("T", EnrolTicket, EnrolAnswer)

PATIENCE = (5.0, 20.0)  # seconds to connect, to wait for an answer
LONGEST = 1024 * 1024  # bytes of an answer
ENDS = 30.0  # seconds from its first byte to its last


class CentreFailed(Exception):
    """No answer, or none that helps. ``status`` is the HTTP status; 0: there was none.

    ``order``: a signed order that came with it; an answer alone proves nothing.
    """

    def __init__(self, code: str, status: int = 0, order: bytes = b"") -> None:
        super().__init__(f"{code} ({status})" if status else code)
        self.code, self.status, self.order = code, status, order


class Centre:
    """``url`` without a path. ``ca_file``: whose certificates its own must come from."""

    def __init__(self, url: str, identity: Identity, ca_file: Path | None = None) -> None:
        self.url, self._identity = url.rstrip("/"), identity
        self.trust(ca_file)

    def trust(self, ca_file: Path | None) -> None:
        """From the next call on. Any thread."""
        self._verify: str | bool = str(ca_file) if ca_file else True

    def ask_in(self, serial: str, app: str, os: str, model: str) -> EnrolTicket:
        """Raises CentreFailed."""
        me = self._identity
        wanted = EnrolRequest(
            public_key=me.public_key, seal_key=me.seal_key, serial=serial, app=app, os=os, model=model
        )
        return _read(EnrolTicket, self._send("POST", "/v1/enrolments", content=wanted.model_dump_json()))

    def state(self, id: str) -> EnrolAnswer:
        """Raises CentreFailed."""
        return _read(EnrolAnswer, self._send("GET", f"/v1/enrolments/{id}", proof=("enrolment", id)))

    def claimed(self, id: str) -> None:
        """Raises CentreFailed."""
        self._send("POST", f"/v1/enrolments/{id}/claimed", proof=("claimed", id))

    def secrets(self, device: str) -> str:
        """All secrets as they are now, sealed. Raises CentreFailed; with an order where this terminal is retired."""
        answer = self._send("POST", f"/v1/secrets/{device}", proof=("secrets", device))
        try:
            return str(json.loads(answer)["sealed"])
        except (ValueError, KeyError, TypeError) as error:
            raise CentreFailed("centre.garbled") from error

    def desired(self, device: str) -> bytes:
        """Its newest document, as the broker would bring it. Raises CentreFailed."""
        return self._send("GET", f"/v1/desired/{device}", proof=("desired", device))

    def put(self, path: str, content: bytes, *, masked: bool = False) -> None:
        """To a one-time address. Raises CentreFailed."""
        self._send("PUT", path, content=content, headers={"X-Tongyuan-Masked": "1"} if masked else {})

    def _send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | str = b"",
        proof: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """The body of a good answer."""
        sent = {"Accept-Encoding": "identity"} | (headers or {})
        if isinstance(content, str):
            sent["Content-Type"] = "application/json"
        if proof is not None:
            proven = prove(self._identity.signing, *proof, datetime.now(UTC))
            sent["Authorization"] = f"Proof {proven}"
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy and no password file of the account
                answer = session.request(
                    method,
                    self.url + path,
                    data=content,
                    headers=sent,
                    timeout=PATIENCE,
                    verify=self._verify,
                    allow_redirects=False,
                    stream=True,
                )
                raw = _whole(answer)
        except (requests.RequestException, HTTPError) as error:  # the latter: of what is read as it came
            raise CentreFailed("centre.unreachable") from error
        if not 200 <= answer.status_code < 300:
            raise CentreFailed("centre.refused", answer.status_code, _order(raw))
        return raw


def _whole(answer: requests.Response) -> bytes:
    """As it came, however it says it is packed. Raises CentreFailed when it does not end in time, HTTPError."""
    raw, until = b"", time.monotonic() + ENDS
    while part := answer.raw.read1(64 * 1024, decode_content=False):
        raw += part
        if len(raw) > LONGEST or time.monotonic() > until:
            raise CentreFailed("centre.garbled")
    return raw


def _order(problem: bytes) -> bytes:
    try:
        return base64.b64decode(json.loads(problem)["facts"]["order"], validate=True)
    except (ValueError, LookupError, TypeError, RecursionError):
        return b""


def _read(model: type[T], answer: bytes) -> T:
    try:
        return model.model_validate_json(answer)
    except ValidationError as error:
        raise CentreFailed("centre.garbled") from error
