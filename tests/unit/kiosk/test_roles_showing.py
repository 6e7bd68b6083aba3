"""A code held up at a wired terminal: its certificates on the glass, on the way to a window, and forgotten."""

import json
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from drivers.idcard.samples import sample_cards
from drivers.idcard.simulator import SimulatedReader
from drivers.scanner.simulator import SimulatedScanner
from kiosk.pictures import ROOM
from screens.certificates.samples import presentation
from screens.effects import IdentifyTyped
from screens.events import (
    FaceFailed,
    FaceReady,
    NotKnown,
    PersonKnown,
    Presented,
    ReaderChanged,
    ScannerChanged,
    TicketIssued,
)
from tests.unit.kiosk.wired_terminal import PATIENCE, Glass, ScriptedHall

CODE = "JM.5f1c0a9e4b7d.居民"
SERVICES = {"certificates": True}
GIVEN = presentation()
FACE = f"/v1/presentations/{GIVEN.id}/certificates/c1/face"


def a_face(wide: int = 1600, high: int = 1072) -> bytes:
    out = BytesIO()
    Image.new("RGB", (wide, high), (247, 243, 232)).save(out, "PNG")
    return out.getvalue()


class ShowingHall(ScriptedHall):
    """Knows every code, and what it was asked to forget."""

    def __init__(self) -> None:
        super().__init__()
        self.face = a_face()
        self.left = threading.Event()

    def honest(self, path: str, body: Any) -> tuple[int, Any]:
        here = f"/v1/presentations/{GIVEN.id}"
        if path == "/v1/presentations":
            return 201, json.loads(GIVEN.model_dump_json())
        if path == FACE:
            return 200, self.face
        if path == f"{here}/attach":
            return 200, {"ticket": body["ticket"], "count": len(body["certificates"])}
        if path == f"{here}/leave":
            self.left.set()
            return 204, b""
        return super().honest(path, body)

    def to(self, end: str) -> list[Any]:
        return [body for path, _, body in self.asked if path.endswith(end)]


@pytest.fixture
def hall() -> Iterator[ShowingHall]:
    made = ShowingHall()
    yield made
    made.close()


@pytest.fixture
def scanner() -> Iterator[SimulatedScanner]:
    made = SimulatedScanner("newland")
    made.start()
    yield made
    made.close()


@pytest.fixture
def glass(tmp_path: Path, hall: ShowingHall, scanner: SimulatedScanner) -> Iterator[Glass]:
    made = Glass(tmp_path, hall.url, SERVICES, scanner=scanner.url, scanner_family="newland")
    made.ready()
    made.until(lambda: ScannerChanged(None) in made.seen)
    made.terminal.touched("certificates", "")
    assert made.screen == "present"
    yield made
    made.terminal.close()


def hold_up(glass: Glass, scanner: SimulatedScanner) -> None:
    """When the scanner has heard that one is wanted: a code that came before counts for nothing."""
    watch: Any = glass.terminal._watching._watches["scanner"]
    glass.until(lambda: watch._wish is not None and watch._served is watch._wish)
    scanner.show(CODE)
    glass.until(lambda: glass.has(Presented))


def to_certificates(glass: Glass, scanner: SimulatedScanner) -> None:
    hold_up(glass, scanner)
    glass.until(lambda: glass.screen == "certificates")


