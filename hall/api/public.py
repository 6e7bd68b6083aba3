"""A server with nothing but the catalogue's public side: JSON and phone pages of one file."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from hall.api.describe import describe
from hall.api.failures import add_failures
from hall.api.guide_pages import add_guide_pages
from hall.api.guides import Guides, add_guides
from hall.catalogue.file import Catalogue


def public_app(guides: Guides) -> FastAPI:
    """An application with nothing but the catalogue's public side."""
    app = FastAPI(title="Tongyuan catalogue", version="1", docs_url=None, redoc_url=None)
    add_guides(app, guides)
    add_guide_pages(app, guides)
    add_failures(app)
    describe(app)
    return app


def serve_catalogue(path: Path, host: str = "127.0.0.1", port: int = 8088) -> None:
    """Show one catalogue file over HTTP until interrupted. Raises CatalogueDamaged, OSError."""
    import uvicorn

    Catalogue.open(path).close()  # a bad file is said before anything listens
    guides = Guides(lambda: path)
    settings: dict[str, Any] = {"host": host, "port": port, "log_level": "warning", "access_log": False}
    uvicorn.run(public_app(guides), **settings)
