"""What the agent asks the kiosk process on its own machine: a Unix socket that only their account can open.

One request is one JSON object, one answer one JSON object (``multiprocessing.connection`` messages of bytes, as the
demo's pane). Everything is answered by the screen's own thread, so an answer proves that it lives.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from provisioning.wire.messages import Code, Paper, Said, Short


class AskHealth(Said):
    do: Literal["health"] = "health"


class AskIdentify(Said):
    """Show "here I am" over everything for ``seconds``; the terminal's name and id in large letters."""

    do: Literal["identify"] = "identify"
    seconds: float = Field(default=15, gt=0, le=120)


class AskTestPrint(Said):
    """Print a test page. Refused (``code`` "kiosk.busy") while a citizen is at the glass."""

    do: Literal["test_print"] = "test_print"


class AskScreenshot(Said):
    """A picture of the screen; masked while a citizen is at the glass: the frame is left, all within is grey."""

    do: Literal["screenshot"] = "screenshot"


class ShowEnrolment(Said):
    """For the role "enrol": what to show. ``state``: connecting, code, approved, expired, refused, failed."""

    do: Literal["enrolment"] = "enrolment"
    state: Literal["connecting", "code", "approved", "expired", "refused", "failed"]
    code: Short = ""
    url: Short = Field(default="", description="For the QR")
    seconds_left: float = 0
    fingerprint: Short = Field(default="", description="Of the terminal's key, also on the console's page")
    centre: Short = Field(default="", description="Address of the centre")
    fault: Code = ""


Ask: TypeAlias = Annotated[
    AskHealth | AskIdentify | AskTestPrint | AskScreenshot | ShowEnrolment, Field(discriminator="do")
]


class KioskHealth(Said):
    """How the kiosk process is, by its own screen's thread."""

    revision: int = 0
    role: Short = ""
    screen: Short = ""
    busy: bool = Field(description="A citizen is at the glass, or paper is under way")
    idle_seconds: float = Field(ge=0, description="Since the last touch, card, code or print; 0 while busy")
    frames: int = Field(ge=0, description="Frames drawn since the process began: 0 is not yet alive")
    frame_ms: float = Field(default=0, ge=0, description="Slowest frame of the last minute")
    devices: dict[Short, Code] = Field(
        default={},
        description='Device to "" or the code of its fault; fault.starting: nothing heard of it yet',
    )
    paper: Paper = Paper()
    catalogue: Short = ""
    hall: Code = Field(default="", description="As of a device: fault.starting is not yet an answer")
    memory_mb: float = 0


class Done(Said):
    """An order was carried out, or why not. ``png``: a picture, base64."""

    ok: bool
    code: Code = ""
    png: str = Field(default="", repr=False)
    masked: bool = False
