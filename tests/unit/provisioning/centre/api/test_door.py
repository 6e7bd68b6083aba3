"""The door in front of every route, with routes of this test and invented sessions."""

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Response
from pydantic import BaseModel
from starlette.routing import Route as PlainRoute

from provisioning.centre.api.door import Door, Entered, Undeclared, Who, create_app, refuse_undeclared
from provisioning.centre.api.facing import Facing
from provisioning.centre.api.limits import Rate, Rates
from provisioning.centre.api.proofs import Proof
from provisioning.centre.rights import Actor, Forbidden
from provisioning.wire.documents import prove
from tests.unit.provisioning.centre.api.browsing import Browser

URL = "https://fleet.test"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@dataclass
class Signed:
    actor: Actor
    csrf: str = "c" * 43
    shown: str = "李四"
    language: str = "zh"


class Book:
    """Sessions by token."""

    def __init__(self) -> None:
        self.open = {"t-view": Signed(Actor("view", "viewer")), "t-oper": Signed(Actor("oper", "operator"))}

    def session(self, token: str, *, active: bool = True) -> Signed | None:
        return self.open.get(token)


class Note(BaseModel):
    text: str


class Time:
    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def time() -> Time:
    return Time()


def door_of(time: Time, url: str = URL, rates: Rates | None = None) -> Door:
    rates = rates or Rates()
    door = Door(Book(), Facing(url), rates, now=time, clock=time)

    @door.get("/open", "public")
    def opened(call: Entered) -> dict[str, str]:
        return {"language": call.language}

    @door.get("/page", "see", page=True)
    def page(who: Who) -> Response:
        return Response(who.name)

    @door.post("/page", "draft", page=True)
    def posted(who: Who) -> Response:
        return Response(who.name)

    @door.post("/v1/notes", "draft", most=100)
    def note(note: Note, who: Who) -> dict[str, str]:
        return {"by": who.name, "text": note.text}

    @door.post("/v1/broken", "draft")
    def broken(who: Who) -> None:
        raise KeyError("tongyuan-secret")

    @door.post("/v1/hall", "draft")
    def hall(who: Who) -> None:
        raise Forbidden("hall-x")

    proof = Proof(
        "claimed", "id", lambda id: KEY.public_key().public_bytes_raw().hex() if id == "e1" else None
    )

    @door.post("/v1/e/{id}/claimed", "device", proof=proof)
    def claimed(id: str) -> dict[str, str]:
        return {"id": id}

    @door.put("/v1/a/{token}", "token", token=lambda token: True)
    def artefact(token: str) -> None:
        return None

    return door


@pytest.fixture
def client(time: Time) -> Iterator[Browser]:
    with Browser(create_app(door_of(time)), URL) as client:
        yield client


def sign_in(client: Browser, token: str = "t-oper") -> None:
    client.cookies.set("__Host-tongyuan", token)


CSRF = {"X-CSRF-Token": "c" * 43}


def code(response: object) -> str:
    return str(response.json()["code"])  # type: ignore[attr-defined]


def test_nobody_gets_behind_a_route_with_a_right(client: Browser) -> None:
    refused = client.post("/v1/notes", json={"text": "x"})
    assert (refused.status_code, code(refused)) == (401, "auth.missing")
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_viewer_cannot_draft(client: Browser) -> None:
    sign_in(client, "t-view")
    refused = client.post("/v1/notes", json={"text": "x"}, headers=CSRF)
    assert (refused.status_code, code(refused)) == (403, "auth.forbidden")


def test_an_operator_can_draft(client: Browser) -> None:
    sign_in(client)
    assert client.post("/v1/notes", json={"text": "x"}, headers=CSRF).json() == {"by": "oper", "text": "x"}


@pytest.mark.parametrize("headers", [{}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "d" * 43}])
def test_a_change_without_the_sessions_own_token_is_refused(client: Browser, headers: dict[str, str]) -> None:
    sign_in(client)
    refused = client.post("/v1/notes", json={"text": "x"}, headers=headers)
    assert (refused.status_code, code(refused)) == (403, "auth.csrf")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "https://fleet.test.evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_change_from_another_site_is_refused_even_with_the_token(
    client: Browser, headers: dict[str, str]
) -> None:
    sign_in(client)
    refused = client.post("/v1/notes", json={"text": "x"}, headers=CSRF | headers)
    assert (refused.status_code, code(refused)) == (403, "auth.origin")


