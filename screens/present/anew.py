"""Nobody is known yet: what a screen that asks who one is begins with. No Kivy."""

from screens.visit import Visit


def begin_anew(visit: Visit) -> None:
    """Drop who was known, all that was found of them, and an answer that is still on its way."""
    visit.person, visit.presentation = None, None
    visit.card, visit.card_code, visit.attempt, visit.typed = "", "", "", ""
    visit.chosen, visit.agreed = (), False
    visit.appointments, visit.appointments_code, visit.appointment, visit.asked = None, "", "", ""
