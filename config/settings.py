"""Everything the fleet can tell a terminal. Secrets and what only the machine knows stand elsewhere (config.kiosk)."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from config.migrations import FORMAT, migrate
from config.part import Id, Part, Text, TimeZone, mistake

PublicKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]  # Ed25519, raw
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+(/\S*)?$", max_length=200)]
MaybeUrl = Annotated[str, StringConstraints(pattern=r"^(https?://[^\s/@]+(/\S*)?)?$", max_length=200)]
Hours = Annotated[str, StringConstraints(pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d$")]

Role = Literal["terminal", "hall-board", "window-board", "caller", "voice", "hall", "enrol"]
Theme = Literal["normal", "large", "contrast"]
Language = Literal["zh", "en"]
Secret = Literal["hall-token", "hall-broker"]
Profile = Literal["generic-80", "generic-80-gb18030", "generic-58", "epson-80", "custom-vkp80"]


class HallSource(Part):
    """Where the hall is."""

    hall: Id = Field(description="Id of the hall, as in hall.toml")
    url: Url = Field(description="The hall's HTTP address, e.g. http://10.1.2.3:8080")
    phone_url: MaybeUrl = Field(
        default="", description="Base of the pages phones open from a QR code; unset: url"
    )
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
    printer_profile: Profile = Field(default="generic-80", description="What the printer can do")
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
    """What a citizen can do here."""

    numbers: bool = Field(default=True, description="取号: take a number")
    guides: bool = Field(
        default=True, description="办事指南: read guides; they come with source.catalogue_keys"
    )
    certificates: bool = Field(default=False, description="一码亮证: show certificates by code or card")
    checkin: bool = Field(default=False, description="预约签到: check in an appointment")
    typed: bool = Field(default=True, description="An ID number may be typed where a card is asked for")


class Voice(Part):
    """How calls and read-aloud are spoken."""

    sink: Literal["player", "wav", "null"] = Field(
        default="player", description="Loudspeaker, files in folder, or nothing"
    )
    folder: Path | None = Field(default=None, description="Where the wav sink writes")
    pack: Path | None = Field(default=None, description="Folder of a voice pack; unset: espeak-ng")
    one: Literal["一", "幺"] = Field(default="一", description="How the digit 1 is read")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(
        default=("zh", "en"), description="Languages a call is spoken in, one after the other"
    )
    volume: int = Field(default=100, ge=0, le=100, description="Per cent of full loudness; 0: silent")

    @model_validator(mode="after")
    def _whole(self) -> "Voice":
        if self.sink == "wav" and self.folder is None:
            raise mistake("folder", "voice.sink = 'wav' needs voice.folder")
        if len(set(self.languages)) != len(self.languages):
            raise mistake("languages", "a language is there twice")
        return self


class Screen(Part):
    """The glass. Unset sizes are those of the role."""

    width: int | None = Field(default=None, ge=320, le=7680, description="Pixels")
    height: int | None = Field(default=None, ge=240, le=7680, description="Pixels")
    left: int | None = Field(default=None, description="Place of the window on a desk; unset: in the middle")
    top: int | None = Field(default=None, description="Place of the window on a desk; unset: in the middle")
    full_screen: bool = Field(default=True, description="The whole display; in production only")
    theme: Theme = Field(default="normal", description="Look that every citizen finds: large is large type")
    themes: Annotated[tuple[Theme, ...], Field(min_length=1)] = Field(
        default=("normal", "large", "contrast"), description="Looks a citizen can choose"
    )
    language: Language = Field(default="zh", description="Language that every citizen finds")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(
        default=("zh", "en"), description="Languages a citizen can choose"
    )

    @model_validator(mode="after")
    def _whole(self) -> "Screen":
        if self.theme not in self.themes:
            raise mistake("theme", f"is not among screen.themes ({', '.join(self.themes)})")
        if self.language not in self.languages:
            raise mistake("language", f"is not among screen.languages ({', '.join(self.languages)})")
        return self


class Wording(Part):
    """One text in both languages; empty: as it is without."""

    zh: str = Field(default="", max_length=40, description="Chinese")
    en: str = Field(default="", max_length=80, description="English; empty beside a Chinese one: that")


class Headline(Part):
    """A text in large letters, in both languages; empty: the usual one."""

    zh: str = Field(default="", max_length=24, description="Chinese")
    en: str = Field(default="", max_length=48, description="English; empty beside a Chinese one: that")


class Texts(Part):
    """Words of this terminal's own, in place of the usual ones."""

    welcome_title: Headline = Field(default=Headline(), description="Headline of the first screen")
    welcome_line: Wording = Field(default=Wording(), description="Line under it")


