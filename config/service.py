"""Services outside the hall that are asked over HTTP: where they are, how questions are signed, when to give up."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from config.part import Part

Dotted = Annotated[str, StringConstraints(pattern=r"^$|^[^\s.]+(\.[^\s.]+)*$", max_length=200)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,60}$")]


class SignedHeaders(Part):
    """Names of the headers that carry a signature, of the question and of the answer alike."""

    app: HeaderName = Field(default="X-App-Id", description="Who asks")
    timestamp: HeaderName = Field(default="X-Timestamp", description="Milliseconds since 1970")
    nonce: HeaderName = Field(default="X-Nonce", description="Random; the answer is signed over it again")
    signature: HeaderName = Field(default="X-Signature", description="In hex")


class OutsideService(Part):
    """What all of them have. Secrets stay in files that only the hall can read."""

    url: str = Field(description="Its address, https://…; http only on this machine")
    app_id: str = Field(min_length=1, max_length=100, description="Who we are to it (accessId)")
    secret_file: Path = Field(description="File with the secret that questions are signed with")
    headers: SignedHeaders = SignedHeaders()
    signed_answers: bool = Field(
        default=True, description="Whether answers are signed too; an unsigned one is then refused"
    )
    ca_file: Path | None = Field(
        default=None, description="Certificates (PEM) that its own must come from; unset: the public ones"
    )
    certificate_file: Path | None = Field(default=None, description="Our certificate (PEM), for mutual TLS")
    key_file: Path | None = Field(default=None, description="Its private key (PEM)")
    budget_seconds: float = Field(
        default=3.5, gt=0, le=3.5, description="All of it, tries included; a citizen is waiting"
    )
    failures: int = Field(default=5, ge=1, description="Failures in a row until it is left alone …")
    rest_seconds: float = Field(default=15.0, gt=0, description="… for this long; then one question tries it")

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.fragment:
            raise ValueError("url must be https://host/path, without user or fragment")
        if parts.scheme == "http" and not _on_this_machine(parts.hostname):
            raise ValueError("url must be https: http is for a service on this machine only")
        return url

    @model_validator(mode="after")
    def _paired(self) -> "OutsideService":
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")
        return self


def _on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
