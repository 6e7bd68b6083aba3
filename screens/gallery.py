"""Every screen of the terminal in its designed states × three themes × two languages, as pictures to look at.

python -m screens.gallery out/gallery [name ...]
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from screens import samples
from screens.choose.presenter import ChoosePresenter
from screens.confirm.presenter import ConfirmPresenter
from screens.done.presenter import DonePresenter
from screens.events import Touched
from screens.fault.presenter import FaultPresenter
from screens.frame.presenter import FrameView, frame_view
from screens.frame.staff_call import Staff
from screens.identify.presenter import IdentifyPresenter
from screens.printing.presenter import PrintingPresenter
from screens.theme.tokens import THEMES
from screens.visit import Card, Fault, Paper, Terminal
from screens.welcome.presenter import WelcomePresenter
from screens.words.words import LANGUAGES

State = tuple[str, object, FrameView]


def states(terminal: Terminal) -> Iterator[tuple[str, State]]:
    """Each designed state by name: the screen, its view, and the frame around it."""
    for name, make in _STATES.items():
        situation = replace(terminal, visit=replace(terminal.visit))
        situation.hall = samples.hall(shut="shut" in name)
        yield name, make(situation)


def _state(screen: str, presenter: Any, terminal: Terminal, *, staff: Staff = "") -> State:
    ways = {"welcome": (), "printing": (), "done": ("home",), "fault": ("home",)}.get(
        screen, ("home", "back")
    )
    frame = frame_view(terminal, ways=ways, staff=staff, warn=screen != "done", warning=15)
    return screen, presenter.view, frame


def _welcome(**given: Any) -> Callable[[Terminal], State]:
    def make(terminal: Terminal) -> State:
        changed = replace(terminal, **given)
        if "hall" in given:
            changed.hall = replace(samples.hall(), **given["hall"])
        return _state("welcome", WelcomePresenter(changed), changed)

    return make


def _choose(card: Card = "", page: str = "0", leaving: int | None = None, staff: Staff = "") -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.card, terminal.leaving = card, leaving
        terminal.visit.person = samples.person() if card == "known" else None
        presenter = ChoosePresenter(terminal)
        presenter.handle(Touched("page", page))
        return _state("choose", presenter, terminal, staff=staff)

    return make


def _identify(card: Card = "", queue: str = "social", reader: str | None = None) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.queue, terminal.visit.card, terminal.reader = queue, card, reader
        terminal.visit.card_code = "fault.card_moved"
        return _state("identify", IdentifyPresenter(terminal), terminal)

    return make


def _confirm(
    elder: bool = False, person: bool = True, printer: str | None = None, queue: str = "social"
) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.queue, terminal.printer = queue, printer
        if person:
            terminal.visit.person = samples.person(elder=elder)
            terminal.visit.priority = terminal.visit.person.priority
        return _state("confirm", ConfirmPresenter(terminal, str), terminal)

    return make


def _printing(issued: bool) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.ticket = samples.ticket() if issued else None
        return _state("printing", PrintingPresenter(terminal), terminal)

    return make


def _done(paper: Paper, code: str = "", ahead: int = 11, printer: str | None = None) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.ticket, terminal.visit.paper = samples.ticket(ahead=ahead), paper
        terminal.visit.paper_code, terminal.leaving, terminal.printer = code, 8, printer
        return _state("done", DonePresenter(terminal), terminal)

    return make


def _fault(code: str, *facts: tuple[str, str]) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.queue = "medical"
        terminal.visit.fault = Fault(code, facts)
        return _state("fault", FaultPresenter(terminal), terminal)

    return make


_STATES: dict[str, Callable[[Terminal], State]] = {
    "welcome": _welcome(),
    "welcome-features": _welcome(features=frozenset({"guide", "certificates", "checkin"})),
    "welcome-no-devices": _welcome(reader="fault.device_absent", printer="fault.paper_out"),
    "welcome-closed": _welcome(hall={"open_now": False, "opens": "13:00"}),
    "welcome-lost": _welcome(link="hall.unreachable"),
    "choose": _choose(),
    "choose-shut": _choose("known"),
    "choose-last-page": _choose("reading", "9"),
    "choose-leaving": _choose(leaving=12),
    "choose-staff": _choose("failed", staff="coming"),
    "identify": _identify(),
    "identify-required": _identify(queue="household"),
    "identify-reading": _identify("reading"),
    "identify-failed": _identify("failed"),
    "identify-failed-required": _identify("failed", "household"),
    "identify-no-reader": _identify(reader="fault.reader_gone"),
    "identify-no-reader-required": _identify(queue="household", reader="fault.reader_gone"),
    "confirm": _confirm(),
    "confirm-elder": _confirm(elder=True, queue="household"),
    "confirm-no-paper": _confirm(person=False, printer="fault.paper_out", queue="unresolved"),
    "printing-issuing": _printing(False),
    "printing": _printing(True),
    "done": _done("printed"),
    "done-next": _done("printed", ahead=0),
    "done-without-paper": _done("none"),
    "done-paper-out": _done("failed", "fault.paper_out", printer="fault.paper_out"),
    "done-copying": _done("printing"),
    "done-unknown": _done("unknown", "fault.device_silent"),
    "fault-unreachable": _fault("hall.unreachable"),
    "fault-silent": _fault("hall.silent"),
    "fault-hall-closed": _fault("hall.closed", ("opens", "2026-11-24 09:00")),
    "fault-queue-shut": _fault("queue.closed"),
    "fault-quota": _fault("queue.quota_reached"),
    "fault-already": _fault("person.already_waiting", ("number", "F007")),
    "fault-required": _fault("person.required"),
    "fault-internal": _fault("fault.internal"),
}


def main(out: Path, only: tuple[str, ...] = ()) -> int:
    """Write ``<state>-<theme>-<language>.png`` for each, and ``contact-<theme>-<language>.png`` of them all."""
    from screens.glass import make_window

    window = make_window(1080, 1920)
    from kivy.base import EventLoop
    from PIL import Image

    from screens.terminal_app import TerminalApp  # opens the window if nobody has

    app = TerminalApp(lambda intent, value: None)
    window.add_widget(app.build())
    out.mkdir(parents=True, exist_ok=True)
    for theme in THEMES:
        for language in LANGUAGES:
            pictures = []
            terminal = Terminal(now=samples.NOW, theme=theme, language=language)
            for name, (screen, view, frame) in states(terminal):
                if only and name not in only:
                    continue
                app.show(screen, view, frame)
                for _ in range(4):
                    EventLoop.idle()
                pictures.append(app.capture())
                pictures[-1].save(out / f"{name}-{theme}-{language}.png", compress_level=1)
            across = 9
            sheet = Image.new("RGB", (across * 280, -(-len(pictures) // across) * 500), "#808890")
            for at, picture in enumerate(pictures):
                small = picture.resize((270, 480), Image.Resampling.LANCZOS)
                sheet.paste(small, (at % across * 280 + 5, at // across * 500 + 10))
            sheet.save(out / f"contact-{theme}-{language}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), tuple(sys.argv[2:])))
