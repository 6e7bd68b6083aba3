"""Whose code is this? The port to whoever can say: a province's gateway, or the embedded verifier.

A code (居民码, 企业码) is an opaque, short-lived token. It is passed on as it was read and never parsed on a terminal.

CodeError
├── CodeRefused    the verifier answered: no. ``code`` says why, in words for people:
│                  code.unknown       not one of the codes that are read here
│                  code.expired       its time is over
│                  code.replayed      it was shown before
│                  code.forged        its signature is wrong
│                  code.other_city    good, but another city's
│                  code.not_yet       from the future: a clock is wrong
└── VerifierAway   nobody could say: code.unreachable, code.garbled_answer, code.resting (circuit breaker open)
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from hall.wire.messages import OutsideView

CodeSource = Literal["resident_code", "enterprise_code"]


class CodeError(Exception):
    """The message carries facts for operations, never what was in the code."""

    def __init__(self, code: str, facts: str = "") -> None:
        super().__init__(f"{code} {facts}".strip())
        self.code = code


class CodeRefused(CodeError):
    pass


class VerifierAway(CodeError):
    pass


@dataclass(frozen=True, slots=True)
class Company:
    """Whom somebody acts for."""

    name: str = field(repr=False)
    code: str = field(repr=False)  # unified social credit code, GB 32100
    authority: str = field(default="", repr=False)  # what the agent may do for it, in words
    authority_until: date | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a code or a document stands for. In the hall's memory, for the length of one presentation."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    birth: date | None = field(default=None, repr=False)
    company: Company | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Verified:
    holder: Holder
    source: CodeSource


class CodeVerifier(Protocol):
    """Blocking; called on threads of its own, several at once."""

    def verify(self, code: str, now: datetime) -> Verified:
        """Whose code it is. ``now`` is the hall's aware clock. Within 3.5 s. Raises CodeRefused, VerifierAway."""

    def state(self) -> OutsideView:
        """How it stands, for operations. From any thread."""

    def close(self) -> None: ...
