"""Every route of the table, asked by everybody: allowed or refused exactly as it is declared.

Generated: a new route is tested by being there. A refusal is known by its code; anything else got past the door.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from provisioning.centre.api.describe import openapi
from provisioning.centre.api.door import Declared, Route
from provisioning.centre.api.limits import Rate, Rates
from provisioning.centre.placement import Placement
from provisioning.centre.registry import Group, save_group
from provisioning.centre.rights import CENTRE, RIGHTS
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import (
    OPEN,
    PASSWORD,
    ROLES,
    URL,
    Centre,
    Machine,
    browser,
    code,
    place,
    sign_in,
)

SAFE = ("GET",)
DOOR = {"auth.missing", "auth.forbidden", "auth.csrf", "auth.origin", "auth.proof", "auth.replayed"}
ENDS_THE_SESSION = (("DELETE", "/v1/session"), ("POST", "/sign-out"))
OF_ALL_HALLS = (("DELETE", "/v1/groups/{group}"), ("POST", "/terminals/{terminal}/place"))
"""Asked without a good body these touch all halls or none, and the handler refuses whoever is bound to one."""
FILLED = {
    "terminal": "qy-k01",
    "device": "qy-k01",
    "hall": "qy",
    "kind": "hall",
    "scope": "hall",
    "name": "nobody",
    "draft": "1",
    "rollout": "1",
    "silence": "1",
    "key": "qy",
}


def table(centre: Centre) -> list[Declared]:
    routes = centre.app(pages=True).router.routes
    assert all(isinstance(route, Route) for route in routes)
    return [route.declared for route in routes if isinstance(route, Route)]


def path_of(declared: Declared) -> str:
    return re.sub(r"{(\w+)}", lambda found: FILLED.get(found[1], "none"), declared.path)


def ask(net: Browser, declared: Declared, **more: Any) -> httpx.Response:
    """With a body that fits no route: who gets past the door is told what is wrong with it, and changes nothing."""
    if declared.method not in SAFE:
        more.setdefault("json", ["not a body of any route"])
    return net.ask(declared.method, path_of(declared), **more)


def refusal(answer: httpx.Response) -> str:
    """The door's code, or "" for one who got past it."""
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?"):
        return "auth.missing"
    if answer.headers.get("content-type") != "application/problem+json":
        return ""
    said = str(answer.json()["code"])
    assert said != "centre.internal", answer.request.url
    return said if said in DOOR else ""


@pytest.fixture
def peopled(tmp_path: Path, _prepared_sqlite: Path) -> Iterator[Centre]:
    """With a terminal in each hall, and somebody of each role in the hall "qy" (admins are of all)."""
    shutil.copy(_prepared_sqlite, tmp_path / "centre.sqlite")
    database = Database(f"sqlite:///{tmp_path / 'centre.sqlite'}")
    centre = Centre(database, tmp_path)
    for role in ROLES:
        centre.hire(role, role, *(() if role == "admin" else ("qy",)))
    with browser(centre.app()) as net:
        for terminal, hall in (("qy-k01", "qy"), ("ly-k01", "ly")):
            asked = net.post("/v1/enrolments", json=Machine(f"SN-{terminal}").request.model_dump()).json()
            place_ = Placement.model_validate(place(terminal, hall))
            centre.enrolments.approve(CENTRE, asked["code"], place_)
    yield centre
    database.close()


def test_there_are_routes_for_every_right(peopled: Centre) -> None:
    named = {declared.audience for declared in table(peopled)}
    assert named == {"public", "token", "device", *RIGHTS["admin"]}


def test_each_role_gets_past_the_door_exactly_where_it_has_the_right(peopled: Centre) -> None:
    routes = [declared for declared in table(peopled) if declared.right is not None]
    routes = [declared for declared in routes if (declared.method, declared.path) not in ENDS_THE_SESSION]
    assert len(routes) > 50
    wrong = []
    app = peopled.app(pages=True)
    for role in ROLES:
        with browser(app) as net:
            csrf = sign_in(net, role)
            for declared in routes:
                said = refusal(ask(net, declared, headers=csrf))
                expected = {""} if declared.right in RIGHTS[role] else {"auth.forbidden"}
                if role != "admin" and (declared.method, declared.path) in OF_ALL_HALLS:
                    expected = {"auth.forbidden"}
                if said not in expected:
                    wrong.append((role, declared.method, declared.path, said))
    assert wrong == []


