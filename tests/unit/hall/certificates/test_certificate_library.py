import re
from datetime import date, timedelta

import pytest

from drivers.idcard.numbers import check_number
from drivers.idcard.samples import sample_cards
from hall.catalogue.codes import credit_code_holds
from hall.catalogue.model import Material
from hall.certificates.covers import can_be_spared, covering
from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.identifier import doubtful
from hall.certificates.kinds import known_kinds
from hall.certificates.people import companies, everybody, people
from hall.certificates.records import Kept, Record, standing
from hall.codes.port import Holder
from hall.shown import summary
from hall.wire.identity import age
from tests.unit.hall.certificates.certificate_fixtures import TODAY, the_font

HOLDERS = (*people(), *companies())


def library(kept=(), today=TODAY):
    return EmbeddedLibrary(the_font(), kept, today=lambda: today)


def every_certificate():
    return [one for holder in HOLDERS for one in library().certificates(holder)]


def test_the_first_residents_are_those_of_the_simulated_card_reader():
    cards = sample_cards()
    named = {(one.number, one.name) for one in people()}
    first = cards["elderly"].holder
    assert (people()[0].number, people()[0].name) == (first.number, first.name)
    assert (cards["adult"].holder.number, cards["adult"].holder.name) in named


@pytest.mark.parametrize("holder", HOLDERS, ids=range(len(HOLDERS)))
def test_every_invented_number_has_right_check_digits_and_is_nobodys(holder):
    check = check_number(holder.number, today=TODAY)
    assert check.valid
    assert check.birth == holder.birth
    assert holder.number.startswith("379900")
    assert holder.company is None or credit_code_holds(holder.company.code)


def test_every_kept_certificate_has_a_whole_face_and_a_right_identifier():
    certificates = every_certificate()
    assert len(certificates) > 30
    for one in certificates:
        assert all(label and value for label, value in one.lines), one.kind.name
        assert len(one.lines_en) == len(one.lines)
        assert not doubtful(one.identifier)
        assert credit_code_holds(one.identifier.split(".")[6])
    assert len({one.identifier for one in certificates}) == len(certificates)


def test_every_kind_is_held_by_somebody_and_every_status_occurs():
    certificates = every_certificate()
    assert {one.kind.code for one in certificates} == {known.kind.code for known in known_kinds().values()}
    assert {one.status for one in certificates} == {"valid", "expired", "revoked", "suspended", "not_yet"}


def test_somebody_is_known_of_whom_nothing_is_kept_and_strangers_have_nothing():
    assert any(not kept.records for kept in everybody())
    assert library().certificates(Holder("37990020010101908", "测试空")) == ()
    assert library().certificates(Holder("110101199003070000", "陌生人")) == ()


def test_who_acts_for_a_company_sees_the_companys_certificates_and_not_their_own():
    agent = companies()[0]
    assert agent.company is not None
    found = library().certificates(agent)
    assert found
    assert all(one.kind.of_company and one.holder_number == agent.company.code for one in found)
    own = library().certificates(Holder(agent.number, agent.name))
    assert own
    assert not any(one.kind.of_company for one in own)


def test_the_elderly_resident_is_old_enough_for_their_card():
    elderly = people()[0]
    assert elderly.birth is not None
    assert age(elderly.birth, TODAY) >= 65
    assert "老年优待证" in {one.kind.name for one in library().certificates(elderly)}


def test_people_given_in_memory_are_found_and_go_first():
    marked = Kept(
        Holder(people()[0].number, "𠀀标记", date(1948, 9, 7)),
        {"sex": "女", "ethnic": "汉", "address": "标记路1号"},
        (Record("id-card", "MARKED", "标记局", "11379900MB99001", date(2020, 1, 1)),),
    )
    found = library([marked]).certificates(Holder(people()[0].number, ""))
    assert [one.holder for one in found] == ["𠀀标记"]
    assert ("住址", "标记路1号") in found[0].lines


def test_a_value_with_braces_is_shown_as_it_stands():
    kept = Kept(Holder("X1", "{number}", date(1990, 1, 1)), {"sex": "{x}", "ethnic": "汉", "address": "{0}"},
                (Record("id-card", "N", "局", "ORG", date(2020, 1, 1)),))  # fmt: skip
    (found,) = library([kept]).certificates(Holder("X1", ""))
    assert dict(found.lines)["姓名"] == "{number}"


@pytest.mark.parametrize(("days", "status"), [(-1, "not_yet"), (0, "valid"), (10, "valid"), (11, "expired")])
def test_both_the_first_and_the_last_day_are_in_force(days, status):
    first = date(2026, 1, 1)
    assert standing("valid", first, first + timedelta(days=10), first + timedelta(days=days)) == status


def test_what_was_decided_comes_before_the_dates():
    assert standing("revoked", None, date(2000, 1, 1), TODAY) == "revoked"


def test_a_summary_masks_whose_it_is_and_its_number():
    certificate = library().certificates(people()[0])[0]
    view = summary("c1", certificate)
    assert view.holder == "测*乙"
    assert re.fullmatch(r"379\*{12}024", view.number)
    assert certificate.number not in view.model_dump_json()
    assert certificate.holder not in view.model_dump_json()
    assert not view.doubtful


def test_a_company_is_named_in_full_because_its_name_is_public():
    agent = companies()[0]
    assert agent.company is not None
    view = summary("c1", library().certificates(agent)[0])
    assert view.holder == agent.company.name


def test_nothing_personal_shows_in_any_repr():
    secrets = {part for kept in everybody() for part in (kept.number, kept.holder.name, *kept.facts.values())}
    secrets -= {"男", "女", "汉", "藏", "维吾尔"}
    for kept in everybody():
        certificates = library().certificates(kept.holder)
        shown = "".join(map(repr, (kept, *kept.records, *certificates)))
        shown += "".join(repr(summary("x", one)) for one in certificates)
        assert not [one for one in secrets if one in shown]


def material(certificate: str, name: str = "材料") -> Material:
    return Material(certificate=certificate, name=name)


def test_summaries_cover_the_materials_that_guides_name():
    views = [summary(f"c{place}", one) for place, one in enumerate(library().certificates(people()[0]))]
    asked = [material(name) for name in ("居民身份证", "居民户口簿", "残疾人证", "")]
    covered = covering(asked, views)
    assert [bool(one) for one in covered] == [True, True, False, False]  # the disability card has expired
    others = material("居民身份证", "代办人身份证")
    assert not can_be_spared(others)
    assert covering([others], views) == ("",)


def test_the_embedded_library_says_what_it_is():
    with_nothing_open = library()
    assert with_nothing_open.state().kind == "embedded"
    with_nothing_open.close()
    assert with_nothing_open.certificates(people()[0])
