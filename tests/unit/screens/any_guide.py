"""Any guide at all, for property tests: every element present or absent, texts short, long, mixed and odd."""

from hypothesis import strategies as st

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
    Step,
    When,
    Withdrawn,
)

LETTERS = "补领社会保障卡的人，应当。（《》）“”；：、—…①№ 0123456789ABCdefg.,()-/%½é①𠮷"

names = st.text(LETTERS, min_size=1, max_size=120).map(str.strip).filter(bool)
keys = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)
shorts = st.text(LETTERS, max_size=60)
longs = st.one_of(
    shorts,
    st.text(LETTERS + "\n", max_size=400),
    st.builds(
        lambda text, times: text * times, st.text(LETTERS, min_size=1, max_size=40), st.integers(1, 60)
    ),
)
urls = st.sampled_from(("", "https://example.gov.cn/a?b=1", "http://example.gov.cn/" + "x" * 300))
several = st.lists(names, max_size=3).map(tuple)
limits = st.none() | st.builds(
    Limit, value=st.integers(0, 400), unit=st.sampled_from(("工作日", "自然日", "小时", "刻钟")), note=shorts
)


def tuples(made, most=3):
    return st.lists(made, max_size=most).map(tuple)


cases = st.lists(keys, max_size=3, unique=True).flatmap(
    lambda ids: st.tuples(
        *(
            st.builds(
                Case,
                id=st.just(id),
                question=names,
                options=st.lists(keys, min_size=2, max_size=9, unique=True).flatmap(
                    lambda options: st.tuples(
                        *(
                            st.builds(Option, id=st.just(option), label=names, note=shorts)
                            for option in options
                        )
                    )
                ),
            )
            for id in ids
        )
    )
)


@st.composite
def whens(draw, asked):
    if not asked or draw(st.booleans()):
        return ()
    case = draw(st.sampled_from(asked))
    return (When(case=case.id, options=(draw(st.sampled_from(case.options)).id,)),)


@st.composite
def guides(draw, withdrawn=False):
    asked = draw(cases)
    gone = (
        Withdrawn(reason=draw(longs), since=draw(st.none() | st.dates()), say=draw(longs))
        if withdrawn
        else None
    )
    materials = st.builds(
        Material,
        name=names,
        issuer=shorts,
        kind=shorts,
        original=st.sampled_from(("", "original", "copy", "both")),
        copies=st.none() | st.integers(0, 100),
        form=st.sampled_from(("", "paper", "electronic", "either")),
        necessity=st.sampled_from(("", "required", "optional", "later")),
        source=shorts,
        sample=urls,
        blank=urls,
        standard=longs,
        note=longs,
        certificate=shorts,
        when=whens(asked),
    )
    return draw(
        st.builds(
            Guide,
            id=keys,
            name=names,
            main_name=shorts,
            everyday=several,
            codes=st.builds(Codes, task=shorts, handle=shorts, basic=shorts, local=shorts),
            type=shorts,
            type_code=shorts,
            level=shorts,
            region=st.sampled_from(("", "371525")),
            region_name=shorts,
            office=st.builds(Office, name=names, code=shorts, kind=shorts),
            audience=several,
            themes=several,
            events=several,
            state=st.just("withdrawn" if withdrawn else "in_force"),
            withdrawn=st.just(gone),
            valid_from=st.none() | st.dates(),
            valid_until=st.none() | st.dates(),
            plain=longs,
            handling=shorts,
            conditions=longs,
            cases=st.just(asked),
            materials=tuples(materials),
            steps=tuples(st.builds(Step, name=names, limit=limits, result=longs, standard=longs)),
            legal_limit=limits,
            promised_limit=limits,
            fee_free=st.sampled_from((None, True, False)),
            fees=tuples(st.builds(Fee, name=names, standard=longs, basis=longs, relief=longs), 2),
            bases=tuples(st.builds(Basis, title=names, article=shorts, text=longs), 2),
            visits=st.none() | st.integers(0, 9),
            visits_reason=longs,
            places=tuples(
                st.builds(
                    Place,
                    name=shorts,
                    address=longs,
                    windows=shorts,
                    hours=longs,
                    phone=shorts,
                    traffic=longs,
                ),
                2,
            ),
            consult_phones=tuples(shorts, 2),
            complaint_phones=tuples(shorts, 2),
            intermediaries=tuples(longs, 2),
            special_procedures=tuples(longs, 2),
            results=tuples(st.builds(Result, name=names, kind=shorts, validity=shorts, delivery=shorts), 2),
            online=st.builds(Online, url=urls, mobile=urls, depth=shorts),
            kiosk=st.booleans(),
            faqs=tuples(st.builds(Question, question=names, answer=longs), 2),
            more=tuples(st.builds(Element, name=names, value=longs), 2),
            source=shorts,
        )
    )


@st.composite
def bundles(draw):
    asked = draw(cases)
    return draw(
        st.builds(
            Bundle,
            id=keys,
            name=names,
            everyday=several,
            audience=several,
            events=several,
            plain=longs,
            members=st.just(("m1", "m2", "m3")),
            cases=st.just(asked),
            materials=tuples(
                st.builds(Material, name=names, issuer=shorts, note=longs, when=whens(asked), blank=urls)
            ),
            limit=limits,
            places=tuples(st.builds(Place, name=shorts, address=longs, hours=longs), 2),
            consult_phones=tuples(shorts, 2),
            source=shorts,
        )
    )
