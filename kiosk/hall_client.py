"""The hall over HTTP, blocking, for a worker thread. A retry carries the same key, so it is harmless.

HallError
├── HallUnreachable   no answer within the deadline, or an answer that is not the hall's
└── HallRefused       the hall answered: no, with a code and facts
"""

import random
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter

from drivers.ports import Clock
from hall.wire.messages import (
    Answer,
    DayKey,
    HallView,
    Present,
    PresentationView,
    Problem,
    ReportPaper,
    TakeTicket,
    TicketView,
    WindowView,
)

CONNECT, ANSWER = 1.0, 3.0  # seconds
DEADLINE = 8.0  # seconds a citizen may be kept waiting for a number
_jitter = random.Random()  # its own: a worker thread must not move anybody's global generator
PRESENTING = 4.5  # seconds to know who somebody is: the hall asks others, and gives up after 3.5 itself
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0

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
        return _as(
            PresentationView,
            self._command(
                "/v1/presentations", key, request.model_dump(exclude_none=True), deadline=PRESENTING
            ),
        )

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

    def _command(self, path: str, key: str, body: dict[str, Any], *, deadline: float = DEADLINE) -> Any:
        """Send until it is answered or the deadline is reached. Raises HallRefused, HallUnreachable."""
        until, pause = self._clock.now() + deadline, FIRST_PAUSE
        while True:
            try:
                return self._ask("POST", path, key=key, body=body)
            except HallUnreachable:
                if self._clock.now() + pause > until:
                    raise
            self._clock.sleep(pause * _jitter.uniform(0.5, 1.5))
            pause = min(pause * 2, LONGEST_PAUSE)

    def _ask(
        self, method: str, path: str, *, key: str | None = None, body: dict[str, Any] | None = None
    ) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = self._session.request(
                method, self._url + path, json=body, headers=headers, timeout=(CONNECT, ANSWER)
            )
            content = answer.json() if answer.content else None
        except requests.RequestException as error:  # not the error's text: it may carry what was sent
            raise HallUnreachable(f"{method} {path}: {type(error).__name__}") from None
        if answer.ok:
            return content
        if answer.status_code >= 500 or answer.status_code == 429:
            raise HallUnreachable(f"{method} {path}: status {answer.status_code}")
        try:
            problem = Problem.model_validate(content)
        except ValueError:
            raise HallUnreachable(
                f"{method} {path}: status {answer.status_code}, not a problem document"
            ) from None
        raise HallRefused(problem)


def _as(kind: type[A], content: Any) -> A:
    try:
        return kind.model_validate(content)
    except ValueError:  # not its text: that carries what was answered
        raise HallUnreachable(f"the answer is no {kind.__name__}") from None
