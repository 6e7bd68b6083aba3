"""Any order of showing, looking, sharing, attaching, leaving, waiting and serving, against a model of a few lines.

What lives is what the model says lives: nobody sees anything after leaving, time, or the end of a ticket, and the
window sees each certificate once.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hall.enquiry import Rules
from hall.queue import commands as c
from hall.queue.model import TicketId
from hall.shares import SECONDS
from tests.unit.hall.showing import MARKS, Showing, in_a_hall

RULES = Rules(seconds=100, most_a_terminal=3)
HERE = "/v1/presentations"


@dataclass
class Shown:
    """A presentation as the model knows it."""

    key: str
    code: str
    answer: bytes
    id: str
    certificates: list[str]
    until: float
    left: bool = False


@dataclass
class Model:
    hall: Showing
    shown: list[Shown] = field(default_factory=list)
    pages: list[tuple[str, float]] = field(default_factory=list)
    attached: list[str] = field(default_factory=list)  # of the ticket at the window, in order
    viewed: set[int] = field(default_factory=set)
    ticket: TicketId | None = None

    @property
    def now(self) -> float:
        return self.hall.seconds[0]

    def lives(self, one: Shown) -> bool:
        return not one.left and self.now < one.until

    async def show(self, _: int) -> None:
        n = len(self.shown)
        code = self.hall.told(f"SECRET-CODE{n}")
        body = {"purpose": "certificates", "code": code}
        answer = await self.hall.post(HERE, body, key=f"p{n}")
        assert answer.status_code == 201
        view = answer.json()
        ids = [one["id"] for one in view["certificates"]]
        living = [one for one in self.shown if self.lives(one)]
        if len(living) == RULES.most_a_terminal:
            living[0].left = True  # the oldest makes room
        self.shown.append(Shown(f"p{n}", code, answer.content, view["id"], ids, self.now + RULES.seconds))

    async def again(self, n: int) -> None:
        """The same key once more: the same answer, and a new verification only after it was forgotten."""
        if not self.shown:
            return
        one = self.shown[n % len(self.shown)]
        lived = self.lives(one)
        answer = await self.hall.post(HERE, {"purpose": "certificates", "code": one.code}, key=one.key)
        if lived:
            assert (answer.status_code, answer.content) == (201, one.answer)
        else:
            assert answer.json()["code"] == "code.replayed"
            # A refusal takes a place for a while too; start anew rather than count it here.
            self.hall.later(50)
            self.hall.presentations.sweep()
            self.forget_oldest()

    def forget_oldest(self) -> None:
        """Those that had to make room for what was refused."""
        kept = int(repr(self.hall.presentations).split("(")[1].split()[0])
        living = [one for one in self.shown if self.lives(one)]
        assert kept in (len(living), len(living) - 1)
        if kept < len(living):
            living[0].left = True

    async def look(self, n: int) -> None:
        if not self.shown:
            return
        one = self.shown[n % len(self.shown)]
        certificate = one.certificates[n % len(one.certificates)]
        answer = await self.hall.get(f"{HERE}/{one.id}/certificates/{certificate}/face")
        assert answer.status_code == (200 if self.lives(one) else 404)
        stranger = await self.hall.get(f"{HERE}/{one.id}/certificates/{certificate}/face", by="neighbour")
        assert stranger.status_code == 404

    async def share(self, n: int) -> None:
        if not self.shown:
            return
        one = self.shown[n % len(self.shown)]
        answer = await self.hall.post(f"{HERE}/{one.id}/share", {"certificates": one.certificates[:2]})
        assert answer.status_code == (201 if self.lives(one) else 404)
        if answer.status_code == 201:
            self.pages.append((answer.json()["path"], self.now + SECONDS))

    async def scan(self, n: int) -> None:
        """The clerk's phone, which outlives the visit."""
        if self.pages:
            path, until = self.pages[n % len(self.pages)]
            answer = await self.hall.client.get(path)
            assert answer.status_code == (200 if self.now < until else 410)

    async def leave(self, n: int) -> None:
        if self.shown:
            one = self.shown[n % len(self.shown)]
            assert (await self.hall.post(f"{HERE}/{one.id}/leave")).status_code == 204
            one.left = True

    async def wait(self, n: int) -> None:
        self.hall.later((25, 50, RULES.seconds, SECONDS)[n % 4])  # so that moments fall together

    async def call(self, _: int) -> None:
        if self.ticket is None:
            self.ticket = await self.hall.ticket()
            await self.hall.at_window(c.CallNext, c.Start)

    async def attach(self, n: int) -> None:
        if not self.shown or self.ticket is None:
            return
        one = self.shown[n % len(self.shown)]
        chosen = one.certificates[: 1 + n % 3]
        answer = await self.hall.post(
            f"{HERE}/{one.id}/attach", {"certificates": chosen, "ticket": self.ticket}
        )
        assert answer.status_code == (200 if self.lives(one) else 404), answer.text
        if answer.status_code == 200:
            self.attached += chosen
            assert answer.json()["count"] == len(self.attached)

    async def view(self, n: int) -> None:
        if self.ticket is None or not self.attached:
            return
        place = n % len(self.attached)
        first = self.attached.index(self.attached[place])  # attached twice: its first place counts
        answer = await self.hall.post(f"/v1/windows/1/certificates/{self.attached[place]}/view", by="window")
        assert answer.status_code == (409 if first in self.viewed else 200), answer.text
        self.viewed.add(first)

    async def finish(self, _: int) -> None:
        if self.ticket is not None:
            await self.hall.at_window(c.Finish)
            gone, self.ticket, self.attached, self.viewed = self.attached, None, [], set()
            for certificate in gone:
                answer = await self.hall.post(f"/v1/windows/1/certificates/{certificate}/view", by="window")
                assert answer.status_code == 409

    async def holds(self) -> None:
        """What the window is told is what the model says; no more is kept than lives."""
        listed = (await self.hall.get("/v1/windows/1/certificates", by="window")).json()
        assert listed["ticket"] == self.ticket
        assert [one["certificate"]["id"] for one in listed["certificates"]] == self.attached
        assert {n for n, one in enumerate(listed["certificates"]) if one["viewed"]} == self.viewed
        assert repr(self.hall.attachments) == f"Attachments({1 if self.attached else 0} tickets)"
        self.hall.presentations.sweep()
        living = sum(self.lives(one) for one in self.shown)
        assert repr(self.hall.presentations) == f"Presentations({living} kept)"


AT_THE_GLASS = ("show", "again", "look", "share", "scan", "leave", "wait")
AT_THE_WINDOW = ("call", "attach", "attach", "view", "view", "view", "finish")


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(AT_THE_GLASS) | st.sampled_from(AT_THE_WINDOW), st.integers(0, 40)),
        max_size=30,
    )
)
def test_what_lives_is_what_may_live(steps: list[tuple[str, int]]) -> None:
    async def work(hall: Showing) -> None:
        model = Model(hall)
        await hall.at_window(c.OpenWindow)
        for way, n in [("show", 0), ("call", 0), *steps]:
            step: Callable[[int], object] = getattr(model, way)
            await step(n)  # type: ignore[misc]
            await model.holds()
        for body in hall.bodies:
            for mark in MARKS:
                assert mark.encode() not in body

    with tempfile.TemporaryDirectory() as folder:
        in_a_hall(Path(folder), work, rules=RULES)
