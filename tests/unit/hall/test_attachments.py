"""What citizens agreed to show at the window: one view each, gone with the ticket, whatever happens in between."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hall.journal.errors import DiskFull
from hall.journal.memory import MemoryStore
from hall.queue import commands as c
from hall.queue.model import TicketId
from hall.wire.messages import WindowCertificates
from tests.unit.hall.showing import AWAY, FACE, Showing, in_a_hall

HERE = "/v1/windows/1/certificates"


async def attached(hall: Showing, ticket: TicketId, count: int = 2, **more: Any) -> httpx.Response:
    view = await hall.shown(**more)
    chosen = [one.id for one in view.certificates[:count]]
    path = f"/v1/presentations/{view.id}/attach"
    answer = await hall.post(path, {"certificates": chosen, "ticket": ticket})
    await hall.post(f"/v1/presentations/{view.id}/leave")
    return answer


async def seen(hall: Showing, window: str = "1", by: str = "window") -> WindowCertificates:
    answer = await hall.get(f"/v1/windows/{window}/certificates", by)
    assert answer.headers["Cache-Control"] == "no-store"
    return WindowCertificates.model_validate(answer.json())


async def look(hall: Showing, id: str, key: str = "") -> httpx.Response:
    return await hall.post(f"{HERE}/{id}/view", by="window", key=key)


def code_of(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    return str(answer.json()["code"])


async def served(hall: Showing, count: int = 2) -> TicketId:
    """A ticket with certificates stands at window 1."""
    ticket = await hall.ticket()
    assert (await attached(hall, ticket, count)).status_code == 200
    await hall.at_window(c.OpenWindow, c.CallNext)
    return ticket


def test_a_window_sees_what_was_agreed_and_each_picture_once(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        ticket = await hall.ticket()
        answer = await attached(hall, ticket, item="0107")
        assert answer.json() == {"ticket": ticket, "count": 2}
        await hall.at_window(c.OpenWindow)
        assert await seen(hall) == WindowCertificates(ticket=None)
        await hall.at_window(c.CallNext)
        first, second = (await seen(hall)).certificates
        assert (first.certificate.name, first.certificate.holder, first.viewed) == ("驾驶证", "龘*㼆", False)
        face = await look(hall, first.certificate.id)
        assert (face.headers["Content-Type"], face.headers["Cache-Control"]) == ("image/png", "no-store")
        assert face.content.startswith(FACE + b"0|")
        assert "1 号 · 2026-11-23 09:30:00 · 仅用于办理 补领结婚证".encode() in face.content
        assert code_of(await look(hall, first.certificate.id)) == "certificates.viewed"
        assert [one.viewed for one in (await seen(hall)).certificates] == [True, False]
        assert (await look(hall, second.certificate.id)).status_code == 200
        events = [record.type for record in hall.service.records(0, 99)]
        assert events[-4:] == ["window_opened", "ticket_called", "certificate_viewed", "certificate_viewed"]

    in_a_hall(tmp_path, work)


def test_the_view_is_in_the_journal_before_anybody_sees_it(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        await served(hall)
        (first, _) = (await seen(hall)).certificates
        hall.service._store.append = _refuse  # type: ignore[assignment, method-assign]  # the disk is full
        answer = await look(hall, first.certificate.id)
        assert (answer.status_code, FACE in answer.content) == (503, False)

    in_a_hall(tmp_path, work)


def _refuse(*_: object) -> None:
    raise DiskFull("no room")


def test_only_the_window_that_has_the_ticket_may_look(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        await served(hall)
        (first, _) = (await seen(hall)).certificates
        for by in ("other", "terminal", "reader"):
            assert code_of(await hall.get(HERE, by)) == "auth.forbidden"
            assert code_of(await hall.post(f"{HERE}/{first.certificate.id}/view", by=by)) == "auth.forbidden"
        path = f"/v1/windows/3/certificates/{first.certificate.id}/view"
        assert code_of(await hall.post(path, by="other")) == "window.no_current"
        assert await seen(hall, "3", "other") == WindowCertificates(ticket=None)
        await hall.ticket()
        await hall.at_window(c.OpenWindow, c.CallNext, window="3")
        assert code_of(await hall.post(path, by="other")) == "certificates.gone"
        assert code_of(await hall.get("/v1/windows/9/certificates", "window")) == "auth.forbidden"

    in_a_hall(tmp_path, work)


def test_of_many_who_look_at_once_one_sees_it(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        await served(hall)
        (first, _) = (await seen(hall)).certificates
        looks = [look(hall, first.certificate.id, f"look{n}") for n in range(8)]
        answers = await asyncio.gather(*looks)
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
        viewed = [record for record in hall.service.records(0, 99) if record.type == "certificate_viewed"]
        assert len(viewed) == 1

    in_a_hall(tmp_path, work)


def test_a_lost_answer_may_be_asked_for_again_with_its_key_for_a_moment(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        await served(hall)
        first, second = (await seen(hall)).certificates
        once = await look(hall, first.certificate.id, "look")
        hall.later(5)
        assert (await look(hall, first.certificate.id, "look")).status_code == once.status_code == 200
        assert code_of(await look(hall, second.certificate.id, "look")) == "idempotency.key_reused"
        hall.later(6)
        assert code_of(await look(hall, first.certificate.id, "look")) == "certificates.viewed"

    in_a_hall(tmp_path, work)


def test_a_library_that_is_away_costs_nobody_the_one_view(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        await served(hall)
        (first, _) = (await seen(hall)).certificates
        hall.library.trouble = AWAY
        answer = await look(hall, first.certificate.id)
        assert (code_of(answer), answer.status_code) == ("certificates.unreachable", 424)
        hall.library.trouble = None
        assert (await look(hall, first.certificate.id)).status_code == 200

    in_a_hall(tmp_path, work)


@pytest.mark.parametrize("end", [c.Finish, c.Abandon, c.CloseDay])
def test_with_the_ticket_goes_what_was_attached(tmp_path: Path, end: Any) -> None:
    async def work(hall: Showing) -> None:
        ticket = await served(hall)
        (first, _) = (await seen(hall)).certificates
        await look(hall, first.certificate.id)
        command = c.CloseDay() if end is c.CloseDay else end("1", *([ticket] if end is c.Abandon else []))
        assert (await hall.service.submit("end", "window:1", command)).status == 200
        assert repr(hall.attachments) == "Attachments(0 tickets)"
        assert (hall.attachments._kept, hall.attachments._viewed) == ({}, {})
        answer = await attached(hall, ticket)
        assert code_of(answer) == ("hall.closed" if end is c.CloseDay else "ticket.wrong_state")
        assert hall.attachments._kept == {}

    in_a_hall(tmp_path, work)


def test_a_parked_or_transferred_ticket_keeps_them_and_what_was_viewed(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        ticket = await served(hall)
        (first, _) = (await seen(hall)).certificates
        await look(hall, first.certificate.id)
        await hall.at_window(c.OpenWindow, window="3")
        moved = c.Transfer("1", "a", "3")  # type: ignore[arg-type]
        await hall.service.submit("move", "window:1", moved)
        await hall.at_window(c.CallNext, window="3")
        there = await seen(hall, "3", "other")
        assert (there.ticket, [one.viewed for one in there.certificates]) == (ticket, [True, False])

    in_a_hall(tmp_path, work)


def test_an_attachment_repeated_with_its_key_is_one(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        ticket = await hall.ticket()
        view = await hall.shown()
        body = {"certificates": [view.certificates[0].id], "ticket": ticket}
        path = f"/v1/presentations/{view.id}/attach"
        answers = [await hall.post(path, body, key="once") for _ in range(2)]
        answers += await asyncio.gather(*(hall.post(path, body, key="twice") for _ in range(3)))
        assert [answer.json()["count"] for answer in answers] == [1, 1, 2, 2, 2]
        await hall.at_window(c.OpenWindow, c.CallNext)
        assert len((await seen(hall)).certificates) == 2
        assert code_of(await hall.post(path, body | {"ticket": "20261123-A99"})) == "ticket.unknown"

    in_a_hall(tmp_path, work)


def test_what_ends_while_it_is_attached_or_looked_at_is_not_kept_and_not_shown(tmp_path: Path) -> None:
    drawing, drawn = threading.Event(), threading.Event()

    def slow(face: bytes, mark: object) -> bytes:
        drawing.set()
        assert drawn.wait(60)
        return face

    async def work(hall: Showing) -> None:
        await served(hall)
        (first, _) = (await seen(hall)).certificates
        looking = asyncio.create_task(look(hall, first.certificate.id))
        await asyncio.to_thread(drawing.wait)
        await hall.at_window(c.Finish)
        drawn.set()
        assert code_of(await looking) == "ticket.not_yours"

    in_a_hall(tmp_path, work, draw=slow)


def test_what_is_attached_in_the_moment_its_ticket_ends_is_not_kept(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        ticket = await hall.ticket()
        await hall.at_window(c.OpenWindow, c.CallNext)
        view = await hall.shown()
        shown = hall.presentations.chosen("terminal:k1", view.id, (view.certificates[0].id,))
        done = await asyncio.gather(  # written together
            hall.attachments.attach("terminal:k1", "attach", ticket, shown, ""),
            hall.service.submit("finish", "window:1", c.Finish("1")),  # type: ignore[arg-type]
        )
        assert [reply.status for reply in done] == [200, 200]
        assert hall.attachments._kept == {}

    in_a_hall(tmp_path, work)


def test_after_a_restart_the_window_hears_that_they_are_gone(tmp_path: Path) -> None:
    store = MemoryStore("small")

    async def before(hall: Showing) -> None:
        await served(hall)
        (first, _) = (await seen(hall)).certificates
        await look(hall, first.certificate.id)
        assert not (await seen(hall)).gone

    async def after(hall: Showing) -> None:
        hall.keys = 1000
        there = await seen(hall)
        assert (there.ticket, there.certificates, there.gone) == ("20261123-A01", (), True)
        assert hall.service.state.tickets[TicketId("20261123-A01")].viewed == (1,)
        assert code_of(await look(hall, "0" * 16)) == "certificates.gone"
        await attached(hall, TicketId("20261123-A01"), 1)  # agreed once more: a new place, a new view
        (again,) = (await seen(hall)).certificates
        assert (again.viewed, (await look(hall, again.certificate.id)).status_code) == (False, 200)

    in_a_hall(tmp_path, before, store=store)
    in_a_hall(tmp_path, after, store=store)


# -- in any order -----------------------------------------------------------------------------------------

STEPS = ("take", "attach", "call", "look", "look", "look", "finish", "abandon", "park", "resume", "restart")


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 3)), max_size=40))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_nothing_is_shown_twice_and_nothing_outlives_its_ticket(
    tmp_path: Path, steps: list[tuple[str, int]]
) -> None:
    """Cut at every restart of the hall; the journal goes on, memory does not."""
    store = MemoryStore("small")
    shown: list[tuple[str, int]] = []  # (ticket, place) of every picture that a window was given
    parts: list[list[tuple[str, int]]] = [[]]
    for step in [("take", 0), ("attach", 1), ("call", 0), *steps]:
        if step[0] == "restart":
            parts.append([])
        else:
            parts[-1].append(step)
    serial = iter(range(10_000))

    def part(todo: list[tuple[str, int]]) -> Any:
        async def work(hall: Showing) -> None:
            hall.keys = 1000 * next(serial) + 1000
            await hall.service.submit(f"o{hall.keys}", "window:1", c.OpenWindow("1"))  # type: ignore[arg-type]
            for name, n in todo:
                await act(hall, name, n)
                state = hall.service.state
                kept = hall.attachments._kept
                assert all(state.tickets[t].state not in ("finished", "abandoned") for t in kept)
                assert all(len(places) <= state.tickets[t].certificates for t, places in kept.items())
            journal = [record.type for record in hall.service.records(0, 999)]
            assert journal.count("certificate_viewed") == len(shown)
            assert len(set(shown)) == len(shown)

        return work

    async def act(hall: Showing, name: str, n: int) -> None:
        state = hall.service.state
        live = [t for t in state.tickets.values() if t.state not in ("finished", "abandoned")]
        current = state.desk("1").current  # type: ignore[arg-type]
        hall.keys += 1
        match name:
            case "take":
                await hall.ticket()
            case "attach" if live:
                await attached(hall, live[n % len(live)].id, 1 + n % 2)
            case "look":
                listed = (await seen(hall)).certificates
                if listed:
                    answer = await look(hall, listed[n % len(listed)].certificate.id)
                    assert (answer.status_code == 200) == (not listed[n % len(listed)].viewed)
                    if answer.status_code == 200 and current:
                        shown.append((str(current), hall.service.state.tickets[current].viewed[-1]))
            case "abandon" if live:
                await hall.service.submit(f"x{hall.keys}", "w", c.Abandon("1", live[n % len(live)].id))  # type: ignore[arg-type]
            case "resume" if parked := state.desk("1").parked:  # type: ignore[arg-type]
                await hall.service.submit(f"x{hall.keys}", "w", c.Resume("1", parked[0]))  # type: ignore[arg-type]
            case "call" | "finish" | "park":
                verb: Any = {"call": c.CallNext, "finish": c.Finish, "park": c.Park}[name]
                await hall.service.submit(f"x{hall.keys}", "w", verb("1"))

    for todo in parts:
        in_a_hall(tmp_path, part(todo), store=store)
