"""The kiosk process's side of the agent: its requests (``provisioning.wire.control``) over a local socket.

Everything is answered by the screen's own thread, so an answer proves that it lives; one that does not come in time
is said to be missing. A request that is none gets an answer too. What comes back holds no personal data: whoever
answers masks the picture.
"""

import base64
import io
import logging
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, TypeVar, assert_never

from pydantic import TypeAdapter, ValidationError

from kiosk.local_socket import LocalSocket, RunThere, on_its_thread
from provisioning.wire.control import (
    Ask,
    AskHealth,
    AskIdentify,
    AskScreenshot,
    AskTestPrint,
    Done,
    KioskHealth,
    ShowEnrolment,
)

log = logging.getLogger(__name__)

ANSWER = 10.0  # seconds the screen's own thread may take
PRINT = (
    60.0  # seconds a test page may take: what hangs in the printer is cut off first, and it is asked twice
)

BAD_REQUEST = "kiosk.bad_request"
SILENT = "kiosk.silent"
INTERNAL = "fault.internal"

T = TypeVar("T")

_ASK: TypeAdapter[Ask] = TypeAdapter(Ask)


class Answering(Protocol):
    """Who answers; called on the screen's own thread only."""

    def health(self) -> KioskHealth: ...

    def identify(self, seconds: float) -> Done: ...

    def test_print(self) -> Future[Done]:
        """The end comes later, from the printer's thread."""

    def screenshot(self) -> tuple[Any, bool] | Done:
        """A Pillow image and whether it is masked; or why there is none."""

    def show_enrolment(self, what: ShowEnrolment) -> Done: ...


class Control:
    """Serves ``answering`` at ``path``; ``run_there`` carries a call to the screen's thread. Raises OSError."""

    def __init__(
        self,
        path: Path,
        answering: Answering,
        run_there: RunThere,
        *,
        answer: float = ANSWER,
        printed: float = PRINT,
    ) -> None:
        self._answering, self._run_there = answering, run_there
        self._patience, self._print_patience = answer, printed
        self._socket = LocalSocket(path, self._answered, name="control")

    def close(self) -> None:
        self._socket.close()

    def _answered(self, request: bytes) -> bytes:
        return self._safely(request).model_dump_json().encode()

    def _safely(self, request: bytes) -> KioskHealth | Done:
        try:
            ask = _ASK.validate_json(request)
        except ValidationError as error:
            log.warning(
                "control=refused code=%s bytes=%d errors=%d", BAD_REQUEST, len(request), error.error_count()
            )
            return Done(ok=False, code=BAD_REQUEST)
        try:
            return self._answer(ask)
        except TimeoutError:
            log.error("control=%s code=%s", ask.do, SILENT)
            return Done(ok=False, code=SILENT)
        except Exception:  # whoever asked must hear; the screen itself is untouched
            log.exception("control=%s code=%s", ask.do, INTERNAL)
            return Done(ok=False, code=INTERNAL)

    def _answer(self, ask: Ask) -> KioskHealth | Done:
        who = self._answering
        match ask:
            case AskHealth():
                return self._there(who.health)
            case AskIdentify(seconds=seconds):
                return self._there(lambda: who.identify(seconds))
            case AskTestPrint():
                return self._there(who.test_print).result(self._print_patience)
            case AskScreenshot():
                return _pictured(self._there(who.screenshot))
            case ShowEnrolment():
                return self._there(lambda: who.show_enrolment(ask))
            case _:
                assert_never(ask)

    def _there(self, call: Callable[[], T]) -> T:
        return on_its_thread(self._run_there, call, self._patience)


def _pictured(taken: tuple[Any, bool] | Done) -> Done:
    """Made a PNG here: on the screen's thread it would cost several frames."""
    if isinstance(taken, Done):
        return taken
    image, masked = taken
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return Done(ok=True, png=base64.b64encode(out.getvalue()).decode(), masked=masked)
