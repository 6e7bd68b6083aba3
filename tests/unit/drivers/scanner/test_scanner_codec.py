import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.scanner.codec import (
    MOST,
    SUFFIXES,
    Code,
    Framing,
    LineDecoder,
    Oversized,
    Undecodable,
    text_of,
)

payloads = st.binary(min_size=1, max_size=40).filter(
    lambda data: not any(end in data for end in (b"\r", b"\n", b"\t", b"\x03")) and data[:1] not in b"]\x02"
)
slices = st.lists(st.integers(1, 9), max_size=60)


def cut(wire, sizes):
    for size in sizes:
        yield wire[:size]
        wire = wire[size:]
    yield wire


def decode(wire, framing=Framing(), sizes=()):  # noqa: B008
    decoder = LineDecoder(framing)
    found = [one for piece in cut(wire, sizes) for one in decoder.feed(piece)]
    return [*found, *decoder.quiet()]


@given(st.lists(payloads, max_size=5), st.sampled_from(SUFFIXES), st.booleans(), slices)
def test_any_slicing_gives_the_same_codes(codes, suffix, automatic, sizes):
    wire = b"".join(code + suffix for code in codes)
    framing = Framing(suffix=None if automatic else suffix)
    assert decode(wire, framing, sizes) == [Code(code) for code in codes]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_code_is_told_with_its_last_byte_and_not_before(suffix):
    decoder = LineDecoder(Framing(suffix=suffix))
    wire = b"abcd" + suffix
    assert list(decoder.feed(wire[:-1])) == []
    assert list(decoder.feed(wire[-1:])) == [Code(b"abcd")]
    assert not decoder.pending


def test_a_code_without_suffix_is_ended_by_quiet():
    decoder = LineDecoder()
    assert list(decoder.feed(b"abcd")) == []
    assert decoder.pending
    assert list(decoder.quiet()) == [Code(b"abcd")]
    assert list(decoder.quiet()) == []


def test_with_a_suffix_by_setting_the_others_are_content():
    assert decode(b"a\tb\nc\r", Framing(suffix=b"\r")) == [Code(b"a\tb\nc")]
    assert decode(b"a\rb\r\n", Framing(suffix=b"\r\n")) == [Code(b"a\rb")]


def test_an_unknown_suffix_cannot_be_set():
    with pytest.raises(ValueError, match="none of"):
        Framing(suffix=b"x")


@pytest.mark.parametrize(
    ("wire", "code"),
    [
        (b"]Q1abcd\r", Code(b"abcd", "]Q1")),
        (b"]C0abcd\r", Code(b"abcd", "]C0")),
        (b"]d2abcd\r", Code(b"abcd", "]d2")),
        (b"\x02]Q3abcd\x03", Code(b"abcd", "]Q3")),
        (b"\x02abcd\x03", Code(b"abcd")),
        (b"]]abc\r", Code(b"]]abc")),
        (b"]Q\r", Code(b"]Q")),
    ],
)
def test_prefix_and_aim_id_are_kept_apart(wire, code):
    (found,) = decode(wire, Framing(prefix=b"\x02"))
    assert (found.payload, found.aim) == (code.payload, code.aim)


@pytest.mark.parametrize("head", [b"", b"]Q1", b"\x02]Q1"])
def test_a_code_of_the_most_bytes_is_whole_and_one_more_is_too_many(head):
    framing = Framing(prefix=b"\x02")
    assert decode(head + b"x" * MOST + b"\r\n", framing) == [Code(b"x" * MOST, head[-3:].decode())]
    assert decode(head + b"x" * (MOST + 1) + b"\r\n", framing) == [Oversized()]


@given(st.integers(MOST + 1, 3 * MOST), slices, st.sampled_from([None, *SUFFIXES]))
@settings(max_examples=40)
@example(2 * MOST, [1], b"\r\n")
def test_an_oversized_flow_is_told_once_and_the_code_after_it_is_whole(size, sizes, suffix):
    wire = b"x" * size + (suffix or b"\r") + b"next" + (suffix or b"\r")
    assert decode(wire, Framing(suffix=suffix), sizes) == [Oversized(), Code(b"next")]


def test_the_end_of_an_oversized_flow_is_seen_even_where_it_is_cut_in_two():
    decoder = LineDecoder(Framing(suffix=b"\r\n"))
    assert list(decoder.feed(b"x" * 2 * MOST + b"\r")) == [Oversized()]
    assert list(decoder.feed(b"\nnext\r\n")) == [Code(b"next")]


def test_an_oversized_flow_is_told_as_soon_as_it_is_one_and_ended_by_quiet():
    decoder = LineDecoder()
    assert list(decoder.feed(b"x" * (MOST + 10))) == [Oversized()]
    assert list(decoder.feed(b"x" * 10 * MOST)) == []
    assert decoder.pending
    assert list(decoder.quiet()) == []
    assert not decoder.pending
    assert list(decoder.feed(b"next\r")) == [Code(b"next")]


@given(st.lists(st.binary(max_size=3 * MOST), max_size=6))
@settings(max_examples=50)
def test_no_more_than_the_longest_frame_is_ever_held(chunks):
    decoder = LineDecoder()
    for chunk in chunks:
        for found in decoder.feed(chunk):
            assert isinstance(found, Oversized) or len(found.payload) <= MOST
        assert len(decoder._buffer) <= Framing().longest


@given(st.binary(max_size=300), slices, payloads)
def test_after_any_noise_and_quiet_a_code_is_found(noise, sizes, code):
    decoder = LineDecoder()
    for piece in cut(noise, sizes):
        list(decoder.feed(piece))
    list(decoder.quiet())
    assert list(decoder.feed(code + b"\r")) == [Code(code)]


@pytest.mark.parametrize("text", ["abcd", "粤居码:测试", "喆㐱𠮷", "https://例.cn/?a=b", " a "])
def test_text_is_read_in_both_encodings(text):
    assert text_of(text.encode("utf-8")) == text
    assert text_of(text.encode("gb18030")) == text


@pytest.mark.parametrize(
    "payload",
    [
        b"ab\x00cd", b"ab\x1dcd", b"ab\x7fcd", b"\x1b[2Jabcd", "ab\u202ecd".encode(), "ab\u200bcd".encode(),
        "ab\u2028cd".encode(), "ab\ue000cd".encode(), "ab\x85cd".encode(), b"\xff\xfe\x00a", b"\x81",
    ],
)  # fmt: skip
def test_what_no_token_consists_of_is_refused_without_being_quoted(payload):
    with pytest.raises(Undecodable) as told:
        text_of(payload)
    assert "ab" not in str(told.value)


@given(st.binary(max_size=200))
def test_no_bytes_but_become_text_or_are_refused(payload):
    try:
        text = text_of(payload)
    except Undecodable:
        return
    assert payload in (text.encode("utf-8"), text.encode("gb18030"))
    assert not any(character < " " for character in text)


def test_no_code_shows_in_a_repr():
    assert "secret" not in repr(Code(b"secret", "]Q1"))
