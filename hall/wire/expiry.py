"""When a TLS connection ends by itself: the first of its certificates to run out, and whose that is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.x509 import Certificate

Whose = Literal["broker", "authority", "client"]


@dataclass(frozen=True, slots=True)
class Expiry:
    """``at``: UTC seconds since 1970. ``whose``: the broker's, that of whom it must come from, or our own."""

    at: float
    whose: Whose

    def days(self, wall: float) -> float:
        """Left at ``wall``; below 0 it has run out."""
        return (self.at - wall) / 86400


def first_to_end(
    broker: Certificate, trusted: Sequence[Certificate], client: Certificate | None, wall: float
) -> Expiry:
    """Of a connection made at ``wall``. ``trusted``: the authorities we chose ourselves, none for the system's."""
    ends = [Expiry(_end(broker), "broker")]
    if authorities := [_end(one) for one in trusted if _issued(one, broker)]:
        # one that was renewed vouches in the place of the old one
        ends.append(Expiry(max(authorities), "authority"))
    elif good := [end for one in trusted if (end := _end(one)) > wall]:
        # others stand between: any of these may be the one
        ends.append(Expiry(min(good), "authority"))
    if client is not None:
        ends.append(Expiry(_end(client), "client"))
    return min(ends, key=lambda expiry: expiry.at)


def _end(certificate: Certificate) -> float:
    return certificate.not_valid_after_utc.timestamp()


def _issued(authority: Certificate, certificate: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):  # another key, another name, a key that cannot sign
        return False
    return True
