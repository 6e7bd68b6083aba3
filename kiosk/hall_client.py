"""The hall over HTTP, blocking, for a worker thread. A retry carries the same key, so it is harmless.

HallError
├── HallUnreachable   no answer within the deadline, or an answer that is not the hall's
└── HallRefused       the hall answered: no, with a code and facts
"""

import json
import random
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from drivers.ports import Clock
from hall.wire.messages import (
    Answer,
    AppointmentsView,
    Attach,
    AttachedView,
    Chosen,
    DayKey,
    FindAppointments,
    HallView,
    Present,
    PresentationView,
    Problem,
    ReportPaper,
    ShareView,
    TakeTicket,
    TicketView,
    WindowCertificates,
    WindowView,
)

CONNECT, ANSWER = 1.0, 3.0  # seconds
DEADLINE = 8.0  # seconds a citizen may be kept waiting for a number
_jitter = random.Random()  # its own: a worker thread must not move anybody's global generator
PRESENTING = 4.5  # seconds to know who somebody is: the hall asks others, and gives up after 3.8 itself
ASKING_OTHERS = {"deadline": PRESENTING, "patience": PRESENTING}
LEAVING = 2.0  # seconds; what could not be said is forgotten by the hall itself a little later
MOST_BYTES = 8 * 1024 * 1024  # of an answer: a picture of a certificate
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
LONGEST_JITTER = 1.5  # times a pause

A = TypeVar("A", bound=Answer)


class HallError(Exception):
    code = "hall.unreachable"


class HallUnreachable(HallError):
    """Nothing can be said about whether the command was carried out; ask again with the same key."""


class HallRefused(HallError):
    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code} ({problem.status})")
        self.code, self.facts = problem.code, problem.facts


