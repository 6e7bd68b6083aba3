"""A small catalogue to search in, written for these tests."""

import sqlite3
from contextlib import closing

from hall.catalogue.search.engine import Engine
from hall.catalogue.search.index import SearchName, write_index
from hall.catalogue.vocabulary import Vocabulary

NAMES = (
    "个人所得税纳税记录开具",
    "个体工商户设立登记",
    "个体工商户注销登记",
    "企业设立登记",
    "企业注销登记",
    "住房公积金贷款",
    "住房公积金提取",
    "公积金账户设立",
    "公共场所卫生许可",
    "养犬登记",
    "内地居民离婚登记",
    "内地居民结婚登记",
    "出生登记",
    "小餐饮店登记",
    "居住证地址变更",
    "居住证办理",
    "居民身份证丢失补领",
    "居民身份证到期换领",
    "工伤认定",
    "建设工程规划许可证核发",
    "异地就医备案",
    "户口迁移",
    "护士执业注册",
    "收费公路权益转让审批",
    "授渔补贴发放",
    "普通护照签发",
    "最低生活保障对象认定",
    "机动车驾驶证期满换证",
    "检疫处理单位审批",
    "残疾人证换领",
    "残疾人证新办",
    "残疾人证补办",
    "灵活就业人员参保登记",
    "社会保障卡挂失",
    "社会保障卡申领",
    "社会保障卡补办",
    "老年人优待证办理",
    "音乐考级机构备案",
    "食品经营许可",
    "食品经营许可变更",
    "ETC车辆安装登记",
    "行业协会登记",
    "重大动物疫情报告",
)
ALIASES = {"异地就医备案": ("跨省看病登记",), "内地居民结婚登记": ("领结婚证",)}
MAIN_NAMES = {"授渔补贴发放": "渔业扶持"}
NEARNESS = {"残疾人证新办": 0, "残疾人证补办": 3}
VOCABULARY = Vocabulary(
    version="test",
    synonyms={
        "开饭店": ("食品经营许可", "餐饮"),
        "社保卡": ("社会保障卡",),
        "社保卡丢": ("社会保障卡挂失", "社会保障卡补办"),
        "个税": ("个人所得税",),
        "扯证": ("结婚登记",),
        "残疾证": ("残疾人证",),
        "低保": ("最低生活保障",),
        "驾照": ("机动车驾驶证",),
        "补办身份证": ("居民身份证丢失补领",),
        "改命": ("没有任何名称用这个词", "出生登记"),
    },
    hot=("社保卡", "结婚登记", "赌博", "ＤＵ博"),
    deny=("賭博", "du博"),
)


def names(chosen: tuple[str, ...] = NAMES) -> list[SearchName]:
    return [
        SearchName(number, name, ALIASES.get(name, ()), MAIN_NAMES.get(name, ""), NEARNESS.get(name, 2))
        for number, name in enumerate(sorted(chosen), start=1)
    ]


def connect() -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(":memory:"))


def written(chosen: tuple[str, ...] = NAMES, vocabulary: Vocabulary = VOCABULARY) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    write_index(connection, names(chosen), vocabulary)
    return connection


class Hall:
    """Searches the small catalogue and answers with names."""

    def __init__(self, chosen: tuple[str, ...] = NAMES, vocabulary: Vocabulary = VOCABULARY) -> None:
        self.connection = written(chosen, vocabulary)
        self.engine = Engine(self.connection)
        self.names = ("", *sorted(chosen))

    def found(self, text: str, limit: int = 5) -> list[str]:
        return [self.names[number] for number in self.engine.search(text, limit).ids]

    def first(self, text: str) -> str:
        return self.found(text, 1)[0]

    def close(self) -> None:
        self.connection.close()
