"""The tour's last act: the fleet. A configuration is proposed, approved by somebody else, and seen on the glass; a bad
one is tried by the terminal, found out, and taken back by itself.
"""

import time
from collections.abc import Mapping
from typing import Any

from kiosk.pane import PaneClient
from tongyuan.console_pictures import ConsolePictures
from tongyuan.demo import TERMINAL
from tongyuan.fleet_demo import APPROVER, OPERATOR, DemoFleet
from tongyuan.ops import Ops
from tongyuan.touring import Guide, TourFailed, look

NOTICE = {
    "zh": "本周六上午照常办公，办理社保、户籍、不动产业务，请带好身份证。",
    "en": "Open this Saturday morning for social security, household and property. Please bring your ID card.",
}
CAREFUL = {
    "waves": ["1", "100%"],
    "soak_seconds": 0,
    "apply": {"when": "idle", "probation_seconds": 4, "deadline_seconds": 25, "idle_seconds": 1},
}
NOBODY_LISTENS = "tcp://127.0.0.1:9"  # discard: where the printer is not
PATIENCE = 90.0


def the_fleet(guide: Guide, glass: PaneClient) -> None:
    """Both acts, with pictures of the glass and, where a browser is at hand, of the console."""
    fleet = guide.demo.fleet
    if fleet is None:
        raise TourFailed("this demo has no fleet")
    operator, approver = (Ops(fleet.url, name, fleet.password) for name in (OPERATOR, APPROVER))
    with ConsolePictures(fleet.url, APPROVER, fleet.password, guide) as console:
        console.shot("/overview", "console overview")
        console.shot(f"/terminals/{TERMINAL.name}", "console terminal")
        _a_good_one(guide, glass, operator, approver, console)
        _a_bad_one(guide, glass, fleet, operator, approver, console)
        _counted(guide, operator)
        console.shot(f"/halls/{guide.demo.hall.id}?day={guide.demo.now():%Y-%m-%d}", "console hall")


def _a_good_one(
    guide: Guide, glass: PaneClient, operator: Ops, approver: Ops, console: ConsolePictures
) -> None:
    guide.shot("k01", "before the new configuration")
    number = _push(
        guide,
        operator,
        approver,
        "周六公告与大字版 notice and large type",
        {"notices": [NOTICE], "screen": {"theme": "large"}},
    )
    state = approver.ended(number, PATIENCE)
    if state != "done":
        raise TourFailed(f"the good configuration ended {state}: {approver.rollout(number)['reason']}")
    guide.note("fleet: approved to confirmed by the terminal", seconds=_lasted(approver, number))
    guide.until(glass, lambda now: look(now)[0] == "large", "large type as everybody finds it")
    guide.until(glass, lambda now: any("周六" in text for text in now["texts"]), "the notice")
    guide.shot("k01", "with the new configuration")
    console.shot(f"/rollouts/{number}", "console rollout done")


def _a_bad_one(
    guide: Guide, glass: PaneClient, fleet: DemoFleet, operator: Ops, approver: Ops, console: ConsolePictures
) -> None:
    before = approver.get(f"/v1/terminals/{TERMINAL.name}")
    devices = operator.layer("terminal", TERMINAL.name)["values"]["devices"]
    number = _push(
        guide,
        operator,
        approver,
        "打印机端口写错 a wrong printer port",
        {"devices": {**devices, "printer": NOBODY_LISTENS}},
        "terminal",
        TERMINAL.name,
    )
    state = approver.ended(number, PATIENCE)
    if state != "aborted":
        raise TourFailed(f"the bad configuration ended {state}")
    guide.note("fleet: bad configuration found out and stopped", seconds=_lasted(approver, number))
    after = _settled(approver)
    guide.note(
        "fleet: the terminal took itself back",
        tried=before["rev"] + 1,
        running=after["running"],  # the one before, or its settings again as the centre's answer
        good=after["good"],
        why=approver.rollout(number)["reason"],
    )
    guide.until(
        glass, lambda now: now["screen"] == "welcome" and look(now)[0] == "large", "the good one again"
    )
    guide.shot("k01", "after the bad configuration")
    console.shot(f"/rollouts/{number}", "console rollout stopped")
    console.shot(f"/terminals/{TERMINAL.name}", "console terminal after")


def _counted(guide: Guide, operator: Ops) -> None:
    """What happened in the hall is at the centre: as many records and numbers as the hall's own journal has."""
    kinds = [record["record"]["type"] for record in guide.demo.journal_records()]
    wanted = {
        "records": len(kinds),
        "taken": kinds.count("ticket_taken"),
        "served": kinds.count("ticket_finished"),
    }
    until = time.monotonic() + PATIENCE
    while True:
        day = f"{guide.demo.now():%Y-%m-%d}"
        figures = operator.get(f"/v1/halls/{guide.demo.hall.id}/figures", day=day)
        found = {name: figures[name] for name in wanted}
        if found == wanted:
            break
        if time.monotonic() > until:
            raise TourFailed(f"the centre counts {found}, the hall {wanted}")
        time.sleep(0.2)
    guide.note("fleet: the hall's journal is at the centre", **found, channels=figures["channels"])


def _push(
    guide: Guide,
    operator: Ops,
    approver: Ops,
    title: str,
    change: Mapping[str, Any],
    kind: str = "hall",
    key: str = "",
) -> int:
    draft = operator.propose(title, kind, key or guide.demo.hall.id, change, CAREFUL)
    guide.note(f"fleet: proposed, {title}", by=OPERATOR, state=draft["state"])
    number = approver.approve(draft)
    guide.note(f"fleet: approved, {title}", by=APPROVER, rollout=number)
    return number


def _settled(ops: Ops) -> dict[str, Any]:
    """The terminal as the centre knows it, when it says that it is on its last good one."""
    until = time.monotonic() + PATIENCE
    while True:
        now: dict[str, Any] = ops.get(f"/v1/terminals/{TERMINAL.name}")
        if now["running"] == now["good"]:
            return now
        if time.monotonic() >= until:
            raise TourFailed(
                f"the terminal runs revision {now['running']}, its last good one is {now['good']}"
            )
        time.sleep(0.2)


def _lasted(ops: Ops, number: int) -> float:
    rollout = ops.rollout(number)
    return float((rollout["ended"] or time.time()) - rollout["started"])
