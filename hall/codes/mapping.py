"""A gateway's question and answer by the settings' templates and paths: JSON in, a holder or a reason out. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from config.codes import AnswerFields
from hall.codes.port import CodeRefused, Company, Holder, Verified, VerifierAway

MOST_NAME = 60
_NUMBER = re.compile(r"[0-9A-Z]{8,18}")
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")  # GB 32100
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


class AskAgain(Exception):
    """The gateway didn't deal with the question and says so."""


def question(template: Mapping[str, Any], facts: Mapping[str, str]) -> bytes:
    """The template with ``{name}`` filled in from ``facts``, as JSON in ASCII."""
    return json.dumps(_filled(dict(template), facts), separators=(",", ":")).encode()


def _filled(part: Any, facts: Mapping[str, str]) -> Any:
    if isinstance(part, str):  # in one pass: what is filled in is not looked at again
        return re.sub(r"\{(\w+)\}", lambda found: facts.get(found[1], found[0]), part)
    if isinstance(part, dict):
        return {key: _filled(value, facts) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_filled(value, facts) for value in part]
    return part


def answered(body: bytes, fields: AnswerFields) -> Verified:
    """Whose code it is. Raises CodeRefused, AskAgain, VerifierAway("code.garbled_answer")."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise garbled("not JSON") from None
    status = str(standing_at(answer, fields.status))
    if status in fields.refusals:
        raise CodeRefused(fields.refusals[status])
    if status in fields.again:
        raise AskAgain
    if status not in fields.good:
        raise garbled("result code is not in the settings")
    return _verified(answer, fields)


def garbled(facts: str) -> VerifierAway:
    return VerifierAway("code.garbled_answer", facts)


def _verified(answer: Any, fields: AnswerFields) -> Verified:
    def text(path: str, what: str, most: int = MOST_NAME) -> str:
        found = standing_at(answer, path) if path else ""
        if found is None:
            return ""
        if not isinstance(found, str) or len(found) > most or not found.isprintable():
            raise garbled(f"{what} is no fit text")
        return found.strip()

    def day(path: str, what: str) -> date | None:
        found = text(path, what)
        if not found:
            return None
        if (parts := _DAY.fullmatch(found)) is None:
            raise garbled(f"{what} is no date")
        try:
            return date(int(parts[1]), int(parts[2]), int(parts[3]))
        except ValueError:
            raise garbled(f"{what} is no date") from None

    number, name = text(fields.number, "number").upper(), text(fields.name, "name")
    if not _NUMBER.fullmatch(number) or not name:
        raise garbled("number or name is missing or no fit text")
    company = None
    if company_code := text(fields.company_code, "company_code").upper():
        company_name = text(fields.company_name, "company_name")
        if not _CREDIT_CODE.fullmatch(company_code) or not company_name:
            raise garbled("company is no fit text")
        authority = text(fields.authority, "authority", 80)
        company = Company(
            company_name, company_code, authority, day(fields.authority_until, "authority_until")
        )
    holder = Holder(number, name, day(fields.birth, "birth"), company)
    return Verified(holder, "enterprise_code" if company else "resident_code")


def standing_at(answer: Any, path: str, missing: Any = None) -> Any:
    """What stands at a dotted path, or ``missing``. A part of digits counts into a list."""
    for part in path.split("."):
        if isinstance(answer, dict) and part in answer:
            answer = answer[part]
        elif isinstance(answer, list) and part.isascii() and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return missing
    return answer
