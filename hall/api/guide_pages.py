"""Guides on a phone: plain pages, readable without script, that a QR code on screen or paper leads to.

A page says to the letter what the terminal says, and which catalogue version it is from. The citizen's answers
travel in the address as ``case=option``; nothing about a person does.
"""

from collections.abc import Callable
from typing import Annotated, Any, get_args
from urllib.parse import quote, urlencode

from fastapi import FastAPI, Query, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from hall.api.gate import Rejected
from hall.api.guides import VERSION_HEADER, Guides
from hall.catalogue import wording
from hall.catalogue.answers import By
from hall.catalogue.cases import asked, materials_of, needed, next_question, still_true
from hall.catalogue.file import Catalogue
from hall.catalogue.links import answers_in, guide_path
from hall.catalogue.model import Bundle, Guide

HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # what was searched is nobody else's business
    "X-Content-Type-Options": "nosniff",
}
WAYS: dict[By, tuple[str, str]] = {
    "theme": ("按主题", "By theme"),
    "event": ("人生大事", "Life events"),
    "office": ("按部门", "By office"),
    "audience": ("个人、企业", "People, businesses"),
    "bundle": ("一件事", "Bundles"),
    "kiosk": ("自助机可办", "At a kiosk"),
}
assert set(WAYS) < set(get_args(By))


def add_guide_pages(app: FastAPI, guides: Guides) -> None:
    """The pages under ``/g``."""
    pages = Environment(
        loader=PackageLoader("hall.api"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
    )
    pages.trim_blocks = pages.lstrip_blocks = True
    pages.globals.update(wording=wording, guide_path=guide_path, quote=quote, ways=WAYS)

    def drawn(name: str, catalogue: Catalogue | None, status: int = 200, **facts: Any) -> Response:
        about = catalogue.about if catalogue else None
        html = pages.get_template(name).render(about=about, **facts)
        headers = HEADERS | ({VERSION_HEADER: about.version} if about else {})
        return Response(html, status, headers, "text/html")

    async def page(draw: Callable[[Catalogue], Response]) -> Response:
        """Drawn on the guides' thread, as everything that reads the catalogue."""
        try:
            return await guides.ask(draw)
        except Rejected as refused:
            if refused.reply.status != 404:
                raise
            return drawn("missing.html", None, 404)

    async def search(q: Annotated[str, Query(max_length=200)] = "") -> Response:
        def draw(catalogue: Catalogue) -> Response:
            result = catalogue.search(q, 30) if q.strip() else None
            return drawn("search.html", catalogue, q=q, result=result, hot=catalogue.hot())

        return await page(draw)

    async def browse(by: By, key: Annotated[str, Query(max_length=200)] = "") -> Response:
        def draw(catalogue: Catalogue) -> Response:
            if by not in WAYS:
                return drawn("missing.html", catalogue, 404)
            shelves = () if key else catalogue.shelves(by)
            entries = catalogue.listing(by, key) if key else ()
            return drawn("browse.html", catalogue, by=by, key=key, shelves=shelves, entries=entries)

        return await page(draw)

    async def guide(request: Request, id: str) -> Response:
        def draw(catalogue: Catalogue) -> Response:
            found = catalogue.page(id)
            if found is None:
                return drawn("missing.html", catalogue, 404)
            return drawn("guide.html", catalogue, **guide_facts(catalogue, found, request.url.query))

        return await page(draw)

    for path, endpoint in (("/g", search), ("/g/by/{by}", browse), ("/g/{id}", guide)):
        app.add_api_route(path, endpoint, methods=["GET"], response_class=Response)


def guide_facts(catalogue: Catalogue, page: Guide | Bundle, query: str) -> dict[str, Any]:
    """Everything the page of a guide or a bundle shows, given the answers in its address."""
    answers = still_true(page.cases, answers_in(query))
    members = catalogue.members(page)
    materials = materials_of(page, members)

    def with_answer(case: str, option: str | None) -> str:
        changed = {key: value for key, value in answers.items() if key != case}
        if option is not None:
            changed[case] = option
        kept = still_true(page.cases, changed)
        return f"?{urlencode(sorted(kept.items()))}#materials" if kept else "?#materials"

    return {
        "page": page,
        "bundle": isinstance(page, Bundle),
        "members": members,
        "cases": asked(page.cases, answers),
        "open_case": next_question(page.cases, answers) if any(m.when for m in materials) else None,
        "answers": answers,
        "with_answer": with_answer,
        "materials": needed(page.cases, materials, answers),
        "instead": catalogue.instead(page),
        "elsewhere": catalogue.elsewhere(page.id) if isinstance(page, Guide) else (),
    }
