"""A province's or city's HTTP gateway for codes: asked within a citizen's patience, left alone while it fails.

Handled: no connection, silence, dripping answers, 502 to 504, redirects, oversized or garbled answers, wrong
signatures, wrong certificates, a clock that differs (ours is corrected by its Date header, for signing only). A
question is asked again only where it certainly was not dealt with, or the gateway says so: a code is good once, and
asking about it twice would turn a good one into a replayed one. A redirect is never followed.

Nothing here logs a code, a body or an address beyond the host.
"""

import logging
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from config.codes import Gateway
from hall.codes.breaker import Breaker, Standing
from hall.codes.mapping import AskAgain, answered, garbled, question
from hall.codes.outside_http import new_session, rightly_signed, signed
from hall.codes.port import CodeRefused, Verified, VerifierAway
from hall.wire.messages import OutsideView

MOST_ANSWER = 65_536  # bytes
AT_ONCE = 8  # questions
PAUSE = 0.15  # seconds before a second try, doubled for a third; half to one and a half of it
_NOT_DEALT_WITH = (502, 503, 504)
_COARSE = 2.0  # seconds: the Date header has no fractions, smaller differences are noise

log = logging.getLogger(__name__)
_jitter = random.Random()  # its own: nobody's global generator is moved


class _Again(Exception):
    """Not dealt with, ask again; the message says why."""


class GatewayVerifier:
    """A ``CodeVerifier``. ``clock`` counts seconds; ``sleep`` waits. Raises OSError, ValueError: a file is no good."""

    def __init__(
        self,
        settings: Gateway,
        city: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._city, self._clock, self._sleep = settings, city, clock, sleep
        self._host = urlsplit(settings.url).netloc
        self._path = requests.Request("POST", settings.url).prepare().path_url  # as it goes over the wire
        self._secret = settings.secret_file.read_bytes().strip()
        if not self._secret:
            raise ValueError(f"{settings.secret_file.name} is empty")
        self._session = new_session(settings, AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="codes-gateway")
        self._breaker = Breaker(clock, settings.failures, settings.rest_seconds, changed=self._changed)
        self._ahead = 0.0  # seconds the gateway's clock is before ours
        self._warned = False

    def verify(self, code: str, now: datetime) -> Verified:
        if not self._breaker.allow():
            raise VerifierAway("code.resting")
        until = self._clock() + self._settings.budget_seconds
        # On another thread: names that don't resolve and the like keep to no time-out of ours.
        asked = self._threads.submit(self._ask_until, code, now, until)
        try:
            verified = asked.result(self._settings.budget_seconds)
        except TimeoutError:
            asked.cancel()
            self._breaker.failed("code.unreachable")
            raise VerifierAway("code.unreachable", "took too long") from None
        except VerifierAway as away:
            self._breaker.failed(away.code)
            raise
        except CodeRefused:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return verified

    def state(self) -> OutsideView:
        standing = self._breaker.state()
        return OutsideView(name="codes", kind="gateway", **standing._asdict())

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    def _ask_until(self, code: str, now: datetime, until: float) -> Verified:
        began, pause = self._clock(), PAUSE
        for tries_left in reversed(range(self._settings.tries)):
            try:
                return self._ask(code, now.timestamp() + self._clock() - began, until)
            except _Again as again:
                wait = pause * _jitter.uniform(0.5, 1.5)
                if not tries_left or self._clock() + wait >= until:
                    raise VerifierAway("code.unreachable", str(again)) from None
            self._sleep(wait)
            pause *= 2
        raise AssertionError("unreachable: the last try returns or raises")

    def _ask(self, code: str, now: float, until: float) -> Verified:
        """One question. Raises _Again, CodeRefused, VerifierAway."""
        settings = self._settings
        nonce, timestamp = secrets.token_hex(16), str(round((now + self._ahead) * 1000))
        facts = {"code": code, "city": self._city, "nonce": nonce, "time": timestamp, "app": settings.app_id}
        body = question(settings.request, facts)
        headers = signed(settings, settings.mac, self._secret, self._path, timestamp, nonce, body)
        answer, content = self._exchange(body, headers, until)
        moved = self._learn_time(answer, now)
        status = answer.status_code
        if status in _NOT_DEALT_WITH:
            raise _Again(f"status={status}")
        if status == 401 and moved:
            raise _Again("signed by the wrong time")
        if status == 429 or status >= 500 or status in (401, 403, 404) or 300 <= status < 400:
            raise VerifierAway("code.unreachable", f"status={status}")
        if not rightly_signed(settings, settings.mac, self._secret, nonce, answer, content):
            raise garbled("signature is wrong")
        try:
            return answered(content, settings.answer)
        except AskAgain:
            raise _Again("asked to come again") from None

    def _exchange(
        self, body: bytes, headers: dict[str, str], until: float
    ) -> tuple[requests.Response, bytes]:
        """The answer and its content, within time and size. Raises _Again, VerifierAway."""
        left = until - self._clock()
        if left <= 0:
            raise VerifierAway("code.unreachable", "no time left")
        waits = (min(self._settings.connect_seconds, left), min(self._settings.read_seconds, left))
        try:
            with self._session.post(
                self._settings.url, body, headers=headers, timeout=waits, stream=True, allow_redirects=False
            ) as answer:
                content = bytearray()
                for byte in answer.iter_content(1):  # a larger read waits until it is full, however slowly
                    content += byte
                    if len(content) > MOST_ANSWER:
                        raise garbled(f"more than {MOST_ANSWER} bytes")
                    if self._clock() >= until:
                        raise VerifierAway("code.unreachable", "answer took too long")
                return answer, bytes(content)
        except OSError as error:  # requests' own are OSErrors; never its text: it may carry what was sent
            if _never_sent(error):
                raise _Again(type(error).__name__) from None
            raise VerifierAway("code.unreachable", type(error).__name__) from None

    def _learn_time(self, answer: requests.Response, now: float) -> bool:
        """Correct the time we sign with; whether it moved. ``now``: our time when the question was made."""
        try:
            theirs = parsedate_to_datetime(answer.headers["Date"])
        except (KeyError, TypeError, ValueError):
            return False
        ahead = theirs.replace(tzinfo=theirs.tzinfo or UTC).timestamp() - now
        ahead = ahead if abs(ahead) > _COARSE else 0.0
        moved, self._ahead = abs(ahead - self._ahead) > _COARSE, ahead
        far = abs(ahead) > self._settings.skew_seconds
        if far and not self._warned:
            log.warning("codes gateway=%s clock_differs=%.0fs", self._host, ahead)
        self._warned = far
        return moved

    def _changed(self, standing: Standing) -> None:
        log.info(
            "codes gateway=%s state=%s code=%s failures=%d",
            self._host,
            standing.state,
            standing.code,
            standing.failures,
        )


def _never_sent(error: OSError) -> bool:
    """Whether there was no connection to send the question on."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
