"""The canary: marked people go every way of showing who they are, through every fault; then they are looked for.

In real processes: hall, mosquitto, terminal, caller pad, pcscd. No file, log, page of a database, message, argument
or environment may hold any of them in any encoding, and no live object may refer to them. What is left in freed
memory is counted and told (docs/privacy.md), since Python can't wipe a text. TONGYUAN_LONG=1 goes more ways.
"""

import contextlib
import json
import os
import re
import resource
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import requests
from paho.mqtt.enums import CallbackAPIVersion

from config.hall import Hall
from config.load import load
from drivers.idcard.codec import READ_TEXT_PHOTO
from drivers.idcard.samples import sample_cards
from drivers.idcard.simulated_sam import late
from drivers.pcsc.simulated_card import Mischief, SimulatedCard
from drivers.scanner.simulator import code_in
from hall.outside import invented
from screens.words.words import words_of
from tests.e2e.canary import (
    Marked,
    encodings,
    forms,
    in_files,
    marked,
    memory_of,
    needles,
    search,
    seen,
    travelling,
)
from tests.e2e.test_terminal_faults import PATIENCE, Glass, looked, offers, says
from tongyuan.demo import PADS, TERMINAL, Demo, clock_ahead
from tongyuan.hall_commands import SITE

LONG = bool(os.environ.get("TONGYUAN_LONG"))
pytestmark = pytest.mark.timeout(600)
KEPT_SECONDS = 30  # that a presentation or a shared page is kept; the least that settings allow
IDLE = {"after": 40.0, "warning": 5.0, "done": 20.0}  # a busy machine is no citizen who walks away
REST = 4.0  # seconds after which a terminal that nobody uses has tidied up, unless its machine is busy
PNG = b"\x89PNG\r\n\x1a\n"
PROCESSES = (TERMINAL.name, PADS[0].name, "hall")
PEOPLE = ("coded", "carded", "pulled", "social2", "social1", "social3", "typed", "booked", "idle", "killed")
# Values that a person is made of, between their reading and their leaving.
LIVE = (
    "hall.certificates.port.Certificate",
    "hall.codes.port.Holder",
    "hall.codes.port.Verified",
    "hall.presentations._Entry",
    "hall.shown.Shown",
    "hall.wire.messages.AppointmentView",
    "hall.wire.messages.CertificateView",
    "hall.wire.messages.Document",
    "hall.wire.messages.Present",
    "hall.wire.messages.PresentationView",
    "hall.wire.messages.WindowCertificate",
    "drivers.idcard.layouts.CardHolder",
    "drivers.idcard.layouts.IdCard",
    "drivers.pcsc.social_card.SocialCard",
    "screens.events.PersonKnown",
    "screens.events.Person",
)


