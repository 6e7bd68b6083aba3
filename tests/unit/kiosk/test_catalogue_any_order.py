"""Whatever the order of publications, lies, cut lines, power cuts, rot and boots: what is shown is good, and changes
at a boot or between two citizens only."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kiosk.catalogue.store import LONG_PAUSE, CatalogueStore
from kiosk.catalogue.workshop import Here
from tests.unit.hall.catalogue_distribution.power import MEMORY, Power, PowerCut
from tests.unit.hall.catalogue_distribution.sealed import HALL, verify_sealed
from tests.unit.kiosk.offering import Offering


class Clock:
    time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


class AnyOrder(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp(dir=MEMORY))
        self.hall, self.clock, self.power = Offering(self.place / "hall"), Clock(), Power()
        self.folder = self.place / "catalogue"
        self.revision = 0
        self.rotten = False  # since the last boot or recheck
        self.boot()

    def teardown(self) -> None:
        if hasattr(self, "place"):
            shutil.rmtree(self.place)

    # -- the world ----------------------------------------------------------------------------------------

    @rule(step=st.integers(1, 3))
    def publish(self, step: int) -> None:
        self.revision += step
        self.hall.publish(self.revision, size=4000)

    @rule(
        lie=st.sampled_from(
            [{}, {"hall": "x"}, {"revision": 1}, {"size": 9}, {"sha256": "5" * 64}, {"deltas": ()}]
        ),
        spoilt=st.none() | st.binary(max_size=40),
    )
    def lie(self, lie: dict[str, object], spoilt: bytes | None) -> None:
        self.hall.claims = lie
        self.hall.bodies = {} if spoilt is None else {"": spoilt}

    @rule(down=st.booleans(), cut_after=st.none() | st.integers(1, 4000))
    def line(self, down: bool, cut_after: int | None) -> None:
        self.hall.down, self.hall.cut_after = down, cut_after

    @rule()
    def hours_later(self) -> None:
        self.clock.time += LONG_PAUSE

    @rule(flip=st.integers(0, 3999))
    def rot(self, flip: int) -> None:
        """A bit changes on the disk, under size and time that stay."""
        for path in sorted(self.folder.glob("*.catalogue"))[:1]:
            stat, content = path.stat(), bytearray(path.read_bytes())
            content[flip % len(content)] ^= 4
            path.write_bytes(content)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
            self.rotten = True

    # -- the terminal -------------------------------------------------------------------------------------

    @rule()
    def poll(self) -> None:
        self.store.poll()

    @rule()
    def recheck(self) -> None:
        self.store.recheck()
        self.rotten = False

    @rule()
    def between_two_citizens(self) -> None:
        staged = self.store.staged()
        adopted = self.store.adopt()
        assert adopted == staged
        if adopted is not None:
            self.open_best()

    @rule()
    def boot(self) -> None:
        self.store = CatalogueStore(
            self.folder, HALL, self.hall, Here(verify_sealed), self.clock, free=lambda folder: 1 << 40
        )
        self.open_best()

    @rule()
    def lose_the_state(self) -> None:
        (self.folder / "state.json").unlink(missing_ok=True)
        self.boot()

    @rule(operations=st.integers(1, 40), adopts=st.booleans())
    def power_cut(self, operations: int, adopts: bool) -> None:
        """While it polls or adopts; then somebody switches it on again."""
        with self.power.cut_after(operations, self.folder):
            try:
                if adopts:
                    self.store.adopt()
                self.store.poll()
            except PowerCut:
                pass
        self.boot()

    def open_best(self) -> None:
        self.shown = self.store.open_best(lambda path: verify_sealed(path).version)

    # -- what must hold -----------------------------------------------------------------------------------

    @invariant()
    def what_is_shown_is_what_was_opened(self) -> None:
        if hasattr(self, "store"):
            assert self.store.version == self.shown

    @precondition(lambda self: hasattr(self, "store") and not self.rotten)
    @invariant()
    def every_file_that_may_be_opened_is_good(self) -> None:
        for held in self.store._state.held():
            path = self.store._folder.file(held.sha256)
            assert path.exists()
            assert verify_sealed(path).version == held.version

    @precondition(lambda self: hasattr(self, "store"))
    @invariant()
    def nothing_is_left_lying_about(self) -> None:
        sizes = [path.stat().st_size for path in self.folder.iterdir()]
        assert sum(sizes) < 6 * 4200

    @precondition(lambda self: hasattr(self, "store") and not self.rotten)
    @rule()
    def with_an_honest_hall_the_newest_is_shown_in_the_end(self) -> None:
        self.hall.down, self.hall.cut_after, self.hall.claims, self.hall.bodies = False, None, {}, {}
        self.clock.time += LONG_PAUSE
        self.store.poll()
        self.between_two_citizens()
        current = self.hall.shelf.current()
        assert self.shown == (current.version if current else None)
        assert self.store.states() == ()


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=30)
TestAnyOrder = AnyOrder.TestCase