def test_a_code_becomes_certificates_that_go_with_a_ticket_and_are_forgotten_once(
    glass: Glass, hall: ShowingHall, scanner: SimulatedScanner, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    to_certificates(glass, scanner)
    [presented] = hall.to("/presentations")
    assert presented == {"purpose": "certificates", "code": CODE}
    glass.terminal.touched("attach", "")
    assert glass.screen == "consent"
    for certificate in ("c1", "c2"):
        if certificate not in glass.terminal._journey._terminal.visit.chosen:
            glass.terminal.touched("toggle", certificate)
    chosen = glass.terminal._journey._terminal.visit.chosen
    glass.terminal.touched("agree", "")
    assert glass.screen == "choose"
    glass.terminal.touched("queue", "c")
    glass.terminal.touched("confirm_without_paper", "")
    glass.until(lambda: glass.screen == "done")
    [issued] = glass.of(TicketIssued)
    [attached] = hall.to("/attach")
    assert attached == {"ticket": issued.ticket.id, "certificates": list(chosen)}
    assert {"c1", "c2"} <= set(chosen)
    assert issued.attached == len(chosen)
    assert (issued.attach_code, bool(glass.view.attach)) == ("", True)
    assert hall.to("/leave") == []
    glass.terminal.touched("finish", "")
    assert glass.screen == "welcome"
    assert hall.left.wait(PATIENCE)
    glass.terminal.touched("take", "")
    glass.terminal.touched("home", "")
    glass.terminal.close()
    assert hall.to("/leave") == [{}], "once"
    assert CODE not in caplog.text
    assert GIVEN.masked_name not in caplog.text


def test_a_certificate_comes_as_pixels_of_the_glass(
    glass: Glass, hall: ShowingHall, scanner: SimulatedScanner
) -> None:
    to_certificates(glass, scanner)
    glass.terminal.touched("open", "c1")
    glass.until(lambda: glass.has(FaceReady))
    assert glass.view.phase == "shown"
    assert (glass.view.picture.width, glass.view.picture.height) == (ROOM[0], 659)
    glass.terminal.touched("close", "")
    assert glass.terminal._journey._terminal.visit.face is None


def test_a_certificate_that_is_no_picture_is_said_not_to_be_there(
    glass: Glass, hall: ShowingHall, scanner: SimulatedScanner
) -> None:
    hall.face = a_face()[:60]
    to_certificates(glass, scanner)
    glass.terminal.touched("open", "c1")
    glass.until(lambda: glass.has(FaceFailed))
    assert glass.of(FaceFailed)[0].code == "certificates.no_face"
    assert glass.view.phase == "failed"


def test_a_code_that_is_verified_when_its_citizen_has_left_is_left_at_once_and_shown_to_nobody(
    glass: Glass, hall: ShowingHall, scanner: SimulatedScanner
) -> None:
    gone = threading.Event()

    def slowly() -> tuple[int, Any]:
        assert gone.wait(PATIENCE)
        return hall.honest("/v1/presentations", None)

    hall.instead["/v1/presentations"] = slowly
    hold_up(glass, scanner)
    glass.terminal.touched("home", "")
    assert glass.screen == "welcome"
    gone.set()
    glass.until(lambda: glass.has(PersonKnown))
    assert glass.screen == "welcome"
    assert glass.terminal._journey._terminal.visit.person is None
    assert glass.terminal._journey.presentation == ""
    assert hall.left.wait(PATIENCE)
    glass.terminal.close()
    assert hall.to("/leave") == [{}]


def test_what_was_begun_before_the_visit_ended_is_not_taken_up_by_the_next(glass: Glass) -> None:
    attempt = glass.terminal._identity.begin()
    glass.terminal.touched("home", "")
    glass.terminal.touched("take", "")
    glass.terminal.handle(Presented("id_card", attempt.id))
    assert glass.terminal._journey._terminal.visit.card == ""
    glass.terminal.handle(Presented("id_card", glass.terminal._identity.begin().id))
    assert glass.terminal._journey._terminal.visit.card == "reading"


def test_a_mistake_while_a_number_is_looked_up_is_told_and_logged_without_it(
    glass: Glass, caplog: pytest.LogCaptureFixture
) -> None:
    number = "11010519491231002X"

    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"no key for {number}")

    glass.terminal._identity.by_document = broken  # type: ignore[assignment, method-assign]
    glass.terminal._carry_out((IdentifyTyped("attempt-1", number),))
    glass.until(lambda: glass.has(NotKnown))
    assert glass.of(NotKnown)[0].code == "fault.internal"
    glass.terminal._showing.close()
    assert "ValueError at" in caplog.text
    assert number not in caplog.text


def test_a_card_left_on_the_reader_is_not_the_next_citizens(tmp_path: Path, hall: ShowingHall) -> None:
    reader = SimulatedReader()
    reader.start()
    glass = Glass(tmp_path, hall.url, reader=reader.url)
    glass.ready()
    glass.until(lambda: ReaderChanged(None) in glass.seen)
    watch: Any = glass.terminal._watching._watches["reader"]
    glass.until(lambda: watch._whose is None)
    reader.lay(sample_cards()["adult"])
    glass.until(lambda: glass.has(PersonKnown))
    assert glass.screen == "choose"
    glass.terminal.touched("home", "")
    glass.terminal.touched("take", "")
    reader.lift()
    glass.until(lambda: watch._whose is None)
    assert len(glass.of(PersonKnown)) == 1, "it was seen lying there, and lifted, and was nobody's"
    assert glass.screen == "choose"
    glass.terminal.close()
    reader.close()
