"""Certificates on a real (offscreen) window: whole, readable, touchable, and gone when they are closed."""

import gc
import weakref
from itertools import combinations
from types import FrameType

import pytest

from screens import samples
from screens.certificate.samples import STATES as CERTIFICATE
from screens.certificates.samples import STATES as CERTIFICATES
from screens.consent.samples import STATES as CONSENT
from screens.events import Picture
from screens.frame.presenter import frame_view
from screens.handover.samples import STATES as HANDOVER
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from tests.screens.conftest import Finger

pytestmark = pytest.mark.window

ALL = {**CERTIFICATES, **CERTIFICATE, **CONSENT, **HANDOVER}
WITHOUT_GUIDES = {name: make for name, make in ALL.items() if not name.startswith("guide")}


class Glass:
    def __init__(self, window):
        from screens.terminal_app import TerminalApp

        self.touched = []
        self.app = TerminalApp(lambda intent, value: self.touched.append((intent, value)), features=())
        self.root = self.app.build()
        window.add_widget(self.root)
        self.finger = Finger(self.app)

    def show(self, terminal, screen, view):
        frame = frame_view(terminal, ways=("home", "back"), staff="", warn=False, warning=15)
        self.app.show(screen, view, frame)
        self.finger.frames(3)
        return self.app.screen(screen)

    def state(self, name, theme="normal", language="zh"):
        terminal = Terminal(now=samples.NOW, theme=theme, language=language, hall=samples.hall())
        return self.show(terminal, *ALL[name](terminal))

    def welcome(self):
        from screens.welcome.presenter import WelcomePresenter

        terminal = Terminal(now=samples.NOW, hall=samples.hall())
        self.show(terminal, "welcome", WelcomePresenter(terminal).view)


@pytest.fixture
def glass(terminal_window, steady_clock):
    made = Glass(terminal_window)
    yield made
    made.app.on_stop()


@pytest.mark.parametrize(
    ("theme", "language"),
    [("normal", "zh"), ("normal", "en"), ("large", "zh"), ("large", "en"), ("contrast", "en")],
)
def test_nothing_spills_or_overlaps_in_any_state(glass, theme, language):
    from tests.screens.laid_out import spilling

    tokens = THEMES[theme]
    for name in WITHOUT_GUIDES:
        shown = glass.state(name, theme, language)
        assert spilling(shown) == [], name
        content = shown.children[0]
        if hasattr(content, "minimum_height"):
            assert content.minimum_height <= shown.height, name
        inside = [c for c in glass.app.describe()["controls"] if c["y"] < 1920 - tokens.bar]
        for control in inside:
            assert control["h"] >= tokens.target, (name, control)
            assert control["y"] - control["h"] / 2 >= tokens.header, (name, control)
        for one, other in combinations(inside, 2):
            apart = (
                abs(one["x"] - other["x"]) >= (one["w"] + other["w"]) / 2 - 1
                or abs(one["y"] - other["y"]) >= (one["h"] + other["h"]) / 2 - 1
            )
            assert apart, (name, one, other)


def picture_of(glass):
    from screens.certificate.face import FacePicture

    return next(w for w in glass.app.screen("certificate").walk() if isinstance(w, FacePicture))


def test_a_touch_on_the_picture_closes_it(glass):
    glass.state("certificate")
    glass.finger.tap("close")
    assert glass.touched[-1] == ("close", "")


@pytest.mark.parametrize("leaving", ["certificates", "certificate-failed", "home"])
def test_a_picture_that_is_closed_is_in_no_texture_no_cache_and_no_view(
    glass, leaving, tmp_path, monkeypatch
):
    from kivy.cache import Cache

    monkeypatch.chdir(tmp_path)
    before = {
        name: set(Cache._objects[name])
        for name in ("kv.image", "kv.texture", "kv.loader")
        if name in Cache._objects
    }
    glass.state("certificate")
    picture = picture_of(glass)
    assert picture.texture.size == (780, 1040)
    texture = weakref.ref(picture.texture)
    glass.welcome() if leaving == "home" else glass.state(leaving)
    glass.finger.frames(2)
    gc.collect()
    assert glass.app.screen("certificate").view.picture is None
    assert picture.picture is None
    assert picture.texture is None
    assert texture() is None
    after = {name: set(Cache._objects[name]) for name in before}
    assert after == before
    assert list(tmp_path.iterdir()) == []


def holders(picture):
    """What refers to these very bytes, but for the frames of whoever asks."""
    return [held for held in gc.get_referrers(picture) if not isinstance(held, FrameType)]


def test_nothing_on_the_glass_holds_the_bytes_of_a_picture_that_was_left(glass):
    from screens.certificate.presenter import CertificateView

    terminal = Terminal(now=samples.NOW, hall=samples.hall())
    picture = Picture(40, 30, bytes(40 * 30 * 3))
    view = CertificateView(phase="shown", head=176, picture=picture, seconds=30, close="关上")
    glass.show(terminal, "certificate", view)
    assert len(holders(picture)) > 1  # the view, and the widget that draws it
    del view
    glass.welcome()
    gc.collect()
    assert holders(picture) == []
    assert holders(picture.rgb) == [picture]


def test_a_picture_keeps_its_shape_and_stays_on_its_card(glass):
    for name, shape in (("certificate", 780 / 1040), ("certificate-wide", 980 / 672)):
        glass.state(name)
        picture = picture_of(glass)
        wide, high = picture.fitting
        assert wide / high == pytest.approx(shape)
        assert wide <= picture.width + 1
        assert high <= picture.height + 1
        assert max(wide / picture.width, high / picture.height) == pytest.approx(1)


@pytest.mark.parametrize("wide", range(1, 10))
def test_pixels_stand_where_they_should_whatever_the_width(wide):
    from screens.widgets.pixels import texture_of

    rgb = bytes(range(wide * 3 * 5))
    texture = texture_of(Picture(wide, 5, rgb))
    drawn = texture.pixels  # four bytes each, from the row that was given first
    assert bytes(byte for at, byte in enumerate(drawn) if at % 4 != 3) == rgb
    assert texture.tex_coords[1] == 1.0  # and that row is at the top


def test_a_card_that_is_no_longer_shown_holds_nothing_of_anybody(glass):
    from screens.certificates.tiles import CertificateTile

    shown = glass.state("certificates")
    tiles = [w for w in shown.walk() if isinstance(w, CertificateTile)]
    assert tiles[0].card.line
    glass.welcome()
    assert all(tile.card == type(tile.card)() for tile in tiles)


def test_the_code_is_drawn_only_while_it_is_good(glass):
    from screens.widgets.qr import QR

    shown = glass.state("handover")
    code = next(w for w in shown.walk() if isinstance(w, QR))
    assert code.texture is not None
    glass.state("handover-over")
    assert code.texture is None
