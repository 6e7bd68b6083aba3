"""Resident and enterprise codes (居民码, 企业码): who can say whose a code is, and how they are asked."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from config.part import Part
from config.service import Dotted, OutsideService

Refusal = Literal[
    "code.unknown", "code.expired", "code.replayed", "code.forged", "code.other_city", "code.not_yet"
]


class AnswerFields(Part):
    """Where things stand in the gateway's answer: dotted paths, e.g. data.person.name; empty: it isn't said."""

    status: Dotted = Field(default="code", description="The gateway's result code")
    good: tuple[str, ...] = Field(default=("0",), description="Result codes that mean: here is the holder")
    refusals: dict[str, Refusal] = Field(
        default={}, description="Result codes that mean no, and why, e.g. 1001 = 'code.expired'"
    )
    again: tuple[str, ...] = Field(
        default=(), description="Result codes that ask for the same question again (it was not dealt with)"
    )
    number: Dotted = Field(default="data.number", description="ID number of the person")
    name: Dotted = Field(default="data.name", description="Name of the person")
    birth: Dotted = Field(default="", description="Date of birth, YYYYMMDD or YYYY-MM-DD")
    company_name: Dotted = Field(default="", description="Name of the company, in an enterprise code")
    company_code: Dotted = Field(
        default="",
        description="Unified social credit code; where the answer has one it was an enterprise code",
    )
    authority: Dotted = Field(default="", description="What the agent may do for the company")
    authority_until: Dotted = Field(default="", description="Last day of that, YYYYMMDD or YYYY-MM-DD")

    @model_validator(mode="after")
    def _said(self) -> "AnswerFields":
        if not (self.status and self.good and self.number and self.name):
            raise ValueError("status, good, number and name can't be empty")
        said = [*self.good, *self.refusals, *self.again]
        if twice := sorted({code for code in said if said.count(code) > 1}):
            raise ValueError(f"result code {', '.join(twice)} means two things")
        if bool(self.company_name) != bool(self.company_code):
            raise ValueError("company_name and company_code go together")
        return self


class Gateway(OutsideService):
    """A province's or city's HTTP gateway for codes."""

    url: str = Field(description="Where a code is asked about, https://…; http only on this machine")
    mac: Literal["hmac-sha256", "hmac-sm3"] = Field(
        default="hmac-sha256", description="How questions are signed"
    )
    request: dict[str, Any] = Field(
        default={"code": "{code}", "city": "{city}", "requestId": "{nonce}"},
        description="JSON body of a question; {code} {city} {nonce} {time} {app} in its texts are filled in",
    )
    answer: AnswerFields = AnswerFields()
    connect_seconds: float = Field(default=1.0, gt=0, le=3, description="Longest wait for a connection")
    read_seconds: float = Field(default=2.0, gt=0, le=3, description="Longest silence while it answers")
    tries: int = Field(
        default=3, ge=1, le=5, description="Most questions about one code; only where it wasn't dealt with"
    )
    skew_seconds: float = Field(
        default=30.0, gt=0, description="Warn where the gateway's clock is further from ours than this"
    )

    @field_validator("request")
    @classmethod
    def _asks_about_the_code(cls, body: dict[str, Any]) -> dict[str, Any]:
        if "{code}" not in str(body):
            raise ValueError("request must have {code} in one of its texts")
        return body


class Codes(Part):
    """Who can say whose a resident or enterprise code is."""

    kind: Literal["embedded", "gateway"] = Field(
        default="embedded", description="embedded: codes of our own issuer; gateway: a province's or city's"
    )
    suite: Literal["ed25519", "sm2"] = Field(
        default="ed25519",
        description="How embedded codes are signed; sm2: SM2 with SM3, sealed with SM4 (国密)",
    )
    seconds: int = Field(default=60, ge=10, le=600, description="How long an embedded code is good")
    skew_seconds: float = Field(
        default=5.0, ge=0, le=60, description="How far ahead of our clock an embedded code may have been made"
    )
    city: str = Field(
        default="",
        pattern=r"^(\d{6})?$",
        description="GB/T 2260 code of the city whose codes are read; unset: the hall's region",
    )
    gateway: Gateway | None = Field(default=None, description="Needed for kind 'gateway'")

    @model_validator(mode="after")
    def _reachable(self) -> "Codes":
        if self.kind == "gateway" and self.gateway is None:
            raise ValueError("kind 'gateway' needs a [codes.gateway] table")
        return self
