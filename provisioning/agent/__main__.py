"""``python -m provisioning.agent AGENT.toml``: the agent of this machine, as a service starts it."""

import logging
import signal
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from config.load import ConfigError, load
from hall.wire.dumps import forbid_dumps
from provisioning.agent.identity import IdentityBroken
from provisioning.agent.runner import Runner
from provisioning.agent.settings import AgentSettings


def start(settings: Path) -> int:
    """Serve as ``settings`` say until SIGTERM, SIGINT or a wipe; the exit code. Belongs to the main thread."""
    forbid_dumps()
    try:
        runner = Runner(load(settings, AgentSettings), _app())
    except (ConfigError, IdentityBroken, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop())
    runner.run()
    return 0


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m provisioning.agent AGENT.toml\n")
        return 2
    return start(Path(sys.argv[1]))


def _app() -> str:
    try:
        return version("tongyuan")
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    raise SystemExit(main())
