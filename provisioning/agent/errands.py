"""What takes its time and is done on a worker's thread; how it ended is posted as an input."""

import logging
import subprocess
from collections.abc import Callable
from pathlib import Path

from provisioning.agent import inputs, machine
from provisioning.agent.centre import Centre, CentreFailed
from provisioning.agent.effects import CollectLogs, Order
from provisioning.agent.inputs import Input
from provisioning.agent.keeper import Keeper, KioskSilence

log = logging.getLogger(__name__)


class Errands:
    """``post`` may be called from any thread. Nothing here raises. ``log_file``: None is the machine's journal."""

    def __init__(
        self, keeper: Keeper, centre: Centre, log_file: Path | None, post: Callable[[Input], None]
    ) -> None:
        self._keeper, self._centre, self._log_file, self._post = keeper, centre, log_file, post

    def ask(self, run: int) -> None:
        try:
            self._post(inputs.KioskSaid(run, self._keeper.health()))
        except KioskSilence:
            self._post(inputs.KioskSilent(run))

    def order(self, order: Order) -> None:
        try:
            done = self._keeper.order(order.ask)
            self._post(inputs.Answered(order.token, done.ok, done.code, done=done))
        except KioskSilence as silence:
            self._post(inputs.Answered(order.token, False, silence.code))

    def put(self, token: str, path: str, content: bytes, *, masked: bool) -> None:
        try:
            self._centre.put(path, content, masked=masked)
            self._post(inputs.Answered(token, True, text="masked" if masked else ""))
        except CentreFailed as failed:
            self._post(inputs.Answered(token, False, failed.code))

    def collect(self, wanted: CollectLogs) -> None:
        try:
            packed = machine.logs(wanted.since, wanted.until, self._log_file)
        except (OSError, subprocess.SubprocessError) as error:
            log.error("logs=failed %s", type(error).__name__)
            self._post(inputs.Answered(wanted.token, False, "command.logs"))
            return
        self.put(wanted.token, wanted.path, packed, masked=False)

    def reboot(self, token: str) -> None:
        try:
            machine.reboot()
        except (OSError, subprocess.SubprocessError) as error:
            log.error("reboot=failed %s", type(error).__name__)
            self._post(inputs.Answered(token, False, "command.failed"))