def test_nobody_without_a_session_gets_past_a_right(peopled: Centre) -> None:
    routes = [declared for declared in table(peopled) if declared.right is not None]
    with browser(peopled.app(pages=True)) as net:
        said = {refusal(ask(net, declared)) for declared in routes}
        net.cookies.set("__Host-tongyuan", domain="fleet.test", path="/", value="x" * 43)
        said |= {refusal(ask(net, declared, headers={"X-CSRF-Token": "x"})) for declared in routes}
    assert said == {"auth.missing"}


def test_nobody_gets_past_with_a_session_that_is_over(peopled: Centre) -> None:
    routes = [declared for declared in table(peopled) if declared.right is not None]
    with browser(peopled.app(pages=True)) as net:
        csrf = sign_in(net, "admin")
        peopled.time.at += 31 * 60
        assert {refusal(ask(net, declared, headers=csrf)) for declared in routes} == {"auth.missing"}


def test_every_change_needs_the_sessions_token_and_our_own_site(peopled: Centre) -> None:
    changing = [d for d in table(peopled) if d.right is not None and d.method not in SAFE]
    assert len(changing) > 25
    with browser(peopled.app(pages=True)) as net:
        csrf = sign_in(net, "admin")
        for headers, said in (
            ({}, "auth.csrf"),
            ({"X-CSRF-Token": ""}, "auth.csrf"),
            ({"X-CSRF-Token": csrf["X-CSRF-Token"][:-1]}, "auth.csrf"),
            (csrf | {"Origin": "https://evil.test"}, "auth.origin"),
            (csrf | {"Origin": "http://fleet.test:8443"}, "auth.origin"),
            (csrf | {"Sec-Fetch-Site": "cross-site"}, "auth.origin"),
        ):
            assert {refusal(ask(net, declared, headers=headers)) for declared in changing} == {said}


def test_another_persons_token_does_not_do(peopled: Centre) -> None:
    app = peopled.app(pages=True)
    with browser(app) as one, browser(app) as other:
        theirs = sign_in(other, "approver")
        sign_in(one, "admin")
        assert code(one.post("/v1/halls", json={"id": "x", "name": "x"}, headers=theirs)) == "403 auth.csrf"


def test_every_public_change_refuses_other_sites_too(peopled: Centre) -> None:
    routes = [d for d in table(peopled) if d.right is None and d.method not in SAFE]
    assert {d.path for d in routes} >= {"/v1/session", "/v1/enrolments", "/v1/artefacts/{token}"}
    with browser(peopled.app(pages=True)) as net:
        evil = {"Origin": "https://evil.test"}
        assert {refusal(ask(net, declared, headers=evil)) for declared in routes} == {"auth.origin"}


def test_every_route_of_terminals_wants_their_proof(peopled: Centre) -> None:
    routes = [declared for declared in table(peopled) if declared.audience == "device"]
    assert len(routes) == 4
    with browser(peopled.app(pages=True)) as net:
        sign_in(net, "admin")
        stranger = Machine().proof("secrets", "qy-k01", peopled.time.moment)
        for headers in ({}, stranger, {"Authorization": "Proof 1.AAAA"}):
            assert {refusal(ask(net, declared, headers=headers)) for declared in routes} == {"auth.proof"}


def test_no_route_takes_a_larger_body_than_it_says(peopled: Centre) -> None:
    routes = [d for d in table(peopled) if d.method not in SAFE and d.audience not in ("device", "token")]
    with browser(peopled.app(pages=True)) as net:
        csrf = sign_in(net, "admin")
        for declared in routes:
            answer = ask(net, declared, json=None, content=b" " * (declared.most + 1), headers=csrf)
            assert code(answer) == "413 request.too_large", declared


