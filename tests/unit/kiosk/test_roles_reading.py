"""The wiring that reads guides, with its real threads, files and store; the hall is away."""

import json
import queue
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.kiosk import Kiosk
from drivers.ports import SystemClock
from hall.catalogue.file import Catalogue
from hall.catalogue.seal import public_hex
from kiosk.roles.reading import GuideReading
from screens.effects import Browse, OpenGuide, Search
from screens.events import CatalogueChanged, Event, Found, GuideMissing, GuideOpened
from tests.unit.hall.small_catalogue import HEADER, KEY
from tests.unit.kiosk.marked_catalogues import CopiesFromHall, mark_of, marks, write_marked


class Wired:
    """What is posted waits until the test looks."""

    def __init__(self, folder: Path) -> None:
        (folder / "token").write_text("ty1.t1.secret\n", encoding="utf-8")
        (folder / "broker").write_text("mqtt://reader:x@127.0.0.1:1\n", encoding="utf-8")
        settings = Kiosk.model_validate(
            {
                "role": "terminal",
                "id": "k01",
                "name": "K01",
                "production": False,
                "state_dir": str(folder),
                "source": {
                    "hall": HEADER.hall,
                    "url": "http://127.0.0.1:1",  # nobody is there
                    "token_file": str(folder / "token"),
                    "broker_file": str(folder / "broker"),
                    "catalogue_keys": [public_hex(KEY.public_key())],
                },
            }
        )
        self._posted: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.reading = GuideReading(settings, "ty1.t1.secret", SystemClock(), self._posted.put)

    def next(self) -> Event:
        """What was posted next."""
        return self._posted.get(timeout=60)

    def ask(self, effect: Search | Browse | OpenGuide) -> Event:
        """The answer, soon or late."""
        soon = self.reading.carry_out(effect)
        return soon[0] if soon else self.next()


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Callable[[], Wired]]:
    """Starts it over whatever is in its folder by then."""
    made: list[Wired] = []

    def start() -> Wired:
        made.append(Wired(tmp_path))
        made[-1].reading.start()
        return made[-1]

    yield start
    for each in made:
        each.reading.close()


@pytest.fixture
def held(tmp_path: Path) -> CopiesFromHall:
    """Two versions came to this terminal; the second one waits."""
    (tmp_path / "made").mkdir()
    files = [write_marked(tmp_path / "made", at) for at in range(2)]
    copies = CopiesFromHall(tmp_path, files[0])
    copies.stage(files[1])
    (tmp_path / "copies").rename(tmp_path / "catalogue")
    return copies


def test_what_waited_when_the_process_died_is_read_after_it_boots(
    wired: Callable[[], Wired], held: CopiesFromHall
) -> None:
    changed = wired().next()
    assert isinstance(changed, CatalogueChanged)
    assert (mark_of(changed.version), changed.code) == ("骉", None)


def test_answers_come_in_the_order_of_the_questions_and_say_who_asked(
    wired: Callable[[], Wired], held: CopiesFromHall
) -> None:
    terminal = wired()
    terminal.next()
    found = terminal.ask(Search("社保卡", visit=6))
    terminal.reading.between_citizens()
    opened = terminal.ask(OpenGuide("card", visit=7))
    assert isinstance(found, Found)
    assert isinstance(opened, GuideOpened)
    assert (found.visit, opened.visit) == (6, 7)
    assert marks(opened.page) == {mark_of(opened.version)}


def test_a_file_that_breaks_is_told_to_who_asked_and_to_the_screen(
    wired: Callable[[], Wired], held: CopiesFromHall, tmp_path: Path
) -> None:
    terminal = wired()
    broken = terminal.next().version  # type: ignore[union-attr]
    state = json.loads((tmp_path / "catalogue" / "state.json").read_bytes())
    path = tmp_path / "catalogue" / f"{state['current']['sha256']}.catalogue"
    path.write_bytes(b"\xff" * path.stat().st_size)
    told = [*terminal.reading.carry_out(Browse("theme", visit=2))]
    while len(told) < 2:  # a late answer comes after the news
        told.append(terminal.next())
    (changed,) = (event for event in told if isinstance(event, CatalogueChanged))
    assert GuideMissing(broken, "", "catalogue.damaged", 2) in told
    assert (mark_of(changed.version), changed.code) == ("犇", None)


def test_a_bug_in_an_answer_is_told_to_who_asked_and_guides_go_on(
    wired: Callable[[], Wired], held: CopiesFromHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Catalogue.search

    def broken(self: Catalogue, text: str, limit: int = 20) -> Any:
        if text == "bug":
            raise KeyError(text)
        return search(self, text, limit)

    monkeypatch.setattr(Catalogue, "search", broken)
    terminal = wired()
    version = terminal.next().version  # type: ignore[union-attr]
    assert terminal.ask(Search("bug", visit=3)) == GuideMissing(version, "", "fault.internal", 3)
    assert isinstance(terminal.ask(Search("社保卡", visit=3)), Found)


def test_a_bug_while_a_file_is_opened_is_said_as_guides_that_cannot_be_read(
    wired: Callable[[], Wired], held: CopiesFromHall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Catalogue) -> Any:
        raise KeyError("hot")

    monkeypatch.setattr(Catalogue, "search", broken)
    assert wired().next() == CatalogueChanged("", "catalogue.damaged")


def test_a_terminal_without_any_file_says_so_and_answers_so(wired: Callable[[], Wired]) -> None:
    terminal = wired()
    assert terminal.next() == CatalogueChanged("", "catalogue.none")
    assert terminal.ask(Search("社保卡", visit=1)) == GuideMissing("", "", "catalogue.none", 1)


def test_a_folder_that_cannot_be_used_is_said(wired: Callable[[], Wired], tmp_path: Path) -> None:
    (tmp_path / "catalogue").write_text("a file where a folder belongs", encoding="utf-8")
    assert wired().next() == CatalogueChanged("", "catalogue.unwritable")
