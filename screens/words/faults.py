"""Words for a code: what happened, what it means for the citizen, what can be done. No Kivy."""

from dataclasses import dataclass

from screens.words.words import Words


@dataclass(frozen=True, slots=True)
class Told:
    """A fault in words."""

    title: str = ""
    line: str = ""


# The drivers' own codes say the same of every device (drivers.errors); here it is known which one it was.
_ANY_DEVICE = {"fault.device_absent", "fault.device_silent", "fault.device_garbled", "fault.device_refused"}

_OF_THE_HALL = ("hall.", "journal.")  # its own troubles are all one to a citizen: no number came of it


def fault_key(words: Words, code: str, otherwise: str = "fault.internal") -> str:
    """The catalogue's entry for ``code``: its own, or ``otherwise`` where there is none."""
    if f"{code}_unsaid.title" in words:  # its own words need facts that nobody has here
        return f"{code}_unsaid"
    if code not in _ANY_DEVICE and f"{code}.title" in words:
        return code
    return "hall.unreachable" if code.startswith(_OF_THE_HALL) else otherwise


def told(words: Words, code: str, otherwise: str = "fault.internal") -> Told:
    """The words for ``code``. ``otherwise`` names the entry for a code that has none of its own."""
    key = fault_key(words, code, otherwise)
    return Told(words(f"{key}.title"), words(f"{key}.line"))
