"""Whatever comes, breaks and crashes, in whatever order: one visit, its papers and its number are of one catalogue.

The journey, the guide desk and the files are the real ones. Threads are played as queues: jobs that the reading
worker has not done yet, and events that the glass has not seen yet.
"""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kiosk.guides import GuideDesk
from kiosk.journey import Journey
from kiosk.notice import notice_of
from screens import samples
from screens.browse.presenter import BrowseView
from screens.cases.presenter import CasesView
from screens.choose.presenter import ChooseView
from screens.confirm.presenter import ConfirmView
from screens.done.presenter import DoneView
from screens.effects import Browse, Effect, Forget, IssueTicket, OpenGuide, PrintNotice, PrintSlip, Search
from screens.events import (
    CatalogueChanged,
    Event,
    Faulted,
    HallBack,
    HallChanged,
    HallLost,
    NoticeFailed,
    NoticePrinted,
    PaperFailed,
    PaperPrinted,
    PersonKnown,
    Presented,
    PrinterChanged,
    ReaderChanged,
    Ticked,
    TicketIssued,
    TicketRefused,
    Touched,
)
from screens.fault.presenter import FaultView
from screens.find.presenter import FindView
from screens.guide.presenter import GuideView
from screens.identify.presenter import IdentifyView
from screens.visit import Visit
from screens.welcome.presenter import WelcomeView
from tests.unit.kiosk.marked_catalogues import Copies, CopiesFromHall, mark_of, marks, write_marked

Touch = tuple[str, str]
LETTERS = "sbkdz"  # of 社保卡, 身份证, 开店; and what fits nothing
LONG = 3.0  # seconds, more than an answer may take


def offered(view: object) -> list[Touch]:
    """What a finger can touch on ``view``."""
    return [touch for touch in _offered(view) if touch[0]]


def _offered(view: object) -> Iterator[Touch]:
    match view:
        case WelcomeView():
            yield "take" if view.take else "", ""
            yield from ((feature.intent, "") for feature in view.features)
        case FindView():
            if view.mode != "missing":
                yield from (("key", letter) for letter in LETTERS)
                yield from (("delete", ""), ("clear" if view.clear else "", ""))
            yield from (("word", word) for row in view.chips for word in row)
            yield from (("browse", way.by) for way in view.ways)
            yield from (("open", card.id) for card in view.cards)
            yield from ((view.state.main.intent, ""), (view.state.second.intent, ""))
        case BrowseView():
            yield from (("browse", tab.by) for tab in view.tabs)
            yield from (("shelf", shelf.key) for shelf in view.shelves)
            yield from (("open", card.id) for card in view.cards)
            yield "shelves" if view.up else "", ""
            yield from ((view.state.main.intent, ""), (view.state.second.intent, ""))
        case CasesView():
            yield from ((block.intent, block.value) for block in view.blocks)
            yield from (("previous" if view.previous else "", ""), ("skip", ""))
        case GuideView():
            yield from (("section", tab.section) for tab in view.tabs)
            yield from ((block.intent, block.value) for block in view.blocks)
            yield from (("take" if view.taking.button else "", ""), (view.printing.intent, ""))
        case ChooseView():
            yield from (("queue", card.id) for card in view.cards)
        case IdentifyView():
            yield from ((view.main_intent, ""), ("without_card" if view.without else "", ""))
        case ConfirmView():
            yield from ((view.main_intent, ""), (view.second_intent, ""), ("check" if view.check else "", ""))
        case DoneView():
            yield from (("copy" if view.copy else "", ""), ("finish", ""))
        case FaultView():
            yield from ((view.main_intent, ""), (view.second_intent, ""))
    if page := getattr(view, "before_value", ""):
        yield "page", page
    if page := getattr(view, "after_value", ""):
        yield "page", page


