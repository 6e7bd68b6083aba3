"""The hall over HTTP. Handlers name the role, turn the message into a command and send the service's bytes."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from fastapi import FastAPI, Request, Response

from hall.api.appointments import CheckIn, add_appointments
from hall.api.describe import describe
from hall.api.distribution import add_distribution
from hall.api.failures import add_failures, send
from hall.api.gate import Gate, Rejected
from hall.api.guide_pages import add_guide_pages
from hall.api.guides import Guides, add_guides
from hall.api.phone import add_phone_pages
from hall.api.presentations import add_outsides, add_presentations
from hall.api.routes import get, post
from hall.api.share_page import add_share_page
from hall.api.window_certificates import add_window_certificates
from hall.credentials import Credentials, Role
from hall.journal.chain import canonical
from hall.journal.errors import JournalError
from hall.journal.verify import export_line
from hall.keys import Keys
from hall.problems import Reply, problem
from hall.published import Published
from hall.queue import commands as c
from hall.queue.model import QueueId, TicketId, WindowId
from hall.queue.views import hall_view, window_view
from hall.replies import Replies
from hall.service import Service
from hall.showing import Showing
from hall.wire import messages as m

M = TypeVar("M", bound=m.Request)

EVERYBODY: tuple[Role, ...] = ("terminal", "window", "reader", "manager")
MOST_RECORDS = 500  # in one answer of the journal feed


def create_app(
    service: Service,
    credentials: Credentials,
    keys: Keys,
    replies: Replies,
    published: Published,
    showing: Showing,
    check_in: CheckIn,
) -> FastAPI:
    """The application around a started ``service``."""
    app = FastAPI(title="Tongyuan hall", version=str(m.VERSION), docs_url=None, redoc_url=None)
    gate = Gate(credentials)
    _add_tickets(app, service, gate, replies, published.guides, check_in)
    _add_windows(app, service, gate)
    _add_hall(app, service, gate, keys)
    add_phone_pages(app, service, keys)
    add_distribution(app, gate, published.shelf, published.reports)
    add_guides(app, published.guides)
    add_guide_pages(app, published.guides)
    add_presentations(app, gate, published.guides, showing.presentations, showing.attachments, showing.shares)
    add_window_certificates(app, gate, service, showing.attachments)
    add_share_page(app, service, showing.shares, showing.faces)
    add_outsides(app, gate, showing.outsides)
    add_appointments(app, gate, check_in)
    add_failures(app)
    describe(app)
    return app


def openapi() -> dict[str, Any]:
    """The OpenAPI document of every hall."""
    nobody: Any = None  # handlers use what they are given only when they are called
    unpublished = cast(Published, SimpleNamespace(shelf=None, reports=None, guides=None))
    unshown = cast(
        Showing,
        SimpleNamespace(presentations=None, attachments=None, shares=None, faces=None, outsides=()),
    )
    return create_app(nobody, nobody, nobody, nobody, unpublished, unshown, nobody).openapi()


# -- tickets ----------------------------------------------------------------------------------------------


def _add_tickets(
    app: FastAPI, service: Service, gate: Gate, replies: Replies, guides: Guides, check_in: CheckIn
) -> None:
    async def take(request: Request) -> Response:
        """Take a number, or check in an appointment with one."""
        bearer, key, message = await gate.command(request, m.TakeTicket, ("terminal",))
        if message.appointment is not None:
            checked = check_in.command(message)
            if isinstance(checked, Reply):
                return send(checked)
            return send(await service.submit(key, bearer.actor, checked))
        command = c.Take(
            QueueId(message.queue),
            message.priority,
            message.person,
            message.paper,
            message.item,
            message.catalogue,
            guides.name_of(message.item),
        )
        return send(await service.submit(key, bearer.actor, command))

    async def ticket(request: Request) -> Response:
        """One ticket of today."""
        gate.enter(request, EVERYBODY)
        found = TicketId(request.path_params["ticket"])
        if found not in service.state.tickets:
            return send(problem("ticket.unknown", {"ticket": found[:64]}))
        return send(replies.ticket(service.state, found))

    async def paper(request: Request) -> Response:
        """Say what became of a ticket's paper."""
        bearer, key, message = await gate.command(request, m.ReportPaper, ("terminal",))
        command = c.ReportPaper(
            TicketId(request.path_params["ticket"]), message.job, message.state, message.copy_, message.code
        )
        return send(await service.submit(key, bearer.actor, command))

    post(app, "/v1/tickets", take, m.TakeTicket, 201, m.TicketView)
    get(app, "/v1/tickets/{ticket}", ticket, m.TicketView)
    post(app, "/v1/tickets/{ticket}/paper", paper, m.ReportPaper, 200, m.TicketView)


# -- windows ----------------------------------------------------------------------------------------------


