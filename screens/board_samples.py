"""Payloads of an invented hall, for the gallery and the tests: what boards and pads get to see, at its extremes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from hall.wire.messages import (
    Call,
    CertificateStatus,
    CertificateView,
    HallView,
    NoticeView,
    PaperState,
    Priority,
    QueueState,
    QueueView,
    TicketBrief,
    TicketState,
    TicketView,
    WindowCertificate,
    WindowCertificates,
    WindowState,
    WindowView,
    ZoneView,
)
from screens.events import Picture

WALL = timezone(timedelta(hours=8), "hall")
MORNING = datetime(2026, 11, 20, 10, 42, tzinfo=WALL)  # a Friday morning
TODAY = MORNING.date()


@dataclass(frozen=True, slots=True)
class SampleQueue:
    id: str
    prefix: str
    name: str
    name_en: str
    zone: str
    windows: str
    icon: str
    waiting: int = 0
    low: int | None = None
    high: int | None = None
    state: QueueState = "open"
    opens: str = ""


QUEUES = (
    SampleQueue("general", "A", "综合受理", "General desk", "a", "1–3", "account-question-outline", 6, 10, 14),
    SampleQueue("social", "B", "社会保障", "Social security", "b", "3, 5–7", "piggy-bank-outline", 11, 20, 28),
    SampleQueue("medical", "C", "医疗保障", "Medical insurance", "b", "3, 8–9", "heart-pulse", 4, 9, 9),
    SampleQueue("fund", "D", "住房公积金", "Housing fund", "b", "10–11", "home-percent-outline", 2, 4, 6),
    SampleQueue("civil", "E", "民政与残联", "Civil affairs", "b", "11–12", "hand-heart-outline", 0),
    SampleQueue("household", "F", "公安户政", "Households", "c", "13–14", "card-account-details-outline", 0),
    SampleQueue("exit", "G", "出入境", "Exit and entry", "c", "15, 17", "passport", 9, 30, 45, "quota"),
    SampleQueue("vehicles", "H", "车管业务", "Vehicles and driving", "c", "16–17", "car-outline", 3, 8, 11),
    SampleQueue("property", "J", "不动产登记", "Real estate", "d", "18–19", "home-city-outline", 1024, 180, 240),
    SampleQueue("tax", "K", "税务", "Taxes", "d", "20–21", "receipt-text-outline", 7, 11, 15),
    SampleQueue("business", "L", "市场准入", "Business registration", "e", "22–23", "storefront-outline", 5, 16, 22),
    SampleQueue("projects", "M", "工程建设", "Construction projects", "e", "23–24", "crane", 0, state="paused"),
    SampleQueue("utilities", "N", "水电气热", "Water, power, gas, heat", "e", "24–25", "water-outline", 1, None, None),
    SampleQueue("assist", "P", "帮办代办", "Assisted service", "a", "1, 4", "human-greeting-proximity", 0),
    SampleQueue(
        "unresolved", "Q", "办不成事反映窗口", "Unresolved matters", "a", "4", "comment-alert-outline", 1, 15, 15
    ),
    SampleQueue(
        "archives", "R", "就业与档案", "Jobs and archives", "b", "7, 12", "briefcase-account-outline", 0,
        state="closed", opens="13:00",
    ),
)  # fmt: skip
ZONES = (
    ZoneView(id="a", name="A 区 综合", name_en="Zone A · General"),
    ZoneView(id="b", name="B 区 民生", name_en="Zone B · Livelihood"),
    ZoneView(id="c", name="C 区 公安", name_en="Zone C · Police"),
    ZoneView(id="d", name="D 区 不动产与税务", name_en="Zone D · Property and tax"),
    ZoneView(id="e", name="E 区 企业与工程", name_en="Zone E · Business and projects"),
)
NOTICES = (
    NoticeView(
        zh="午间不休：综合受理、社会保障、医疗保障 12:00–13:00 照常办理。",
        en="Open through lunch (12:00–13:00): general desk, social security, medical insurance.",
    ),
    NoticeView(
        zh="老年人、残疾人、孕妇、军人可走绿色通道，请到咨询台。",
        en="Older people, people with disabilities, expectant mothers and soldiers may use the green channel.",
    ),
)


def sample_call(
    number: str,
    window: str,
    *,
    seq: int,
    queue: str = "social",
    kind: Literal["called", "recalled"] = "called",
    zone: str = "b",
    at: datetime = MORNING,
    window_name: str = "",
) -> Call:
    business = next(q for q in QUEUES if q.id == queue)
    return Call(
        seq=seq,
        kind=kind,
        ticket=f"t-{number}",
        number=number,
        queue=business.id,
        queue_name=business.name,
        queue_name_en=business.name_en,
        window=window,
        window_name=window_name or f"{window} 号窗口",
        window_name_en=f"Window {window}",
        zone=zone,
        round=2 if kind == "recalled" else 1,
        at=at,
    )


CALLS = (
    sample_call("B012", "7", seq=90),
    sample_call("A031", "3", seq=84, queue="general", zone="a"),
    sample_call("D008", "11", seq=80, queue="fund"),
    sample_call("Q002", "4", seq=75, queue="unresolved", zone="a"),
    sample_call("J1024", "19", seq=70, queue="property", zone="d"),
    sample_call("F002", "14", seq=66, queue="household", zone="c"),
)


def sample_hall(
    *,
    seq: int = 100,
    at: datetime = MORNING,
    calls: Sequence[Call] = CALLS,
    queues: Sequence[SampleQueue] = QUEUES,
    open_now: bool = True,
    opens: str = "",
    notices: Sequence[NoticeView] = NOTICES,
    day: date | None = TODAY,
) -> HallView:
    return HallView(
        seq=seq,
        hall="qingyuan",
        name="清源县政务服务中心",
        name_en="Qingyuan County Government Service Centre",
        time_zone="Asia/Shanghai",
        day=day,
        open_now=open_now,
        opens=opens,
        hours="09:00–12:00  13:00–17:00",
        queues=tuple(_queue(queue) for queue in queues),
        zones=ZONES,
        notices=tuple(notices),
        calls=tuple(calls),
        at=at,
    )


def _queue(queue: SampleQueue) -> QueueView:
    return QueueView(
        id=queue.id,
        prefix=queue.prefix,
        name=queue.name,
        name_en=queue.name_en,
        about="",
        about_en="",
        icon=queue.icon,
        identity="optional",
        waiting=queue.waiting,
        wait_low=queue.low,
        wait_high=queue.high,
        zone=queue.zone,
        zone_en="",
        windows=queue.windows,
        state=queue.state,
        opens=queue.opens,
    )


def sample_ticket(
    number: str = "B012",
    state: TicketState = "called",
    *,
    queue: str = "social",
    priority: Priority = "ordinary",
    paper: PaperState = "printed",
    certificates: int = 0,
) -> TicketView:
    business = next(q for q in QUEUES if q.id == queue)
    return TicketView(
        id=f"t-{number}",
        number=number,
        queue=business.id,
        queue_name=business.name,
        queue_name_en=business.name_en,
        state=state,
        priority=priority,
        paper=paper,
        taken_at=MORNING - timedelta(minutes=23),
        ahead=0,
        wait_low=None,
        wait_high=None,
        zone=business.zone,
        zone_en="",
        windows=business.windows,
        window="7",
        certificates=certificates,
    )


# id, kind (GB/T 36903), name, English, icon, number, issuer, from, to, status, doubtful, viewed
_CERTIFICATES: tuple[
    tuple[str, str, str, str, str, str, str, date | None, date | None, CertificateStatus, bool, bool], ...
] = (
    ("c1", "111", "居民身份证", "Resident identity card", "card-account-details-outline",
     "370************01X", "清源县公安局", date(2018, 5, 1), date(2038, 5, 1), "valid", False, False),
    ("c2", "325", "社会保障卡", "Social security card", "card-account-details-outline",
     "R0***********56", "清源县人力资源和社会保障局", date(2020, 3, 9), None, "valid", False, True),
    ("c3", "335", "中华人民共和国机动车驾驶证", "Driving licence", "car-outline",
     "370************01X", "清源市公安局交通警察支队", date(2014, 8, 2), date(2024, 8, 2), "expired", False, False),
    ("c4", "820", "不动产权证书", "Real estate certificate", "home-city-outline",
     "鲁(****)不动产权第*****21号", "清源县自然资源和规划局", date(2021, 6, 18), date(2091, 6, 17), "revoked",
     True, False),
)  # fmt: skip


def sample_certificates(
    ticket: str | None = "t-B012", *, count: int = 4, gone: bool = False
) -> WindowCertificates:
    """What an invented citizen agreed to show: one valid, one viewed, one expired, one doubtful and revoked."""
    return WindowCertificates(
        ticket=ticket,
        gone=gone,
        certificates=tuple(
            WindowCertificate(
                certificate=CertificateView(
                    id=id_, kind=kind, name=name, name_en=name_en, icon=icon, holder="欧阳*海", number=number,
                    issuer=issuer, valid_from=start, valid_to=end, status=status, doubtful=doubtful,
                ),
                viewed=viewed,
            )
            for id_, kind, name, name_en, icon, number, issuer, start, end, status, doubtful, viewed
            in _CERTIFICATES[:count]
        ),
    )  # fmt: skip


def sample_face(width: int = 1200, height: int = 760) -> Picture:
    """A picture in the place of a certificate: nobody's."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (width, height), "#F7F3E8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((24, 24, width - 24, height - 24), outline="#B79B5B", width=6)
    draw.rectangle((width - 320, 180, width - 90, 480), fill="#D9D2BF")
    for row in range(6):
        draw.rectangle((90, 180 + row * 80, 700 - row * 40, 210 + row * 80), fill="#8C8675")
    for stripe in range(-height, width, 180):
        draw.line((stripe, height, stripe + height, 0), fill="#E4DCC4", width=10)
    return Picture(width, height, image.tobytes())


