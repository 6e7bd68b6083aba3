"""A small catalogue: a county's hall with a city and a province above it and a neighbour beside it."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.hall import Queue
from hall.catalogue.build import Report, build
from hall.catalogue.file import Catalogue
from hall.catalogue.intake import Taken
from hall.catalogue.model import Bundle, Group, Guide, Header, Office, Place
from hall.catalogue.seal import trusting
from hall.catalogue.vocabulary import Vocabulary

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TRUST = trusting(KEY.public_key())
DAY = date(2026, 11, 22)
HEADER = Header(
    hall="qingyuan",
    name="清源县政务服务中心",
    name_en="Qingyuan Government Service Hall",
    revision=2026112201,
    region="371521",
    region_names=("山东省", "聊城市", "清源县"),
    themes=(Group(name="社会保障", name_en="Social security", icon="shield-account"),),
    events=(Group(name="退休", name_en="Retirement", icon="beach"),),
)
WORDS = Vocabulary("2026-11-01", {"社保卡丢了": ("社会保障卡挂失",)}, ("社保卡",), ("坏词",))
PLACES = {"371521": "清源县", "371500": "聊城市", "370000": "山东省", "371522": "邻县", "440100": "广州市"}


def guide(id: str = "card", name: str = "社会保障卡挂失", region: str = "371521", **other: Any) -> Guide:
    where = PLACES.get(region, "")
    office = Office(name=f"{where}人力资源和社会保障局")
    place = Place(address=f"{where}振兴路 1 号", hours="工作日 9:00-17:00", phone="0635-1234567")
    values = {"region": region, "region_name": where, "office": office, "places": (place,), **other}
    return Guide.model_validate({"id": id, "name": name, **values})


def bundle(id: str = "retire", members: tuple[str, ...] = ("card", "pension"), **other: Any) -> Bundle:
    return Bundle.model_validate({"id": id, "name": "退休一件事", "members": members, **other})


def queue(id: str) -> Queue:
    return Queue(
        id=id, prefix="A", name="社保业务", name_en="Social security", about="社保", about_en="S", zone="z"
    )


def rows(pages: Iterable[Guide | Bundle]) -> Iterable[Taken]:
    return ((f"source#{number}", page) for number, page in enumerate(pages, start=1))


def made(target: Path, *pages: Guide | Bundle, **other: Any) -> Report:
    given: dict[str, Any] = {"header": HEADER, "vocabulary": WORDS, "key": KEY, "published": DAY, **other}
    return build(rows(pages), target=target, **given)


def reasons(report: Report) -> list[tuple[str, str, bool]]:
    """(row, reason, refused) of every remark."""
    return [(remark.row, remark.reason, remark.refused) for remark in report.remarks]


def read(target: Path, *pages: Guide | Bundle, **other: Any) -> Catalogue:
    made(target, *pages, **other)
    return Catalogue.open(target)
