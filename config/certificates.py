"""Certificates (电子证照): where the hall finds them, who may see them, and for how long."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from config.part import Id, Part
from config.service import Dotted, OutsideService

Standing = Literal["valid", "expired", "revoked", "suspended", "not_yet"]


class ListFields(Part):
    """Where things stand in the service's answer about somebody's certificates: dotted paths; empty: it isn't said."""

    status: Dotted = Field(default="head.status", description="Result code")
    good: tuple[str, ...] = Field(default=("0",), description="Result codes that mean: here is the list")
    none: tuple[str, ...] = Field(
        default=(), description="Result codes that mean: there is nothing, or no face"
    )
    certificates: Dotted = Field(default="data", description="The list (or the only one); below it:")
    identifier: Dotted = Field(default="cert_identifier", description="证照标识")
    type: Dotted = Field(default="cert_type_code", description="证照类型代码; missing: the one asked for")
    type_name: Dotted = Field(default="cert_name", description="证照名称, for types the hall doesn't know")
    number: Dotted = Field(default="certno", description="证照编号")
    holder: Dotted = Field(default="name", description="持证主体名称")
    holder_number: Dotted = Field(
        default="holder_code", description="持证主体代码; a certificate of somebody else is refused by it"
    )
    issuer: Dotted = Field(default="issue_org", description="颁发机构")
    issued: Dotted = Field(default="issue_date", description="颁发日期: YYYYMMDD, YYYY-MM-DD or 2026年1月2日")
    valid_from: Dotted = Field(default="zzyxqqsrq", description="有效期起始日期")
    valid_to: Dotted = Field(default="zzyxqjzrq", description="有效期截止日期; 长期 or missing: no end")
    state: Dotted = Field(default="cert_status", description="证照状态; see states")
    states: dict[str, Standing] = Field(
        default={},
        description="What the service's states mean, e.g. '2' = 'revoked'; empty: the dates alone say",
    )
    lines: Dotted = Field(default="", description="照面 data, by label, for faces that the hall draws itself")

    @model_validator(mode="after")
    def _said(self) -> "ListFields":
        if not (self.status and self.good and self.certificates and self.identifier):
            raise ValueError("status, good, certificates and identifier can't be empty")
        if twice := sorted(set(self.good) & set(self.none)):
            raise ValueError(f"result code {', '.join(twice)} means two things")
        return self


class Shared(OutsideService):
    """A shared service of electronic certificates (GB/T 36906-2018)."""

    list_path: str = Field(default="/CertShare/queryCertInfoByHolderCode", pattern="^/", max_length=300)
    face_path: str = Field(default="/CertShare/downloadUrl", pattern="^/", max_length=300)
    secret_file: Path = Field(
        description="File with the secret: accessToken, or what questions are signed with"
    )
    mac: Literal["none", "hmac-sha256", "hmac-sm3"] = Field(
        default="hmac-sha256", description="How questions are signed; none: the secret stands in the body"
    )
    kinds: tuple[Id, ...] = Field(
        default=(),
        description="Kinds asked for one by one, by short name, e.g. 'id-card'; empty: one question for all",
    )
    codes: dict[Id, str] = Field(
        default={}, description="Type codes of this service where they differ, by short name of the kind"
    )
    list_request: dict[str, Any] = Field(
        default={
            "head": {"accessId": "{app}"},
            "data": {"holderCode": "{number}", "holderTypeCode": "{holder_type}", "certTypeCode": "{type}",
                     "useCause": "{purpose}"},
        },
        description="Body of a question; {app} {secret} {number} {holder_type} {type} {purpose} {nonce} are filled in",
    )  # fmt: skip
    face_request: dict[str, Any] = Field(
        default={
            "head": {"accessId": "{app}"},
            "data": {"certIdentifier": "{identifier}", "useCause": "{purpose}"},
        },
        description="Body of a question for a face; {identifier} besides",
    )
    person_type: str = Field(default="111", description="{holder_type} of an ID number (GB/T 36903)")
    company_type: str = Field(default="001", description="{holder_type} of a unified social credit code")
    purpose: str = Field(
        default="政务服务大厅自助终端亮证", max_length=60, description="{purpose}: why we ask"
    )
    fields: ListFields = ListFields()
    face: Literal["picture", "drawn"] = Field(
        default="picture",
        description="picture: the service sends faces; drawn: the hall draws them from data",
    )
    face_picture: Dotted = Field(
        default="data.content", description="PNG or JPEG in Base64, in a face's answer"
    )
    budget_seconds: float = Field(default=2.5, gt=0, le=3.5, description="All of it; a citizen is waiting")

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        if urlsplit(url).query:
            raise ValueError("url must be without query: the paths come behind it")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _whole(self) -> "Shared":
        if "{number}" not in str(self.list_request):
            raise ValueError("list_request must have {number} in one of its texts")
        if "{type}" not in str(self.list_request) and self.kinds:
            raise ValueError(
                "kinds are asked for one by one: list_request must have {type} in one of its texts"
            )
        if self.face == "picture" and ("{identifier}" not in str(self.face_request) or not self.face_picture):
            raise ValueError("face 'picture' needs face_picture, and {identifier} in face_request")
        return self


class Certificates(Part):
    """一码亮证: what becomes of somebody who shows a code or a card to see certificates."""

    kind: Literal["embedded", "shared"] = Field(
        default="embedded",
        description="embedded: invented people, for trying out; shared: a shared service of a province or city",
    )
    assurance: Literal["low", "substantial", "high"] = Field(
        default="substantial",
        description="How sure it must be who somebody is: low (typed number), substantial (code, card), high (ID card)",
    )
    seconds: int = Field(
        default=180, ge=30, le=900, description="How long the hall remembers a presentation that nobody ends"
    )
    share_seconds: int = Field(
        default=300, ge=30, le=900, description="How long the page for the clerk's phone can be opened"
    )
    shared: Shared | None = Field(default=None, description="Needed for kind 'shared'")

    @model_validator(mode="after")
    def _reachable(self) -> "Certificates":
        if self.kind == "shared" and self.shared is None:
            raise ValueError("kind 'shared' needs a [certificates.shared] table")
        return self
