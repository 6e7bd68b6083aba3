"""What one kiosk process is told: what the fleet can tell it, and what only its machine knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from config.migrations import migrate
from config.part import Id, Part, mistake
from config.problems import Problem, SettingsError, validated
from config.roles import read_by_role
from config.settings import Devices, HallSource, Role, Screen, Services, Settings, Voice

__all__ = [
    "Demo",
    "Devices",
    "Kiosk",
    "Machine",
    "Role",
    "Screen",
    "Services",
    "Source",
    "Voice",
    "compose",
]


class Source(HallSource):
    """Where the hall is. Secrets stay in files that only this account can read."""

    token_file: Path = Field(description="File with this device's bearer token")
    broker_file: Path = Field(description="File with the broker's URL, mqtt://user:password@host:1883")


NOWHERE = Source.model_construct(hall="", url="", token_file=Path(), broker_file=Path())


class Demo(Part):
    """Conveniences for trying and testing. ``production`` refuses all of them."""

    pane: Path | None = Field(default=None, description="Unix socket that shows and touches the screen")
    clock_ahead: float = Field(
        default=0, description="Seconds that the demo's clock is ahead of the machine's"
    )
    catalogue_every: float | None = Field(
        default=None, ge=0.2, description="Seconds between two looks for a new catalogue; unset: some minutes"
    )


class Kiosk(Settings):
    """One kiosk process. All that the fleet can tell it, and:"""

    id: Id = Field(description="Of this device, in its hall and its fleet")
    revision: int = Field(default=0, ge=0, description="Of the fleet's document that this is; 0: none")
    production: bool = Field(default=True, description="Refuses whatever is for demos")
    state_dir: Path = Field(description="Where the paper ledger lives; no personal data")
    control: Path | None = Field(
        default=None,
        description="Unix socket on which the machine's agent asks how it is; unset: nobody asks",
    )
    source: Source = Field(default=NOWHERE, description="Where the hall is; only the role enrol needs none")
    demo: Demo = Demo()

    @model_validator(mode="after")
    def _whole(self) -> "Kiosk":
        if self.role != "enrol" and not self.source.hall:
            raise mistake("source", f"role {self.role} needs a hall")
        if self.production and self.demo != Demo():
            raise ValueError("demo conveniences cannot be switched on in production; set production = false")
        return self


@dataclass(frozen=True, slots=True)
class Machine:
    """What the agent adds to the fleet's settings. ``revision`` is the document's."""

    id: str
    state_dir: Path
    token_file: Path
    broker_file: Path
    control: Path | None = None
    revision: int = 0
    production: bool = True
    demo: Mapping[str, Any] = field(default_factory=dict)


def compose(settings: Mapping[str, Any], machine: Machine) -> dict[str, Any]:
    """The settings of the kiosk process on ``machine``, JSON-able: write them as a .json file.

    Checked as a whole; what comes back will load, and has nothing that its role does not read (config.roles). The
    role "enrol", for a machine that is not in the fleet yet, needs no more than a ``name``. Raises SettingsError,
    naming each key.
    """
    whole = migrate(settings)
    source = whole.get("source")
    reached = [key for key in Kiosk.model_fields if key in whole and key not in Settings.model_fields]
    if reached:
        raise SettingsError(Problem(key, whole[key], "is for the machine alone to say") for key in reached)
    if whole.get("role") == "enrol" and source is not None:
        raise SettingsError([Problem("role", "enrol", "is for a machine that is not in the fleet yet")])
    if isinstance(source, Mapping):
        files = {"token_file": str(machine.token_file), "broker_file": str(machine.broker_file)}
        whole["source"] = {**source, **files}
    whole |= {
        "id": machine.id,
        "revision": machine.revision,
        "production": machine.production,
        "state_dir": str(machine.state_dir),
        **({"control": str(machine.control)} if machine.control else {}),
        **({"demo": dict(machine.demo)} if machine.demo else {}),
    }
    validated(Kiosk, whole)
    return read_by_role(whole)
