"""Invented persons for demo, training and tests: names that say so, and numbers whose check digits are right.

The region of every number, 379900, was never assigned, so none of them can be anybody's.
"""

from drivers.idcard.layouts import LONG_TERM, CardHolder, IdCard
from drivers.idcard.numbers import CardKind, mod_11_2, mrz_7_3_1

_REGION = "379900"
# As long as a real WLT photo and with its head, but of no picture: nothing can decode it to a face.
SAMPLE_PHOTO = bytes.fromhex("574c66007e00320000ff85").ljust(1024, b"\x5a")


def sample_holders() -> dict[str, CardHolder]:
    """One person of each kind that a terminal has to get right, by a short name."""
    return {
        "adult": CardHolder(
            CardKind.CITIZEN,
            _number(_REGION + "19900315" + "901"),
            name="测试甲",
            sex="1",
            ethnic_group="01",
            birth="19900315",
            address="样例省样例市样例区测试路1号2单元301室",
            issuer="样例市公安局样例分局",
            valid_from="20200101",
            valid_to="20400101",
        ),
        "elderly": CardHolder(
            CardKind.CITIZEN,
            _number(_REGION + "19480907" + "902"),
            name="测试乙",
            sex="2",
            ethnic_group="11",
            birth="19480907",
            address="样例省样例市样例县示例镇示例村一组",
            issuer="样例县公安局",
            valid_from="20080601",
            valid_to=LONG_TERM,
        ),
        "hkmotw": CardHolder(
            CardKind.HKMOTW,
            _number("810000" + "19850505" + "999"),
            name="測試丙",
            sex="1",
            birth="19850505",
            address="样例省样例市样例区测试大道8号",
            issuer="样例市公安局",
            valid_from="20230101",
            valid_to="20280101",
            permit_number="H00000000",
            times_issued="01",
        ),
        "foreigner": CardHolder(
            CardKind.FOREIGNER,
            _number("9" + "37" + "398" + "19901231" + "998"),
            name="测试丁",
            english_name="TESTER-LONGSURNAME, ALICE EXAMPLE SECOND THIRD",
            sex="2",
            birth="19901231",
            valid_from="20240101",
            valid_to="20340101",
            nationality="KAZ",
            times_issued="01",
        ),
        "foreigner_old": CardHolder(
            CardKind.FOREIGNER_OLD,
            _old_number("KAZ" + "3799" + "901231" + "8"),
            name="测试戊",
            english_name="TESTER, BELLA EXAMPLE",
            sex="2",
            birth="19901231",
            issuer="1500",
            valid_from="20180101",
            valid_to="20280101",
            nationality="KAZ",
            card_version="01",
        ),
    }


def sample_cards() -> dict[str, IdCard]:
    """The same persons' cards, ready to be laid on a simulated reader."""
    return {name: IdCard(holder, photo=SAMPLE_PHOTO) for name, holder in sample_holders().items()}


def _number(digits: str) -> str:
    return digits + mod_11_2(digits)


def _old_number(characters: str) -> str:
    return characters + mrz_7_3_1(characters)
