"""From what a card said, a code held or a finger typed to a ``Person``: one idea for all of them.

Numbers and names pass through as arguments of one call on the thread that read them. For a number or a check-in the
terminal makes the pseudonym itself and the hall never hears the number; for certificates the hall is asked, because
only it can look for them. A code is an opaque token: only the hall can say whose it is.
"""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from drivers.idcard.numbers import check_number
from hall.wire.identity import ASSURANCE, masked_name, priority_of, pseudonym
from hall.wire.messages import Document, Present, PresentationView, Purpose
from screens.events import Person, PersonKnown

DocumentSource = Literal["id_card", "social_card", "typed"]


class BadNumber(Exception):
    """A document's number cannot be one; ``code`` says why (id_number.check_digit …)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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

    def watch(self, purpose: Purpose | None, item: str = "") -> None:
        """What the next card or code is wanted for; None: for nothing."""
        self._wanted = (purpose, item) if purpose is not None else None

    @property
    def wanted(self) -> bool:
        return self._wanted is not None

    def begin(self) -> Attempt:
        """Something is there to be read; its answer will carry the attempt's id."""
        return self.named(self._make_id())

    def named(self, attempt: str) -> Attempt:
        """An attempt that the journey itself has begun: a number that was typed."""
        purpose, item = self._wanted or ("number", "")
        return Attempt(attempt, purpose, item)

    def by_document(
        self, attempt: Attempt, source: DocumentSource, *, number: str, name: str = ""
    ) -> PersonKnown:
        """Who holds the document. Raises BadNumber, HallError."""
        today = self._today()
        checked = check_number(number, today=today)
        if checked.flaw is not None:
            raise BadNumber(checked.flaw)
        if attempt.purpose == "certificates":
            document = Document(source=source, number=number, name=name)
            return self._present(
                attempt, Present(purpose="certificates", document=document, item=attempt.item or None)
            )
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
        """Whose code ``text`` is, as the hall's verifier says. Raises HallError."""
        return self._present(attempt, Present(purpose=attempt.purpose, code=text, item=attempt.item or None))

    def _present(self, attempt: Attempt, request: Present) -> PersonKnown:
        with self._asking:
            view = self._hall.present(attempt.id, request)
        person = Person(view.person, view.masked_name, view.priority, view.source, view.assurance)
        return PersonKnown(person, attempt.id, view if view.id else None)