def hall_session(token: str) -> requests.Session:
    """One connection to the hall, kept open between questions."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    session.trust_env = False  # no proxy and no netrc between a terminal and its hall
    session.mount("http", HTTPAdapter(pool_connections=1, pool_maxsize=1))
    return session


class HallClient:
    """``token`` is this device's bearer credential. One instance for one thread."""

    def __init__(self, url: str, token: str, clock: Clock) -> None:
        self._url, self._clock = url.rstrip("/"), clock
        self._session = hall_session(token)

    def take(self, key: str, request: TakeTicket) -> TicketView:
        return _as(TicketView, self._command("/v1/tickets", key, request.model_dump(exclude_none=True)))

    def report_paper(self, ticket: str, report: ReportPaper) -> None:
        key = f"{report.job}.{report.state}"
        self._command(f"/v1/tickets/{ticket}/paper", key, report.model_dump(by_alias=True, exclude_none=True))

    def window(self, window: str, verb: str, key: str, body: dict[str, Any]) -> WindowView:
        return _as(WindowView, self._command(f"/v1/windows/{window}/{verb}", key, body))

    def present(self, key: str, request: Present) -> PresentationView:
        """Who it is that shows a code or a document; a retry with ``key`` gets the first answer."""
        body = request.model_dump(exclude_none=True)
        return _as(PresentationView, self._command("/v1/presentations", key, body, **ASKING_OTHERS))

    def face(self, presentation: str, certificate: str) -> bytes:
        """The picture of one certificate: PNG with the hall's watermark."""
        path = f"/v1/presentations/{presentation}/certificates/{certificate}/face"
        return _png(self._answered("GET", path, None, None, **ASKING_OTHERS))

    def share(self, key: str, presentation: str, chosen: Chosen) -> ShareView:
        """A page of the hall that shows ``chosen`` to a clerk's phone."""
        path = f"/v1/presentations/{presentation}/share"
        return _as(ShareView, self._command(path, key, chosen.model_dump(mode="json")))

    def attach(self, key: str, presentation: str, attach: Attach) -> AttachedView:
        """Let whoever serves a ticket see chosen certificates."""
        path = f"/v1/presentations/{presentation}/attach"
        return _as(AttachedView, self._command(path, key, attach.model_dump(mode="json")))

    def leave(self, presentation: str) -> None:
        """The hall forgets the presentation now."""
        key = f"leave.{presentation}"
        self._command(f"/v1/presentations/{presentation}/leave", key, {}, deadline=LEAVING)

    def appointments(self, key: str, wanted: FindAppointments) -> AppointmentsView:
        body = wanted.model_dump(exclude_none=True)
        return _as(AppointmentsView, self._command("/v1/appointments/find", key, body))

    def window_certificates(self, window: str) -> WindowCertificates:
        """What the citizen at ``window`` agreed to show."""
        return _as(WindowCertificates, self._ask("GET", f"/v1/windows/{window}/certificates"))

    def view_certificate(self, window: str, key: str, certificate: str) -> bytes:
        """The one view of a certificate, as PNG; a retry with ``key`` is the same view."""
        path = f"/v1/windows/{window}/certificates/{certificate}/view"
        return _png(self._answered("POST", path, key, {}, **ASKING_OTHERS))

    def call_staff(self, key: str, reason: str) -> None:
        self._command("/v1/staff-calls", key, {"reason": reason})

    def hall(self) -> HallView:
        return _as(HallView, self._ask("GET", "/v1/hall"))

    def window_view(self, window: str) -> WindowView:
        return _as(WindowView, self._ask("GET", f"/v1/windows/{window}"))

    def day_key(self) -> DayKey:
        return _as(DayKey, self._ask("GET", "/v1/pseudonym-key"))

    def close(self) -> None:
        self._session.close()

    def _command(self, path: str, key: str, body: dict[str, Any], **patience: float) -> Any:
        return _json(self._answered("POST", path, key, body, **patience))

    def _ask(self, method: str, path: str) -> Any:
        """Once. Raises HallRefused, HallUnreachable."""
        return _json(self._send(method, path, None, None, CONNECT + ANSWER, ANSWER))

    def _answered(
        self,
        method: str,
        path: str,
        key: str | None = None,
        body: dict[str, Any] | None = None,
        *,
        deadline: float = DEADLINE,
        patience: float = ANSWER,
    ) -> bytes:
        """Send until it is answered or the deadline is reached. Raises HallRefused, HallUnreachable."""
        until, pause = self._clock.now() + deadline, FIRST_PAUSE
        while True:
            try:
                return self._send(method, path, key, body, until - self._clock.now(), patience)
            except HallUnreachable:
                if self._clock.now() + pause * LONGEST_JITTER >= until:
                    raise
            self._clock.sleep(pause * _jitter.uniform(2 - LONGEST_JITTER, LONGEST_JITTER))
            pause = min(pause * 2, LONGEST_PAUSE)

    def _send(
        self,
        method: str,
        path: str,
        key: str | None,
        body: dict[str, Any] | None,
        left: float,
        patience: float,
    ) -> bytes:
        """The content of one answer within ``left`` seconds; silence is borne for ``patience`` of them."""
        until = self._clock.now() + left
        connect = min(CONNECT, left / 8)
        try:
            with self._session.request(
                method,
                self._url + path,
                json=body,
                headers={"Idempotency-Key": key} if key else {},
                timeout=(connect, min(patience, left - connect)),
                stream=True,
                allow_redirects=False,  # the hall sends nobody elsewhere
            ) as answer:
                content = self._read(answer, until)
        except (requests.RequestException, HTTPError) as error:  # not its text: it may carry what was sent
            raise HallUnreachable(f"{method} {path}: {type(error).__name__}") from None
        if 200 <= answer.status_code < 300:
            return content
        if answer.status_code >= 500 or answer.status_code == 429:
            raise HallUnreachable(f"{method} {path}: status {answer.status_code}")
        try:
            problem = Problem.model_validate_json(content)
        except ValueError:
            raise HallUnreachable(
                f"{method} {path}: status {answer.status_code}, not a problem document"
            ) from None
        raise HallRefused(problem)

    def _read(self, answer: requests.Response, until: float) -> bytes:
        """Piece by piece: an answer that drips or never ends is none."""
        content = bytearray()
        while piece := answer.raw.read1(65_536, decode_content=True):
            content += piece
            if len(content) > MOST_BYTES or self._clock.now() > until:
                raise requests.Timeout
        return bytes(content)


def _json(content: bytes) -> Any:
    """None for no content. Raises HallUnreachable."""
    try:
        return json.loads(content) if content else None
    except ValueError:
        raise HallUnreachable("the answer is no JSON") from None


def _png(content: bytes) -> bytes:
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise HallUnreachable("the answer is no PNG")
    return content


def _as(kind: type[A], content: Any) -> A:
    try:
        return kind.model_validate(content)
    except ValueError:  # not its text: that carries what was answered
        raise HallUnreachable(f"the answer is no {kind.__name__}") from None
