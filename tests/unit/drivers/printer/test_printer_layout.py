import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.printer import text
from drivers.printer.escpos import Command, Parser
from drivers.printer.layout import NOT_FIRST, Banner, Columns, Feed, Line, Qr, Rule, document, wrap
from drivers.printer.profiles import PROFILES, Profile
from drivers.printer.raster import disarmed, raster
from drivers.printer.simulator import VirtualPrinter
from drivers.printer.ticket import Slip, slip_blocks, slip_bytes

VECTORS = Path(__file__).parents[4].parent / "shared" / "data" / "device_vectors.json"
WIDE, NARROW = PROFILES["generic-80"], PROFILES["generic-58"]
words = st.text(
    st.one_of(
        st.sampled_from("政务服务济南一二三，。！（）《》——：￥"),
        st.sampled_from("abc XYZ019-.,"),
        st.sampled_from("𠮷㑇㛃é€"),
    ),
    max_size=120,
)


def printed(data: bytes, profile: Profile, font_path: Path) -> VirtualPrinter:
    printer = VirtualPrinter(font_path, dots=profile.dots, four_byte=profile.repertoire == "gb18030")
    printer.receive(data)
    return printer


def test_published_text_is_coded_as_published() -> None:
    if not VECTORS.exists():
        pytest.skip("no shared device vectors beside the repository")
    vectors = json.loads(VECTORS.read_text())["escpos_text"]
    for words, coded in vectors["gb18030"].items():
        assert text.encode(words, "gb18030") == bytes.fromhex(coded)
    assert bytes.fromhex(vectors["fs_on"]) == text.HANZI_ON
    assert bytes.fromhex(vectors["init"]) == text.INIT


@pytest.mark.parametrize("words", ["𠮷", "㑇", "济南㛃"])
def test_hanzi_outside_the_printers_font_are_not_sent_as_text(words: str) -> None:
    assert text.encode(words, "gbk") is None
    assert text.encode(words, "gb18030") is not None


def test_chinese_punctuation_is_within_every_printers_font() -> None:
    for repertoire in ("gb2312", "gbk", "gb18030"):
        assert text.encode("——·《》：（）￥", repertoire) == "——·《》：（）￥".encode("gb18030")


@given(words, st.integers(2, 48))
def test_wrapping_loses_no_character_and_keeps_to_the_width(words: str, columns: int) -> None:
    lines = wrap(words, columns)
    assert "".join(lines) == words
    assert all(text.cells(line) <= columns for line in lines)
    assert all(lines[:-1])


def test_a_line_begins_with_no_punctuation_and_english_words_stay_whole() -> None:
    assert wrap("请到一号窗口，谢谢", 12) == ["请到一号窗", "口，谢谢"]
    assert wrap("please wait here", 13) == ["please wait ", "here"]
    assert all(line[0] not in NOT_FIRST for line in wrap("一二，三四。五六！七八，九十。", 6))


