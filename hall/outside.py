"""What a hall asks beyond itself, as its settings name it: whose a code is, and who has which certificates."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from config.certificates import Certificates
from config.hall import Hall
from hall.certificates.choose import library
from hall.certificates.people import companies, people
from hall.certificates.port import CertificateLibrary
from hall.certificates.records import Kept
from hall.codes.choose import embedded, verifier
from hall.codes.embedded import Issuer
from hall.codes.port import CodeVerifier, Holder
from hall.enquiry import Rules

_GUESTS = TypeAdapter(tuple[Kept, ...])


class Outside:
    """Opened once for a process. Raises OSError or ValueError where a file of the settings cannot be read."""

    def __init__(
        self,
        hall: Hall,
        data: Path,
        font: Path,
        clock: Callable[[], datetime],
        guests: tuple[Kept, ...] = (),
    ) -> None:
        """``guests``: invented people whom an embedded library has besides its own."""
        self.verifier: CodeVerifier | None = None
        self.issuer: Issuer | None = None  # of the embedded codes
        self.library: CertificateLibrary | None = None
        if hall.codes is not None and hall.codes.kind == "embedded":
            self.issuer, self.verifier = embedded(hall.codes, hall.region, data, clock())
        elif hall.codes is not None:
            self.verifier = verifier(hall.codes, hall.region, data, clock())
        if hall.certificates is not None:
            self.library = library(hall.certificates, font, now=lambda: hall.local(clock()), guests=guests)
        wanted = hall.certificates or Certificates()
        self.rules = Rules(assurance=wanted.assurance, seconds=wanted.seconds)
        self.share_seconds = wanted.share_seconds

    def close(self) -> None:
        for one in (self.verifier, self.library):
            if one is not None:
                one.close()


def invented(guests: tuple[Kept, ...] = ()) -> tuple[Holder, ...]:
    """The people and companies of the embedded library, for a demo's phones; ``guests`` come last."""
    return (*people(), *companies(), *(guest.holder for guest in guests))


def guests_in(content: bytes) -> tuple[Kept, ...]:
    """Invented people as ``guests_as_json`` writes them. Raises ValueError, whose text quotes nobody."""
    try:
        return _GUESTS.validate_json(content)
    except ValidationError as error:
        raise ValueError(f"{error.error_count()} mistakes in the people given") from None


def guests_as_json(guests: tuple[Kept, ...]) -> bytes:
    return _GUESTS.dump_json(guests)
