"""From what a card said, a code held or a finger typed to a ``Person``: one idea for all of them.

Numbers and names pass through as arguments of one call on the thread that read them. For a number or a check-in the
terminal makes the pseudonym itself and the hall never hears the number; for certificates the hall is asked, because
only it can look for them. A code is an opaque token: only the hall can say whose it is.
"""

import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from traceback import extract_tb
from typing import Any, Literal, Protocol

from pydantic import ValidationError

from drivers.idcard.numbers import check_number
from hall.wire.identity import ASSURANCE, masked_name, priority_of, pseudonym
from hall.wire.messages import Present, PresentationView, Purpose
from screens.events import Person, PersonKnown

DocumentSource = Literal["id_card", "social_card", "typed"]
BEGUN = 32  # attempts that are remembered; one counts for the moment until it is told of


class Malformed(Exception):
    """What was read can be nobody's; ``code`` says why (id_number.check_digit, code.unknown …)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def untold(error: Exception, doing: str) -> RuntimeError:
    """What to raise instead of ``error`` where a log may get it: its kind and place, not its text, which may quote
    a number, a name or a code. Raise it ``from None``."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    return RuntimeError(f"{type(error).__name__} at {' > '.join(places)} while {doing}")


class PresentsToHall(Protocol):
    """The part of the hall's client that is needed here."""

    def present(self, key: str, request: Present) -> PresentationView:
        """Raises HallRefused, HallUnreachable; within five seconds."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that something was presented, and what for."""

    id: str
    purpose: Purpose
    item: str = ""


class IdentityDesk:
    """``watch`` is called by the journey's thread, the rest by the threads of the devices."""

    def __init__(
        self,
        hall: PresentsToHall,
        day_key: Callable[[date], bytes],
        today: Callable[[], date],
        make_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._hall, self._day_key, self._today, self._make_id = hall, day_key, today, make_id
        self._wanted: tuple[Purpose, str] | None = None
        self._asking = threading.Lock()  # one connection to the hall, several devices
        self._visit = object()
        self._begun: deque[str] = deque(maxlen=BEGUN)

    def watch(self, purpose: Purpose | None, item: str = "") -> None:
        """What the next card or code is wanted for; None: for nothing."""
        self._wanted = (purpose, item) if purpose is not None else None

    @property
    def wanted(self) -> bool:
        return self._wanted is not None

    @property
    def visit(self) -> object:
        """Stands for who is at the glass: another one after each ``left``."""
        return self._visit

    def left(self) -> None:
        """A visit is over. Whatever lies on a device now belongs to somebody who has gone."""
        self._visit = object()
        self._begun.clear()

    def begin(self) -> Attempt:
        """Something is there to be read; its answer will carry the attempt's id.

        Begin before the last look at ``visit``: then whatever the end of a visit overtakes is either seen there, or
        not ``current``.
        """
        attempt = self.named(self._make_id())
        self._begun.append(attempt.id)
        return attempt

    def current(self, attempt: str) -> bool:
        """Whether it was begun in the visit that is at the glass now."""
        return attempt in self._begun

    def named(self, attempt: str) -> Attempt:
        """An attempt that the journey itself has begun: a number that was typed."""
        purpose, item = self._wanted or ("number", "")
        return Attempt(attempt, purpose, item)

    def by_document(
        self, attempt: Attempt, source: DocumentSource, *, number: str, name: str = ""
    ) -> PersonKnown:
        """Who holds the document. Raises Malformed, HallError."""
        today = self._today()
        checked = check_number(number, today=today)
        if checked.flaw is not None:
            raise Malformed(checked.flaw)
        if attempt.purpose == "certificates":
            document = {"source": source, "number": number, "name": name}
            return self._present(attempt, "fault.card_unreadable", document=document)
        with self._asking:
            key = self._day_key(today)
        person = Person(
            pseudonym(key, number),
            masked_name(name),
            priority_of(checked.birth, today),
            source,
            ASSURANCE[source],
        )
        return PersonKnown(person, attempt.id)

    def by_code(self, attempt: Attempt, text: str) -> PersonKnown:
        """Whose code ``text`` is, as the hall's verifier says. Raises Malformed, HallError."""
        return self._present(attempt, "code.unknown", code=text)

    def _present(self, attempt: Attempt, unfit: str, **shown: Any) -> PersonKnown:
        """Raises Malformed with ``unfit`` for what the hall's rules have no room for."""
        try:
            request = Present.model_validate(
                {"purpose": attempt.purpose, "item": attempt.item or None, **shown}
            )
        except ValidationError:  # its text quotes what was shown
            raise Malformed(unfit) from None
        with self._asking:
            view = self._hall.present(attempt.id, request)
        person = Person(view.person, view.masked_name, view.priority, view.source, view.assurance)
        return PersonKnown(person, attempt.id, view if view.id else None)