class Overheard:
    """Everything that goes over the broker."""

    def __init__(self, url: str) -> None:
        user, host = url.removeprefix("mqtt://").split("@")
        self.heard: list[bytes] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="overheard")
        self._client.username_pw_set(*user.split(":", 1))
        self._client.on_connect = lambda client, *_: client.subscribe("#")
        self._client.on_message = lambda _c, _u, message: self.heard.append(
            message.topic.encode() + b"\0" + message.payload
        )
        self._client.connect(host.split(":")[0], int(host.split(":")[1]))
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@dataclass
class Day:
    """What a day with marked people left."""

    demo: Demo
    people: dict[str, Marked]
    started: float
    sockets: Path
    homes: tuple[Path, ...]
    appointment: str = field(default_factory=lambda: f"{secrets.randbelow(9 * 10**9) + 10**9}")
    shown: dict[str, str] = field(default_factory=dict)  # codes, tokens: secrets for as long as they live
    pictures: list[bytes] = field(default_factory=list)  # faces as they travelled
    frames: list[bytes] = field(default_factory=list)  # the glass with a face on it
    blank: dict[str, Any] = field(
        default_factory=dict
    )  # live objects before anybody came: samples, empty views
    settled: dict[str, bool] = field(default_factory=dict)  # whether a process had made all that lasts
    heard: list[bytes] = field(default_factory=list)
    processes: list[tuple[str, bytes]] = field(default_factory=list)  # command lines and environments
    base: Counter[str] = field(
        default_factory=Counter
    )  # what a hall that nobody has come to keeps: its library
    there: Counter[str] = field(default_factory=Counter)  # in the terminal's memory while somebody is there
    left: dict[str, Counter[str]] = field(default_factory=dict)  # in memory, after all have left
    later: dict[str, Counter[str]] = field(default_factory=dict)  # and after one more has come and gone

    @property
    def wanted(self) -> dict[bytes, str]:
        marks = [
            (f"{who} {what}", text) for who, one in self.people.items() for what, text in one.marks.items()
        ]
        found = needles([*marks, *((what, text) for what, text in self.shown.items())])
        for picture in self.pictures:
            found |= travelling(picture)
        for frame in self.frames:
            found |= seen(frame)
        return found

    def live(self, name: str, *, blank: bool = False) -> dict[str, Any]:
        """What live objects of a process refer to; ``blank``: tell it no marks, which stay where they are told."""
        with Client(str(self.sockets / f"{self.demo.children.pid(name)}.live"), family="AF_UNIX") as there:
            marks = [text for one in self.people.values() for text in one.marks.values()]
            marks = [] if blank else [*marks, *self.shown.values()]
            there.send_bytes(json.dumps({"marks": marks, "types": LIVE}).encode())
            told: dict[str, Any] = json.loads(there.recv_bytes())
        self.settled[name] = told.pop("settled", False)
        return told

    def before_anybody(self, name: str) -> dict[str, Any]:
        """What live objects refer to when all that lasts has been made."""
        end = time.monotonic() + PATIENCE
        while True:
            told = self.live(name, blank=True)
            if self.settled.get(name):
                return told
            assert time.monotonic() < end, f"{name} is never ready"
            time.sleep(0.2)

    def memory(self, name: str) -> Counter[str]:
        found = search(self.snapshot(name), self.wanted)
        return found - self.base if name == "hall" else found

    def snapshot(self, name: str) -> bytes:
        """Its memory at one moment: meanwhile it stands still, and nothing closes because the reading takes long."""
        pid = self.demo.children.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            return memory_of(pid)
        finally:
            os.kill(pid, signal.SIGCONT)

    def rested(self) -> dict[str, Counter[str]]:
        """What memory holds when all have tidied up, or have had the time for it."""
        time.sleep(REST)
        end = time.monotonic() + PATIENCE
        while True:
            found = {name: self.memory(name) for name in PROCESSES}
            if not any(found.values()) or time.monotonic() > end:
                return found


# -- the day ----------------------------------------------------------------------------------------------


