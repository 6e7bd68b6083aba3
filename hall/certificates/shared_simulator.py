"""A shared service of certificates, simulated over real sockets: the embedded library's people, signed JSON, faults.

Product code: integrators try their settings against it, tests their failures. It speaks what
``config.certificates.Shared`` asks for by default, with the states below.
``python -m hall.certificates.shared_simulator --help``
"""

import base64
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.people import everybody
from hall.certificates.port import Certificate
from hall.codes.port import Company, Holder
from hall.codes.simulated_service import FAULTS, Behaviour, SimulatedService, arguments, serve
from hall.wire.messages import CertificateStatus

GOOD, NOTHING = "0", "2001"
STATES: dict[str, CertificateStatus] = {
    "1": "valid",
    "2": "suspended",
    "3": "revoked",
}  # for ListFields.states
LINES = "surface"  # for ListFields.lines
LIST_PATH = "/CertShare/queryCertInfoByHolderCode"  # any other is asked for a face
SOMEBODY_ELSE = "somebody_else"  # the fault that a list is another person's


@dataclass
class Simulated(Behaviour):
    """What the service knows: the people of ``library``."""

    made_up: ClassVar = {
        "wrong_json": b'{"head":{"status":"0"},"data":[["?"],7]}',
        "oversized": b'{"head":{"status":"0"},"pad":"' + b"x" * 600_000 + b'"}',
        "unmapped": b'{"head":{"status":"777"}}',
        "no_picture": b'{"head":{"status":"0"},"data":{}}',
        "wrong_picture": b'{"head":{"status":"0"},"data":{"content":"PDF-1.7?"}}',
    }

    library: EmbeddedLibrary

    def answer(self, path: str, question: Any, fault: str) -> dict[str, Any]:
        asked = question["data"]
        if path != LIST_PATH:
            return self.face(asked["certIdentifier"])
        result = self.listed(asked["holderCode"], asked.get("certTypeCode", ""))
        if fault == SOMEBODY_ELSE:
            for entry in result.get("data", ()):
                entry["holder_code"] = entry["holder_code"][::-1]
        return result

    def listed(self, number: str, type_code: str) -> dict[str, Any]:
        found = [one for one in self._of(number) if type_code in ("", one.kind.code)]
        if not found:
            return {"head": {"status": NOTHING}}
        return {"head": {"status": GOOD}, "data": [_entry(one) for one in found]}

    def face(self, identifier: str) -> dict[str, Any]:
        every = (one for kept in everybody() for one in self._of(kept.number))
        found = next((one for one in every if one.identifier == identifier), None)
        if found is None:
            return {"head": {"status": NOTHING}}
        picture = base64.b64encode(self.library.face(found)).decode()
        return {"head": {"status": GOOD}, "data": {"content": picture}}

    def _of(self, number: str) -> tuple[Certificate, ...]:
        """By an ID number or a credit code, whichever it is."""
        return self.library.certificates(Holder(number, "")) or self.library.certificates(
            Holder("", "", company=Company("", number))
        )


def _entry(certificate: Certificate) -> dict[str, Any]:
    decided = {status: code for code, status in STATES.items()}
    return {
        "cert_identifier": certificate.identifier,
        "cert_type_code": certificate.kind.code,
        "cert_name": certificate.kind.name,
        "certno": certificate.number,
        "name": certificate.holder,
        "holder_code": certificate.holder_number,
        "issue_org": certificate.issuer,
        "issue_date": _day(certificate.issued),
        "zzyxqqsrq": _day(certificate.valid_from),
        "zzyxqjzrq": _day(certificate.valid_to),
        "cert_status": decided.get(certificate.status, "1"),
        LINES: dict(certificate.lines),
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else "长期"


class SharedSimulator(SimulatedService):
    simulated: Simulated


def main() -> None:
    parser = arguments(
        "hall.certificates.shared_simulator",
        "A shared service of certificates to try settings with; its people are the embedded library's.",
        (*FAULTS, *Simulated.made_up, SOMEBODY_ELSE),
        8444,
    )
    parser.add_argument("--font", type=Path, required=True, help="font file that faces are drawn with")
    asked = parser.parse_args()
    library = EmbeddedLibrary(asked.font, today=lambda: datetime.now(UTC).date())
    serve(SharedSimulator, Simulated(library), asked)


if __name__ == "__main__":
    main()