def test_what_concerns_a_foreign_hall_is_refused(peopled: Centre) -> None:
    """By everybody of the hall "qy" who has the right, about the hall "ly" and its terminal."""
    order = {"terminals": ["ly-k01"], "verb": "identify"}
    silence = {"scope": "hall", "key": "ly", "begins": 1, "ends": 2, "why": ""}
    fleet = {"scope": "fleet", "begins": 1, "ends": 2, "why": ""}
    layer = {"kind": "hall", "key": "ly", "base": 0, "values": {"name": "x"}}
    there = {"hall": "ly", "role": "terminal", "name": "x"}
    moves = {"kind": "registry", "key": "qy-k01", "base": 1, "values": there}
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/v1/terminals/ly-k01", None),
        ("GET", "/v1/terminals/ly-k01/settings", None),
        ("GET", "/v1/layers/terminal?key=ly-k01", None),
        ("GET", "/v1/layers/registry?key=ly-k01", None),
        ("GET", "/v1/layers/registry/history?key=ly-k01", None),
        ("GET", "/v1/layers/hall?key=ly", None),
        ("GET", "/v1/layers/hall/history?key=ly", None),
        ("GET", "/v1/halls/ly/figures", None),
        ("GET", "/v1/halls/ly/dry-run?policy=x&day=2026-11-22", None),
        ("PUT", "/v1/terminals/ly-k01", place("x", "qy") | {"terminal": None}),
        ("PUT", "/v1/terminals/qy-k01", {"hall": "ly", "role": "terminal", "name": "x"}),
        ("POST", "/v1/terminals/regroup", {"terminals": ["ly-k01"], "add": ["g"]}),
        ("POST", "/v1/terminals/ly-k01/retire", None),
        ("POST", "/v1/terminals/rollback", {"terminals": ["ly-k01"]}),
        ("POST", "/v1/commands", order),
        ("POST", "/v1/commands", order | {"terminals": ["qy-k01", "ly-k01"]}),
        ("POST", "/v1/silences", silence),
        ("POST", "/v1/silences", fleet),
        ("POST", "/v1/drafts", {"title": "x", "changes": [layer]}),
        ("POST", "/v1/drafts", {"title": "x", "changes": [layer | {"kind": "fleet", "key": ""}]}),
        ("POST", "/v1/drafts", {"title": "x", "changes": [moves | {"key": "ly-k01"}]}),
        ("POST", "/v1/drafts", {"title": "x", "changes": [moves]}),
        ("PUT", "/v1/groups/g", {"name": "g"}),
        ("DELETE", "/v1/groups/g", None),
    ]
    with peopled.database.write() as db:
        save_group(db, CENTRE, Group("g", "g"), at=0)
    before = rows(peopled)
    with browser(peopled.app(pages=True)) as net:
        csrf = sign_in(net, "approver")
        for method, path, body in asked:
            body = {k: v for k, v in body.items() if v is not None} if body else None
            answer = net.ask(method, path, json=body, headers=csrf)
            assert answer.status_code in (403, 404), (method, path, answer.text)
    assert rows(peopled) == before
    assert peopled.said == []


def rows(centre: Centre) -> list[Any]:
    with centre.database.read() as db:
        tables = (t.terminals, t.layers, t.drafts, t.commands, t.silences, t.groups, t.halls)
        return [list(db.execute(select(table))) for table in tables]


