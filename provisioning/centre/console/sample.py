"""An invented fleet to train on, to measure with and to take pictures of: the same ten thousand terminals every time.

Nothing in it is real. A database that has terminals is refused.
"""

import random
from collections.abc import Iterator
from typing import Any, Final

import zstandard
from sqlalchemy import Connection, func, insert, select

from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.wire.documents import canonical, etag

CITIES: Final = (
    "清源",
    "泉城",
    "临江",
    "云岭",
    "海州",
    "平川",
    "和安",
    "永宁",
    "东湖",
    "西岭",
    "南塘",
    "北辰",
)
CITIES_EN: Final = (
    "Qingyuan",
    "Quancheng",
    "Linjiang",
    "Yunling",
    "Haizhou",
    "Pingchuan",
    "Hean",
    "Yongning",
    "Donghu",
    "Xiling",
    "Nantang",
    "Beichen",
)
PLACES: Final = (
    "市民中心",
    "政务服务中心",
    "高新区分厅",
    "开发区分厅",
    "税务厅",
    "不动产厅",
    "公安厅",
    "社保厅",
    "医保厅",
    "便民服务站",
)
PLACES_EN: Final = (
    "Citizens' Centre",
    "Government Services",
    "High-tech Branch",
    "Development Branch",
    "Tax Hall",
    "Property Hall",
    "Police Hall",
    "Social Security Hall",
    "Health Insurance Hall",
    "Neighbourhood Station",
)
ROLES: Final = (
    ("terminal", "自助终端", "terminal", 6),
    ("window-board", "窗口屏", "window board", 8),
    ("hall-board", "综合屏", "hall board", 1),
    ("caller", "叫号器", "caller pad", 3),
    ("voice", "语音", "voice", 1),
)
GROUPS: Final = (
    ("elderly-first", "适老大厅", 20),
    ("pilot", "先行试点", 50),
    ("old-printer", "旧款打印机", 10),
    ("mountain", "山区慢网", 5),
)
VERSIONS: Final = ("1.4.0", "1.4.0", "1.4.0", "1.3.2")
FAULTS: Final = ("config.schema", "trial.device_worse", "trial.no_frame", "config.expired")


class NotEmpty(Exception):
    """There are real terminals in this database."""


def fill(database: Database, now: float, terminals: int = 10_000, halls: int = 120) -> None:
    """Raises NotEmpty, StoreFailed."""
    dice = random.Random(20261122)
    with database.write() as db:
        if db.scalar(select(func.count()).select_from(t.terminals)):
            raise NotEmpty("the training fleet needs a database of its own")
        names = list(_halls(halls))
        db.execute(insert(t.halls), names)
        db.execute(insert(t.groups), [{"id": i, "name": n, "priority": p} for i, n, p in GROUPS])
        rows = list(_terminals(dice, names, terminals, now))
        db.execute(insert(t.terminals), rows)
        if found := list(_alerts(dice, rows, now)):
            db.execute(insert(t.alerts), found)
        _configuration(db, dice, names, rows, now)
        _happened(db, dice, rows, now)
        _journal(db, dice, names[0]["id"], now, rows[0])


