"""A province's worth of guides to measure with: item names × regions. All offices, places and people are invented.

The same arguments give the same guides. Materials and conditions go with the name, as in real catalogues; one guide
in twenty has a region's own.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from config.part import Part
from hall.catalogue.codes import check_sign
from hall.catalogue.model import (
    Basis,
    Bundle,
    Codes,
    Guide,
    Header,
    Limit,
    Material,
    Office,
    Place,
    Result,
    Step,
)

ROWS = 100_000
PROVINCE, CITIES, COUNTIES = "示例省", 16, 10  # invented; codes of a province number that GB/T 2260 has
OWN_EVERY = 20  # one guide in so many has its region's own materials and conditions
SAMPLE = Path(__file__).parents[1] / "config" / "sites" / "qingyuan" / "catalogue"
_CITY = "青云安宁河海山川林泉金玉永福长康"
_COUNTY = "东西南北新平临望清古"
_DEPARTMENTS = (
    ("公安局", "户口 身份证 居住证 驾驶证 机动车 签证 护照 通行证"),
    ("人力资源和社会保障局", "社会保 社保 就业 失业 养老 工伤 劳动 人才 职业"),
    ("民政局", "婚姻 结婚 离婚 低保 最低生活 养老机构 社会团体 殡葬"),
    ("医疗保障局", "医保 医疗 异地就医 生育"),
    ("住房和城乡建设局", "公积金 住房 房屋 施工 建筑 建设 供水 燃气"),
    ("自然资源局", "不动产 土地 规划 采矿 林"),
    ("市场监督管理局", "企业 公司 个体 食品 药品 特种设备 登记"),
    ("税务局", "税"),
    ("残疾人联合会", "残疾"),
    ("交通运输局", "运输 出租 公路 车"),
)
_OTHERS = ("行政审批服务局", "教育局", "农业农村局", "文化和旅游局", "司法局", "生态环境局")
_BROUGHT = (
    "居民身份证", "申请表", "户口簿", "授权委托书", "营业执照", "结婚证", "不动产权证书", "银行卡", "近期免冠照片",
    "劳动合同", "单位证明", "场地使用证明", "健康证明", "毕业证书", "平面图", "承诺书",
    "法定代表人身份证明", "章程", "验资报告",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    name: str
    level: str
    digit: str  # of the level, in an item code


def names_in(path: Path | None) -> list[tuple[str, tuple[str, ...]]]:
    """(name, aliases) of a JSON file of items: a list, or ``{"items": [...]}``, of objects or strings.

    Without a file: the project's own sample items, each with the verbs that items of that kind go by.
    """
    if path is None:
        return _combined()
    read = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, dict[str, None]] = {}
    for item in read["items"] if isinstance(read, dict) else read:
        name, aliases = (item, ()) if isinstance(item, str) else (item["name"], item.get("aliases", ()))
        found.setdefault(name.strip(), {}).update(dict.fromkeys(a.strip() for a in aliases if a.strip()))
    return [(name, tuple(aliases)) for name, aliases in found.items() if name]


def _combined() -> list[tuple[str, tuple[str, ...]]]:
    from hall.catalogue.importers.registry import importer_for, read_header

    taken = importer_for(SAMPLE)(SAMPLE, read_header(SAMPLE))
    own = [row[1] for row in taken if isinstance(row, tuple)]
    found = {page.name: page.everyday for page in own}
    for page in own:
        if isinstance(page, Bundle):
            continue
        for verb in ("查询", "变更", "注销", "延续", "补办", "信息更正", "进度查询", "预约", "备案", "咨询", "证明开具",
                     "材料补正", "复核", "撤回", "异议申请", "公示"):  # fmt: skip
            for place in ("", "（县级）", "（市级）"):
                found.setdefault(f"{page.name}{verb}{place}", ())
    return list(found.items())


def regions() -> list[Region]:
    """Home first, then its city's counties, the cities, all other counties: 1 + 16 + 160 places."""
    found = [Region("370000", PROVINCE, "省级", "2")]
    for city in range(CITIES):
        found.append(Region(f"37{city + 1:02}00", f"{_CITY[city]}州市", "市级", "3"))
        for county in range(COUNTIES):
            name = f"{_CITY[city]}{_COUNTY[county]}{'区' if county < 3 else '县'}"
            found.append(Region(f"37{city + 1:02}{21 + county}", name, "县级", "4"))
    home = next(region for region in found if region.level == "县级")
    return [home, *(region for region in found if region is not home)]


def header() -> Header:
    home, city = regions()[0], next(r for r in regions() if r.level == "市级")
    return Header(
        hall="bench",
        name="测量大厅",
        revision=1,
        region=home.code,
        region_names=(PROVINCE, city.name, home.name),
    )