def sample_brief(
    number: str,
    state: TicketState,
    *,
    queue: str = "social",
    priority: Priority = "ordinary",
    paper: PaperState = "printed",
    papers_here: bool = False,
    minutes: int = 12,
) -> TicketBrief:
    business = next(q for q in QUEUES if q.id == queue)
    return TicketBrief(
        id=f"t-{number}",
        number=number,
        queue=business.id,
        queue_name=business.name,
        priority=priority,
        state=state,
        paper=paper,
        since=MORNING - timedelta(minutes=minutes),
        papers_here=papers_here,
    )


def sample_window(
    state: WindowState = "open",
    current: TicketView | None = None,
    *,
    seq: int = 100,
    serves: Sequence[str] = ("social", "archives"),
    waiting: Sequence[int] = (11, 3),
    recalls: int = 0,
    missed: Sequence[TicketBrief] = (),
    parked: Sequence[TicketBrief] = (),
    unprinted: Sequence[TicketBrief] = (),
    at: datetime = MORNING,
    window: str = "7",
) -> WindowView:
    names = {queue.id: queue.name for queue in QUEUES}
    return WindowView(
        seq=seq,
        id=window,
        name=f"{window} 号窗口",
        name_en=f"Window {window}",
        zone="b",
        state=state,
        serves=tuple(serves),
        current=current,
        recalls=recalls,
        waiting=sum(waiting),
        waiting_by_queue=tuple(
            (queue, names[queue], count) for queue, count in zip(serves, waiting, strict=True)
        ),
        missed=tuple(missed),
        parked=tuple(parked),
        unprinted=tuple(unprinted),
        served=18,
        at=at,
    )
