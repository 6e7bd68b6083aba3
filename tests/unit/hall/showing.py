"""A small hall that reads codes and shows certificates, with invented services outside it that obey the test."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
from fastapi import FastAPI

from hall.api.access_log import AccessLog
from hall.api.failures import add_failures
from hall.api.gate import Gate
from hall.api.presentations import add_outsides, add_presentations
from hall.api.share_page import add_share_page
from hall.api.window_certificates import add_window_certificates
from hall.attachments import Attachments
from hall.certificates.port import Certificate, FaceMissing, Kind, LibraryAway
from hall.certificates.watermark import Watermark
from hall.codes.port import CodeRefused, Company, Holder, Verified
from hall.credentials import Credentials
from hall.enquiry import Rules
from hall.faces import Faces
from hall.journal.memory import MemoryStore
from hall.presentations import Presentations
from hall.queue import commands as c
from hall.queue.model import QueueId, TicketId, WindowId
from hall.replies import Replies
from hall.service import Service
from hall.shares import Shares
from hall.wire.messages import CertificateStatus, DayKey, OutsideView, PresentationView
from tests.unit.hall.small_hall import MORNING, make_plan

NAME, NUMBER, COMPANY_CODE = "龘靐㼆", "371599194001012313", "91371599MA3TESTX0K"
PERSON = Holder(NUMBER, NAME, date(1940, 1, 1))
AGENT = Holder(
    NUMBER, NAME, date(1940, 1, 1), Company("大鱼科技有限公司", COMPANY_CODE, "办理证照", date(2027, 1, 1))
)
MARKS = (NAME, NUMBER, COMPANY_CODE, "SECRET-CODE")  # what nobody outside may ever read
FACE = b"\x89PNG face of "

LICENCE = Kind("11100000000000001K", "驾驶证", "Driving licence", "card", ("机动车驾驶证",))


def certificate(serial: int, status: CertificateStatus = "valid") -> Certificate:
    return Certificate(LICENCE, "", f"{NUMBER}{serial}", NAME, NUMBER, "车管所", status=status)


class Verifier:
    """Knows the codes it was told; each is good once, as with the real ones."""

    def __init__(self) -> None:
        self.codes: dict[str, Verified | Exception] = {}
        self.asked: list[str] = []
        self.answer = threading.Event()
        self.answer.set()

    def verify(self, code: str, now: datetime) -> Verified:
        self.asked.append(code)
        assert self.answer.wait(60)
        match self.codes.get(code):
            case None:
                raise CodeRefused("code.replayed" if code in self.asked[:-1] else "code.unknown")
            case Verified() as verified:
                del self.codes[code]
                return verified
            case Exception() as error:
                raise error

    def state(self) -> OutsideView:
        return OutsideView(name="codes", kind="invented", state="ok")

    def close(self) -> None:
        pass


class Library:
    """Everybody has ``kept``."""

    def __init__(self) -> None:
        self.kept: tuple[Certificate, ...] = tuple(certificate(n) for n in range(3))
        self.trouble: Exception | None = None
        self.faces = 0

    def certificates(self, holder: Holder) -> tuple[Certificate, ...]:
        if self.trouble is not None:
            raise self.trouble
        return self.kept

    def face(self, certificate: Certificate) -> bytes:
        self.faces += 1
        if self.trouble is not None:
            raise self.trouble
        if certificate.status == "revoked":
            raise FaceMissing
        return FACE + certificate.number[-1:].encode()

    def state(self) -> OutsideView:
        return OutsideView(name="certificates", kind="invented", state="resting", code="certificates.resting")

    def close(self) -> None:
        pass


@dataclass
class Showing:
    """The hall, an in-process client, a token for each role, and a clock that is set by hand."""

    client: httpx.AsyncClient
    service: Service
    presentations: Presentations
    attachments: Attachments
    shares: Shares
    verifier: Verifier
    library: Library
    tokens: dict[str, str]
    seconds: list[float]
    keys: int = 0
    bodies: list[bytes] = field(default_factory=list)

    def later(self, seconds: float) -> None:
        self.seconds[0] += seconds

    async def post(self, path: str, body: Any = None, by: str = "terminal", key: str = "") -> httpx.Response:
        self.keys += 1
        headers = {"Authorization": f"Bearer {self.tokens[by]}", "Idempotency-Key": key or f"k{self.keys}"}
        answer = await self.client.post(path, content=json.dumps(body or {}), headers=headers)
        self.bodies.append(answer.content)
        return answer

    async def get(self, path: str, by: str = "terminal") -> httpx.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {self.tokens[by]}"})

    def told(self, code: str, holder: Holder = PERSON) -> str:
        """The verifier knows ``code`` from now on."""
        self.verifier.codes[code] = Verified(holder, "enterprise_code" if holder.company else "resident_code")
        return code

    async def shown(self, by: str = "terminal", item: str | None = None) -> PresentationView:
        """Somebody has held a code up, and their certificates are on the glass."""
        self.keys += 1
        body = {"purpose": "certificates", "code": self.told(f"SECRET-CODE{self.keys}"), "item": item}
        answer = await self.post("/v1/presentations", body, by)
        assert answer.status_code == 201, answer.text
        return PresentationView.model_validate(answer.json())

    async def ticket(self, queue: str = "a") -> TicketId:
        self.keys += 1
        before = set(self.service.state.tickets)
        await self.service.submit(f"t{self.keys}", "terminal:k1", c.Take(QueueId(queue)))
        (ticket,) = set(self.service.state.tickets) - before
        return ticket

    async def at_window(self, *commands: type[c.OfWindow], window: str = "1") -> None:
        for command in commands:
            self.keys += 1
            made: Any = command
            reply = await self.service.submit(f"w{self.keys}", f"window:{window}", made(WindowId(window)))
            assert reply.status == 200, reply


def in_a_hall(
    tmp_path: Path,
    work: Callable[[Showing], Awaitable[None]],
    *,
    store: MemoryStore | None = None,
    here: bool = True,
    rules: Rules | None = None,
    draw: Callable[[bytes, Watermark], bytes] = lambda face, mark: face + b"|" + mark.line.encode(),
) -> None:
    """``work`` in a hall; ``here``: whether it reads codes and shows certificates at all."""

    async def main() -> None:
        plan, seconds = make_plan(), [0.0]
        rules_ = rules or Rules()

        def clock() -> datetime:
            return MORNING + timedelta(seconds=seconds[0])

        def monotonic() -> float:
            return seconds[0]

        credentials = Credentials(tmp_path / "credentials.sqlite")
        tokens = {
            "terminal": credentials.issue("terminal", "k1"),
            "neighbour": credentials.issue("terminal", "k2"),
            "window": credentials.issue("window", "1"),
            "other": credentials.issue("window", "3"),
            "reader": credentials.issue("reader", "board"),
        }
        gate, verifier, library = Gate(credentials), Verifier(), Library()
        service = Service(store or MemoryStore("small"), plan, clock, Replies(plan, lambda ticket: ""))
        faces = Faces(library if here else None, draw, plan.hall.name, lambda: plan.local(clock()))
        presentations = Presentations(
            verifier if here else None,
            library if here else None,
            faces,
            rules_,
            lambda: DayKey(day=plan.day(clock()), key="5a" * 32),
            clock,
            monotonic,
        )
        attachments = Attachments(service, faces, monotonic)
        shares = Shares(clock, monotonic)
        app = FastAPI(openapi_url=None)
        guides: Any = SimpleNamespace(name_of=lambda item: "补领结婚证" if item else None)
        add_presentations(app, gate, guides, presentations, attachments, shares)
        add_window_certificates(app, gate, service, attachments)
        add_share_page(app, service, shares, faces)
        add_outsides(app, gate, [verifier.state, library.state])
        add_failures(app)
        transport = httpx.ASGITransport(app=AccessLog(app))
        async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
            made = (client, service, presentations, attachments, shares, verifier, library, tokens, seconds)
            try:
                await work(Showing(*made))
            finally:
                verifier.answer.set()
        await service.close()
        for one in (presentations, attachments, shares, faces):
            one.close()
        credentials.close()

    asyncio.run(main())


AWAY = LibraryAway("certificates.unreachable", "host silent")
