"""The questions that a caller pad asks in place of its buttons, once and calmly. No Kivy."""

from typing import TypeVar

from hall.wire.messages import QueueView, WindowView
from screens.caller.blocking import blocked
from screens.caller.known import Asked, Known
from screens.caller.rules import window_ids
from screens.caller.view_model import Button, Choice, Panel
from screens.words.phrase import NOTHING, Phrase

T = TypeVar("T")


def still_asked(asked: Asked, window: WindowView) -> bool:
    """Whether the ticket in question is still where it was when the question came up."""
    return bool(_number(asked, window))


def panel(known: Known) -> Panel | None:
    """The question as it stands; None: nothing is asked."""
    asked, window = known.asked, known.window
    if asked is None or window is None:
        return None
    number = ("number", _number(asked, window))
    match asked.question:
        case "abandon":
            verb = "abandon" if window.current and window.current.id == asked.ticket else "drop"
            sure = Button(
                "abandon-sure", Phrase("caller.abandon.sure", (number,)), "close", asked.ticket, "Enter"
            )
            return Panel(
                Phrase("caller.abandon.title", (number,)),
                Phrase("caller.abandon.note"),
                (Choice(blocked(known, sure, verb)),),
                _back("caller.abandon.back"),
                columns=1,
                alarm=True,
            )
        case "park":
            return Panel(
                Phrase("caller.park.title", (number,)),
                Phrase("caller.park.note"),
                tuple(
                    Choice(
                        blocked(
                            known,
                            Button("park-papers", Phrase(f"caller.park.{value}"), icon, value, key),
                            "park",
                        ),
                        about=Phrase(f"caller.park.{value}_about"),
                    )
                    for value, icon, key in (
                        ("take", "account-arrow-right-outline", "1"),
                        ("stay", "folder-outline", "2"),
                    )
                ),
                _back("caller.back"),
                columns=2,
            )
        case "transfer":
            queues = known.hall.queues if known.hall is not None else ()
            queue = next((queue for queue in queues if queue.id == asked.queue), None)
            if queue is None:
                return _which_queue(known, asked, queues, number)
            return _which_window(known, asked, queue, number)


def _which_queue(known: Known, asked: Asked, queues: tuple[QueueView, ...], number: tuple[str, str]) -> Panel:
    shown, more = _page(asked, queues, known.room.choices)
    return Panel(
        Phrase("caller.transfer.title", (number,)),
        NOTHING if queues else Phrase("caller.transfer.no_queues"),
        tuple(
            Choice(
                blocked(known, Button("transfer-queue", NOTHING, queue.icon, queue.id, key), "transfer"),
                queue.name,
                queue.name_en,
                Phrase("caller.waiting", (("count", str(queue.waiting)),)),
            )
            for key, queue in shown
        ),
        _back("caller.back"),
        columns=known.room.choices // 2,
        more=more,
    )


def _which_window(known: Known, asked: Asked, queue: QueueView, number: tuple[str, str]) -> Panel:
    mine = known.window.id if known.window is not None else ""
    shown, more = _page(
        asked, tuple(window for window in window_ids(queue.windows) if window != mine), known.room.choices - 1
    )
    anywhere = Button("transfer-window", Phrase("caller.transfer.any"), "account-group-outline", "", "0")
    return Panel(
        Phrase("caller.transfer.window", (number, ("queue", (queue.name, queue.name_en)))),
        Phrase("caller.transfer.note"),
        (
            Choice(blocked(known, anywhere, "transfer")),
            *(Choice(blocked(known, _window_button(window, key), "transfer")) for key, window in shown),
        ),
        _back("caller.transfer.other"),
        columns=known.room.choices // 2,
        more=more,
    )


def _window_button(window: str, key: str) -> Button:
    label = Phrase("caller.transfer.to", (("window", window),))
    return Button("transfer-window", label, "", window, key)


def _page(asked: Asked, all_of_them: tuple[T, ...], size: int) -> tuple[list[tuple[str, T]], Button | None]:
    pages = max(1, -(-len(all_of_them) // size))
    at = asked.page % pages
    facts = (("page", str(at + 1)), ("pages", str(pages)))
    more = Button("more", Phrase("caller.more", facts), "chevron-right", hint="9") if pages > 1 else None
    return [(str(key), one) for key, one in enumerate(all_of_them[at * size : (at + 1) * size], 1)], more


def _back(word: str) -> Button:
    return Button("back", Phrase(word), "arrow-left", hint="Esc")


def _number(asked: Asked, window: WindowView) -> str:
    """Of the ticket in question; "" when the question is void."""
    current = window.current
    if current is not None and current.id == asked.ticket:
        return current.number
    if asked.question != "abandon":
        return ""
    listed = (*window.missed, *window.parked, *window.unprinted)
    return next((ticket.number for ticket in listed if ticket.id == asked.ticket), "")
