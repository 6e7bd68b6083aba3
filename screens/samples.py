"""An invented hall and citizen, to look at the screens with: the gallery and the tests."""

from dataclasses import replace
from datetime import UTC, datetime

from screens.events import HallInfo, Person, QueueInfo, Ticket
from screens.offer import Offer, OwnNotice, Wording

NOW = datetime(2026, 11, 23, 9, 26, tzinfo=UTC)
_QUEUES = (
    # id, name, English, about, English, icon, waiting, low, high, zone, windows, identity
    ("general", "综合受理", "General desk", "不知道去哪，先到这里", "Not sure? Start here",
     "account-question-outline", 6, 12, 16, "A 区", "1–4", "optional"),
    ("social", "社会保障", "Social security", "社保卡、养老、失业", "Social card, pension",
     "piggy-bank-outline", 12, 20, 28, "B 区", "5–9", "optional"),
    ("medical", "医疗保障", "Medical insurance", "参保、报销、异地就医", "Enrolment, claims",
     "heart-pulse", 4, 9, 9, "B 区", "10–11", "optional"),
    ("housing-fund", "住房公积金", "Housing fund", "提取、贷款、转移", "Withdrawals, loans",
     "home-percent-outline", 2, 5, 8, "B 区", "12", "optional"),
    ("household", "公安户政", "Household registration", "身份证、户口簿", "ID card, household book",
     "card-account-details-outline", 0, 0, 0, "C 区", "13–14", "required"),
    ("exit-entry", "出入境", "Exit and entry", "护照、港澳通行证", "Passport, permits",
     "passport", 31, 60, 80, "C 区", "15", "required"),
    ("property", "不动产登记", "Real estate", "过户、抵押、查档", "Transfer, mortgage",
     "home-city-outline", 3, 14, 20, "D 区", "16–18", "required"),
    ("tax", "税务", "Taxes", "个税、契税、发票", "Income tax, deed tax",
     "receipt-text-outline", 7, 11, 15, "D 区", "19–20", "optional"),
    ("utilities", "水电气热", "Water, power, gas, heat", "开户、过户、缴费", "Connect, transfer, pay",
     "water-outline", 1, 6, 6, "E 区", "23", "none"),
    ("unresolved", "办不成事反映窗口", "Unresolved matters", "没办成的事，来这里说", "Tell us what went wrong",
     "comment-alert-outline", 0, 0, 0, "A 区", "24", "optional"),
)  # fmt: skip


def queues() -> tuple[QueueInfo, ...]:
    rows = (QueueInfo(*row) for row in _QUEUES)  # type: ignore[arg-type]  # a table, fields in order
    return tuple(replace(queue, zone_en=f"Zone {queue.zone[0]}") for queue in rows)


def hall(*, shut: bool = False) -> HallInfo:
    """A county hall in the morning; ``shut``: three of its queues give no numbers, each for its own reason."""
    offered = list(queues())
    if shut:
        offered[2] = replace(offered[2], state="closed", opens="13:30")
        offered[5] = replace(offered[5], state="quota")
        offered[7] = replace(offered[7], state="paused")
    return HallInfo(
        name="清源县政务服务中心",
        name_en="Qingyuan County Government Service Centre",
        terminal="一楼大厅 · 1 号自助终端",
        terminal_en="Ground floor · terminal 1",
        queues=tuple(offered),
        notices=("老年人、残疾人、孕妇、军人可走绿色通道，请到咨询台。",),
        notices_en=("Older people, people with disabilities, expectant mothers: ask for the green channel.",),
        hours="09:00–12:00  13:00–17:00",
    )


def person(*, elder: bool = False) -> Person:
    return Person("0" * 64, "欧阳*海", "elder" if elder else "ordinary")


def ticket(*, ahead: int = 11) -> Ticket:
    return Ticket(
        id="t-1",
        number="B012",
        queue="social",
        queue_name="社会保障",
        queue_name_en="Social security",
        ahead=ahead,
        wait_low=20,
        wait_high=28,
        zone="B 区",
        windows="5–9",
        phone_url="http://10.20.30.40:8080/t/3f9c2a7e51",
        zone_en="Zone B",
    )


LONG_NOTICE = (
    "接上级通知，12 月 1 日至 3 日不动产登记系统升级，期间不能办理过户、抵押和查档业务，已经取的号到 4 日仍然有效；"
    "需要加急的，请带身份证到一楼综合受理窗口登记，我们会打电话通知您办理时间。给您带来不便，敬请谅解。",
    "The real-estate register is being renewed from 1 to 3 December. Transfers, mortgages and searches have to "
    "wait until then; numbers that were taken stay good on the 4th. If it is urgent, leave your name at the "
    "general desk on the ground floor and we will call you. Questions: 0635-8251234. Sorry!",
)


def offer(zh: str, en: str) -> Offer:
    """A terminal with one notice of its own."""
    return Offer(notices=(OwnNotice(Wording(zh, en)),))
