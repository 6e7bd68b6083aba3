"""``./run tour``: one scripted day in the demo hall. Real processes, real wires, fingers on the glass.

Four citizens (touch only; ID card; printer out of paper; one who looks up a guide first), two windows; calls, a
recall, a miss and return, a transfer, finishes. Leaves pictures of every screen, the papers, the voice, the
journal and ``tour.json``.
"""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from rich.console import Console

from config.hall import Hall
from config.load import ConfigError, load
from drivers.idcard.layouts import IdCard
from drivers.idcard.samples import sample_cards
from hall.broker import BrokerFailed
from hall.journal.verify import export, verify
from hall.wire.link import Link
from kiosk.pane import PaneClient
from tongyuan.demo import BOARD, PADS, TERMINAL, VOICE, WINDOW_BOARD, Demo, DemoFailed, clock_ahead

PARTS = (TERMINAL, BOARD, *PADS, WINDOW_BOARD, VOICE)
PATIENCE = 30.0  # seconds any one thing may take
LOOK_EVERY = 0.02
FINGER = 0.45  # seconds between two touches of one finger
NUMBER = re.compile(r"[A-Z]{1,2}\d{3,}")


class TourFailed(Exception):
    """Something did not happen in time; the message says what was waited for and what was seen instead."""


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
            demo = Demo(hall_file, work or Path(folder), PARTS, None, ahead, say)
            begin = time.monotonic()
            demo.start()
            guide = Guide(demo, out, say)
            guide.note("everything started", seconds=time.monotonic() - begin)
            guide.day(card or sample_cards()["elderly"])
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


