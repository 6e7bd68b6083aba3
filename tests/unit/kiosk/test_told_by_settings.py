"""What a terminal's settings say is what it does: looks, languages, services, words, paper, loudness."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.kiosk import Kiosk
from drivers.printer.layout import Qr
from drivers.printer.notice import Notice, notice_blocks
from drivers.printer.simulator import PrinterServer
from drivers.printer.ticket import Slip, slip_blocks
from drivers.voice.volume import AtVolume
from kiosk.feed import offer
from kiosk.journey import Journey
from kiosk.roles.terminal import features
from kiosk.sounds import sink
from screens import samples
from screens.effects import Watch
from screens.events import CatalogueChanged, HallChanged, PaperPrinted, PrinterChanged, Touched
from screens.offer import Offer, OwnNotice, Wording
from tests.unit.kiosk.wired_terminal import Glass, ScriptedHall


def kiosk(**more: Any) -> Kiosk:
    source = {"hall": "small", "url": "http://h", "token_file": "/t", "broker_file": "/b"}
    least = {"role": "terminal", "id": "t1", "name": "终端", "state_dir": "/s", "voice": {"sink": "null"}}
    return Kiosk.model_validate({**least, "source": source, **more})


def journey(**given: Any) -> Journey:
    made = Journey(make_key=lambda: "k", **given)
    made.handle(HallChanged(samples.hall()))
    return made


def test_every_word_and_choice_of_the_settings_reaches_the_screens() -> None:
    told = offer(
        kiosk(
            screen={"theme": "large", "themes": ["large", "contrast"], "languages": ["zh"]},
            services={"numbers": False},
            texts={"welcome_title": {"zh": "便民站", "en": "Desk"}, "welcome_line": {"zh": "二楼"}},
            hours={"zh": "全天"},
            notices=[{"zh": "停电", "en": "No power", "since": "2027-01-01", "until": "2027-01-02"}],
        )
    )
    assert told == Offer(
        themes=("large", "contrast"),
        languages=("zh",),
        numbers=False,
        title=Wording("便民站", "Desk"),
        line=Wording("二楼"),
        hours=Wording("全天"),
        notices=(OwnNotice(Wording("停电", "No power"), date(2027, 1, 1), date(2027, 1, 2)),),
    )
    assert offer(kiosk()) == Offer(), "settings that say nothing leave all as it is"


def test_guides_need_a_key_and_the_service() -> None:
    source = {**kiosk().source.model_dump(), "catalogue_keys": ["ab" * 32]}
    assert "guide" in features(kiosk(source=source))
    assert "guide" not in features(kiosk(source=source, services={"guides": False}))
    assert "guide" not in features(kiosk())


@pytest.mark.parametrize(
    ("themes", "usual", "touch", "then"),
    [
        (("normal", "large", "contrast"), "normal", "large", "large"),
        (("normal", "large", "contrast"), "large", "large", "normal"),
        (("large", "contrast"), "large", "contrast", "contrast"),
        (("large", "contrast"), "large", "large", "large"),
        (("normal",), "normal", "contrast", "normal"),
    ],
)
def test_a_touch_leads_only_to_looks_that_are_offered(themes: Any, usual: Any, touch: str, then: str) -> None:
    there = journey(theme=usual, offer=Offer(themes=themes))
    there.handle(Touched(touch))
    assert there.frame.theme == then


def test_a_touch_leads_only_to_languages_that_are_offered() -> None:
    there = journey(offer=Offer(languages=("zh",)))
    there.handle(Touched("language"))
    assert there.frame.language == "zh"


def test_where_no_numbers_are_given_no_card_is_waited_for_at_the_door() -> None:
    watched = {}
    for numbers in (True, False):
        there = Journey(make_key=lambda: "k", offer=Offer(numbers=numbers), features=frozenset({"guide"}))
        watched[numbers] = (*there.start(), *there.handle(HallChanged(samples.hall())))
    assert Watch("number") in watched[True]
    assert Watch("number") not in watched[False]
    there.handle(CatalogueChanged("v1", None))
    there.handle(Touched("take"))
    assert there.screen == "welcome"
    there.handle(Touched("guide"))
    assert there.screen == "find"
    there.handle(Touched("take"))
    assert there.screen == "find"


@pytest.fixture
def slip() -> Slip:
    return Slip(
        "小厅",
        "A001",
        "综合",
        "General",
        3,
        "",
        "A 区",
        "1",
        "2026-11-23 09:00:00",
        "http://h/t/1",
        "j",
        False,
        "终端",
    )


def test_the_houses_lines_stand_under_its_name_and_at_the_end(slip: Slip) -> None:
    lines = [
        getattr(block, "text", "")
        for block in slip_blocks(replace(slip, header=("政务", "Gov"), footer=("再见",)), 48)
    ]
    assert lines.index("小厅") < lines.index("政务") < lines.index("Gov") < lines.index("综合")
    assert lines.index("Scan to follow your number") < lines.index("再见")
    plain = [getattr(block, "text", "") for block in slip_blocks(slip, 48)]
    assert [line for line in lines if line not in ("政务", "Gov", "再见", "")] == [
        line for line in plain if line
    ]


def test_the_houses_lines_stand_on_notices_too() -> None:
    notice = Notice(
        "小厅", "身份证", "公安", (), (), (), "问窗口", (), (), (), "http://h/g/1", "v1", "09:00", "终端", "j"
    )
    lines = [
        getattr(block, "text", "")
        for block in notice_blocks(replace(notice, header=("政务",), footer=("再见",)), 48)
    ]
    assert lines.index("小厅") < lines.index("政务") < lines.index("一次性告知单")
    assert lines.index("Scan for the whole guide") < lines.index("再见")
    assert not any(isinstance(block, Qr) for block in notice_blocks(replace(notice, url=""), 48))


@pytest.mark.parametrize("qr", [True, False])
def test_a_printed_slip_has_the_lines_and_the_code_that_the_settings_ask_for(
    tmp_path: Path, qr: bool
) -> None:
    hall, printer = ScriptedHall(), PrinterServer(Path("unread.otf"))
    printer.start()
    paper = {"qr": qr, "header": {"zh": "便民为先", "en": "People first"}, "footer": {"zh": "请妥善保管"}}
    glass = Glass(
        tmp_path, hall.url, more={"paper": paper}, printer=printer.url, printer_profile="generic-58"
    )
    try:
        glass.ready()
        glass.until(lambda: PrinterChanged(None) in glass.seen)
        glass.to_confirm()
        glass.terminal.touched("confirm", "")
        glass.until(lambda: glass.has(PaperPrinted))
        [printed] = [paper for paper in printer.papers if paper.complete]
        for line in ("便民为先", "People first", "请妥善保管"):
            assert line in printed.text
        assert ("扫码查看排队进度" in printed.text) is qr
    finally:
        glass.terminal.close()
        printer.close()
        hall.close()


def test_the_loudspeaker_is_as_loud_as_the_settings_say() -> None:
    class Still:
        def now(self) -> float:
            return 0.0

        def sleep(self, seconds: float) -> None:
            raise AssertionError

    assert isinstance(sink(kiosk(voice={"sink": "null", "volume": 40}), "t1", Still()), AtVolume)
    assert not isinstance(sink(kiosk(), "t1", Still()), AtVolume)
