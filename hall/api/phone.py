"""The page a citizen's phone shows: one number and where it stands. Plain HTML, no script, nobody's name.

Whoever has the address may look; the address cannot be guessed, and says nothing after its day.
"""

from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template

from fastapi import FastAPI, Request, Response

from hall.catalogue.links import guide_path
from hall.keys import Keys
from hall.problems import problem
from hall.queue.model import WindowId
from hall.queue.plan import Plan
from hall.queue.views import ticket_view
from hall.service import Service
from hall.wire.messages import TicketView

REFRESH = 15  # seconds
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address is the secret
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
# Headline and advice for each state, Chinese and English.
WORDS = {
    "waiting": ("排队中", "Waiting", "请在 {zone} 等候叫号", "Please wait in {zone_en}"),
    "called": (
        "请到 {at}",
        "Please go to {at_en}",
        "正在叫您的号，请尽快前往",
        "Your number is being called",
    ),
    "serving": ("正在办理", "Being served", "{at}", "{at_en}"),
    "parked": (
        "已挂起",
        "On hold",
        "材料补齐后请回 {at}",
        "Come back to {at_en} when you are ready",
    ),
    "missed": (
        "已过号",
        "Missed",
        "请到 {windows} 号窗口说明，可以重新排队",
        "Tell a clerk at window {windows} and you can queue again",
    ),
    "finished": ("已办结", "Finished", "感谢您的到来", "Thank you for coming"),
    "abandoned": ("号码已作废", "No longer valid", "如需办理请重新取号", "Please take a new number"),
}
UNKNOWN = ("没有这个号码", "No such number", "号码只在取号当天有效", "A number is valid on its own day only")


def add_phone_pages(app: FastAPI, service: Service, keys: Keys) -> None:
    template = Template(files("hall.api").joinpath("phone.html").read_text(encoding="utf-8"))

    def find(request: Request) -> TicketView | None:
        ticket = keys.followed(request.path_params["token"])
        found = service.state.tickets.get(ticket) if ticket else None
        return ticket_view(service.state, found, service.plan) if found else None

    async def page(request: Request) -> Response:
        view = find(request)
        html = render(template, service.plan, view, service.clock())
        return Response(html, 200 if view else 404, HEADERS, "text/html")

    async def data(request: Request) -> Response:
        view = find(request)
        if view is None:
            reply = problem("ticket.unknown")
            return Response(reply.body, reply.status, HEADERS, reply.media_type)
        return Response(view.model_dump_json(), 200, HEADERS, "application/json")

    app.add_api_route("/t/{token}.json", data, methods=["GET"], response_class=Response)
    app.add_api_route("/t/{token}", page, methods=["GET"], response_class=Response)


def render(template: Template, plan: Plan, view: TicketView | None, now: datetime) -> str:
    """The page of ``view``, or of a number that is not of today."""
    words = UNKNOWN if view is None else WORDS[view.state]
    facts = _facts(plan, view) if view else {}
    headline, headline_en, advice, advice_en = (text.format_map(facts) for text in words)
    number = (
        f'<div class="number">{facts["number"]}</div>'
        f'<div class="queue"><b>{facts["queue_name"]}</b><span>{facts["queue_name_en"]}</span>{_item(view)}</div>'
        if view
        else ""
    )
    waits = _waits(view) if view and view.state == "waiting" else ""
    live = view is not None and view.state not in ("finished", "abandoned")
    return template.substitute(
        refresh=f'<meta http-equiv="refresh" content="{REFRESH}">' if live else "",
        title=f"{facts['number']} · {headline}" if view else headline,
        hall=escape(plan.hall.name),
        hall_en=escape(plan.hall.name_en),
        state=view.state if view else "unknown",
        headline=headline,
        headline_en=headline_en,
        body=f'{number}{waits}<p class="say">{advice}<span>{advice_en}</span></p>',
        footer=f"{plan.local(now):%H:%M:%S} · 每 {REFRESH} 秒自动更新 · updates every {REFRESH} s"
        if live
        else "",
    )


def _facts(plan: Plan, view: TicketView) -> dict[str, str]:
    """Everything that may stand on the page, escaped; ``at`` is the window it was called to."""
    facts = {name: str(value) for name, value in view.model_dump().items()}
    if view.window is not None:
        window = plan.windows[WindowId(view.window)]
        facts |= {"at": window.name, "at_en": window.name_en}
    return {name: escape(value) for name, value in facts.items()}


def _item(view: TicketView) -> str:
    """What the number is for, with its guide behind it, where one was read."""
    if view.item is None or view.item_name is None:
        return ""
    return f'<a href="{escape(guide_path(view.item))}">{escape(view.item_name)}</a>'


def _waits(view: TicketView) -> str:
    known = view.wait_low is not None and view.wait_high is not None
    minutes = f"{view.wait_low}–{view.wait_high}" if known else "—"
    cells = (
        ("前面还有", "Ahead", str(view.ahead), "人 people"),
        ("预计等候", "Wait", minutes, "分钟 minutes"),
        ("窗口", "Windows", escape(view.windows), "号"),
    )
    return "".join(
        ["<dl>"]
        + [
            f"<div><dt>{zh} · {en}</dt><dd>{value}<small>{unit}</small></dd></div>"
            for zh, en, value, unit in cells
        ]
        + ["</dl>"]
    )