class Walk:
    """The ways that marked people go."""

    def __init__(self, day: Day) -> None:
        self.day, self.demo = day, day.demo
        self.glass, self.pad = Glass(day.demo.panes[TERMINAL.name]), Glass(day.demo.panes[PADS[0].name])
        self._first = len(invented())

    def code(self, who: str, kind: str = "resident", flaw: str = "") -> str:
        place = self._first + list(self.day.people).index(who)
        text = self.demo.code(place, kind, flaw)
        self.day.shown[f"code of {who} {flaw}"] = text
        return text

    def hold(self, text: str, come: Callable[[dict[str, Any]], object], what: str) -> None:
        """Until something comes of it: a code that is read before this screen wanted one counts for nothing."""
        scanner = self.demo.devices.scanner
        scanner.show(text, kept=True)
        self.glass.until(come, what)
        scanner.take_away()

    def lift(self) -> None:
        """The ID card, and the terminal sees it."""
        self.demo.devices.reader.lift()
        looked(self.demo, 1)

    def to_certificates(self, who: str, kind: str = "resident") -> None:
        self.glass.press("certificates")
        self.glass.sees("present")
        self.hold(self.code(who, kind), screen("certificates"), "certificates")

    def shows_attaches_and_is_looked_at(self) -> None:
        """Code, list, face, page for a clerk's phone, consent, ticket; at the pad: list, view, finish."""
        glass, pad = self.glass, self.pad
        self.to_certificates("coded")
        glass.press("handover")
        glass.sees("handover")
        self._opens_the_page()
        glass.press("back")
        glass.press("open")
        self.sees_a_face()
        self.day.frames.append(glass.pane.frame())
        there = self.day.snapshot(TERMINAL.name)  # to be looked at when nobody waits before the glass
        self.closes_it()
        glass.press("attach")
        glass.press("toggle")
        glass.press("agree")
        glass.press("queue", "social")
        glass.press("confirm")
        glass.sees("done")
        glass.home()
        self.day.there = search(there, self.day.wanted)
        pad.press("open")
        pad.press("call-next")
        pad.press("start")
        pad.press("certificates")
        pad.press("certificates-view")
        pad.until(lambda now: offers(now, "face-back"), "a face")
        pad.drawn()
        pad.press("finish")
        pad.until(lambda now: not offers(now, "finish"), "an idle window")

    def sees_a_face(self) -> None:
        """Its picture itself: the way to close it is there before."""
        hint = words_of("zh")("certificate.hint")
        self.glass.until(lambda now: says(now, hint), "a face")
        self.glass.drawn()

    def closes_it(self) -> None:
        """Or it has been shown for so long that it closed by itself."""
        if self.glass.pane.describe()["screen"] == "certificate":
            self.glass.pane.press("close")
        self.glass.sees("certificates")

    def _opens_the_page(self) -> None:
        end = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(ValueError):
                url = code_in(self.glass.pane.frame()).decode()
                break
            assert time.monotonic() < end, "no code on the glass"
        self.day.shown["token of a shared page"] = url.rpartition("/")[2]
        page = requests.get(url, timeout=30)
        assert page.status_code == 200
        for place in re.findall(r"/(\d+)\.png", page.text):
            picture = requests.get(f"{url}/{place}.png", timeout=30).content
            assert picture.startswith(PNG)
            self.day.pictures.append(picture)

    def leaves_while_a_face_comes(self) -> None:
        self.glass.press("certificates")
        self.glass.sees("present")
        self.demo.devices.reader.lay(self.day.people["carded"].card)
        self.glass.sees("certificates")
        self.glass.press("open")
        self.glass.press("home", calm=0.0)
        self.lift()
        self.glass.home()

    def pulls_the_card_out(self) -> None:
        """The ID card is lifted while its answer is late; the social-security card leaves in the middle."""
        reader, slot = self.demo.devices.reader, self.demo.devices.slot
        self.glass.press("certificates")
        self.glass.sees("present")
        reader.misbehave(late(0.6), on=READ_TEXT_PHOTO, times=1)
        asked = reader.asked(READ_TEXT_PHOTO)
        reader.lay(self.day.people["pulled"].card)
        self.glass.until(lambda _: reader.asked(READ_TEXT_PHOTO) > asked, "the card being read")
        reader.lift()
        self.glass.until(lambda now: now["screen"] == "certificates" or offers(now, "again"), "an end")
        reader.behave()
        looked(self.demo, 1)
        self.glass.home()
        if slot is not None:
            self.glass.press("certificates")
            self.glass.sees("present")
            slot.insert(SimulatedCard(self.day.people["pulled"].social, mischief=Mischief(pulled_at=6)))
            self.glass.until(lambda now: offers(now, "again"), "words for a card pulled out")
            slot.remove()
            self.glass.home()

    def takes_a_number_without_paper(self) -> None:
        """With a social-security card of the second generation, at a printer that is out of paper."""
        slot, printer = self.demo.devices.slot, self.demo.devices.printer.printer
        if slot is None:
            return
        printer.paper_out = True
        self.finds_the_slot_empty()
        self.glass.press("take")
        self.glass.press("queue", "household")
        self.glass.sees("identify")
        slot.insert(SimulatedCard(self.day.people["social2"].social))
        self.glass.sees("confirm")
        self.glass.press("confirm_without_paper")
        self.glass.sees("done")
        printer.paper_out = False
        self.pulls_out()
        self.glass.home()

    def prints_until_the_power_is_gone(self) -> None:
        """An ID card, and a slip of which half comes out."""
        printer = self.demo.devices.printer.printer
        self.glass.press("take")
        self.glass.press("queue", "household")
        self.glass.sees("identify")
        self.demo.devices.reader.lay(self.day.people["carded"].card)
        self.glass.sees("confirm")
        self.glass.until(lambda now: offers(now, "confirm"), "a printer that is well")
        printer.lose_power_after = 3000
        self.glass.press("confirm")
        self.glass.sees("done", "fault")
        printer.lose_power_after, printer.powered = None, True
        self.lift()
        self.glass.home()

    def pulls_out(self) -> None:
        """The card from the slot; pcscd looks every 0.4 s only."""
        if (slot := self.demo.devices.slot) is not None:
            slot.remove()

    def finds_the_slot_empty(self) -> None:
        self.glass.until(
            lambda now: now["screen"] == "welcome" and not any("卡槽里" in text for text in now["texts"]),
            "an empty slot",
        )

    def checks_in_by_card(self) -> None:
        """A first-generation card, then one of the third, which needs keys that a hall hasn't."""
        slot = self.demo.devices.slot
        if slot is None:
            return
        self.finds_the_slot_empty()
        self.glass.press("checkin")
        self.glass.sees("present")
        slot.insert(SimulatedCard(self.day.people["social1"].social, 1))
        self.glass.sees("appointment")
        self.glass.press("check_in")
        self.glass.sees("done")
        slot.remove()
        self.glass.home()
        self.finds_the_slot_empty()
        self.glass.press("certificates")
        self.glass.sees("present")
        slot.insert(SimulatedCard(self.day.people["social3"].social, 3))
        self.glass.until(lambda now: offers(now, "again"), "words for a card without keys")
        slot.remove()
        self.glass.home()

    def checks_in_by_code(self) -> None:
        self.glass.press("checkin")
        self.glass.sees("present")
        self.hold(self.code("booked"), screen("appointment"), "an appointment")
        self.glass.home()

    def checks_in_by_typing(self, typed: str) -> None:
        """An ID number or an appointment's, key by key."""
        self.glass.press("checkin")
        self.glass.press("type_number")
        keys = self.glass.until(lambda now: offers(now, "digit", typed[0]), "the keypad")["controls"]
        middle = {key["value"]: (key["x"], key["y"]) for key in keys if key["intent"] == "digit"}
        time.sleep(0.35)
        for digit in typed:
            self.glass.pane.tap(*middle[digit])
            time.sleep(0.1)
        self.glass.press("submit")
        self.glass.sees("appointment")
        self.glass.home()

    def acts_for_a_company(self) -> None:
        self.to_certificates("agent", "enterprise")
        self.glass.press("open")
        self.glass.sees("certificate")
        self.glass.press("close")
        self.glass.home()

    def holds_up_bad_codes(self) -> None:
        """Forged, expired, and one that isn't ours but says everything about somebody; each is refused."""
        who = self.day.people["coded"]
        foreign = json.dumps({"name": who.name, "id": who.number, "address": who.address}, ensure_ascii=False)
        flawed = [self.code("coded", flaw=flaw) for flaw in ("forged", "expired")]
        for text, code in zip(
            (*flawed, foreign), ("code.forged", "code.expired", "code.unknown"), strict=True
        ):
            self.glass.press("certificates")
            self.glass.sees("present")
            self.hold(text, saying(code), f"words of {code}")
            self.glass.home()

    def shows_a_code_twice(self) -> None:
        self.glass.press("certificates")
        self.glass.sees("present")
        code = self.code("coded", flaw="replayed")
        self.hold(code, screen("certificates"), "certificates")
        self.glass.home()
        time.sleep(3.2 if LONG else 0.0)  # beyond the scanner's own window for the same code twice
        self.glass.press("certificates")
        self.glass.sees("present")
        self.hold(code, saying("code.replayed"), "words of a replay")
        self.glass.home()

    def asks_a_hall_that_hangs(self) -> None:
        hall = self.demo.children.pid("hall")
        self.glass.press("certificates")
        self.glass.sees("present")
        code = self.code("killed")
        os.kill(hall, signal.SIGSTOP)
        try:
            self.hold(
                code,
                lambda now: now["screen"] == "fault" or says(now, "hall."),
                "words for a hall that is away",
            )
        finally:
            os.kill(hall, signal.SIGCONT)
        self.glass.home()

    def attaches_when_the_disk_is_full(self) -> None:
        """Every write of the hall fails while certificates are being attached; then it is killed, and comes back."""
        hall = self.demo.children.pid("hall")
        self.glass.until(lambda now: offers(now, "certificates"), "the hall to be back")
        self.to_certificates("killed")
        for step, value in (("attach", None), ("toggle", None), ("agree", None), ("queue", "social")):
            self.glass.press(step, value)
        self.glass.sees("confirm")
        soft, hard = resource.prlimit(hall, resource.RLIMIT_FSIZE)
        resource.prlimit(hall, resource.RLIMIT_FSIZE, (0, hard))
        self.glass.press("confirm")
        self.glass.sees("fault", "done")
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(hall, resource.RLIMIT_FSIZE, (soft, hard))
        self.glass.home()

    def is_left_by_the_hall(self) -> None:
        """Killed while a face is asked for; started again it knows nobody."""
        self.glass.until(lambda now: offers(now, "certificates"), "the hall to be back")
        self.to_certificates("killed")
        self.note_processes()
        self.demo.children.kill("hall")
        self.glass.press("open")
        self.demo.start_hall()
        self.day.base = self.day.memory("hall")
        self.glass.home()
        self.glass.until(lambda now: offers(now, "certificates"), "the hall to be back")

    def walks_away(self) -> None:
        """A face stays on the glass and nobody touches it any more."""
        self.to_certificates("idle")
        self.glass.press("open")
        self.glass.sees("certificate")
        end = time.monotonic() + IDLE["after"] + PATIENCE
        while self.glass.pane.describe()["screen"] != "welcome":
            assert time.monotonic() < end, "a face stays on the glass"
            time.sleep(0.2)

    def somebody_else_comes(self) -> None:
        """An unmarked citizen after all of them, with card, face, ticket."""
        self.glass.press("certificates")
        self.glass.sees("present")
        self.demo.devices.reader.lay(sample_cards()["adult"])
        self.glass.sees("certificates")
        self.glass.press("open")
        self.sees_a_face()
        self.closes_it()
        self.lift()
        self.glass.home()

    def note_processes(self) -> None:
        """What anybody on the machine may read of the processes that run now."""
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and int(folder.name) != os.getpid():
                for what in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):
                        self.day.processes.append((f"{folder.name} {what}", (folder / what).read_bytes()))


