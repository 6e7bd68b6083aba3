"""How a terminal moves to another address or authority of its broker, and what it does with a wrong one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from provisioning.agent import ways
from provisioning.agent.effects import Effect, Reach
from provisioning.agent.inputs import Disconnected, Received
from provisioning.agent.ways import NOTED, PAUSE, SPREAD, TRY
from provisioning.wire import topics
from provisioning.wire.documents import access_tag
from provisioning.wire.messages import Access, Ack, BrokerAccess, EventBatch
from tests.unit.provisioning.agent.machine import BEGAN, DEVICE, Killed, Machine

OLD, NEW, OTHER = (BrokerAccess(url=f"mqtts://{name}.example:8883") for name in ("old", "new", "other"))


def access(broker: BrokerAccess, second: int, **more: Any) -> Access:
    return Access(since=datetime.fromtimestamp(BEGAN, UTC) + timedelta(seconds=second), **dict(broker) | more)


class Terminal(Machine):
    """Brokers in ``up`` take it in; behind those in ``centres`` somebody answers its events."""

    def __init__(self) -> None:
        super().__init__()
        self.up = {OLD.url}
        self.centres = {OLD.url}
        self.reached: list[str] = []
        self.enrolled = OLD

    def boot(self) -> None:
        self.broker = False
        super().boot()
        self.reached.append(self.way)
        self.dial()

    @property
    def way(self) -> str:
        assert self.agent is not None
        assert self.agent.broker is not None
        return self.agent.broker.url

    @property
    def tag(self) -> str:
        return self.reported.access

    def dial(self) -> None:
        """The link of a runner, which tries for ever, has its moment."""
        if self.way in self.up and not self.linked:
            self.connect()
        elif self.way not in self.up and self.linked:
            self.linked = False
            self.tell(Disconnected())

    def brokers(self, *up: BrokerAccess, centre: bool = True) -> None:
        self.up = {one.url for one in up}
        self.centres = set(self.up) if centre else set()
        self.dial()

    def _carry(self, effects: list[Effect]) -> None:
        super()._carry([effect for effect in effects if not isinstance(effect, Reach)])
        if any(isinstance(effect, Reach) for effect in effects):
            self.linked = False
            self.reached.append(self.way)

    def wait(self, seconds: float) -> None:
        step = 1 if seconds < 200 else 15
        for _ in range(int(seconds / step)):
            super().wait(step)
            self.dial()
            self.answer()

    def answer(self) -> None:
        """What the centre says to events since the last time."""
        asked, self.sent = [p for p in self.sent if p.topic == topics.events(DEVICE)], self.sent
        if self.linked and self.way in self.centres and len(asked) > self.answered:
            last = EventBatch.model_validate_json(asked[-1].payload).events
            self.answered = len(asked)
            self.tell(
                Received(
                    "ack", Ack(stream="agent", seq=last[-1].seq if last else 0).model_dump_json().encode()
                )
            )

    answered = 0


@pytest.fixture
def terminal() -> Terminal:
    made = Terminal()
    made.confirm_first()
    made.reached.clear()
    return made


def notes(terminal: Terminal) -> list[str]:
    return [e.type for batch in terminal.batches for e in batch.events if e.type.startswith("access.")]


def test_a_way_that_proves_itself_takes_the_place_of_the_old_one_for_good(terminal: Terminal) -> None:
    terminal.brokers(OLD, NEW)
    terminal.push(1, access=access(NEW, 1))
    terminal.wait(SPREAD + 5)
    assert (terminal.way, terminal.reached) == (NEW.url, [NEW.url])
    assert terminal.tag == access_tag(NEW, None)
    assert "access.taken" in notes(terminal)
    terminal.brokers(NEW)
    terminal.boot()
    terminal.wait(5)
    assert (terminal.way, terminal.linked) == (NEW.url, True)


def test_a_way_to_nobody_is_left_again_before_the_centre_calls_the_terminal_offline(
    terminal: Terminal,
) -> None:
    terminal.push(1, access=access(NEW, 1))
    terminal.wait(SPREAD + TRY + 5)
    assert (terminal.reached, terminal.linked) == ([NEW.url, OLD.url], True)
    assert terminal.tag == access_tag(OLD, None)
    terminal.wait(3600)
    away = terminal.reached.count(NEW.url) * TRY
    assert terminal.linked
    assert 2 * TRY < away < 6 * TRY, "it looks again, ever more seldom"
    assert notes(terminal).count("access.unproven") == terminal.reached.count(NEW.url)


def test_a_broker_with_no_centre_behind_it_proves_nothing(terminal: Terminal) -> None:
    terminal.brokers(OLD, NEW)
    terminal.centres = {OLD.url}
    terminal.push(1, access=access(NEW, 1))
    terminal.wait(SPREAD + TRY + 5)
    assert terminal.reached == [NEW.url, OLD.url]
    assert terminal.tag == access_tag(OLD, None)


def test_a_move_that_nobody_could_try_before_is_followed_when_the_old_way_ends(terminal: Terminal) -> None:
    terminal.push(1, access=access(NEW, 1))
    terminal.wait(SPREAD + TRY + 5)
    assert terminal.way == OLD.url
    terminal.brokers(NEW)
    terminal.wait(TRY + 5)
    assert (terminal.way, terminal.linked, terminal.tag) == (NEW.url, True, access_tag(NEW, None))


def test_a_broker_that_is_only_started_anew_is_waited_for(terminal: Terminal) -> None:
    terminal.push(1, access=access(NEW, 1))
    terminal.wait(SPREAD + TRY + 5)
    terminal.reached.clear()
    terminal.brokers()
    terminal.wait(TRY - 5)
    terminal.brokers(OLD)
    assert (terminal.reached, terminal.linked) == ([], True)


def test_while_nobody_answers_both_are_tried_for_ever(terminal: Terminal) -> None:
    terminal.push(1, access=access(NEW, 1))
    terminal.brokers()
    terminal.wait(12 * TRY)
    assert terminal.reached[:6] == [NEW.url, OLD.url] * 3
    terminal.wait(6 * 3600)
    terminal.brokers(OLD)
    terminal.wait(2 * TRY)
    assert terminal.linked
    assert notes(terminal) == ["access.unproven"] * NOTED, "hours of it fill no outbox"


def test_an_access_said_again_by_somebody_who_kept_it_changes_nothing(terminal: Terminal) -> None:
    terminal.brokers(OLD, NEW)
    terminal.push(1, access=access(OTHER, 1))
    terminal.push(1, access=access(NEW, 2))
    terminal.wait(SPREAD + 5)
    terminal.push(1, access=access(OTHER, 1))
    terminal.wait(PAUSE[1])
    assert (terminal.way, set(terminal.reached)) == (NEW.url, {NEW.url})


def test_a_centre_whose_clock_ran_ahead_is_heard_again_when_it_is_right(terminal: Terminal) -> None:
    year = 366 * 86400
    terminal.brokers(OLD, NEW)
    terminal.push(1, access=access(OTHER, year))
    terminal.push(1, access=access(NEW, int(terminal.wall - BEGAN) + 1))
    terminal.wait(SPREAD + 5)
    assert terminal.way == NEW.url


@pytest.mark.parametrize("fault", [{"rev": 1}, {"rev": 3, "device": "h12-k04"}, {"rev": 3, "by": "b"}])
def test_a_document_that_is_not_believed_brings_no_access(terminal: Terminal, fault: dict[str, Any]) -> None:
    terminal.push(2)
    terminal.wait(60)
    terminal.push(**fault, access=access(NEW, 1))
    terminal.wait(SPREAD + 5)
    assert terminal.reached == []


def test_settings_that_this_program_cannot_use_still_say_where_the_broker_is(terminal: Terminal) -> None:
    terminal.brokers(OLD, NEW)
    terminal.push(2, settings={"kiosk": "invalid"}, access=access(NEW, 1))
    terminal.wait(SPREAD + 5)
    assert terminal.way == NEW.url
    assert terminal.reported.good == 1


def test_a_probation_is_not_disturbed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "SPREAD", 0.0)
    terminal.brokers(OLD, NEW)
    terminal.push(2, apply={"when": "now"})
    terminal.push(2, access=access(NEW, 1))
    terminal.wait(15)
    assert (terminal.state, terminal.reached) == ("probation", [])
    terminal.wait(15)
    assert (terminal.state, terminal.way, terminal.tag) == ("confirmed", NEW.url, access_tag(NEW, None))


def test_what_is_taken_back_before_it_was_proven_is_not_tried_any_more(terminal: Terminal) -> None:
    terminal.push(1, access=access(NEW, 1))
    terminal.push(1, access=access(OLD, 2))
    terminal.wait(PAUSE[1])
    assert terminal.reached == []
    assert terminal.tag == access_tag(OLD, None)


def test_another_way_that_comes_during_a_trial_starts_from_the_good_one(terminal: Terminal) -> None:
    terminal.push(1, access=access(NEW, 1))
    terminal.brokers(OLD, NEW, OTHER, centre=False)
    terminal.wait(SPREAD + 1)
    assert terminal.way == NEW.url
    terminal.push(1, access=access(OTHER, 2))
    assert terminal.reached == [NEW.url, OLD.url]
    terminal.tell(Received("ack", Ack(stream="agent", seq=0).model_dump_json().encode()))
    assert terminal.agent is not None
    terminal.brokers(OLD, NEW, OTHER)
    terminal.wait(SPREAD + 5)
    assert (terminal.way, terminal.tag) == (OTHER.url, access_tag(OTHER, None))


@pytest.mark.parametrize("url", ["", "http://broker.example", "mqtts://", "mqtts://h:99999", "mqtts://h:x"])
def test_what_no_link_could_be_made_with_is_refused_and_told(terminal: Terminal, url: str) -> None:
    terminal.push(1, access=access(BrokerAccess(url=url), 1))
    terminal.wait(SPREAD + 5)
    assert (terminal.reached, notes(terminal)[-1]) == ([], "access.unusable")


@pytest.mark.parametrize("name", ["ca", "centre_ca"])
@pytest.mark.parametrize("pem", ["", "no", "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n"])
def test_certificates_that_are_none_are_refused_and_told(terminal: Terminal, name: str, pem: str) -> None:
    terminal.push(1, access=access(NEW, 1, **{name: pem}))
    terminal.wait(SPREAD + 5)
    assert (terminal.reached, notes(terminal)[-1]) == ([], "access.unusable")
    assert terminal.agent is not None
    assert terminal.agent.centre_ca is None


def test_authorities_of_the_centre_are_kept_and_disturb_no_connection(terminal: Terminal) -> None:
    pem = authority()
    terminal.push(1, access=access(OLD, 1, centre_ca=pem))
    terminal.wait(SPREAD + 5)
    assert (terminal.reached, terminal.tag) == ([], access_tag(OLD, pem))
    terminal.boot()
    assert terminal.agent is not None
    assert terminal.agent.centre_ca == pem


def test_a_disk_that_takes_nothing_forgets_no_way(terminal: Terminal) -> None:
    def full(step: str) -> None:
        raise OSError("no room")

    terminal.brokers(OLD, NEW)
    terminal.disk.fault = full
    terminal.push(1, access=access(NEW, 1))
    terminal.wait(SPREAD + 5)
    assert (terminal.reached, terminal.way) == ([], OLD.url)
    terminal.disk.fault = lambda step: None
    terminal.push(1, access=access(NEW, 1))
    terminal.wait(SPREAD + 5)
    assert terminal.way == NEW.url


@pytest.mark.parametrize("step", ["before", "written", "renamed"])
def test_power_cut_at_the_moment_of_taking_it_leaves_one_of_the_two(terminal: Terminal, step: str) -> None:
    terminal.brokers(OLD, NEW)
    terminal.push(1, access=access(NEW, 1))

    def cut(at: str) -> None:
        if at == step:
            raise Killed

    terminal.disk.fault = cut
    with pytest.raises(Killed):
        terminal.wait(SPREAD + 5)
    terminal.disk.fault = lambda step: None
    terminal._draining = False
    terminal.boot()
    terminal.wait(SPREAD + TRY + 5)
    assert (terminal.linked, terminal.way) == (True, NEW.url)


def authority() -> str:
    made, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A")]),
    )
    began = datetime.fromtimestamp(BEGAN, UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(made.public_key())
    built = built.serial_number(1).not_valid_before(began).not_valid_after(began + timedelta(days=400))
    return built.sign(made, SHA256()).public_bytes(Encoding.PEM).decode()


WAYS = st.sampled_from([OLD, NEW, OTHER])


class AnyOrder(RuleBasedStateMachine):
    """Whatever is told, wherever brokers stand, whenever the power goes: a way that once worked is found again."""

    @initialize()
    def begin(self) -> None:
        self.terminal = Terminal()
        self.terminal.confirm_first()
        self.told_at = 0

    @rule(way=WAYS, back=st.integers(0, 2))
    def told(self, way: BrokerAccess, back: int) -> None:
        self.told_at += 1
        self.terminal.push(1, access=access(way, self.told_at - back))

    @rule(up=st.sets(st.sampled_from(["old", "new", "other"])), centre=st.booleans())
    def moved(self, up: set[str], centre: bool) -> None:
        ways = {"old": OLD, "new": NEW, "other": OTHER}
        self.terminal.brokers(*(ways[name] for name in up), centre=centre)

    @rule(seconds=st.sampled_from([1, 30, 120]))
    def passes(self, seconds: int) -> None:
        self.terminal.wait(seconds)

    @rule()
    def power(self) -> None:
        self.terminal.boot()

    @rule()
    def only_the_proven_way_is_there(self) -> None:
        assert self.terminal.agent is not None
        way = self.terminal.agent._changeover.kept.way
        self.terminal.brokers(way.good or OLD)
        for _ in range(int(2 * TRY) + 5):
            if self.terminal.linked and self.terminal.way == (way.good or OLD).url:
                return
            self.terminal.wait(1)
        raise AssertionError(f"cut off with {way}")


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
