"""Which materials of the guide that is read need not be handed in (免提交), thanks to a certificate. No Kivy."""

from dataclasses import dataclass

from hall.catalogue.cases import holds, materials_of, next_question
from hall.catalogue.model import Material
from hall.certificates.covers import can_be_spared, covering
from screens.visit import Visit


@dataclass(frozen=True, slots=True)
class Spared:
    """The materials that apply after what was answered, and for each the certificate that stands in for it."""

    materials: tuple[Material, ...] = ()
    places: tuple[int, ...] = ()  # of each among all that the page has, as its checklist counts them
    by: tuple[str, ...] = ()  # id of the certificate; "": none does

    @property
    def covered(self) -> tuple[str, ...]:
        """Names of what need not be handed in."""
        return tuple(m.name for m, by in zip(self.materials, self.by, strict=True) if by)

    @property
    def left(self) -> tuple[str, ...]:
        """Names of what must still be brought."""
        return tuple(m.name for m, by in zip(self.materials, self.by, strict=True) if not by)

    @property
    def certificates(self) -> tuple[str, ...]:
        """Those that stand in for something, each once."""
        return tuple(dict.fromkeys(filter(None, self.by)))

    @property
    def covered_places(self) -> frozenset[int]:
        return frozenset(place for place, by in zip(self.places, self.by, strict=True) if by)

    @property
    def most(self) -> int:
        """How many could be spared by somebody who has every certificate that is named."""
        return sum(can_be_spared(material) for material in self.materials)


def spared(visit: Visit) -> Spared:
    """Of the guide that is read; empty without one. While a question is open, all its materials count."""
    reading = visit.reading
    if reading is None:
        return Spared()
    answers = dict(visit.answers)
    still_open = next_question(reading.page.cases, answers) is not None
    applying = [
        (place, material)
        for place, material in enumerate(materials_of(reading.page, reading.members))
        if still_open or holds(material.when, answers)
    ]
    materials = tuple(material for _place, material in applying)
    shown = visit.presentation.certificates if visit.presentation is not None else ()
    return Spared(materials, tuple(place for place, _material in applying), covering(materials, shown))
