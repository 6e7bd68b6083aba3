"""Enrolment: the code on the glass is typed here, looked at, and let in; serials that are let in by themselves."""

from typing import Annotated

from fastapi import Query, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from provisioning.centre import registry
from provisioning.centre.api.door import Call, Door, Entered
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import Form, done, several, text
from provisioning.centre.console.frame import Frame, back
from provisioning.centre.console.queries.fleet import choices
from provisioning.centre.console.services import Services
from provisioning.centre.placement import EnrolmentRefused, Placement
from provisioning.centre.preauthorise import TableRefused, read

MOST_TABLE = 250_000  # letters of a table typed or pasted
PLACE = ("terminal", "hall", "role", "name", "name_en", "window", "zones")


def add_letting_in(door: Door, frame: Frame, services: Services) -> None:
    enrolments, preauthorised = services.enrolments, services.preauthorised

    def drawn(call: Call, status: int = 200, **values: object) -> Response:
        with services.database.read() as db:
            offered = choices(db, call.actor)
        known: dict[str, object] = {
            "code": "",
            "asker": None,
            "fault_here": "",
            "typed": dict.fromkeys(PLACE, "") | {"groups": []},
            "table": "",
            "lines": None,
            "faults": (),
        }
        return frame.show(
            call,
            "enrolment.html",
            status,
            offered=offered,
            roles=registry.ROLES,
            waiting=enrolments.waiting(call.actor),
            expected=preauthorised.all(call.actor),
            **(known | values),
        )

    @door.get("/enrolment", "enrol", page=True, limit="code")
    def page(call: Entered, code: Annotated[str, Query(max_length=40)] = "") -> Response:
        if not code.strip():
            return drawn(call)
        try:
            asker = enrolments.look(call.actor, code)
        except EnrolmentRefused as error:
            return drawn(call, 404, code=code, fault_here=frame.words(call).code(error.code))
        return drawn(call, code=code, asker=asker)

    @door.post("/enrolment/approve", "enrol", page=True, limit="code")
    def approve(call: Entered, form: Form) -> Response:
        code = text(form, "code", 40)
        typed = {
            name: text(form, name)
            for name in ("terminal", "hall", "role", "name", "name_en", "window", "zones")
        }
        try:
            place = Placement(
                terminal=typed["terminal"],
                hall=typed["hall"],
                role=typed["role"],
                name=typed["name"],
                name_en=typed["name_en"],
                groups=tuple(several(form, "groups")),
                window=typed["window"] or None,
                zones=tuple(typed["zones"].split()),
                kind="hall" if form.get("hall_process") else "terminal",
            )
            enrolments.approve(call.actor, code, place, again=bool(form.get("again")))
        except ValidationError as error:
            fault = f"{frame.words(call).code('enrolment.field')} {error.errors()[0]['loc'][0]}"
        except (EnrolmentRefused, registry.RegistryRefused) as error:
            fault = frame.words(call).code(error.code)
        else:
            return back(f"/terminals/{place.terminal}", "enrolled", name=place.terminal)
        try:
            asker = enrolments.look(call.actor, code)
        except EnrolmentRefused:
            asker = None
        return drawn(
            call,
            422,
            code=code,
            asker=asker,
            fault_here=fault,
            typed=typed | {"groups": several(form, "groups")},
        )

    @door.post("/enrolment/refuse", "enrol", page=True, limit="code")
    def refuse(call: Entered, form: Form) -> Response:
        return done("/enrolment", "refused", lambda: enrolments.refuse(call.actor, text(form, "code", 40)))

    @door.post("/enrolment/table", "enrol", page=True)
    async def table(call: Entered, form: Form) -> Response:
        """Pasted or as a file. First a preview, which holds it; with ``take`` it is taken."""
        sent = form.get("file")
        content = await sent.read() if isinstance(sent, UploadFile) else b""
        return await run_in_threadpool(tabled, call, form, content)

    def tabled(call: Call, form: FormData, content: bytes) -> Response:
        typed = _decoded(content) if content else text(form, "table", MOST_TABLE)
        content = typed.encode()
        try:
            lines, faults = read(content)
            if form.get("take") and not faults:
                return back("/enrolment", "expected", n=preauthorised.take(call.actor, content))
        except TableRefused as error:
            return drawn(call, 422, table=typed, lines=[], faults=error.faults)
        return drawn(call, table=typed, lines=lines, faults=tuple(faults))

    @door.post("/enrolment/forget", "enrol", page=True)
    def forget(call: Entered, form: Form) -> Response:
        serial = text(form, "serial", 64)
        if not serial:
            raise Rejected("request.invalid", facts={"field": "serial"})
        return done("/enrolment", "forgotten", lambda: preauthorised.forget(call.actor, serial))


def _decoded(content: bytes) -> str:
    """A table as spreadsheets save it here: UTF-8 with or without a mark, else GB 18030. Raises Rejected."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Rejected("request.invalid", facts={"field": "file"})
