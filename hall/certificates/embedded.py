"""The library that works out of the box: invented people, faces drawn here, nothing to connect to.

For demo, training and tests. Nobody real is in it, so a hall in production has to have another.
"""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from hall.certificates.faces import SAMPLE, drawn
from hall.certificates.identifier import make
from hall.certificates.kinds import known_kinds
from hall.certificates.people import everybody
from hall.certificates.port import Certificate
from hall.certificates.records import Kept, certificate_of
from hall.codes.port import Holder
from hall.wire.messages import OutsideView


class EmbeddedLibrary:
    """A ``CertificateLibrary``. ``people`` are kept besides those who come with it, and go before them."""

    def __init__(
        self, font: Path, people: Iterable[Kept] = (), *, today: Callable[[], date] = date.today
    ) -> None:
        self._font, self._today = font, today
        self._kept = {kept.number: kept for kept in (*everybody(), *people)}

    def certificates(self, holder: Holder) -> tuple[Certificate, ...]:
        """What is kept of ``holder``, or of the company that ``holder`` acts for."""
        kept = self._kept.get(holder.company.code if holder.company else holder.number)
        if kept is None:
            return ()
        today = self._today()
        return tuple(
            certificate_of(kept, record, _identifier(kept, place), today)
            for place, record in enumerate(kept.records, start=1)
        )

    def face(self, certificate: Certificate) -> bytes:
        return drawn(certificate, self._font, SAMPLE)

    def state(self) -> OutsideView:
        return OutsideView(name="certificates", kind="embedded", state="ok")

    def close(self) -> None:
        """Nothing is open."""


def _identifier(kept: Kept, place: int) -> str:
    """The serial says which of this holder's certificates it is; that a holder's number is in it is as usual."""
    record = kept.records[place - 1]
    return str(make(known_kinds()[record.kind].kind.code, record.issuer_code, f"{kept.number}{place:03}"))
