"""Item codes: credit code check sign, level digit, basic code."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.catalogue.codes import ALPHABET, check_sign, credit_code_holds, mistakes
from hall.catalogue.model import Codes

CREDIT = "11440000006939799Q"  # of a published code: its check sign holds
TASK = CREDIT + "2440114035002"
DATA = Path(__file__).parents[5] / "shared" / "data" / "guides_guangdong.json"


def found(office: str = "", level: str = "省级", **codes: str) -> list[tuple[str, str]]:
    return [(element, reason) for element, reason, _ in mistakes(Codes(**codes), office, level)]


def test_a_right_code_has_no_mistake() -> None:
    assert credit_code_holds(CREDIT)
    assert found(CREDIT, task=TASK, handle=TASK + "03", basic="440114035002") == []
    assert found() == []
    assert found(task=TASK, level="") == []


@pytest.mark.parametrize(
    ("codes", "mistake"),
    [
        ({"task": TASK[:-1]}, ("codes.task", "code.length")),
        ({"task": TASK.replace("Q", "P")}, ("codes.task", "code.check_digit")),
        ({"task": TASK.replace("Q", "I")}, ("codes.task", "code.credit")),
        ({"task": CREDIT + "3440114035002"}, ("codes.task", "code.level")),
        ({"task": CREDIT + "9440114035002"}, ("codes.task", "code.level")),
        ({"task": TASK, "basic": "440114035003"}, ("codes.task", "code.basic")),
        ({"task": CREDIT + "2ABCDEFGHIJKL"}, ("codes.task", "code.basic")),
        ({"basic": "123"}, ("codes.basic", "code.length")),
        ({"handle": "123"}, ("codes.handle", "code.length")),
        ({"task": TASK, "handle": "9" + TASK[1:] + "03"}, ("codes.handle", "code.handle")),
        ({"handle": TASK.replace("Q", "P") + "03"}, ("codes.handle", "code.check_digit")),
    ],
)
def test_each_mistake_has_a_reason(codes: dict[str, str], mistake: tuple[str, str]) -> None:
    assert found(**codes) == [mistake]


def test_the_office_is_the_one_in_the_code() -> None:
    other = "1144000000694" + "0116U"
    assert credit_code_holds(other)
    assert found(other, task=TASK) == [("codes.task", "code.office")]
    assert found("X" * 18) == [("office.code", "code.check_digit")]
    assert found("local-17", task=TASK) == []


@pytest.mark.parametrize(
    ("digit", "level"),
    [
        ("1", "国家级"),
        ("2", "直辖市级"),
        ("3", "市级"),
        ("4", "区县级"),
        ("5", "镇(乡、街道)级"),
        ("6", "村(社区)级"),
    ],
)
def test_every_level_has_its_digit(digit: str, level: str) -> None:
    assert found(task=f"{CREDIT}{digit}440114035002", level=level) == []


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_any_single_wrong_sign_is_seen(body: str, place: int, sign: str) -> None:
    code = body + check_sign(body)
    assert credit_code_holds(code)
    wrong = code[:place] + sign + code[place + 1 :]
    assert credit_code_holds(wrong) == (wrong == code)


@given(
    st.text(max_size=40),
    st.text(max_size=40),
    st.text(max_size=40),
    st.text(max_size=20),
    st.text(max_size=10),
)
def test_any_text_for_a_code_is_only_doubtful(
    task: str, handle: str, basic: str, office: str, level: str
) -> None:
    assert all(
        reason.startswith("code.")
        for _, reason in found(office, level, task=task, handle=handle, basic=basic)
    )


@pytest.mark.skipif(not DATA.exists(), reason="the published guides are not beside the repository")
def test_of_2262_published_codes_six_fail_their_check_sign_and_no_level_or_basic_code_does() -> None:
    rows = json.loads(DATA.read_text(encoding="utf-8"))["items"]
    counted: dict[str, int] = {}
    for row in rows:
        codes = Codes(task=row["task_code"], handle=row["handle_item_code"], basic=row["catalog_code"])
        for reason in {reason for _, reason, _ in mistakes(codes, "", row["level"])}:
            counted[reason] = counted.get(reason, 0) + 1
    assert len(rows) == 2262
    assert counted == {"code.credit": 3, "code.check_digit": 3}
