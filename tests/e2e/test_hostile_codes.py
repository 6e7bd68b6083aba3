"""Forged, stale, broken and hostile codes held to every family of scanner, before a terminal at a hall that runs.

Each is refused with its own code and words; nothing is opened, asked or written because of what stands in it.
"""

import json
import logging
import random
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from drivers.scanner.opening import Family
from hall.credentials import Credentials
from hall.serve import CREDENTIALS
from kiosk.tries import MOST, REST
from screens.events import NotKnown, PersonKnown
from screens.words.faults import told
from screens.words.words import words_of
from tests.e2e.glass import Glass, let_wait
from tests.e2e.hall_process import HallProcess

pytestmark = pytest.mark.timeout(300)
FAMILIES: tuple[Family, ...] = get_args(Family)
FORGED = {
    "forged": "code.forged",
    "expired": "code.expired",
    "other_city": "code.other_city",
    "not_yet": "code.not_yet",
}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HallProcess]:
    folder = tmp_path_factory.mktemp("hall")
    hall = HallProcess(folder, log_level="DEBUG")
    credentials = Credentials(folder / CREDENTIALS)
    for name in (
        *FAMILIES,
        *(f"{family}-2" for family in FAMILIES),
        "guesser",
        "flooder",
        "passer-by",
    ):  # a terminal each: the hall counts tries by terminal
        hall.tokens[name] = credentials.issue("terminal", name)
    credentials.close()
    hall.start()
    yield hall
    hall.kill()


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scanners that look for the next code at once: their rest between two is no matter here."""
    monkeypatch.setattr("drivers.scanner.device.REST", 0.01)
    let_wait(monkeypatch)


def at(hall: HallProcess, tmp_path: Path, name: str, family: Family = "plain") -> Glass:
    return Glass(tmp_path / name, f"http://127.0.0.1:{hall.port}", hall.tokens[name], family)


def issued(hall: HallProcess, flaw: str = "", person: int = 0) -> str:
    """A code of the hall's demo phone."""
    body = json.dumps({"person": person, "flaw": flaw}).encode()
    url = f"http://127.0.0.1:{hall.port}/demo/code"
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        code: str = json.load(answer)["code"]
    return code


def seq(hall: HallProcess) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{hall.port}/healthz", timeout=30) as answer:
        number: int = json.load(answer)["seq"]
    return number


def log_of(hall: HallProcess) -> str:
    """All that it has to say of what was answered by now: a question's line is written after its answer was sent,
    and before the hall's one loop answers the next.
    """
    seq(hall)
    return hall.log


def asked(log: str) -> dict[str, int]:
    """Requests that a log tells of, by method and route."""
    found: dict[str, int] = {}
    for line in log.splitlines():
        if " hall.api.access_log " in line:
            method, route = line.split()[2:4]
            asked = f"{method.removeprefix('method=')} {route.removeprefix('route=')}"
            found[asked] = found.get(asked, 0) + 1
    return found


