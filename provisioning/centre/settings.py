"""What the central service is told: where it listens, where its data and its brokers are."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator, model_validator

from config.part import Id, Part, TimeZone

HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@?#]+$", max_length=200)]
BrokerUrl = Annotated[str, StringConstraints(pattern=r"^mqtts?://[^\s/@]+$", max_length=200)]


class Tls(Part):
    """The certificate the console and the terminals' HTTP address show."""

    certificate: Path = Field(description="With its chain, PEM")
    key: Path = Field(description="PEM, readable by the centre's account only")


class Broker(Part):
    """One broker of the fleet: one for all, or one a hall or region."""

    name: Id = Field(default="main", description="What halls call it")
    folder: Path = Field(
        description="What `tongyuan fleet broker-config` wrote: passwords, the centre's own address"
    )
    url: BrokerUrl = Field(description="How terminals reach it, mqtts://host:8883")
    ca: Path | None = Field(
        default=None,
        description="Certificates (PEM) that its own comes from, told to terminals too; unset: public ones",
    )
    certificate: Path | None = Field(
        default=None,
        description="What the centre shows a broker that asks for certificates (PEM); its CN is centre",
    )
    key: Path | None = Field(default=None, description="Its key, PEM")
    probes: tuple[Path, Path] | None = Field(
        default=None,
        description="What the probe shows such a broker: two files, each a certificate with its key (PEM), "
        "with the CNs probe_a and probe_b",
    )

    @model_validator(mode="after")
    def _whole(self) -> "Broker":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        if (self.certificate is None) != (self.probes is None):
            raise ValueError(
                "a broker that asks the centre for a certificate asks the probe too: give probes"
            )
        return self

    @property
    def client_files(self) -> tuple[Path, Path] | None:
        """Certificate and key that the centre shows."""
        return (self.certificate, self.key) if self.certificate and self.key else None


class Centre(Part):
    """The whole service."""

    data: Path = Field(description="Folder of the database (SQLite) and of the key that seals secrets")
    database: str = Field(
        default="", description="postgresql+psycopg://user:password@host/name; unset: SQLite in data"
    )
    url: HttpUrl = Field(
        description="Its own address as terminals and people reach it, https://fleet.example.cn"
    )
    listen: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8700, ge=0, le=65535, description="0: any free one")
    tls: Tls | None = Field(
        default=None, description="Unset: plain HTTP, for loopback or behind a proxy with TLS"
    )
    ca: Path | None = Field(
        default=None,
        description="Certificates (PEM) that its address's own comes from, told to terminals besides their "
        "ca_file; unset: what they have is enough",
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(), description="Addresses whose X-Forwarded-For is believed, for rate limits and the audit"
    )
    time_zone: TimeZone = Field(default="Asia/Shanghai", description="Of the wall its pages' times are for")
    production: bool = Field(
        default=True, description="Refuses a broker that leaks, and plain HTTP to people"
    )
    brokers: Annotated[tuple[Broker, ...], Field(min_length=1)]
    crowd: float = Field(
        default=1.0,
        ge=1,
        le=10_000,
        description="Times the usual rate limits of one address, where many terminals or people share it",
    )
    documents_per_second: float = Field(
        default=500, gt=0, le=5000, description="Most documents published in a second"
    )

    @field_validator("brokers")
    @classmethod
    def _once(cls, brokers: tuple[Broker, ...]) -> tuple[Broker, ...]:
        names = [broker.name for broker in brokers]
        if len(set(names)) != len(names):
            raise ValueError("two brokers have the same name")
        return brokers

    @model_validator(mode="after")
    def _safe(self) -> "Centre":
        if self.production and not self.url.startswith("https://"):
            raise ValueError("url: in production people and terminals come by https")
        return self

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{(self.data / 'centre.sqlite').absolute()}"