def _halls(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        city, place = CITIES[number % len(CITIES)], (number // len(CITIES)) % len(PLACES)
        yield {
            "id": f"h{number:03}",
            "name": f"{city}{PLACES[place]}",
            "name_en": f"{CITIES_EN[number % len(CITIES)]} {PLACES_EN[place]}",
            "region": f"{370100 + number % len(CITIES)}",
            "time_zone": "Asia/Shanghai",
            "broker": "main",
            "settings": {},
        }


def _terminals(
    dice: random.Random, halls: list[dict[str, Any]], count: int, now: float
) -> Iterator[dict[str, Any]]:
    kinds = [(role, zh, en) for role, zh, en, often in ROLES for _ in range(often)]
    for number in range(count):
        hall = halls[number * len(halls) // count]["id"]
        role, zh, en = kinds[number % len(kinds)]
        ill = 0.18 if hall in ("h007", "h044") else 0.004  # two halls have a bad night
        luck = dice.random()
        online = luck > ill
        state = (
            "confirmed"
            if dice.random() > 0.008
            else dice.choice(("rejected", "rolled_back", "drifted", "staged"))
        )
        rev = 40 + dice.randrange(3)
        running = rev if state in ("confirmed", "drifted") else rev - 1
        never = number % 997 == 13
        left = dice.randrange(50, 900) if role == "terminal" else None
        fault = (
            {"code": dice.choice(FAULTS), "path": "devices.printer", "text": ""}
            if state in ("rejected", "rolled_back")
            else None
        )
        floor = dice.randrange(3)
        at = now - dice.random() * 30 if online else now - dice.random() * 40_000 - 90
        yield {
            "id": f"{hall}-{role[0]}{number:05}",
            "hall": hall,
            "kind": "terminal",
            "role": role,
            "name": f"{'一二三'[floor]}楼 {number % 60 + 1} 号{zh}",
            "name_en": f"Floor {floor + 1}, {en} {number % 60 + 1}",
            "serial": f"TY{number:07}",
            "groups": sorted({g for g, _, p in GROUPS if dice.random() < 0.06}),
            "window": str(number % 24 + 1) if role in ("window-board", "caller") else None,
            "zones": [],
            "public_key": f"{number:064x}",
            "seal_key": f"{number:064x}",
            "state": "enrolled",
            "enrolled": now - 86400 * 90,
            "retired": None,
            "rev": rev,
            "etag": "0" * 16,
            "rollout": None,
            "pinned": dice.random() < 0.003,
            "reported_rev": 0 if never else rev,
            "reported_state": "" if never else state,
            "running": 0 if never else running,
            "good": 0 if never else running,
            "highest": 0 if never else rev,
            "fault": fault,
            "app": dice.choice(VERSIONS),
            "os": "Debian 12",
            "keys": ["2026a"],
            "reported_at": None if never else now - 3600,
            "online": online and not never,
            "sid": f"s{number}",
            "boot": 3,
            "presence_at": None if never else at,
            "seen": None if never else at,
            "health": None if never else _health(dice, role, at, running, left),
            "health_at": None if never else at,
            "skew": dice.gauss(0, 0.4),
            "paper_minutes": left * 1.7 if left is not None else None,
            "password": "",
        }


def _health(dice: random.Random, role: str, at: float, rev: int, left: int | None) -> dict[str, Any]:
    paper = {"state": "none", "left": None, "printed": 0}
    if left is not None:
        paper = {"state": "low" if left < 60 else "ok", "left": left, "printed": 12_000 + left}
    devices = {"printer": "", "reader": "", "scanner": ""} if role == "terminal" else {}
    if devices and dice.random() < 0.004:
        devices["reader"] = "fault.device_silent"
    return {
        "v": 1,
        "sid": "s",
        "at": "2026-11-22T08:00:00Z",
        "up_seconds": dice.random() * 600_000,
        "rev": rev,
        "screen": "welcome",
        "busy": dice.random() < 0.2,
        "frame_ms": 9 + dice.random() * 8,
        "memory_mb": 210 + dice.random() * 60,
        "disk_free_mb": 21_000,
        "devices": devices,
        "paper": paper,
        "catalogue": "2026.11.20-1",
        "app": "1.4.0",
        "outbox": dice.choice((0, 0, 0, 2)),
        "restarts": 0,
        "hall": "",
        "certificate_days": 200,
    }


def _alerts(dice: random.Random, rows: list[dict[str, Any]], now: float) -> Iterator[dict[str, Any]]:
    for row in rows:
        found: list[tuple[str, str, str]] = []
        if not row["online"] and row["seen"] is not None and dice.random() < 0.6:
            found.append(
                ("offline", "critical" if row["role"] == "terminal" else "warning", "terminal.offline")
            )
        if row["health"] and row["health"]["paper"]["state"] == "low":
            found.append(("paper_low", "warning", "fault.paper_low"))
        if row["health"] and row["health"]["devices"].get("reader"):
            found.append(("reader", "critical", "fault.device_silent"))
        if row["reported_state"] == "drifted":
            found.append(("drift", "info", "config.drifted"))
        for kind, severity, code in found:
            seen = dice.random() < 0.15
            opened = now - dice.random() * 20_000
            yield {
                "terminal": row["id"],
                "hall": row["hall"],
                "kind": kind,
                "severity": severity,
                "code": code,
                "detail": {},
                "opened": opened,
                "seen": now - 20,
                "resolved": None,
                "acknowledged": now - 60 if seen else None,
                "acknowledged_by": "wang" if seen else "",
                "silenced": dice.random() < 0.03,
            }


FLEET_LAYER: Final[dict[str, Any]] = {
    "screen": {"theme": "normal", "language": "zh"},
    "idle": {"after": 60},
    "maintenance": {"window": "22:00-05:00", "nightly_restart": "04:30"},
}


def _configuration(
    db: Connection, dice: random.Random, halls: list[dict[str, Any]], rows: list[dict[str, Any]], now: float
) -> None:
    layer = {"version": 1, "at": now - 86400 * 20, "by": "lin"}
    released = [
        {"kind": "hall", "key": hall["id"], "values": _of_hall(hall["id"]), **layer} for hall in halls
    ]
    released.append({"kind": "fleet", "key": "", "values": FLEET_LAYER, **layer})
    released.append(
        {"kind": "group", "key": "elderly-first", "values": {"screen": {"theme": "large"}}, **layer}
    )
    db.execute(insert(t.layers), released)
    changed = FLEET_LAYER | {"screen": {"theme": "large", "language": "zh"}}
    plan: dict[str, Any] = {}
    about = {"plan": plan, "created": now - 7200, "changed": now - 3000, "remark": "", "version": 3}
    change = [{"kind": "fleet", "key": "", "base": 1, "values": changed}]
    draft = {"changes": change, "author": "chen", "reviewer": "", "reviewed": None, **about}
    db.execute(
        insert(t.drafts),
        [
            {
                "title": "全市大字版默认开启",
                "state": "rolling",
                **(draft | {"reviewer": "lin", "reviewed": now - 1800}),
            },
            {"title": "国庆值班公告", "state": "submitted", **draft},
            {"title": "夜间重启改到四点半", "state": "draft", **draft},
            {
                "title": "旧款打印机版式",
                "state": "returned",
                **(draft | {"reviewer": "lin", "remark": "请先在试点组验证"}),
            },
        ],
    )
    db.execute(
        insert(t.rollouts),
        [
            {
                "draft": 1,
                "title": "全市大字版默认开启",
                "kind": "change",
                "state": "running",
                "reason": "",
                "plan": plan,
                "wave": 3,
                "waves": 5,
                "wave_since": None,
                "started": now - 1700,
                "by": "lin",
                "ended": None,
            },
            {
                "draft": None,
                "title": "打印机驱动参数",
                "kind": "change",
                "state": "aborted",
                "reason": "rollout.failures",
                "plan": plan,
                "wave": 1,
                "waves": 5,
                "wave_since": None,
                "started": now - 90000,
                "by": "chen",
                "ended": now - 89000,
            },
        ],
    )
    steps = (1, 101, 601, 3101, len(rows))
    db.execute(insert(t.targets), list(_targets(dice, rows, steps, now)))
    db.execute(insert(t.targets), list(_stopped(rows[:: max(1, len(rows) // 400)], now - 89500)))
    documents = []
    for row in rows[:40]:
        for rev in range(36, row["rev"] + 1):
            settings = {"role": row["role"], "name": row["name"], **_of_hall(row["hall"]), **FLEET_LAYER}
            packed = zstandard.compress(canonical(settings))
            documents.append(
                {
                    "terminal": row["id"],
                    "rev": rev,
                    "etag": etag(settings),
                    "settings": packed,
                    "apply": {},
                    "rollout": 1,
                    "issued": now - (50 - rev) * 86000,
                    "why": "rollout",
                    "confirmed": now - (50 - rev) * 86000 + 40,
                }
            )
    db.execute(insert(t.documents), documents)


def _of_hall(hall: str) -> dict[str, Any]:
    source = {"hall": hall, "url": "http://10.1.2.3:8080"}
    return {"source": source, "notices": [{"zh": "午间不休", "en": "Open over lunch"}]}


def _targets(
    dice: random.Random, rows: list[dict[str, Any]], ends: tuple[int, ...], now: float
) -> Iterator[dict[str, Any]]:
    order = list(range(len(rows)))
    dice.shuffle(order)
    for place, number in enumerate(order):
        row = rows[number]
        wave = next((w for w, end in enumerate(ends) if place < end), len(ends) - 1)
        state = "confirmed" if wave < 3 else "waiting"
        if wave == 3:
            state = dice.choices(
                ("confirmed", "probation", "staged", "pending", "rolled_back"), (70, 6, 4, 18, 1)
            )[0]
        yield {
            "rollout": 1,
            "terminal": row["id"],
            "hall": row["hall"],
            "wave": wave,
            "state": state,
            "rev": 0 if state == "waiting" else row["rev"],
            "before": row["rev"] - 1,
            "code": "trial.device_worse" if state == "rolled_back" else "",
            "released": now - 300 if wave <= 3 else None,
            "ended": now - 200 if state == "confirmed" else None,
        }


def _stopped(rows: list[dict[str, Any]], at: float) -> Iterator[dict[str, Any]]:
    """A rollout that its wave of 1 % stopped: two refused, who had it gave it back, the others never heard of it."""
    for place, row in enumerate(rows):
        state = "rolled_back" if place in (3, 7) else "reverted" if place < 9 else "skipped"
        yield {
            "rollout": 2,
            "terminal": row["id"],
            "hall": row["hall"],
            "wave": sum(place >= end for end in (1, 10, 50, 200)),
            "state": state,
            "rev": row["rev"] if state != "skipped" else 0,
            "before": row["rev"] - 1,
            "code": "trial.device_worse" if state == "rolled_back" else "",
            "released": at if state != "skipped" else None,
            "ended": at + 90,
        }


def _happened(db: Connection, dice: random.Random, rows: list[dict[str, Any]], now: float) -> None:
    first = rows[0]["id"]
    db.execute(
        insert(t.commands),
        [
            {
                "id": f"c{n}",
                "batch": f"b{n}",
                "terminal": first,
                "verb": verb,
                "args": {},
                "by": "chen",
                "issued": now - 4000 + n * 500,
                "expires": now,
                "state": state,
                "code": code,
                "text": "",
                "answered": now - 3990 + n * 500 if state != "sent" else None,
                "put": "",
            }
            for n, (verb, state, code) in enumerate(
                (
                    ("identify", "done", ""),
                    ("test_print", "failed", "kiosk.busy"),
                    ("logs", "timeout", "command.timeout"),
                    ("screenshot", "sent", ""),
                )
            )
        ],
    )
    kinds = (
        "agent.started",
        "config.confirmed",
        "device.fault",
        "device.well",
        "paper.low",
        "kiosk.restarted",
    )
    db.execute(
        insert(t.events),
        [
            {
                "terminal": first,
                "seq": n + 1,
                "at": now - (60 - n) * 700,
                "type": dice.choice(kinds),
                "body": {"device": "printer"},
                "received": now - (60 - n) * 700 + 1,
            }
            for n in range(60)
        ],
    )
    db.execute(
        insert(t.enrolments),
        [
            {
                "id": f"e{n}",
                "code": f"{n:064x}",
                "public_key": f"{n + 1:064x}",
                "seal_key": f"{n + 1:064x}",
                "serial": f"TY90{n:05}",
                "facts": {"app": "1.4.0", "os": "Debian 12", "model": "KS-32", "address": f"10.3.0.{n}"},
                "created": now - 100,
                "expires": now + 700,
                "state": "pending",
                "terminal": None,
                "by": "",
            }
            for n in range(3)
        ],
    )


def _journal(db: Connection, dice: random.Random, hall: str, now: float, like: dict[str, Any]) -> None:
    """A day of a hall until now: numbers, calls, ends; and the uplink they came by, an identity ``like`` others."""
    midnight = now - (now + 8 * 3600) % 86400
    entries: list[tuple[float, str, dict[str, Any], str]] = []
    for number in range(420):
        ticket = {"ticket": f"t{number}"}
        at = midnight + 8.5 * 3600 + number * 75 + dice.random() * 60
        window, wait = str(dice.randrange(1, 9)), 120 + dice.random() * 1500
        handled = 240 + dice.random() * 500
        by = dice.choice(("terminal:k01", "terminal:k02", "window:3", "phone:p"))
        entries.append(
            (at, "ticket_taken", ticket | {"queue": dice.choice("ABCD"), "number": f"A{number:03}"}, by)
        )
        if number < 400:
            entries.append((at + wait, "ticket_called", ticket | {"window": window}, f"caller:{window}"))
            missed = dice.random() < 0.06
            entries.append(
                (
                    at + wait + handled,
                    "ticket_missed" if missed else "ticket_finished",
                    ticket | {"window": window, "handled": handled},
                    f"caller:{window}",
                )
            )
    entries = sorted((e for e in entries if e[0] <= now), key=lambda e: e[0])
    if entries:
        uplink = {"id": f"hall-{hall}", "kind": "hall", "role": "journal", "serial": "", "groups": []}
        link = {"online": True, "presence_at": now - 7200, "seen": now - 4, "health": None, "window": None}
        db.execute(insert(t.terminals), [like | uplink | link])
        far = {"terminal": uplink["id"], "stream": "journal", "acked": len(entries) + 3, "lost": 3}
        db.execute(insert(t.streams), [far])
        db.execute(
            insert(t.journal),
            [
                {
                    "hall": hall,
                    "seq": n + 1,
                    "at": at,
                    "type": kind,
                    "body": {"data": data, "by": by},
                    "received": at + 1,
                }
                for n, (at, kind, data, by) in enumerate(entries)
            ],
        )
