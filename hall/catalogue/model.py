"""What an office publishes about the things it does: items, guides, bundles. Values only.

One ``Guide`` is one item done by one office in one region (实施清单). Texts stand as the source wrote them: they are
shown to the letter on every channel. Chinese element names are those of the national exchange tables
(政务服务事项基本目录、实施清单).
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from config.part import Part

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Short = Annotated[str, StringConstraints(max_length=200)]
Phone = Annotated[str, StringConstraints(max_length=2000)]  # real sources write whole paragraphs here
Long = Annotated[str, StringConstraints(max_length=20_000)]
Url = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s<>\"']+)?$", max_length=500)]

State = Literal["in_force", "withdrawn"]
Section = Literal["plain", "materials", "place", "conditions", "process", "fees", "basis", "elsewhere"]


class Codes(Part):
    """The item's codes; "" where the source has none."""

    task: Short = Field(
        default="", description="实施编码: 31 digits, office's credit code + level + basic code"
    )
    handle: Short = Field(default="", description="业务办理项编码: 33 digits, task code + serial")
    basic: Short = Field(default="", description="基本编码: 12 digits")
    local: Short = Field(default="", description="A platform's own code, verbatim")


class Office(Part):
    """实施主体: the office that does it."""

    name: Name
    code: Short = Field(default="", description="Unified social credit code (GB 32100-2015), or a local one")
    kind: Short = Field(default="", description="实施主体性质, verbatim: 法定机关、授权组织、受委托组织")


class Limit(Part):
    """A time limit with its unit; 0 of any unit: at once (即办)."""

    value: int = Field(ge=0, le=36_500)
    unit: Annotated[str, StringConstraints(min_length=1, max_length=10)] = "工作日"  # 工作日, 自然日, 小时 …
    note: Long = ""


class When(Part):
    """Holds if the question ``case`` was answered with one of ``options``."""

    case: Key
    options: Annotated[tuple[Key, ...], Field(min_length=1)]


class Option(Part):
    id: Key
    label: Name
    label_en: Short = ""
    note: Short = ""


class Case(Part):
    """情形: a question about the applicant's situation that decides which materials apply."""

    id: Key
    question: Name
    question_en: Short = ""
    options: Annotated[tuple[Option, ...], Field(min_length=2)]
    when: tuple[When, ...] = Field(default=(), description="Asked only if all of these hold")


class Material(Part):
    """One thing to bring."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    issuer: Short = Field(default="", description="Who issues it")
    kind: Short = Field(default="", description="材料类型, verbatim: 证件证书证明、申请表格文书、其他")
    original: Literal["", "original", "copy", "both"] = Field(
        default="", description="原件、复印件; '': not said"
    )
    copies: int | None = Field(default=None, ge=0, le=100, description="Paper copies; unset: not said")
    form: Literal["", "paper", "electronic", "either"] = Field(default="", description="材料形式")
    necessity: Literal["", "required", "optional", "later"] = Field(
        default="", description="必要性; later: may follow after acceptance (容缺后补)"
    )
    source: Short = Field(default="", description="来源渠道, verbatim: 申请人自备、政府部门核发、其他")
    sample: Url = Field(default="", description="Filled-in example (示例样表)")
    blank: Url = Field(default="", description="Blank form (空白表格)")
    standard: Long = Field(default="", description="受理标准: when it is accepted")
    note: Long = ""
    certificate: Short = Field(
        default="", description="Kind of e-certificate that can stand in for it, e.g. 居民身份证; '': none"
    )
    when: tuple[When, ...] = Field(default=(), description="Needed only if all of these hold")


class Step(Part):
    """One step of the process, e.g. 受理, 审查, 决定, 送达."""

    name: Name
    limit: Limit | None = None
    result: Long = ""
    standard: Long = Field(default="", description="审查标准")


class Fee(Part):
    name: Name
    standard: Long = Field(default="", description="收费标准, e.g. 20 元/证")
    basis: Long = ""
    relief: Long = Field(default="", description="When it is reduced or waived")


class Basis(Part):
    """设定依据: the law behind it."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    article: Short = ""
    text: Long = ""


class Place(Part):
    """A counter where it is done."""

    name: Short = ""
    address: Long = ""
    windows: Short = ""
    hours: Long = ""
    phone: Phone = ""
    traffic: Long = ""


class Result(Part):
    """审批结果: what one leaves with."""

    name: Name
    kind: Short = Field(default="", description="证照、批文、其他, verbatim")
    validity: Short = ""
    delivery: Short = Field(default="", description="窗口领取、邮寄送达 …")


class Online(Part):
    url: Url = ""
    mobile: Url = ""
    depth: Short = Field(default="", description="网上办理深度, verbatim")


class Question(Part):
    question: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    answer: Long


class Element(Part):
    """An element of the source that has no field of its own here, verbatim."""

    name: Name
    value: Long


class Withdrawn(Part):
    """Why an item is no longer done, and what to do instead."""

    reason: Long
    since: date | None = None
    instead: tuple[Key, ...] = Field(default=(), description="Guides to go to instead")
    say: Long = Field(default="", description="Where to go instead, in plain words")


