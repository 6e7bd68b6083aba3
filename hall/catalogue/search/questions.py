"""Questions around a subject: which part of a guide they ask for, and the words that name no item. Pure."""

import re
from dataclasses import dataclass

from hall.catalogue.model import Section

# Asking words and polite words: they stand in no item's name, and what stands with them is the subject.
_ASKING = (
    "请问一下", "请问", "我想问", "想问", "问一下", "咨询一下", "麻烦", "你好", "您好", "帮我", "帮忙", "告诉我",
    "我想要", "我想", "我要", "我们", "我的", "我", "想要", "你们", "您", "需要", "应该", "可不可以", "能不能",
    "可以", "要不要", "是不是", "有没有", "怎么办理", "怎么办", "怎么样", "怎么弄", "怎么搞", "怎么", "咋办", "咋弄",
    "咋", "怎样", "如何", "为什么", "什么", "啥", "哪个", "哪些", "哪儿", "哪里", "哪",
    "一下", "去办", "办一个", "办一张", "办张", "要去", "要办", "想办",
)  # fmt: skip
_ASKING_WORD = re.compile(
    "|".join([*sorted(map(re.escape, _ASKING), key=len, reverse=True), "办个(?![体人])"])
)
# Only where a text ends, and not where they end a word: 网吧, 酒吧.
_PARTICLES = re.compile("(?:[吗嘛呢啊呀哦]|(?<![网酒茶书水氧陶话咖贴])吧)+$")

_WHAT = "(?:什么|哪些|哪几种|啥|多少|几份|几种|几样)"
_NEED = "(?:需要|要|得|应|应该|该|都)*"
_VERB = "(?:带|准备|提供|提交|交|拿|用|有|备|填|办|走)?"
# In order: the first that is found gives the section; all are taken out of the subject.
_SECTIONS: tuple[tuple[Section, tuple[str, ...]], ...] = (
    ("fees", (
        "收不收费", "收费标准", "怎么收费", "收费吗", "收费", "要不要钱", "多少钱", "花钱吗", "要钱吗", "要交钱",
        "免费吗", "费用是?多少", "工本费", "手续费",
    )),
    ("place", (
        "办[公理]地[点址]", "办事地点", "地址在哪里?", "地点", "[在去到]?哪个?(?:窗口|地方|部门|单位|大厅|楼|里|儿)",
        "[在去到]哪", f"{_WHAT}(?:地方|部门|窗口|单位)", "(?:办理|办公|上班|工作)时间",
        "几点(?:上班|下班|开门|关门)?",
        "(?:周|星期)[六天日末](?:上班|能办|办)", "中午(?:上班|休息)", "什么时候(?:上班|开门)",
        "(?:咨询|联系)电话", "电话(?:是?多少|号码|$)", "时间$",
    )),
    ("process", (
        "(?:办理|办结|承诺)?时限", "多久", "多长时间", "要?几天", "多少天", "几个工作日", "多少个?工作日",
        "什么时候能?(?:好|办好|拿到|下来)", "(?:办理)?流程", "步骤", "怎么走",
    )),
    ("conditions", (
        "[受办]理条件", "申请条件", f"{_NEED}(?:符合|满足|具备)?{_WHAT}(?:条件|要求|资格)", "有条件吗", "条件",
        "什么人(?:可以|能)", "谁(?:可以|能)",
    )),
    ("basis", ("(?:设定|法律|政策)依据", f"依据是?{_WHAT}", f"{_WHAT}依据")),
    ("materials", (
        f"{_NEED}{_VERB}{_WHAT}(?:材料|资料|证件|东西|手续|文件|证明|证)", "(?:申请|办理|所需|需要|要)材料", "材料清单",
        f"{_NEED}(?:带|准备|提供|提交|拿){_WHAT}", "材料", "资料",
    )),
)  # fmt: skip
_PATTERNS = tuple((section, re.compile("|".join(patterns))) for section, patterns in _SECTIONS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query taken apart: ``subject`` is what it is about, ``section`` the part of the guide asked for."""

    subject: str
    section: Section | None


def asked(text: str) -> Asked:
    """Take normalised ``text`` apart. The subject is never empty unless ``text`` is."""
    section: Section | None = None
    rest = text
    for name, pattern in _PATTERNS:
        rest, found = pattern.subn("", rest)
        if found and section is None:
            section = name
    subject = _PARTICLES.sub("", _ASKING_WORD.sub("", rest))
    for candidate in (subject, rest, text):
        if candidate:
            return Asked(candidate, section)
    return Asked(text, section)


def words() -> str:
    """All characters of the asking words, so that their traditional forms are known too."""
    return "".join(_ASKING) + "".join("".join(patterns) for _, patterns in _SECTIONS)
