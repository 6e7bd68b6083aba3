"""The one way to declare a route, for programs and for pages: each says whom it is for, or it does not exist.

Before a handler runs the door has checked: how often, from which site, who (session or proof by key), which right,
how large, and the session's token against forged requests. Halls are the handlers' business: they get the Actor.
"""

import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_args
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from provisioning.centre.api.bodies import replay, typed, unforged, whole_body
from provisioning.centre.api.facing import SAFE, Facing
from provisioning.centre.api.front import Front, too_often
from provisioning.centre.api.limits import Buckets, Rates
from provisioning.centre.api.ports import Session, Sessions
from provisioning.centre.api.problems import Rejected, described, send
from provisioning.centre.api.proofs import Proof, Proofs
from provisioning.centre.rights import Actor, Right

log = logging.getLogger(__name__)

Audience: TypeAlias = Literal["public", "token", "device"] | Right
"""``token``: whoever has the one-time token in the path. ``device``: a terminal that proves its key."""
Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Limit: TypeAlias = Literal["sign_in", "enrol", "code"]
Token: TypeAlias = Callable[[str], bool]
"""Whether the one-time token in the path is one: asked before the body is read."""
Inner: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
Refusal: TypeAlias = Callable[["Call", Rejected], Response]
H = TypeVar("H", bound=Callable[..., Any])

MOST_BYTES = 256 * 1024
MOST_OF_STRANGERS = 16 * 1024  # before anybody has said who they are
PARTS = "_parts"
"""Query parameter by which a page's own script asks for some blocks of it again: nobody touched anything."""


