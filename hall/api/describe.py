"""The OpenAPI document: FastAPI's own, with the messages that the handlers read themselves, errors and keys."""

import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from hall.problems import MEDIA_TYPE
from hall.wire import messages as m

REFERENCE = "#/components/schemas/{model}"
# need no bearer
OPEN = (
    "/healthz",
    "/t/",
    "/c/",
    "/g",
    "/v1/catalogue/about",
    "/v1/catalogue/search",
    "/v1/catalogue/shelves",
    "/v1/catalogue/guides",
)
IN_PATH = {"in": "path", "required": True, "schema": {"type": "string"}}
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "The same key with the same command gives the first answer again, for seven days.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,64}$"},
}
PROBLEM = {
    "description": "A problem document (RFC 9457) with a code",
    "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
}


def describe(app: FastAPI) -> None:
    """Make ``app.openapi()`` tell the whole truth."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, routes=app.routes, description="The source of one hall."
    )
    models: set[type[m.Request] | type[m.Answer]] = {m.Problem}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            message = operation.pop("x-message", None)
            operation.get("responses", {}).pop("422", None)
            operation["responses"]["default"] = PROBLEM
            if names := re.findall(r"{(\w+)}", path):
                told = {p["name"]: p for p in operation.get("parameters", ())}
                operation["parameters"] = [{**IN_PATH, "name": n} for n in names if n not in told]
                operation["parameters"] += told.values()
            if not path.startswith(OPEN):
                operation["security"] = [{"bearer": []}]
            if message is None:
                continue
            models.add(getattr(m, message))
            operation.setdefault("parameters", []).append(KEY_HEADER)
            content = {"application/json": {"schema": {"$ref": REFERENCE.format(model=message)}}}
            operation["requestBody"] = {"content": content}
    _, schemas = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=REFERENCE,
    )
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(schemas["$defs"])
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    return document
