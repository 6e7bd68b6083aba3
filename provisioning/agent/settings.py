"""What the agent of one machine is told, once, when it is installed. All else comes from the centre."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from config.kiosk import Demo
from config.part import Part

Serial = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+$", max_length=200)]


HERE = ("127.0.0.1", "::1", "localhost")


class Machine(Part):
    """What goes into the settings of the kiosk process beside what the fleet says."""

    production: bool = Field(default=True, description="Refuses whatever is for demos")
    demo: Demo | None = Field(default=None, description="Conveniences for trying and testing")
    module: str = Field(
        default="kiosk", pattern=r"^[a-z_.]+$", description="What runs: python -m MODULE SETTINGS"
    )


class AgentSettings(Part):
    """The file ``python -m provisioning.agent`` is given."""

    centre: Address = Field(description="The centre's address, e.g. https://fleet.example.cn")
    ca_file: Path | None = Field(
        default=None,
        description="Certificates (PEM) that the centre's must come from; unset: the public ones",
    )
    certificate_file: Path | None = Field(
        default=None, description="Certificate (PEM) that the broker asks for; its CN is the terminal's id"
    )
    key_file: Path | None = Field(default=None, description="Its key (PEM)")
    state_dir: Path = Field(description="Identity, documents and what the kiosk keeps")
    serial: Serial = Field(
        default="auto", description="Of this machine; auto: of the board, or its machine id"
    )
    name: str = Field(
        default="自助终端", min_length=1, max_length=60, description="On the screen until enrolled"
    )
    may_reboot: bool = Field(default=True, description="The centre may have this machine start anew")
    log_file: Path | None = Field(
        default=None, description="Where the logs are; unset: the journal of the machine"
    )
    kiosk: Machine = Machine()

    @model_validator(mode="after")
    def _safe(self) -> "AgentSettings":
        """Who lets a terminal in says whom it trusts: nobody on the wire may be that."""
        host = urlsplit(self.centre).hostname or ""
        if self.kiosk.production and self.centre.startswith("http://") and host not in HERE:
            raise ValueError("centre: in production it is reached by https; http is for this machine only")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")
        return self

    @property
    def client_files(self) -> tuple[Path, Path] | None:
        """What is shown to a broker that asks for certificates."""
        return (self.certificate_file, self.key_file) if self.certificate_file and self.key_file else None