class Undeclared(Exception):
    """A route that names no audience, or an unknown one; or two of the same address. The centre does not start."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One line of the route table."""

    method: Method
    path: str
    audience: Audience
    page: bool
    most: int
    limit: Limit | None
    proof: Proof | None
    token: Token | None = None

    @property
    def right(self) -> Right | None:
        if self.audience == "public" or self.audience == "token" or self.audience == "device":
            return None
        return self.audience


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the door. ``typed``: what stood in a form of ours that was refused."""

    request: Request
    address: str
    session: Session | None
    typed: tuple[tuple[str, str], ...] = ()

    @property
    def actor(self) -> Actor:
        """Raises Rejected on public routes without a session."""
        if self.session is None:
            raise Rejected("auth.missing")
        return self.session.actor

    @property
    def language(self) -> str:
        """zh or en: the account's, else the browser's."""
        if self.session is not None:
            return self.session.language
        return "en" if self.request.headers.get("accept-language", "zh").lower().startswith("en") else "zh"


def _call(request: Request) -> Call:
    call: Call = request.state.call
    return call


def _actor(request: Request) -> Actor:
    return _call(request).actor


Entered = Annotated[Call, Depends(_call)]
Who = Annotated[Actor, Depends(_actor)]


class Route(APIRoute):
    """A route behind the door; ``create_app`` accepts no other."""

    def __init__(self, door: "Door", declared: Declared, endpoint: Callable[..., Any], **more: Any) -> None:
        self._door, self.declared = door, declared
        super().__init__(
            declared.path, endpoint, methods=[declared.method], include_in_schema=not declared.page, **more
        )

    def get_route_handler(self) -> Inner:
        return self._door.guarded(self.declared, super().get_route_handler())


class Door:
    """Collects routes and guards them. ``now``: UTC seconds since 1970; ``clock``: monotonic seconds."""

    def __init__(
        self,
        sessions: Sessions,
        facing: Facing,
        rates: Rates,
        *,
        now: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self.routes: list[Route] = []
        self.facing = facing
        self.refused_page: Refusal | None = None
        """How a refused page looks; a problem document while nobody says so."""
        self._sessions = sessions
        self.rates, self.clock = rates, clock
        self._limits: dict[Limit, Buckets] = {
            "sign_in": Buckets(rates.sign_in, clock),
            "enrol": Buckets(rates.enrol, clock),
            "code": Buckets(rates.code, clock),
        }
        self._proofs = Proofs(now)

    # -- declaring ----------------------------------------------------------------------------------------

    def get(self, path: str, audience: Audience, **more: Any) -> Callable[[H], H]:
        return self.route("GET", path, audience, **more)

    def post(self, path: str, audience: Audience, **more: Any) -> Callable[[H], H]:
        return self.route("POST", path, audience, **more)

    def put(self, path: str, audience: Audience, **more: Any) -> Callable[[H], H]:
        return self.route("PUT", path, audience, **more)

    def delete(self, path: str, audience: Audience, **more: Any) -> Callable[[H], H]:
        return self.route("DELETE", path, audience, **more)

    def route(
        self,
        method: Method,
        path: str,
        audience: Audience,
        *,
        page: bool = False,
        most: int | None = None,
        limit: Limit | None = None,
        proof: Proof | None = None,
        token: Token | None = None,
        **more: Any,
    ) -> Callable[[H], H]:
        """Declare the decorated handler. ``most``: bytes of the body; ``more`` goes to FastAPI. Raises Undeclared."""
        if audience not in ("public", "token", "device", *get_args(Right)):
            raise Undeclared(f"{method} {path}: {audience} is no audience")
        if (audience == "device") != (proof is not None):
            raise Undeclared(f"{method} {path}: a terminal proves its key, and nobody else does")
        if (audience == "token") != (token is not None):
            raise Undeclared(f"{method} {path}: a token is known before the body is read")
        if most is None:
            most = MOST_OF_STRANGERS if audience in ("public", "device") else MOST_BYTES
        declared = Declared(method, path, audience, page, most, limit, proof, token)
        if any((r.declared.method, r.declared.path) == (method, path) for r in self.routes):
            raise Undeclared(f"{method} {path} is declared twice")

        def add(handler: H) -> H:
            extra = {"x-audience": audience} if not page else {}
            self.routes.append(Route(self, declared, handler, openapi_extra=extra, **more))
            return handler

        return add

    # -- guarding -----------------------------------------------------------------------------------------

    def guarded(self, declared: Declared, inner: Inner) -> Inner:
        """``inner`` behind everything that ``declared`` asks for."""

        async def handle(request: Request) -> Response:
            call, body = Call(request, request.client.host if request.client else "", None), None
            try:
                call = await self._entered(declared, request, call.address)
                self._admitted(declared, call)
                request.state.call = call
                body = b"" if declared.method in SAFE else await whole_body(request, declared.most)
                if declared.right is not None and declared.method not in SAFE:
                    await unforged(request, body, call.session)
                return await inner(Request(request.scope, replay(body)))
            except HTTPException:
                raise
            except Exception as error:  # noqa: BLE001  the request ends here, and _told logs it
                return await self._refused(declared, call, _told(declared, error), body)

        return handle

    async def _entered(self, declared: Declared, request: Request, address: str) -> Call:
        """Who asks. Raises Rejected."""
        if declared.limit is not None and declared.right is None:
            self._often(declared.limit, address)
        if declared.method not in SAFE and not self.facing.ours(request):
            raise Rejected("auth.origin")
        if declared.proof is not None:
            await self._proofs.check(declared.proof, request, once=declared.method not in SAFE)
        if declared.token is not None:
            known = await run_in_threadpool(declared.token, request.path_params["token"])
            if not known:
                raise Rejected("artefact.unknown", close=True)
        token = self.facing.token(request) if declared.page or declared.right else ""
        active = declared.method not in SAFE or PARTS not in request.query_params
        know = partial(self._sessions.session, token, active=active)
        session = await run_in_threadpool(know) if token else None
        return Call(request, address, session)

    def _admitted(self, declared: Declared, call: Call) -> None:
        """Whoever it is may be here, and not too often. Raises Rejected."""
        if declared.right is None:
            return
        if not call.actor.may(declared.right):
            raise Rejected("auth.forbidden", facts={"right": declared.right})
        if declared.limit is not None:
            self._often(declared.limit, call.actor.name)

    def _often(self, limit: Limit, key: str) -> None:
        if wait := self._limits[limit].take(key):
            raise too_often(wait)

    async def _refused(self, declared: Declared, call: Call, error: Rejected, body: bytes | None) -> Response:
        request, safe = call.request, declared.method in SAFE
        if not declared.page:
            return send(error, call.language)
        if error.code == "auth.missing" and safe:
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?next={quote(asked, safe='')}", 303)
        if self.refused_page is None:
            return send(error, call.language)
        if not safe and self.facing.ours(request) and not error.close:
            call = replace(call, typed=await typed(request, body, declared.most))
        return self.refused_page(call, error)

    async def nowhere(self, request: Request, error: Exception) -> Response:
        """No route has that address, or not that method."""
        assert isinstance(error, HTTPException)
        code = {404: "request.not_found", 405: "request.method_not_allowed"}.get(error.status_code)
        session, token = None, self.facing.token(request)
        with suppress(Exception):  # nobody is refused for it: the page can be drawn for a stranger
            session = await run_in_threadpool(self._sessions.session, token) if token else None
        response = self.turned_away(Call(request, "", session), Rejected(code or "request.refused"))
        response.headers.update(error.headers or {})
        return response

    def turned_away(self, call: Call, error: Rejected) -> Response:
        """Before any route was found: people get a page, programs a problem document."""
        if self.refused_page and "text/html" in call.request.headers.get("accept", ""):
            return self.refused_page(call, error)
        return send(error, call.language)


def create_app(door: Door) -> FastAPI:
    """The application of everything that was declared at ``door``. Raises Undeclared."""
    app = FastAPI(title="Tongyuan centre", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.extend(door.routes)
    refuse_undeclared(app)
    app.add_exception_handler(HTTPException, door.nowhere)
    app.add_middleware(
        Front,
        secure=door.facing.secure,
        rate=door.rates.address,
        clock=door.clock,
        refused=lambda request, error: door.turned_away(Call(request, "", None), error),
    )
    return app


def refuse_undeclared(app: FastAPI) -> None:
    """Raises Undeclared when ``app`` has a route that did not come through the door."""
    for route in app.router.routes:
        if not isinstance(route, Route):
            raise Undeclared(f"{getattr(route, 'path', route)} says not whom it is for")


def _told(declared: Declared, error: Exception) -> Rejected:
    """Refusals of the centre's own parts have a code; everything else is a bug of ours and says nothing outside."""
    if isinstance(error, Rejected):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, RecursionError | OverflowError | UnicodeError):
        log.info("method=%s route=%s refused=%s", declared.method, declared.path, type(error).__name__)
        return Rejected("request.invalid", "too deep, too large, or no text")
    code = getattr(error, "code", None)
    if not isinstance(code, str) or not type(error).__module__.startswith("provisioning."):
        log.error("method=%s route=%s bug in handler", declared.method, declared.path, exc_info=error)
        return Rejected("centre.internal")
    if described(code)[0] >= 500:
        log.error("method=%s route=%s code=%s", declared.method, declared.path, code)
        return Rejected(code)
    seconds = getattr(error, "seconds", None)
    facts = {} if seconds is None else {"seconds": str(ceil(seconds))}
    return Rejected(code, str(error)[:500], facts)


def _invalid(error: RequestValidationError) -> Rejected:
    """Names the field and the rule, never what was sent."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    return Rejected("request.invalid", str(first["msg"])[:200], {"field": field[:200]})
