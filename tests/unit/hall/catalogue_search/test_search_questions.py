"""Which part of a guide a question asks for, and what it is about."""

import pytest

from hall.catalogue.search.questions import asked
from tests.unit.hall.catalogue_search.small_search import Hall


@pytest.mark.parametrize(
    ("text", "subject", "section"),
    [
        ("结婚需要带什么材料", "结婚", "materials"),
        ("开饭店要什么手续", "开饭店", "materials"),
        ("居住证材料", "居住证", "materials"),
        ("社保卡在哪办理", "社保卡办理", "place"),
        ("身份证去哪个窗口", "身份证", "place"),
        ("护照周六上班吗", "护照", "place"),
        ("结婚登记咨询电话", "结婚登记", "place"),
        ("社保局电话", "社保局", "place"),
        ("结婚登记时间", "结婚登记", "place"),
        ("护照多久能拿到", "护照能拿到", "process"),
        ("居住证几天", "居住证", "process"),
        ("低保申请条件", "低保", "conditions"),
        ("谁可以办低保", "办低保", "conditions"),
        ("补身份证多少钱", "补身份证", "fees"),
        ("食品经营许可收费吗", "食品经营许可", "fees"),
        ("养犬登记依据什么", "养犬登记", "basis"),
        ("社保卡丢了怎么办", "社保卡丢了", None),
        ("请问我想办居住证", "办居住证", None),
        ("居住证", "居住证", None),
        ("开网吧", "开网吧", None),
        ("网吧怎么办呢", "网吧", None),
        ("酒吧要办什么证吧", "酒吧", "materials"),
        ("居住证吧", "居住证", None),
        ("呢绒厂登记啊", "呢绒厂登记", None),
        ("办个体户", "办个体户", None),
        ("办个护照吗", "护照", None),
    ],
)
def test_a_question_is_taken_apart(text: str, subject: str, section: str | None) -> None:
    found = asked(text)
    assert (found.subject, found.section) == (subject, section)


@pytest.mark.parametrize("text", ["怎么办", "要什么材料", "多少钱", "在哪", "吗"])
def test_a_question_about_nothing_keeps_its_words(text: str) -> None:
    assert asked(text).subject


@pytest.mark.parametrize("name", ["居住证地址变更", "收费公路权益转让审批"])
def test_what_stands_in_a_name_is_no_question(hall: Hall, name: str) -> None:
    for typed in (name, name[:-2]):
        found = hall.engine.search(typed, 3)
        assert found.section is None
        assert hall.names[found.ids[0]] == name


def test_the_search_tells_the_section_whatever_the_spelling(hall: Hall) -> None:
    found = hall.engine.search("結婚登記需要什麼材料？", 3)
    assert found.section == "materials"
    assert hall.names[found.ids[0]] == "内地居民结婚登记"
