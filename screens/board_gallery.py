"""Every designed state of the boards and the caller pad, as pictures to look at.

python -m screens.board_gallery out/gallery [name ...]
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from screens.board_samples import (
    CALLS,
    MORNING,
    QUEUES,
    sample_brief,
    sample_call,
    sample_certificates,
    sample_face,
    sample_hall,
    sample_ticket,
    sample_window,
)
from screens.caller.known import LARGE_ROOM, Room
from screens.caller.presenter import CallerPresenter
from screens.events import FaceFailed, FaceReady, Picture, Ticked, Touched
from screens.hall_board.presenter import HallBoardPresenter
from screens.theme.tokens import ThemeName
from screens.window_board.presenter import WindowBoardPresenter
from screens.window_events import (
    CallHeard,
    CertificatesFailed,
    CertificatesSeen,
    CommandRefused,
    HallSeen,
    KeyPressed,
    LinkLost,
    WindowSeen,
)
from screens.words.words import Language

START = Ticked(MORNING, 0.0)
SHUT = tuple(replace(queue, waiting=0, state="closed") for queue in QUEUES)
LONG = sample_call("AB1024", "24", seq=201, queue="unresolved", zone="a", kind="recalled")
LISTS: dict[str, Any] = {
    "missed": (
        sample_brief("B007", "missed"),
        sample_brief("B009", "missed", priority="elder", minutes=31),
        sample_brief("R1003", "missed", queue="archives", minutes=4, paper="unknown"),
        sample_brief("Q002", "missed", queue="unresolved", minutes=2),
        sample_brief("B010", "missed", minutes=1),
    ),
    "parked": (
        sample_brief("B003", "parked", papers_here=True),
        sample_brief("B005", "parked", priority="disabled", minutes=40),
    ),
    "unprinted": (
        sample_brief("B015", "waiting", paper="failed"),
        sample_brief("B016", "waiting", paper="unknown", minutes=3),
    ),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a presenter is told, and what it is then to show."""

    name: str
    events: tuple[Any, ...]
    options: tuple[tuple[str, Any], ...] = ()


HALL = (
    Scene("starting", (START, LinkLost("fault.link"))),
    Scene("quiet", (START, HallSeen(sample_hall(calls=())))),
    Scene("calm", (START, HallSeen(sample_hall()))),
    Scene("fresh", (START, HallSeen(sample_hall()), CallHeard(sample_call("B013", "6", seq=200)))),
    Scene(
        "burst",
        (
            START,
            HallSeen(sample_hall()),
            CallHeard(sample_call("J1025", "18", seq=200, queue="property", zone="d", kind="recalled")),
            CallHeard(LONG),
            CallHeard(sample_call("C018", "9", seq=202, queue="medical")),
        ),
    ),
    Scene("long", (START, HallSeen(sample_hall(calls=CALLS[1:])), CallHeard(LONG), Ticked(MORNING, 8.0))),
    Scene("last-page", (START, HallSeen(sample_hall()), Ticked(MORNING + timedelta(seconds=16), 16.0))),
    Scene("lost", (START, HallSeen(sample_hall()), LinkLost("fault.link"))),
    Scene("closed", (START, HallSeen(sample_hall(queues=SHUT, open_now=False, opens="2026-11-21 09:00")))),
    Scene("zone", (START, HallSeen(sample_hall())), (("zones", ("a",)),)),
)
WINDOW = (
    Scene("starting", (START,)),
    Scene("free", (START, HallSeen(sample_hall()), WindowSeen(sample_window()))),
    Scene(
        "lit",
        (
            START,
            HallSeen(sample_hall()),
            WindowSeen(sample_window(seq=90)),
            CallHeard(sample_call("B013", "7", seq=91)),
        ),
    ),
    Scene("calling", (START, HallSeen(sample_hall()), WindowSeen(sample_window("open", sample_ticket())))),
    Scene(
        "long",
        (
            START,
            HallSeen(sample_hall()),
            WindowSeen(
                sample_window(
                    "open",
                    sample_ticket("AB1024", queue="unresolved"),
                    serves=("unresolved", "property", "archives"),
                    waiting=(1, 2, 3),
                    recalls=1,
                )
            ),
        ),
    ),
    Scene(
        "serving",
        (START, HallSeen(sample_hall()), WindowSeen(sample_window("open", sample_ticket("B012", "serving")))),
    ),
    Scene("paused", (START, HallSeen(sample_hall()), WindowSeen(sample_window("paused")))),
    Scene("closed", (START, HallSeen(sample_hall()), WindowSeen(sample_window("closed")))),
    Scene(
        "lost",
        (
            START,
            HallSeen(sample_hall()),
            WindowSeen(sample_window("open", sample_ticket("B012", "serving"))),
            LinkLost("fault.link"),
        ),
    ),
)
_CALLED = WindowSeen(
    sample_window("open", sample_ticket(priority="elder", paper="failed"), recalls=1, **LISTS)
)
_SERVING = WindowSeen(sample_window("open", sample_ticket("B012", "serving"), **LISTS))
_SHARED = WindowSeen(
    sample_window(
        "open",
        sample_ticket("B012", "serving", priority="elder", certificates=4).model_copy(
            update={"item_name": "社会保障卡补领"}
        ),
        **LISTS,
    )
)
_LISTED = (_SHARED, KeyPressed("f10"), CertificatesSeen("key", sample_certificates()))
_IDLE = WindowSeen(sample_window("open", **LISTS))
PAD = (
    Scene("starting", ()),
    Scene("closed", (WindowSeen(sample_window("closed")),)),
    Scene("idle", (_IDLE,)),
    Scene("nobody", (WindowSeen(sample_window("open", waiting=(0, 0))),)),
    Scene("called", (_CALLED,)),
    Scene("serving", (_SERVING, Touched("tab", "unprinted"))),
    Scene("busy", (_CALLED, Touched("recall"), Ticked(MORNING, 0.0))),
    Scene("paused", (WindowSeen(sample_window("paused", **LISTS)), Touched("tab", "parked"))),
    Scene(
        "long",
        (
            WindowSeen(
                sample_window(
                    "paused",
                    sample_ticket(
                        "AB1024", "serving", queue="unresolved", priority="disabled", paper="unknown"
                    ),
                    serves=("unresolved", "property", "archives", "social", "medical"),
                    waiting=(1, 1024, 3, 12, 7),
                    **LISTS,
                )
            ),
        ),
    ),
    Scene("park", (_SERVING, Touched("park"))),
    Scene("transfer", (_SERVING, Touched("transfer"))),
    Scene("transfer-more", (_SERVING, KeyPressed("f5"), KeyPressed("9"))),
    Scene("transfer-window", (_SERVING, Touched("transfer"), Touched("transfer-queue", "social"))),
    Scene("abandon", (_SERVING, Touched("abandon"))),
    Scene("shared", (_SHARED,)),
    Scene("certificates-asking", (_SHARED, KeyPressed("f10"))),
    Scene("certificates", _LISTED),
    Scene("certificates-more", (*_LISTED, KeyPressed("5"))),
    Scene("certificates-face", (*_LISTED, KeyPressed("1"), FaceReady("key", sample_face()))),
    Scene("certificates-viewed", (*_LISTED, KeyPressed("1"), FaceReady("key", Picture()), KeyPressed("esc"))),
    Scene(
        "certificates-refused", (*_LISTED, KeyPressed("1"), FaceFailed("key", "certificates.garbled_answer"))
    ),
    Scene(
        "certificates-gone",
        (_SHARED, KeyPressed("f10"), CertificatesSeen("key", sample_certificates(count=0, gone=True))),
    ),
    Scene("certificates-failed", (_SHARED, KeyPressed("f10"), CertificatesFailed("key", "hall.unreachable"))),
    Scene("why", (_SERVING, Touched("recall"))),
    Scene(
        "refused",
        (
            _CALLED,
            Touched("recall"),
            CommandRefused("key", "recall.limit", (("number", "B012"), ("limit", "3"))),
        ),
    ),
    Scene("unanswered", (_IDLE, Touched("call-next"), CommandRefused("key", "hall.unreachable"))),
    Scene("lost", (_SERVING, LinkLost("fault.link"))),
)