def hostile(mark: str, number: str) -> dict[str, str | bytes]:
    """Texts and bytes that something might make more of than a token; ``mark`` is in each."""
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 9}">' for n in range(1, 8))
    return {
        "markup": f"[b][color=ff0000]{mark}[/color][/b]<img src=x onerror=alert(1)><script>{mark}</script>",
        "url": f"http://127.0.0.1:1/{mark}",
        "script": f"javascript:fetch('http://127.0.0.1:1/{mark}')",
        "file": f"file:///etc/passwd?{mark}",
        "sql": f"'; DROP TABLE record; -- {mark}' OR '1'='1",
        "format": f"%s%n%x {{0.__class__.__mro__}} {{mark}} ${{jndi:ldap://127.0.0.1/{mark}}} {mark}",
        "shell": f"`touch /tmp/{mark}` $(touch /tmp/{mark}) ; touch /tmp/{mark} |",
        "path": f"../../../../v1/day/close?{mark}",
        "header": f"{mark}%0d%0aX-Injected: 1",
        "json": json.dumps({"purpose": "number", "document": {"number": "37010219900101001X"}, "x": mark}),
        "xml": f'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY e0 "{mark}">{bomb}]><b>&e7;</b>',
        "wifi": f"WIFI:T:WPA;S:{mark};P:12345678;;",
        "vcard": f"BEGIN:VCARD\nVERSION:3.0\nFN:{mark}\nEND:VCARD",
        "upi": f"upi://pay?pa={mark}@bank&am=1",
        "ticket": f"https://elsewhere.example/t/{mark}",
        "own ticket": f"/t/{mark}",
        "appointment": number,
        "id number": "37010219900101001X",
        "emoji": f"👨‍👩‍👧‍👦🏳️‍🌈{mark}🈲",
        "four bytes": f"𠮷㛃{mark}".encode("gb18030"),
        "invalid": b"\xff\xfe\xc3\x28" + mark.encode() + b"\xf0\x28\x8c\x28",
        "nul": f"TY1.\x00{mark}\x00",
        "control": f"\x01\x02\x1b[2J\x1b]0;{mark}\x07\x08\x7f",
        "override": f"\u202e\u2066{mark}\u202c\ufeff",
        "utf-16": mark.encode("utf-16"),
        "noise": random.Random(7).randbytes(4_000).replace(b"\r", b".").replace(b"\n", b".") + mark.encode(),
        "long": mark + "A" * (4_096 - len(mark)),
        "too long": mark + "B" * 4_096,
        "flood": (mark + "C" * 1_000) * 64,
        "short": "x",
    }


def refused(glass: Glass, name: str, code: str | bytes, *whys: str) -> None:
    """``code`` is refused for one of ``whys``, in the citizen's words; the way on is there."""
    glass.known.visit.card = ""  # as after "try again"
    glass.present()
    answer = glass.hold(code)
    assert isinstance(answer, NotKnown), (name, answer)
    assert answer.code in whys, (name, answer.code)
    assert (glass.screen, glass.view.phase) == ("present", "failed"), name
    for language in ("zh", "en"):
        assert glass.known.language == language
        assert glass.view.status == told(words_of(language), answer.code).title, name
        assert glass.view.status_line == told(words_of(language), answer.code).line, name
        assert f"{answer.code}.title" in words_of(language), answer.code
        glass.terminal.touched("language", "")
    assert "take" in (glass.view.main.intent, glass.view.second.intent, glass.view.quiet.intent), name
    glass.terminal._journey._tries.known()  # here it is about each code, not about their number


