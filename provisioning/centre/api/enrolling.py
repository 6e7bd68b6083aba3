"""Terminals come in and go out: their own side (by key) and the operators'."""

import base64
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import File, Response, UploadFile
from pydantic import BaseModel, Field

from provisioning.centre.api.door import Door, Entered, Who
from provisioning.centre.api.people import Said
from provisioning.centre.api.problems import Rejected
from provisioning.centre.api.proofs import Proof
from provisioning.centre.enrolment import Enrolments
from provisioning.centre.enrolment_rows import Asker
from provisioning.centre.placement import EnrolmentRefused, Placement
from provisioning.centre.preauthorise import Expected, Preauthorised
from provisioning.wire.messages import EnrolAnswer, EnrolRequest, EnrolTicket

T = TypeVar("T")

MOST_TABLE = 2 * 2**20  # bytes of a CSV


class Coded(Said):
    code: Annotated[str, Field(min_length=1, max_length=40, repr=False)]


class Approval(Coded):
    """``again``: the same hardware comes back under the id it had."""

    place: Placement
    again: bool = False


class LetIn(BaseModel):
    terminal: str
    rev: int


class Sealed(BaseModel):
    """``Secrets`` sealed to the terminal's key, base64."""

    sealed: str = Field(repr=False)


class Counted(BaseModel):
    count: int


def add_enrolling(door: Door, enrolments: Enrolments, expected: Preauthorised) -> None:
    # not yet bound: in the OpenAPI document's making there are no parts
    asks = Proof("enrolment", "id", lambda id: enrolments.key_of(id))
    claims = Proof("claimed", "id", lambda id: enrolments.key_of(id))
    owns = Proof("secrets", "device", lambda id: enrolments.key_of_terminal(id))
    asks_document = Proof("desired", "device", lambda id: enrolments.key_of_terminal(id))

    def or_to_wipe(device: str, answer: Callable[[str], T]) -> T:
        try:
            return answer(device)
        except EnrolmentRefused as error:
            if error.code != "enrolment.retired":
                raise
            order = base64.b64encode(enrolments.order_to_wipe(device)).decode("ascii")
            raise Rejected(error.code, facts={"order": order}) from error

    @door.post("/v1/enrolments", "public", limit="enrol", most=8 * 1024, status_code=201)
    def enrolment_new(said: EnrolRequest, call: Entered) -> EnrolTicket:
        """A terminal asks to be let in; its screen shows the code."""
        return enrolments.request(said, call.address)

    @door.get("/v1/enrolments/{id}", "device", proof=asks)
    def enrolment_state(id: str) -> EnrolAnswer:
        """How it stands; with the grant from the approval on until it is claimed."""
        return enrolments.answer(id)

    @door.post("/v1/enrolments/{id}/claimed", "device", proof=claims)
    def enrolment_claimed(id: str) -> EnrolAnswer:
        """The terminal has its grant on disk: nobody gets it again."""
        return enrolments.claimed(id)

    @door.post("/v1/secrets/{device}", "device", proof=owns, limit="enrol")
    def secrets_again(device: str) -> Sealed:
        """All its secrets as they are now, with a new broker password; 410 with a signed order where it is retired."""
        return Sealed(sealed=or_to_wipe(device, enrolments.secrets_again))

    @door.get("/v1/desired/{device}", "device", proof=asks_document, limit="enrol")
    def desired_again(device: str) -> Response:
        """Its newest signed document, for one that does not find its broker; 410 as for secrets."""
        return Response(or_to_wipe(device, enrolments.desired), media_type="application/json")

    @door.get("/v1/enrolments", "enrol")
    def enrolments_waiting(who: Who) -> tuple[Asker, ...]:
        """Terminals that wait. To let one in one needs the code on its screen."""
        return enrolments.waiting(who)

    @door.post("/v1/enrolment/look", "enrol", limit="code")
    def enrolment_look(said: Coded, who: Who) -> Asker:
        """Who shows this code."""
        return enrolments.look(who, said.code)

    @door.post("/v1/enrolment/approve", "enrol", limit="code", status_code=201)
    def enrolment_approve(said: Approval, who: Who) -> LetIn:
        """Let in who shows this code."""
        issued = enrolments.approve(who, said.code, said.place, again=said.again)
        return LetIn(terminal=issued.terminal, rev=issued.rev)

    @door.post("/v1/enrolment/refuse", "enrol", limit="code", status_code=204)
    def enrolment_refuse(said: Coded, who: Who) -> None:
        """Turn away who shows this code."""
        enrolments.refuse(who, said.code)

    @door.post("/v1/terminals/{terminal}/retire", "retire", status_code=204)
    def terminal_retire(terminal: str, who: Who) -> None:
        """Put a terminal out of service for good."""
        enrolments.retire(who, terminal)

    @door.get("/v1/preauthorised", "enrol")
    def preauthorised(who: Who) -> tuple[Expected, ...]:
        """Serials that are let in by themselves."""
        return expected.all(who)

    @door.post("/v1/preauthorised", "enrol", most=MOST_TABLE, status_code=201)
    def preauthorise(table: Annotated[UploadFile, File()], who: Who) -> Counted:
        """Pre-authorise serials from a CSV: all its lines, or none."""
        return Counted(count=expected.take(who, table.file.read()))

    @door.delete("/v1/preauthorised/{serial}", "enrol", status_code=204)
    def preauthorised_forget(serial: str, who: Who) -> None:
        """Let a serial no longer in by itself."""
        expected.forget(who, serial)
