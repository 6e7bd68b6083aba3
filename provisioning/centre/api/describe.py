"""The OpenAPI document: FastAPI's own, with who may and how refusals look."""

from typing import Any

from provisioning.centre.api.app import Parts, declare
from provisioning.centre.api.door import Door, create_app
from provisioning.centre.api.facing import Facing
from provisioning.centre.api.limits import Rates
from provisioning.centre.api.problems import MEDIA_TYPE, Problem

SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": Facing("https://centre").cookie},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "of GET /v1/session"},
    "proof": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "Proof SECONDS.SIGNATURE, by the terminal's Ed25519 key, good for five minutes",
    },
}
REFUSED = {
    "description": "A problem document (RFC 9457) with a code",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def openapi() -> dict[str, Any]:
    """The document of every centre."""
    nobody: Any = None  # handlers use what they are given only when they are called
    parts = Parts(*[nobody] * len(Parts.__slots__))
    door = Door(nobody, Facing("https://centre"), Rates(), now=lambda: 0.0, clock=lambda: 0.0)
    declare(door, parts)
    document = create_app(door).openapi()
    for methods in document["paths"].values():
        for method, operation in methods.items():
            _describe(method, operation)
    components = document.setdefault("components", {})
    components["securitySchemes"] = SCHEMES
    schemas = components.setdefault("schemas", {})
    for of_fastapi in ("HTTPValidationError", "ValidationError"):
        schemas.pop(of_fastapi, None)
    schemas["Problem"] = Problem.model_json_schema()
    return document


def _describe(method: str, operation: dict[str, Any]) -> None:
    audience = operation["x-audience"]
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = REFUSED
    if audience == "device":
        operation["security"] = [{"proof": []}]
    elif audience not in ("public", "token"):
        operation["security"] = [{"session": []} if method == "get" else {"session": [], "csrf": []}]
