"""The queue against a model made of plain lists, under any order of commands, legal or not."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hall.journal.chain import Head, genesis, linked
from hall.journal.codec import decode, encode
from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.decide import decide
from hall.queue.evolve import evolve
from hall.queue.model import PaperReport, QueueId, State, TicketId, WindowId
from hall.queue.refusal import Refusal
from hall.wire.messages import Priority
from tests.unit.hall.small_hall import MORNING, make_plan

QUEUES = {"1": "ab", "2": "b", "3": "ac"}
LANES = ("transferred", "priority", "ordinary")
windows = st.sampled_from(sorted(QUEUES))
queues = st.sampled_from("abc")
LIVE = ("waiting", "called", "serving", "parked")


HABITS = ["call", "call", "call", "start", "finish", "recall", "miss", "back", "park", "resume"]
HABITS += ["a", "b", "c", "a1", "a3", "b1", "b2", "c3"]  # transfers to a queue, or to a window of it


@dataclass
class Person:
    """A ticket of the model."""

    id: str
    queue: str
    favoured: bool
    order: int
    state: str = "waiting"
    window: str | None = None
    recalls: int = 0
    who: str | None = None
    paper: str = "none"
    job: str = ""
    agreed: int = 0  # certificates
    viewed: set[int] = field(default_factory=set)


@dataclass
class Model:
    """Lists and dictionaries, searched from the front."""

    people: dict[str, Person] = field(default_factory=dict)
    lines: dict[tuple[str, str], list[Person]] = field(default_factory=dict)
    desks: dict[str, str] = field(default_factory=lambda: dict.fromkeys(QUEUES, "closed"))
    streak: dict[str, int] = field(default_factory=lambda: dict.fromkeys("abc", 0))
    issued: dict[str, int] = field(default_factory=lambda: dict.fromkeys("abc", 0))
    checked_in: dict[str, str] = field(default_factory=dict)

    def line(self, queue: str, lane: str) -> list[Person]:
        return self.lines.setdefault((queue, lane), [])

    def lane_of(self, person: Person) -> str:
        return next(lane for (_, lane), line in self.lines.items() if person in line)

    def current(self, window: str) -> Person | None:
        return next(
            (p for p in self.people.values() if p.window == window and p.state in ("called", "serving")), None
        )

    def holds(self, queue: str, who: str) -> bool:
        return any(p.who == who and p.queue == queue and p.state in LIVE for p in self.people.values())

    def next(self, window: str) -> Person | None:
        if own := [self.line(q, window)[0] for q in QUEUES[window] if self.line(q, window)]:
            return min(own, key=lambda p: p.order)
        heads = [
            (min(self.line(q, lane)[0].order for lane in LANES if self.line(q, lane)), q)
            for q in QUEUES[window]
            if any(self.line(q, lane) for lane in LANES)
        ]
        if not heads:
            return None
        _, queue = min(heads)
        moved, favoured, plain = (self.line(queue, lane) for lane in LANES)
        if moved:
            return moved[0]
        if favoured and (not plain or self.streak[queue] < 2):
            return favoured[0]
        return plain[0]

    def leave(self, person: Person) -> None:
        self.line(person.queue, self.lane_of(person)).remove(person)


class QueueMachine(RuleBasedStateMachine):
    plan: ClassVar = make_plan()

    def __init__(self) -> None:
        super().__init__()
        self.state, self.now, self.model = State(), MORNING, Model()
        self.events: list[e.Event] = []
        self.calls: list[tuple[Person, str]] = []

    @initialize()
    def windows_open(self) -> None:
        for window in ("1", "3"):
            self.do(c.OpenWindow(WindowId(window)), True)
            self.model.desks[window] = "open"

    def do(self, command: c.Command, legal: bool) -> tuple[e.Event, ...]:
        before = self.state
        self.now += timedelta(seconds=7)
        outcome = decide(self.state, command, self.now, self.plan)
        assert self.state == before, "deciding changes nothing"
        assert isinstance(outcome, Refusal) != legal, (command, outcome)
        if isinstance(outcome, Refusal):
            return ()
        for event in outcome:
            self.events.append(event)
            self.state = evolve(self.state, event)
        return outcome

    def pick(self, data: Any, *states: str) -> Person:
        """Somebody; most often one in one of ``states``, whom the command is meant for."""
        people = self.model.people
        fitting = sorted(p.id for p in people.values() if p.state in states)
        anybody = not fitting or data.draw(st.integers(0, 4)) == 0
        return people[data.draw(st.sampled_from(sorted(people) if anybody else fitting))]

    @rule(
        crowd=st.lists(
            st.tuples(queues, st.booleans(), st.sampled_from([None, "p", "q", "r"])), min_size=2, max_size=6
        )
    )
    def people_come(self, crowd: list[tuple[str, bool, str | None]]) -> None:
        for queue, favoured, who in crowd:
            self.take(queue, favoured, who, True)

    @rule(window=windows, count=st.integers(1, 5))
    def serve(self, window: str, count: int) -> None:
        for _ in range(count):
            if self.model.current(window):
                self.finish(window)
            self.call_next(window)

    @rule(queue=queues, favoured=st.booleans(), who=st.sampled_from([None, "p", "q"]), paper=st.booleans())
    def take(self, queue: str, favoured: bool, who: str | None, paper: bool) -> None:
        who = None if queue == "c" else who
        full = queue == "c" and self.model.issued["c"] == 5
        legal = not full and not (who and self.model.holds(queue, who))
        priority: Priority = "elder" if favoured else "ordinary"
        events = self.do(c.Take(QueueId(queue), priority, who and who * 64, paper), legal)
        if not legal:
            return
        taken = events[-1]
        assert isinstance(taken, e.TicketTaken)
        self.model.issued[queue] += 1
        assert taken.number == f"{queue.upper()}{self.model.issued[queue]:0{2 if queue == 'a' else 3}d}"
        person = Person(taken.ticket, queue, favoured, len(self.model.people), who=who)
        person.paper = "reserved" if paper else "none"
        self.model.people[taken.ticket] = person
        self.model.line(queue, "priority" if favoured else "ordinary").append(person)

    @rule(window=windows)
    def call_next(self, window: str) -> None:
        model, expected = self.model, self.model.next(window)
        legal = model.desks[window] == "open" and model.current(window) is None and expected is not None
        events = self.do(c.CallNext(WindowId(window)), legal)
        if not legal or expected is None:
            return
        called = events[-1]
        assert isinstance(called, e.TicketCalled)
        assert called.ticket == expected.id
        lane = model.lane_of(expected)
        if lane == "priority":
            waited = model.line(expected.queue, "ordinary")
            model.streak[expected.queue] = model.streak[expected.queue] + 1 if waited else 0
        elif lane == "ordinary":
            model.streak[expected.queue] = 0
        model.leave(expected)
        expected.state, expected.window, expected.recalls = "called", window, 0
        self.calls.append((expected, lane))

    @rule(window=windows)
    def recall(self, window: str) -> None:
        person = self.model.current(window)
        legal = person is not None and person.state == "called" and person.recalls < 1
        self.do(c.Recall(WindowId(window)), legal)
        if legal and person is not None:
            person.recalls += 1

    @rule(window=windows)
    def miss(self, window: str) -> None:
        person = self.model.current(window)
        legal = person is not None and person.state == "called"
        self.do(c.Miss(WindowId(window)), legal)
        if legal and person is not None:
            person.state = "missed"

    @rule(window=windows)
    def start(self, window: str) -> None:
        person = self.model.current(window)
        legal = person is not None and person.state == "called"
        self.do(c.Start(WindowId(window)), legal)
        if legal and person is not None:
            person.state = "serving"

    @rule(window=windows)
    def finish(self, window: str) -> None:
        person = self.model.current(window)
        events = self.do(c.Finish(WindowId(window)), person is not None)
        if person is not None:
            assert len(events) == (2 if person.state == "called" else 1)
            person.state = "finished"

    @rule(window=windows, papers=st.booleans())
    def park(self, window: str, papers: bool) -> None:
        person = self.model.current(window)
        self.do(c.Park(WindowId(window), papers), person is not None)
        if person is not None:
            person.state = "parked"

    @precondition(lambda self: self.model.people)
    @rule(window=windows, data=st.data())
    def resume(self, window: str, data: Any) -> None:
        self.resumed(window, self.pick(data, "parked"))

    def resumed(self, window: str, person: Person) -> None:
        free = self.model.current(window) is None and self.model.desks[window] != "closed"
        legal = person.state == "parked" and person.window == window and free
        self.do(c.Resume(WindowId(window), TicketId(person.id)), legal)
        if legal:
            person.state = "serving"

    @precondition(lambda self: self.model.people)
    @rule(window=windows, data=st.data())
    def come_back(self, window: str, data: Any) -> None:
        self.returned(window, self.pick(data, "missed"))

    def returned(self, window: str, person: Person) -> None:
        taken = person.who is not None and self.model.holds(person.queue, person.who)
        legal = person.state == "missed" and person.queue in QUEUES[window] and not taken
        self.do(c.Return(WindowId(window), TicketId(person.id)), legal)
        if legal:
            person.state, person.window = "waiting", None
            self.model.line(person.queue, "priority" if person.favoured else "ordinary").insert(2, person)

    @rule(script=st.lists(st.tuples(windows, st.sampled_from(HABITS)), min_size=5, max_size=30))
    def clerks_work(self, script: list[tuple[str, str]]) -> None:
        """What clerks do all day; single commands, legal or not, come from the other rules."""
        for window, habit in script:
            match habit:
                case "call" | "recall" | "miss" | "start" | "finish":
                    getattr(self, "call_next" if habit == "call" else habit)(window)
                case "park":
                    self.park(window, True)
                case "back" | "resume":
                    state = "missed" if habit == "back" else "parked"
                    for person in [p for p in self.model.people.values() if p.state == state][-1:]:
                        (self.returned if habit == "back" else self.resumed)(window, person)
                case other:
                    self.transfer(window, other[0], other[1:] or None)

    @rule(window=windows, queue=queues, to=st.sampled_from([None, "1", "2", "3"]))
    def transfer(self, window: str, queue: str, to: str | None) -> None:
        person = self.model.current(window)
        serving = to is None or (queue in QUEUES[to] and to != window and self.model.desks[to] != "closed")
        legal = person is not None and serving
        self.do(c.Transfer(WindowId(window), QueueId(queue), WindowId(to) if to else None), legal)
        if legal and person is not None:
            person.state, person.queue, person.window = "waiting", queue, to
            self.model.line(queue, to or "transferred").append(person)

    @precondition(lambda self: self.model.people)
    @rule(window=windows, data=st.data())
    def abandon(self, window: str, data: Any) -> None:
        person = self.pick(data, "waiting", "missed", "parked", "called")
        match person.state:
            case "waiting" | "missed":
                legal = person.queue in QUEUES[window]
            case "called" | "serving" | "parked":
                legal = person.window == window
            case _:
                legal = False
        self.do(c.Abandon(WindowId(window), TicketId(person.id)), legal)
        if legal:
            if person.state == "waiting":
                self.model.leave(person)
            person.state = "abandoned"

    @rule(window=windows, sign=st.sampled_from(["open", "open", "open", "pause", "close"]))
    def turn_the_sign(self, window: str, sign: str) -> None:
        model, at = self.model, WindowId(window)
        match sign:
            case "open":
                self.do(c.OpenWindow(at), True)
                model.desks[window] = "open"
            case "pause":
                legal = model.desks[window] != "closed"
                self.do(c.PauseWindow(at), legal)
                model.desks[window] = "paused" if legal else "closed"
            case "close":
                legal = model.current(window) is None
                self.do(c.CloseWindow(at), legal)
                if not legal:
                    return
                model.desks[window] = "closed"
                for queue in "abc":
                    for person in model.line(queue, window):
                        person.window = None
                    model.line(queue, "transferred").extend(model.line(queue, window))
                    model.line(queue, window).clear()

    @precondition(lambda self: self.model.people)
    @rule(
        data=st.data(),
        job=st.sampled_from(["j1", "j2"]),
        state=st.sampled_from(["printing", "printed", "failed", "unknown"]),
    )
    def report_paper(self, data: Any, job: str, state: PaperReport) -> None:
        person = self.pick(data)
        same = (job, state) == (person.job, person.paper)
        fresh = person.paper in ("none", "reserved") or (person.paper == "failed" and job != person.job)
        ends = person.paper in ("printing", "unknown", "failed") and job == person.job and state != "printing"
        legal = same or fresh or ends
        self.do(c.ReportPaper(TicketId(person.id), job, state), legal)
        if legal:
            person.job, person.paper = job, state

    @rule(queue=queues, appointment=st.sampled_from(["ap-1", "ap-2", "ap-3", "ap-4"]))
    def check_in(self, queue: str, appointment: str) -> None:
        full = queue == "c" and self.model.issued["c"] == 5
        legal = not full and appointment not in self.model.checked_in
        events = self.do(c.Take(QueueId(queue), "appointment", appointment=appointment), legal)
        if not legal:
            return
        taken = events[-1]
        assert isinstance(taken, e.TicketTaken)
        self.model.issued[queue] += 1
        self.model.checked_in[appointment] = taken.ticket
        person = Person(taken.ticket, queue, True, len(self.model.people), paper="reserved")
        self.model.people[taken.ticket] = person
        self.model.line(queue, "priority").append(person)

    @precondition(lambda self: self.model.people)
    @rule(data=st.data(), count=st.integers(1, 3))
    def attach(self, data: Any, count: int) -> None:
        person = self.pick(data, "waiting", "called", "serving")
        legal = person.state not in ("finished", "abandoned")
        self.do(c.Attach(TicketId(person.id), count), legal)
        person.agreed += count if legal else 0

    @precondition(lambda self: self.model.people)
    @rule(window=windows, data=st.data(), count=st.integers(1, 3))
    def agree_and_look(self, window: str, data: Any, count: int) -> None:
        """What is meant to happen: whoever is at a window agrees, and the clerk looks at one after another."""
        person = self.model.current(window)
        if person is None:
            return
        self.do(c.Attach(TicketId(person.id), count), True)
        person.agreed += count
        for place in data.draw(st.permutations(range(1, person.agreed + 1))):
            self.look(window, person, place)

    @precondition(lambda self: self.model.people)
    @rule(window=windows, data=st.data(), place=st.integers(-1, 4))
    def look_at_anything(self, window: str, data: Any, place: int) -> None:
        self.look(window, self.pick(data, "called", "serving"), place)

    def look(self, window: str, person: Person, place: int) -> None:
        here = person.window == window and person.state in ("called", "serving")
        legal = here and 1 <= place <= person.agreed and place not in person.viewed
        self.do(c.ViewCertificate(WindowId(window), TicketId(person.id), place), legal)
        if legal:
            person.viewed.add(place)

    @precondition(lambda self: len(self.model.people) > 15)
    @rule()
    def next_day(self) -> None:
        """A night passes: whatever was left is gone, numbers begin again."""
        self.now += timedelta(days=1)
        closed, opened = (
            self.do(c.OpenDay(), True)[:2] if self.state.open else (None, self.do(c.OpenDay(), True)[0])
        )
        assert isinstance(opened, e.DayOpened)
        if closed is not None:
            assert isinstance(closed, e.DayClosed)
            left = {p.id for p in self.model.people.values() if p.state not in ("finished", "abandoned")}
            assert set(closed.left) == left
        self.model, self.calls = Model(), []

    # -- what always holds --------------------------------------------------------------------------------

    @invariant()
    def every_ticket_is_where_the_model_says(self) -> None:
        assert {t.id: t.state for t in self.state.tickets.values()} == {
            p.id: p.state for p in self.model.people.values()
        }
        assert {t.id: t.paper for t in self.state.tickets.values()} == {
            p.id: p.paper for p in self.model.people.values()
        }

    @invariant()
    def what_was_agreed_and_viewed_is_what_the_model_says(self) -> None:
        assert {
            t.id: (t.certificates, set(t.viewed), len(t.viewed)) for t in self.state.tickets.values()
        } == {p.id: (p.agreed, p.viewed, len(p.viewed)) for p in self.model.people.values()}
        assert dict(self.state.appointments) == self.model.checked_in

    @invariant()
    def every_ticket_is_in_exactly_one_place(self) -> None:
        places: list[str] = []
        for queue, lanes in self.state.queues.items():
            lines = (
                lanes.transferred,
                lanes.priority,
                lanes.ordinary,
                lanes.missed,
                *lanes.directed.values(),
            )
            places += [ticket for line in lines for ticket in line]
            for ticket in lanes.unprinted:
                assert self.state.tickets[TicketId(ticket)].state == "waiting"
                assert self.state.tickets[TicketId(ticket)].queue == queue
        for desk in self.state.windows.values():
            places += [*desk.parked, *([desk.current] if desk.current else [])]
        held = [t.id for t in self.state.tickets.values() if t.state not in ("finished", "abandoned")]
        assert sorted(places) == sorted(held)

    @invariant()
    def lines_stand_as_in_the_model(self) -> None:
        for queue in "abc":
            lanes = self.state.lanes(QueueId(queue))
            for lane in LANES:
                assert list(getattr(lanes, lane)) == [p.id for p in self.model.line(queue, lane)]
            for window in QUEUES:
                directed = lanes.directed.get(WindowId(window), ())
                assert list(directed) == [p.id for p in self.model.line(queue, window)]

    @invariant()
    def the_clerk_sees_every_waiting_number_without_sure_paper(self) -> None:
        seen = {t for lanes in self.state.queues.values() for t in lanes.unprinted}
        bad = {
            p.id
            for p in self.model.people.values()
            if p.state == "waiting" and p.paper in ("failed", "unknown")
        }
        assert seen == bad

    @invariant()
    def nobody_of_a_class_is_overtaken_by_a_later_one_of_it(self) -> None:
        """But by the written exceptions: a return and a transfer."""
        moved = {
            event.ticket for event in self.events if isinstance(event, e.TicketReturned | e.TicketTransferred)
        }
        for queue in "abc":
            for favoured in (True, False):
                orders = [
                    p.order
                    for p, lane in self.calls
                    if p.id not in moved and p.favoured == favoured and p.queue == queue and lane in LANES
                ]
                assert orders == sorted(orders)

    def teardown(self) -> None:
        """The day again, out of its own journal."""
        records, head = [genesis("small")], Head(0, genesis("small").hash)
        for event in self.events:
            records.append(encode(event, head, "test", "key"))
            head = Head(records[-1].seq, records[-1].hash)
        state = State()
        for record in list(linked(records))[1:]:
            state = evolve(state, decode(record))
        assert state == self.state


TestQueue = QueueMachine.TestCase
TestQueue.settings = settings(
    max_examples=120,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