class Guide(Part):
    """办事指南: one item as one office does it."""

    id: Key
    name: Name
    name_en: Short = ""
    main_name: Short = Field(default="", description="主项名称")
    everyday: tuple[Name, ...] = Field(
        default=(), description="Everyday and short names (日常用语、事项简称)"
    )
    codes: Codes = Codes()
    type: Short = Field(default="", description="事项类型, verbatim: 行政许可、公共服务 …")
    type_code: Short = Field(default="", description="As the source codes it")
    level: Short = Field(default="", description="行使层级: 国家级、省级、市级、县级 …")
    region: Annotated[str, StringConstraints(pattern=r"^(\d{6}|\d{9}|\d{12})?$")] = Field(
        default="", description="GB/T 2260 code; '': the source gives only a name"
    )
    region_name: Short = ""
    office: Office
    audience: tuple[Name, ...] = Field(default=(), description="服务对象, verbatim: 自然人、企业法人 …")
    themes: tuple[Name, ...] = Field(default=(), description="主题分类, by name")
    events: tuple[Name, ...] = Field(default=(), description="Life events (人生事件), by name")
    state: State = "in_force"
    withdrawn: Withdrawn | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    plain: Long = Field(default="", description="In plain words: what it is, who can, what happens")
    plain_en: Long = ""
    handling: Short = Field(default="", description="办件类型: 即办件、承诺件")
    conditions: Long = Field(default="", description="受理条件")
    cases: tuple[Case, ...] = ()
    materials: tuple[Material, ...] = ()
    steps: tuple[Step, ...] = ()
    legal_limit: Limit | None = None
    promised_limit: Limit | None = None
    fee_free: bool | None = Field(default=None, description="True: nothing is charged; unset: not said")
    fees: tuple[Fee, ...] = ()
    bases: tuple[Basis, ...] = ()
    visits: int | None = Field(default=None, ge=0, le=99, description="到办事现场次数; unset: not said")
    visits_reason: Long = ""
    places: tuple[Place, ...] = ()
    consult_phones: tuple[Phone, ...] = ()
    complaint_phones: tuple[Phone, ...] = ()
    intermediaries: tuple[Long, ...] = Field(default=(), description="中介服务")
    special_procedures: tuple[Long, ...] = Field(default=(), description="特别程序")
    results: tuple[Result, ...] = ()
    online: Online = Online()
    kiosk: bool = Field(default=False, description="支持自助终端办理")
    queue: Short = Field(default="", description="Queue of the hall it leads to; '': not said")
    faqs: tuple[Question, ...] = ()
    more: tuple[Element, ...] = ()
    source: Short = Field(default="", description="Which file or platform it came from")

    @model_validator(mode="after")
    def _whole(self) -> "Guide":
        if (self.state == "withdrawn") != (self.withdrawn is not None):
            raise ValueError("a withdrawn item says why (withdrawn), and no other does")
        known = {case.id: {option.id for option in case.options} for case in self.cases}
        if len(known) != len(self.cases):
            raise ValueError("a case is there twice")
        conditions = [w for case in self.cases for w in case.when]
        conditions += [w for material in self.materials for w in material.when]
        for when in conditions:
            if not set(when.options) <= known.get(when.case, set()):
                raise ValueError(
                    f"when names an unknown case or option: {when.case}={','.join(when.options)}"
                )
        return self


class Bundle(Part):
    """一件事: several items handled as one, with one set of materials."""

    id: Key
    name: Name
    name_en: Short = ""
    everyday: tuple[Name, ...] = ()
    audience: tuple[Name, ...] = ()
    events: tuple[Name, ...] = ()
    plain: Long = ""
    plain_en: Long = ""
    members: Annotated[tuple[Key, ...], Field(min_length=2)] = Field(description="Guides, by id, in order")
    cases: tuple[Case, ...] = ()
    materials: tuple[Material, ...] = Field(
        default=(), description="The one set; empty: those of the members"
    )
    limit: Limit | None = None
    places: tuple[Place, ...] = ()
    consult_phones: tuple[Phone, ...] = ()
    queue: Short = ""
    source: Short = ""


class Group(Part):
    """A theme or a life event as people browse by it; guides name it."""

    name: Name
    name_en: Short = ""
    icon: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]*$", max_length=64)] = Field(
        default="", description="Name in Material Design Icons"
    )


class Header(Part):
    """What a catalogue is and whom it is for."""

    hall: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    name: Name
    name_en: Short = ""
    revision: int = Field(ge=1, description="Grows with every publication, e.g. 2026112201")
    region: Annotated[str, StringConstraints(pattern=r"^\d{6}$")] = Field(description="Home: GB/T 2260 code")
    region_names: tuple[Name, ...] = Field(
        default=(), description="The home region from the province down: 山东省, 聊城市, 清源县"
    )
    themes: tuple[Group, ...] = Field(default=(), description="Order, English and icons; others follow")
    events: tuple[Group, ...] = ()
