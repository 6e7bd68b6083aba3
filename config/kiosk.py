"""What one kiosk process is told: its role, its hall, its devices, its screen."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from config.part import Id, Part, Text

PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]  # Ed25519, raw
Role = Literal["terminal", "hall-board", "window-board", "caller", "voice"]


class Source(Part):
    """Where the hall is. Secrets stay in files that only this account can read."""

    hall: Id
    url: str = Field(description="The hall's HTTP address, e.g. http://10.1.2.3:8080")
    phone_url: str = Field(default="", description="Base of the pages phones open from a QR code; unset: url")
    token_file: Path = Field(description="File with this device's bearer token")
    broker_file: Path = Field(description="File with the broker's URL, mqtt://user:password@host:1883")
    catalogue_keys: tuple[PublicKey, ...] = Field(
        default=(),
        description="Public keys, hex, that a catalogue may be signed with; empty: this terminal shows no guides",
    )


class Devices(Part):
    """Ports of the devices; empty: there is none."""

    reader: str = Field(default="", description="/dev/ttyUSB0, socket://host:port or hid:///dev/hidraw0")
    printer: str = Field(
        default="", description="/dev/ttyS1, tcp://host:9100, usb://04b8:0202 or file:///dev/usb/lp0"
    )
    printer_profile: str = "generic-80"
    scanner: str = Field(
        default="",
        description="/dev/ttyACM0, socket://host:port, or evdev:///dev/input/event3 (keyboard wedge)",
    )
    scanner_family: Literal["plain", "newland", "honeywell", "zebra-ssi"] = Field(
        default="plain", description="How it is started and stopped; plain: it reads by itself"
    )
    scanner_prefix: str = Field(
        default="", max_length=8, pattern=r"^[ -~]*$", description="What it sends before each code"
    )
    scanner_suffix: Literal["any", "cr", "lf", "crlf", "tab", "etx"] = Field(
        default="any",
        description="What it sends after each code; any: whichever of them comes, or a quiet gap",
    )
    slot: str = Field(
        default="",
        description="Part of the name of the PC/SC reader for chip cards, e.g. 'Contact'; 'any': the first one",
    )


class Services(Part):
    """What a citizen can do here beyond taking a number and reading guides."""

    certificates: bool = Field(default=False, description="一码亮证: show certificates by code or card")
    checkin: bool = Field(default=False, description="预约签到: check in an appointment")
    typed: bool = Field(default=True, description="An ID number may be typed where a card is asked for")


class Voice(Part):
    """How calls and read-aloud are spoken."""

    sink: Literal["player", "wav", "null"] = "player"
    folder: Path | None = Field(default=None, description="Where the wav sink writes")
    pack: Path | None = Field(default=None, description="Folder of a voice pack; unset: espeak-ng")
    one: Literal["一", "幺"] = Field(default="一", description="How the digit 1 is read")
    english: bool = True


class Screen(Part):
    """The glass. Unset sizes are those of the role."""

    width: int | None = Field(default=None, ge=320, le=7680)
    height: int | None = Field(default=None, ge=240, le=7680)
    left: int | None = Field(default=None, description="Place of the window on a desk; unset: in the middle")
    top: int | None = None
    full_screen: bool = True
    theme: Literal["normal", "large", "contrast"] = "normal"
    language: Literal["zh", "en"] = "zh"


class Idle(Part):
    """Seconds until a deserted journey ends."""

    after: float = Field(default=60, ge=10)
    warning: float = Field(default=15, ge=5)
    done: float = Field(default=20, ge=5)


class Demo(Part):
    """Conveniences for trying and testing. ``production`` refuses all of them."""

    pane: Path | None = Field(default=None, description="Unix socket that shows and touches the screen")
    clock_ahead: float = Field(
        default=0, description="Seconds that the demo's clock is ahead of the machine's"
    )
    catalogue_every: float | None = Field(
        default=None, ge=0.2, description="Seconds between two looks for a new catalogue; unset: some minutes"
    )


class Kiosk(Part):
    """One kiosk process."""

    role: Role
    id: Id
    name: Text
    name_en: str = ""
    time_zone: str = "Asia/Shanghai"
    production: bool = True
    source: Source
    state_dir: Path = Field(description="Where the paper ledger lives; no personal data")
    window: Id | None = Field(default=None, description="Window of a caller pad or window board")
    zones: tuple[Id, ...] = Field(default=(), description="Zones of a board or voice; empty: all")
    devices: Devices = Devices()
    services: Services = Services()
    voice: Voice = Voice()
    screen: Screen = Screen()
    idle: Idle = Idle()
    demo: Demo = Demo()

    @model_validator(mode="after")
    def _whole(self) -> "Kiosk":
        if self.role in ("window-board", "caller") and self.window is None:
            raise ValueError(f"role {self.role} needs a window")
        if self.production and self.demo != Demo():
            raise ValueError("demo conveniences cannot be switched on in production; set production = false")
        if self.voice.sink == "wav" and self.voice.folder is None:
            raise ValueError("voice.sink = 'wav' needs voice.folder")
        return self
