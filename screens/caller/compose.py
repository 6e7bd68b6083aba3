"""From what a caller pad knows to everything it shows. No Kivy."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from hall.wire.messages import TicketView, WindowView
from screens.caller.blocking import blocked
from screens.caller.certificates import certificates, face, look, offered
from screens.caller.known import Known
from screens.caller.lists import rows, tabs, wall_time
from screens.caller.marks import paper_mark, priority_mark
from screens.caller.panel import panel
from screens.caller.view_model import Button, CallerView, Current, QueueCount, Stage
from screens.words.phrase import NOTHING, Phrase

QUEUES = 3  # waiting counts that find room

_MAIN: Final[dict[Stage, tuple[str, str, str]]] = {  # verb, word, icon
    "unknown": ("call-next", "caller.do.call", "bullhorn-outline"),
    "closed": ("open", "caller.do.open", "door-open"),
    "paused": ("open", "caller.do.back", "play-circle-outline"),
    "idle": ("call-next", "caller.do.call", "bullhorn-outline"),
    "called": ("start", "caller.do.start", "account-check-outline"),
    "serving": ("finish", "caller.do.finish", "check-bold"),
}
_ACTIONS: Final = (  # verb, icon, hotkey
    ("recall", "bullhorn-outline", "F2"),
    ("miss", "account-off-outline", "F3"),
    ("park", "tray-arrow-down", "F4"),
    ("transfer", "swap-horizontal", "F5"),
    ("abandon", "close-circle-outline", "F6"),
)


def compose(known: Known) -> CallerView:
    """The whole picture. Before the hall has spoken there is nothing to press but the language."""
    window, stage = known.window, known.stage
    view = CallerView(
        stage=stage,
        language=known.language,
        now=known.now,
        state=Phrase(f"caller.state.{stage}"),
        headline=Phrase(f"caller.headline.{stage}"),
        main=_main(known),
        actions=(*(_action(known, *action) for action in _ACTIONS), _pause(known)),
        speech=Button("language", Phrase("caller.do.language"), "translate"),
        message=known.message,
        code=known.code,
        tone=known.tone,
        sign=_sign(known),
    )
    if window is None:
        return view
    shown, more = rows(known, window)
    return replace(
        view,
        window=window.name,
        window_en=window.name_en,
        served=window.served,
        current=_current(known, window, window.current) if window.current is not None else None,
        paused=window.state == "paused",
        about=_about(window, stage),
        door=_door(known, window),
        waiting=window.waiting,
        queues=_queues(known, window),
        others=_others(window),
        tabs=tabs(known, window),
        rows=shown,
        places=known.room.rows,
        more=more,
        empty=NOTHING if shown else Phrase(f"caller.empty.{known.tab}"),
        panel=panel(known),
        offered=offered(window),
        look=look(known, window),
        certificates=certificates(known),
        certificate_places=known.room.certificates,
        face=face(known, window),
    )


def pressable(view: CallerView) -> Iterator[Button]:
    """Every button on the screen. A question takes the place of the buttons that it covers."""
    if view.face is not None:
        yield view.face.back
        yield view.main
        yield from view.actions
    elif view.panel is not None:
        yield from (choice.button for choice in view.panel.choices)
        yield view.panel.back
        if view.panel.more is not None:
            yield view.panel.more
    else:
        yield view.main
        yield from view.actions
        if view.look is not None:
            yield view.look
        yield from _beside(view)
    if view.panel is None and view.door is not None:
        yield view.door
    yield view.speech


def _beside(view: CallerView) -> Iterator[Button]:
    """The buttons to the right: of the lists, or of the certificates that lie over them."""
    if view.certificates is not None:
        rows = (row.button for row in view.certificates.rows)
        ways = (view.certificates.back, view.certificates.again, view.certificates.more)
        yield from (button for button in (*rows, *ways) if button is not None)
        return
    yield from (row.act for row in view.rows if row.act is not None)
    yield from (row.drop for row in view.rows)
    yield from (tab.button for tab in view.tabs)
    if view.more is not None:
        yield view.more


def _main(known: Known) -> Button:
    verb, word, icon = _MAIN[known.stage]
    nobody = verb == "call-next" and known.window is not None and not known.window.waiting
    button = Button(verb, Phrase(word), icon, hint="F1")
    return blocked(known, button, why=Phrase("caller.why.nobody_waits") if nobody else None)


def _action(known: Known, verb: str, icon: str, hint: str) -> Button:
    return blocked(known, Button(verb, Phrase(f"caller.do.{verb}"), icon, hint=hint))


def _pause(known: Known) -> Button:
    """Pauses; with a ticket at hand in a paused window it ends the pause, which else the main button does."""
    if known.window is not None and known.window.state == "paused" and known.window.current is not None:
        return blocked(known, Button("open", Phrase("caller.do.back"), "play-circle-outline", hint="F7"))
    return _action(known, "pause", "pause-circle-outline", "F7")


def _door(known: Known, window: WindowView) -> Button | None:
    if window.state == "closed":
        return None
    return blocked(known, Button("close", Phrase("caller.do.close"), "door-closed", hint="F8"))


def _current(known: Known, window: WindowView, ticket: TicketView) -> Current:
    marks = (priority_mark(ticket.priority), paper_mark(ticket.paper))
    zone = known.now.tzinfo if known.now is not None else None
    return Current(
        number=ticket.number,
        queue=ticket.queue_name,
        queue_en=ticket.queue_name_en,
        taken=Phrase("caller.taken", (("time", wall_time(ticket.taken_at, zone)),)),
        calls=Phrase("caller.calls", (("count", str(window.recalls + 1)),)),
        item=ticket.item_name or "",
        marks=tuple(mark for mark in marks if mark is not None),
    )


def _about(window: WindowView, stage: Stage) -> Phrase:
    if stage != "idle":
        return Phrase(f"caller.about.{stage}")
    if not window.waiting:
        return Phrase("caller.about.nobody")
    return Phrase("caller.about.waiting", (("count", str(window.waiting)),))


def _queues(known: Known, window: WindowView) -> tuple[QueueCount, ...]:
    counts = tuple(
        QueueCount(name, known.queue_en(queue), waiting) for queue, name, waiting in window.waiting_by_queue
    )
    return counts if len(counts) <= QUEUES else counts[: QUEUES - 1]


def _others(window: WindowView) -> Phrase:
    rest = window.waiting_by_queue[QUEUES - 1 :] if len(window.waiting_by_queue) > QUEUES else ()
    if not rest:
        return NOTHING
    people = sum(waiting for _, _, waiting in rest)
    return Phrase("caller.others", (("queues", str(len(rest))), ("count", str(people))))


def _sign(known: Known) -> Phrase:
    if not known.lost:
        return NOTHING
    if known.window is None:
        return Phrase("board.no_hall")
    zone = known.now.tzinfo if known.now is not None else None
    return Phrase("board.link_lost", (("time", wall_time(known.window.at, zone)),))
