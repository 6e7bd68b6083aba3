"""Who somebody is and what they show, as the terminal asks the hall for it: a worker and a connection of its own.

So a certificate that is slow to come never holds up a number.
"""

import logging
from collections.abc import Callable

from hall.wire.messages import Chosen, FindAppointments
from kiosk.hall_client import HallClient, HallError
from kiosk.identity import IdentityDesk, Malformed, untold
from kiosk.pictures import NoPicture, decoded
from kiosk.workers import Worker
from screens.effects import FetchFace, IdentifyTyped, LookUpAppointments, ShareCertificates
from screens.events import (
    AppointmentsFailed,
    AppointmentsFound,
    Event,
    FaceFailed,
    FaceReady,
    NotKnown,
    PersonKnown,
    Shared,
    ShareFailed,
)

log = logging.getLogger(__name__)

Question = IdentifyTyped | FetchFace | ShareCertificates | LookUpAppointments


class Showing:
    """``carry_out`` and ``over`` belong to the journey's thread; the rest happens on the worker."""

    def __init__(
        self, client: HallClient, identity: IdentityDesk, phone_url: str, post: Callable[[Event], None]
    ) -> None:
        self._client, self._identity, self._post = client, identity, post
        self._phone_url = phone_url.rstrip("/")
        self._held: set[str] = set()  # presentations that the hall still keeps for this terminal
        self._worker = Worker("showing")

    def start(self) -> None:
        self._worker.start()

    def close(self) -> None:
        self._worker.close()

    def carry_out(self, question: Question) -> None:
        self._worker.do(lambda: self._ask(question))

    def over(self, event: Event, current: str) -> set[str]:
        """Presentations for the hall to forget: all but ``current``, the one at the glass ("" for none).

        Also one that became known when its citizen had left. Each is named once.
        """
        if isinstance(event, PersonKnown) and event.presentation is not None:
            self._held.add(event.presentation.id)
        over = self._held - {current}
        self._held -= over
        return over

    def _ask(self, question: Question) -> None:
        """Whatever is asked has an end that is told."""
        try:
            self._post(self._answered(question))
        except (HallError, Malformed, NoPicture) as error:
            self._post(_failed(question, error.code))
        except Exception as error:  # noqa: BLE001  the worker logs what is raised, without its text
            self._post(_failed(question, "fault.internal"))
            raise untold(error, f"{type(question).__name__} was answered") from None

    def _answered(self, question: Question) -> Event:
        match question:
            case IdentifyTyped(attempt, number):
                return self._identity.by_document(self._identity.named(attempt), "typed", number=number)
            case FetchFace(key, presentation, certificate):
                return FaceReady(key, decoded(self._client.face(presentation, certificate)))
            case ShareCertificates(key, presentation, certificates):
                share = self._client.share(key, presentation, Chosen(certificates=certificates))
                return Shared(key, self._phone_url + share.path, share.seconds)
            case LookUpAppointments(key, person, number):
                wanted = (
                    FindAppointments(person=person.pseudonym)
                    if person is not None
                    else FindAppointments(number=number)
                )
                return AppointmentsFound(key, self._client.appointments(key, wanted).appointments)


def _failed(question: Question, code: str) -> Event:
    match question:
        case IdentifyTyped(attempt):
            return NotKnown(code, attempt)
        case FetchFace(key):
            return FaceFailed(key, code)
        case ShareCertificates(key):
            return ShareFailed(key, code)
        case LookUpAppointments(key):
            return AppointmentsFailed(key, code)
