"""The demonstration's phone: what its pages and its JSON give, and what no address or header gives away."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from hall.api.code_page import FLAWS, add_code_page
from hall.api.failures import add_failures
from hall.codes.embedded import EmbeddedVerifier, Issuer
from hall.codes.keys import CodeKeys
from hall.codes.port import CodeRefused, Company, Holder

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(seconds=3)
PERSON = Holder("37010019900101001X", "张晓三", date(1990, 1, 1))
AGENT = replace(PERSON, company=Company("<b>样例</b>公司", "91370100MA00000000", "办理社保登记"))


class Browser:
    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask("GET", path, **more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, **more))

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
            return await client.request(method, path, **more)


@pytest.fixture
def keys(tmp_path: Path) -> CodeKeys:
    return CodeKeys(tmp_path / "keys")


@pytest.fixture
def client(keys: CodeKeys) -> Browser:
    app = FastAPI()
    add_code_page(app, Issuer(keys, "370100"), [PERSON, AGENT], lambda: NOW)
    add_failures(app)
    return Browser(app)


@pytest.fixture
def verifier(keys: CodeKeys) -> EmbeddedVerifier:
    return EmbeddedVerifier(keys, "370100", NOW - timedelta(hours=1))


def code_of(client: Browser, **asked: object) -> str:
    answer = client.post("/demo/code", json={"person": 0} | asked)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    code = answer.json()["code"]
    assert isinstance(code, str)
    return code


def test_a_code_from_the_json_form_is_good(client: Browser, verifier: EmbeddedVerifier) -> None:
    assert verifier.verify(code_of(client), LATER).holder == PERSON
    company = verifier.verify(code_of(client, person=1, kind="enterprise"), LATER)
    assert (company.holder, company.source) == (AGENT, "enterprise_code")


def test_an_agents_own_resident_code_says_nothing_of_the_company(
    client: Browser, verifier: EmbeddedVerifier
) -> None:
    assert verifier.verify(code_of(client, person=1, kind="resident"), LATER).holder == PERSON


@pytest.mark.parametrize("flaw", [flaw for flaw in FLAWS if flaw not in ("", "replayed")])
def test_each_bad_one_is_refused_with_its_own_words(
    client: Browser, verifier: EmbeddedVerifier, flaw: str
) -> None:
    with pytest.raises(CodeRefused) as refused:
        verifier.verify(code_of(client, flaw=flaw), LATER)
    assert refused.value.code == f"code.{flaw}"


def test_one_to_be_replayed_is_good_once(client: Browser, verifier: EmbeddedVerifier) -> None:
    code = code_of(client, flaw="replayed")
    verifier.verify(code, LATER)
    with pytest.raises(CodeRefused, match=r"code\.replayed"):
        verifier.verify(code, LATER)


@pytest.mark.parametrize(
    "asked",
    [{"person": 2}, {"person": 0, "kind": "enterprise"}, {"person": -1}, {"person": 0, "flaw": "x"}, {}],
)
def test_who_is_not_there_has_no_code(client: Browser, asked: dict[str, object]) -> None:
    assert client.post("/demo/code", json=asked).status_code in (404, 422)


def test_the_list_leads_to_everybody_by_place_only(client: Browser) -> None:
    page = client.get("/demo/phone")
    assert re.findall(r'href="([^"]+)"', page.text) == ["/demo/phone/0", "/demo/phone/1"]
    assert "张晓三" in page.text
    assert PERSON.number not in page.text
    assert "<b>样例</b>" not in page.text
    assert "&lt;b&gt;样例" in page.text


@pytest.mark.parametrize("person", [0, 1])
@pytest.mark.parametrize("flaw", FLAWS)
def test_every_page_shows_a_code_and_what_will_become_of_it(client: Browser, person: int, flaw: str) -> None:
    page = client.get(f"/demo/phone/{person}", params={"flaw": flaw} if flaw else {})
    assert page.status_code == 200
    assert page.text.count("<svg") == 1
    assert FLAWS[flaw][2] in page.text  # type: ignore[index]  # a key of it, as text
    assert ('http-equiv="refresh" content="20"' in page.text) == (flaw != "replayed")
    assert PERSON.number not in page.text
    assert "<b>样例</b>" not in page.text


def test_each_look_at_the_page_is_another_code(client: Browser) -> None:
    looks = {client.get("/demo/phone/0").text for _ in range(3)}
    assert len(looks) == 3


def test_pages_run_nothing_load_nothing_and_stay_nowhere(client: Browser) -> None:
    for path in ("/demo/phone", "/demo/phone/0", "/demo/phone/1?flaw=expired"):
        page = client.get(path)
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src")
        assert "script" not in page.headers["content-security-policy"]
        assert not re.search(r"<script|<img|<link|@import|url\(|src=|\son\w+=", page.text)


@pytest.mark.parametrize("path", ["/demo/phone/2", "/demo/phone/-1", "/demo/phone/x", "/demo/phone/0?flaw=x"])
def test_addresses_that_lead_nowhere_say_so(client: Browser, path: str) -> None:
    assert client.get(path).status_code in (404, 422)
