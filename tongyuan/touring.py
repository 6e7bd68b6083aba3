"""What the tour's guide can do: touch something and wait for what follows, take pictures, note how long it took."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from hall.journal.verify import export, verify
from hall.wire.link import Link
from kiosk.pane import PaneClient
from tongyuan.demo import TERMINAL, Demo

PATIENCE = 60.0  # seconds any one thing may take
LOOK_EVERY = 0.02
FINGER = 0.45  # seconds between two touches of one finger
NUMBER = re.compile(r"[A-Z]{1,2}\d{3,}")


class TourFailed(Exception):
    """Something did not happen in time; the message says what was waited for and what was seen instead."""


class Guide:
    """Leads through the day, writes down what happened and how long it took."""

    def __init__(self, demo: Demo, out: Path, say: Callable[[str], None]) -> None:
        self.demo, self._out, self.say = demo, out, say
        self._steps: list[dict[str, Any]] = []
        self._pictures = 0
        self._numbers: dict[str, str] = {}
        (out / "screens").mkdir(exist_ok=True)
        self._mqtt = (out / "mqtt.jsonl").open("w", encoding="utf-8")
        self._ear = Link(
            demo.broker.reader_url, "tour", subscribe=(("k/1/h/#", 1),), on_message=self._overhear
        )
        self._ear.start()

    def looks(self, glass: PaneClient, screen: str = "choose") -> None:
        """The same screen as others see it."""
        for intent, name in (("large", "large type"), ("contrast", "high contrast"), ("language", "English")):
            self.tap(glass, intent)
            self.until(glass, lambda now: look(now) != ("normal", "zh"), intent)
            self.shot("k01", f"{screen} {name}")
            self.tap(glass, intent)
            self.until(glass, lambda now: look(now) == ("normal", "zh"), intent)

    def finish(self) -> None:
        """Close the day and stop listening."""
        answer = requests.post(
            f"{self.demo.url}/v1/day/close",
            json={},
            headers={
                "Authorization": f"Bearer {self.demo.manager_token}",
                "Idempotency-Key": "tour-day-close",
            },
            timeout=PATIENCE,
        )
        answer.raise_for_status()
        self.note("day closed")
        time.sleep(0.3)  # the last retained states are still on their way to the listener
        self._ear.close()
        self._mqtt.close()
        self.note("terminal memory", resident_mb=self.demo.resident_mb(TERMINAL.name))
        papers = self._out / "papers"
        papers.mkdir(exist_ok=True)
        for n, paper in enumerate(self.demo.devices.printer.papers, 1):
            paper.image.save(papers / f"{n:02d}.png")
        self.note("papers printed", count=len(self.demo.devices.printer.papers))

    def conclude(self) -> bool:
        """After the processes have stopped: journal and ``tour.json``. False when the journal is not accepted."""
        journal = self._out / "journal" / self.demo.journal.name
        report = verify(journal)
        count = export(journal, self._out / "journal" / "journal.jsonl")
        self._steps.append({"step": "journal verified", "records": count, "accepted": report.accepted})
        (self._out / "tour.json").write_text(
            json.dumps(
                {
                    "hall": self.demo.hall.id,
                    "broker": self.demo.broker.kind,
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
        screen: str = "",
    ) -> None:
        """Touch a control and wait until ``then`` can be touched (on ``screen``, and ``gone`` cannot)."""
        self.see(pane, intent, value)
        begin = self.tap(pane, intent, value)
        if picture:
            self.until(pane, lambda now: now["screen"] != "confirm", picture)
            self.shot(self._name(pane), picture)
        if settle:
            time.sleep(FINGER)  # the same controls before and after: give the answer time
        self.until(
            pane,
            lambda now: (
                _there(now, then)
                and screen in ("", now["screen"])
                and (not gone or control(now, gone) is None)
            ),
            f"{then} after {intent}",
        )
        self.note(step, seconds=time.monotonic() - begin)

    def tap(self, pane: PaneClient, intent: str, value: str | None = None) -> float:
        """One touch; when it was made. A second within the double-touch guard would not count: keep a distance."""
        time.sleep(FINGER)
        found = control(pane.describe(), intent, value)
        if found is None:
            raise TourFailed(f"{self._name(pane)}: {intent} is not there any more")
        touched = time.monotonic()
        pane.tap(found["x"], found["y"])
        return touched

    def see(self, pane: PaneClient, intent: str, value: str | None = None) -> None:
        self.until(pane, lambda now: control(now, intent, value) is not None, f"{intent} {value or ''}")

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
        self.until(self.demo.panes["board"], lambda now: expect in now["texts"], f"{expect} on the board")
        self.note(f"{step} {expect}: board shows it", seconds=time.monotonic() - begin)
        self.see(pad, "start")
        if expect not in pad.describe()["texts"]:
            raise TourFailed(f"{step}: expected {expect}, the pad shows {pad.describe()['texts']}")

    def spoken(self, count: int) -> None:
        """Wait until the voice has said so much: a recall would wait its turn, and be said once with its call."""
        end = time.monotonic() + PATIENCE
        while len(list((self.demo.folder / "voice").rglob("*.wav"))) < count:
            if time.monotonic() > end:
                raise TourFailed(f"the voice has not said {count} things within {PATIENCE:g} s")
            time.sleep(LOOK_EVERY)

    @contextmanager
    def held_up(self, code: str) -> Iterator[None]:
        """A phone held to the scanner, for as long as it takes."""
        scanner = self.demo.devices.scanner
        scanner.show(code, kept=True)
        yield
        scanner.take_away()

    def open_tab(self, pad: PaneClient, tab: str, intent: str) -> None:
        if control(pad.describe(), intent) is None:
            self.press(pad, "tab", tab, then=intent, step=f"tab {tab}")

    def number(self, glass: PaneClient, whose: str) -> str:
        found: str | None = next((t for t in glass.describe()["texts"] if NUMBER.fullmatch(t)), None)
        if found is None:
            raise TourFailed(f"no number on the screen for {whose}")
        self._numbers[whose] = found
        return found

    def shot(self, part: str, name: str) -> None:
        """One picture of a screen; what a card said is masked on the glass already."""
        self.keep(self.demo.panes[part].frame(), name)

    def keep(self, png: bytes, name: str) -> None:
        """One picture among the others, in order."""
        self._pictures += 1
        (self._out / "screens" / f"{self._pictures:02d} {name}.png".replace(" ", "-")).write_bytes(png)

    def note(self, step: str, **facts: Any) -> None:
        rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in facts.items()}
        self._steps.append({"at": f"{self.demo.now():%H:%M:%S}", "step": step, **rounded})
        self.say(f"{step}" + (f"  {rounded['seconds']} s" if "seconds" in rounded else ""))

    def _name(self, pane: PaneClient) -> str:
        return next(name for name, one in self.demo.panes.items() if one is pane)

    def _overhear(self, topic: str, payload: bytes) -> None:
        if not self._mqtt.closed:
            self._mqtt.write(
                json.dumps({"topic": topic, "payload": payload.decode("utf-8", "replace")}) + "\n"
            )


def _there(seen: dict[str, Any], intent: str) -> bool:
    """Whether the screen has come to offer ``intent``; an idle pad offers to call even when nobody waits."""
    if intent == "call-next":
        return any(control["intent"] == intent for control in seen["controls"])
    return control(seen, intent) is not None


def look(seen: dict[str, Any]) -> tuple[str, str]:
    return seen["theme"], seen["language"]


def control(seen: dict[str, Any], intent: str, value: str | None = None) -> dict[str, Any] | None:
    return next(
        (
            c
            for c in seen["controls"]
            if c["intent"] == intent and value in (None, c["value"]) and not c.get("disabled")
        ),
        None,
    )
