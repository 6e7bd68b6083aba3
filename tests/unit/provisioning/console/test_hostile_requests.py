"""Whatever is put into an address, a field or a body: the centre refuses it in words, and nothing breaks."""

import copy
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI

from provisioning.centre.api.describe import openapi
from provisioning.centre.api.door import Route
from provisioning.centre.console import plans
from provisioning.centre.console.pages import administration, letting_in, places, terminals
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.centre_world import browser
from tests.unit.provisioning.console.console_world import ConsoleCentre, console, enter

IN_PATHS = ("\x00\u202e", "9" * 30, "x\r\nSet-Cookie: a=b")
IN_QUERIES = ("a\x00b", "9" * 30, "0001-01-01", "9999-12-31")
IN_FORMS = ("a\x00b", "9" * 12, "--5", "[" * 20_000)
IN_BODIES = ("\x00", "\ud800", 10**20, 2**31, 1e308, None)
DEEP = b'{"a":' * 900 + b"1" + b"}" * 900
WHOLE = (
    b"[" * 100_000,
    b"\xff",
    b"null",
    b'{"title":"x","changes":[{"kind":"fleet","base":0,"values":' + DEEP + b"}]}",
)
KNOWN = {
    "terminal": "h001-t00",
    "device": "h001-t00",
    "hall": "h001",
    "kind": "hall",
    "scope": "hall",
    "draft": "1",
    "rollout": "1",
    "silence": "1",
    "version": "1",
    "key": "h001",
}
HELD = ("DELETE /v1/session", "POST /sign-out", "PUT /v1/session/password", "POST /v1/broker/probe")
"""They end the session, or take a while."""


@pytest.fixture
def centre(database: Database, tmp_path: Path) -> ConsoleCentre:
    return console(database, tmp_path, terminals=6, halls=2)


def routes(app: FastAPI) -> list[Route]:
    found = [route for route in app.router.routes if isinstance(route, Route)]
    return [one for one in found if f"{one.declared.method} {one.declared.path}" not in HELD]


def addresses(path: str) -> Iterator[str]:
    """With one part of it after the other replaced."""
    for name in re.findall(r"{(\w+)}", path):
        for bad in IN_PATHS:
            parts = KNOWN | {name: quote(bad, safe="")}
            yield re.sub(r"{(\w+)}", lambda one, parts=parts: parts.get(one[1], "x"), path)  # type: ignore[misc]


def plain(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda one: KNOWN.get(one[1], "x"), path)


def wrong(answer: Any) -> bool:
    return answer.status_code >= 500 or "Set-Cookie: a=b" in str(answer.headers) or "a" in answer.cookies


def test_no_address_and_no_query_breaks_anything(centre: ConsoleCentre) -> None:
    app, broken = centre.app(pages=True), []
    with browser(app) as net:
        csrf = {"X-CSRF-Token": enter(net, "admin")}
        for route in routes(app):
            method = route.declared.method
            asked = list(addresses(route.declared.path))
            if method == "GET":
                names = [one.alias for one in route.dependant.query_params] or ["page", "sort", "hall"]
                names += ["_parts", "told-self", "told-key"] if route.declared.page else []
                base = f"{plain(route.declared.path)}?told=ordered"
                asked += [f"{base}&{one}={quote(bad)}" for one in names for bad in IN_QUERIES]
            for address in asked:
                answer = net.ask(method, address, headers=csrf, json={} if method != "GET" else None)
                if wrong(answer):
                    broken.append((answer.status_code, method, address))
    assert broken == []


def example(schema: dict[str, Any], known: dict[str, Any], name: str = "") -> Any:
    if "$ref" in schema:
        return example(known[schema["$ref"].rpartition("/")[2]], known, name)
    if some := schema.get("anyOf"):
        return example(next(one for one in some if one.get("type") != "null"), known, name)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [""])[0])
    match schema.get("type"):
        case "string":
            return KNOWN.get(name, "h001")
        case "integer" | "number":
            return 1
        case "boolean":
            return False
        case "array":
            return [example(schema.get("items", {}), known, name)]
        case "object":
            inside = schema.get("properties", {})
            return {key: example(part, known, key) for key, part in inside.items()} or {"name": "x"}
    return "x"


def spoilt(body: Any) -> Iterator[Any]:
    """``body`` with one leaf after the other replaced."""

    def leaves(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from leaves(inner, (*path, key))
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                yield from leaves(inner, (*path, at))
        else:
            yield path

    for path in leaves(body, ()):
        for bad in IN_BODIES:
            made = copy.deepcopy(body)
            inner = made
            for step in path[:-1]:
                inner = inner[step]
            if path:
                inner[path[-1]] = bad
                yield made


def test_no_body_breaks_anything(centre: ConsoleCentre) -> None:
    document = openapi()
    known = document["components"]["schemas"]
    broken = []
    with browser(centre.app(pages=True)) as net:
        csrf = {"X-CSRF-Token": enter(net, "admin"), "Content-Type": "application/json"}
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                content = operation.get("requestBody", {}).get("content", {})
                if "application/json" not in content or "password" in path or path == "/v1/session":
                    continue
                body = example(content["application/json"]["schema"], known)
                for made in spoilt(body):
                    said = json.dumps(made).encode()
                    answer = net.ask(method.upper(), plain(path), headers=csrf, content=said)
                    if wrong(answer):
                        broken.append((answer.status_code, method, path, made))
                for raw in WHOLE:
                    answer = net.ask(method.upper(), plain(path), headers=csrf, content=raw)
                    if wrong(answer):
                        broken.append((answer.status_code, method, path, raw[:20]))
    assert broken == []


def fields(route: Route) -> set[str]:
    """Names that the handler reads of a form."""
    source = inspect.getsource(route.endpoint)
    for part in (administration._person, places._hall, plans.planned, terminals.chosen, terminals.found_by):
        if f"{part.__name__}(" in source:
            source += inspect.getsource(part)
    found = set(re.findall(r'(?:text|several|number)\(form, "([\w-]+)"', source))
    found |= set(re.findall(r'form\.get\("([\w-]+)"', source))
    return found | ({*letting_in.PLACE} if "typed = {" in source else set())


def test_no_form_breaks_anything(centre: ConsoleCentre) -> None:
    app, broken = centre.app(pages=True), []
    good = KNOWN | {"title": "x", "next": "/overview", "id": "h001-t00", "layer": "hall:h001", "name": "x"}
    good |= {"hours": "1", "raw": "{}", "as": "raw", "verb": "identify", "key-hall": "h001", "role": "viewer"}
    good |= {"priority": "1", "group": "x", "language": "zh"}
    with browser(app) as net:
        csrf = enter(net, "admin")
        for route in routes(app):
            path = route.declared.path
            if (
                not route.declared.page
                or route.declared.method != "POST"
                or path in ("/sign-in", "/password")
            ):
                continue
            for name in fields(route):
                for bad in IN_FORMS:
                    answer = net.post(plain(path), data=good | {"csrf": csrf, name: bad})
                    if wrong(answer):
                        broken.append((answer.status_code, path, name, bad[:20]))
    assert broken == []