def test_our_own_pages_may_change(client: Browser) -> None:
    sign_in(client)
    ours = CSRF | {"Origin": URL, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/notes", json={"text": "x"}, headers=ours).status_code == 200


def test_a_form_carries_the_token_in_a_field(client: Browser) -> None:
    sign_in(client)
    assert client.post("/page", data={"csrf": "c" * 43}).text == "oper"
    assert client.post("/page", data={"csrf": "c" * 43}, files={"f": b"1"}).text == "oper"
    assert code(client.post("/page", data={"csrf": "x"})) == "auth.csrf"
    assert code(client.post("/page", files={"csrf": b"c" * 43})) == "auth.csrf"


def test_a_page_without_a_session_leads_to_the_sign_in_and_back(client: Browser) -> None:
    led = client.get("/page?hall=h1&x=//evil")
    assert led.status_code == 303
    assert led.headers["location"] == "/sign-in?next=%2Fpage%3Fhall%3Dh1%26x%3D%2F%2Fevil"


def test_a_body_that_is_too_long_is_refused_whatever_its_length_was_said_to_be(client: Browser) -> None:
    sign_in(client)
    said = client.post("/v1/notes", json={"text": "x" * 100}, headers=CSRF)

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 10

    unsaid = client.post("/v1/notes", content=parts(), headers=CSRF)
    assert [(r.status_code, code(r)) for r in (said, unsaid)] == [(413, "request.too_large")] * 2


def test_nobody_makes_us_read_a_body_before_we_know_who_it_is(client: Browser) -> None:
    assert code(client.post("/v1/notes", content=b"x" * 1000)) == "auth.missing"


def test_what_was_sent_stands_in_no_answer(client: Browser) -> None:
    sign_in(client)
    refused = client.post("/v1/notes", json={"text": {"password": "tongyuan-secret"}}, headers=CSRF)
    assert (refused.status_code, code(refused)) == (422, "request.invalid")
    assert refused.json()["facts"] == {"field": "text"}
    assert "tongyuan-secret" not in refused.text


def test_a_bug_is_told_as_one_and_nothing_of_it_to_the_outside(
    client: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client)
    refused = client.post("/v1/broken", headers=CSRF)
    assert (refused.status_code, code(refused)) == (500, "centre.internal")
    assert "tongyuan-secret" not in refused.text
    assert "bug in handler" in caplog.text


def test_the_rules_own_refusals_become_problem_documents(client: Browser) -> None:
    sign_in(client)
    assert code(client.post("/v1/hall", headers=CSRF)) == "auth.forbidden"


def test_words_are_in_the_language_of_the_account_or_the_browser(client: Browser) -> None:
    assert client.get("/open").json() == {"language": "zh"}
    assert client.get("/open", headers={"Accept-Language": "en-GB"}).json() == {"language": "en"}
    english = client.post("/v1/notes", json={}, headers={"Accept-Language": "en"})
    assert english.json()["title"] == "Somebody must be signed in for that"


def test_every_answer_tells_browsers_what_they_must_not_do(client: Browser) -> None:
    for answer in (client.get("/open"), client.get("/nowhere"), client.post("/v1/notes", json={})):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_without_tls_nothing_claims_tls(time: Time) -> None:
    with Browser(create_app(door_of(time, "http://centre:8080")), "http://centre:8080") as client:
        assert "strict-transport-security" not in client.get("/open").headers
        client.cookies.set("tongyuan", "t-oper")
        assert client.get("/page").text == "oper"


def test_a_cookie_is_out_of_reach_for_scripts_and_other_sites() -> None:
    response = Response()
    Facing(URL).let_in(response, "t")
    assert response.headers["set-cookie"] == "__Host-tongyuan=t; HttpOnly; Path=/; SameSite=strict; Secure"


def proof(time: Time, about: str = "e1", purpose: str = "claimed", ago: float = 0) -> dict[str, str]:
    said = prove(KEY, purpose, about, datetime.fromtimestamp(time.at - ago, UTC))
    return {"Authorization": f"Proof {said}"}


def test_a_terminal_enters_by_its_key_and_once_by_each_proof(client: Browser, time: Time) -> None:
    shown = proof(time)
    assert client.post("/v1/e/e1/claimed", headers=shown).json() == {"id": "e1"}
    again = client.post("/v1/e/e1/claimed", headers=shown)
    assert (again.status_code, code(again)) == (401, "auth.replayed")
    time.at += 1
    assert client.post("/v1/e/e1/claimed", headers=proof(time)).status_code == 200


def test_another_spelling_of_a_used_proof_is_used_too(client: Browser, time: Time) -> None:
    shown = proof(time)["Authorization"]
    assert client.post("/v1/e/e1/claimed", headers={"Authorization": shown}).status_code == 200
    last = shown[-3]  # its low four bits are padding
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spelt = shown[:-3] + letters[letters.index(last) ^ 1] + shown[-2:]
    again = client.post("/v1/e/e1/claimed", headers={"Authorization": spelt})
    assert again.status_code == 401


def test_a_proof_of_something_else_does_not_open(client: Browser, time: Time) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": "Proof x"},
        proof(time, purpose="enrolment"),
        proof(time, about="e2"),
        proof(time, ago=301),
        proof(time, ago=-301),
    ):
        refused = client.post("/v1/e/e1/claimed", headers=headers)
        assert (refused.status_code, code(refused)) == (401, "auth.proof")
    unknown = client.post("/v1/e/e9/claimed", headers=proof(time, about="e9"))
    assert (unknown.status_code, code(unknown)) == (401, "auth.proof")


def test_who_asks_too_often_waits(time: Time) -> None:
    rates = Rates(address=Rate(3, 1))
    with Browser(create_app(door_of(time, rates=rates)), URL) as client:
        answers = [client.get("/open").status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]
        assert client.get("/nowhere").headers["retry-after"] == "1"
        time.at += 1
        assert client.get("/open").status_code == 200


def test_the_log_names_routes_and_never_what_stands_in_them(
    client: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="provisioning")
    sign_in(client)
    client.put("/v1/a/secret-token?password=secret-query", content=b"secret-body")
    client.get("/secret-path")
    assert "method=PUT route=/v1/a/{token} status=200" in caplog.text
    assert "route=- status=404" in caplog.text
    assert "secret" not in caplog.text
    assert "t-oper" not in caplog.text


def test_a_route_without_an_audience_cannot_exist(time: Time) -> None:
    door = door_of(time)
    with pytest.raises(Undeclared):
        door.get("/free", "")  # type: ignore[arg-type]
    with pytest.raises(Undeclared):
        door.get("/keyless", "device")
    with pytest.raises(Undeclared):
        door.get("/open", "see")
    app = create_app(door)
    app.router.routes.append(PlainRoute("/plain", lambda request: Response()))
    with pytest.raises(Undeclared):
        refuse_undeclared(app)