def hall_views() -> Iterator[tuple[str, Any]]:
    for scene in HALL:
        yield scene.name, _play(HallBoardPresenter(**dict(scene.options)), scene.events)


def window_views() -> Iterator[tuple[str, Any]]:
    for scene in WINDOW:
        yield scene.name, _play(WindowBoardPresenter("7"), scene.events)


def pad_views(language: Language, room: Room) -> Iterator[tuple[str, Any]]:
    for scene in PAD:
        beats = count()  # every press a second after the one before
        clock = partial(next, beats)
        presenter = CallerPresenter("7", lambda: "key", clock, language=language, room=room)
        start = (HallSeen(sample_hall()), START) if scene.events else (START,)
        yield scene.name, _play(presenter, (*start, *scene.events))


def _play(presenter: Any, events: tuple[Any, ...]) -> Any:
    for event in events:
        presenter.handle(event)
    return presenter.view


def main(out: Path, only: tuple[str, ...] = ()) -> int:
    """Write ``<screen>-<state>-<theme>….png``; ``only`` names screens: hall, window, wide or pad."""
    from screens.glass import make_window

    window = make_window(1920, 1080)
    from kivy.base import EventLoop

    from screens.board_app import BoardApp
    from screens.caller_app import CallerApp

    out.mkdir(parents=True, exist_ok=True)

    def shoot(
        name: str, size: tuple[int, int], make: Callable[[], Any], views: Iterator[tuple[str, Any]]
    ) -> None:
        if only and name.split("-")[0] not in only:
            return
        window.size = size
        EventLoop.idle()
        app = make()
        root = app.build()
        window.add_widget(root)
        for state, view in views:
            app.show(view)
            for _ in range(4):
                EventLoop.idle()
            app.capture().save(out / f"{name.replace('*', state)}.png", compress_level=1)
        window.remove_widget(root)
        app.on_stop()

    themes: tuple[ThemeName, ...] = ("normal", "contrast")
    for theme in themes:
        shoot(f"hall-*-{theme}", (1920, 1080), lambda: BoardApp("hall", theme=theme), hall_views())  # noqa: B023
        shoot(f"window-*-{theme}", (1280, 480), lambda: BoardApp("window", theme=theme), window_views())  # noqa: B023
        shoot(f"wide-*-{theme}", (1920, 540), lambda: BoardApp("window", theme=theme), window_views())  # noqa: B023
    shoot("small-*-normal", (1280, 720), lambda: BoardApp("hall"), hall_views())
    pads: tuple[tuple[ThemeName, Language], ...] = (
        ("normal", "zh"),
        ("normal", "en"),
        ("contrast", "zh"),
        ("large", "zh"),
        ("large", "en"),
    )
    for theme, language in pads:
        shoot(
            f"pad-*-{theme}-{language}",
            (1280, 800),
            lambda: CallerApp(lambda intent, value: None, lambda key: None, theme=theme),  # noqa: B023
            pad_views(language, LARGE_ROOM if theme == "large" else Room()),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), tuple(sys.argv[2:])))