class Guide:
    """Leads through the day, writes down what happened and how long it took."""

    def __init__(self, demo: Demo, out: Path, say: Callable[[str], None]) -> None:
        self._demo, self._out, self._say = demo, out, say
        self._steps: list[dict[str, Any]] = []
        self._pictures = 0
        self._numbers: dict[str, str] = {}
        (out / "screens").mkdir(exist_ok=True)
        self._mqtt = (out / "mqtt.jsonl").open("w", encoding="utf-8")
        self._ear = Link(
            demo.broker.reader_url, "tour", subscribe=(("k/1/h/#", 1),), on_message=self._overhear
        )
        self._ear.start()

    # -- the day ------------------------------------------------------------------------------------------

    def day(self, card: IdCard) -> None:
        glass, pad5, pad6 = (self._demo.panes[name] for name in ("k01", "pad-5", "pad-6"))
        self.shot("board", "board before the first call")
        for name, pad in (("pad-5", pad5), ("pad-6", pad6)):
            self.press(pad, "open", then="call-next", step=f"{name}: window opened")
        self.shot("pad-5", "caller pad idle")

        self._say("第一位：只用手点 first citizen, touch only")
        self.see(glass, "take")
        self.see(glass, "guide")
        self.shot("k01", "welcome")
        self.press(glass, "take", then="queue", step="citizen 1: welcome to choice")
        self.shot("k01", "choose")
        self.looks(glass)
        self.press(glass, "queue", "social", then="without_card", step="citizen 1: queue chosen")
        self.shot("k01", "identify")
        self.press(glass, "without_card", then="confirm", step="citizen 1: without a card")
        self.shot("k01", "confirm")
        self.press(
            glass, "confirm", then="finish", step="citizen 1: confirm to paper in hand", picture="printing"
        )
        self.shot("k01", "ticket done")
        first = self.number(glass, "citizen 1")
        self.press(glass, "finish", then="take", step="citizen 1: back to welcome")

        self._say("第二位：放身份证 second citizen, ID card")
        begin = time.monotonic()
        self._demo.devices.reader.lay(card)
        self.see(glass, "queue")
        self.note("citizen 2: card laid down to choice", seconds=time.monotonic() - begin)
        self.press(glass, "queue", "social", then="confirm", step="citizen 2: queue chosen, known by card")
        self.shot("k01", "confirm with card")
        self._demo.devices.reader.lift()
        self.press(glass, "confirm", then="finish", step="citizen 2: confirm to paper in hand")
        self.shot("k01", "ticket done with card")
        second = self.number(glass, "citizen 2")
        self.press(glass, "finish", then="take", step="citizen 2: back to welcome")

        self._say("第三位：打印机没纸 third citizen, printer out of paper")
        self._demo.devices.printer.printer.paper_out = True
        self.press(glass, "take", then="queue", step="citizen 3: welcome to choice")
        self.press(glass, "queue", "social", then="without_card", step="citizen 3: queue chosen")
        self.press(
            glass, "without_card", then="confirm_without_paper", step="citizen 3: the printer has no paper"
        )
        self.shot("k01", "confirm without paper")
        self.press(glass, "confirm_without_paper", then="finish", step="citizen 3: number on the screen")
        self.shot("k01", "ticket without paper")
        third = self.number(glass, "citizen 3")
        self._demo.devices.printer.printer.paper_out = False
        self.press(glass, "finish", then="take", step="citizen 3: back to welcome")

        self._say("叫号 calling")
        self.call(pad5, "window 5 calls", expect=second)  # the old first
        self.shot("board", "board with a call")
        self.shot("bar-5", "window board called")
        self.shot("pad-5", "caller pad called")
        self.press(pad5, "start", then="finish", step="window 5: started")
        self.shot("pad-5", "caller pad serving")
        self.call(pad6, "window 6 calls", expect=first)
        self.press(pad6, "recall", then="miss", step="window 6: recalled", settle=True)
        self.press(pad6, "miss", then="call-next", step="window 6: missed")
        self.press(pad5, "finish", then="call-next", step="window 5: finished")
        self.open_tab(pad6, "missed", "return")
        self.shot("pad-6", "caller pad with a missed ticket")
        self.press(pad6, "return", then="call-next", step="window 6: the missed one is back", gone="return")
        self.call(pad5, "window 5 calls", expect=third)
        self.press(pad5, "start", then="finish", step="window 5: started")
        self.press(pad5, "transfer", then="transfer-queue", step="window 5: transfer to …")
        self.shot("pad-5", "caller pad transfer")
        self.press(
            pad5, "transfer-queue", "general", then="transfer-window", step="window 5: … another queue"
        )
        self.press(pad5, "transfer-window", then="call-next", step="window 5: transferred")
        self.call(pad6, "window 6 calls", expect=first)
        self.press(pad6, "start", then="finish", step="window 6: started")
        self.press(pad6, "finish", then="call-next", step="window 6: finished")
        self.press(pad5, "pause", then="open", step="window 5: paused")
        self.shot("bar-5", "window board paused")
        self.shot("board", "board later")

        self._say("第四位：查指南 fourth citizen, looks up what to bring")
        self.guides(glass)
        fourth = self.number(glass, "citizen 4")
        self.press(glass, "finish", then="take", step="citizen 4: back to welcome")
        self.call(pad6, "window 6 calls", expect=fourth)
        self.shot("pad-6", "caller pad with an item")

    def guides(self, glass: PaneClient) -> None:
        """From letters on the glass to a number for exactly that item, with the notice in hand."""
        self.press(glass, "guide", then="key", step="citizen 4: welcome to guides")
        self.shot("k01", "find")
        self.press(glass, "browse", "theme", then="shelf", step="citizen 4: shelves to browse")
        self.shot("k01", "browse")
        self.press(glass, "back", then="key", step="citizen 4: back to the letters")
        self.type(glass, "kdf")
        self.shot("k01", "find kdf")
        self.press(glass, "clear", then="browse", step="citizen 4: letters cleared")
        self.type(glass, "sbkbb")
        self.shot("k01", "find sbkbb")
        self.press(glass, "open", then="answer", step="citizen 4: guide opened, a question first")
        self.shot("k01", "question")
        while _control(glass.describe(), "answer") is not None:
            self.answer(glass)
        self.see(glass, "take")
        self.shot("k01", "guide")
        self.press(glass, "notice", then="notice", step="citizen 4: one-time notice printed")
        self.until(glass, lambda now: len(self._demo.devices.printer.papers) > 2, "the notice on paper")
        self.press(glass, "section", "place", then="take", step="citizen 4: where it is done")
        self.shot("k01", "guide place")
        for intent, name in (("large", "large type"), ("contrast", "high contrast")):
            self.tap(glass, intent)
            self.until(glass, lambda now: _look(now) != ("normal", "zh"), intent)
            self.shot("k01", f"guide {name}")
            self.tap(glass, intent)
            self.until(glass, lambda now: _look(now) == ("normal", "zh"), intent)
        self.press(glass, "take", then="without_card", step="citizen 4: a number for this item")
        self.press(glass, "without_card", then="confirm", step="citizen 4: without a card")
        self.shot("k01", "confirm with item")
        self.press(glass, "confirm", then="finish", step="citizen 4: confirm to paper in hand")
        self.shot("k01", "ticket done for an item")

    def answer(self, glass: PaneClient) -> None:
        """The first of the answers, until the next question or the guide is there."""
        asked = glass.describe()["texts"]
        begin = self.tap(glass, "answer")
        self.until(glass, lambda now: now["texts"] != asked, "what follows the answer")
        self.note("citizen 4: answered", seconds=time.monotonic() - begin)

    def type(self, glass: PaneClient, letters: str) -> None:
        """One key after the other; until something is found for all of them."""
        for letter in letters:
            self.see(glass, "key", letter)
            begin = self.tap(glass, "key", letter)
        self.until(glass, lambda now: _control(now, "open") is not None, f"results for {letters}")
        self.note(f"citizen 4: {letters}, last key to results", seconds=time.monotonic() - begin)

    def looks(self, glass: PaneClient) -> None:
        """The same screen as others see it."""
        for intent, name in (("large", "large type"), ("contrast", "high contrast"), ("language", "English")):
            self.tap(glass, intent)
            self.until(glass, lambda now: _look(now) != ("normal", "zh"), intent)
            self.shot("k01", f"choose {name}")
            self.tap(glass, intent)
            self.until(glass, lambda now: _look(now) == ("normal", "zh"), intent)

    def finish(self) -> None:
        """Close the day and stop listening."""
        answer = requests.post(
            f"{self._demo.url}/v1/day/close",
            json={},
            headers={
                "Authorization": f"Bearer {self._demo.manager_token}",
                "Idempotency-Key": "tour-day-close",
            },
            timeout=5,
        )
        answer.raise_for_status()
        self.note("day closed")
        time.sleep(0.3)  # the last retained states are still on their way to the listener
        self._ear.close()
        self._mqtt.close()
        self.note("terminal memory", resident_mb=self._demo.resident_mb(TERMINAL.name))
        papers = self._out / "papers"
        papers.mkdir(exist_ok=True)
        for n, paper in enumerate(self._demo.devices.printer.papers, 1):
            paper.image.save(papers / f"{n:02d}.png")
        self.note("papers printed", count=len(self._demo.devices.printer.papers))

    def conclude(self) -> bool:
        """After the processes have stopped: journal and ``tour.json``. False when the journal is not accepted."""
        journal = self._out / "journal" / self._demo.journal.name
        report = verify(journal)
        count = export(journal, self._out / "journal" / "journal.jsonl")
        self._steps.append({"step": "journal verified", "records": count, "accepted": report.accepted})
        (self._out / "tour.json").write_text(
            json.dumps(
                {
                    "hall": self._demo.hall.id,
                    "broker": self._demo.broker.kind,
                    "numbers": self._numbers,
                    "journal": report.words(),
                    "voice": sorted(
                        str(p.relative_to(self._out)) for p in (self._out / "voice").rglob("*.wav")
                    ),
                    "steps": self._steps,
                },
                ensure_ascii=False,
                indent=1,
            ),
            encoding="utf-8",
        )
        return report.accepted

    # -- what a guide can do ------------------------------------------------------------------------------

    def press(
        self,
        pane: PaneClient,
        intent: str,
        value: str | None = None,
        *,
        then: str,
        step: str,
        picture: str = "",
        gone: str = "",
        settle: bool = False,
    ) -> None:
        """Touch a control and wait until ``then`` can be touched (and ``gone`` cannot)."""
        self.see(pane, intent, value)
        begin = self.tap(pane, intent, value)
        if picture:
            self.until(pane, lambda now: now["screen"] != "confirm", picture)
            self.shot(self._name(pane), picture)
        if settle:
            time.sleep(FINGER)  # the same controls before and after: give the answer time
        self.until(
            pane,
            lambda now: _there(now, then) and (not gone or _control(now, gone) is None),
            f"{then} after {intent}",
        )
        self.note(step, seconds=time.monotonic() - begin)

    def tap(self, pane: PaneClient, intent: str, value: str | None = None) -> float:
        """One touch; when it was made. A second within the double-touch guard would not count: keep a distance."""
        time.sleep(FINGER)
        control = _control(pane.describe(), intent, value)
        if control is None:
            raise TourFailed(f"{self._name(pane)}: {intent} is not there any more")
        touched = time.monotonic()
        pane.tap(control["x"], control["y"])
        return touched

    def see(self, pane: PaneClient, intent: str, value: str | None = None) -> None:
        self.until(pane, lambda now: _control(now, intent, value) is not None, f"{intent} {value or ''}")

    def until(self, pane: PaneClient, seen: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Look until ``seen``. Raises TourFailed."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            now = pane.describe()
            if seen(now):
                return now
            time.sleep(LOOK_EVERY)
        self.shot(self._name(pane), f"stuck waiting for {what}")
        raise TourFailed(
            f"{self._name(pane)}: waited {PATIENCE:g} s for {what}; on {now['screen']} with "
            f"{[c['intent'] + ':' + c['value'] for c in now['controls']]} {now['texts']}"
        )

    def call(self, pad: PaneClient, step: str, *, expect: str) -> None:
        """Call the next one, and wait until pad and board show the number."""
        self.see(pad, "call-next")
        begin = self.tap(pad, "call-next")
        self.until(self._demo.panes["board"], lambda now: expect in now["texts"], f"{expect} on the board")
        self.note(f"{step} {expect}: board shows it", seconds=time.monotonic() - begin)
        self.see(pad, "start")
        if expect not in pad.describe()["texts"]:
            raise TourFailed(f"{step}: expected {expect}, the pad shows {pad.describe()['texts']}")

    def open_tab(self, pad: PaneClient, tab: str, intent: str) -> None:
        if _control(pad.describe(), intent) is None:
            self.press(pad, "tab", tab, then=intent, step=f"tab {tab}")

    def number(self, glass: PaneClient, whose: str) -> str:
        found: str | None = next((t for t in glass.describe()["texts"] if NUMBER.fullmatch(t)), None)
        if found is None:
            raise TourFailed(f"no number on the screen for {whose}")
        self._numbers[whose] = found
        return found

    def shot(self, part: str, name: str) -> None:
        """One picture of a screen; what a card said is masked on the glass already."""
        self._pictures += 1
        picture = self._out / "screens" / f"{self._pictures:02d} {name}.png".replace(" ", "-")
        picture.write_bytes(self._demo.panes[part].frame())

    def note(self, step: str, **facts: Any) -> None:
        rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in facts.items()}
        self._steps.append({"at": f"{self._demo.now():%H:%M:%S}", "step": step, **rounded})
        self._say(f"{step}" + (f"  {rounded['seconds']} s" if "seconds" in rounded else ""))

    def _name(self, pane: PaneClient) -> str:
        return next(name for name, one in self._demo.panes.items() if one is pane)

    def _overhear(self, topic: str, payload: bytes) -> None:
        if not self._mqtt.closed:
            self._mqtt.write(
                json.dumps({"topic": topic, "payload": payload.decode("utf-8", "replace")}) + "\n"
            )


def _there(seen: dict[str, Any], intent: str) -> bool:
    """Whether the screen has come to offer ``intent``; an idle pad offers to call even when nobody waits."""
    if intent == "call-next":
        return any(control["intent"] == intent for control in seen["controls"])
    return _control(seen, intent) is not None


def _look(seen: dict[str, Any]) -> tuple[str, str]:
    return seen["theme"], seen["language"]


def _control(seen: dict[str, Any], intent: str, value: str | None = None) -> dict[str, Any] | None:
    return next(
        (
            c
            for c in seen["controls"]
            if c["intent"] == intent and value in (None, c["value"]) and not c.get("disabled")
        ),
        None,
    )


def _keep(demo: Demo, out: Path) -> None:
    """Copy what the processes left behind: journal, voice, logs."""
    for name, source in (
        ("journal", demo.folder / "hall"),
        ("voice", demo.folder / "voice"),
        ("log", demo.folder / "log"),
    ):
        shutil.rmtree(out / name, ignore_errors=True)
        if source.is_dir():
            keep = shutil.ignore_patterns("credentials*", "keys*") if name == "journal" else None
            shutil.copytree(source, out / name, ignore=keep)
