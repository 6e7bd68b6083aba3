"""What goes wrong in a handler, as problem documents (RFC 9457)."""

import logging

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from hall.api.gate import Rejected
from hall.catalogue.errors import CatalogueDamaged
from hall.problems import Reply, problem

log = logging.getLogger(__name__)


def send(reply: Reply) -> Response:
    return Response(reply.body, reply.status, reply.headers or None, reply.media_type)


def add_failures(app: FastAPI) -> None:
    """Every error of this application becomes a problem document with a code."""
    app.add_exception_handler(Rejected, _rejected)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CatalogueDamaged, _unreadable)
    app.add_exception_handler(Exception, _internal)


async def _rejected(request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    response = send(error.reply)
    if error.close:
        response.headers["Connection"] = "close"
    if error.reply.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return send(problem("request.invalid", {"field": str(first["loc"][-1])}, detail=str(first["msg"])))


async def _unreadable(request: Request, error: Exception) -> Response:
    log.error("catalogue unreadable: %s", error)
    return send(problem("catalogue.unreadable"))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "request.not_found", 405: "request.method_not_allowed"}
    response = send(problem(codes.get(error.status_code, "request.refused")))
    response.headers.update(error.headers or {})
    return response


async def _internal(request: Request, error: Exception) -> Response:
    return send(problem("hall.internal"))