class Notice(Part):
    """A notice on the first screen, beside the hall's own."""

    zh: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="Chinese")
    en: str = Field(default="", max_length=300, description="English; empty: the Chinese is shown")
    since: date | None = Field(default=None, description="First day it is shown; unset: at once")
    until: date | None = Field(
        default=None, description="Last day it is shown; unset: until it is taken away"
    )

    @model_validator(mode="after")
    def _forward(self) -> "Notice":
        if self.since and self.until and self.until < self.since:
            raise mistake("until", f"is before since ({self.since})")
        return self


class Idle(Part):
    """Seconds until a deserted journey ends."""

    after: float = Field(default=60, ge=10, description="Without a touch, until the warning's end")
    warning: float = Field(default=15, ge=5, description="Of these, with a countdown on the glass")
    done: float = Field(default=20, ge=5, description="On the last screen")


class Paper(Part):
    """What stands on slips and notices beside what they are for."""

    header: Wording = Field(default=Wording(), description="Line under the hall's name")
    footer: Wording = Field(default=Wording(), description="Line at the end")
    qr: bool = Field(
        default=True, description="A QR code to follow the number, or read the guide, on a phone"
    )
    roll_slips: int | None = Field(
        default=None,
        ge=10,
        le=100_000,
        description="Slips a new roll gives, to tell when it runs out; unset: not known",
    )


class Maintenance(Part):
    """When this terminal may be out of service."""

    window: Hours = Field(
        default="", description='Local time, "22:00-05:00", over midnight allowed; unset: none'
    )
    nightly_restart: TimeOfDay = Field(
        default="", description='Local time at which the screen is started afresh, "04:30"; unset: never'
    )


class Settings(Part):
    """What a terminal is told. ``FORMAT`` is its version; earlier ones are read through config.migrations."""

    format: int = Field(
        default=FORMAT, ge=1, description="Of these settings; config.migrations reads older ones"
    )
    role: Role = Field(description="What it is; hall: the hall's own process; enrol: not yet in the fleet")
    name: Text = Field(description="On its screen and on every slip")
    name_en: str = Field(default="", max_length=120, description="Its English name")
    time_zone: TimeZone = Field(default="Asia/Shanghai", description="tz database name")
    window: Id | None = Field(default=None, description="Window of a caller pad or window board")
    zones: tuple[Id, ...] = Field(default=(), description="Zones of a board or voice; empty: all")
    source: HallSource
    secrets: tuple[Secret, ...] = Field(
        default=("hall-token", "hall-broker"), description="Secrets it needs, by name; they travel sealed"
    )
    devices: Devices = Devices()
    services: Services = Services()
    voice: Voice = Voice()
    screen: Screen = Screen()
    texts: Texts = Texts()
    notices: tuple[Notice, ...] = Field(
        default=(), max_length=8, description="Notices of its own, beside the hall's"
    )
    hours: Wording = Field(default=Wording(), description="Opening hours as shown; unset: the hall's own")
    idle: Idle = Idle()
    paper: Paper = Paper()
    policy: Id = Field(
        default="standard", description="Queue policy of its hall, by name (policy and policies in hall.toml)"
    )
    maintenance: Maintenance = Maintenance()

    @model_validator(mode="before")
    @classmethod
    def _todays(cls, values: Any) -> Any:
        return migrate(values) if isinstance(values, dict) else values

    @model_validator(mode="after")
    def _placed(self) -> "Settings":
        services = self.services
        if services.checkin and not services.numbers:
            raise mistake("services.checkin", "gives numbers, so it needs services.numbers")
        if self.role == "terminal" and not (services.numbers or services.guides or services.certificates):
            raise mistake("services.numbers", "nothing else can be done here either")
        if self.role in ("window-board", "caller") and self.window is None:
            raise mistake("window", f"role {self.role} needs a window")
        return self