class Versions(RuleBasedStateMachine):
    files: tuple[Path, ...]
    make_copies: type[Copies] | type[CopiesFromHall] = Copies

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.copies = self.make_copies(Path(self.folder.name), self.files[0])
        self.keys = (f"key-{n}" for n in count(1))
        self.tickets = count(1)
        self.desk: GuideDesk | None = None
        self.seconds = 0.0
        self.away = False
        self.paperless = False
        self.soon = False

    def teardown(self) -> None:
        if self.desk is not None:
            self.desk.close()
        self.folder.cleanup()

    # -- the process ------------------------------------------------------------------------------------------

    @initialize()
    def boot(self) -> None:
        """What was not written anywhere is gone: queues, answers under way, whoever stood there."""
        if self.desk is not None:
            self.desk.close()
            self.copies.boot()
        self.desk = None
        self.journey = Journey(
            make_key=lambda: next(self.keys), features=frozenset({"guide"}), phone_url="http://hall"
        )
        self.jobs: deque[Callable[[], None]] = deque([self.open])
        self.posted: deque[Event] = deque()
        self.asked_of_hall: deque[IssueTicket] = deque()
        self.to_print: deque[PrintSlip | PrintNotice] = deque()
        self.issued: dict[str, IssueTicket] = {}  # by ticket
        self.leave()
        for event in (Ticked(samples.NOW, self.seconds), HallChanged(samples.hall()), ReaderChanged(None)):
            self.see(event)
        self.see(PrinterChanged("fault.paper_out" if self.paperless else None))
        self.see(HallLost("hall.unreachable") if self.away else HallBack())

    def open(self) -> None:
        self.desk = GuideDesk(self.copies, lambda event: self.posted.append(event))
        self.desk.open()

    def leave(self) -> None:
        """Whoever comes next has seen and asked nothing."""
        self.seen = set[str]()
        self.searched = {""}
        self.opened = set[str]()

    def see(self, event: Event) -> None:
        """As the wiring does it: the journey decides, then what it wants is carried out."""
        visit = self.journey._terminal.visit
        effects = self.journey.handle(event)
        if self.journey._terminal.visit is not visit:
            self.leave()
        self.look()
        for effect in effects:
            self.carry_out(effect)

    def carry_out(self, effect: Effect) -> None:
        match effect:
            case Search() | Browse() | OpenGuide():
                if isinstance(effect, Search):
                    self.searched.add(effect.text)
                if isinstance(effect, OpenGuide):
                    self.opened.add(effect.id)
                self.ask(effect)
            case Forget():
                self.jobs.append(self.between)
            case IssueTicket():
                if effect.item:
                    assert marks(effect.item_name) == {mark_of(effect.catalogue)} == self.seen
                self.asked_of_hall.append(effect)
            case PrintSlip():
                wanted = self.issued[effect.ticket.id]
                assert (effect.item_name, effect.catalogue) == (wanted.item_name, wanted.catalogue)
                self.to_print.append(effect)
            case PrintNotice():
                notice = notice_of(effect, hall="H", terminal="K01", phone_url="http://hall", now=samples.NOW)
                assert notice.version == effect.catalogue
                assert marks(notice) == {mark_of(effect.catalogue)} == self.seen
                assert effect.page.id in self.opened
                self.to_print.append(effect)
            case _:
                pass

    def ask(self, effect: Search | Browse | OpenGuide) -> None:
        """What is answered soon is seen before what was posted; what is not, is posted like all else."""
        self.jobs.append(job := lambda: self.desk.carry_out(effect) if self.desk else None)
        if not self.soon:
            return
        while self.jobs[0] is not job:
            self.work()
        posted, self.posted = self.posted, deque()
        self.work()
        answers, self.posted = self.posted, posted
        self.posted += [event for event in answers if isinstance(event, CatalogueChanged)]
        for event in answers:
            if not isinstance(event, CatalogueChanged):
                self.see(event)

    def between(self) -> None:
        if self.desk is not None:
            self.desk.between_citizens()

    def look(self) -> None:
        """A screen shows one version, and a visit sees one."""
        view = self.journey.view
        if isinstance(
            view, FindView
        ):  # words to begin with are no guide's text, and what was typed is nobody's
            begins = view.mode == "start"
            view = (view.cards, view.state, () if begins else view.chips)
        now = marks(view)
        assert len(now) <= 1
        if isinstance(view, GuideView):
            (version,) = (word for word in view.version.split() if "-" in word)
            assert now == {mark_of(version)}
        self.seen |= now
        assert len(self.seen) <= 1

    # -- what people do ---------------------------------------------------------------------------------------

    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        if touches := offered(self.journey.view):
            intent = data.draw(st.sampled_from(sorted({intent for intent, _ in touches})))
            self.see(Touched(*data.draw(st.sampled_from([each for each in touches if each[0] == intent]))))

    @rule(data=st.data(), touches=st.integers(1, 6))
    def touch_in_peace(self, data: st.DataObject, touches: int) -> None:
        """Touches after everything has been answered: how most visits go."""
        for _ in range(touches):
            self.settle()
            if self.asked_of_hall:
                self.hall_answers(refused=False)
            self.touch(data)

    @rule(data=st.data(), way=st.sampled_from(["take", "notice", "confirm", "without_card", "answer"]))
    def go_on(self, data: st.DataObject, way: str) -> None:
        """What leads to paper."""
        if touches := [touch for touch in offered(self.journey.view) if touch[0] == way]:
            self.see(Touched(*data.draw(st.sampled_from(touches))))

    @rule(data=st.data(), hurried=st.booleans())
    def look_something_up(self, data: st.DataObject, hurried: bool) -> None:
        for way in ("guide", "word", "open"):
            if touches := [touch for touch in offered(self.journey.view) if touch[0] == way]:
                self.see(Touched(*data.draw(st.sampled_from(touches))))
            if not hurried:
                self.settle()

    @rule(intent=st.sampled_from(["back", "back", "back", "home", "language", "large"]))
    def touch_the_frame(self, intent: str) -> None:
        if intent in {item.intent for item in self.journey.frame.bar}:
            self.see(Touched(intent))

    def lay_card(self) -> None:
        self.see(Presented())
        self.see(PersonKnown(samples.person()))

    @rule(seconds=st.sampled_from([1, 1, 1, 3, 46, 61]))
    def wait(self, seconds: int) -> None:
        self.seconds += seconds
        self.see(Ticked(samples.NOW + timedelta(seconds=self.seconds), self.seconds))
        if self.journey.screen == "welcome":
            self.jobs.append(self.between)

    # -- what the workers do ----------------------------------------------------------------------------------

    @precondition(lambda self: self.jobs)
    @rule()
    def work(self) -> None:
        self.jobs.popleft()()

    @precondition(lambda self: self.posted)
    @rule()
    def deliver(self) -> None:
        self.see(self.posted.popleft())

    @precondition(lambda self: self.asked_of_hall)
    @rule(refused=st.sampled_from([False, False, False, True]))
    def hall_answers(self, refused: bool) -> None:
        asked = self.asked_of_hall.popleft()
        if self.away or refused:
            self.see(TicketRefused(asked.key, "hall.unreachable" if self.away else "queue.quota_reached"))
            return
        ticket = samples.ticket()
        self.issued[ticket.id] = asked
        self.see(TicketIssued(asked.key, ticket))

    @precondition(lambda self: self.to_print)
    @rule(good=st.booleans(), sure=st.booleans())
    def printer_ends(self, good: bool, sure: bool) -> None:
        code = "fault.paper_jam"
        match self.to_print.popleft():
            case PrintSlip(ticket):
                self.see(PaperPrinted(ticket.id) if good else PaperFailed(ticket.id, code, sure))
            case PrintNotice(job):
                self.see(NoticePrinted(job) if good else NoticeFailed(job, code, sure))

    # -- what happens to them ---------------------------------------------------------------------------------

    @rule(which=st.integers(0, 2))
    def version_arrives(self, which: int) -> None:
        self.copies.stage(self.files[which])

    @rule(
        what=st.sampled_from(
            [
                "file_breaks",
                "file_breaks",
                "process_crashes",
                "hall_comes_and_goes",
                "paper_comes_and_goes",
                "bug_is_met",
                "lay_card",
            ]
        )
    )
    def something_happens(self, what: str) -> None:
        getattr(self, what)()

    @rule(soon=st.booleans())
    def machine_is_quick_or_slow(self, soon: bool) -> None:
        self.soon = soon

    def file_breaks(self) -> None:
        self.copies.damage()

    def process_crashes(self) -> None:
        self.boot()

    def hall_comes_and_goes(self) -> None:
        self.away = not self.away
        self.see(HallLost("hall.unreachable") if self.away else HallBack())

    def paper_comes_and_goes(self) -> None:
        self.paperless = not self.paperless
        self.see(PrinterChanged("fault.paper_out" if self.paperless else None))

    def bug_is_met(self) -> None:
        self.see(Faulted("fault.internal"))

    def settle(self) -> None:
        while self.jobs or self.posted:
            while self.jobs:
                self.work()
            while self.posted:
                self.deliver()

    # -- what must always hold --------------------------------------------------------------------------------

    @rule()
    def nobody_waits_for_an_answer_that_never_comes(self) -> None:
        self.settle()
        self.wait(LONG)
        view = self.journey.view
        if isinstance(view, FindView):
            assert view.mode in ("start", "results", "missing")
            assert (view.mode == "start") <= (not view.typed)
            if view.mode == "start" and self.desk is not None:
                assert marks(view.chips) == {mark_of(self.desk.version)}
        if isinstance(view, BrowseView):
            assert view.shelves or view.cards or view.state.main.intent or view.state.code

    @invariant()
    def what_is_shown_was_asked_for_in_this_visit(self) -> None:
        visit = self.journey._terminal.visit
        assert visit.query in self.searched
        assert visit.found is None or visit.found.text in self.searched
        assert visit.reading is None or visit.reading.page.id in self.opened
        if self.journey.screen == "welcome":
            assert visit == Visit()
            assert not marks(self.journey.view)

    @invariant()
    def every_page_can_be_drawn(self) -> None:
        assert self.journey.view
        assert self.journey.frame.bar


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("marked")
    return tuple(write_marked(folder, at) for at in range(3))


def test_every_text_of_a_page_bears_the_mark_of_its_version(files: tuple[Path, ...]) -> None:
    posted: list[Event] = []
    for at, file in enumerate(files):
        Versions.files = files
        with TemporaryDirectory() as folder:
            desk = GuideDesk(Copies(Path(folder), file), posted.append)
            desk.open()
            for id in ("card", "food", "shop", "health-code"):
                desk.carry_out(OpenGuide(id))
            desk.close()
        assert all(marks(event) == {"犇骉羴"[at]} for event in posted)
        assert len(posted) == 5
        posted.clear()


class FromHall(Versions):
    """The same with the real store: a hall publishes, files are fetched, verified, adopted, set aside."""

    make_copies = CopiesFromHall


@pytest.mark.parametrize(("machine", "examples"), [(Versions, 120), (FromHall, 60)])
def test_no_screen_notice_or_ticket_mixes_two_versions(
    files: tuple[Path, ...], machine: type[Versions], examples: int
) -> None:
    Versions.files = files
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink one takes minutes
        ),
    )