def screen(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda now: now["screen"] == name


def saying(code: str) -> Callable[[dict[str, Any]], bool]:
    return lambda now: says(now, code)


def hall_file(folder: Path) -> Path:
    """The sample hall, with shorter memories."""
    for path in SITE.parent.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    copied = folder / SITE.name
    text = copied.read_text(encoding="utf-8")
    short = f'[certificates]\nkind = "embedded"\nseconds = {KEPT_SECONDS}\nshare_seconds = {KEPT_SECONDS}\n'
    changed = text.replace('[certificates]\nkind = "embedded"\n', short)
    assert changed != text
    copied.write_text(changed, encoding="utf-8")
    return copied


def appointments(demo: Demo, people: dict[str, Marked], number: str) -> list[dict[str, Any]]:
    begin = demo.now().replace(minute=demo.now().minute // 30 * 30, second=0, microsecond=0)
    times = {"starts": begin.isoformat(), "ends": (begin + timedelta(minutes=30)).isoformat()}
    ids = {
        "booked": number,
        **{who: f"{secrets.randbelow(9 * 10**9) + 10**9}" for who in ("social1", "typed")},
    }
    return [{"id": id, "person": people[who].number, "queue": "general", **times} for who, id in ids.items()]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("canary")
    settings, home = tmp_path_factory.mktemp("settings"), tmp_path_factory.mktemp("home")
    sockets = Path(tempfile.mkdtemp(prefix="canary-"))  # their paths have to be short
    people = {who: marked() for who in PEOPLE} | {"agent": marked(company=True)}
    site = hall_file(settings)
    ahead = clock_ahead(load(site, Hall), datetime.now().astimezone(), always=True)
    guests = tuple(one.kept for one in people.values())
    demo = Demo(site, folder, (TERMINAL, PADS[0]), ahead=ahead, guests=guests, idle=IDLE)
    day = Day(demo, people, time.time(), sockets, (folder, home, settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TONGYUAN_CANARY", str(sockets))
        patch.setenv("PYTHONPATH", str(Path(__file__).parent / "canary_site"))
        patch.setenv("HOME", str(home))
        overheard = None
        try:
            demo.start()
            day.blank = {name: day.before_anybody(name) for name in PROCESSES}
            overheard = Overheard(demo.broker.hall_url)
            rows = appointments(demo, people, day.appointment)
            demo.tell("/v1/appointments", {"appointments": rows}, "canary-appointments")
            _walk(Walk(day))
            day.heard = overheard.heard
            yield day
        finally:
            if overheard is not None:
                overheard.close()
            demo.stop()
            shutil.rmtree(sockets, ignore_errors=True)


def _walk(walk: Walk) -> None:
    day = walk.day
    walk.shows_attaches_and_is_looked_at()
    walk.leaves_while_a_face_comes()
    walk.pulls_the_card_out()
    walk.takes_a_number_without_paper()
    walk.checks_in_by_card()
    walk.holds_up_bad_codes()
    walk.acts_for_a_company()
    walk.shows_a_code_twice()
    walk.checks_in_by_code()
    walk.checks_in_by_typing(day.people["typed"].number)
    walk.asks_a_hall_that_hangs()
    if LONG:
        walk.checks_in_by_typing(day.appointment)
        walk.prints_until_the_power_is_gone()
        walk.attaches_when_the_disk_is_full()
    walk.is_left_by_the_hall()
    walk.walks_away()
    walk.note_processes()
    day.left = day.rested()
    walk.somebody_else_comes()
    day.later = day.rested()


# -- what is left -----------------------------------------------------------------------------------------


def test_the_search_finds_every_mark_in_every_encoding(day: Day, tmp_path: Path) -> None:
    planted, wanted = tmp_path / "planted", day.wanted
    for text in day.people["carded"].marks.values():
        every = [data for form in forms(text) for data in encodings(form).values()]
        planted.write_bytes(b"".join(secrets.token_bytes(50) + data for data in every))
        ((_, found),) = in_files(tmp_path, wanted)[0].items()
        assert found.keys() >= {wanted[data] for data in every}
    planted.unlink()


def test_no_file_of_the_run_holds_a_marked_person(day: Day) -> None:
    count = 0
    for root in day.homes:
        found, looked_at = in_files(root, day.wanted)
        assert not found
        count += looked_at
    assert count > 30
    assert (day.demo.folder / "log" / "hall.log").stat().st_size > 0


def test_no_picture_is_on_any_disk(day: Day) -> None:
    assert not in_files(day.demo.folder, {PNG.split(b"\n")[0]: "a picture"})[0]


def test_no_file_beside_the_run_holds_a_marked_person(day: Day) -> None:
    roots = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path.cwd()]
    roots += [Path(os.path.expanduser("~root")) / name for name in (".kivy", ".cache", ".config")]
    wanted = day.wanted
    for root in dict.fromkeys(roots):
        assert not in_files(root, wanted, since=day.started)[0]


def test_no_message_over_the_broker_holds_a_marked_person(day: Day) -> None:
    assert len(day.heard) > 20
    assert not search(b"\n".join(day.heard), day.wanted)


def test_no_command_line_or_environment_holds_a_marked_person(day: Day) -> None:
    assert len(day.processes) > 10
    assert not search(b"\n".join(data for _, data in day.processes), day.wanted)


def test_the_access_log_has_routes_and_no_address(day: Day) -> None:
    log = (day.demo.folder / "log" / "hall.log").read_text(encoding="utf-8")
    assert "route=/v1/presentations " in log
    assert not re.search(r"/(presentations|certificates|c)/[0-9A-Za-z_-]{12,}", log)


def test_no_live_object_refers_to_a_marked_person_who_has_left(day: Day) -> None:
    """And of one who is there it is said, so that the silence means something."""
    end = time.monotonic() + PATIENCE
    for name in PROCESSES:
        while (live := day.live(name)) != day.blank[name] and time.monotonic() < end:
            time.sleep(0.2)
        assert live == day.blank[name], name
    walk = Walk(day)
    walk.to_certificates("coded")
    terminal, hall = day.live(TERMINAL.name), day.live("hall")
    assert terminal["texts"]
    assert terminal["objects"] != day.blank[TERMINAL.name]["objects"]
    assert hall["texts"]
    assert hall["objects"]["hall.certificates.port.Certificate"]
    walk.glass.home()


def test_memory_that_was_freed_holds_nobody(day: Day, capsys: pytest.CaptureFixture[str]) -> None:
    """Their environment has what was freed wiped; docs/privacy.md says what was left without."""
    with capsys.disabled():
        for name in PROCESSES:
            _tell(name, day.left[name], day.later[name])
    assert day.pictures
    there = " ".join(day.there)
    assert "coded issuer" in there, "what is there is found"
    assert "of a face, pixels" in there, "and seen"
    assert day.base, "what a library keeps is found"
    assert day.later == {name: Counter() for name in PROCESSES}


def _tell(name: str, before: Counter[str], after: Counter[str]) -> None:
    def kinds(found: Counter[str]) -> Counter[str]:
        out = Counter[str]()
        for what, count in found.items():
            out[what.partition(" ")[2]] += count
        return out

    first, then = kinds(before), kinds(after)
    lines = [
        f"\n{name}: marked texts in freed memory: {first.total()}, after one more citizen {then.total()}"
    ]
    lines += [f"  {what:<44} {first[what]:>5} {then[what]:>5}" for what in sorted(first | then)]
    sys.stdout.write("\n".join(lines) + "\n")