def test_a_word_longer_than_the_line_is_broken() -> None:
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@settings(max_examples=60, deadline=None)
@given(
    words, st.sampled_from([WIDE, NARROW, PROFILES["generic-80-gb18030"]]), st.integers(1, 3), st.booleans()
)
def test_what_the_printer_can_print_comes_out_as_it_went_in(
    font_path: Path, words: str, profile: Profile, size: int, bold: bool
) -> None:
    printer = printed(document([Line(words, size, bold)], profile, font_path), profile, font_path)
    (paper,) = printer.papers
    lines = [
        line
        for line in wrap(words, profile.columns // size)
        if text.encode(line, profile.repertoire) is not None
    ]
    assert paper.text == "\n".join(line.rstrip() for line in lines if line)
    assert printer.noise == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
@example("\u2029")  # on which the text shaper fails
def test_no_text_can_smuggle_a_command_to_the_printer(font_path: Path, words: str) -> None:
    job = document([Line(words)], WIDE, font_path)
    parser, names = Parser(), set()
    parser.feed(job)
    while (item := parser.take()) is not None:
        if isinstance(item, Command):
            names.add(item.name)
    plain = {b"\x1b@", b"\x1c&", b"\x1bR", b"\x1ba", b"\x1bE", b"\x1b3", b"\x1bd", b"\x1bJ", b"\n"}
    assert names <= plain | {b"\x1d!", b"\x1dB", b"\x1dv", b"\x1dV"}
    assert job.endswith(WIDE.cut)


def test_a_job_has_one_cut_and_it_is_its_end(font_path: Path, slip: Slip) -> None:
    for profile in PROFILES.values():
        job = slip_bytes(slip, profile, font_path)
        parser, names = Parser(), []
        parser.feed(job)
        while (item := parser.take()) is not None:
            names.append(item.name if isinstance(item, Command) else b"")
        cuts = [at for at, name in enumerate(names) if name in (b"\x1dV", b"\x1bi")]
        assert len(cuts) == 1
        assert names[cuts[0] + 1 :] == ([b"\x1de"] if profile.presenter else [])


def test_things_beside_each_other_reach_both_edges_or_take_two_lines(font_path: Path) -> None:
    printer = printed(
        document([Columns("左", "右"), Columns("左" * 15, "右" * 12)], NARROW, font_path), NARROW, font_path
    )
    assert printer.papers[0].text.split("\n") == ["左" + " " * 28 + "右", "左" * 15, "右" * 12]


def test_pictures_carry_no_real_time_command(font_path: Path, slip: Slip) -> None:
    from PIL import Image

    assert disarmed(b"\x10\x04\x01\x10\x05\x10\x10\x14\x10") == b"\x30\x04\x01\x30\x05\x10\x30\x14\x10"
    nasty = Image.frombytes("1", (24, 1), bytes(~byte & 0xFF for byte in b"\x10\x04\x01")).convert("L")
    assert raster(nasty).endswith(b"\x30\x04\x01")
    for profile in PROFILES.values():
        job = slip_bytes(slip, profile, font_path)
        inside = job[len(profile.before) : -len(profile.presenter) or None]
        assert not any(lead in inside for lead in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))


def test_a_picture_comes_out_dot_for_dot(font_path: Path) -> None:
    from PIL import Image

    picture = Image.effect_noise((203, 121), 200).point(lambda value: 255 if value > 127 else 0)
    printer = VirtualPrinter(font_path)
    printer.receive(raster(picture, left=16) + b"\x1dV\x00")
    (paper,) = printer.papers
    seen = paper.image.crop((32 + 16, 24, 32 + 16 + 203, 24 + 121)).point(
        lambda value: 255 if value > 127 else 0
    )
    differing = sum(a != b for a, b in zip(seen.tobytes(), picture.tobytes(), strict=True))
    assert differing <= picture.width * picture.height // 200  # disarmed real-time commands


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_slip_says_everything_it_must(profile: Profile, font_path: Path, slip: Slip) -> None:
    printer = printed(slip_bytes(slip, profile, font_path), profile, font_path)
    (paper,) = printer.papers
    said = paper.text.replace("\n", "")
    for part in (
        *(
            slip.hall,
            slip.number,
            slip.queue,
            slip.queue_en,
            slip.wait,
            slip.taken,
            slip.item,
            slip.catalogue,
        ),
        *(slip.zone, slip.windows, slip.job, slip.terminal, *slip.notices, "前面还有 12 人", "12 people"),
    ):
        assert part in said
    assert "补打" not in said
    assert paper.complete
    assert printer.noise == []


@pytest.mark.parametrize("profile", [WIDE, NARROW], ids=lambda profile: profile.name)
def test_a_second_paper_is_marked_as_a_copy(profile: Profile, font_path: Path, slip: Slip) -> None:
    printer = printed(slip_bytes(replace(slip, copy=True), profile, font_path), profile, font_path)
    assert "补打 COPY" in printer.papers[0].text