def test_lists_show_the_own_halls_only(peopled: Centre) -> None:
    app = peopled.app(pages=True)
    with browser(app) as net:
        sign_in(net, "viewer")
        assert [one["id"] for one in net.get("/v1/terminals").json()["terminals"]] == ["qy-k01"]
        assert net.get("/v1/terminals?hall=ly").json() == {"terminals": [], "total": 0}
        assert [hall["id"] for hall in net.get("/v1/halls").json()] == ["qy"]
        assert net.get("/v1/overview").json()["all"]["all"] == 1
        assert {entry["hall"] for entry in net.get("/v1/audit").json()["entries"]} == {"qy", ""}
        about = [e["subject"] for e in net.get("/v1/audit").json()["entries"]]
        assert [subject for subject in about if "ly" in subject] == []
    with browser(app) as net:
        sign_in(net, "admin")
        assert net.get("/v1/overview").json()["all"]["all"] == 2
        assert net.get("/v1/terminals?find=LY&size=1").json()["total"] == 1


def test_signing_in_gives_a_new_session_and_ends_the_one_that_was_there(peopled: Centre) -> None:
    app = peopled.app(pages=True)
    with browser(app) as net:
        net.cookies.set("__Host-tongyuan", domain="fleet.test", path="/", value="planted-by-somebody")
        answer = net.post("/v1/session", json={"name": "viewer", "password": PASSWORD})
        token = net.cookies["__Host-tongyuan"]
        assert token != "planted-by-somebody"
        flags = answer.headers["set-cookie"].split("; ")[1:]
        assert sorted(flags) == ["HttpOnly", "Path=/", "SameSite=strict", "Secure"]
    with browser(app) as net:
        net.cookies.set("__Host-tongyuan", domain="fleet.test", path="/", value=token)
        sign_in(net, "operator")
        assert net.cookies["__Host-tongyuan"] != token
    with browser(app) as net:
        net.cookies.set("__Host-tongyuan", domain="fleet.test", path="/", value=token)
        assert code(net.get("/v1/session")) == "401 auth.missing"


def test_signing_out_ends_the_session_for_whoever_has_its_token(peopled: Centre) -> None:
    app = peopled.app(pages=True)
    with browser(app) as net:
        csrf = sign_in(net, "viewer")
        token = net.cookies["__Host-tongyuan"]
        assert net.ask("DELETE", "/v1/session", headers=csrf).status_code == 204
        assert "__Host-tongyuan" not in net.cookies
        net.cookies.set("__Host-tongyuan", domain="fleet.test", path="/", value=token)
        assert code(net.get("/v1/session")) == "401 auth.missing"


def test_who_fails_to_sign_in_too_often_waits(peopled: Centre) -> None:
    with browser(peopled.app(pages=True)) as net:
        wrong = {"name": "admin", "password": "wrong password"}
        said = [code(net.post("/v1/session", json=wrong)) for _ in range(6)]
        assert said == ["401 auth.sign_in"] * 5 + ["429 auth.throttled"]
        right = net.post("/v1/session", json=wrong | {"password": PASSWORD})
        assert code(right) == "429 auth.throttled"
        assert int(right.headers["retry-after"]) > 0
    rates = Rates(OPEN, Rate(3, 0.1), OPEN, OPEN)
    with browser(peopled.app(rates, pages=True), "192.0.2.77") as net:
        good = {"name": "viewer", "password": PASSWORD}
        assert [net.post("/v1/session", json=good).status_code for _ in range(4)] == [204, 204, 204, 429]


