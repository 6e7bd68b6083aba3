"""A centre in a process of its own, told what to do in JSON lines: so that what it costs is its own.

``python -m bench.centre_process FOLDER BROKER-FOLDER BROKER-URL RATE [http]``
"""

import json
import sys
from pathlib import Path
from typing import Any

from bench.centre import Heart, ground, running
from provisioning.centre.rollout_plan import Plan


def main() -> None:
    folder, broker, url, rate = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])
    with running(ground(folder), broker, url, rate=rate, http="http" in sys.argv) as heart:
        for line in sys.stdin:
            print(json.dumps(answer(heart, json.loads(line))), flush=True)


def answer(heart: Heart, asked: dict[str, Any]) -> dict[str, Any]:
    """One order or question."""
    match asked["do"]:
        case "change":
            return {"rollout": heart.change(asked["values"], Plan.model_validate(asked["plan"]))}
        case "rollout":
            number = asked["rollout"]
            waves = [dict(wave.states) for wave in heart.rollouts.progress(number)]
            return {"state": heart.state(number), "waves": waves}
        case "expect":
            return {"url": heart.url, "expected": heart.expect(asked["count"])}
        case "counts":
            counts = heart.fleet.counts()
            return {
                "connected": sorted(heart.whole.desk.connected),
                "terminals": counts.all,
                "online": counts.online,
                "converged": counts.converged,
                "dropped": dict(heart.whole.desk.dropped.counts),
            } | memory()
    raise ValueError(asked["do"])


def memory() -> dict[str, float]:
    """Megabytes of this process, now and at the most."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kept = dict(line.split(":", 1) for line in lines)
    now, most = (float(kept[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return {"memory_mb": round(now, 1), "most_memory_mb": round(most, 1)}


if __name__ == "__main__":
    main()
