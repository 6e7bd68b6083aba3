"""Watches the slot for chip cards and turns a social-security card into a ``Person``, on the slot's own thread.

Number and name live in local variables of one call and nowhere else. A slot that fails is reported once, opened
again with patience, and reported again when it is back; a terminal without PC/SC is told so once and goes on.
"""

import logging
from collections.abc import Callable

from drivers.errors import DeviceProtocol, DeviceRefused, DriverError
from drivers.pcsc.errors import CardPulled, CardUnreadable, PcscMissing
from drivers.pcsc.slot import Inserted, Removed, Slot
from drivers.pcsc.social_card import SocialCard, read_social_card
from drivers.ports import Clock
from kiosk.hall_client import HallError
from kiosk.identity import Attempt, IdentityDesk, Malformed, untold
from screens.events import CardInSlot, Event, NotKnown, PersonKnown, Presented, SlotChanged

log = logging.getLogger(__name__)

LOOK = 0.5  # seconds that one look may take: that long a closing worker waits
OPEN_EVERY = 1.0  # seconds between two tries to open a slot that is away
NEVER = 3600.0  # PC/SC doesn't get installed while the terminal runs
CALM = 2.0  # seconds after which a slot that was opened has found the card that was in it all the time
TRIES = 3  # of one card: contacts bounce while it is being pushed in
SETTLE = 0.3  # seconds between them
NOT_THE_SLOT = (DeviceRefused, DeviceProtocol, HallError)  # what spoils one reading while the slot is well


class SocialCardWatch:
    """``idle`` belongs to the slot's worker thread; ``watch`` may be called from any.

    ``bare``: nothing was in it a moment ago, so what is at the first look was put in for us.
    """

    def __init__(
        self,
        slot_factory: Callable[[], Slot],
        clock: Clock,
        desk: IdentityDesk,
        post: Callable[[Event], None],
        *,
        bare: bool = False,
    ) -> None:
        self._make, self._clock, self._desk, self._post = slot_factory, clock, desk, post
        self._slot: Slot | None = None
        self._fault: str | None = "fault.starting"
        self._on = False
        self._inside = self._said_inside = False
        # The visit in which the slot was empty: what is put in is its own.
        self._bare: object | None = desk.visit if bare else None
        self._sure = False  # that the slot was empty, by what it said since it was opened
        self._sure_at = 0.0
        self._told = (
            False  # what is known of the card that is in; until it leaves, or somebody else wants to know
        )

    def watch(self, on: bool) -> None:
        self._on, self._told = on, False

    def idle(self) -> float:
        """Look once, for half a second at most; the seconds to wait before the next look."""
        try:
            self._look()
        except PcscMissing as error:
            self.close()
            self._changed(error.code, str(error))
            return NEVER
        except DriverError as error:
            self.close()
            self._changed(error.code, str(error))
            return OPEN_EVERY
        return 0.0

    def failed(self, code: str) -> None:
        """Something unforeseen went wrong on this thread: told once, and over with the next look that is well."""
        self.close()
        self._changed(code, "")

    def leaves_bare(self) -> bool:
        """Whether nothing was in it at the last look."""
        return self._slot is not None and self._sure and not self._inside

    def close(self) -> None:
        slot, self._slot = self._slot, None
        self._inside = self._told = False
        if slot is not None:
            slot.close()

    def _look(self) -> None:
        if self._slot is None:
            self._slot, self._sure, self._sure_at = self._make(), False, self._clock.now() + CALM
        slot, visit = self._slot, self._desk.visit
        news = slot.wait(LOOK)
        self._changed(None, "")
        match news:
            case Inserted():
                self._inside, self._told = True, False
                if self._sure:
                    self._bare = self._desk.visit  # it went in just now
            case Removed():
                self._inside = False
        self._say_inside()
        if isinstance(news, Removed) or (not self._inside and self._clock.now() >= self._sure_at):
            self._bare, self._sure = visit, True
        if self._inside and self._on and not (self._told or self._left_behind):
            self._present(slot)

    @property
    def _left_behind(self) -> bool:
        """Whether the card that is in was there before this visit began: it is nobody's until it is taken out."""
        return self._bare is not self._desk.visit

    def _present(self, slot: Slot) -> None:
        """Whatever is put in has an end that is told: a person, or why there is none."""
        attempt = self._desk.begin()
        if self._left_behind:  # since a moment ago
            return
        self._told = True
        self._post(Presented("social_card", attempt.id))
        try:
            known = self._known(attempt, self._read(slot))
        except NOT_THE_SLOT as error:
            self._post(NotKnown(error.code, attempt.id))
        except Exception as error:
            code = error.code if isinstance(error, DriverError) else "fault.internal"
            self._post(NotKnown(code, attempt.id))
            if isinstance(error, DriverError):
                raise
            raise untold(error, "a card was read") from None
        else:
            self._post(known)

    def _read(self, slot: Slot) -> SocialCard:
        """A fresh connection for each try; a card that is not well seated yet gets more than one."""
        for left in reversed(range(TRIES)):
            try:
                with slot.connect() as card:
                    return read_social_card(card.transmit)
            except (CardPulled, DeviceProtocol):
                if not left:
                    raise
                self._clock.sleep(SETTLE)
        raise AssertionError("the last try returns or raises")

    def _known(self, attempt: Attempt, card: SocialCard) -> PersonKnown:
        try:
            return self._desk.by_document(attempt, "social_card", number=card.number, name=card.name)
        except Malformed as error:
            raise CardUnreadable(f"flaw={error.code}") from None

    def _say_inside(self) -> None:
        if self._inside != self._said_inside:
            self._said_inside = self._inside
            self._post(CardInSlot(self._inside))

    def _changed(self, fault: str | None, facts: str) -> None:
        if fault is not None:
            self._say_inside()
        if fault != self._fault:
            self._fault = fault
            log.info("device=slot state=%s %s", fault or "ok", facts)
            self._post(SlotChanged(fault))
