"""A shared service of electronic certificates over HTTP, GB/T 36906-2018 in kind: asked within a citizen's patience.

Handled: no connection, silence, dripping and oversized answers, errors, redirects (never followed), wrong signatures,
garbled answers, certificates of somebody else. Questions go out side by side, one for each kind where the service wants
it so; if one of them fails the whole answer does, because a list with a gap looks like a list. Not proven against any
province's service: the shape of questions and answers follows public code that talks to Shandong's.

Nothing here logs a number, a body or an address beyond the host.
"""

import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from config.certificates import Shared
from hall.certificates.faces import FROM_DATA, drawn
from hall.certificates.kinds import known_kinds
from hall.certificates.port import Certificate, FaceMissing, LibraryAway
from hall.certificates.shared_answers import garbled, kind_codes, listed, picture, with_lines
from hall.codes.breaker import Breaker, Standing
from hall.codes.mapping import question
from hall.codes.outside_http import new_session, rightly_signed, signed
from hall.codes.port import Holder
from hall.wire.messages import OutsideView

MOST_LIST = 512 * 1024  # bytes of an answer
MOST_FACE = 12 * 1024 * 1024  # a picture of eight million bytes in Base64
AT_ONCE = 12  # questions

T = TypeVar("T")
log = logging.getLogger(__name__)


class SharedLibrary:
    """A ``CertificateLibrary``. ``clock`` counts seconds, ``now`` is the hall's aware clock.

    Raises OSError where a file can't be read, ValueError where the settings name a kind that is not known.
    """

    def __init__(
        self,
        settings: Shared,
        font: Path,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if unknown := {*settings.kinds, *settings.codes} - known_kinds().keys():
            raise ValueError(f"certificates.shared: unknown kind {', '.join(sorted(unknown))}")
        self._settings, self._font, self._clock, self._now = settings, font, clock, now
        self._host = urlsplit(settings.url).netloc
        self._secret = settings.secret_file.read_bytes().strip()
        self._kinds = kind_codes(settings.codes)
        self._session = new_session(settings, AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="certificates-shared")
        self._breaker = Breaker(clock, settings.failures, settings.rest_seconds, changed=self._changed)

    def certificates(self, holder: Holder) -> tuple[Certificate, ...]:
        company = holder.company is not None
        number = holder.company.code if holder.company else holder.number
        until = self._begin()
        asked = [
            self._threads.submit(self._list, number, company, type_code, until)
            for type_code in self._type_codes(company)
        ]
        found = self._finish(asked, until)
        once = {one.identifier: one for some in found for one in some}
        return tuple(once.values())

    def face(self, certificate: Certificate) -> bytes:
        if self._settings.face == "drawn":
            lines, labels = with_lines(certificate)
            return drawn(replace(certificate, lines=lines, lines_en=labels), self._font, FROM_DATA)
        until = self._begin()
        return self._finish([self._threads.submit(self._face, certificate, until)], until)[0]

    def state(self) -> OutsideView:
        return OutsideView(name="certificates", kind="shared", **self._breaker.state()._asdict())

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    def _begin(self) -> float:
        """Until when there is time. Raises LibraryAway while the service is left alone."""
        if not self._breaker.allow():
            raise LibraryAway("certificates.resting")
        return self._clock() + self._settings.budget_seconds

    def _finish(self, asked: "list[Future[T]]", until: float) -> list[T]:
        """All answers, or what went wrong first; the breaker hears of it."""
        try:
            _, late = wait(asked, max(0.0, until - self._clock()), FIRST_EXCEPTION)
            for one in asked:
                if one not in late and not one.cancelled() and (error := one.exception()):
                    raise error
            if late:
                raise LibraryAway("certificates.unreachable", "took too long")
        except FaceMissing:
            self._breaker.succeeded()
            raise
        except LibraryAway as away:
            self._breaker.failed(away.code)
            raise
        finally:
            for one in asked:
                one.cancel()
        self._breaker.succeeded()
        return [one.result() for one in asked]

    def _type_codes(self, company: bool) -> list[str]:
        if not self._settings.kinds:
            return [""]
        known, own = known_kinds(), self._settings.codes
        wanted = [name for name in self._settings.kinds if known[name].kind.of_company == company]
        return [own.get(name, known[name].kind.code) for name in wanted]

    def _list(self, number: str, company: bool, type_code: str, until: float) -> tuple[Certificate, ...]:
        settings = self._settings
        facts = {
            "number": number,
            "type": type_code,
            "holder_type": settings.company_type if company else settings.person_type,
        }
        body = self._ask(settings.list_path, settings.list_request, facts, until, MOST_LIST)
        return listed(
            body,
            settings.fields,
            self._kinds,
            number=number,
            asked=type_code,
            company=company,
            today=self._now().date(),
        )

    def _face(self, certificate: Certificate, until: float) -> bytes:
        settings = self._settings
        facts = {"identifier": certificate.identifier}
        body = self._ask(settings.face_path, settings.face_request, facts, until, MOST_FACE)
        return picture(body, settings.fields, settings.face_picture)

    def _ask(
        self, path: str, template: dict[str, object], facts: dict[str, str], until: float, most: int
    ) -> bytes:
        """The content of a good and rightly signed answer. Raises LibraryAway."""
        settings = self._settings
        nonce, timestamp = secrets.token_hex(16), str(round(self._now().timestamp() * 1000))
        filling = {
            **facts,
            "app": settings.app_id,
            "secret": self._secret.decode("utf-8", "replace"),
            "purpose": settings.purpose,
            "nonce": nonce,
        }
        url = settings.url + path
        body = question(template, filling)
        headers: dict[str, str] = {}
        if settings.mac != "none":
            headers = signed(settings, settings.mac, self._secret, urlsplit(url).path, timestamp, nonce, body)
        answer, content = self._exchange(url, body, headers, until, most)
        if answer.status_code != 200:
            raise LibraryAway("certificates.unreachable", f"status={answer.status_code}")
        if settings.mac != "none" and not rightly_signed(
            settings, settings.mac, self._secret, nonce, answer, content
        ):
            raise garbled("signature is wrong")
        return content

    def _exchange(
        self, url: str, body: bytes, headers: dict[str, str], until: float, most: int
    ) -> tuple[requests.Response, bytes]:
        left = until - self._clock()
        if left <= 0:
            raise LibraryAway("certificates.unreachable", "no time left")
        try:
            with self._session.post(
                url, body, headers=headers, timeout=(left, left), stream=True, allow_redirects=False
            ) as answer:
                content = bytearray()
                # read1: what has come, not a full piece; a dripping answer can't hold the thread past its time
                while piece := answer.raw.read1(65_536, decode_content=True):
                    content += piece
                    if len(content) > most:
                        raise garbled(f"more than {most} bytes")
                    if self._clock() >= until:
                        raise LibraryAway("certificates.unreachable", "answer took too long")
                return answer, bytes(content)
        # urllib3's, from reading raw, are no RequestException. Never their text: it may carry what was sent.
        except (requests.RequestException, HTTPError, OSError) as error:
            raise LibraryAway("certificates.unreachable", type(error).__name__) from None

    def _changed(self, standing: Standing) -> None:
        log.info(
            "certificates service=%s state=%s code=%s failures=%d",
            self._host,
            standing.state,
            standing.code,
            standing.failures,
        )
