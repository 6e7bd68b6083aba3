"""What the codes of a platform mean. The same digit means different things on different platforms: (source, element).

Seen in the exchange rows of Shandong's approval systems and in the national exchange tables; a code that is not here
is kept as it stands, with a remark.
"""

from collections.abc import Mapping

_SHANDONG: Mapping[str, Mapping[str, str]] = {
    "TYPE": {
        "XK": "行政许可",
        "CF": "行政处罚",
        "QZ": "行政强制",
        "ZS": "行政征收",
        "GF": "行政给付",
        "JC": "行政检查",
        "QR": "行政确认",
        "JL": "行政奖励",
        "CJ": "行政裁决",
        "QT": "其他行政权力",
        "GG": "公共服务",
        "ZJJG": "中介机构",
    },
    "ASSORT": {"1": "即办件", "2": "承诺件"},
    "USELEVEL": {
        "1": "国家级",
        "2": "省级",
        "3": "市级",
        "4": "县级",
        "5": "镇(乡、街道)级",
        "6": "村(社区)级",
    },
    "SERVICE_OBJECT": {
        "1": "自然人",
        "2": "企业法人",
        "3": "事业法人",
        "4": "社会组织法人",
        "5": "非法人企业",
        "6": "行政机关",
        "9": "其他组织",
    },
    "ORG_PROPERTY": {"1": "法定机关", "2": "授权组织", "3": "受委托组织"},
    "POWER_SOURCE": {
        "1": "法定本级行使",
        "2": "上级下放",
        "3": "上级授权",
        "4": "同级授权",
        "5": "上级委托",
        "6": "同级委托",
    },
    "CROSS_SCOPE": {
        "1": "全国",
        "2": "全省",
        "3": "全市",
        "4": "全县",
        "5": "全镇(乡、街道)",
        "6": "跨村(社区)",
    },
    "CONDUCT_DEPTH": {
        "1": "互联网咨询",
        "2": "互联网收件",
        "3": "互联网预审",
        "4": "互联网受理",
        "5": "互联网办理",
        "6": "互联网办理结果信息反馈",
        "7": "互联网电子证照反馈",
        "8": "其他",
    },
    "RESULT_TYPE": {"10": "证照", "20": "批文", "30": "其他", "99": "无"},
    "SERVICE_MODE": {"1": "窗口领取", "2": "公告送达", "3": "邮寄送达", "4": "网站下载", "5": "其他"},
    "RESULT_SCHEDULE": {
        "1": "1年",
        "2": "2年",
        "3": "3年",
        "4": "4年",
        "5": "5年",
        "6": "无期限",
        "7": "其他",
    },
    "HANDLINGMODE": {"1": "自办件", "2": "初审件", "3": "联办件", "4": "转报件"},
    "SOURCE_TYPE": {"10": "申请人自备", "20": "政府部门核发", "99": "其他"},
    "TIME_UNIT": {"workday": "工作日"},
}
DOMAINS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("shandong", element): labels for element, labels in _SHANDONG.items()
}
TITLES: Mapping[str, str] = {  # what the elements are called where only a Chinese label is given
    "事项名称": "NAME",
    "基本编码": "CATALOGCODE",
    "实施编码": "TASKCODE",
    "业务办理项编码": "TASKHANDLEITEM",
    "法定办结时限": "LAW_TIME",
    "法定办结时限单位": "LAW_TIME_UNIT",
    "承诺办结时限": "AGREE_TIME",
    "承诺办结时限单位": "AGREE_TIME_UNIT",
    "是否收费": "IS_CHARGE",
    "服务对象": "SERVICE_OBJECT",
    "实施主体性质": "ORG_PROPERTY",
    "通办范围": "CROSS_SCOPE",
    "是否支持自助终端办理": "IS_WEB",
    "到办事现场次数": "APPLY_TIMES",
    "行使层级": "USELEVEL",
    "权力来源": "POWER_SOURCE",
    "办理地点": "ADDRESS",
    "办理时间": "OFFICE_HOUR",
    "窗口名称": "NAME",
    "材料名称": "MATERIAL_NAME",
    "材料类型": "MATERIAL_TYPE",
    "材料形式": "MATERIAL_FORMAT",
    "材料必要性": "IS_NEED",
    "来源渠道": "SOURCE_TYPE",
    "来源渠道说明": "SOURCE_EXPLAIN",
    "纸质材料份数": "PAGE_NUM",
    "填报须知": "FILL_EXPLAIN",
    "受理标准": "ACCEPT_STAND",
    "备注": "REMARK",
}


def label(source: str, element: str, code: str) -> str | None:
    """What ``code`` means there; a label already is its own; None: not known."""
    labels = DOMAINS[source, element]
    return code if code in labels.values() else labels.get(code)
