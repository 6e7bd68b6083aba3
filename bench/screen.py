"""The glass: cold start, touch → next frame, frames of a journey, memory; beside an empty Kivy app.

Each figure is taken in processes of their own, offscreen, as a terminal without a display runs. Frames are driven
without the frame limit, so what is measured is work, not waiting for the next thirtieth of a second.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.hall import running_hall
from bench.load import percentile
from config.kiosk import Kiosk, Source
from hall import broker as brokers

EMPTY_START = """
import sys, time
from screens import glass
window = glass.make_window(1080, 1920)
from kivy.app import App
from kivy.uix.button import Button
class Empty(App):
    def load_kv(self, filename=None): pass
    def build(self): return Button(text="1")
def flipped(*_):
    sys.stdout.write("ready\\n"); sys.stdout.flush(); App.get_running_app().stop()
window.bind(on_flip=flipped)
Empty().run()
"""


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    yield _cold_start(3 if quick else 7)
    walked = _child(quick)
    yield {"figure": "touch_to_frame", **walked["touch"]}
    yield {"figure": "journey_frames", **walked["journey"]}
    yield {"figure": "terminal_memory", **walked["memory"]}


# -- cold start -------------------------------------------------------------------------------------------


def _cold_start(rounds: int) -> dict[str, Any]:
    ours, empty = list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        broker = brokers.choose(None, folder)
        stack.callback(broker.stop)
        hall = stack.enter_context(running_hall(broker_url=broker.hall_url))
        settings = folder / "kiosk.json"
        (folder / "token").write_text(hall.terminal_token, encoding="utf-8")
        (folder / "broker.url").write_text(broker.reader_url, encoding="utf-8")
        source = Source(
            hall=hall.settings.id,
            url=hall.url,
            token_file=folder / "token",
            broker_file=folder / "broker.url",
        )
        kiosk = Kiosk(
            role="terminal", id="k01", name="bench", production=False, state_dir=folder, source=source
        )
        settings.write_text(kiosk.model_dump_json(), encoding="utf-8")
        for _ in range(rounds):  # in turn: the machine's speed drifts
            empty.append(_until_ready([sys.executable, "-c", EMPTY_START]))
            ours.append(_until_ready([sys.executable, "-m", "bench.start", str(settings)]))
    return {
        "figure": "cold_start_to_first_touchable_frame",
        "runs": rounds,
        "median_s": round(percentile(ours, 0.5), 3),
        "floor_empty_kivy_median_s": round(percentile(empty, 0.5), 3),
        "above_floor_s": round(percentile(ours, 0.5) - percentile(empty, 0.5), 3),
    }


def _until_ready(command: list[str]) -> float:
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "ready":
                seconds = time.perf_counter() - begin
                process.terminate()
                return seconds
    raise RuntimeError(f"{' '.join(command[1:3])} ended without a frame")


# -- frames -----------------------------------------------------------------------------------------------


def _child(quick: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.screen", "quick" if quick else "full"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    result: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return result


def frames(quick: bool) -> None:
    """Journeys through all screens, a finger each time, frame by frame."""
    from bench.journey import Walk

    walk = Walk()
    walk.journey()  # everything is built and drawn once
    walk.forget()
    before = _rss_mb()
    rounds = 5 if quick else 30
    for _ in range(rounds):
        walk.journey()
    after = _rss_mb()
    touch, drawn = walk.touches, walk.frames
    empty = walk.empty_touches(60 if quick else 200)
    result = {
        "touch": {
            "touches": len(touch),
            "p50_ms": round(percentile(touch, 0.5) * 1e3, 1),
            "p99_ms": round(percentile(touch, 0.99) * 1e3, 1),
            "floor_empty_kivy_p50_ms": round(percentile(empty, 0.5) * 1e3, 1),
            "floor_empty_kivy_p99_ms": round(percentile(empty, 0.99) * 1e3, 1),
        },
        "journey": {
            "journeys": rounds,
            "frames": len(drawn),
            "p50_ms": round(percentile(drawn, 0.5) * 1e3, 1),
            "p99_ms": round(percentile(drawn, 0.99) * 1e3, 1),
            "worst_ms": round(max(drawn) * 1e3, 1),
            "over_50_ms": sum(1 for seconds in drawn if seconds > 0.05),
        },
        "memory": {"rss_mb": round(after), "grown_mb": round(after - before, 1), "journeys": rounds},
    }
    sys.stdout.write(json.dumps(result) + "\n")


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    frames(sys.argv[1] == "quick")
