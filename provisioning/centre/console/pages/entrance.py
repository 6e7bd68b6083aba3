"""Signing in and out, the language, the files that browsers keep."""

from dataclasses import replace
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import RedirectResponse

from provisioning.centre.accounts import SignInRefused
from provisioning.centre.api.door import MOST_BYTES, Door, Entered
from provisioning.centre.api.people import sign_in, sign_out
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import Form, text, unfinished
from provisioning.centre.console.frame import LANGUAGE_COOKIE, STATIC, Frame, back, static, within
from provisioning.centre.console.services import Services
from provisioning.centre.console.wording import LANGUAGES
from provisioning.centre.throttle import Throttled

KEPT = {"Cache-Control": "public, max-age=86400"}
YEAR = 365 * 86400


def add_entrance(door: Door, frame: Frame, services: Services) -> None:
    @door.get("/", "public", page=True)
    def start() -> Response:
        return RedirectResponse("/overview", 303)

    @door.get("/sign-in", "public", page=True)
    def door_page(call: Entered, next: Annotated[str, Query(max_length=2000)] = "") -> Response:
        if call.session is not None:
            return back(next or "/overview")
        return frame.show(call, "sign_in.html", next=within(next or "/overview"), name="", fault="", typed=())

    @door.post("/sign-in", "public", page=True, limit="sign_in", most=2 * MOST_BYTES)
    def enter(call: Entered, form: Form) -> Response:
        name, password = text(form, "name", 60), form.get("password", "")
        to = within(text(form, "next", 2000))
        if not isinstance(password, str) or len(password) > 1000:
            raise Rejected("request.invalid", facts={"field": "password"})
        words, kept = frame.words(call), unfinished(form)
        try:
            session, let_in = sign_in(door, services.accounts, call, name, password)
        except SignInRefused:
            fault, status = words("sign_in.wrong"), 401
        except Throttled as error:
            fault, status = words("sign_in.often", span=words.span(error.seconds)), 429
        else:
            inside = replace(call, session=session)
            response = frame.show(inside, "again.html", to=to, typed=kept) if kept else back(to)
            let_in(response)
            return response
        return frame.show(call, "sign_in.html", status, next=to, name=name, fault=fault, typed=kept)

    @door.post("/sign-out", "see", page=True)
    def leave(call: Entered) -> Response:
        response = RedirectResponse("/sign-in", 303)
        sign_out(door, services.accounts, call, response)
        return response

    @door.post("/language", "public", page=True)
    def language(call: Entered, form: Form) -> Response:
        """For this browser, and for the account where somebody is signed in."""
        to = text(form, "to", 2)
        response = back(text(form, "next", 2000))
        if to in LANGUAGES:
            if call.session is not None:
                services.accounts.set_language(call.actor, to)
            response.set_cookie(
                LANGUAGE_COOKIE,
                to,
                max_age=YEAR,
                path="/",
                httponly=True,
                samesite="lax",
                secure=door.facing.secure,
            )
        return response

    @door.get("/static/{name}", "public", page=True)
    def file(name: str) -> Response:
        if name not in STATIC:
            raise Rejected("request.not_found")
        return Response(static(name), headers=KEPT, media_type=STATIC[name])
