"""The table that offices fill in: its sheets, columns, what each means, and one example. Written as XLSX or CSV.

The example is made up: office, phones and addresses are of the demonstration county.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

ITEMS, MATERIALS, CASES, STEPS, FEES, GUIDANCE = "事项", "材料", "情形", "流程", "收费", "说明"
OWNER = "事项编号"  # joins the other sheets with the items
SEPARATORS = "；;\n"  # between the values of one cell; 、 is not one, for names contain it


@dataclass(frozen=True, slots=True)
class Column:
    header: str
    meaning: str  # one line, for the person who fills it in
    example: str = ""
    needed: bool = False


_OWNER = Column(OWNER, "与“事项”表中的事项编号一致 / the item's 事项编号", "SB001", needed=True)
_LIST = "多个用；隔开 / several: with ； between"

COLUMNS: dict[str, tuple[Column, ...]] = {
    ITEMS: (
        Column(OWNER, "本表内唯一，字母数字；空则用编码 / unique here; empty: a code is taken", "SB001"),
        Column("事项名称", "与实施清单一致 / as in the implementation list", "社会保障卡补领", needed=True),
        Column("英文名称", "可空 / English name", "Replacing a social security card"),
        Column("主项名称", "可空 / name of the main item", "社会保障卡服务"),
        Column("日常用语", f"百姓怎么说；{_LIST}", "社保卡丢了；补社保卡"),
        Column("实施编码", "31 位，文本格式 / 31 digits, as text"),
        Column("业务办理项编码", "33 位，文本格式 / 33 digits, as text"),
        Column("基本编码", "12 位，文本格式 / 12 digits, as text"),
        Column("地方编码", "平台自有编码，原样 / a platform's own code, verbatim"),
        Column("事项类型", "行政许可、公共服务等 / type, verbatim", "公共服务"),
        Column("行使层级", "省级、市级、县级等 / level, verbatim", "县级"),
        Column("行政区划", "6、9 或 12 位代码 / GB/T 2260 code", "371599"),
        Column("区划名称", "行政区划的名称 / name of the region", "清源县"),
        Column("实施主体", "办理的部门 / the office that does it", "清源县人力资源和社会保障局", needed=True),
        Column("实施主体编码", "统一社会信用代码，文本格式 / credit code, as text"),
        Column("实施主体性质", "法定机关、授权组织、受委托组织 / kind of office", "法定机关"),
        Column("服务对象", f"自然人、企业法人等；{_LIST}", "自然人"),
        Column("主题", f"主题分类；{_LIST}", "社会保障"),
        Column("人生事件", f"如就业、退休；{_LIST}", "就业"),
        Column("办件类型", "即办件、承诺件 / done at once, or promised", "即办件"),
        Column("法定办结时限", "整数 / a whole number", "5"),
        Column("法定时限单位", "工作日、自然日等 / unit: must be given with the number", "工作日"),
        Column("承诺办结时限", "整数；0 为当场 / a whole number; 0: at once", "0"),
        Column("承诺时限单位", "工作日、自然日等 / unit: must be given with the number", "工作日"),
        Column("受理条件", "原文 / conditions, verbatim", "持有本县发放的社会保障卡。"),
        Column("办理地点", "详细到楼层窗口 / down to floor and window", "清源县政务服务中心一楼 A 区"),
        Column("办理窗口", "窗口号 / windows", "1-3 号窗口"),
        Column("办理时间", "原文 / hours, verbatim", "工作日 9:00-12:00，13:30-17:00"),
        Column("咨询方式", f"电话等；{_LIST}", "0635-0000000"),
        Column("投诉方式", f"电话等；{_LIST}", "0635-0000001"),
        Column("是否收费", "是 / 否", "否"),
        Column("收费标准", "只有一项收费时填，多项用“收费”表 / one fee only; more: sheet 收费"),
        Column("设定依据", f"法律法规名称和条款；{_LIST}", "《社会保险法》第七十四条"),
        Column("到现场次数", "整数；0 为不用到场 / visits; 0: none", "1"),
        Column("现场办理原因", "可空 / why one has to come", ""),
        Column("中介服务", f"可空；{_LIST}", ""),
        Column("特别程序", f"可空；{_LIST}", ""),
        Column("审批结果", f"办完拿到什么；{_LIST}", "社会保障卡"),
        Column("网办地址", "http(s) 网址 / address on the web", ""),
        Column("移动端地址", "http(s) 网址 / address for phones", ""),
        Column("自助终端", "是否支持自助终端办理：是 / 否", "是"),
        Column("队列", "本厅队列的编号 / id of the queue in this hall", ""),
        Column("通俗说明", "几句大白话 / in plain words", "卡丢了，带身份证来，当场补一张。"),
        Column("英文说明", "可空 / the same in English", ""),
        Column("生效日期", "如 2026-01-01 / valid from", ""),
        Column("失效日期", "如 2027-12-31 / valid until", ""),
        Column("停办原因", "填了即为停办 / filled in: the item is withdrawn", ""),
        Column("停办后去向", "停办后怎么办，大白话 / where to go instead, in plain words", ""),
        Column("停办后事项", f"改办事项的编号；{_LIST}", ""),
    ),
    MATERIALS: (
        _OWNER,
        Column("材料名称", "原文 / verbatim", "居民身份证", needed=True),
        Column("出具单位", "谁发的 / who issues it", "公安机关"),
        Column("材料类型", "证件证书证明、申请表格文书、其他", "证件证书证明"),
        Column("原件复印件", "原件、复印件、原件和复印件 / original, copy or both", "原件"),
        Column("份数", "整数 / copies", "1"),
        Column("材料形式", "纸质、电子、纸质或电子 / paper, electronic, either", "纸质或电子"),
        Column("必要性", "必要、非必要、容缺后补 / required, optional, later", "必要"),
        Column("来源渠道", "申请人自备、政府部门核发、其他", "政府部门核发"),
        Column("示例样表", "http(s) 网址 / filled-in example", ""),
        Column("空白表格", "http(s) 网址 / blank form", ""),
        Column("受理标准", "原文 / when it is accepted", "在有效期内"),
        Column("备注", "可空 / note", ""),
        Column("电子证照", "可代替它的电子证照 / e-certificate that can stand in", "居民身份证"),
        Column("适用情形", "如 q1=a,b；q2=c；空则都要 / when needed; empty: always", ""),
    ),
    CASES: (
        _OWNER,
        Column(
            "问题编号", "同一问题每个选项一行 / one line for each option of a question", "q1", needed=True
        ),
        Column("问题", "问申请人的话 / the question", "是本人来办吗？"),
        Column("问题英文", "可空 / in English", "Are you the card holder?"),
        Column("选项编号", "字母数字 / letters and digits", "a", needed=True),
        Column("选项", "答案 / the answer", "是本人", needed=True),
        Column("选项英文", "可空 / in English", "Yes"),
        Column("选项说明", "可空 / note", ""),
        Column("前提", "何时才问，如 q1=a / asked only when", ""),
    ),
    STEPS: (
        _OWNER,
        Column("环节名称", "受理、审查、决定、送达等", "受理", needed=True),
        Column("环节时限", "整数 / a whole number", "1"),
        Column("环节时限单位", "工作日、自然日等 / unit", "工作日"),
        Column("环节结果", "原文 / result", "当场受理"),
        Column("审查标准", "原文 / standard", ""),
    ),
    FEES: (
        _OWNER,
        Column("收费项目", "原文 / verbatim", "补卡工本费", needed=True),
        Column("收费标准", "如 20 元/证", "免费"),
        Column("收费依据", "原文 / basis", ""),
        Column("减免规定", "原文 / when reduced or waived", ""),
    ),
}
_EXAMPLES = {
    CASES: ((), ("SB001", "q1", "", "", "b", "代别人办", "No", "带上双方身份证", ""))
}  # a second option


def lines(sheet: str) -> list[tuple[str, ...]]:
    """The header and the example of ``sheet``."""
    more = [line for line in _EXAMPLES.get(sheet, ()) if line]
    columns = COLUMNS[sheet]
    return [tuple(c.header for c in columns), tuple(c.example for c in columns), *more]


def write_template(path: Path) -> tuple[Path, ...]:
    """Write the template to ``path``: XLSX, or CSV with a file for each sheet beside it. Returns what was written."""
    return _write_csv(path) if path.suffix.lower() == ".csv" else _write_xlsx(path)


def beside(path: Path, sheet: str) -> Path:
    """Where the sheet stands when the items are the CSV file ``path``: items.csv, items-材料.csv."""
    return path if sheet == ITEMS else path.with_name(f"{path.stem}-{sheet}{path.suffix}")


def _write_csv(path: Path) -> tuple[Path, ...]:
    for sheet in COLUMNS:
        # with a byte order mark, or spreadsheets take it for the machine's own encoding
        with beside(path, sheet).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(lines(sheet))
    return tuple(beside(path, sheet) for sheet in COLUMNS)


def _write_xlsx(path: Path) -> tuple[Path, ...]:
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet, columns in COLUMNS.items():
        page = book.create_sheet(sheet)
        for line in lines(sheet):
            page.append([value or None for value in line])
        for number, column in enumerate(columns, start=1):
            letter = get_column_letter(number)
            page.column_dimensions[letter].number_format = "@"  # text: or codes lose their digits
            page.column_dimensions[letter].width = max(14, 2 * len(column.header) + 4)
            page[f"{letter}1"].font = Font(bold=True, underline="single" if column.needed else None)
            for row in range(2, page.max_row + 1):
                page[f"{letter}{row}"].number_format = "@"
        page.freeze_panes = "A2"
    guidance = book.create_sheet(GUIDANCE)
    guidance.append(["表", "列", "必填", "说明", "例"])
    for sheet, columns in COLUMNS.items():
        for column in columns:
            guidance.append(
                [sheet, column.header, "是" if column.needed else "", column.meaning, column.example]
            )
    guidance.column_dimensions["D"].width = 70
    for cell in guidance["D"]:
        cell.alignment = Alignment(wrap_text=True)
    book.save(path)
    return (path,)
