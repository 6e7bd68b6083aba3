"""Whether an item's codes are whole: 31 digits 实施编码, 33 digits 业务办理项编码, 12 digits 基本编码. Pure.

31 digits = unified social credit code of the office (18, GB 32100-2015) + level of exercise (1) + basic code (12);
33 = 31 + serial. Basic code = region or origin 2 + type 2 (letters on some platforms) + main item 5 + sub-item 3.
"""

import re
from collections.abc import Iterator
from typing import Final

from hall.catalogue.model import Codes

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I O S V Z
LEVELS: Final = {  # digit → signs of which one stands in the level's name
    "1": ("国",),
    "2": ("省", "自治区", "市"),  # a municipality is a province
    "3": ("市", "州", "盟", "地区"),
    "4": ("县", "区", "旗", "市"),  # so are cities of county rank counties
    "5": ("镇", "乡", "街"),
    "6": ("村", "社"),
}
_WEIGHTS: Final = tuple(pow(3, i, 31) for i in range(17))
_VALUES: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_CREDIT: Final = re.compile(f"[{ALPHABET}]{{18}}")
_BASIC: Final = re.compile(r"\d{2}[0-9A-Z]{2}\d{8}", re.ASCII)

Mistake = tuple[str, str, str]  # element, reason code, detail


def check_sign(credit: str) -> str:
    """The eighteenth sign that belongs to the first seventeen. Raises KeyError on a sign not in ALPHABET."""
    total = sum(_VALUES[sign] * weight for sign, weight in zip(credit[:17], _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def credit_code_holds(code: str) -> bool:
    """Whether ``code`` is a unified social credit code with the right check sign."""
    return _CREDIT.fullmatch(code) is not None and check_sign(code) == code[17]


def mistakes(codes: Codes, office: str, level: str) -> Iterator[Mistake]:
    """What is wrong with ``codes`` of a guide; ``office`` is the office's own code, ``level`` 行使层级.

    A code that is not there is no mistake, nor is a local one.
    """
    if len(office) == 18 and _CREDIT.fullmatch(office) and not credit_code_holds(office):
        yield "office.code", "code.check_digit", f"{office} should end in {check_sign(office)}"
    if codes.basic and not _BASIC.fullmatch(codes.basic):
        yield "codes.basic", "code.length", f"{codes.basic!r} is not a basic code of 12 digits"
    if codes.handle:
        if len(codes.handle) != 33 or not codes.handle[31:].isalnum():
            yield "codes.handle", "code.length", f"{len(codes.handle)} characters, not 33"
        elif codes.task and not codes.handle.startswith(codes.task):
            yield "codes.handle", "code.handle", "does not begin with the task code"
    if codes.task and len(codes.task) != 31:
        yield "codes.task", "code.length", f"{len(codes.task)} characters, not 31"
    elif codes.task:
        yield from _within("codes.task", codes.task, codes.basic, office, level)
    elif len(codes.handle) == 33:
        yield from _within("codes.handle", codes.handle[:31], codes.basic, office, level)


def _within(element: str, task: str, basic: str, office: str, level: str) -> Iterator[Mistake]:
    credit, digit, own_basic = task[:18], task[18], task[19:]
    if not _CREDIT.fullmatch(credit):
        yield element, "code.credit", f"{credit} has signs that no credit code has"
    elif check_sign(credit) != credit[17]:
        yield element, "code.check_digit", f"{credit} should end in {check_sign(credit)}"
    if digit not in LEVELS:
        yield element, "code.level", f"level {digit!r} is none of 1 to 6"
    elif level and not any(sign in level for sign in LEVELS[digit]):
        yield element, "code.level", f"the code says {LEVELS[digit][0]}, the source {level}"
    if not _BASIC.fullmatch(own_basic):
        yield element, "code.basic", f"{own_basic} is not a basic code"
    elif basic and basic != own_basic:
        yield element, "code.basic", f"the code contains {own_basic}, the basic code is {basic}"
    if _CREDIT.fullmatch(office) and office != credit:
        yield element, "code.office", f"the code is by {credit}, the office is {office}"
