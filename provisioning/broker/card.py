"""The health card of a broker: what was tried, what came of it, and whether that is fit for production."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Grade: TypeAlias = Literal["ok", "warn", "leak"]
"""warn: it works, the centre makes up for it. leak: others learn or do what they must not, or what is published does
not arrive: no production on such a broker."""

TRUST = "broker.trust"

WORDS: dict[str, tuple[str, str]] = {
    TRUST: ("双方的证书互相受信任", "its certificate is trusted here, and ours there"),
    "broker.anonymous": ("无名或口令错误者进不来", "nobody comes in without a name and its password"),
    "broker.client_id": ("客户端标识不能被他人冒用", "a client cannot be thrown out by another with its id"),
    "broker.isolation_read": ("读不到别的终端的主题", "a terminal does not hear another's topics"),
    "broker.isolation_write": ("写不了别的终端的主题", "a terminal cannot speak as another or as the centre"),
    "broker.unasked": ("没有订阅就收不到任何消息", "who subscribed to nothing is told nothing"),
    "broker.centre_hears": ("中心收得到终端，终端收得到中心", "centre and terminal hear each other"),
    "broker.retained_exact": ("保留消息按主题取得到", "a retained message is there for its topic"),
    "broker.retained_erased": ("保留消息删得掉", "a retained message can be erased"),
    "broker.retained_all": ("通配订阅取得到全部保留消息", "a wildcard gives every retained message"),
    "broker.document": ("最大的配置文档送得到", "the largest document arrives"),
    "broker.qos": ("服务质量等级不被改动", "quality of service is kept as asked"),
    "broker.will": ("终端断线后遗嘱及时送达", "the will of a lost terminal is spoken in time"),
    "broker.goodbye": ("正常告别时不发遗嘱", "no will after a proper goodbye"),
    "broker.takeover": ("同一身份再次登录时旧连接关闭", "a second connection of one identity ends the first"),
    "broker.session": ("短暂离线的会话和消息被保留", "a session and its messages outlive a short absence"),
    "broker.round_trip": ("一来一回的时间", "the time of a round trip"),
    "broker.certificate": (
        "与代理连接的证书还有多少天",
        "the certificates of the connection have some time left",
    ),
    "broker.access": (
        "终端已按现在的地址和证书机构连接",
        "terminals reach it by the address and authority they are told now",
    ),
    "centre.certificate": (
        "中心地址出示的证书还有多少天",
        "the certificate that the centre shows has some time left",
    ),
    "broker.version": ("代理的名称和版本", "what the broker says it is"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. ``measured``: a figure or a fact, e.g. "1000 of 1000"; never a secret."""

    code: str
    grade: Grade
    measured: str = ""

    def words(self, language: str) -> str:
        """What is asked of the broker, as one plain clause."""
        return WORDS[self.code][0 if language == "zh" else 1]


@dataclass(frozen=True, slots=True)
class Card:
    """``broker``: its name among the centre's; ``at``: when, UTC seconds."""

    broker: str
    at: float
    checks: tuple[Check, ...]

    @property
    def grade(self) -> Grade:
        """That of the worst check."""
        worst: Grade = "ok"
        for check in self.checks:
            if check.grade == "leak" or worst == "ok":
                worst = check.grade if check.grade != "ok" else worst
        return worst


def fit_for_production(card: Card) -> tuple[Check, ...]:
    """What forbids production; empty: it is fit. A card without all that protects terminals is not."""
    if untrusted := tuple(check for check in card.checks if check.code == TRUST and check.grade == "leak"):
        return untrusted  # nothing else could be tried, and saying so says nothing
    made = {check.code for check in card.checks}
    missing = tuple(Check(code, "leak", "not tried") for code in MUST if code not in made)
    return tuple(check for check in card.checks if check.grade == "leak") + missing


MUST = (
    "broker.anonymous",
    "broker.client_id",
    "broker.isolation_read",
    "broker.isolation_write",
    "broker.unasked",
    "broker.retained_exact",
)
