"""Invented guides to look at the pages of guides with: the gallery and the tests.

One with questions, one with everything and a very long name, one of which the source says next to nothing, one that
is withdrawn, and a bundle.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from hall.catalogue.answers import Elsewhere, Entry
from hall.catalogue.model import (
    Basis,
    Bundle,
    Case,
    Codes,
    Element,
    Fee,
    Guide,
    Limit,
    Material,
    Office,
    Online,
    Option,
    Place,
    Question,
    Result,
    Section,
    Step,
    When,
    Withdrawn,
)
from screens.events import NoticeFailed, NoticePrinted, Ticked, Touched
from screens.guide.presenter import GuidePresenter
from screens.visit import Reading, Terminal

VERSION = "2026112201-3fa94c07"
PHONE_URL = "http://10.20.30.40:8080"
ANSWERS = (("why", "lost"), ("who", "self"))

_LOST, _DAMAGED = When(case="why", options=("lost",)), When(case="why", options=("damaged",))
_OTHER = When(case="who", options=("other",))
_SOCIAL = Office(name="清源县人力资源和社会保障局", code="113715250043218765", kind="法定机关")
_COUNTER = Place(
    name="清源县政务服务中心",
    address="清源县振兴路 88 号一楼 B 区",
    windows="5–9 号窗口",
    hours="周一至周五 9:00–12:00，13:00–17:00",
    phone="0635-5551234",
    traffic="乘 3 路、8 路公交车到政务中心站，下车就到",
)

CARD = Guide(
    id="sbk-bl",
    name="社会保障卡补领、换领、换发",
    name_en="Replacement of a social security card",
    main_name="社会保障卡服务",
    everyday=("补社保卡", "社保卡丢了"),
    codes=Codes(task="11371525004321876533714020010", handle="1137152500432187653371402001001"),
    type="公共服务",
    level="县级",
    region="371525",
    region_name="清源县",
    office=_SOCIAL,
    audience=("自然人",),
    themes=("社会保障",),
    plain="社保卡丢了、坏了，或者信息变了，都可以来补一张新的。本人带身份证，当场拿卡，不收钱。"
    "家里人也可以替您办，多带一张他自己的身份证。",
    plain_en="Lost or broken card? Come with your ID card and leave with a new one. It is free.",
    handling="即办件",
    conditions="已在本县参加社会保险，且原社会保障卡遗失、损坏或者信息有变更的人员。",
    cases=(
        Case(
            id="why",
            question="为什么要补领或者换领？",
            question_en="Why do you need a new card?",
            options=(
                Option(id="lost", label="丢失", label_en="Lost", note="卡找不到了，先打 12333 挂失"),
                Option(id="damaged", label="损坏", label_en="Broken", note="卡还在，但是读不出来、断了、字磨没了"),
                Option(id="changed", label="姓名、身份证号变了", label_en="Name or number changed"),
            ),
        ),
        Case(
            id="who",
            question="谁来办？",
            question_en="Who will come?",
            options=(
                Option(id="self", label="本人办理", label_en="I do, myself"),
                Option(id="other", label="别人代办", label_en="Someone for me", note="家人、朋友都可以"),
            ),
        ),
    ),
    materials=(
        Material(
            name="申请人居民身份证",
            issuer="公安机关",
            original="original",
            copies=1,
            form="either",
            necessity="required",
            certificate="居民身份证",
        ),
        Material(
            name="社会保障卡申领登记表",
            original="original",
            copies=1,
            form="paper",
            necessity="required",
            kind="申请表格文书",
            sample="https://example.gov.cn/forms/sbk-sample.pdf",
            blank="https://example.gov.cn/forms/sbk.pdf",
        ),
        Material(name="挂失证明或挂失回执", original="copy", copies=1, necessity="later", form="paper", when=(_LOST,)),
        Material(name="原社会保障卡", original="original", copies=1, necessity="required", when=(_DAMAGED,)),
        Material(
            name="代办人居民身份证",
            issuer="公安机关",
            original="original",
            copies=1,
            necessity="required",
            certificate="居民身份证",
            when=(_OTHER,),
        ),
        Material(
            name="近期免冠白底彩色照片", original="original", copies=2, form="either", necessity="optional",
            note="系统里有您的照片就不用带。",
        ),
    ),
    steps=(
        Step(name="受理", limit=Limit(value=0), result="出具受理回执"),
        Step(name="制卡", limit=Limit(value=20, unit="分钟"), standard="身份信息与参保信息一致"),
        Step(name="发卡", result="领取社会保障卡"),
    ),
    legal_limit=Limit(value=20),
    promised_limit=Limit(value=1),
    fee_free=True,
    visits=1,
    places=(_COUNTER,),
    consult_phones=("0635-5551234", "12333"),
    complaint_phones=("12345",),
    results=(Result(name="社会保障卡", kind="证照", delivery="窗口领取")
             ,),
    online=Online(url="https://example.gov.cn/sbk", depth="四级：全程网办"),
    kiosk=True,
    queue="social",
    bases=(Basis(title="《中华人民共和国社会保险法》", article="第五十八条", text="国家建立全国统一的社会保障号码。"),),
    faqs=(Question(question="旧卡里的钱怎么办？", answer="新卡办好以后，旧卡的钱会转到新卡上，不用您操心。"),),
    source="qingyuan/social.toml#12",
)  # fmt: skip

_LAW = (
    "申请人应当如实向行政机关提交有关材料和反映真实情况，并对其申请材料实质内容的真实性负责。行政机关不得要求申请人提交"
    "与其申请的行政许可事项无关的技术资料和其他材料。行政机关及其工作人员不得以转让技术作为取得行政许可的条件。"
)

LONG = Guide(
    id="jsgc-xfys",
    name="对在文物保护单位的保护范围和建设控制地带内进行爆破、钻探、挖掘作业以及修缮、迁移、重建不可移动文物的建设工程，"
    "其工程设计方案和消防安全、人民防空、防雷装置、抗震设防要求联合审查暨竣工联合验收（含分期验收、变更、延续、补证）",
    main_name="建设工程联合审查",
    everyday=("文物旁边盖房子", "文保工程审批"),
    codes=Codes(
        task="1137152500432187653370117023000",
        handle="113715250043218765337011702300001",
        basic="000117023000",
        local="QY-2026-0099",
    ),
    type="行政许可",
    type_code="01",
    level="县级",
    region="371525",
    region_name="清源县",
    office=Office(name="清源县住房和城乡建设局（清源县人民防空办公室）", code="11371525004321", kind="法定机关"),
    audience=("企业法人", "事业法人", "社会组织法人", "非法人企业", "自然人"),
    themes=("工程建设", "文物保护"),
    events=("投资立项", "竣工验收"),
    valid_from=date(2024, 1, 1),
    valid_until=date(2029, 12, 31),
    plain="在文物古迹旁边施工，要先让几个部门一起审图纸，完工后一起来验收。一次提交，各部门同时看，不用一家家跑。" * 3,
    handling="承诺件",
    conditions="一、工程选址避开不可移动文物，确实无法避开的已经省级文物行政部门批准。\n二、设计单位、施工单位具有相应资质等级。\n"
    "三、施工图设计文件已经审查合格。",
    materials=tuple(
        Material(
            name=name,
            issuer=issuer,
            kind="其他",
            original="both",
            copies=copies,
            form="either",
            necessity="required",
            source="政府部门核发",
            standard="加盖公章，签字齐全；复印件与原件一致，逐页注明“与原件一致”并由经办人签名、注明日期。",
            note="图纸按 A3 规格折叠装订成册。",
            certificate=certificate,
            sample=f"https://example.gov.cn/forms/{copies}.pdf",
        )
        for name, issuer, copies, certificate in (
            ("建设工程规划许可证", "自然资源和规划主管部门", 1, "建设工程规划许可证"),
            ("施工图设计文件审查合格书及全套施工图（含消防、人防、防雷、抗震设防专篇）", "施工图审查机构", 3, ""),
            ("文物保护方案及省级文物行政部门的批复文件", "文物行政部门", 2, ""),
            ("法定代表人授权委托书", "申请人", 1, ""),
        )
    ),
    steps=(
        Step(name="收件", limit=Limit(value=1), result="出具收件凭证"),
        Step(name="受理", limit=Limit(value=5), standard="材料齐全、符合法定形式", result="受理通知书、不予受理通知书"),
        Step(name="联合审查", limit=Limit(value=15, note="不含专家评审"), standard=_LAW),
        Step(name="现场踏勘", limit=Limit(value=10, unit="自然日"), standard=_LAW, result="踏勘意见"),
        Step(name="决定", limit=Limit(value=3), result="准予许可决定书"),
        Step(name="送达", limit=Limit(value=10)),
    ),
    legal_limit=Limit(value=60, note="自受理之日起"),
    promised_limit=Limit(value=30),
    fee_free=False,
    fees=(
        Fee(
            name="防空地下室易地建设费",
            standard="每平方米 1000 元；六级以下 800 元",
            basis="《山东省物价局 财政厅关于防空地下室易地建设费的通知》",
            relief="中小学、养老机构减半收取",
        ),
    ),
    bases=(
        Basis(title="《中华人民共和国行政许可法》（2019 年修正）", article="第三十一条", text=_LAW * 14),
        Basis(title="《中华人民共和国文物保护法》", article="第十七条、第十八条", text=_LAW * 2),
    ),
    visits=2,
    visits_reason="现场核对原件一次，领取许可决定书一次",
    places=(_COUNTER, _COUNTER.model_copy(update={"name": "清源县住建局办事厅", "windows": "3 号窗口"})),
    consult_phones=("0635-5559876",),
    complaint_phones=("12345", "0635-5550001"),
    intermediaries=("施工图设计文件审查：由申请人自行选择具有资格的审查机构，审查费由申请人承担。",),
    special_procedures=("专家评审：对特殊建设工程的设计文件组织专家评审，所需时间不计入办理时限。", "听证、公示"),
    results=(
        Result(name="建设工程联合审查意见书", kind="批文", validity="2 年", delivery="窗口领取、邮寄送达"),
    ),
    online=Online(url="https://example.gov.cn/build/apply?item=99", mobile="https://m.example.gov.cn/b/99"),
    faqs=(Question(question="能不能先开工后补手续？", answer="不能。未经批准不得开工。"),),
    more=(
        Element(name="数量限制", value="无数量限制"),
        Element(name="通办范围", value="全县"),
        Element(name="权力来源", value="法定本级行使"),
        Element(name="是否支持预约办理", value="是"),
    ),
    source="qingyuan/build.toml#3",
)  # fmt: skip

SPARSE = Guide(
    id="lr-yhxk",
    name="老年人优待证办理",
    office=Office(name="清源县卫生健康局"),
    consult_phones=("0635-5554321",),
)

GONE = Guide(
    id="jhsy-fwz",
    name="流动人口婚育证明办理",
    office=Office(name="清源县卫生健康局"),
    state="withdrawn",
    withdrawn=Withdrawn(
        reason="根据国务院《关于取消一批行政许可等事项的决定》，不再要求流动人口办理婚育证明。",
        since=date(2020, 6, 1),
        instead=("sy-dj",),
        say="不用再办了。需要证明生育情况的，登记生育信息就行，手机上也能办。",
    ),
    consult_phones=("0635-5554321",),
)

_OPEN_SHOP = tuple(
    Guide(
        id=id,
        name=name,
        office=Office(name=office),
        materials=(
            Material(name="经营者身份证", original="both", copies=1, necessity="required", certificate="居民身份证"),
            Material(name=own, original="original", copies=1, necessity="required"),
        ),
        places=(_COUNTER,),
    )
    for id, name, office, own in (
        ("gt-sl", "个体工商户设立登记", "清源县行政审批服务局", "经营场所使用证明"),
        ("sp-jy", "食品经营许可（首次申请）", "清源县行政审批服务局", "食品安全管理制度"),
        ("hw-gg", "设置户外招牌备案", "清源县综合行政执法局", "招牌效果图"),
    )
)  # fmt: skip

SHOP = Bundle(
    id="kfd",
    name="开饭店“一件事”",
    name_en="Open a restaurant",
    everyday=("开餐馆", "开小吃店"),
    audience=("自然人", "企业法人"),
    events=("开办餐馆",),
    plain="想开饭店，营业执照、食品许可、招牌备案一次办完，材料只交一套。",
    members=tuple(guide.id for guide in _OPEN_SHOP),
    limit=Limit(value=5),
    places=(_COUNTER,),
    consult_phones=("0635-5552222",),
)

_ELSEWHERE = (
    Elsewhere("sbk-2", "城关镇便民服务中心", "城关镇", "home", "城关镇文化街 6 号", "0635-5556666", True, ""),
    Elsewhere("sbk-3", "聊城市人力资源和社会保障局", "聊城市", "city", "聊城市东昌路 100 号", "0635-8888888", False,
              "https://example.gov.cn/lc"),
    Elsewhere("sbk-4", "济南市人力资源和社会保障局", "济南市", "province", "", "", False, ""),
)  # fmt: skip
_INSTEAD = Entry(
    "sy-dj", "guide", "生育登记", "Birth registration", "怀孕了、生了孩子来登记", "清源县卫生健康局", "清源县", "home"
)  # fmt: skip


def reading(page: Guide | Bundle, section: Section | None = None) -> Reading:
    """``page`` as the terminal's catalogue would open it."""
    return Reading(
        VERSION,
        page,
        members=_OPEN_SHOP if page is SHOP else (),
        elsewhere=_ELSEWHERE if page is CARD else (),
        instead=(_INSTEAD,) if page is GONE else (),
        section=section,
    )


