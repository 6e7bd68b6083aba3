"""Every refusal the hall can give, as RFC 9457 problem documents: one code, one status, one plain title.

``code`` is a key of the message catalogue; the titles here are for people who read protocols.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from hall.wire.messages import Problem

MEDIA_TYPE = "application/problem+json"

CODES: dict[str, tuple[int, str]] = {
    # the request itself
    "request.invalid": (422, "The request does not fit the schema"),
    "request.not_json": (400, "The body is not JSON"),
    "request.too_large": (413, "The body is too large"),
    "request.not_found": (404, "There is nothing at this address"),
    "request.method_not_allowed": (405, "This address does not know that method"),
    "request.range": (416, "The range is not bytes=N- within the file"),
    "request.refused": (400, "The request cannot be understood"),
    "auth.missing": (401, "A bearer token is needed"),
    "auth.wrong": (401, "The bearer token is not valid"),
    "auth.forbidden": (403, "This credential may not do that"),
    "idempotency.missing": (428, "The Idempotency-Key header is needed"),
    "idempotency.invalid": (400, "The Idempotency-Key header is not 1 to 64 letters, digits or _.:-"),
    "idempotency.key_reused": (409, "The key was used for another command"),
    # the queue's rules
    "hall.closed": (409, "The hall is closed"),
    "queue.unknown": (404, "There is no such queue"),
    "queue.closed": (409, "The queue is closed now"),
    "queue.quota_reached": (409, "All numbers of the day are given"),
    "queue.nobody_waiting": (409, "Nobody waits for this window"),
    "person.required": (409, "This queue needs an identified person"),
    "person.already_waiting": (409, "This person already holds a number of this queue"),
    "ticket.unknown": (404, "There is no such ticket today"),
    "ticket.wrong_state": (409, "The ticket is not in a state for that"),
    "ticket.not_yours": (409, "The ticket belongs to another window"),
    "paper.wrong_state": (409, "The paper is not in a state for that"),
    "recall.limit": (409, "The ticket was recalled as often as allowed"),
    "window.unknown": (404, "There is no such window"),
    "window.not_open": (409, "The window is not open"),
    "window.busy": (409, "The window has a ticket"),
    "window.no_current": (409, "The window has no ticket"),
    "window.not_serving": (409, "That window does not serve the queue"),
    # who somebody is. A terminal sends again what is answered with 5xx or 429, so a service outside the hall that
    # fails is 424 (it was asked, again and again, for as long as a citizen waits), and too many tries are 403.
    "code.unknown": (422, "That is not a code that is read here"),
    "code.expired": (422, "The code's time is over"),
    "code.replayed": (422, "The code was shown before"),
    "code.forged": (422, "The code's signature is wrong"),
    "code.other_city": (422, "The code is another city's"),
    "code.not_yet": (422, "The code is from the future"),
    "code.unreachable": (424, "The service that knows codes does not answer"),
    "code.garbled_answer": (424, "The service that knows codes answers nonsense"),
    "code.resting": (424, "The service that knows codes failed too often and is left alone for a while"),
    "code.too_many": (403, "Too many refused codes at this terminal"),
    "code.not_here": (409, "This hall reads no codes"),
    "presentation.unknown": (404, "Nothing of that is kept, or no more"),
    # certificates
    "certificates.not_here": (409, "This hall shows no certificates"),
    "certificates.assurance": (409, "It is not sure enough who it is to show certificates"),
    "certificates.unreachable": (424, "The library of certificates does not answer"),
    "certificates.garbled_answer": (424, "The library of certificates answers nonsense"),
    "certificates.resting": (
        424,
        "The library of certificates failed too often and is left alone for a while",
    ),
    "certificates.no_face": (404, "The library has no picture of the certificate"),
    "certificates.viewed": (409, "The certificate was viewed at the window already"),
    "certificates.gone": (410, "What was agreed to be shown is no more kept"),
    # appointments
    "appointment.checked_in": (409, "The appointment is checked in already"),
    "appointment.early": (409, "It is too early to check in"),
    "appointment.late": (409, "It is too late to check in"),
    "appointment.other_day": (409, "The appointment is of another day"),
    "appointment.wrong_hall": (409, "The appointment is of another hall"),
    "appointment.cancelled": (409, "The appointment was cancelled"),
    "appointment.unknown": (404, "There is no such appointment"),
    # the catalogue
    "catalogue.none": (404, "No catalogue is published here"),
    "catalogue.unknown_version": (404, "That version is not kept, or cannot be reached from the other"),
    "catalogue.unreadable": (503, "The folder of published catalogues cannot be read"),
    "catalogue.unknown_guide": (404, "There is no such guide in this version"),
    # the hall's own troubles; the same request may be sent again
    "hall.busy": (503, "Too many commands at once"),
    "hall.internal": (500, "The hall made a mistake"),
    "hall.stopping": (503, "The hall is stopping"),
    "journal.failed": (503, "The journal failed"),
    "journal.unwritable": (503, "The journal cannot be written"),
    "journal.disk_full": (503, "There is no room for the journal"),
    "journal.locked": (503, "The journal is held by another process"),
    "journal.corrupt": (503, "The journal is damaged"),
    "journal.too_new": (503, "The journal was written by a newer version"),
    "journal.sequence_taken": (503, "Another process was faster"),
}


NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Reply(NamedTuple):
    """What is sent back, byte for byte."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = NO_HEADERS


class Refused(Exception):
    """Becomes the problem document of ``code``. Says nothing of what was asked."""

    def __init__(self, code: str, facts: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def problem(code: str, facts: Mapping[str, str] | None = None, detail: str = "") -> Reply:
    """The problem document of ``code``."""
    status, title = CODES[code]
    document = Problem(title=title, status=status, detail=detail, code=code, facts=dict(facts or {}))
    headers = {"Retry-After": "1"} if status == 503 else NO_HEADERS
    return Reply(status, document.model_dump_json().encode(), MEDIA_TYPE, headers)
