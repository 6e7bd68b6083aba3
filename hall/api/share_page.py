"""The page a counter clerk's phone shows: certificates that a citizen shares, for five minutes. No script.

Whoever has the address may look; it can't be guessed, and after its time it says nothing.
"""

from fastapi import FastAPI, Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from hall.api.presentations import careful
from hall.faces import Faces
from hall.service import Service
from hall.shares import Share, Shares
from hall.wire.messages import CertificateStatus

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address is the secret
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
FOR_CLERKS = "仅供窗口工作人员核验"
STATUS: dict[CertificateStatus, tuple[str, str]] = {
    "valid": ("有效", "Valid"),
    "expired": ("已过期", "Expired"),
    "revoked": ("已注销", "Revoked"),
    "suspended": ("已暂停", "Suspended"),
    "not_yet": ("未生效", "Not yet in force"),
}


def add_share_page(app: FastAPI, service: Service, shares: Shares, faces: Faces) -> None:
    """The pages under ``/c``."""
    templates = Environment(
        loader=PackageLoader("hall.api"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def drawn(share: Share | None, token: str) -> Response:
        html = templates.get_template("share.html").render(
            hall=service.plan.hall,
            share=share,
            token=token,
            left=shares.left(share) if share else 0,
            until=f"{service.plan.local(share.until):%H:%M:%S}" if share else "",
            only=FOR_CLERKS,
            status=STATUS,
        )
        return Response(html, 200 if share else 410, HEADERS, "text/html")

    async def share_page(request: Request) -> Response:
        token = request.path_params["token"]
        return drawn(shares.found(token), token)

    async def share_picture(request: Request) -> Response:
        share, place = shares.found(request.path_params["token"]), request.path_params["place"]
        shown = {str(number): one for number, one in enumerate(share.shown)} if share else {}
        if share is None or place not in shown:  # whatever stands there, it is not read as a number
            return Response(status_code=410, headers=HEADERS)
        picture = await faces.shown(shown[place].certificate, share.where, share.purpose)
        return Response(picture, 200, HEADERS, "image/png")

    app.add_api_route(
        "/c/{token}/{place}.png", careful(share_picture), methods=["GET"], response_class=Response
    )
    app.add_api_route("/c/{token}", careful(share_page), methods=["GET"], response_class=Response)
