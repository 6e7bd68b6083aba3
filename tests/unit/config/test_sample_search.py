"""What citizens of the survey typed is found in the sample catalogue, among the first three."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.hall import Hall
from config.load import load
from hall.catalogue.build import build
from hall.catalogue.file import Catalogue
from hall.catalogue.importers.native import import_native, read_header
from hall.catalogue.vocabulary import merged, national, read

SITE = Path(__file__).parents[3] / "config" / "sites" / "qingyuan"
FOLDER = SITE / "catalogue"
WANTED = {  # typed → page that has to be among the first three
    "公积金": "fund-withdraw",
    "个税": "tax-record",
    "社保": "insurance-record",
    "结婚": "marriage",
    "低保": "dibao",
    "网约车": "ride-hailing-driver",
    "身份证": "idcard",
    "老年证": "senior-card",
    "老年人福利补贴": "senior-allowance",
    "残疾人证": "disability-card",
    "健康码": "health-code",
    "核酸": "nucleic-test",
    "建筑许可": "building-permit",
    "用电": "power-home",
    "开公司": "company-found",
    "出生": "one-birth",
    "退休": "one-retire",
    "企业注册": "one-company",
    "企业注销": "one-close",
    "高校毕业生落户": "one-graduate",
    "不动产登记与水电气暖联办": "one-home",
    "住房公积金贷款": "one-fund-loan",
    "异地就医备案": "one-medical-elsewhere",
    "社保卡丢了怎么办": "social-card-replace",
    "kdf": "one-restaurant",
    "开饭店要什么手续": "food-permit",
    "暂住证": "residence-permit",
    "小䴙䴘": "bird-hunt",
}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    target = tmp_path_factory.mktemp("sample") / "qingyuan.catalogue"
    header = read_header(FOLDER)
    words = merged(national(), read(FOLDER / "vocabulary.toml"))
    queues = load(SITE / "hall.toml", Hall).queues
    key = Ed25519PrivateKey.generate()
    report = build(
        import_native(FOLDER, header), header, words, target, key, date(2026, 11, 22), queues=queues
    )
    assert report.remarks == ()
    found = Catalogue.open(target)
    yield found
    found.close()


@pytest.mark.parametrize("typed", WANTED)
def test_what_was_typed_is_among_the_first_three(catalogue: Catalogue, typed: str) -> None:
    result = catalogue.search(typed, 3)
    assert not result.near
    assert WANTED[typed] in [entry.id for entry in result.entries]


def test_each_hot_word_finds_something_in_force_at_home_first(catalogue: Catalogue) -> None:
    for word in catalogue.hot():
        first = catalogue.search(word, 1).entries[0]
        assert (first.nearness, first.withdrawn) == ("home", False), word


def test_items_done_elsewhere_are_told_from_near_to_far(catalogue: Catalogue) -> None:
    places = [place.nearness for place in catalogue.elsewhere("social-card-replace")]
    assert places == ["city", "province", "other"]
