"""What is to be known about one broker of the fleet, checked. A centre may have several: one a hall or a region."""

import ipaddress
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from pydantic import Field, StringConstraints, model_validator

from config.part import Id, Part

SOON_DAYS = 30.0
"""A certificate that ends within this many days is named before it fails."""

Account = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]


class Tls(Part):
    """TLS of a listener. ``client_ca`` given: terminals must show a certificate, and its CN is who they are."""

    certificate: Path = Field(description="The broker's certificate with its chain, PEM")
    key: Path = Field(description="Its key, PEM, that nobody but the broker's account may read")
    oldest: Literal["1.2", "1.3"] = Field(default="1.3", description="Oldest version that is spoken")
    client_ca: Path | None = Field(
        default=None, description="Whose certificates terminals must show; unset: passwords"
    )
    revoked: Path | None = Field(default=None, description="List of revoked client certificates, PEM")

    @model_validator(mode="after")
    def _whole(self) -> "Tls":
        if self.revoked is not None and self.client_ca is None:
            raise ValueError("revoked is of client certificates: name their client_ca")
        return self


class BrokerSettings(Part):
    """One mosquitto. Numbers are those that were measured with 10,000 terminals (docs/fleet.md)."""

    name: Id = Field(default="main", description="What halls call it")
    listen: Host = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 is every one")
    port: int = Field(default=8883, ge=1, le=65535)
    address: Host | None = Field(
        default=None, description="How the centre reaches it, as in its certificate; unset: listen"
    )
    tls: Tls | None = None
    plain_network: bool = Field(
        default=False, description="Without TLS beyond loopback: everybody on that wire reads along"
    )
    account: Account = Field(default="tongyuan", description="Runs broker and centre, owns the files")
    connections: int = Field(default=20_000, ge=10, le=1_000_000, description="Most clients at once")
    queued: int = Field(
        default=200_000, ge=1000, description="Messages kept for one client: more than all retained ones"
    )
    inflight: int = Field(default=100, ge=1, le=65535)
    packet: int = Field(default=1_000_000, ge=100_000, le=268_435_455, description="Largest packet, bytes")
    save_seconds: int = Field(
        default=30, ge=1, description="What the broker holds is on disk after this, at the latest"
    )
    forget_days: int = Field(default=60, ge=1, description="A session that nobody comes back to ends")
    persistent: bool = True
    log: Literal["stderr", "syslog", "none"] = "stderr"

    @model_validator(mode="after")
    def _reachable(self) -> "BrokerSettings":
        if self.tls is None and not self.plain_network and not loopback(self.listen):
            raise ValueError(f"{self.listen} is beyond this machine: give tls, or say plain_network")
        return self

    @property
    def url(self) -> str:
        """How a client reaches it, without anybody's password."""
        host = self.address or ("127.0.0.1" if self.listen in ("0.0.0.0", "::") else self.listen)
        return f"{'mqtts' if self.tls else 'mqtt'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def problems(self, now: datetime) -> tuple[str, ...]:
        """What would keep it from starting or from being trusted, in words; looks at the files."""
        return tuple(_of_tls(self.tls, now)) if self.tls else ()


def loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pair_problems(certificate: Path, key: Path) -> Iterator[str]:
    """Why a certificate cannot be shown, in words: it or its key cannot be read, they do not match, others have it."""
    try:
        shown = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        yield f"the certificate {certificate} cannot be read: {_said(error)}"
        return
    try:
        own = load_pem_private_key(key.read_bytes(), None)
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if own.public_key().public_bytes(*form) != shown.public_key().public_bytes(*form):
            yield f"the key {key} does not belong to the certificate {certificate}"
        if os.stat(key).st_mode & 0o007:
            yield f"everybody on this machine can read the key {key}: chmod o-rwx it"
    except (OSError, ValueError, TypeError) as error:  # TypeError: it asks for a password
        yield f"the key {key} cannot be read: {_said(error)}"


def _of_tls(tls: Tls, now: datetime) -> Iterator[str]:
    with suppress(OSError, ValueError):  # of which the pair's problems say more
        certificate = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
        days = (certificate.not_valid_after_utc - now).total_seconds() / 86400
        if days < SOON_DAYS:
            ends = f"ends in {days:.0f} days" if days > 0 else "has ended"
            yield f"the certificate {tls.certificate} {ends}"
    yield from pair_problems(tls.certificate, tls.key)
    for file in (tls.client_ca, tls.revoked):
        if file is not None and not file.is_file():
            yield f"{file} is not there"


def _said(error: Exception) -> str:
    return (error.strerror or "") if isinstance(error, OSError) else type(error).__name__
