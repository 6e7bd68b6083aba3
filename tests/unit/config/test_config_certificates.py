from pathlib import Path

import pytest
from pydantic import ValidationError

from config.certificates import Certificates, ListFields, Shared

GOOD = {"url": "https://zz.example.gov.cn/main", "app_id": "hall", "secret_file": Path("secret")}


def test_by_default_the_embedded_library_shows_certificates_to_whoever_holds_a_code_or_a_card():
    settings = Certificates()
    assert settings.kind == "embedded"
    assert settings.assurance == "substantial"
    assert (settings.seconds, settings.share_seconds) == (180, 300)


def test_a_shared_service_needs_its_table():
    with pytest.raises(ValidationError, match=r"\[certificates.shared\]"):
        Certificates(kind="shared")
    assert Certificates(kind="shared", shared=Shared(**GOOD)).shared is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://zz.example.gov.cn",
        "ftp://x",
        "https://",
        "https://u:p@x",
        "https://x/?a=b",
        "https://x/#b",
        "x",
    ],
)
def test_an_address_that_is_not_safe_is_refused(url):
    with pytest.raises(ValidationError):
        Shared(**GOOD | {"url": url})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8444", "http://[::1]:8444", "http://localhost:1/x"])
def test_plain_http_is_for_this_machine(url):
    assert Shared(**GOOD | {"url": url + "/"}).url == url


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"key_file": Path("k")}, "go together"),
        ({"list_request": {"a": "b"}}, "number"),
        ({"list_request": {"a": "{number}"}, "kinds": ("id-card",)}, "type"),
        ({"face_request": {"a": "b"}}, "identifier"),
        ({"face_picture": ""}, "face_picture"),
        ({"budget_seconds": 9}, "3.5"),
        ({"fields": {"good": ("0",), "none": ("0",)}}, "two things"),
        ({"fields": {"identifier": ""}}, "empty"),
        ({"fields": {"states": {"1": "lost"}}}, "expired"),
        ({"surprise": 1}, "Extra"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_the_reason(given, reason):
    with pytest.raises(ValidationError, match=reason):
        Shared(**GOOD | given)


def test_faces_that_are_drawn_need_no_question_for_a_picture():
    assert Shared(**GOOD | {"face": "drawn", "face_request": {}, "face_picture": ""}).face == "drawn"


def test_every_setting_is_described():
    for part in (Certificates, Shared, ListFields):
        told = {name for name, one in part.model_fields.items() if one.description}
        plain = {"headers", "fields", "list_path", "face_path"}
        assert set(part.model_fields) - told <= plain
