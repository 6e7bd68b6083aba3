"""``./run tour``: one scripted day in the demo hall. Real processes, real wires, fingers on the glass.

Eight citizens (touch only; ID card; printer out of paper; one who looks up a guide first; certificates by code, alone
and with a number; an appointment by social-security card; a forged code), three windows; calls, a recall, a miss and
return, a transfer, finishes. Then operations push a configuration (a notice, large type) and one that is bad, which the
terminal takes back by itself. Leaves pictures of the screens, the papers, the voice, the journal and ``tour.json``.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import requests
from rich.console import Console

from config.hall import Hall
from config.load import ConfigError, load
from drivers.idcard.layouts import IdCard
from drivers.idcard.samples import sample_cards
from hall.broker import BrokerFailed
from kiosk.pane import PaneClient
from tongyuan.demo import (
    BOARD,
    HOUSEHOLD_PAD,
    PADS,
    TERMINAL,
    VOICE,
    WINDOW_BOARD,
    Demo,
    DemoFailed,
    clock_ahead,
)
from tongyuan.tour_fleet import the_fleet
from tongyuan.tour_showing import attaches_to_a_number, checks_in, is_refused, shows_certificates
from tongyuan.touring import Guide, TourFailed, control, look

NO_HURRY = {"after": 300.0, "done": 60.0}  # a slow machine does not send the tour's citizens away
PARTS = (TERMINAL, BOARD, *PADS, HOUSEHOLD_PAD, WINDOW_BOARD, VOICE)


def tour(hall_file: Path, out: Path, *, card: IdCard | None = None, work: Path | None = None) -> int:
    """Play the day; the exit code.

    ``card``: whose ID card is laid down (a synthetic one when unset). ``work``: where the processes keep their
    data; a folder that is removed afterwards when unset.
    """
    console = Console(stderr=True)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tongyuan-tour-") as folder:
        demo: Demo | None = None
        try:
            ahead = clock_ahead(load(hall_file, Hall), datetime.now().astimezone(), always=True)
            say: Callable[[str], None] = lambda text: console.print(f"  {text}", highlight=False)  # noqa: E731
            demo = Demo(
                hall_file, work or Path(folder), PARTS, None, ahead, say, console_port=0, idle=NO_HURRY
            )
            begin = time.monotonic()
            demo.start()
            guide = Guide(demo, out, say)
            guide.note("everything started", seconds=time.monotonic() - begin)
            day(guide, card or sample_cards()["elderly"])
            guide.finish()
        except (
            ConfigError,
            BrokerFailed,
            DemoFailed,
            TourFailed,
            OSError,
            requests.RequestException,
        ) as error:
            console.print(f"[bold red]{error}[/]", highlight=False)
            return 1
        finally:
            if demo is not None:
                demo.stop()
                _keep(demo, out)
        accepted = guide.conclude()
    console.print(f"[bold green]好了 done:[/] {out}")
    return 0 if accepted else 1


def day(guide: Guide, card: IdCard) -> None:
    glass, pad5, pad6 = (guide.demo.panes[name] for name in ("k01", "pad-5", "pad-6"))
    guide.shot("board", "board before the first call")
    for name, pad in (("pad-5", pad5), ("pad-6", pad6)):
        guide.press(pad, "open", then="call-next", step=f"{name}: window opened")
    guide.shot("pad-5", "caller pad idle")

    guide.say("第一位：只用手点 first citizen, touch only")
    guide.see(glass, "take")
    guide.see(glass, "guide")
    guide.shot("k01", "welcome")
    guide.press(glass, "take", then="queue", step="citizen 1: welcome to choice")
    guide.shot("k01", "choose")
    guide.looks(glass)
    guide.press(glass, "queue", "social", then="without_card", step="citizen 1: queue chosen")
    guide.shot("k01", "identify")
    guide.press(glass, "without_card", then="confirm", step="citizen 1: without a card")
    guide.shot("k01", "confirm")
    guide.press(
        glass, "confirm", then="finish", step="citizen 1: confirm to paper in hand", picture="printing"
    )
    guide.shot("k01", "ticket done")
    first = guide.number(glass, "citizen 1")
    guide.press(glass, "finish", then="take", step="citizen 1: back to welcome")

    guide.say("第二位：放身份证 second citizen, ID card")
    begin = time.monotonic()
    guide.demo.devices.reader.lay(card)
    guide.see(glass, "queue")
    guide.note("citizen 2: card laid down to choice", seconds=time.monotonic() - begin)
    guide.press(glass, "queue", "social", then="confirm", step="citizen 2: queue chosen, known by card")
    guide.shot("k01", "confirm with card")
    guide.demo.devices.reader.lift()
    guide.press(glass, "confirm", then="finish", step="citizen 2: confirm to paper in hand")
    guide.shot("k01", "ticket done with card")
    second = guide.number(glass, "citizen 2")
    guide.press(glass, "finish", then="take", step="citizen 2: back to welcome")

    guide.say("第三位：打印机没纸 third citizen, printer out of paper")
    guide.demo.devices.printer.printer.paper_out = True
    guide.press(glass, "take", then="queue", step="citizen 3: welcome to choice")
    guide.press(glass, "queue", "social", then="without_card", step="citizen 3: queue chosen")
    guide.press(
        glass, "without_card", then="confirm_without_paper", step="citizen 3: the printer has no paper"
    )
    guide.shot("k01", "confirm without paper")
    guide.press(glass, "confirm_without_paper", then="finish", step="citizen 3: number on the screen")
    guide.shot("k01", "ticket without paper")
    third = guide.number(glass, "citizen 3")
    guide.demo.devices.printer.printer.paper_out = False
    guide.press(glass, "finish", then="take", step="citizen 3: back to welcome")

    guide.say("叫号 calling")
    guide.call(pad5, "window 5 calls", expect=second)  # the old first
    guide.shot("board", "board with a call")
    guide.shot("bar-5", "window board called")
    guide.shot("pad-5", "caller pad called")
    guide.press(pad5, "start", then="finish", step="window 5: started")
    guide.shot("pad-5", "caller pad serving")
    guide.call(pad6, "window 6 calls", expect=first)
    guide.spoken(2)
    guide.press(pad6, "recall", then="miss", step="window 6: recalled", settle=True)
    guide.press(pad6, "miss", then="call-next", step="window 6: missed")
    guide.press(pad5, "finish", then="call-next", step="window 5: finished")
    guide.open_tab(pad6, "missed", "return")
    guide.shot("pad-6", "caller pad with a missed ticket")
    guide.press(pad6, "return", then="call-next", step="window 6: the missed one is back", gone="return")
    guide.call(pad5, "window 5 calls", expect=third)
    guide.press(pad5, "start", then="finish", step="window 5: started")
    guide.press(pad5, "transfer", then="transfer-queue", step="window 5: transfer to …")
    guide.shot("pad-5", "caller pad transfer")
    guide.press(pad5, "transfer-queue", "general", then="transfer-window", step="window 5: … another queue")
    guide.press(pad5, "transfer-window", then="call-next", step="window 5: transferred")
    guide.call(pad6, "window 6 calls", expect=first)
    guide.press(pad6, "start", then="finish", step="window 6: started")
    guide.press(pad6, "finish", then="call-next", step="window 6: finished")
    guide.press(pad5, "pause", then="open", step="window 5: paused")
    guide.shot("bar-5", "window board paused")
    guide.shot("board", "board later")

    guide.say("第四位：查指南 fourth citizen, looks up what to bring")
    _reads_a_guide(guide, glass)
    fourth = guide.number(glass, "citizen 4")
    guide.press(glass, "finish", then="take", step="citizen 4: back to welcome")
    guide.call(pad6, "window 6 calls", expect=fourth)
    guide.shot("pad-6", "caller pad with an item")
    guide.press(pad6, "start", then="finish", step="window 6: started")
    guide.press(pad6, "finish", then="call-next", step="window 6: finished")

    guide.say("第五位：一码亮证 fifth citizen, certificates by code")
    shows_certificates(guide, glass)
    guide.say("第六位：证照随号 sixth citizen, certificates go with the number")
    attaches_to_a_number(guide, glass, guide.demo.panes["pad-13"])
    guide.say("第七位：社保卡签到 seventh citizen, appointment by social-security card")
    checks_in(guide, glass)
    guide.say("第八位：伪造的码 eighth, a forged code")
    is_refused(guide, glass)
    guide.say("运维：下发配置 operations push a configuration")
    the_fleet(guide, glass)


def _reads_a_guide(guide: Guide, glass: PaneClient) -> None:
    """From letters on the glass to a number for exactly that item, with the notice in hand."""
    guide.press(glass, "guide", then="key", step="citizen 4: welcome to guides")
    guide.shot("k01", "find")
    guide.press(glass, "browse", "theme", then="shelf", step="citizen 4: shelves to browse")
    guide.shot("k01", "browse")
    guide.press(glass, "back", then="key", step="citizen 4: back to the letters")
    _types(guide, glass, "kdf")
    guide.shot("k01", "find kdf")
    guide.press(glass, "clear", then="browse", step="citizen 4: letters cleared")
    _types(guide, glass, "sbkbb")
    guide.shot("k01", "find sbkbb")
    guide.press(glass, "open", then="answer", step="citizen 4: guide opened, a question first")
    guide.shot("k01", "question")
    while control(glass.describe(), "answer") is not None:
        _answers(guide, glass)
    guide.see(glass, "take")
    guide.shot("k01", "guide")
    guide.press(glass, "notice", then="notice", step="citizen 4: one-time notice printed")
    guide.until(glass, lambda now: len(guide.demo.devices.printer.papers) > 2, "the notice on paper")
    guide.press(glass, "section", "place", then="take", step="citizen 4: where it is done")
    guide.shot("k01", "guide place")
    for intent, name in (("large", "large type"), ("contrast", "high contrast")):
        guide.tap(glass, intent)
        guide.until(glass, lambda now: look(now) != ("normal", "zh"), intent)
        guide.shot("k01", f"guide {name}")
        guide.tap(glass, intent)
        guide.until(glass, lambda now: look(now) == ("normal", "zh"), intent)
    guide.press(glass, "take", then="without_card", step="citizen 4: a number for this item")
    guide.press(glass, "without_card", then="confirm", step="citizen 4: without a card")
    guide.shot("k01", "confirm with item")
    guide.press(glass, "confirm", then="finish", step="citizen 4: confirm to paper in hand")
    guide.shot("k01", "ticket done for an item")


def _answers(guide: Guide, glass: PaneClient) -> None:
    """The first of the answers, until the next question or the guide is there."""
    asked = glass.describe()["texts"]
    begin = guide.tap(glass, "answer")
    guide.until(glass, lambda now: now["texts"] != asked, "what follows the answer")
    guide.note("citizen 4: answered", seconds=time.monotonic() - begin)


def _types(guide: Guide, glass: PaneClient, letters: str) -> None:
    """One key after the other; until something is found for all of them."""
    for letter in letters:
        guide.see(glass, "key", letter)
        begin = guide.tap(glass, "key", letter)
    guide.until(glass, lambda now: control(now, "open") is not None, f"results for {letters}")
    guide.note(f"citizen 4: {letters}, last key to results", seconds=time.monotonic() - begin)


def _keep(demo: Demo, out: Path) -> None:
    """Copy what the processes left behind: journal, voice, logs."""
    for name, source in (
        ("journal", demo.folder / "hall"),
        ("voice", demo.folder / "voice"),
        ("log", demo.folder / "log"),
    ):
        shutil.rmtree(out / name, ignore_errors=True)
        if source.is_dir():
            keep = (
                shutil.ignore_patterns("credentials*", "*keys*", "appointments*")
                if name == "journal"
                else None
            )
            shutil.copytree(source, out / name, ignore=keep)
