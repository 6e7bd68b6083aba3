"""All that a terminal keeps about its instructions, as one value: it is on the disk whole or not at all."""

from pydantic import AwareDatetime, Field

from provisioning.wire.documents import Document
from provisioning.wire.messages import Answer, BrokerAccess, Fault, Said, State, Verb

ATTEMPTS = 2  # starts of the machine that one trial may take: a power cut is no proof, two are


class Trial(Said):
    """A document on probation. ``attempts`` were begun; ``devices`` is how they were before (None: not known)."""

    document: Document
    attempts: int
    devices: dict[str, str] | None = None


class Standing(Said):
    """How this terminal stands with the newest document it has accepted."""

    rev: int
    etag: str
    state: State
    fault: Fault | None = None


class Used(Said):
    """A command that was accepted. ``answer`` None: it had not ended when this was written."""

    verb: Verb
    expires: float
    answer: Answer | None = None


class Way(Said):
    """How broker and centre are reached, told by the access of ``since``. ``good``: proven; None: as at enrolment.

    ``wanted``: came, and has yet to prove itself. ``centre_ca``: trusted for the centre besides the machine's own.
    """

    since: AwareDatetime | None = None
    good: BrokerAccess | None = None
    wanted: BrokerAccess | None = None
    centre_ca: str | None = None


class Kept(Said):
    """``floor``: highest revision ever accepted, with its etag. ``reserved``: event numbers that may be in use.

    ``keys``: the centre's that are trusted, of all that were made until ``keys_until``.
    ``not_before``: UTC seconds that it is at least, whatever the clock says: what expired before stays expired.
    """

    v: int = 1
    boots: int = 0
    floor: int = 0
    floor_etag: str = ""
    keys: dict[str, str] = Field(default={})
    keys_until: AwareDatetime | None = None
    good: Document | None = None
    before: Document | None = None
    staged: Document | None = None
    trial: Trial | None = None
    standing: Standing | None = None
    used: dict[str, Used] = Field(default={})
    not_before: float = 0.0
    reserved: int = 0
    way: Way = Way()
