"""How a guide's elements are put into words on paper and phone pages. Pure.

The glass has the same words in its catalogue of messages, where they have English beside them; a test keeps the two
the same.

What the source says in words stays as it is; this is only for what it says in numbers and codes.
"""

from hall.catalogue.model import Guide, Limit, Material

ORIGINAL = {"original": "原件", "copy": "复印件", "both": "原件和复印件"}
FORM = {"paper": "纸质", "electronic": "电子", "either": "纸质或电子均可"}
NECESSITY = {"required": "必须带", "optional": "可以不带", "later": "可容缺后补：先受理，后交"}
COUNTED = frozenset({"工作日", "自然日", "小时", "月"})  # units that take 个


def limit_text(limit: Limit) -> str:
    """20 个工作日; what takes no time is done at once."""
    measure = "个" if limit.unit in COUNTED else ""
    said = f"{limit.value} {measure}{limit.unit}" if limit.value else "当场办结"
    return f"{said}（{limit.note}）" if limit.note else said


def visits_text(visits: int) -> str:
    return f"到现场 {visits} 次" if visits else "不用到现场"


def copies_text(material: Material) -> str:
    """原件和复印件 2 份; only what the source says."""
    what = ORIGINAL.get(material.original, "")
    if material.copies is None:
        return what
    return f"{what} {material.copies} 份".strip()


def material_facts(material: Material) -> tuple[str, ...]:
    """What is known of a material, each fact by itself, in the order people need it."""
    facts = (
        NECESSITY.get(material.necessity, ""),
        copies_text(material),
        FORM.get(material.form, ""),
        f"出具单位：{material.issuer}" if material.issuer else "",
        f"来源：{material.source}" if material.source else "",
        f"可用电子证照：{material.certificate}" if material.certificate else "",
    )
    return tuple(fact for fact in facts if fact)


def fee_lines(guide: Guide) -> tuple[str, ...]:
    """不收费, or each fee with its standard; empty where the source says nothing."""
    if guide.fees:
        return tuple("：".join(part for part in (fee.name, fee.standard) if part) for fee in guide.fees)
    return ("不收费",) if guide.fee_free else ()