def test_a_password_stands_in_no_answer_and_no_log(peopled: Centre, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with browser(peopled.app(pages=True)) as net:
        said = [
            net.post("/v1/session", json={"name": "admin", "password": PASSWORD + "!"}).text,
            net.post("/v1/session", json={"name": "admin", "password": [PASSWORD]}).text,
            net.post("/v1/session", json={"nme": "admin", "password": PASSWORD}).text,
        ]
        csrf = sign_in(net, "admin")
        new = {"name": "new", "role": "viewer", "password": "another good phrase", "halls": ["nowhere"]}
        said.append(net.post("/v1/people", json=new, headers=csrf).text)
        token = net.cookies["__Host-tongyuan"]
    for hidden in (PASSWORD, "another good phrase", token, csrf["X-CSRF-Token"]):
        assert [hidden in text for text in (*said, caplog.text)] == [False] * 5


def test_the_openapi_document_tells_who_may() -> None:
    document = openapi()
    assert document["paths"]["/v1/people"]["post"]["x-audience"] == "admin"
    assert document["paths"]["/v1/people"]["post"]["security"] == [{"session": [], "csrf": []}]
    assert document["paths"]["/v1/enrolments/{id}"]["get"]["security"] == [{"proof": []}]
    assert "security" not in document["paths"]["/v1/enrolments"]["post"]
    referred = set(re.findall(r"#/components/schemas/([\w-]+)", str(document)))
    assert referred <= set(document["components"]["schemas"])
    assert URL not in str(document)


def test_a_draft_becomes_a_rollout_by_two_people_and_only_with_all_its_halls(peopled: Centre) -> None:
    peopled.hire("second", "admin")
    app = peopled.app(pages=True)

    def approved(kind: str, key: str) -> int:
        values = {"screen": {"theme": "large"}, "source": {"url": "http://hall.test:8080"}}
        change = {"kind": kind, "key": key, "base": 1 if kind == "fleet" else 0, "values": values}
        with browser(app) as author, browser(app) as other:
            csrf, theirs = sign_in(author, "admin"), sign_in(other, "second")
            draft = author.post(
                "/v1/drafts", json={"title": "大字", "changes": [change]}, headers=csrf
            ).json()
            path, version = f"/v1/drafts/{draft['id']}", {"version": draft["version"]}
            assert author.get(f"{path}/check").json()["terminals"] == (2 if kind == "fleet" else 1)
            diff = author.get(f"{path}/diff/ly-k01").json()
            assert diff[:1] == [{"path": "screen.theme", "before": "normal", "after": "large"}]
            sent = author.post(f"{path}/submit", json=version, headers=csrf).json()
            version = {"version": sent["version"]}
            assert code(author.post(f"{path}/approve", json=version, headers=csrf)) == "409 draft.own"
            assert other.post(f"{path}/approve", json=version, headers=theirs).json()["state"] == "approved"
        return int(draft["id"])

    foreign, fleet = approved("hall", "ly"), approved("fleet", "")
    with browser(app) as bound, browser(app) as free:
        csrf, all_ = sign_in(bound, "approver"), sign_in(free, "admin")
        for draft in (foreign, fleet):
            assert (
                code(bound.post("/v1/rollouts", json={"draft": draft}, headers=csrf)) == "403 auth.forbidden"
            )
        hasty = {"draft": foreign, "plan": {"unstaged": True}}
        assert code(free.post("/v1/rollouts", json=hasty, headers=all_)) == "422 request.invalid"
        seen = bound.get(f"/v1/drafts/{fleet}/check").json()
        assert (seen["terminals"], seen["halls"]) == (1, ["qy"]), (
            "somebody of one hall is shown that hall alone"
        )
        started = free.post("/v1/rollouts", json={"draft": foreign}, headers=all_)
        assert started.status_code == 201, started.text
        path = f"/v1/rollouts/{started.json()['id']}"
        assert bound.get("/v1/rollouts").json() == []
        assert code(bound.get(path)) == code(bound.get(f"{path}/progress")) == "404 rollout.unknown"
        assert bound.post(f"{path}/rollback", headers=csrf).status_code == 404
        for step in ("pause", "abort", "go-on"):
            assert code(bound.post(f"{path}/{step}", json={}, headers=csrf)) == "403 auth.forbidden"
        assert code(bound.get(f"{path}/away")) == "404 rollout.unknown"
        assert free.get(f"{path}/away").json() == []
        assert code(free.post(f"{path}/go-on", json={}, headers=all_)) == "409 rollout.not_waiting"
        assert code(bound.post(f"{path}/resume", headers=csrf)).startswith(("403", "409"))
        assert free.get(path).json()["state"] == "running"
        assert free.post(f"{path}/pause", json={"reason": "wait"}, headers=all_).status_code == 204
        assert free.get("/v1/rollouts").json()[0]["state"] == "paused"
        assert sum(sum(wave["states"].values()) for wave in free.get(f"{path}/progress").json()) == 1
