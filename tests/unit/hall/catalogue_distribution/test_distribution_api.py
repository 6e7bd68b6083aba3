"""The catalogue over HTTP: the right roles, transfers that go on where they were cut, problems with codes."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from hall.api.describe import describe
from hall.api.distribution import add_distribution
from hall.api.failures import add_failures
from hall.api.gate import Gate
from hall.catalogue.packing import apply_delta, unpack
from hall.catalogue.reports import CatalogueReports
from hall.catalogue.shelf import VersionShelf
from hall.credentials import Credentials
from hall.problems import CODES, MEDIA_TYPE
from hall.wire.messages import CatalogueManifest, Problem
from tests.unit.hall.catalogue_distribution.sealed import sealed, verify_sealed, write

ROLES = ("terminal", "window", "reader", "manager")
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@dataclass
class Hall:
    client: httpx.AsyncClient
    shelf: VersionShelf
    tokens: dict[str, str]
    folder: Path

    async def get(self, path: str, by: str = "terminal", **headers: str) -> httpx.Response:
        given = {"Authorization": f"Bearer {self.tokens[by]}", **headers}
        return await self.client.get(path, headers=given)

    async def report(self, body: Any, key: str = "k1", by: str = "terminal") -> httpx.Response:
        given = {"Authorization": f"Bearer {self.tokens[by]}", "Idempotency-Key": key}
        return await self.client.post("/v1/catalogue/reports", json=body, headers=given)

    def publish(self, content: bytes) -> str:
        return self.shelf.publish(write(self.folder / "fresh", content), verify_sealed).sha256


def in_a_hall(folder: Path, work: Callable[[Hall], Awaitable[None]]) -> None:
    async def main() -> None:
        credentials = Credentials(folder / "credentials.sqlite")
        tokens = {role: credentials.issue(role, f"{role}-1") for role in ROLES}  # type: ignore[arg-type]
        reports = CatalogueReports(folder / "reports.sqlite", lambda: NOW)
        shelf, app = VersionShelf(folder / "shelf"), FastAPI()
        add_distribution(app, Gate(credentials), shelf, reports)
        add_failures(app)
        describe(app)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hall") as client:
            await work(Hall(client, shelf, tokens, folder))
        reports.close()
        credentials.close()

    asyncio.run(main())


def code_of(response: httpx.Response) -> str:
    assert response.headers["Content-Type"] == MEDIA_TYPE
    problem = Problem.model_validate(response.json())
    assert CODES[problem.code][0] == response.status_code
    return problem.code


def test_the_manifest_names_what_is_to_be_fetched_and_it_is_there(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        old, new = sealed(1), sealed(2)
        old_sha256, sha256 = hall.publish(old), hall.publish(new)
        manifest = CatalogueManifest.model_validate((await hall.get("/v1/catalogue/current")).json())
        assert (manifest.hall, manifest.revision, manifest.sha256) == ("qingyuan", 2, sha256)
        whole = await hall.get(f"/v1/catalogue/files/{sha256}")
        assert len(whole.content) == manifest.packed
        unpack(write(tmp_path / "z", whole.content), tmp_path / "made", manifest.size, sha256)
        assert (tmp_path / "made").read_bytes() == new
        delta = await hall.get(f"/v1/catalogue/files/{sha256}/from/{old_sha256}")
        assert [(old_sha256, len(delta.content))] == [(d.old, d.size) for d in manifest.deltas]
        write(tmp_path / "z", delta.content)
        apply_delta(write(tmp_path / "old", old), tmp_path / "z", tmp_path / "made", manifest.size, sha256)
        assert (tmp_path / "made").read_bytes() == new

    in_a_hall(tmp_path, work)


def test_a_cut_transfer_goes_on_where_it_was_cut_while_the_file_is_the_same(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        path = f"/v1/catalogue/files/{hall.publish(sealed(1))}"
        whole = await hall.get(path)
        etag = whole.headers["ETag"]
        assert etag == f'"{hashlib.sha256(whole.content).hexdigest()}"'
        for start in (1, 700, len(whole.content) - 1):
            rest = await hall.get(path, Range=f"bytes={start}-", **{"If-Range": etag})
            assert rest.status_code == 206
            assert rest.content == whole.content[start:]
            assert (
                rest.headers["Content-Range"]
                == f"bytes {start}-{len(whole.content) - 1}/{len(whole.content)}"
            )
        for start in (700, 99_999_999):
            other = await hall.get(path, Range=f"bytes={start}-", **{"If-Range": '"another"'})
            assert (other.status_code, other.content) == (200, whole.content)

    in_a_hall(tmp_path, work)


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-5", "bytes=0-1,2-3", "lines=1-", "bytes=5-1"])
def test_an_odd_range_is_refused_as_a_problem(wanted: str, tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        sha256 = hall.publish(sealed(1))
        answer = await hall.get(f"/v1/catalogue/files/{sha256}", Range=wanted)
        assert code_of(answer) == "request.range"

    in_a_hall(tmp_path, work)


def test_who_may_do_what(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        sha256 = hall.publish(sealed(1))
        for path, allowed in (
            ("/v1/catalogue/current", {"terminal", "reader", "manager"}),
            (f"/v1/catalogue/files/{sha256}", {"terminal", "reader", "manager"}),
            ("/v1/catalogue/misses?day=2026-11-22", {"manager"}),
            ("/v1/catalogue/terminals", {"reader", "manager"}),
        ):
            assert (await hall.client.get(path)).status_code == 401
            answers = {role: (await hall.get(path, by=role)).status_code for role in ROLES}
            assert answers == {role: 200 if role in allowed else 403 for role in ROLES}, path
        told = {role: (await hall.report({}, by=role)).status_code for role in ROLES}
        assert told == {"terminal": 204, "window": 403, "reader": 403, "manager": 403}

    in_a_hall(tmp_path, work)


def test_what_is_not_there_is_a_problem_with_a_code(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        assert code_of(await hall.get("/v1/catalogue/current")) == "catalogue.none"
        sha256 = hall.publish(sealed(1))
        for path in (
            f"/v1/catalogue/files/{'0' * 64}",
            f"/v1/catalogue/files/{sha256}/from/{sha256}",
            "/v1/catalogue/files/..%2F..%2Fkeys.json",
            "/v1/catalogue/files/shelf.json",
        ):
            code = code_of(await hall.get(path))
            assert code in ("catalogue.unknown_version", "request.not_found")
        current = hall.shelf.current()
        assert current is not None
        hall.shelf.packed(current).unlink()
        assert code_of(await hall.get(f"/v1/catalogue/files/{sha256}")) == "catalogue.unknown_version"
        (hall.folder / "shelf" / "shelf.json").write_text("[]")
        assert code_of(await hall.get("/v1/catalogue/current")) == "catalogue.unreadable"

    in_a_hall(tmp_path, work)


def test_reports_are_heard_once_and_listed_for_the_manager(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        hall.publish(sealed(1))
        body = {"version": "1-abcd", "states": ["catalogue.older"], "misses": {"甲乙": 2}}
        assert [(await hall.report(body)).status_code for _ in range(2)] == [204, 204]
        misses = (await hall.get("/v1/catalogue/misses?day=2026-11-22", by="manager")).json()
        assert misses == {"day": "2026-11-22", "misses": [["甲乙", 2]]}
        told = (await hall.get("/v1/catalogue/terminals", by="manager")).json()
        current = hall.shelf.current()
        assert current is not None
        assert told["current"] == current.version
        [terminal] = told["terminals"]
        assert (terminal["terminal"], terminal["version"]) == ("terminal-1", "1-abcd")
        assert terminal["states"] == ["catalogue.older"]

    in_a_hall(tmp_path, work)


def test_reports_and_days_that_are_none_are_refused(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        assert code_of(await hall.report({"misses": {"370202199001011234": 1}})) == "request.invalid"
        assert code_of(await hall.report({"misses": {"甲": 0}})) == "request.invalid"
        assert code_of(await hall.report({"who": "x"})) == "request.invalid"
        assert code_of(await hall.report({}, key="")) == "idempotency.missing"
        for day in ("", "?day=", "?day=yesterday", "?day=2026-02-30"):
            answer = await hall.get(f"/v1/catalogue/misses{day}", by="manager")
            assert code_of(answer) == "request.invalid"

    in_a_hall(tmp_path, work)


def test_the_longest_report_that_a_terminal_sends_fits(tmp_path: Path) -> None:
    async def work(hall: Hall) -> None:
        misses = {chr(0x20000 + n) * 20: 10_000 for n in range(150)}  # four bytes each
        body = httpx.Request("POST", "http://hall", json={"misses": misses}).content
        assert len(body) < 16 * 1024
        assert (await hall.report({"misses": misses})).status_code == 204

    in_a_hall(tmp_path, work)


def test_openapi_tells_of_every_route(tmp_path: Path) -> None:
    app, nobody = FastAPI(), Any
    add_distribution(app, nobody, nobody, nobody)  # type: ignore[arg-type]
    describe(app)
    document = app.openapi()
    assert len(document["paths"]) == 6
    report = document["paths"]["/v1/catalogue/reports"]["post"]
    assert report["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/CatalogueReport")
    assert {"CatalogueReport", "CatalogueManifest", "TerminalCatalogues"} <= set(
        document["components"]["schemas"]
    )
