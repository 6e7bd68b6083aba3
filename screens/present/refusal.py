"""Why nobody is known from what was presented, in words that blame nobody. No Kivy."""

from hall.wire.messages import Source
from screens.visit import Terminal
from screens.words.faults import Told, fault_key, told

# Entries for a code that has none of its own, by what was presented.
_OTHERWISE: dict[Source, str] = {
    "id_card": "fault.card_unreadable",
    "social_card": "fault.card_unreadable",
    "resident_code": "identity.unread",
    "enterprise_code": "identity.unread",
    "typed": "identity.unread",
}
_OF_THE_HALL = ("hall.", "journal.")  # nothing was taken or lost: other words than where a number was wanted
# A card of the other device: the words of the ID-card reader speak of a plate to lay it on.
_OF_THE_SLOT = {"fault.card_unreadable": "fault.slot_unreadable", "fault.card_moved": "fault.slot_moved"}

# Showing the same once more would help nobody.
FINAL = frozenset({"code.other_city", "certificates.assurance", "fault.card_third_generation"})


def refusal_key(terminal: Terminal) -> str:
    """The catalogue's entry for what became of the last try."""
    visit = terminal.visit
    if visit.card_code.startswith(_OF_THE_HALL):
        return "identity.away"
    key = fault_key(terminal.words, visit.card_code, _OTHERWISE[visit.source])
    return _OF_THE_SLOT.get(key, key) if visit.source == "social_card" else key


def refusal(terminal: Terminal) -> Told:
    """The same in words: what happened, and what can be done."""
    return told(terminal.words, refusal_key(terminal))
