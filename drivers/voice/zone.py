"""One zone's loudspeakers: a thread that says one thing at a time, and one that prepares speech ahead of it."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from drivers.errors import DriverError
from drivers.ports import Clock
from drivers.voice.backlog import Backlog
from drivers.voice.pcm import Pcm
from drivers.voice.phrases import Gong, Token, caption
from drivers.voice.renderer import Rendered, Renderer
from drivers.voice.reports import Dropped, Failed, Finished, Report, Started
from drivers.voice.sinks import Label, Sink

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """An announcement on its way: its speech is rendered while earlier ones, or its own gong, are heard."""

    event_id: str
    said: tuple[Token, ...]
    speech: "Future[Rendered]"


class Zone:
    """Owns its sink and two threads, from construction until ``close``. No failure ends them."""

    def __init__(
        self,
        name: str,
        sink: Sink,
        renderer: Renderer,
        clock: Clock,
        report: Callable[[Report], None],
        limit: int,
    ) -> None:
        self._name, self._sink, self._renderer, self._clock = name, sink, renderer, clock
        self._tell = report
        self._gong = renderer.gong()
        self._backlog: Backlog[Job] = Backlog(limit)
        self._change = threading.Condition()
        self._speaking = self._closing = self._failing = False
        self._begun = False  # whether anything of the present announcement was handed to the sink
        self._ahead = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"voice-{name}-ahead")
        self._thread = threading.Thread(target=self._run, name=f"voice-{name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        return len(self._backlog)

    @property
    def failing(self) -> bool:
        """Whether the last announcement could not be said."""
        return self._failing

    def post(self, event_id: str, subject: tuple[str, ...], said: tuple[Token, ...]) -> bool:
        """Queue it; False when it is refused: its event was posted before, or the zone is closed."""
        with self._change:
            if self._closing:
                return False
            job = Job(event_id, said, Future())
            added = self._backlog.add(event_id, subject, job)
            if added.repeated:
                return False
            self._ahead.submit(self._render, job)  # under the lock, so never after the executor was shut down
            self._change.notify_all()
        if added.merged:
            self._drop(added.merged, "merged")
        if added.pushed_out:
            self._drop(added.pushed_out, "queue_full")
        return True

    def wait_idle(self, timeout: float) -> bool:
        """Block until nothing is said and nothing waits; False after ``timeout`` seconds."""
        with self._change:
            return self._change.wait_for(lambda: not self._speaking and not self._backlog, timeout)

    def shut(self) -> None:
        """Take nothing more and cut short what is being said; ``join`` then waits for the threads."""
        with self._change:
            if self._closing:
                return
            self._closing = True
            self._change.notify_all()
        self._sink.close()

    def join(self, timeout: float) -> bool:
        """Whether the zone's threads have ended within ``timeout`` seconds."""
        self._thread.join(timeout)
        self._ahead.shutdown(wait=not self._thread.is_alive())
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._announce(job)
        while (left := self._backlog.take()) is not None:
            self._drop(left, "closed")

    def _next(self) -> Job | None:
        with self._change:
            self._speaking = False
            self._change.notify_all()
            self._change.wait_for(lambda: self._closing or self._backlog)
            if self._closing:
                return None
            self._speaking = True
            return self._backlog.take()

    def _render(self, job: Job) -> None:
        if not job.speech.set_running_or_notify_cancel():
            return
        try:
            job.speech.set_result(self._renderer.speech(job.said))
        except Exception as error:  # noqa: BLE001  carried to the zone's thread, which reports it
            job.speech.set_exception(error)

    def _announce(self, job: Job) -> None:
        self._begun = False
        failed: Failed | None = None
        spoken: Rendered | None = None
        if Gong() in job.said:
            failed = self._attempt(job, "gong", lambda: self._play(job, "gong", self._gong))

        def speak() -> None:
            nonlocal spoken
            spoken = job.speech.result()
            self._play(job, "speech", spoken.sound)

        # The words matter more than the gong: they are tried even when the gong was not heard.
        failed = self._attempt(job, "speech", speak) or failed
        if failed and self._closing:
            self._drop(job, "closed")
        elif failed:
            self._note(failed)
            self._report(failed)
        elif spoken:
            self._note(None)
            self._report(Finished(self._name, job.event_id, spoken.by, spoken.missing))

    def _play(self, job: Job, part: Literal["gong", "speech"], sound: Pcm) -> None:
        if not self._begun:
            self._begun = True
            self._report(Started(self._name, job.event_id, self._clock.now()))
        words = caption(job.said) if part == "speech" else ""
        self._sink.play(sound, Label(self._name, job.event_id, part, words))

    def _attempt(self, job: Job, part: Literal["gong", "speech"], act: Callable[[], None]) -> Failed | None:
        try:
            act()
        except DriverError as error:
            return Failed(self._name, job.event_id, part, error.code, error.retryable, str(error))
        except Exception as error:  # a bug must not silence the zone for the rest of the day
            log.exception("zone=%s part=%s bug", self._name, part)
            return Failed(self._name, job.event_id, part, "fault.internal", False, type(error).__name__)
        return None

    def _note(self, failed: Failed | None) -> None:
        """One log line when the zone starts to fail, one when it recovers."""
        if failed and not self._failing:
            log.warning("zone=%s state=failing code=%s detail=%s", self._name, failed.code, failed.detail)
        if self._failing and not failed:
            log.info("zone=%s state=recovered", self._name)
        self._failing = failed is not None

    def _drop(self, job: Job, reason: Literal["merged", "queue_full", "closed"]) -> None:
        job.speech.cancel()
        self._report(Dropped(self._name, job.event_id, reason))

    def _report(self, report: Report) -> None:
        try:
            self._tell(report)
        except Exception:  # the owner's bug must not silence the zone
            log.exception("zone=%s report=%s raised", self._name, type(report).__name__)
