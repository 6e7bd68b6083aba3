"""Two at once, and at the worst moment: codes, certificates and check-ins at a hall that runs, on a real disk."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hall.certificates.people import people
from hall.credentials import Credentials
from hall.journal.verify import export, verify
from hall.serve import CREDENTIALS
from hall.wire.identity import masked_name
from screens.events import NotKnown, PersonKnown
from tests.e2e.glass import Glass, let_wait
from tests.e2e.hall_process import Answer, Client, HallProcess

MORNING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # when the hall's clock begins
ROUNDS = 12
pytestmark = pytest.mark.timeout(300)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[HallProcess]:
    (tmp_path / "hall").mkdir()
    hall = HallProcess(tmp_path / "hall")
    credentials = Credentials(hall.folder / CREDENTIALS)
    hall.tokens["left"], hall.tokens["right"] = (credentials.issue("terminal", n) for n in ("left", "right"))
    credentials.close()
    hall.start()
    yield hall
    if hall.alive:
        hall.kill()


class Desk:
    """Asks a hall in words of what is shown; each question has a key of its own."""

    def __init__(self, hall: HallProcess, prefix: str = "k") -> None:
        self._hall, self._prefix, self._asked = hall, prefix, 0
        self._clients: list[Client] = []

    async def do(self, path: str, body: Any = None, by: str = "terminal", key: str = "") -> Answer:
        """On a connection of its own: questions that are asked at once travel at once."""
        self._asked += 1
        self._clients.append(client := Client(self._hall, by))
        return await client.post(path, key or f"{self._prefix}{self._asked}", json.dumps(body or {}).encode())

    async def get(self, path: str, by: str = "terminal") -> Answer:
        self._clients.append(client := Client(self._hall, by))
        return await client.get(path)

    async def code(self, person: int = 0) -> str:
        """A good code of the demo's phone."""
        body = json.dumps({"person": person}).encode()
        self._clients.append(client := Client(self._hall, "terminal"))
        head = (
            "POST /demo/code HTTP/1.1\r\nHost: hall\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return str((await client.send(head.encode() + body)).json()["code"])

    async def shown(self, person: int = 0) -> dict[str, Any]:
        answer = await self.do(
            "/v1/presentations", {"purpose": "certificates", "code": await self.code(person)}
        )
        assert answer.status == 201, answer
        return dict(answer.json())

    async def ticket(self, queue: str = "social") -> str:
        answer = await self.do("/v1/tickets", {"queue": queue})
        assert answer.status == 201, answer
        return str(answer.json()["id"])

    async def window(self, verb: str, window: str = "5") -> Answer:
        return await self.do(f"/v1/windows/{window}/{verb}", by=f"window:{window}")

    def close(self) -> None:
        for client in self._clients:
            client.close()


def at(hall: HallProcess, work: Any, prefix: str = "k") -> None:
    async def main() -> None:
        desk = Desk(hall, prefix)
        try:
            await work(desk)
        finally:
            desk.close()

    asyncio.run(main())


def journal_of(hall: HallProcess, tmp_path: Path) -> list[dict[str, Any]]:
    """Stop the hall; its journal's records, after they were found whole."""
    assert hall.stop() == 0
    report = verify(hall.journal)
    assert (report.accepted, report.seal) == (True, "sealed"), report.words()
    export(hall.journal, tmp_path / "journal.jsonl")
    lines = (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["record"] for line in lines[:-1]]


def valid(view: dict[str, Any]) -> list[str]:
    return [one["id"] for one in view["certificates"] if one["status"] == "valid"]


def code_of(answer: Answer) -> str:
    return str(answer.json()["code"]) if answer.status >= 400 else ""


async def both(*asked: Coroutine[Any, Any, Answer]) -> list[Answer]:
    return list(await asyncio.gather(*asked))


def test_the_same_code_at_two_terminals_at_once_is_one_persons_and_one_replay(
    hall: HallProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.scanner.device.REST", 0.01)
    let_wait(monkeypatch)
    url = f"http://127.0.0.1:{hall.port}"
    glasses = [Glass(tmp_path / name, url, hall.tokens[name], "newland") for name in ("left", "right")]
    winners = Counter[int]()

    async def one_code(desk: Desk) -> None:
        codes.append(await desk.code())

    try:
        for _ in range(4):
            codes: list[str] = []
            at(hall, one_code)
            for glass in glasses:
                glass.present()
                glass.terminal._journey._tries.known()
            before = [len(glass.answers) for glass in glasses]
            together = threading.Barrier(2)

            def hold(glass: Glass, code: str, together: threading.Barrier) -> None:
                together.wait()
                glass.scanner.show(code)

            hands = [threading.Thread(target=hold, args=(g, codes[0], together)) for g in glasses]
            for hand in hands:
                hand.start()
            for hand in hands:
                hand.join()
            for glass, count in zip(glasses, before, strict=True):
                glass.until(lambda glass=glass, count=count: len(glass.answers) > count)  # type: ignore[misc]
            answers = [glass.answers[-1] for glass in glasses]
            assert Counter(map(type, answers)) == {PersonKnown: 1, NotKnown: 1}
            for place, (glass, answer) in enumerate(zip(glasses, answers, strict=True)):
                if isinstance(answer, NotKnown):
                    assert answer.code == "code.replayed"
                    assert (glass.screen, glass.view.phase) == ("present", "failed")
                else:
                    winners[place] += 1
                    assert glass.screen == "certificates"
        assert winners.total() == 4
    finally:
        for glass in glasses:
            glass.close()


def test_what_is_attached_while_its_ticket_ends_is_kept_by_nobody(hall: HallProcess, tmp_path: Path) -> None:
    statuses = Counter[int]()

    async def work(desk: Desk) -> None:
        await desk.window("open")
        for _ in range(ROUNDS):
            ticket, view = await desk.ticket(), await desk.shown()
            assert (await desk.window("call-next")).json()["current"]["id"] == ticket
            await desk.window("start")
            ids = valid(view)[:2]
            attach = desk.do(
                f"/v1/presentations/{view['id']}/attach", {"certificates": ids, "ticket": ticket}
            )
            attached, finished = await both(attach, desk.window("finish"))
            assert finished.status == 200, finished
            statuses[attached.status] += 1
            assert code_of(attached) in ("", "ticket.wrong_state"), attached
            after = await desk.get("/v1/windows/5/certificates", by="window:5")
            assert after.json()["certificates"] == []
            seen = await desk.do(f"/v1/windows/5/certificates/{ids[0]}/view", by="window:5")
            assert code_of(seen) == "window.no_current"
            late = await desk.do(
                f"/v1/presentations/{view['id']}/attach", {"certificates": ids, "ticket": ticket}
            )
            assert code_of(late) == "ticket.wrong_state"

    at(hall, work)
    records = journal_of(hall, tmp_path)
    ended: set[str] = set()
    for record in records:
        if record["type"] == "ticket_finished":
            ended.add(record["data"]["ticket"])
        if record["type"] == "certificates_attached":
            assert record["data"]["ticket"] not in ended, "never after the end"
    assert statuses.total() == ROUNDS
    kinds = Counter(record["type"] for record in records)
    assert kinds["certificates_attached"] == statuses[200]


def test_two_pads_of_one_window_have_one_view_between_them(hall: HallProcess, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.window("open")
        ticket, view = await desk.ticket(), await desk.shown()
        ids = valid(view)[:3]
        await desk.do(f"/v1/presentations/{view['id']}/attach", {"certificates": ids, "ticket": ticket})
        await desk.window("call-next")
        for id in ids:
            here = f"/v1/windows/5/certificates/{id}/view"
            answers = await both(*(desk.do(here, by="window:5") for _ in range(4)))
            assert Counter(map(code_of, answers)) == {"": 1, "certificates.viewed": 3}
            (seen,) = [answer for answer in answers if answer.status == 200]
            assert seen.body.startswith(PNG)
            other = await desk.do(f"/v1/windows/6/certificates/{id}/view", by="window:6")
            assert other.status == 409
        listed = (await desk.get("/v1/windows/5/certificates", by="window:5")).json()
        assert [one["viewed"] for one in listed["certificates"]] == [True] * len(ids)
        assert len(ids) >= 2

    at(hall, work)
    viewed = [
        record["data"] for record in journal_of(hall, tmp_path) if record["type"] == "certificate_viewed"
    ]
    places = [record["place"] for record in viewed]
    assert len(places) == len(set(places)) >= 2, "each view is journalled once"


def test_leaving_while_a_picture_is_fetched_ends_in_a_picture_or_in_nothing(hall: HallProcess) -> None:
    async def work(desk: Desk) -> None:
        for _ in range(ROUNDS):
            view = await desk.shown()
            here = f"/v1/presentations/{view['id']}"
            id = view["certificates"][0]["id"]
            face = desk.get(f"{here}/certificates/{id}/face")
            seen, left = await both(face, desk.do(f"{here}/leave"))
            assert left.status == 204
            assert seen.status in (200, 404), seen
            assert code_of(seen) in ("", "presentation.unknown")
            for path in ("share", "attach"):
                body = {"certificates": [id]} | ({"ticket": "20261123-A001"} if path == "attach" else {})
                assert code_of(await desk.do(f"{here}/{path}", body)) == "presentation.unknown"
            assert (await desk.get(f"{here}/certificates/{id}/face")).status == 404

    at(hall, work)
    assert "ERROR" not in hall.log


def test_a_hall_that_died_between_consent_and_view_says_that_it_is_gone(
    hall: HallProcess, tmp_path: Path
) -> None:
    kept: dict[str, Any] = {}

    async def before(desk: Desk) -> None:
        await desk.window("open")
        ticket, view = await desk.ticket(), await desk.shown()
        kept.update(ids=valid(view)[:2], presentation=view["id"], ticket=ticket)
        body = {"certificates": kept["ids"], "ticket": ticket}
        attached = await desk.do(f"/v1/presentations/{view['id']}/attach", body)
        assert attached.json()["count"] == 2
        await desk.window("call-next")
        first = await desk.do(f"/v1/windows/5/certificates/{kept['ids'][0]}/view", by="window:5")
        assert first.status == 200

    async def after(desk: Desk) -> None:
        found = (await desk.get("/v1/windows/5/certificates", by="window:5")).json()
        assert (found["ticket"], found["certificates"], found["gone"]) == (kept["ticket"], [], True)
        for id in kept["ids"]:
            seen = await desk.do(f"/v1/windows/5/certificates/{id}/view", by="window:5")
            assert (seen.status, code_of(seen)) == (410, "certificates.gone")
        face = await desk.get(f"/v1/presentations/{kept['presentation']}/certificates/{kept['ids'][0]}/face")
        assert code_of(face) == "presentation.unknown"
        view = await desk.shown()  # shown once more, it can be seen again
        body = {"certificates": valid(view)[:1], "ticket": kept["ticket"]}
        again = await desk.do(f"/v1/presentations/{view['id']}/attach", body)
        assert again.json()["count"] == 3
        seen = await desk.do(f"/v1/windows/5/certificates/{valid(view)[0]}/view", by="window:5")
        assert seen.status == 200

    at(hall, before)
    hall.kill()
    hall.start()
    at(hall, after, "after")
    viewed = [
        record["data"] for record in journal_of(hall, tmp_path) if record["type"] == "certificate_viewed"
    ]
    assert [record["place"] for record in viewed] == [1, 3]


def test_fifty_who_present_at_once_are_each_themselves(hall: HallProcess) -> None:
    """More than the hall asks about at once: some are told to come again, and their codes are still good."""

    async def work(desk: Desk) -> None:
        known = people()
        codes = await asyncio.gather(*(desk.code(n % len(known)) for n in range(50)))

        async def present(n: int) -> dict[str, Any]:
            body = {"purpose": "certificates", "code": codes[n]}
            while True:
                answer = await desk.do("/v1/presentations", body, key=f"one{n}")
                if answer.status != 503:
                    assert answer.status == 201, answer
                    return dict(answer.json())
                assert code_of(answer) == "hall.busy"

        views = await asyncio.gather(*map(present, range(50)))
        assert len({view["id"] for view in views}) == 50
        for n, view in enumerate(views):
            assert view["masked_name"] == masked_name(known[n % len(known)].name)
        by_person: dict[int, set[str]] = {}
        for n, view in enumerate(views):
            by_person.setdefault(n % len(known), set()).add(view["person"])
        assert all(len(same) == 1 for same in by_person.values())
        assert len(set.union(*by_person.values())) == len(known)
        faces = [
            await desk.get(f"/v1/presentations/{view['id']}/certificates/{valid(view)[0]}/face")
            for view in views
            if valid(view)
        ]
        kept = Counter(face.status for face in faces)
        assert kept.keys() == {200, 404}, "one person stands before a terminal: the oldest are forgotten"
        assert kept[200] <= 8

    at(hall, work)
    assert "ERROR" not in hall.log


def test_an_appointment_checked_in_at_two_terminals_at_once_is_one_ticket(
    hall: HallProcess, tmp_path: Path
) -> None:
    async def work(desk: Desk) -> None:
        starts = MORNING + timedelta(minutes=10)
        booked = [
            {
                "id": f"2026{n:04}",
                "person": f"TEST{n:014}",
                "queue": "general",
                "starts": starts.isoformat(),
                "ends": (starts + timedelta(minutes=30)).isoformat(),
            }
            for n in range(ROUNDS)
        ]
        answer = await desk.do("/v1/appointments", {"appointments": booked}, by="manager")
        assert answer.json()["booked"] == ROUNDS
        for one in booked:
            body = {"queue": "general", "appointment": one["id"]}
            answers = await both(*(desk.do("/v1/tickets", body, by=by) for by in ("left", "right")))
            assert sorted(answer.status for answer in answers) == [201, 409], answers
            assert {code_of(answer) for answer in answers} == {"", "appointment.checked_in"}
            found = (await desk.do("/v1/appointments/find", {"number": one["id"]})).json()["appointments"]
            assert [each["state"] for each in found] == ["checked_in"]

    at(hall, work)
    taken = [record["data"] for record in journal_of(hall, tmp_path) if record["type"] == "ticket_taken"]
    assert [record["appointment"] for record in taken] == [f"2026{n:04}" for n in range(ROUNDS)]
    assert {record["priority"] for record in taken} == {"appointment"}
