"""The signed words of a catalogue file: which catalogue it is, and the hash of all else in it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from config.part import Part
from hall.catalogue.answers import About
from hall.catalogue.schema import canonical

Count = Annotated[int, Field(ge=0)]


class Manifest(Part):
    format: Literal[1] = 1
    hall: str
    name: str
    name_en: str
    revision: Annotated[int, Field(ge=1)]
    region: str
    published: date
    content: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    names: Count
    guides: Count
    bundles: Count
    vocabulary: str

    def written(self) -> str:
        """Canonical JSON: what is signed."""
        return canonical(self.model_dump(mode="json"))

    def about(self) -> About:
        values = self.model_dump(exclude={"format"})
        return About(version=f"{self.revision}-{self.content[:8]}", **values)
