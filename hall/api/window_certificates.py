"""What a window may look at: what its citizen agreed to show, one view each."""

from fastapi import FastAPI, Request, Response

from hall.api.gate import Gate
from hall.api.presentations import careful, json, png, unstored
from hall.api.routes import get, post
from hall.attachments import Attachments
from hall.problems import Refused
from hall.queue.model import WindowId
from hall.service import Service
from hall.wire import messages as m


def add_window_certificates(app: FastAPI, gate: Gate, service: Service, attachments: Attachments) -> None:
    """What caller pads ask; nobody but the window itself may."""

    async def window_certificates(request: Request) -> Response:
        """What the citizen at the window agreed to show."""
        window = _window(request)
        gate.enter(request, ("window",), window)
        return json(attachments.at(_known(window, service)))

    async def view_certificate(request: Request) -> Response:
        """Look at one certificate (PNG): once. It is journalled before it is shown."""
        window = _window(request)
        bearer, key, _ = await gate.command(request, m.Nothing, ("window",), window)
        found = await attachments.view(
            bearer.actor, _known(window, service), key, request.path_params["certificate"]
        )
        return png(found) if isinstance(found, bytes) else unstored(found)

    here = "/v1/windows/{window}/certificates"
    get(app, here, careful(window_certificates), m.WindowCertificates)
    post(app, here + "/{certificate}/view", careful(view_certificate), m.Nothing, 200, None)


def _window(request: Request) -> WindowId:
    return WindowId(request.path_params["window"])


def _known(window: WindowId, service: Service) -> WindowId:
    if window not in service.plan.windows:
        raise Refused("window.unknown", {"window": window[:64]})
    return window