@pytest.mark.parametrize("profile", [WIDE, NARROW])
def test_a_number_of_an_appointment_says_so_on_its_paper(
    slip: Slip, profile: Profile, font_path: Path
) -> None:
    printer = printed(slip_bytes(replace(slip, appointment=True), profile, font_path), profile, font_path)
    text = printer.papers[0].text
    assert "预约 Appointment\n" in text
    assert text.index("预约") < text.index(slip.queue)
    printer = printed(slip_bytes(slip, profile, font_path), profile, font_path)
    assert "预约" not in printer.papers[0].text


def test_a_slip_leaves_out_what_is_not_known(slip: Slip) -> None:
    bare = replace(slip, wait="", url="", zone="", windows="", notices=(), item="", queue_en="", catalogue="")
    blocks = list(slip_blocks(bare, 48))
    lines = [block.text for block in blocks if isinstance(block, Line)]
    assert not any("预计" in line or "叫号" in line or "扫码" in line for line in lines)
    assert not any(isinstance(block, Qr) for block in blocks)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [(0, "Nobody is waiting before you"), (1, "1 person before you"), (2, "2 people before you")],
)
def test_people_ahead_are_counted_in_proper_english(slip: Slip, ahead: int, said: str) -> None:
    assert said in [
        block.text for block in slip_blocks(replace(slip, ahead=ahead), 48) if isinstance(block, Line)
    ]


def test_a_slip_carries_the_number_as_large_as_the_paper_allows(font_path: Path) -> None:
    for words in ("A1", "A012", "特殊业务A1234567"):
        printer = printed(document([Banner(words, 190)], NARROW, font_path), NARROW, font_path)
        image = printer.papers[0].image
        dark = image.point(lambda value: 255 if value < 128 else 0).getbbox()
        assert dark is not None
        assert dark[0] >= 32
        assert dark[2] <= 32 + NARROW.dots


def test_the_code_on_the_paper_is_the_one_asked_for(font_path: Path) -> None:
    import segno

    url = "https://hall.invalid/t/abcdefgh"
    printer = printed(document([Qr(url, 240)], WIDE, font_path), WIDE, font_path)
    image = printer.papers[0].image.point(lambda value: 255 if value < 128 else 0)
    box = image.getbbox()
    assert box is not None
    code = segno.make(url, error="m", micro=False, boost_error=False)
    side = len(code.matrix)
    module = (box[2] - box[0]) // side
    seen = [
        [
            image.getpixel((box[0] + x * module + module // 2, box[1] + y * module + module // 2)) == 255
            for x in range(side)
        ]
        for y in range(side)
    ]
    assert seen == [[bool(dark) for dark in row] for row in code.matrix]


def test_a_printer_that_makes_codes_itself_is_told_what_to_say(font_path: Path) -> None:
    profile = PROFILES["epson-80"]
    printer = printed(document([Qr("https://hall.invalid/号")], profile, font_path), profile, font_path)
    assert [row.says for row in printer.papers[0].rows if hasattr(row, "says")] == ["https://hall.invalid/号"]


def test_a_rule_and_a_feed_move_the_paper_by_their_dots(font_path: Path) -> None:
    def height(*blocks: Rule | Feed) -> int:
        return printed(document(blocks, WIDE, font_path), WIDE, font_path).papers[0].height

    assert height(Rule()) - height() == 2
    assert height(Feed(600)) - height() == 600


def test_a_slip_is_laid_out_in_no_time_worth_waiting_for(font_path: Path, slip: Slip) -> None:
    slip_bytes(slip, WIDE, font_path)  # the font is loaded once
    begin = time.process_time()
    slip_bytes(slip, WIDE, font_path)
    assert time.process_time() - begin < 0.2  # 5 ms on an idle machine
