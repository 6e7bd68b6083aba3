"""The catalogue's way to the terminals, and what they say of it. Serves the files that the shelf holds."""

import asyncio
import re
from datetime import date
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.responses import FileResponse

from hall.api.failures import send
from hall.api.gate import Gate, Rejected
from hall.api.routes import get, post
from hall.catalogue.errors import CatalogueDamaged
from hall.catalogue.reports import CatalogueReports
from hall.catalogue.shelf import Parcel, Version, VersionShelf
from hall.credentials import Role
from hall.problems import problem
from hall.wire import messages as m

READERS: tuple[Role, ...] = ("terminal", "reader", "manager")
RANGE = re.compile(r"bytes=(\d{1,15})-")  # all that a cut transfer needs


def add_distribution(app: FastAPI, gate: Gate, shelf: VersionShelf, reports: CatalogueReports) -> None:
    """``reports`` may be used from other threads than the one that serves."""

    async def current(request: Request) -> Response:
        """Which catalogue terminals should hold."""
        gate.enter(request, READERS)
        if (version := _current(shelf)) is None:
            return send(problem("catalogue.none"))
        manifest = m.CatalogueManifest(
            hall=version.hall,
            revision=version.revision,
            version=version.version,
            sha256=version.sha256,
            size=version.size,
            packed=version.packed.size,
            deltas=tuple(m.CatalogueDelta(old=old, size=made.size) for old, made in version.deltas.items()),
        )
        return Response(
            manifest.model_dump_json(), 200, {"Cache-Control": "no-store"}, media_type="application/json"
        )

    async def whole(request: Request) -> Response:
        """A whole catalogue file, packed with zstandard. ``Range: bytes=N-`` with ``If-Range`` goes on from N."""
        gate.enter(request, READERS)
        version = _version(shelf, request.path_params["sha256"])
        return _file(request, shelf.packed(version), version.packed)

    async def delta(request: Request) -> Response:
        """What makes the current file of an older one: one zstandard frame with the old file as dictionary."""
        gate.enter(request, READERS)
        version = _version(shelf, request.path_params["sha256"])
        old = request.path_params["old"]
        if old not in version.deltas:
            raise Rejected("catalogue.unknown_version", {"from": old[:64]})
        return _file(request, shelf.delta(version, old), version.deltas[old])

    async def report(request: Request) -> Response:
        """Say which version is shown, what is wrong with it, and what was searched for in vain."""
        bearer, key, message = await gate.command(request, m.CatalogueReport, ("terminal",))
        await asyncio.to_thread(reports.hear, bearer.subject, key, message)
        return Response(status_code=204)

    async def misses(request: Request) -> Response:
        """Searches of one day that found nothing; ``?day=2026-11-22``."""
        gate.enter(request, ("manager",))
        try:
            day = date.fromisoformat(request.query_params.get("day", ""))
        except ValueError as error:
            raise Rejected("request.invalid", {"field": "day"}, detail="not a day, YYYY-MM-DD") from error
        found = await asyncio.to_thread(reports.misses, day)
        return Response(found.model_dump_json(), media_type="application/json")

    async def terminals(request: Request) -> Response:
        """What each terminal last said of its catalogue."""
        gate.enter(request, ("reader", "manager"))
        version = _current(shelf)
        answer = m.TerminalCatalogues(
            current=version.version if version else None,
            terminals=await asyncio.to_thread(reports.terminals),
        )
        return Response(answer.model_dump_json(), media_type="application/json")

    get(app, "/v1/catalogue/current", current, m.CatalogueManifest)
    get(app, "/v1/catalogue/files/{sha256}", whole, None)
    get(app, "/v1/catalogue/files/{sha256}/from/{old}", delta, None)
    post(app, "/v1/catalogue/reports", report, m.CatalogueReport, 204, None)
    get(app, "/v1/catalogue/misses", misses, m.CatalogueMisses)
    get(app, "/v1/catalogue/terminals", terminals, m.TerminalCatalogues)


def _current(shelf: VersionShelf) -> Version | None:
    try:
        return shelf.current()
    except (CatalogueDamaged, OSError) as error:
        raise Rejected("catalogue.unreadable") from error


def _version(shelf: VersionShelf, sha256: str) -> Version:
    """Raises Rejected."""
    _current(shelf)
    if (version := shelf.version(sha256)) is None:
        raise Rejected("catalogue.unknown_version", {"sha256": sha256[:64]})
    return version


def _file(request: Request, path: Path, parcel: Parcel) -> Response:
    """Its bytes, or the rest of them. Raises Rejected."""
    etag = f'"{parcel.sha256}"'
    wanted = request.headers.get("range")
    if wanted is not None and request.headers.get("if-range", etag) == etag:
        start = RANGE.fullmatch(wanted)
        if start is None or int(start[1]) >= parcel.size:
            raise Rejected("request.range", {"size": str(parcel.size)})
    try:
        stat = path.stat()
    except FileNotFoundError as error:  # swept away a moment ago
        raise Rejected("catalogue.unknown_version") from error
    return FileResponse(
        path,
        headers={"ETag": etag, "Cache-Control": "private, immutable"},
        media_type="application/zstd",
        stat_result=stat,
    )
