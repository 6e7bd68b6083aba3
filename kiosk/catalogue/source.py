"""The hall's catalogue over HTTP, blocking, for a worker thread. Nothing that is answered is trusted or unbounded."""

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import requests
from pydantic import ValidationError

from hall.wire.messages import CatalogueManifest, CatalogueReport, Problem
from kiosk.hall_client import CONNECT, HallRefused, HallUnreachable, hall_session

SILENCE: Final = 10.0  # seconds without a byte until a transfer counts as cut
CHUNK: Final = 1 << 16
MOST_WORDS: Final = 64 * 1024  # bytes of an answer that is no file
CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes of a file from ``start`` on. ``chunks`` raises HallUnreachable when the connection is cut."""

    start: int
    size: int | None  # of the whole file, as far as the hall says
    etag: str
    chunks: Iterator[bytes]


class CatalogueSource(Protocol):
    """Where catalogues come from. All of it raises HallRefused, HallUnreachable."""

    def manifest(self) -> CatalogueManifest: ...

    def fetch(self, path: str, start: int, etag: str) -> AbstractContextManager[Transfer]:
        """The file at ``path`` from ``start`` if it is still the one of ``etag``, else from its beginning."""

    def report(self, key: str, report: CatalogueReport) -> None: ...


class HttpSource:
    """``token``: this device's bearer credential. One instance for one thread."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._session = hall_session(token)
        self._session.headers["Accept-Encoding"] = "identity"  # files are packed, and lengths must be true

    def manifest(self) -> CatalogueManifest:
        with self._asked("GET", "/v1/catalogue/current") as response:
            try:
                return CatalogueManifest.model_validate_json(_words(response))
            except ValidationError:
                raise HallUnreachable("the answer is no CatalogueManifest") from None

    @contextmanager
    def fetch(self, path: str, start: int, etag: str) -> Iterator[Transfer]:
        headers = {"Range": f"bytes={start}-", "If-Range": etag} if start else {}
        with self._asked("GET", path, headers=headers) as response:
            part = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            length = response.headers.get("Content-Length", "")
            given = response.headers.get("ETag", "")
            if response.status_code == 206 and part is not None:
                yield Transfer(int(part[1]), int(part[2]), given, _chunks(response))
            elif response.status_code == 200:
                size = int(length) if re.fullmatch(r"\d{1,15}", length) else None
                yield Transfer(0, size, given, _chunks(response))
            else:
                raise HallUnreachable(f"GET {path}: status {response.status_code}, not a file")

    def report(self, key: str, report: CatalogueReport) -> None:
        body = json.dumps(report.model_dump(exclude_none=True), ensure_ascii=False).encode()
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        with self._asked("POST", "/v1/catalogue/reports", headers=headers, data=body):
            pass

    def close(self) -> None:
        self._session.close()

    @contextmanager
    def _asked(self, method: str, path: str, **what: Any) -> Iterator[requests.Response]:
        try:
            response = self._session.request(
                method,
                self._url + path,
                stream=True,
                allow_redirects=False,
                timeout=(CONNECT, SILENCE),
                **what,
            )
        except requests.RequestException as error:  # not the error's text: it may carry what was sent
            raise HallUnreachable(f"{method} {path}: {type(error).__name__}") from None
        with response:
            if response.status_code >= 500 or response.status_code in (301, 302, 303, 307, 308, 429):
                raise HallUnreachable(f"{method} {path}: status {response.status_code}")
            if response.status_code >= 400:
                try:
                    raise HallRefused(Problem.model_validate_json(_words(response)))
                except ValidationError:
                    raise HallUnreachable(f"{method} {path}: status {response.status_code}") from None
            yield response


def _words(response: requests.Response) -> bytes:
    """The body of an answer that is no file."""
    body = bytearray()
    for chunk in _chunks(response):
        body += chunk
        if len(body) > MOST_WORDS:
            raise HallUnreachable("an answer without an end")
    return bytes(body)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """As they come over the wire, never unpacked: a small answer must not become a large one."""
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=False):
            yield chunk
    except Exception as error:  # noqa: BLE001  urllib3 and the socket have a dozen ways to say that it broke
        raise HallUnreachable(f"cut: {type(error).__name__}") from None
