"""Why nobody is known from what was presented, in words that blame nobody. No Kivy."""

from hall.wire.messages import Source
from screens.visit import Terminal
from screens.words.faults import Told, told

# Entries for a code that has none of its own, by what was presented.
_OTHERWISE: dict[Source, str] = {
    "id_card": "fault.card_unreadable",
    "social_card": "fault.card_unreadable",
    "resident_code": "identity.unread",
    "enterprise_code": "identity.unread",
    "typed": "identity.unread",
}
_AWAY = ("hall.", "journal.")
_OF_ANY_DEVICE = "fault.device_"
# A card of the other device: the words of the ID-card reader speak of a plate to lay it on.
_OF_THE_SLOT = {"fault.card_unreadable": "fault.slot_unreadable", "fault.card_moved": "fault.slot_moved"}

# Showing the same once more would help nobody.
FINAL = frozenset({"code.other_city", "certificates.assurance", "fault.card_third_generation"})


def refusal_key(terminal: Terminal) -> str:
    """The catalogue's entry for what became of the last try."""
    words, visit = terminal.words, terminal.visit
    code, otherwise = visit.card_code, _OTHERWISE[visit.source]
    if code.startswith(_AWAY):
        return "identity.away"
    if code.startswith(_OF_ANY_DEVICE) or f"{code}.title" not in words:
        code = otherwise
    return _OF_THE_SLOT.get(code, code) if visit.source == "social_card" else code


def refusal(terminal: Terminal) -> Told:
    """The same in words: what happened, and what can be done."""
    return told(terminal.words, refusal_key(terminal))
