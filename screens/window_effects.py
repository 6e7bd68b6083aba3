"""What the caller pad wants done; the wiring carries it out and answers with the event that is named here."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendCommand:
    """``POST /v1/windows/{id}/<verb>`` with ``body``. The same ``key`` again is the same command.

    Answered with CommandDone or CommandRefused.
    """

    key: str
    verb: str
    body: Mapping[str, str | bool]


@dataclass(frozen=True, slots=True)
class AskCertificates:
    """What the citizen at the window agreed to show. Answered with CertificatesSeen or CertificatesFailed."""

    key: str


@dataclass(frozen=True, slots=True)
class ViewCertificate:
    """The picture of one of them, once. The same ``key`` again is the same view.

    Answered with FaceReady or FaceFailed.
    """

    key: str
    certificate: str


WindowEffect = SendCommand | AskCertificates | ViewCertificate
