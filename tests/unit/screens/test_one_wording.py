"""Paper and phone pages say of a guide what the glass says, word for word."""

from hypothesis import given
from hypothesis import strategies as st

from hall.catalogue.model import Limit, Material
from hall.catalogue.wording import limit_text, material_facts
from screens.guide import told
from screens.words.words import words_of

ZH = words_of("zh")
SAID = st.sampled_from(["", "公安机关", "政府部门核发"])


@given(
    st.integers(0, 60),
    st.sampled_from(["工作日", "自然日", "小时", "月", "年", "刻钟"]),
    st.sampled_from(["", "法定"]),
)
def test_a_limit_is_said_alike(value: int, unit: str, note: str) -> None:
    limit = Limit(value=value, unit=unit, note=note)
    assert limit_text(limit) == told.limit(ZH, limit)


@given(
    st.builds(
        Material,
        name=st.just("居民身份证"),
        original=st.sampled_from(["", "original", "copy", "both"]),
        copies=st.none() | st.integers(0, 9),
        form=st.sampled_from(["", "paper", "electronic", "either"]),
        necessity=st.sampled_from(["", "required", "optional", "later"]),
        issuer=SAID,
        source=SAID,
        certificate=SAID,
    )
)
def test_each_fact_of_a_material_is_said_alike(material: Material) -> None:
    part = told.material_part(ZH, material, 0, ticked=False)
    glass = " · ".join(filter(None, (part.text, part.good, part.late, part.soft))).split(" · ")
    assert set(material_facts(material)) == set(filter(None, glass))
