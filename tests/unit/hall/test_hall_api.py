"""The hall's HTTP surface without a port: who may do what, and every error a problem document with a code."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.appointments import Appointments
from hall.api.app import create_app, openapi
from hall.api.appointments import CheckIn
from hall.appointments.book import AppointmentBook
from hall.catalogue.seal import trusting
from hall.catalogue.shelf import VersionShelf
from hall.catalogue.verify import verify
from hall.credentials import Credentials
from hall.journal.memory import MemoryStore
from hall.keys import Keys
from hall.problems import CODES, MEDIA_TYPE
from hall.published import SHELF, Published
from hall.queue.commands import CloseDay
from hall.replies import Replies
from hall.service import Service
from hall.showing import showing
from hall.wire.messages import DayKey, HallView, Problem, TicketView, WindowView
from screens.theme.fonts import find_fonts
from tests.unit.hall.small_catalogue import KEY, write_catalogue
from tests.unit.hall.small_hall import MORNING, make_plan

OPENAPI = Path(__file__).parents[3] / "docs" / "openapi.json"


@dataclass
class Hall:
    """A hall behind an in-process client, with a token for each role."""

    client: httpx.AsyncClient
    service: Service
    tokens: dict[str, str]
    keys: int = 0

    async def post(self, path: str, body: Any = None, by: str = "terminal", **headers: str) -> httpx.Response:
        self.keys += 1
        given = {"Authorization": f"Bearer {self.tokens[by]}", "Idempotency-Key": f"k{self.keys}"} | headers
        content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        return await self.client.post(path, content=content, headers={k: v for k, v in given.items() if v})

    async def get(self, path: str, by: str = "terminal") -> httpx.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {self.tokens[by]}"})


def in_a_hall(tmp_path: Path, work: Callable[[Hall], Awaitable[None]]) -> None:
    async def main() -> None:
        plan, keys = make_plan(), Keys(tmp_path / "keys.json")
        credentials = Credentials(tmp_path / "credentials.sqlite")
        tokens = {
            "terminal": credentials.issue("terminal", "k1"),
            "window": credentials.issue("window", "1"),
            "other": credentials.issue("window", "3"),
            "reader": credentials.issue("reader", "board"),
            "manager": credentials.issue("manager", "boss"),
        }
        replies = Replies(plan, keys.phone_path)
        service = Service(MemoryStore("small"), plan, lambda: MORNING, replies)
        published = Published(tmp_path, lambda: MORNING)
        shows = showing(service, keys, None, None, find_fonts().regular, time.monotonic)
        book = AppointmentBook(tmp_path / "appointments.sqlite")
        check_in = CheckIn(book, service, keys, published.guides, Appointments())
        app = create_app(service, credentials, keys, replies, published, shows, check_in)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
            await work(Hall(client, service, tokens))
        await service.close()
        shows.close()
        book.close()
        credentials.close()
        published.close()

    asyncio.run(main())


def problem_of(response: httpx.Response) -> Problem:
    assert response.headers["Content-Type"] == MEDIA_TYPE
    problem = Problem.model_validate(response.json())
    assert (problem.status, problem.title) == (response.status_code, CODES[problem.code][1])
    assert CODES[problem.code][0] == response.status_code
    return problem


def test_a_ticket_from_the_touch_to_the_finish(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        taken = await hall.post("/v1/tickets", {"queue": "a", "priority": "elder", "item": "0107"})
        ticket = TicketView.model_validate(taken.json())
        assert (taken.status_code, ticket.number, ticket.ahead, ticket.item) == (201, "A01", 0, "0107")
        for state in ("printing", "printed"):
            report = await hall.post(f"/v1/tickets/{ticket.id}/paper", {"job": "j1", "state": state})
            assert report.json()["paper"] == state
        for verb in ("open", "call-next", "recall", "start", "finish"):
            view = WindowView.model_validate(
                (await hall.post(f"/v1/windows/1/{verb}", by="window")).raise_for_status().json()
            )
        assert (view.served, view.current) == (1, None)
        found = TicketView.model_validate((await hall.get(f"/v1/tickets/{ticket.id}")).json())
        assert (found.state, found.window, found.phone_path) == ("finished", "1", ticket.phone_path)

    in_a_hall(tmp_path, work)


def test_every_window_verb_with_a_body(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        ids = [(await hall.post("/v1/tickets", {"queue": "a"})).json()["id"] for _ in range(3)]
        script: list[tuple[str, Any]] = [
            *(("open", None), ("call-next", None), ("miss", None), ("return", {"ticket": ids[0]})),
            *(
                ("call-next", None),
                ("park", {"papers": True, "reason": "a form"}),
                ("resume", {"ticket": ids[1]}),
            ),
            *(("transfer", {"queue": "b", "reason": "wrong queue"}), ("abandon", {"ticket": ids[2]})),
            *(("pause", None), ("close", None)),
        ]
        for verb, body in script:
            response = await hall.post(f"/v1/windows/1/{verb}", body, by="window")
            assert response.status_code == 200, (verb, response.text)
        states = {t.id: t.state for t in hall.service.state.tickets.values()}
        assert states == dict(zip(ids, ("waiting", "waiting", "abandoned"), strict=True))

    in_a_hall(tmp_path, work)


def test_the_hall_the_key_the_journal_and_the_day(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        await hall.post("/v1/tickets", {"queue": "a"})
        assert HallView.model_validate((await hall.get("/v1/hall")).json()).queues[0].waiting == 1
        key = await hall.get("/v1/pseudonym-key")
        assert DayKey.model_validate(key.json()).day.isoformat() == "2026-11-23"
        assert key.headers["Cache-Control"] == "no-store"
        lines = (await hall.get("/v1/journal?after=1", by="reader")).text.splitlines()
        assert [json.loads(line)["record"]["type"] for line in lines] == ["ticket_taken"]
        assert (await hall.get("/v1/journal?after=99", by="reader")).text == ""
        closed = await hall.post("/v1/day/close", by="manager")
        assert HallView.model_validate(closed.json()).open_now is False
        assert problem_of(await hall.post("/v1/tickets", {"queue": "a"})).code == "hall.closed"
        assert HallView.model_validate((await hall.post("/v1/day/open", by="manager")).json()).open_now
        assert (await hall.post("/v1/staff-calls", {"reason": "help"})).status_code == 204
        assert (await hall.post("/v1/ping")).status_code == 204
        assert (await hall.client.get("/healthz")).json() == {"seq": hall.service.state.seq, "v": 1}

    in_a_hall(tmp_path, work)


ALLOWED = {
    ("POST", "/v1/tickets"): {"terminal"},
    ("POST", "/v1/tickets/x/paper"): {"terminal"},
    ("GET", "/v1/tickets/x"): {"terminal", "window", "other", "reader", "manager"},
    ("POST", "/v1/windows/1/open"): {"window"},
    ("POST", "/v1/windows/1/call-next"): {"window"},
    ("POST", "/v1/windows/1/transfer"): {"window"},
    ("GET", "/v1/windows/1"): {"window", "reader", "manager"},
    ("GET", "/v1/hall"): {"terminal", "window", "other", "reader", "manager"},
    ("POST", "/v1/day/open"): {"manager"},
    ("POST", "/v1/day/close"): {"manager"},
    ("POST", "/v1/staff-calls"): {"terminal"},
    ("GET", "/v1/pseudonym-key"): {"terminal"},
    ("GET", "/v1/journal"): {"reader", "manager"},
    ("POST", "/v1/ping"): {"terminal", "window", "other", "reader", "manager"},
}


@pytest.mark.parametrize(("method", "path"), ALLOWED)
def test_each_role_may_do_its_own_things_only(tmp_path: Path, method: str, path: str) -> None:
    async def work(hall: Hall) -> None:
        for role in hall.tokens:
            send = hall.get(path, by=role) if method == "GET" else hall.post(path, by=role)
            response = await send
            allowed = role in ALLOWED[method, path]
            assert (response.status_code != 403) == allowed, (role, response.text)
            if not allowed:
                assert problem_of(response).code == "auth.forbidden"

    in_a_hall(tmp_path, work)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "auth.missing"),
        ("Basic dDp0", "auth.wrong"),
        ("Bearer", "auth.wrong"),
        ("Bearer ", "auth.wrong"),
        ("Bearer nonsense", "auth.wrong"),
        ("Bearer ty1.00000000.abc", "auth.wrong"),
        ("Bearer ty1..", "auth.wrong"),
        ("Bearer ty1.\xe4\xb8\xad.\xff", "auth.wrong"),
    ],
)
def test_without_a_right_token_nobody_comes_in(tmp_path: Path, header: str, code: str) -> None:
    async def work(hall: Hall) -> None:
        headers = {b"Idempotency-Key": b"k"} | (
            {b"Authorization": header.encode("latin-1")} if header else {}
        )
        response = await hall.client.post("/v1/tickets", content=b'{"queue":"a"}', headers=headers)
        assert problem_of(response).code == code
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert hall.service.state.seq == 0

    in_a_hall(tmp_path, work)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"{", "request.not_json", None),
        (b"\xff\xfe", "request.not_json", None),
        (b'{"queue":"\xd8"}', "request.not_json", None),
        (b'{"queue":"\\ud800"}', "request.not_json", None),
        (b"[]", "request.invalid", ""),
        (b"null", "request.invalid", ""),
        (b"", "request.invalid", "queue"),
        (b'{"queue":7}', "request.invalid", "queue"),
        (b'{"queue":""}', "request.invalid", "queue"),
        (b'{"queue":"../../etc"}', "request.invalid", "queue"),
        (b'{"queue":"a","priority":"vip"}', "request.invalid", "priority"),
        (b'{"queue":"a","person":"371599199001011234"}', "request.invalid", "person"),
        (b'{"queue":"a","name":"somebody"}', "request.invalid", "name"),
        (b'{"queue":"x"}', "queue.unknown", None),
        (b" " * 16_385, "request.too_large", None),
        (b'{"queue":' + b"[" * 16_000, "request.not_json", None),
    ],
)
def test_a_wrong_body_is_refused_by_name_and_changes_nothing(
    tmp_path: Path, body: bytes, code: str, field: str | None
) -> None:
    async def work(hall: Hall) -> None:
        problem = problem_of(await hall.post("/v1/tickets", body))
        assert problem.code == code
        assert problem.facts.get("field") == field
        assert hall.service.state.seq == 0
        assert "371599199001011234" not in problem.model_dump_json(), "what was sent is not sent back"

    in_a_hall(tmp_path, work)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "idempotency.missing"),
        ("a b", "idempotency.invalid"),
        ("x" * 65, "idempotency.invalid"),
        ("a/b", "idempotency.invalid"),
    ],
)
def test_a_command_needs_a_proper_key(tmp_path: Path, key: str, code: str) -> None:
    async def work(hall: Hall) -> None:
        response = await hall.post("/v1/tickets", {"queue": "a"}, **{"Idempotency-Key": key})
        assert problem_of(response).code == code

    in_a_hall(tmp_path, work)


def test_a_repeated_request_gets_the_same_answer_and_status(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        for body in ({"queue": "a"}, {"queue": "x"}):
            key = f"same-{body['queue']}"
            first, again = [
                await hall.post("/v1/tickets", body, **{"Idempotency-Key": key}) for _ in range(2)
            ]
            assert (first.status_code, first.content) == (again.status_code, again.content)
            assert first.headers["Content-Type"] == again.headers["Content-Type"]
        reused = await hall.post("/v1/tickets", {"queue": "b"}, **{"Idempotency-Key": "same-a"})
        assert problem_of(reused).code == "idempotency.key_reused"

    in_a_hall(tmp_path, work)


def test_addresses_and_methods_that_are_not_there(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        assert problem_of(await hall.get("/v1/nothing")).code == "request.not_found"
        assert problem_of(await hall.get("/v1/windows/9", by="manager")).code == "window.unknown"
        assert problem_of(await hall.get("/v1/tickets/20261123-A99")).code == "ticket.unknown"
        assert problem_of(await hall.get("/v1/journal?after=-1", by="reader")).facts == {"field": "after"}
        assert problem_of(await hall.get("/v1/journal?after=٣", by="reader")).facts == {"field": "after"}
        response = await hall.client.delete("/v1/tickets")
        assert problem_of(response).code == "request.method_not_allowed"
        assert response.headers["Allow"] == "POST"

    in_a_hall(tmp_path, work)


def test_a_mistake_of_ours_is_a_problem_document_without_its_details(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        hall.service.plan.hall = None  # type: ignore[assignment]  # a mistake
        response = await hall.get("/v1/hall")
        assert problem_of(response).code == "hall.internal"
        assert "NoneType" not in response.text

    in_a_hall(tmp_path, work)


def test_a_number_is_followed_on_a_phone_by_its_secret_address_only(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        ticket = (await hall.post("/v1/tickets", {"queue": "a"})).json()
        page = await hall.client.get(ticket["phone_path"])
        assert page.status_code == 200
        assert "A01" in page.text
        assert "小厅" in page.text
        assert '<meta http-equiv="refresh" content="15">' in page.text
        assert "<script" not in page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        data = await hall.client.get(ticket["phone_path"] + ".json")
        assert TicketView.model_validate(data.json()).number == "A01"
        mark = ticket["phone_path"][-1]
        other = ticket["phone_path"][:-1] + ("A" if mark != "A" else "B")
        for wrong in (other, "/t/20261123-A01", "/t/x", "/t/" + "y" * 500, "/t/中文"):
            assert (await hall.client.get(wrong)).status_code == 404
            assert problem_of(await hall.client.get(wrong + ".json")).code == "ticket.unknown"
        await hall.service.submit("over", "x", CloseDay())
        assert "号码已作废" in (await hall.client.get(ticket["phone_path"])).text

    in_a_hall(tmp_path, work)


def test_the_openapi_document_in_docs_is_the_true_one() -> None:
    written = json.loads(OPENAPI.read_text(encoding="utf-8"))
    assert written == openapi(), "write it again: tongyuan hall openapi > docs/openapi.json"


def test_the_openapi_document_names_every_message_parameter_and_error() -> None:
    document = openapi()
    assert not [path for path in document["paths"] if "{" in path and "x-message" in str(document)]
    take = document["paths"]["/v1/tickets"]["post"]
    assert take["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/TakeTicket")
    assert take["responses"]["default"]["content"][MEDIA_TYPE]["schema"]["$ref"].endswith("/Problem")
    assert [p["name"] for p in document["paths"]["/v1/windows/{window}/park"]["post"]["parameters"]] == [
        "window",
        "Idempotency-Key",
    ]
    for name in ("TakeTicket", "TicketView", "WindowView", "HallView", "Problem", "Transfer", "Call"):
        assert name in document["components"]["schemas"]
    assert "security" not in document["paths"]["/healthz"]["get"]


def test_a_number_taken_for_an_item_bears_the_items_name(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        taken = await hall.post(
            "/v1/tickets", {"queue": "a", "item": "card", "catalogue": "2026112201-3fa94c07"}
        )
        assert (taken.json()["item"], taken.json()["item_name"]) == ("card", "社会保障卡补办")
        unknown = await hall.post("/v1/tickets", {"queue": "a", "item": "gone"}, **{"Idempotency-Key": "two"})
        assert (unknown.status_code, unknown.json()["item_name"]) == (201, None)
        event = next(r for r in hall.service.records(0, 9) if r.type == "ticket_taken")
        assert b'"item_name":"\xe7\xa4\xbe' in event.body
        assert b'"catalogue":"2026112201-3fa94c07"' in event.body

    source = write_catalogue(tmp_path)
    VersionShelf(tmp_path / SHELF).publish(
        source, lambda path: verify(path, trusting(KEY.public_key()), "small")
    )
    in_a_hall(tmp_path, work)
