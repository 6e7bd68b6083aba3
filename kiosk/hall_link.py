"""The hall's retained state and live calls, over MQTT, as checked messages. A damaged one is dropped with a word."""

import logging
from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from config.kiosk import Kiosk
from hall.wire import topics
from hall.wire.link import Link
from hall.wire.messages import Answer, Call, HallView, ServiceState, WindowView

log = logging.getLogger(__name__)

A = TypeVar("A", bound=Answer)


class HallLink:
    """Listens to one hall. Every handler runs on the link's own thread; none may block."""

    def __init__(
        self,
        settings: Kiosk,
        *,
        on_hall: Callable[[HallView], None] | None = None,
        on_call: Callable[[Call], None] | None = None,
        on_window: Callable[[WindowView], None] | None = None,
        on_up: Callable[[bool], None] = lambda up: None,
    ) -> None:
        hall = settings.source.hall
        self._on_up, self._broker_up, self._hall_up = on_up, False, False
        self._sid = ""  # of the hall process that is there
        self._state_topic = topics.hall_state(hall)
        self._handlers: dict[str, Callable[[bytes], None]] = {
            self._state_topic: self._parsed(ServiceState, self._state)
        }
        if on_hall is not None:
            self._handlers[topics.hall_view(hall)] = self._parsed(HallView, on_hall)
        if on_call is not None:
            self._handlers[topics.calls(hall)] = self._parsed(Call, on_call)
        if on_window is not None and settings.window is not None:
            self._handlers[topics.window(hall, settings.window)] = self._parsed(WindowView, on_window)
        self._link = Link(
            settings.source.broker_file.read_text(encoding="utf-8").strip(),
            f"{hall}-{settings.id}",
            subscribe=tuple((topic, 1) for topic in self._handlers),
            on_message=self._message,
            on_state=self._broker,
        )

    def start(self) -> None:
        self._link.start()

    def close(self) -> None:
        self._link.close()

    def _message(self, topic: str, payload: bytes) -> None:
        if payload and (handler := self._handlers.get(topic)) is not None:
            handler(payload)

    @staticmethod
    def _parsed(kind: type[A], handler: Callable[[A], None]) -> Callable[[bytes], None]:
        def handle(payload: bytes) -> None:
            try:
                message = kind.model_validate_json(payload)
            except ValidationError as error:
                log.warning(
                    "message=%s bytes=%d refused: %d errors", kind.__name__, len(payload), error.error_count()
                )
                return
            handler(message)

        return handle

    def _broker(self, up: bool) -> None:
        self._broker_up = up
        if not up:
            self._hall_up = False  # its retained state comes again with the connection
            self._on_up(False)

    def _state(self, state: ServiceState) -> None:
        if self._hall_up and not state.on and state.sid != self._sid:
            return  # the late will of a process that has a successor
        self._sid = state.sid
        up = self._broker_up and state.on
        if up != self._hall_up or not up:
            self._hall_up = up
            self._on_up(up)
