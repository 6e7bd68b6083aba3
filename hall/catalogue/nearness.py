"""How near to home a guide is, and which of several guides of one name stands for all. Pure."""

from typing import Final, get_args

from hall.catalogue.answers import Nearness
from hall.catalogue.model import Guide, Header

NEARNESS: Final[tuple[Nearness, ...]] = get_args(Nearness)  # nearest first; files hold the place in this list
HOME, CITY, PROVINCE, NATION, OTHER = range(5)
NATIONAL: Final = "000000"
_LEVELS: Final = (  # signs in the level's name → how near to the citizen; 社区 and 自治区 come before 区
    (("国",), 5),
    (("省", "自治区", "直辖市"), 4),
    (("村", "社"), 2),
    (("镇", "乡", "街"), 1),
    (("地区", "市", "州", "盟"), 3),
    (("县", "区", "旗"), 0),
)


def nearness(guide: Guide, header: Header) -> int:
    """Place in ``NEARNESS``: by GB/T 2260 code, or by name where the guide has no code."""
    if guide.region:
        return _by_code(guide.region[:6], header.region)
    if guide.region_name:
        return _by_name(guide.region_name, header.region_names)
    return NATION if guide.level.startswith("国") else OTHER


def level_rank(level: str) -> int:
    """县 before 镇 before 村 before 市 before 省 before 国; unknown ones last."""
    return next((rank for signs, rank in _LEVELS if any(sign in level for sign in signs)), 6)


def _by_code(region: str, home: str) -> int:
    if region == home:
        return HOME
    if region == NATIONAL:
        return NATION
    if region[:4] == home[:4]:
        return CITY
    return PROVINCE if region[:2] == home[:2] else OTHER


def _by_name(region: str, names: tuple[str, ...]) -> int:
    """``names`` from the province down; the last is home, the one before it the city."""
    if region in ("全国", "国家", "中国", "中华人民共和国"):
        return NATION
    for rank, name in zip((HOME, CITY, PROVINCE), reversed(names), strict=False):
        if name in region:
            return PROVINCE if rank == CITY and len(names) == 2 else rank
    return OTHER
