"""Who shows what at a terminal: one presentation, its pictures, its page for a clerk's phone, its way to a window.

Nothing of it may be stored by anybody on the way, and a mistake here is told without its words.
"""

from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from hall.api.failures import send
from hall.api.gate import Gate, Rejected
from hall.api.guides import Guides
from hall.api.routes import Endpoint, get, post
from hall.asking import log_mistake
from hall.attachments import Attachments
from hall.certificates.watermark import for_item
from hall.presentations import Presentations
from hall.problems import Refused, Reply, problem
from hall.queue.model import TicketId
from hall.shares import Shares
from hall.wire import messages as m

# A code of 4,096 characters may be six bytes each in JSON (\uXXXX): the verifier shall say what is wrong with it.
MOST_BYTES = 32 * 1024
NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def careful(endpoint: Callable[[Request], Coroutine[Any, Any, Response]]) -> Endpoint:
    """``endpoint`` with refusals as problems, and mistakes that nobody logs with what they were about."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return send(problem(refused.code, refused.facts))
        except (Rejected, HTTPException):
            raise
        except Exception as error:  # noqa: BLE001  told without its words
            log_mistake(endpoint.__name__, error)
            return send(problem("hall.internal"))

    return guarded


def json(view: m.Answer, status: int = 200) -> Response:
    return Response(view.model_dump_json(), status, NO_STORE, "application/json")


def png(picture: bytes) -> Response:
    return Response(picture, 200, NO_STORE, "image/png")


def unstored(reply: Reply) -> Response:
    response = send(reply)
    response.headers.update(NO_STORE)
    return response


def add_presentations(
    app: FastAPI,
    gate: Gate,
    guides: Guides,
    presentations: Presentations,
    attachments: Attachments,
    shares: Shares,
) -> None:
    """What terminals ask."""

    async def present(request: Request) -> Response:
        """Show a code or a document: who it is, and their certificates where those are asked for."""
        bearer, key, message = await gate.command(request, m.Present, ("terminal",), most=MOST_BYTES)
        name = guides.name_of(message.item)
        purpose = for_item(name) if name else ""
        return json(await presentations.present(bearer.actor, key, message, purpose), 201)

    async def face(request: Request) -> Response:
        """One certificate as a picture (PNG) with the hall's watermark."""
        bearer = gate.enter(request, ("terminal",)).bearer
        id, certificate = request.path_params["id"], request.path_params["certificate"]
        return png(await presentations.face(bearer.actor, id, certificate, bearer.subject))

    async def share(request: Request) -> Response:
        """A page that shows chosen certificates to a clerk's phone, for five minutes."""
        bearer, key, message = await gate.command(request, m.Chosen, ("terminal",))
        id = request.path_params["id"]
        shown = presentations.chosen(bearer.actor, id, message.certificates)
        purpose = presentations.purpose(bearer.actor, id)
        return json(shares.share(bearer.actor, key, shown, bearer.subject, purpose), 201)

    async def attach(request: Request) -> Response:
        """Agree that whoever serves a ticket sees chosen certificates."""
        bearer, key, message = await gate.command(request, m.Attach, ("terminal",))
        id = request.path_params["id"]
        shown = presentations.chosen(bearer.actor, id, message.certificates)
        purpose, ticket = presentations.purpose(bearer.actor, id), TicketId(message.ticket)
        return unstored(await attachments.attach(bearer.actor, key, ticket, shown, purpose))

    async def leave(request: Request) -> Response:
        """Forget a presentation now."""
        bearer, _, _ = await gate.command(request, m.Nothing, ("terminal",))
        presentations.leave(bearer.actor, request.path_params["id"])
        return Response(status_code=204)

    here = "/v1/presentations/{id}"
    post(app, "/v1/presentations", careful(present), m.Present, 201, m.PresentationView)
    get(app, here + "/certificates/{certificate}/face", careful(face), None)
    post(app, here + "/share", careful(share), m.Chosen, 201, m.ShareView)
    post(app, here + "/attach", careful(attach), m.Attach, 200, m.AttachedView)
    post(app, here + "/leave", careful(leave), m.Nothing, 204, None)


def add_outsides(app: FastAPI, gate: Gate, states: Sequence[Callable[[], m.OutsideView]]) -> None:
    """How the services outside the hall stand, for operations."""

    async def outsides(request: Request) -> Response:
        """The services outside the hall that it depends on."""
        gate.enter(request, ("reader", "manager"))
        return json(m.OutsidesView(services=tuple(state() for state in states)))

    get(app, "/v1/outsides", careful(outsides), m.OutsidesView)
