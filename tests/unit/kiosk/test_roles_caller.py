"""The pad's wiring: what the presenter wants of the hall is asked, and every answer comes back as an event."""

import queue
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from config.kiosk import Kiosk
from hall.wire.messages import Problem, WindowCertificates, WindowView
from kiosk.hall_client import HallRefused, HallUnreachable
from kiosk.roles.caller import Pad
from screens.board_samples import sample_certificates, sample_ticket, sample_window
from screens.events import FaceFailed, FaceReady, Picture
from screens.window_events import CertificatesFailed, CertificatesSeen, WindowSeen

WINDOW = sample_window("open", sample_ticket("B012", "serving", certificates=4))


def a_png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (3, 2), (1, 2, 3)).save(out, "PNG")
    return out.getvalue()


class Hall:
    """Answers as it is told to."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.asked: list[tuple[str, ...]] = []
        self.png = a_png()

    def window_view(self, window: str) -> WindowView:
        return WINDOW

    def window_certificates(self, window: str) -> WindowCertificates:
        self.asked.append((window,))
        if self.trouble is not None:
            raise self.trouble
        return sample_certificates()

    def view_certificate(self, window: str, key: str, certificate: str) -> bytes:
        self.asked.append((window, key, certificate))
        if self.trouble is not None:
            raise self.trouble
        return self.png

    def close(self) -> None:
        pass


class Wired:
    """A pad whose presenter is driven by what is posted; the hall is the test's."""

    def __init__(self, folder: Path) -> None:
        for name in ("token", "broker"):
            (folder / name).write_text("mqtt://reader:x@127.0.0.1:1\n", encoding="utf-8")
        settings = Kiosk.model_validate(
            {
                "role": "caller",
                "id": "p07",
                "name": "P07",
                "window": "7",
                "production": False,
                "state_dir": str(folder),
                "source": {
                    "hall": "qingyuan",
                    "url": "http://127.0.0.1:1",
                    "token_file": str(folder / "token"),
                    "broker_file": str(folder / "broker"),
                },
            }
        )
        self.posted: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.pad, self.hall = Pad(settings, lambda view: None, self.posted.put), Hall()
        self.pad._client = self.hall  # type: ignore[assignment]  # it was never connected
        self.pad._worker.start()
        self.pad.handle(WindowSeen(WINDOW))

    def touch(self, intent: str, value: str = "") -> object:
        """What the hall's answer became."""
        self.pad._presenter._pressed.clear()  # no touch is a bounce of another
        self.pad.touched(intent, value)
        event = self.posted.get(timeout=60)
        self.pad.handle(event)
        return event


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Wired]:
    wired = Wired(tmp_path)
    yield wired
    wired.pad.close()


def test_a_picture_that_is_broken_was_viewed_all_the_same(wired: Wired) -> None:
    wired.touch("certificates")
    wired.hall.png = a_png()[:50]
    event = wired.touch("certificates-view", "c1")
    assert isinstance(event, FaceReady)
    assert event.picture == Picture()
    assert wired.pad._presenter.view.face is not None


def test_the_list_and_one_picture_come_from_the_hall(wired: Wired) -> None:
    event = wired.touch("certificates")
    assert isinstance(event, CertificatesSeen)
    assert event.certificates == sample_certificates()
    event = wired.touch("certificates-view", "c1")
    assert isinstance(event, FaceReady)
    assert event.picture == Picture(3, 2, bytes((1, 2, 3)) * 6)
    assert wired.hall.asked == [("7",), ("7", event.key, "c1")]
    assert wired.pad._presenter.view.face is not None


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (HallUnreachable("no answer"), "hall.unreachable"),
        (HallRefused(Problem(title="", status=410, code="certificates.gone")), "certificates.gone"),
    ],
)
def test_trouble_comes_back_with_its_code(wired: Wired, trouble: Exception, code: str) -> None:
    wired.hall.trouble = trouble
    event = wired.touch("certificates")
    assert isinstance(event, CertificatesFailed)
    assert event.code == code
    wired.hall.trouble = None
    wired.touch("certificates")
    wired.hall.trouble = trouble
    event = wired.touch("certificates-view", "c1")
    assert isinstance(event, FaceFailed)
    assert event.code == code