def _add_windows(app: FastAPI, service: Service, gate: Gate) -> None:
    def add(verb: str, model: type[M], command: Callable[[WindowId, M], c.OfWindow]) -> None:
        async def act(request: Request) -> Response:
            window = WindowId(request.path_params["window"])
            bearer, key, message = await gate.command(request, model, ("window",), window)
            return send(await service.submit(key, bearer.actor, command(window, message)))

        act.__name__ = f"window_{verb.replace('-', '_')}"
        act.__doc__ = model.__doc__ if model is not m.Nothing else f"{verb.replace('-', ' ').capitalize()}."
        post(app, f"/v1/windows/{{window}}/{verb}", act, model, 200, m.WindowView)

    async def window(request: Request) -> Response:
        """One window."""
        name = WindowId(request.path_params["window"])
        gate.enter(request, ("window", "reader", "manager"), name)
        if name not in service.plan.windows:
            return send(problem("window.unknown", {"window": name[:64]}))
        view = window_view(service.state, name, service.plan, service.clock())
        return Response(view.model_dump_json(), media_type="application/json")

    get(app, "/v1/windows/{window}", window, m.WindowView)
    add("open", m.OpenWindow, lambda window, _: c.OpenWindow(window))
    add("pause", m.Nothing, lambda window, _: c.PauseWindow(window))
    add("close", m.Nothing, lambda window, _: c.CloseWindow(window))
    add("call-next", m.Nothing, lambda window, _: c.CallNext(window))
    add("recall", m.Nothing, lambda window, _: c.Recall(window))
    add("miss", m.Nothing, lambda window, _: c.Miss(window))
    add("start", m.Nothing, lambda window, _: c.Start(window))
    add("finish", m.Nothing, lambda window, _: c.Finish(window))
    add("return", m.OnTicket, lambda window, on: c.Return(window, TicketId(on.ticket)))
    add("resume", m.OnTicket, lambda window, on: c.Resume(window, TicketId(on.ticket)))
    add("abandon", m.OnTicket, lambda window, on: c.Abandon(window, TicketId(on.ticket), on.reason))
    add("park", m.Park, lambda window, park: c.Park(window, park.papers, park.reason))
    add(
        "transfer",
        m.Transfer,
        lambda window, t: c.Transfer(
            window, QueueId(t.queue), WindowId(t.window) if t.window else None, t.reason
        ),
    )


# -- the hall ---------------------------------------------------------------------------------------------


def _add_hall(app: FastAPI, service: Service, gate: Gate, keys: Keys) -> None:
    async def hall(request: Request) -> Response:
        """The whole hall."""
        gate.enter(request, EVERYBODY)
        view = hall_view(service.state, service.plan, service.clock())
        return Response(view.model_dump_json(), media_type="application/json")

    async def day_open(request: Request) -> Response:
        """Open the day by hand, or again after it was closed."""
        bearer, key, _ = await gate.command(request, m.Nothing, ("manager",))
        return send(await service.submit(key, bearer.actor, c.OpenDay()))

    async def day_close(request: Request) -> Response:
        """Close the day; whoever is left is abandoned."""
        bearer, key, _ = await gate.command(request, m.Nothing, ("manager",))
        return send(await service.submit(key, bearer.actor, c.CloseDay()))

    async def staff(request: Request) -> Response:
        """Call for a person."""
        bearer, key, message = await gate.command(request, m.CallForStaff, ("terminal",))
        return send(await service.submit(key, bearer.actor, c.CallStaff(bearer.subject, message.reason)))

    async def pseudonym_key(request: Request) -> Response:
        """The key of today's pseudonyms."""
        gate.enter(request, ("terminal",))
        key = keys.day_key(service.plan.day(service.clock()))
        return Response(key.model_dump_json(), 200, {"Cache-Control": "no-store"}, "application/json")

    async def journal(request: Request) -> Response:
        """The journal behind a number, a line of JSON for each record with its hash."""
        gate.enter(request, ("reader", "manager"))
        after = request.query_params.get("after", "0")
        if not after.isascii() or not after.isdigit() or len(after) > 15:
            raise Rejected("request.invalid", {"field": "after"}, detail="not the number of a record")
        try:
            lines = [
                export_line(record)
                for record in service.records(min(int(after), service.state.seq), MOST_RECORDS)
            ]
        except JournalError as error:
            return send(problem(error.code))
        return Response(b"".join(lines), media_type="application/x-ndjson")

    async def health(request: Request) -> Response:
        """Whether the process answers."""
        return Response(canonical({"seq": service.state.seq, "v": m.VERSION}), media_type="application/json")

    async def ping(request: Request) -> Response:
        """Nothing, with everything around it: what a request costs by itself."""
        gate.enter(request, EVERYBODY)
        return Response(status_code=204)

    get(app, "/v1/hall", hall, m.HallView)
    post(app, "/v1/day/open", day_open, m.Nothing, 200, m.HallView)
    post(app, "/v1/day/close", day_close, m.Nothing, 200, m.HallView)
    post(app, "/v1/staff-calls", staff, m.CallForStaff, 204, None)
    get(app, "/v1/pseudonym-key", pseudonym_key, m.DayKey)
    get(app, "/v1/journal", journal, None)
    get(app, "/healthz", health, None)
    post(app, "/v1/ping", ping, None, 204, None)
