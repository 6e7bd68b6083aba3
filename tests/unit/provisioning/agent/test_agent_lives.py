"""A whole life of an agent: power cuts in every write, forged, old and repeated messages, clocks, full disks."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from provisioning.agent.inputs import Delivered, KioskDied, Received, SettingsChanged
from provisioning.agent.kept import ATTEMPTS
from provisioning.agent.vault import DiskVault
from provisioning.wire.messages import EventBatch, Reported
from tests.unit.provisioning.agent.machine import BEGAN, Killed, Machine, public

MANNERS = st.sampled_from(["well", "well", "well", "dies", "refuses", "black", "silent", "no printer"])
APPLY = st.sampled_from([{"when": "idle"}, {"when": "now"}, {"when": "window", "window": "22:00-05:00"}])


class Lives(RuleBasedStateMachine):
    """A model centre beside the real agent; the disk keeps what a real one would."""

    def __init__(self) -> None:
        super().__init__()
        self.m = Machine()
        self.rev = 0
        self.manners: dict[int, str] = {}
        self.sent: list[bytes] = []
        self.floor = 0
        self.confirmed = {0}  # revisions that were proven, by the model's own judgement
        self.centre: dict[int, str] = {}  # events as the centre keeps them
        self.acked = 0
        self.seen = 0  # publications looked at
        self.m.disk.written = self._written

    def _written(self) -> None:
        """At each write: what becomes good on the disk was proven, now."""
        kept = DiskVault(self.m.disk).load().kept
        good = kept.good.rev if kept.good else 0
        if good in self.confirmed:
            return
        assert self.manners[good] in ("well", "no printer")
        assert self.m.started[-1].revision == good
        assert self.m.mono - self.m.began >= 20  # probation_seconds
        assert self.m.linked
        assert good == kept.floor  # nothing newer had come
        self.confirmed.add(good)

    def _boot(self) -> None:
        """What boots was confirmed, or is a trial with attempts left, counted before it is started."""
        before = DiskVault(self.m.disk).load().kept
        starts = len(self.m.started)
        self.m.boot()
        first = self.m.started[starts]
        after = DiskVault(self.m.disk).load().kept
        trial = before.trial
        if trial is not None and first.revision == trial.document.rev:
            assert trial.attempts < ATTEMPTS
            assert after.trial is None or after.trial.attempts == trial.attempts + 1
        elif before.good is not None:
            assert (first.revision, first.settings) == (before.good.rev, before.good.settings)
        else:
            staged = before.staged
            assert first.settings is None or (staged is not None and first.settings == staged.settings)

    @initialize()
    def enrolled(self) -> None:
        self.m.boot()
        self.m.connect()
        self.pushed("well", {"when": "idle"}, "a")
        self.m.wait(60)

    def _safely(self, act: "object") -> None:
        assert callable(act)
        try:
            act()
        except Killed:
            self.m.disk.fault = lambda step: None
            self._look()
            self._boot()

    @rule(manner=MANNERS, apply=APPLY, by=st.sampled_from(["a", "a", "a", "b"]))
    def pushed(self, manner: str, apply: dict[str, str], by: str) -> None:
        self.rev += 1
        self.manners[self.rev] = manner
        keys = {"a": public("a"), "b": public("b")}
        wanted = {"kiosk": manner, "n": self.rev}
        payload = self.m.document(self.rev, by=by, apply=apply, settings=wanted, keys=keys)
        self.sent.append(payload)
        if self.m.linked:
            self._safely(lambda: self.m.tell(Received("desired", payload)))

    @rule(data=st.data(), times=st.integers(1, 2))
    def an_earlier_one_comes_again(self, data: st.DataObject, times: int) -> None:
        payload = data.draw(st.sampled_from(self.sent))
        if self.m.linked:
            for _ in range(times):
                self._safely(lambda: self.m.tell(Received("desired", payload)))

    @rule(by=st.sampled_from(["stranger"]), device=st.sampled_from(["h12-k03", "h12-k04"]))
    def a_forged_one(self, by: str, device: str) -> None:
        self.m.tell(Received("desired", self.m.document(self.rev + 100, by=by, device=device)))

    @rule()
    def one_for_another_terminal(self) -> None:
        self.m.tell(Received("desired", self.m.document(self.rev + 100, device="h12-k04")))

    @rule()
    def one_that_has_expired(self) -> None:
        past = datetime.fromtimestamp(self.m.wall, UTC) - timedelta(minutes=1)
        self.m.tell(Received("desired", self.m.document(self.rev + 100, expires=past)))

    @rule(seconds=st.sampled_from([0.5, 5.0, 25.0, 70.0, 700.0, 40_000.0]))
    def time_passes(self, seconds: float) -> None:
        self._safely(lambda: self.m.wait(seconds))

    @rule()
    def the_clock_is_set_back(self) -> None:
        self.m.wall = max(BEGAN - 7200, self.m.wall - 3600)

    @rule()
    def the_net_is_cut(self) -> None:
        if self.m.linked:
            self._safely(self.m.cut)

    @rule(seen=st.booleans())
    def the_net_is_back(self, seen: bool) -> None:
        if not self.m.linked:
            self._safely(self.m.connect)
            if self.m.linked and seen:
                self._safely(lambda: self.m.tell(Received("desired", self.sent[-1])))

    @rule()
    def a_late_acknowledgement(self) -> None:
        self._safely(lambda: self.m.tell(Delivered()))

    @rule(busy=st.booleans())
    def a_citizen(self, busy: bool) -> None:
        self.m.busy = busy

    @rule()
    def the_kiosk_crashes(self) -> None:
        self._safely(lambda: self.m.tell(KioskDied(self.m.started[-1].run, -11)))

    @rule()
    def somebody_edits_the_file(self) -> None:
        self._safely(lambda: self.m.tell(SettingsChanged(self.m.started[-1].run)))

    @rule()
    def power_cut(self) -> None:
        self._safely(self._boot)

    @rule(step=st.sampled_from(["before", "written", "renamed"]), writes=st.integers(0, 3))
    def the_next_write_is_cut(self, step: str, writes: int) -> None:
        left = [writes]

        def cut(at: str) -> None:
            if at == step:
                left[0] -= 1
                if left[0] < 0:
                    raise Killed

        self.m.disk.fault = cut

    @rule(full=st.booleans())
    def the_disk_fills_and_empties(self, full: bool) -> None:
        def refuse(at: str) -> None:
            if at == "before":
                raise OSError(28, "no space left on device")

        self.m.disk.fault = refuse if full else lambda at: None

    @rule(which=st.sampled_from([0, 1]), cut=st.integers(0, 40))
    def a_slot_is_torn(self, which: int, cut: int) -> None:
        """Of the older slot: the newer is fsynced and renamed, so it can be whole or absent, never torn."""
        older = f"kept.{which}"
        vault = DiskVault(self.m.disk)
        vault.load()
        if older in self.m.disk.files and vault._generation % 2 != which:
            self.m.disk.files[older] = self.m.disk.files[older][:cut]

    @rule(lose=st.booleans())
    def the_centre_acknowledges(self, lose: bool) -> None:
        if self.centre and not lose and self.m.linked:
            self._safely(lambda: self.m.ack(self.acked))

    def _look(self) -> None:
        """At all that was said since the last look; the centre keeps what comes in its turn."""
        for publish in self.m.sent[self.seen :]:
            self.seen += 1
            if publish.topic.endswith("/reported"):
                self._reported(Reported.model_validate_json(publish.payload))
            elif publish.topic.endswith("/event"):
                self._told(EventBatch.model_validate_json(publish.payload))

    def _told(self, batch: EventBatch) -> None:
        for event in batch.events:
            if event.seq == self.acked + 1:
                self.centre[event.seq] = event.type
                self.acked = event.seq
            elif event.seq <= self.acked:
                assert self.centre[event.seq] == event.type
        assert batch.lost_before == 0
        assert not batch.events or batch.events[0].seq <= self.acked + 1  # no gap

    def _reported(self, reported: Reported) -> None:
        if reported.state in ("confirmed", "drifted"):
            assert reported.rev in self.confirmed
        assert reported.good in self.confirmed
        assert reported.rev < 100 or reported.state == "rejected"

    @invariant()
    def what_is_known_holds(self) -> None:
        self._look()
        kept = DiskVault(self.m.disk).load().kept
        assert kept.floor >= self.floor
        self.floor = kept.floor
        assert kept.floor <= self.rev
        good = kept.good.rev if kept.good else 0
        assert good in self.confirmed

    def teardown(self) -> None:
        if self.m.agent is None:
            return
        # in the end all is well again, and everything converges: to the newest, or to what was good
        self.m.disk.fault = lambda step: None
        self.m.busy = False
        self.m.boot()
        if not self.m.linked:
            self.m.connect()
        self.rev += 1
        self.manners[self.rev] = "well"
        wanted = {"kiosk": "well", "n": self.rev}
        last = self.m.document(self.rev, settings=wanted, keys={"a": public("a")})
        self.m.tell(Received("desired", last))
        self.m.wait(1500)
        assert (self.m.reported.state, self.m.reported.rev) == ("confirmed", self.rev)
        for _ in range(400):
            self._look()
            if not self.m.outbox.depth():
                break
            self.m.ack(self.acked)
        assert self.m.outbox.depth() == 0
        assert sorted(self.centre) == list(range(1, self.m.outbox.last + 1))


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
