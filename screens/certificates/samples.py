"""Invented people and companies, and what the office keeps of them: the gallery and the tests."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from hall.catalogue.model import Guide
from hall.wire.messages import CertificateStatus, CertificateView, CompanyView, PresentationView
from screens import samples
from screens.certificates.presenter import CertificatesPresenter
from screens.events import Touched
from screens.guide.presenter import GuidePresenter
from screens.guide.samples import ANSWERS, CARD, LONG, reading
from screens.visit import Terminal

Make = Callable[[Terminal], tuple[str, Any]]


def _certificate(
    id: str,
    name: str,
    name_en: str,
    icon: str,
    number: str,
    issuer: str,
    until: date | None = None,
    status: CertificateStatus = "valid",
    stands_for: tuple[str, ...] = (),
    **more: Any,
) -> CertificateView:
    return CertificateView(
        id=id, kind="000000000000000001", name=name, name_en=name_en, icon=icon, holder="欧阳*海",
        number=number, issuer=issuer, valid_to=until, status=status, stands_for=(name, *stands_for), **more,
    )  # fmt: skip


OF_A_PERSON = (
    _certificate("c1", "居民身份证", "Resident identity card", "card-account-details-outline",
                 "371************01X", "清源县公安局", date(2031, 5, 1)),
    _certificate("c2", "居民户口簿", "Household register", "home-account", "37*****42", "清源县公安局城关派出所",
                 stands_for=("户口簿",)),
    _certificate("c3", "社会保障卡", "Social security card", "piggy-bank-outline", "A1*****07",
                 "清源县人力资源和社会保障局", date(2029, 12, 31), doubtful=True),
    _certificate("c4", "中华人民共和国机动车驾驶证", "Driving licence of the People's Republic of China",
                 "card-account-details-star-outline", "371************01X", "聊城市公安局交通警察支队",
                 date(2024, 3, 1), "expired"),
    _certificate("c5", "老年人优待证", "Senior citizen card", "human-cane", "L0*****19", "清源县卫生健康局",
                 None, "revoked"),
    _certificate("c6", "机动车行驶证", "Vehicle licence", "car-outline", "鲁P*****6", "聊城市公安局交通警察支队", None,
                 "suspended"),
    _certificate("c7", "居住证", "Residence permit", "home-city-outline", "37*****88", "清源县公安局",
                 date(2030, 1, 1), "not_yet", valid_from=date(2027, 1, 1)),
    _certificate("c8", "不动产权证书", "Real estate title certificate", "home-city-outline", "鲁(2020)******077号",
                 "清源县自然资源和规划局"),
    _certificate("c9", "结婚证", "Marriage certificate", "ring", "J3*****12", "清源县民政局婚姻登记处"),
)  # fmt: skip
OF_A_COMPANY = (
    _certificate("f1", "营业执照", "Business licence", "store-outline", "91************2B", "清源县行政审批服务局"),
    _certificate("f2", "食品经营许可证", "Food business licence", "food-outline", "JY*********18",
                 "清源县行政审批服务局", date(2028, 6, 30)),
    _certificate("f3", "建设工程规划许可证", "Construction planning permit", "office-building-cog-outline",
                 "建字第******号", "清源县自然资源和规划局"),
)  # fmt: skip
COMPANY = CompanyView(
    name="清源县红太阳餐饮管理服务有限责任公司",
    code="91371525MA3TNY2B7K",
    agent="欧阳*海",
    authority="办理行政许可",
    authority_until=date(2027, 6, 30),
)
MANY_MATERIALS = CARD.model_copy(
    update={
        "materials": tuple(
            CARD.materials[0].model_copy(update={"name": name, "certificate": certificate, "when": ()})
            for name, certificate in (
                ("申请人居民身份证", "居民身份证"),
                ("户口簿", "户口簿"),
                ("社会保障卡", "社会保障卡"),
                ("不动产权证书或者房屋租赁合同备案证明", "不动产权证书"),
                ("社会保障卡申领登记表", ""),
                ("近期免冠白底彩色照片", ""),
            )
        )
    }
)


def presentation(
    certificates: tuple[CertificateView, ...] = OF_A_PERSON,
    code: str = "",
    company: CompanyView | None = None,
) -> PresentationView:
    return PresentationView(
        id="p-1",
        source="enterprise_code" if company else "resident_code",
        assurance="substantial",
        person="0" * 64,
        masked_name="欧阳*海",
        seconds=300,
        certificates=certificates,
        certificates_code=code,
        company=company,
    )


def shown(terminal: Terminal, given: PresentationView, page: Guide | None = None) -> Terminal:
    """The terminal of somebody who has shown ``given``, coming from the guide ``page``."""
    terminal = replace(terminal, visit=replace(terminal.visit), catalogue_code=None)
    terminal.features = frozenset({"guide", "certificates"})
    terminal.hall = terminal.hall if terminal.hall.queues else samples.hall()
    visit = terminal.visit
    visit.presentation, visit.person, visit.card = given, samples.person(), "known"
    if page is not None:
        visit.reading, visit.answers = reading(page), ANSWERS if page is CARD else ()
    return terminal


def _list(
    given: PresentationView, page: Guide | None = None, *touched: Touched, link: str | None = None
) -> Make:
    def make(terminal: Terminal) -> tuple[str, Any]:
        situation = replace(shown(terminal, given, page), link=link)
        presenter = CertificatesPresenter(situation)
        presenter.enter()
        for event in touched:
            presenter.handle(event)
        return "certificates", presenter.view

    return make


def _guide(given: PresentationView | None, page: Guide, *touched: Touched) -> Make:
    """The guide itself, before its certificates are shown and after."""

    def make(terminal: Terminal) -> tuple[str, Any]:
        situation = shown(terminal, given or presentation(), page)
        situation.visit.presentation = given
        presenter = GuidePresenter(situation, lambda: "job-1")
        presenter.enter()
        for event in touched:
            presenter.handle(event)
        return "guide", presenter.view

    return make


STATES: dict[str, Make] = {
    "certificates": _list(presentation()),
    "certificates-last-page": _list(presentation(), None, Touched("page", "99")),
    "certificates-guide": _list(presentation(), MANY_MATERIALS),
    "certificates-guide-few": _list(presentation(OF_A_PERSON[:3]), CARD),
    "certificates-company": _list(presentation(OF_A_COMPANY, company=COMPANY)),
    "certificates-company-guide": _list(presentation(OF_A_COMPANY, company=COMPANY), LONG),
    "certificates-none-in-force": _list(presentation(OF_A_PERSON[3:6])),
    "certificates-none": _list(presentation(())),
    "certificates-none-company": _list(presentation((), company=COMPANY)),
    "certificates-none-guide": _list(presentation(()), CARD),
    "certificates-unreachable": _list(presentation((), "certificates.unreachable")),
    "guide-spare-offer": _guide(None, CARD),
    "guide-spare-offer-long": _guide(None, LONG),
    "guide-spared": _guide(presentation(), MANY_MATERIALS),
    "guide-spared-on": _guide(presentation(), MANY_MATERIALS, Touched("page", "1")),
    "guide-spared-none": _guide(presentation(OF_A_COMPANY[:1]), CARD),
    "certificates-lost": _list(presentation((), "certificates.unreachable"), link="hall.unreachable"),
}
