"""A small catalogue for tests: a few guides of an invented county, built and signed by the real builder."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hall.catalogue.build import build
from hall.catalogue.intake import Taken
from hall.catalogue.model import (
    Basis,
    Bundle,
    Case,
    Element,
    Fee,
    Guide,
    Header,
    Limit,
    Material,
    Office,
    Option,
    Place,
    Question,
    Result,
    Step,
    When,
    Withdrawn,
)
from hall.catalogue.vocabulary import Vocabulary

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLISHED = date(2026, 11, 22)
HEADER = Header(
    hall="small",
    name="小县政务服务目录",
    name_en="Small County",
    revision=2026112201,
    region="371599",
    region_names=("山东省", "聊城市", "小县"),
)
WORDS = Vocabulary("test-1", {"开饭店": ("食品经营许可",)}, ("社保卡", "身份证"), ("赌博",))
OFFICE = Office(name="小县人力资源和社会保障局")

CARD = Guide(
    id="card",
    name="社会保障卡补办",
    name_en="Replace a social security card",
    everyday=("社保卡丢了",),
    office=OFFICE,
    region="371599",
    region_name="小县",
    level="县级",
    themes=("社会保障",),
    audience=("自然人",),
    plain="卡丢了或坏了，在这里补一张。",
    conditions="持有社会保障卡的人。",
    handling="即办件",
    cases=(
        Case(
            id="who",
            question="谁来办？",
            options=(Option(id="self", label="本人来"), Option(id="other", label="家人代办")),
        ),
    ),
    materials=(
        Material(
            name="居民身份证", original="original", copies=1, necessity="required", certificate="居民身份证"
        ),
        Material(name="代办人身份证", necessity="later", when=(When(case="who", options=("other",)),)),
    ),
    steps=(Step(name="受理", limit=Limit(value=1), result="受理通知", standard="材料齐全"),),
    legal_limit=Limit(value=20),
    promised_limit=Limit(value=0, note="当场"),
    fees=(Fee(name="工本费", standard="20 元", basis="价费字〔2010〕1 号", relief="首次免费"),),
    bases=(Basis(title="社会保险法", article="第五十八条", text="国家建立全国统一的个人社会保障号码。"),),
    visits=1,
    places=(
        Place(name="B 区", address="同源路 1 号", windows="5–9 号", hours="9:00–17:00", phone="0635-5550101"),
    ),
    consult_phones=("0635-5550101",),
    complaint_phones=("12345",),
    results=(Result(name="社会保障卡", kind="证照"),),
    kiosk=True,
    queue="a",
    faqs=(Question(question="旧卡还能用吗？", answer="不能。"),),
    more=(Element(name="通办范围", value="全市"),),
)
GUIDES: tuple[Guide, ...] = (
    CARD,
    CARD.model_copy(update={"id": "card-city", "region": "371500", "region_name": "聊城市", "level": "市级"}),
    Guide(
        id="food",
        name="食品经营许可证核发",
        office=Office(name="小县行政审批服务局"),
        region="371599",
        themes=("准营准办",),
        queue="b",
    ),
    Guide(id="idcard", name="居民身份证补领", office=Office(name="小县公安局"), region="371599", queue="a"),
    Guide(
        id="health-code",
        name="健康码信息查询",
        office=Office(name="小县卫生健康局"),
        region="371599",
        state="withdrawn",
        withdrawn=Withdrawn(reason="不再查验健康码。", instead=("idcard",), say="不用再办"),
    ),
)
BUNDLE = Bundle(id="shop", name="开饭店一件事", everyday=("开饭馆",), members=("food", "idcard"), queue="b")


def rows(guides: Sequence[Guide] = GUIDES, bundles: Sequence[Bundle] = (BUNDLE,)) -> Iterable[Taken]:
    pages: list[Guide | Bundle] = [*guides, *bundles]
    return [(f"small#{at}", page) for at, page in enumerate(pages)]


def write_catalogue(
    folder: Path,
    *,
    revision: int = HEADER.revision,
    guides: Sequence[Guide] = GUIDES,
    hall: str = HEADER.hall,
) -> Path:
    """The small catalogue as a file in ``folder``, called after its revision."""
    header = HEADER.model_copy(update={"revision": revision, "hall": hall})
    path = folder / f"{revision}.catalogue"
    build(rows(guides), header, WORDS, path, KEY, PUBLISHED)
    return path
