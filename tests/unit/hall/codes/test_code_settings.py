"""The settings of codes, and which verifier they lead to."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from config.codes import AnswerFields, Codes, Gateway
from config.service import SignedHeaders
from hall.codes.choose import embedded, verifier
from hall.codes.port import CodeRefused, Holder

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
GATEWAY = {"url": "https://gateway.example/verify", "app_id": "hall", "secret_file": "/secret"}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"kind": "gateway"}, "needs a [codes.gateway] table"),
        ({"city": "37"}, "pattern"),
        ({"suite": "rsa"}, "ed25519"),
        ({"seconds": 601}, "600"),
        ({"surprise": 1}, "Extra inputs"),
        ({"gateway": GATEWAY | {"url": "http://gateway.example/verify"}}, "must be https"),
        ({"gateway": GATEWAY | {"url": "http://127.0.0.1.example/verify"}}, "must be https"),
        ({"gateway": GATEWAY | {"url": "ftp://gateway.example"}}, "must be https"),
        ({"gateway": GATEWAY | {"url": "https://user:word@gateway.example/"}}, "without user"),
        ({"gateway": GATEWAY | {"key_file": "/key"}}, "go together"),
        ({"gateway": GATEWAY | {"request": {"code": "x"}}}, "{code}"),
        ({"gateway": GATEWAY | {"budget_seconds": 9}}, "3.5"),
        ({"gateway": GATEWAY | {"verify": False}}, "Extra inputs"),
        ({"gateway": GATEWAY | {"answer": {"refusals": {"0": "code.expired"}}}}, "means two things"),
        ({"gateway": GATEWAY | {"answer": {"refusals": {"7": "code.whatever"}}}}, "code.expired"),
        ({"gateway": GATEWAY | {"answer": {"company_code": "a.b"}}}, "go together"),
        ({"gateway": GATEWAY | {"answer": {"name": ""}}}, "can't be empty"),
        ({"gateway": GATEWAY | {"answer": {"name": "a..b"}}}, "pattern"),
    ],
)
def test_a_mistake_is_said_in_words(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(says)):
        Codes.model_validate(settings)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
def test_plain_http_is_for_this_machine(host: str) -> None:
    assert Gateway.model_validate(GATEWAY | {"url": f"http://{host}/v"}).url.startswith("http://")


@pytest.mark.parametrize("part", [Codes, Gateway, AnswerFields, SignedHeaders])
def test_every_setting_is_described(part: type[BaseModel]) -> None:
    tables = {"headers", "answer"}  # described by their own first line
    assert all(info.description or name in tables for name, info in part.model_fields.items())
    assert part.__doc__


def test_by_default_codes_are_verified_by_ourselves_for_the_halls_own_city(tmp_path: Path) -> None:
    issuer, own = embedded(Codes(), "370100", tmp_path, NOW)
    holder = Holder("37010019900101001X", "张晓三")
    assert own.verify(issuer.issue(holder, "resident_code", NOW), NOW).holder == holder
    assert own.state().kind == "embedded"
    elsewhere = verifier(Codes(city="440300"), "370100", tmp_path, NOW)
    with pytest.raises(CodeRefused, match=r"code\.other_city"):
        elsewhere.verify(issuer.issue(holder, "resident_code", NOW), NOW)


def test_a_gateway_is_chosen_by_its_kind_and_needs_its_secret(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    given = GATEWAY | {"secret_file": str(secret)}
    settings = Codes.model_validate({"kind": "gateway", "gateway": given})
    with pytest.raises(FileNotFoundError):
        verifier(settings, "370100", tmp_path, NOW)
    secret.write_text("s")
    chosen = verifier(settings, "370100", tmp_path, NOW)
    assert chosen.state().kind == "gateway"
    chosen.close()
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]  # no keys are made for nothing
    assert (
        verifier(Codes.model_validate({"gateway": given}), "370100", tmp_path, NOW).state().kind == "embedded"
    )
