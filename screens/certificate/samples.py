"""One certificate as it looks while it comes, is shown, and does not come: the gallery and the tests."""

from collections.abc import Callable
from functools import cache
from typing import Any

from screens.certificate.presenter import LATE, CertificatePresenter
from screens.certificates.samples import presentation, shown
from screens.events import Event, FaceFailed, FaceReady, Picture, Ticked
from screens.visit import Terminal

Make = Callable[[Terminal], tuple[str, Any]]


@cache
def face(wide: int = 780, high: int = 1040) -> Picture:
    """A picture with lines in place of words: nobody's certificate."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (wide, high), "#F7F3E8")
    draw = ImageDraw.Draw(image)
    edge = wide // 24
    draw.rectangle((edge, edge, wide - edge, high - edge), outline="#8A1F11", width=8)
    draw.rectangle((3 * edge, 3 * edge, wide - 3 * edge, 5 * edge), fill="#8A1F11")
    for at in range(8, high // edge - 5, 3):
        draw.rectangle(
            (3 * edge, at * edge, wide - (3 + at % 4 * 2) * edge, at * edge + edge // 2), fill="#9AA5B1"
        )
    draw.ellipse(
        (wide - 9 * edge, high - 9 * edge, wide - 4 * edge, high - 4 * edge), outline="#C8321E", width=10
    )
    return Picture(wide, high, image.tobytes())


def opened(terminal: Terminal, certificate: str = "c1") -> CertificatePresenter:
    """Somebody has touched ``certificate``; its picture is asked for with the key "face-1"."""
    terminal.visit.looking_at = certificate
    presenter = CertificatePresenter(terminal, lambda: "face-1")
    presenter.enter()
    return presenter


def _state(*events: Event, certificate: str = "c1", seconds: float = 0.0) -> Make:
    def make(terminal: Terminal) -> tuple[str, Any]:
        situation = shown(terminal, presentation())
        presenter = opened(situation, certificate)
        for event in events:
            presenter.handle(event)
        situation.monotonic += seconds
        if situation.now is not None:
            presenter.handle(Ticked(situation.now, situation.monotonic))
        return "certificate", presenter.view

    return make


def _shown(wide: int, high: int, certificate: str, seconds: float) -> Make:
    def make(terminal: Terminal) -> tuple[str, Any]:
        return _state(FaceReady("face-1", face(wide, high)), certificate=certificate, seconds=seconds)(
            terminal
        )

    return make


STATES: dict[str, Make] = {
    "certificate-loading": _state(),
    "certificate": _shown(780, 1040, "c8", 4),
    "certificate-wide": _shown(980, 672, "c4", 23),
    "certificate-failed": _state(FaceFailed("face-1", "certificates.no_face")),
    "certificate-late": _state(FaceFailed("face-1", LATE)),
    "certificate-forgotten": _state(FaceFailed("face-1", "presentation.unknown")),
}