def written(*folders: Path) -> bytes:
    return b"\0".join(path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("family", FAMILIES)
def test_no_hostile_code_opens_asks_or_leaves_anything(
    hall: HallProcess, tmp_path: Path, caplog: pytest.LogCaptureFixture, family: Family
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setLevel(logging.DEBUG)
    mark = f"Zq{secrets.token_hex(6)}"
    glass = at(hall, tmp_path, family, family)
    already, before = seq(hall), len(log_of(hall))
    codes = hostile(mark, str(random.Random(family).randrange(10**7, 10**8)))
    try:
        for name, code in codes.items():
            if family == "honeywell" and name == "utf-16":
                continue  # its NULs and 0x16 belong to no code of this family
            refused(glass, name, code, "code.unknown")
        shown = repr(glass.seen) + repr(glass.view)
    finally:
        glass.close()
    assert set(glass.screens) == {"welcome", "present"}
    assert seq(hall) == already, "nothing was journalled"
    log = log_of(hall)[before:]
    requests = asked(log)
    asking = requests.pop("POST /v1/presentations")
    assert 0 < asking <= glass.tries
    assert requests.keys() <= {"GET /v1/hall", "GET /healthz"}, requests
    assert "ERROR" not in log
    assert "WARNING" not in log
    everything = written(hall.folder, tmp_path) + caplog.text.encode() + shown.encode()
    for said in (mark, mark[::-1], urllib.parse.quote(mark), mark.encode().hex()):
        for encoding in ("utf-8", "utf-16-le", "gb18030"):
            assert said.encode(encoding) not in everything, said
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
    assert not (Path("/tmp") / mark).exists()  # what the code asked for


@pytest.mark.parametrize("family", FAMILIES)
def test_each_bad_code_is_told_what_is_wrong_with_it(
    hall: HallProcess, tmp_path: Path, caplog: pytest.LogCaptureFixture, family: Family
) -> None:
    caplog.set_level(logging.DEBUG)
    glass = at(hall, tmp_path, f"{family}-2", family)
    texts: list[str] = []
    try:
        for flaw, why in FORGED.items():
            texts.append(issued(hall, flaw))
            refused(glass, flaw, texts[-1], why)
        good = issued(hall)
        for length in (3, 4, 5, 20, len(good) // 2, len(good) - 8, len(good) - 1):
            refused(glass, f"cut to {length}", good[:length], "code.unknown", "code.forged")
        refused(glass, "lower case", good.lower(), "code.unknown")
        refused(glass, "twice in one", good + good, "code.unknown", "code.forged")
        glass.present()
        known = glass.hold(good)
        assert isinstance(known, PersonKnown), "and all that did not harm the good one"
        assert glass.screen == "certificates"
        refused(glass, "replayed", good, "code.replayed")
        texts.append(good)
    finally:
        glass.close()
    everything = written(hall.folder, tmp_path) + caplog.text.encode() + repr(glass.seen).encode()
    for text in texts:
        for part in (text, text[40:64], text[-24:]):
            assert part.encode() not in everything


def test_a_hostile_code_before_anybody_touched_anything_is_told_too(
    hall: HallProcess, tmp_path: Path
) -> None:
    glass = at(hall, tmp_path, "passer-by")
    try:
        assert glass.screen == "welcome"
        glass.listening()
        answer = glass.hold(hostile("passer", "20260001")["url"])
        assert isinstance(answer, NotKnown)
        assert (answer.code, glass.screen) == ("code.unknown", "choose"), "a number may be taken without"
        assert glass.view.greeting == glass.known.words("code.unknown.title")
    finally:
        glass.close()


def test_too_many_tries_are_refused_for_a_while_and_then_no_more(hall: HallProcess, tmp_path: Path) -> None:
    glass = at(hall, tmp_path, "guesser")
    try:
        for n in range(MOST):
            glass.present()  # going back to the beginning does not help
            assert glass.view.phase == "waiting", n
            answer = glass.hold(f"guess number {n}")
            assert isinstance(answer, NotKnown)
        assert glass.view.phase == "refused"
        assert 0 < glass.view.seconds <= REST
        tries, before = glass.tries, len(log_of(hall))
        glass.terminal.touched("home", "")
        glass.terminal.touched("certificates", "")
        assert (glass.screen, glass.view.phase) == ("present", "refused")
        glass.deaf()
        glass.scanner.show(issued(hall))
        glass.later(REST / 2)
        assert glass.view.phase == "refused"
        assert glass.tries == tries
        assert "POST /v1/presentations" not in asked(log_of(hall)[before:]), (
            "nobody is asked about what is held up"
        )
        glass.later(REST / 2 + 1)
        glass.present()
        assert glass.view.phase == "waiting"
        assert isinstance(glass.hold(issued(hall)), PersonKnown)
        assert glass.screen == "certificates"
    finally:
        glass.close()


def test_a_terminal_that_floods_the_hall_is_refused_by_it_and_others_are_not(
    hall: HallProcess, tmp_path: Path
) -> None:
    """The hall's own count, for a terminal that has lost its own."""
    glass = at(hall, tmp_path, "flooder")
    body: dict[str, Any] = {"purpose": "number", "code": "guess"}
    codes = []
    for n in range(32):
        request = urllib.request.Request(
            f"http://127.0.0.1:{hall.port}/v1/presentations",
            json.dumps(body | {"code": f"guess {n}"}).encode(),
            {"Authorization": f"Bearer {hall.tokens['flooder']}", "Idempotency-Key": f"flood{n}"},
        )
        with pytest.raises(urllib.error.HTTPError) as problem:
            urllib.request.urlopen(request, timeout=30)
        codes.append(json.load(problem.value)["code"])
    assert codes == ["code.unknown"] * 30 + ["code.too_many"] * 2
    try:
        refused(glass, "good, but from there", issued(hall), "code.too_many")
    finally:
        glass.close()
    other = at(hall, tmp_path, "guesser")
    try:
        other.present()
        assert isinstance(other.hold(issued(hall)), PersonKnown)
    finally:
        other.close()
