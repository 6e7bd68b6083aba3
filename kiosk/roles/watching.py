"""The devices on which citizens show who they are: reader, scanner and slot, each watched by a thread of its own."""

from collections.abc import Callable
from typing import Protocol

from config.kiosk import Kiosk
from drivers.ports import Clock
from kiosk import left_bare
from kiosk.identity import IdentityDesk
from kiosk.roles.devices import card_watch, code_watch, social_card_watch
from kiosk.workers import Worker
from screens.events import Event


class Watcher(Protocol):
    """Who looks for cards or codes on a device, worked by a thread of its own."""

    def idle(self) -> float: ...

    def watch(self, on: bool) -> None: ...

    def failed(self, code: str) -> None: ...

    def leaves_bare(self) -> bool: ...

    def close(self) -> None: ...


class Watching:
    """Those of ``settings``. What lies on a device over a restart is told apart by ``kiosk.left_bare``."""

    def __init__(
        self, settings: Kiosk, clock: Clock, desk: IdentityDesk, post: Callable[[Event], None]
    ) -> None:
        self._memory = settings.state_dir / "bare.json"
        bare, devices = left_bare.recall(self._memory), settings.devices
        self._watches: dict[str, Watcher] = {}
        if devices.reader:
            self._watches["reader"] = card_watch(settings, clock, desk, post, bare="reader" in bare)
        if devices.scanner:
            self._watches["scanner"] = code_watch(settings, clock, desk, post)
        if devices.slot:
            self._watches["slot"] = social_card_watch(settings, clock, desk, post, bare="slot" in bare)
        self._workers = {
            name: Worker(name, idle=watch.idle, failed=watch.failed) for name, watch in self._watches.items()
        }

    def start(self) -> None:
        for worker in self._workers.values():
            worker.start()

    def watch(self, on: bool) -> None:
        """Whether cards and codes are wanted."""
        for watch in self._watches.values():
            watch.watch(on)

    def close(self) -> None:
        ended = {name for name, worker in self._workers.items() if worker.close()}
        left_bare.remember(self._memory, {name for name in ended if self._watches[name].leaves_bare()})
        for watch in self._watches.values():
            watch.close()