def guides(names: Sequence[tuple[str, tuple[str, ...]]], rows: int = ROWS) -> Iterator[Guide]:
    """``rows`` guides: every name first at home, then again and again in other regions, never twice in one."""
    places = regions()
    for row in range(rows):
        turn, number = divmod(row, len(names))
        if turn == len(places):
            return
        # each name is done in regions of its own, so that no region has them all
        place = places[0] if turn == 0 else places[1 + (turn - 1 + number * 7) % (len(places) - 1)]
        yield _guide(number, *names[number], place)


def _guide(number: int, name: str, everyday: tuple[str, ...], region: Region) -> Guide:
    department = _department(name)
    office = f"{region.name}{department}"
    credit = _credit(region.code, department)
    serial = f"{number % 100_000:05}{number // 100_000:03}"
    basic = f"3720{serial}"[:12].ljust(12, "0")
    town = region.name[:2]
    own = (number * 31 + int(region.code)) % OWN_EVERY == 0
    shared = _shared(number, town if own else "")
    return Guide(
        id=f"{region.code}-{number:05}",
        name=name,
        everyday=everyday,
        codes=Codes(task=credit + region.digit + basic, basic=basic),
        type="公共服务" if number % 10 < 7 else "行政许可",
        level=region.level,
        region=region.code,
        region_name=region.name,
        office=_office(office, credit),
        audience=("自然人",) if number % 3 else ("企业法人", "自然人"),
        themes=(department,),
        conditions=f"符合《{name}》办理规定，且材料齐全、真实、有效。"
        + (f"户籍或经营场所在{town}。" if own else ""),
        **shared,
        places=(_place(region, department),),
        consult_phones=(_place(region, department).phone,),
        complaint_phones=("12345",),
        kiosk=number % 9 == 0,
        source="bench",
    )


@cache
def _department(name: str) -> str:
    for department, words in _DEPARTMENTS:
        if any(word in name for word in words.split()):
            return department
    return _OTHERS[sum(map(ord, name)) % len(_OTHERS)]


@cache
def _credit(region: str, department: str) -> str:
    """A valid unified social credit code: 11 for a public body, the region, nine signs of its own, the check sign."""
    body = f"11{region}{sum(map(ord, department)):08}"
    return body.ljust(17, "0") + check_sign(body.ljust(17, "0") + "0")


@cache
def _office(name: str, credit: str) -> Office:
    return Office(name=name, code=credit, kind="法定机关")


@cache
def _place(region: Region, department: str) -> Place:
    window = sum(map(ord, department)) % 60 + 1
    return Place(
        name=f"{region.name}政务服务中心",
        address=f"{region.name}人民路{int(region.code) % 300 + 1}号政务服务中心{window % 3 + 1}楼",
        windows=f"{window}号窗口",
        hours="周一至周五 9:00–12:00，13:00–17:00（法定节假日除外）",
        phone=f"0999-{int(region.code) % 9000 + 1000}{window:03}",
    )


@cache
def _shared(number: int, town: str) -> dict[str, Part | tuple[Part, ...] | str | int | None]:
    """What a guide has in common with those of its name elsewhere; ``town``: the region that does it otherwise."""
    count = number % 7 + 2
    brought = [_BROUGHT[(number * 3 + i * 5) % len(_BROUGHT)] for i in range(count)]
    if town:
        brought.append(f"{town}居住满一年的证明")
    days = (1, 1, 1, 3, 5, 10, 20)[number % 7]
    return {
        "handling": "即办件" if days == 1 else "承诺件",
        "materials": tuple(map(_material, dict.fromkeys(brought))),
        "steps": tuple(_step(step, days) for step in ("受理", "审查", "决定", "送达")),
        "legal_limit": _limit(20),
        "promised_limit": _limit(days),
        "fee_free": True,
        "visits": number % 2,
        "bases": (_basis(number % 40),),
        "results": (_result(number % 12),),
    }


@cache
def _material(name: str) -> Material:
    return Material(
        name=name,
        issuer="申请人自备" if name.endswith(("表", "书", "图")) else "有关部门",
        original="both" if name.endswith(("证", "簿")) else "original",
        copies=1,
        form="either",
        necessity="required",
        source="申请人自备",
        standard=f"{name}清晰完整，在有效期内。",
    )


@cache
def _limit(days: int) -> Limit:
    return Limit(value=days)


@cache
def _step(name: str, days: int) -> Step:
    return Step(name=name, limit=_limit(days if name == "审查" else 1), result=f"完成{name}")


@cache
def _basis(number: int) -> Basis:
    return Basis(
        title=f"《示例条例之{number + 1}》", article=f"第{number + 3}条", text="依法应当办理的，予以办理。"
    )


@cache
def _result(number: int) -> Result:
    return Result(name=f"办理结果第{number + 1}类", kind="证照", delivery="窗口领取、邮寄送达")
