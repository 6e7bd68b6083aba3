"""Code tables printed on cards as words. A code that isn't listed is shown as it is, and never raises."""

# GB/T 2261.1
SEXES = {"0": "未知", "1": "男", "2": "女", "9": "未说明"}

# GB/T 3304, codes 01 to 56 in order
_GROUPS = """
汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳
佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米
塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺
"""
ETHNIC_GROUPS = {f"{n:02}": name for n, name in enumerate(_GROUPS.split(), 1)} | {
    "97": "其他",
    "98": "外国血统中国籍人士",
}


def sex_name(code: str) -> str:
    """The word for a sex code; empty for an empty code."""
    return _name(SEXES, code)


def ethnic_group_name(code: str) -> str:
    """The word for an ethnic group's code; empty for an empty code (only citizens' cards have one)."""
    return _name(ETHNIC_GROUPS, code)


def _name(table: dict[str, str], code: str) -> str:
    return table.get(code) or (f"其他/代码{code}" if code else "")
