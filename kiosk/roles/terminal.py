"""The terminal's wiring: journey, screen, reader, printer, hall. Concrete classes are chosen here; nothing is decided.

Threads: Kivy's (journey and screen), one each for reader, scanner, card slot, printer, hall commands, what citizens
show, paper reports, and the MQTT link.
What they learn is posted through one bridge; what the journey wants done goes to the worker that owns the device.
"""

import logging
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from config.kiosk import Kiosk
from drivers.ports import SystemClock
from hall.wire.messages import HallView
from kiosk.aloud import ReadAloud
from kiosk.clock import wall_clock
from kiosk.counter import Counter
from kiosk.feed import hall_info, offer
from kiosk.hall_client import HallClient, HallError
from kiosk.hall_link import HallLink
from kiosk.identity import IdentityDesk
from kiosk.idle import Limits
from kiosk.journey import Journey
from kiosk.ledger import PaperLedger
from kiosk.notice import notice_of
from kiosk.reports import PaperReports
from kiosk.roles.devices import DayKeys, paper_desk
from kiosk.roles.reading import GuideReading
from kiosk.roles.shell import Shell
from kiosk.roles.showing import Showing
from kiosk.roles.watching import Watching
from kiosk.standing import Standing, Watched
from kiosk.workers import Worker
from provisioning.wire.control import Done
from screens.effects import (
    Browse,
    CallStaff,
    Effect,
    FetchFace,
    Forget,
    IdentifyTyped,
    IssueTicket,
    LookUpAppointments,
    OpenGuide,
    PrintNotice,
    PrintSlip,
    Say,
    Search,
    ShareCertificates,
    Show,
    Watch,
)
from screens.events import (
    Event,
    Faulted,
    HallBack,
    HallChanged,
    HallLost,
    NoticeFailed,
    PaperFailed,
    Presented,
    PrinterChanged,
    ReaderChanged,
    Ticked,
    TicketIssued,
    Touched,
)

if TYPE_CHECKING:
    from kiosk.printing import PaperDesk

log = logging.getLogger(__name__)

ASK_EVERY = 2.0  # seconds between two looks at the hall while the broker is away


def features(settings: Kiosk) -> frozenset[str]:
    """What this terminal does beyond giving numbers, as presenters know it."""
    services = settings.services
    on = {
        "guide": services.guides and bool(settings.source.catalogue_keys),
        "certificates": services.certificates,
        "checkin": services.checkin,
        "typed": services.typed,
    }
    return frozenset(name for name, wanted in on.items() if wanted)


