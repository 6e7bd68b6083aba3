"""A hall and a terminal of real processes: guides that change, break and go on without the hall."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.hall import Hall
from config.load import load
from hall.catalogue.build import build
from hall.catalogue.importers.registry import importer_for, read_header
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Guide
from hall.catalogue.packing import sha256_of
from hall.catalogue.seal import read_key, trusting
from hall.catalogue.shelf import Version, VersionShelf
from hall.catalogue.verify import verify
from hall.catalogue.vocabulary import national
from hall.published import SHELF
from kiosk.catalogue.folder import CatalogueFolder, State
from tests.e2e.test_terminal_faults import NO_HURRY, PATIENCE, Glass, offers
from tongyuan.demo import TERMINAL, Demo, clock_ahead
from tongyuan.hall_commands import SITE
from tongyuan.sample_catalogue import FOLDER, KEY

pytestmark = pytest.mark.timeout(300)
CARD = "social-card-replace"


class Office:
    """Whoever publishes catalogues at this hall."""

    def __init__(self, demo: Demo) -> None:
        self._demo, self._folder = demo, SITE.parent / FOLDER
        self._key = read_key(demo.folder / KEY)
        self.shelf = VersionShelf(demo.folder / "hall" / SHELF)

    @property
    def current(self) -> Version:
        version = self.shelf.current()
        assert version is not None
        return version

    def publish(self, said: str, key: Ed25519PrivateKey | None = None, *, spoilt: bool = False) -> str:
        """A new version in which every guide says ``said``; signed by this hall, or by somebody else.

        ``spoilt``: before anybody may fetch it, the hall's disk loses something in the middle of all that will be.
        """
        header = read_header(self._folder).model_copy(update={"revision": self.current.revision + 1})
        path = self._demo.folder / "fresh.catalogue"

        def rows() -> Iterator[Taken]:
            for taken in importer_for(self._folder)(self._folder, header):
                assert not isinstance(taken, Remark)
                place, page = taken
                yield place, page.model_copy(update={"plain": said}) if isinstance(page, Guide) else page

        key = key or self._key
        build(rows(), header, national(), path, key, self._demo.now().date())
        trust = trusting(key.public_key())

        def prepared(done: int, of: int) -> None:
            if spoilt and done == of:
                folder, new = self._demo.folder / "hall" / SHELF, sha256_of(path)
                _spoil((folder / f"{new}.zst", *folder.glob(f"*-{new[:16]}.delta")))

        return self.shelf.publish(path, lambda file: verify(file, trust, header.hall), prepared).version

    def brought(self, version: str) -> None:
        """Until the terminal has ``version``, to show it now or to the next citizen."""
        end, now = time.monotonic() + PATIENCE, State()
        folder = CatalogueFolder(self._demo.folder / TERMINAL.name / "catalogue")
        while version not in [held.version for held in (now.current, now.staged) if held is not None]:
            assert time.monotonic() < end, f"the terminal has {now}"
            time.sleep(0.1)
            now = folder.read_state() or now

    def heard(self) -> tuple[str | None, tuple[str, ...]]:
        """What the terminal last told the hall: version, and codes of what is wrong."""
        for said in self._demo.ask("/v1/catalogue/terminals")["terminals"]:
            if said["terminal"] == TERMINAL.name:
                return said["version"], tuple(said["states"])
        return None, ("silent",)

    def hears(
        self, right: Callable[[str | None, tuple[str, ...]], bool]
    ) -> tuple[str | None, tuple[str, ...]]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if right(*(now := self.heard())):
                return now
            time.sleep(0.1)
        raise AssertionError(f"the hall heard {now}")


def _spoil(paths: Iterable[Path]) -> None:
    for path in paths:
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 16] = bytes(byte ^ 0xFF for byte in content[middle : middle + 16])
        path.write_bytes(content)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    ahead = clock_ahead(load(SITE, Hall), datetime.now().astimezone(), always=True)
    running = Demo(SITE, tmp_path_factory.mktemp("demo"), (TERMINAL,), ahead=ahead, idle=NO_HURRY)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def office(demo: Demo) -> Office:
    return Office(demo)


@pytest.fixture
def glass(demo: Demo, office: Office) -> Iterator[Glass]:
    """A terminal that shows what is published."""
    office.hears(lambda version, _: version == office.current.version)
    made = Glass(demo.panes[TERMINAL.name])
    yield made
    Glass(demo.panes[TERMINAL.name]).home()


def shown(now: dict[str, Any], text: str) -> bool:
    return any(text in said for said in now["texts"])


def look_up(glass: Glass) -> dict[str, Any]:
    """From the first screen to the guide of the social security card."""
    glass.press("guide")
    for letter in "sbk":
        glass.press("key", letter)
    glass.press("open", CARD)
    glass.until(lambda now: now["screen"] in ("cases", "guide"), "questions")
    if glass.pane.describe()["screen"] == "cases":
        glass.press("skip")
    return glass.sees("guide")


def test_the_terminal_shows_what_the_hall_has_published(office: Office, glass: Glass) -> None:
    assert shown(look_up(glass), office.current.version)


def test_who_is_reading_reads_one_version_to_the_end_and_the_next_reads_the_new_one(
    demo: Demo, office: Office, glass: Glass
) -> None:
    old, papers = office.current.version, len(demo.devices.printer.papers)
    assert shown(look_up(glass), old)
    new = office.publish("新的说法。")
    office.brought(new)
    glass.press("section", "plain")
    assert not shown(glass.sees("guide"), "新的说法。")
    glass.press("notice")
    glass.until(lambda _: len(demo.devices.printer.papers) > papers, "the notice")
    glass.press("take")
    glass.press("without_card")
    glass.press("confirm")
    glass.sees("done")
    notice, slip = (paper.text for paper in demo.devices.printer.papers[papers:])
    assert old in notice
    assert old in slip
    assert new not in notice + slip
    records = [
        r["record"] for r in demo.journal_records() if r.get("record", {}).get("type") == "ticket_taken"
    ]
    assert (records[-1]["data"]["item"], records[-1]["data"]["catalogue"]) == (CARD, old)
    glass.press("finish")
    now = look_up(glass)
    assert shown(now, new)
    glass.press("section", "plain")
    glass.until(lambda now: shown(now, "新的说法。"), "the new words")
    office.hears(lambda version, states: (version, states) == (new, ()))


def test_a_file_that_is_spoilt_on_the_halls_shelf_is_refused_and_the_hall_hears_why(
    office: Office, glass: Glass
) -> None:
    good = office.current.version
    office.publish("坏了的说法。", spoilt=True)
    version, states = office.hears(lambda _, states: bool(states))
    assert version == good
    assert all(state.startswith("catalogue.") for state in states)
    assert shown(look_up(glass), good)
    newer = office.publish("又好了。")
    office.brought(newer)
    glass.home()
    assert shown(look_up(glass), newer)
    office.hears(lambda version, states: (version, states) == (newer, ()))


def test_a_file_that_somebody_else_has_signed_is_refused_and_the_hall_hears_why(
    office: Office, glass: Glass
) -> None:
    good = office.current.version
    office.publish("别人的说法。", Ed25519PrivateKey.generate())
    assert office.hears(lambda _, states: bool(states)) == (good, ("catalogue.unknown_key",))
    newer = office.publish("又是我们的。")
    office.hears(lambda version, states: (version, states) == (newer, ()))


def test_a_file_that_breaks_while_the_terminal_is_off_is_replaced(
    demo: Demo, office: Office, glass: Glass
) -> None:
    folder = demo.folder / TERMINAL.name / "catalogue"
    state = json.loads((folder / "state.json").read_bytes())
    demo.panes[TERMINAL.name].close()
    demo.children.kill(TERMINAL.name)
    path = folder / f"{state['current']['sha256']}.catalogue"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    demo._start_part(TERMINAL)
    demo.panes[TERMINAL.name] = demo._pane(TERMINAL)
    again = Glass(demo.panes[TERMINAL.name])
    assert shown(look_up(again), office.current.version[:4]), "the one before, or the same again"
    again.home()
    office.hears(lambda version, states: (version, states) == (office.current.version, ()))
    assert shown(look_up(again), office.current.version)


def test_without_the_hall_guides_are_read_all_the_same_and_no_number_is_offered(
    demo: Demo, office: Office, glass: Glass
) -> None:
    version = office.current.version
    demo.children.kill("hall")
    try:
        glass.until(lambda now: shown(now, "hall.unreachable"), "words for a lost hall")
        now = look_up(glass)
        assert shown(now, version)
        assert not offers(now, "take")
        assert offers(now, "notice")
        glass.press("section", "place")
        glass.press("home")
    finally:
        demo.start_hall()
    glass.until(lambda now: offers(now, "take"), "the hall again")
    assert offers(look_up(glass), "take")
