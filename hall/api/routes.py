"""Routes of the hall's API: handlers read requests themselves, the OpenAPI document still tells what they take."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from fastapi import FastAPI, Response

from hall.wire import messages as m

Endpoint: TypeAlias = Callable[..., Coroutine[Any, Any, Response]]


def get(app: FastAPI, path: str, endpoint: Endpoint, answer: type[m.Answer] | None) -> None:
    _add(app, "GET", path, endpoint, None, 200, answer)


def post(
    app: FastAPI,
    path: str,
    endpoint: Endpoint,
    message: type[m.Request] | None,
    status: int,
    answer: type[m.Answer] | None,
) -> None:
    _add(app, "POST", path, endpoint, message, status, answer)


def _add(
    app: FastAPI,
    method: str,
    path: str,
    endpoint: Endpoint,
    message: type[m.Request] | None,
    status: int,
    answer: type[m.Answer] | None,
) -> None:
    extra = {"x-message": message.__name__} if message else None
    app.add_api_route(
        path,
        endpoint,
        methods=[method],
        status_code=status,
        responses={status: {"model": answer}} if answer else None,
        response_class=Response,
        openapi_extra=extra,
    )
