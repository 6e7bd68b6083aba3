"""Whether a button can be pressed now: the link, the rules, and a command that is still on its way. No Kivy."""

from dataclasses import replace

from screens.caller.known import Known
from screens.caller.rules import why_not
from screens.caller.view_model import Button
from screens.words.phrase import Phrase


def blocked(known: Known, button: Button, verb: str = "", *, why: Phrase | None = None) -> Button:
    """``button`` with the reason, if there is one. ``verb`` where the rules know it by another name than its
    intent; ``why`` where there is a reason of its own, weaker than the link and the rules.
    """
    if known.lost:
        return replace(button, why=Phrase("caller.why.lost"))
    if reason := why_not(verb or button.intent, known.stage) or why:
        return replace(button, why=reason)
    if known.pending is None:
        return button
    return replace(
        button,
        why=Phrase("caller.why.busy"),
        waits=not known.pending.slow,
        pressed=known.pending.button == (button.intent, button.value),
    )