class Terminal:
    """One terminal. ``start`` after the window is open; ``close`` when it is shut."""

    def __init__(
        self, settings: Kiosk, show: Callable[[str, object, Any], None], post: Callable[[Event], None]
    ) -> None:
        self._settings, self._show, self._post = settings, show, post
        self._clock, self._wall = SystemClock(), wall_clock(settings)
        self._phone_url = settings.source.phone_url or settings.source.url
        self._journey = Journey(
            make_key=lambda: uuid.uuid4().hex,
            limits=Limits(settings.idle.after, settings.idle.warning, settings.idle.done),
            language=settings.screen.language,
            theme=settings.screen.theme,
            features=features(settings),
            phone_url=self._phone_url,
            offer=offer(settings),
        )
        self._hall: HallView | None = None
        self._token = settings.source.token_file.read_text(encoding="utf-8").strip()
        self._clients: list[HallClient] = []
        self._client = self._make_client()
        self._counter = Counter(self._client, self._phone_url, post)
        self._ledger = PaperLedger(settings.state_dir / "paper.sqlite")
        self._reports = PaperReports(self._ledger, self._make_client())
        self._day_keys = DayKeys(self._make_client())
        self._identity = IdentityDesk(self._make_client(), self._day_keys.of, lambda: self._wall().date())
        self._showing = Showing(self._make_client(), self._identity, self._phone_url, post)
        self._watching = Watching(settings, self._clock, self._identity, post)
        self._desk = (
            paper_desk(settings, self._clock, self._ledger, self._wall, self._hall_name, post)
            if settings.devices.printer
            else None
        )
        self._link = HallLink(settings, on_hall=self._hall_seen, on_up=self._link_changed)
        self._aloud = ReadAloud(settings, self._clock)
        self._guides: GuideReading | None = None
        if "guide" in features(settings):
            self._guides = GuideReading(settings, self._token, self._clock, post)
        devices = settings.devices
        named = {
            "reader": devices.reader,
            "printer": devices.printer,
            "scanner": devices.scanner,
            "slot": devices.slot,
        }
        self._watched = Watched(
            frozenset(name for name, port in named.items() if port), roll_slips=settings.paper.roll_slips
        )
        self._began = time.monotonic()
        self._paper_wanted = set[str]()  # keys of numbers under way that want a slip
        self._hall_away = True
        self._hall_worker = Worker("hall", idle=self._look_at_hall, failed=lambda code: None)
        self._report_worker = Worker("reports", idle=self._reports.send)
        self._workers = [self._hall_worker, self._report_worker]
        if self._desk is not None:
            self._paper_worker = Worker("printer", idle=self._desk.idle, failed=self._desk.failed)
            self._workers.append(self._paper_worker)

    def start(self) -> None:
        """Begin listening to everything."""
        self.tick(0)
        self._carry_out(self._journey.start())
        if not self._settings.devices.reader:
            self._post(ReaderChanged("fault.no_reader"))
        if self._desk is None:
            self._post(PrinterChanged("fault.no_printer"))
        for worker in self._workers:
            worker.start()
        self._watching.start()
        self._showing.start()
        if self._guides is not None:
            self._guides.start()
        self._link.start()

    def close(self) -> None:
        self._link.close()
        if self._guides is not None:
            self._guides.close()
        self._showing.close()
        self._watching.close()
        for worker in self._workers:
            worker.close()
        if self._desk is not None:
            self._desk.close()
        self._aloud.close()
        for client in self._clients:
            client.close()
        self._ledger.close()

    # -- Kivy's thread ------------------------------------------------------------------------------------

    def handle(self, event: Event) -> None:
        """One event: decide, draw, act."""
        if isinstance(event, Presented) and not self._identity.current(event.attempt):
            return  # the end of its visit has overtaken it
        self._watched.note(event)
        effects = self._journey.handle(event)
        self._draw()
        self._carry_out(effects)
        for over in self._showing.over(
            event, self._journey.presentation
        ):  # after what is still to be attached
            self._hall_worker.do(lambda over=over: self._counter.leave(over))  # type: ignore[misc]
        if isinstance(event, TicketIssued):
            self._claimed(event, effects)

    def _claimed(self, issued: TicketIssued, effects: tuple[Effect, ...]) -> None:
        """A number that came when its citizen had left gets no paper: the clerk must see that."""
        if issued.key in self._paper_wanted and not any(isinstance(effect, PrintSlip) for effect in effects):
            self._report_worker.do(lambda: self._ledger.unclaimed(uuid.uuid4().hex[:12], issued.ticket.id))
        self._paper_wanted.discard(issued.key)

    def touched(self, intent: str, value: str) -> None:
        self.handle(Touched(intent, value))

    def broken(self, code: str) -> None:
        """A mistake was caught on this thread: lead the citizen out."""
        self.handle(Faulted(code))

    def tick(self, _dt: float) -> None:
        self.handle(Ticked(self._wall(), time.monotonic()))
        if self._guides is not None and self._journey.screen == "welcome":
            self._guides.between_citizens()

    def standing(self) -> Standing:
        """How it is. A number or paper that is under way keeps it busy after its citizen has left."""
        now = time.monotonic()
        working = self._hall_worker.busy or (self._desk is not None and self._paper_worker.busy)
        busy = self._journey.busy or working
        return Standing(
            screen=self._journey.screen,
            busy=busy,
            idle_seconds=0.0 if busy else min(self._journey.quiet(now), now - self._began),
            devices=dict(self._watched.devices),
            paper=self._watched.paper(self._ledger.counts()),
            catalogue=self._watched.catalogue,
            hall=self._watched.hall,
        )

    def test_print(self) -> Future[Done]:
        """Print a test page while nobody is here; how it ended, from the printer's thread."""
        answer: Future[Done] = Future()
        desk = self._desk
        if desk is None:
            answer.set_result(Done(ok=False, code="fault.no_printer"))
        elif self.standing().busy:
            answer.set_result(Done(ok=False, code="kiosk.busy"))
        else:
            self._paper_worker.do(lambda: self._prove(desk, answer))
        return answer

    def _draw(self) -> None:
        self._show(self._journey.screen, self._journey.view, self._journey.frame)

    def _carry_out(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case IssueTicket(key=key, paper=paper):
                    if paper:
                        self._paper_wanted.add(key)
                    self._hall_worker.do(lambda effect=effect: self._counter.issue(effect))  # type: ignore[misc]
                case PrintSlip():
                    self._print(effect)
                case PrintNotice():
                    self._print_notice(effect)
                case Search() | Browse() | OpenGuide():
                    for answer in self._guides.carry_out(effect) if self._guides is not None else ():
                        self.handle(answer)
                case Forget():
                    self._identity.left()
                    if self._guides is not None:
                        self._guides.between_citizens()
                case Watch(purpose, item):
                    self._identity.watch(purpose, item)
                    self._watching.watch(purpose is not None)
                case IdentifyTyped() | FetchFace() | ShareCertificates() | LookUpAppointments():
                    self._showing.carry_out(effect)
                case CallStaff(reason):
                    self._hall_worker.do(lambda reason=reason: self._counter.call_staff(reason))  # type: ignore[misc]
                case Say():
                    self._aloud.say(effect, self._journey.frame.language)
                case Show():
                    pass  # the journey has done it: the screen is drawn

    def _print(self, slip: PrintSlip) -> None:
        desk = self._desk
        if desk is None:
            self._post(PaperFailed(slip.ticket.id, "fault.no_printer", sure=True))
        else:
            self._paper_worker.do(lambda: desk.print(slip))

    def _print_notice(self, wanted: PrintNotice) -> None:
        desk = self._desk
        if desk is None:
            self._post(NoticeFailed(wanted.job, "fault.no_printer", sure=True))
            return
        notice = notice_of(
            wanted,
            hall=self._hall_name(),
            terminal=self._settings.name,
            phone_url=self._phone_url,
            now=self._wall(),
        )
        self._paper_worker.do(lambda: desk.print_notice(notice))

    # -- the printer worker's thread ----------------------------------------------------------------------

    def _prove(self, desk: "PaperDesk", answer: Future[Done]) -> None:
        try:
            end = desk.print_proof(self._settings.id)
        except BaseException as error:
            answer.set_exception(error)
            raise
        answer.set_result(Done(ok=end.state == "printed", code=end.code or ""))

    # -- the hall worker's thread -------------------------------------------------------------------------

    def _look_at_hall(self) -> float:
        """While the broker is away, ask the hall itself: numbers can be taken without live counts."""
        if self._hall_away:
            try:
                self._hall_seen(self._client.hall())
            except HallError as error:
                self._post(HallLost(error.code))
        return ASK_EVERY

    # -- the link's thread --------------------------------------------------------------------------------

    def _hall_seen(self, view: HallView) -> None:
        if self._hall is None or view.at >= self._hall.at:  # by time: a restored journal begins lower
            self._hall = view
            info = hall_info(view, terminal=self._settings.name, terminal_en=self._settings.name_en)
            self._post(HallChanged(info))
            self._post(HallBack())

    def _link_changed(self, up: bool) -> None:
        self._hall_away = not up
        if up:
            self._post(HallBack())

    # -- parts --------------------------------------------------------------------------------------------

    def _hall_name(self) -> str:
        return self._hall.name if self._hall is not None else ""

    def _make_client(self) -> HallClient:
        self._clients.append(HallClient(self._settings.source.url, self._token, self._clock))
        return self._clients[-1]


def run(settings: Kiosk) -> int:
    """Serve citizens until the window is closed or the process is told to stop."""
    shell = Shell(settings, 1080, 1920)
    from screens.terminal_app import TerminalApp

    terminal: Terminal | None = None

    def touched(intent: str, value: str) -> None:
        if terminal is not None:
            terminal.touched(intent, value)

    app = TerminalApp(touched, features=features(settings))
    terminal = Terminal(settings, app.show, shell.post)
    return shell.run(app, terminal)
