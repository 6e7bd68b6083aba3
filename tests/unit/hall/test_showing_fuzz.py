"""Anything at all at the routes of showing and checking in: refused in words that are written down, and not quoted.

The whole application of a hall in this process, with the embedded codes and certificates.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.appointments import Appointments
from hall.api.access_log import AccessLog
from hall.api.app import create_app
from hall.api.appointments import CheckIn
from hall.api.code_page import add_code_page
from hall.appointments.book import AppointmentBook
from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.people import companies, people
from hall.codes.embedded import EmbeddedVerifier, Issuer
from hall.codes.keys import CodeKeys
from hall.credentials import Credentials
from hall.enquiry import Rules
from hall.journal.memory import MemoryStore
from hall.keys import Keys
from hall.problems import CODES
from hall.published import Published
from hall.queue import commands as c
from hall.queue.model import WindowId
from hall.replies import Replies
from hall.service import Service
from hall.showing import showing
from screens.theme.fonts import FontsMissing, find_fonts
from tests.unit.hall.small_hall import MORNING, make_plan

ROLES = {"terminal": "k1", "window": "1", "reader": "board", "manager": "m"}
# Who may use a route, its address and whether it is a command; ``*`` stands for whatever.
ROUTES = (
    ("terminal", "/v1/presentations", True),
    ("terminal", "/v1/presentations/*/certificates/*/face", False),
    ("terminal", "/v1/presentations/*/share", True),
    ("terminal", "/v1/presentations/*/attach", True),
    ("terminal", "/v1/presentations/*/leave", True),
    ("terminal", "/v1/tickets", True),
    ("terminal", "/v1/appointments/find", True),
    ("manager", "/v1/appointments", True),
    ("manager", "/v1/outsides", False),
    ("window", "/v1/windows/*/certificates", False),
    ("window", "/v1/windows/*/certificates/*/view", True),
    ("", "/c/*", False),
    ("", "/c/*/*.png", False),
    ("", "/demo/phone/*", False),
    ("", "/demo/code", True),
)


@dataclass
class Fuzzed:
    """A hall that is asked anything."""

    runner: asyncio.Runner
    client: httpx.AsyncClient
    tokens: dict[str, str]
    issuer: Issuer
    heard: list[logging.LogRecord]
    presentation: str = ""
    certificate: str = ""
    page: str = ""
    asked: int = field(default=0)

    def ask(
        self, role: str, path: str, body: bytes | None, headers: Mapping[str, str] = {}
    ) -> httpx.Response:
        self.asked += 1
        self.heard.clear()
        sent = {"Idempotency-Key": f"k{self.asked}", "Content-Type": "application/json"}
        if role:
            sent["Authorization"] = f"Bearer {self.tokens[role]}"
        method = "GET" if body is None else "POST"
        return self.runner.run(self.client.request(method, path, content=body, headers=sent | dict(headers)))

    def told(self, answer: httpx.Response, *marks: str) -> None:
        """It is an answer or a refusal that is written down, and nobody was quoted."""
        assert answer.status_code < 500, (answer.request.url.path[:200], answer.text)
        if answer.headers.get("Content-Type") == "application/problem+json":
            problem = answer.json()
            assert CODES[problem["code"]] == (problem["status"], problem["title"])
            assert problem["status"] == answer.status_code
        said = "\n".join(record.getMessage() for record in self.heard)
        for record in self.heard:
            assert record.exc_info is None, said
            assert record.levelno < logging.WARNING, said
        for mark in marks:
            assert mark not in said
            assert mark not in answer.text or answer.headers["Content-Type"] == "application/json"


class Ears(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("hall", "uvicorn", "starlette", "fastapi")):
            self.heard.append(record)


@asynccontextmanager
async def a_hall(folder: Path, font: Path) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, str], Issuer]]:
    plan, keys = make_plan(), Keys(folder / "keys.json")
    credentials = Credentials(folder / "credentials.sqlite")
    tokens = {role: credentials.issue(role, subject) for role, subject in ROLES.items()}  # type: ignore[arg-type]
    codes = CodeKeys(folder / "code-keys.json", "ed25519")
    issuer, verifier = Issuer(codes, "371599"), EmbeddedVerifier(codes, "371599", MORNING)
    library = EmbeddedLibrary(font, today=MORNING.date)
    replies = Replies(plan, keys.phone_path)
    service = Service(MemoryStore("small"), plan, lambda: MORNING, replies)
    published = Published(folder, lambda: plan.local(MORNING))
    book = AppointmentBook(folder / "appointments.sqlite")
    shows = showing(service, keys, verifier, library, font, lambda: 0.0, rules=Rules(refused_a_minute=10**9))
    check_in = CheckIn(book, service, keys, published.guides, Appointments())
    app = create_app(service, credentials, keys, replies, published, shows, check_in)
    add_code_page(app, issuer, (*people(), *companies()), lambda: MORNING)
    transport = httpx.ASGITransport(app=AccessLog(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
        await service.submit("o", "window:1", c.OpenWindow(WindowId("1")))
        yield client, tokens, issuer
    await service.close()
    shows.close()
    verifier.close()
    library.close()
    published.close()
    book.close()
    credentials.close()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    try:
        font = find_fonts().regular
    except FontsMissing as error:
        pytest.skip(str(error))
    ears, root = Ears(), logging.getLogger()
    level = root.level
    root.addHandler(ears)
    root.setLevel(logging.DEBUG)
    with asyncio.Runner() as runner:
        around = a_hall(tmp_path_factory.mktemp("hall"), font)
        client, tokens, issuer = runner.run(around.__aenter__())
        hall = Fuzzed(runner, client, tokens, issuer, ears.heard)
        code = issuer.issue(people()[0], "resident_code", MORNING)
        body = json.dumps({"purpose": "certificates", "code": code}).encode()
        view = hall.ask("terminal", "/v1/presentations", body).json()
        hall.presentation, hall.certificate = view["id"], view["certificates"][0]["id"]
        chosen = json.dumps({"certificates": [hall.certificate]}).encode()
        shared = hall.ask("terminal", f"/v1/presentations/{hall.presentation}/share", chosen)
        hall.page = shared.json()["path"].removeprefix("/c/")
        yield hall
        runner.run(around.__aexit__(None, None, None))
    root.removeHandler(ears)
    root.setLevel(level)


texts = st.text(max_size=40) | st.sampled_from(
    ["", "\0", "\x1b[2J", "\u202e", "𠮷", "é" * 300, "9" * 5_000, "-1", "NaN", "../..", "%s%n", "' OR 1=1 --"]
)
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**20)])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
KNOWN = {
    "purpose": st.sampled_from(["number", "certificates", "checkin", "steal"]),
    "code": texts,
    "document": st.fixed_dictionaries(
        {"source": st.sampled_from(["id_card", "typed", "resident_code"]), "number": texts, "name": texts}
    ),
    "item": texts,
    "certificates": st.lists(texts, max_size=50),
    "ticket": texts,
    "queue": st.sampled_from(["a", "b", "z"]) | texts,
    "appointment": texts,
    "person": texts,
    "number": texts,
    "priority": texts,
    "paper": st.booleans(),
    "flaw": st.sampled_from(["", "forged", "worse"]),
    "kind": st.sampled_from(["resident", "enterprise", "other"]),
    "appointments": st.lists(
        st.fixed_dictionaries(
            {
                "id": texts,
                "person": st.sampled_from(["37010219900101001X", "x"]),
                "queue": st.sampled_from(["a", "z"]),
                "starts": texts,
                "ends": texts,
            }
        ),
        max_size=3,
    ),
}
likely = st.dictionaries(st.sampled_from(sorted(KNOWN)), st.none(), max_size=5).flatmap(
    lambda names: st.fixed_dictionaries({name: KNOWN[name] | values for name in names})
)
bodies = st.binary(max_size=200) | (likely | values).map(lambda value: json.dumps(value).encode())
segments = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
    | st.sampled_from(["..", "%00", "9" * 5_000, "-1", "0", "1", "A" * 8_000])
).map(lambda text: quote(text, safe=""))


@settings(max_examples=500)
@given(route=st.sampled_from(ROUTES), body=bodies, parts=st.lists(segments, min_size=3, max_size=3))
def test_no_request_is_more_than_refused(
    hall: Fuzzed, route: tuple[str, str, bool], body: bytes, parts: list[str]
) -> None:
    role, path, command = route
    for part in parts:
        path = path.replace("*", part, 1)
    hall.told(hall.ask(role, path, body if command else None))


@settings(max_examples=150)
@given(
    route=st.sampled_from([route for route in ROUTES if "*" in route[1]]),
    body=bodies,
    real=st.booleans(),
    place=segments,
)
def test_nor_where_it_begins_like_a_real_one(
    hall: Fuzzed, route: tuple[str, str, bool], body: bytes, real: bool, place: str
) -> None:
    """The presentation, the certificate, the page and the window are there; the rest is anything."""
    role, path, command = route
    first = "1" if "windows" in path else hall.page if path.startswith("/c/") else hall.presentation
    path = path.replace("*", first, 1).replace("*", hall.certificate if real else place, 1)
    if path.endswith("/leave"):
        return  # the others need it
    hall.told(hall.ask(role, path, body if command else None))


@settings(max_examples=150)
@given(code=st.text(min_size=1, max_size=4_096) | st.text("TY1.ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=4))
def test_no_text_is_a_code_but_an_issued_one(hall: Fuzzed, code: str) -> None:
    mark = secrets.token_hex(6)
    body = json.dumps({"purpose": "number", "code": (mark + code)[:4_096]}).encode()
    answer = hall.ask("terminal", "/v1/presentations", body)
    hall.told(answer, mark)
    if answer.status_code != 422:
        assert (answer.status_code, answer.json()["code"]) == (400, "request.not_json")  # half a character
    else:
        assert answer.json()["code"] in ("code.unknown", "request.invalid")


@settings(max_examples=120)
@given(data=st.data())
def test_no_change_of_an_issued_code_is_good(hall: Fuzzed, data: st.DataObject) -> None:
    code = hall.issuer.issue(people()[1], "resident_code", MORNING)
    at = data.draw(st.integers(0, len(code) - 1))
    how = data.draw(st.sampled_from(["cut", "other", "insert", "drop", "swap", "lower", "tail"]))
    other = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567=.- 龘\0"))
    changed = {
        "cut": code[:at],
        "other": code[:at] + other + code[at + 1 :],
        "insert": code[:at] + other + code[at:],
        "drop": code[:at] + code[at + 1 :],
        "swap": code[:at] + code[at : at + 2][::-1] + code[at + 2 :],
        "lower": code[:at] + code[at:].lower(),
        "tail": code + other,
    }[how]
    answer = hall.ask(
        "terminal", "/v1/presentations", json.dumps({"purpose": "number", "code": changed}).encode()
    )
    if changed == code:
        assert answer.status_code == 201
        return
    hall.told(answer, code[40:60])
    allowed = {"code.unknown", "code.forged", "code.other_city"} | (
        {"request.invalid"} if not changed else set()
    )
    assert answer.json()["code"] in allowed


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"\xff\xfe",
        b'{"purpose":"number","code":"\\ud800"}',
        b'{"purpose":"number","code":"\\u0000"}',
        b'{"purpose":"number","code":"a","code":"b"}',
        b'{"purpose":"number","code":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"purpose":"number","code":' + b"9" * 9_000 + b"}",
        b'{"purpose":"number","code":"' + b"A" * 40_000 + b'"}',
        b'{"purpose":"certificates","document":{"source":"id_card","number":"37010219900230001X","name":"x"}}',
        b'{"purpose":"certificates","document":{"source":"id_card","number":"AAAAAAAAAAAAAAAAAA","name":"x"}}',
        '{"purpose":"number","document":{"source":"typed","number":"３７０１０２１９９００１０１００１Ｘ"}}'.encode(),
        '{"purpose":"number","document":{"source":"typed","number":"37010219900101²01X"}}'.encode(),
    ],
)
def test_a_body_that_is_made_to_hurt_is_refused(hall: Fuzzed, body: bytes) -> None:
    answer = hall.ask("terminal", "/v1/presentations", body)
    hall.told(answer)
    assert answer.status_code >= 400


@pytest.mark.parametrize("starts", ["0001-01-01T00:00:00+14:00", "9999-12-31T20:00:00-12:00", "1e300", "-1"])
def test_an_appointment_at_the_end_of_time_is_refused(hall: Fuzzed, starts: str) -> None:
    ends = starts.replace("00:00:00", "00:30:00").replace("20:00:00", "20:30:00")
    one = {"id": "9001", "person": "37010219900101001X", "queue": "a", "starts": starts, "ends": ends}
    answer = hall.ask("manager", "/v1/appointments", json.dumps({"appointments": [one]}).encode())
    hall.told(answer, "37010219900101001X")
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("place", ["9" * 5_000, "-1", "1.0", "٣", "1e3"])
def test_a_picture_of_the_share_page_has_a_place_or_is_none(hall: Fuzzed, place: str) -> None:
    answer = hall.ask("", f"/c/{hall.page}/{quote(place)}.png", None)
    hall.told(answer)
    assert answer.status_code in (404, 410)


@pytest.mark.parametrize("what", ["put", "find"])
def test_a_mistake_over_appointments_is_told_without_its_words(
    hall: Fuzzed, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def mistaken(self: CheckIn, message: object) -> None:
        raise RuntimeError("37010219900101001X")

    monkeypatch.setattr(CheckIn, what, mistaken)
    one = {"id": "9001", "person": "37010219900101001X", "queue": "a"}
    times = {"starts": MORNING.isoformat(), "ends": MORNING.replace(hour=2).isoformat()}
    role, path, body = {
        "put": ("manager", "/v1/appointments", {"appointments": [one | times]}),
        "find": ("terminal", "/v1/appointments/find", {"number": "9001"}),
    }[what]
    answer = hall.ask(role, path, json.dumps(body).encode())
    assert (answer.status_code, answer.json()["code"]) == (500, "hall.internal")
    assert [record.levelname for record in hall.heard if record.name == "hall.asking"] == ["ERROR"]
    assert not [record for record in hall.heard if record.exc_info or "3701" in record.getMessage()]
