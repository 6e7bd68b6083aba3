"""Many simulated terminals on one loop: started at a pace, counted, stopped."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from config.settings import Settings
from provisioning.agent.changeover import Check
from provisioning.agent.effects import Publish
from provisioning.agent.outbox import Outbox
from provisioning.agent.vault import Vault
from provisioning.simulator.behaviour import Behaviour
from provisioning.simulator.terminal import Identity, SimulatedTerminal, World, fresh_disk
from provisioning.wire.documents import Refused

DOOR = 80
"""Connections begun at once: a broker's listen queue holds 100, and a lost SYN costs a second (measured)."""
LOOK = 0.1  # seconds between two looks at whether what is waited for is so


class SimulatedFleet:
    """Use it inside a running loop. ``behaviour``: of the n-th terminal. The rest as in ``World``."""

    def __init__(
        self,
        wall: Callable[[], float],
        *,
        behaviour: Callable[[int], Behaviour],
        check: Check | None = None,
        upload: Callable[[str, bytes, str], bool] | None = None,
        said: Callable[[str, Publish], None] = lambda device, publish: None,
        disk: Callable[[int], tuple[Vault, Outbox]] = fresh_disk,
    ) -> None:
        self._behaviour = behaviour
        self._world = World(wall, check or checked, asyncio.Semaphore(DOOR), upload, said, disk)
        self.terminals: list[SimulatedTerminal] = []
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, identity: Identity) -> SimulatedTerminal:
        """One more terminal: it boots and connects."""
        number = len(self.terminals)
        terminal = SimulatedTerminal(identity, self._behaviour(number), number, self._world)
        self.terminals.append(terminal)
        self._tasks.append(asyncio.create_task(terminal.run(), name=identity.device))
        return terminal

    async def add_all(self, identities: Sequence[Identity], per_second: float = 1000.0) -> None:
        """All of them, at this pace."""
        piece = max(1, int(per_second / 20))
        for begin in range(0, len(identities), piece):
            for identity in identities[begin : begin + piece]:
                self.add(identity)
            await asyncio.sleep(piece / per_second)

    def counts(self) -> Counter[str]:
        """How many are in each state: what they would report, and how many are ``online``."""
        states = Counter(
            standing.state if (standing := terminal.standing) else "new" for terminal in self.terminals
        )
        states["online"] = sum(terminal.online for terminal in self.terminals)
        return states

    def broken(self) -> list[BaseException]:
        """What ended a terminal that should have gone on: bugs."""
        return [
            error
            for task in self._tasks
            if task.done() and not task.cancelled() and (error := task.exception()) is not None
        ]

    async def until(self, so: Callable[[], bool], seconds: float) -> bool:
        """Wait until ``so``; False after ``seconds``. Raises what ended a terminal."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not so():
            if errors := self.broken():
                raise errors[0]
            if loop.time() >= end:
                return False
            await asyncio.sleep(LOOK)
        return True

    async def stop(self) -> None:
        """All say goodbye."""
        for terminal in self.terminals:
            terminal.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def checked(settings: object) -> None:
    """As a real terminal checks. Raises Refused."""
    try:
        Settings.model_validate(settings)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Refused("config.schema", str(first["msg"]), ".".join(map(str, first["loc"]))) from error