def opened(
    terminal: Terminal,
    page: Guide | Bundle,
    section: Section | None = None,
    answers: tuple[tuple[str, str], ...] = (),
) -> GuidePresenter:
    """The presenter with ``page`` in front of a citizen."""
    visit = terminal.visit
    visit.reading, visit.answers, visit.came_from = reading(page, section), answers, "find"
    terminal.phone_url = PHONE_URL
    presenter = GuidePresenter(terminal, lambda: "job-1")
    presenter.enter()
    return presenter


def _page(
    page: Guide | Bundle,
    section: str = "",
    *touched: Touched | NoticePrinted | NoticeFailed | Ticked,
    answers: tuple[tuple[str, str], ...] = (),
    **given: Any,
) -> Callable[[Terminal], tuple[str, object]]:
    def make(terminal: Terminal) -> tuple[str, object]:
        terminal = replace(terminal, visit=replace(terminal.visit), **given)
        presenter = opened(terminal, page, answers=answers)
        for event in (*((Touched("section", section),) if section else ()), *touched):
            presenter.handle(event)
        return "guide", presenter.view

    return make


_ON = Touched("page", "1")
_PRINT = Touched("notice")

SAMPLES: tuple[tuple[str, Callable[[Terminal], tuple[str, object]]], ...] = (
    ("guide", _page(CARD, "materials", Touched("tick", "0"), answers=ANSWERS)),
    ("guide-all-materials", _page(CARD, "materials")),
    ("guide-plain", _page(CARD, "plain", answers=ANSWERS)),
    ("guide-place", _page(CARD, "place", _PRINT)),
    ("guide-process", _page(CARD, "process", _PRINT, NoticePrinted("job-1"))),
    ("guide-fees", _page(CARD, "fees", _PRINT, NoticeFailed("job-1", "fault.paper_jam", True))),
    ("guide-elsewhere", _page(CARD, "elsewhere", printer="fault.paper_out")),
    ("guide-about", _page(CARD, "about", _PRINT, NoticeFailed("job-1", "fault.device_silent", False))),
    ("guide-phone", _page(CARD, "phone", answers=ANSWERS)),
    ("guide-lost", _page(CARD, "conditions", link="hall.unreachable")),
    ("guide-long-plain", _page(LONG, "plain")),
    ("guide-long", _page(LONG, "materials")),
    ("guide-long-process", _page(LONG, "process", _ON)),
    ("guide-long-law", _page(LONG, "basis", _ON)),
    ("guide-sparse", _page(SPARSE)),
    ("guide-sparse-materials", _page(SPARSE, "materials")),
    ("guide-sparse-process", _page(SPARSE, "process")),
    ("guide-withdrawn", _page(GONE)),
    ("bundle", _page(SHOP, "plain")),
    ("bundle-members", _page(SHOP, "members")),
    ("bundle-materials", _page(SHOP, "materials")),
)
