"""The caller pad's wiring: presenter, screen, keys, and one worker that talks to the hall."""

import logging
import time
import uuid
from collections.abc import Callable
from typing import Any, assert_never

from config.kiosk import Kiosk
from drivers.ports import SystemClock
from kiosk.clock import wall_clock
from kiosk.hall_client import HallClient, HallError, HallRefused
from kiosk.hall_link import HallLink
from kiosk.pictures import NoPicture, decoded
from kiosk.roles.shell import Shell
from kiosk.standing import Standing, hall_code
from kiosk.workers import Worker
from screens.caller.known import LARGE_ROOM, Room
from screens.caller.presenter import CallerPresenter
from screens.events import FaceFailed, FaceReady, Picture, Ticked, Touched
from screens.window_effects import AskCertificates, SendCommand, ViewCertificate, WindowEffect
from screens.window_events import (
    CertificatesFailed,
    CertificatesSeen,
    CommandDone,
    CommandRefused,
    HallSeen,
    KeyPressed,
    LinkBack,
    LinkLost,
    WindowSeen,
)

log = logging.getLogger(__name__)


class Pad:
    """One clerk's pad. The hall's answer to a command is shown at once; MQTT confirms it."""

    def __init__(self, settings: Kiosk, show: Callable[[Any], None], post: Callable[[Any], None]) -> None:
        self._window, self._show, self._post = str(settings.window), show, post
        self._wall = wall_clock(settings)
        self._name = settings.id
        self._presenter = CallerPresenter(
            self._window,
            lambda: uuid.uuid4().hex,
            time.monotonic,
            language=settings.screen.language,
            room=LARGE_ROOM if settings.screen.theme == "large" else Room(),
        )
        self._began = self._stirred = time.monotonic()
        self._hall_code: str | None = None  # None: nothing heard of its link
        token = settings.source.token_file.read_text(encoding="utf-8").strip()
        self._client = HallClient(settings.source.url, token, SystemClock())
        self._worker = Worker("hall")
        self._link = HallLink(
            settings,
            on_hall=lambda view: post(HallSeen(view)),
            on_window=lambda view: post(WindowSeen(view)),
            on_up=lambda up: post(LinkBack() if up else LinkLost("hall.unreachable")),
        )

    def start(self) -> None:
        self.tick(0)
        self._worker.start()
        self._worker.do(self._look)
        self._link.start()

    def handle(self, event: Any) -> None:
        if isinstance(event, Touched | KeyPressed):
            self._stirred = time.monotonic()
        if isinstance(event, LinkBack | LinkLost):
            self._hall_code = event.code if isinstance(event, LinkLost) else ""
        effects = self._presenter.handle(event)
        self._show(self._presenter.view)
        for effect in effects:
            self._worker.do(lambda effect=effect: self._carry_out(effect))  # type: ignore[misc]

    def touched(self, intent: str, value: str) -> None:
        self.handle(Touched(intent, value))

    def key(self, name: str) -> None:
        self.handle(KeyPressed(name))

    def tick(self, _dt: float) -> None:
        self.handle(Ticked(self._wall(), time.monotonic()))

    def broken(self, code: str) -> None:
        log.error("role=%s code=%s the view stays as it was", self._name, code)

    def standing(self) -> Standing:
        """Busy while a citizen is called to the window or is there, or a command is under way."""
        stage, now = self._presenter.view.stage, time.monotonic()
        return Standing(
            screen="caller",
            busy=stage in ("called", "serving") or self._worker.busy,
            idle_seconds=now - self._stirred,
            hall=hall_code(self._hall_code, now - self._began),
        )

    def close(self) -> None:
        self._link.close()
        self._worker.close()
        self._client.close()

    def _carry_out(self, effect: WindowEffect) -> None:
        match effect:
            case SendCommand():
                self._send(effect)
            case AskCertificates(key):
                self._ask_certificates(key)
            case ViewCertificate(key, certificate):
                self._view(key, certificate)
            case _:
                assert_never(effect)

    def _ask_certificates(self, key: str) -> None:
        try:
            self._post(CertificatesSeen(key, self._client.window_certificates(self._window)))
        except HallError as error:
            self._post(CertificatesFailed(key, error.code))

    def _view(self, key: str, certificate: str) -> None:
        """One view each: a retry with the same key is the same view."""
        try:
            png = self._client.view_certificate(self._window, key, certificate)
        except HallError as error:
            self._post(FaceFailed(key, error.code))
            return
        try:
            self._post(FaceReady(key, decoded(png)))
        except (
            NoPicture
        ) as error:  # it has been given out all the same: the clerk sees that, and that it is broken
            log.warning("picture=%s", error)
            self._post(FaceReady(key, Picture()))

    def _send(self, effect: SendCommand) -> None:
        try:
            view = self._client.window(self._window, effect.verb, effect.key, dict(effect.body))
        except HallRefused as error:
            self._post(CommandRefused(effect.key, error.code, tuple(error.facts.items())))
        except HallError as error:
            log.warning("hall=away verb=%s %s", effect.verb, error)
            self._post(CommandRefused(effect.key, error.code))
        else:
            self._post(CommandDone(effect.key, view))

    def _look(self) -> None:
        """The window as it is, for a pad that starts while nothing happens."""
        try:
            self._post(WindowSeen(self._client.window_view(self._window)))
        except HallError as error:
            log.info("hall=away at start: %s", error)


def run(settings: Kiosk) -> int:
    """Call until the window is closed or the process is told to stop."""
    shell = Shell(settings, 1280, 800)
    from screens.caller_app import CallerApp

    pad: Pad | None = None
    app = CallerApp(
        lambda intent, value: pad.touched(intent, value) if pad is not None else None,
        lambda key: pad.key(key) if pad is not None else None,
        theme=settings.screen.theme,
    )
    pad = Pad(settings, app.show, shell.post)
    return shell.run(app, pad)
