"""The page for a counter clerk's phone: what was chosen, for five minutes, with watermarks, without script."""

import re
from pathlib import Path

import httpx

from hall.api.share_page import STATUS
from hall.certificates.port import Certificate, Kind
from hall.shares import MOST
from tests.unit.hall.showing import AWAY, FACE, NAME, NUMBER, Showing, certificate, in_a_hall


async def shared(hall: Showing, *places: int, key: str = "") -> httpx.Response:
    view = await hall.shown(item="0107")
    chosen = [view.certificates[place].id for place in places]
    answer = await hall.post(f"/v1/presentations/{view.id}/share", {"certificates": chosen}, key=key)
    await hall.post(f"/v1/presentations/{view.id}/leave")
    return answer


def strict(answer: httpx.Response) -> bool:
    policy = answer.headers["Content-Security-Policy"]
    return (
        answer.headers["Cache-Control"] == "no-store"
        and answer.headers["Referrer-Policy"] == "no-referrer"
        and "default-src 'none'" in policy
        and "script-src" not in policy
    )


def test_a_clerks_phone_sees_what_was_chosen_also_when_its_holder_has_left(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        hall.library.kept = (certificate(0), certificate(1), certificate(2, "expired"))
        answer = await shared(hall, 2, 0)
        path = answer.json()["path"]
        assert (answer.status_code, answer.json()["seconds"]) == (201, 300)
        assert re.fullmatch(r"/c/[\w-]{22}", path), "128 bits"
        page = await hall.client.get(path)
        assert (page.status_code, strict(page)) == (200, True)
        for text in ("仅供窗口工作人员核验", "小厅", "龘*㼆", "有效至 09:35:00", "已过期 Expired", "驾驶证"):
            assert text in page.text
        assert page.text.index("已过期") < page.text.index("有效 Valid"), "in the order chosen"
        assert NUMBER not in page.text
        assert NAME not in page.text
        assert "<script" not in page.text
        pictures = re.findall(r'<img src="([^"]+)"', page.text)
        assert pictures == [f"{path}/0.png", f"{path}/1.png"]
        faces = [await hall.client.get(picture) for picture in pictures]
        assert all(strict(face) and face.headers["Content-Type"] == "image/png" for face in faces)
        assert [face.content[len(FACE) :][:1] for face in faces] == [b"2", b"0"]
        assert "k1 · 2026-11-23 09:30:00 · 仅用于办理 补领结婚证".encode() in faces[0].content
        assert (await hall.client.get(f"{path}/2.png")).status_code == 410

    in_a_hall(tmp_path, work)


def test_after_five_minutes_the_page_says_that_it_is_over_and_nothing_else(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        path = (await shared(hall, 0)).json()["path"]
        hall.later(240)
        page = await hall.client.get(path)
        assert '<meta http-equiv="refresh" content="61">' in page.text
        assert "count 60s linear" in page.text
        hall.later(60)
        over = await hall.client.get(path)
        assert (over.status_code, strict(over)) == (410, True)
        assert "这一页已到时间" in over.text
        assert "This page is over" in over.text
        assert "龘" not in over.text
        assert over.text == (await hall.client.get("/c/never-was-one")).text
        face = await hall.client.get(f"{path}/0.png")
        assert (face.status_code, face.content) == (410, b"")
        assert repr(hall.shares) == "Shares(0)"

    in_a_hall(tmp_path, work)


def test_a_retry_gets_the_same_page_and_another_key_another_one(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        view = await hall.shown()
        path = f"/v1/presentations/{view.id}/share"
        chosen = {"certificates": [view.certificates[0].id]}
        first, again, other = [
            (await hall.post(path, chosen, key=key)).json()["path"] for key in ("one", "one", "two")
        ]
        assert first == again != other
        wrong = await hall.post(path, {"certificates": [view.certificates[1].id]}, key="one")
        assert wrong.json()["code"] == "idempotency.key_reused"

    in_a_hall(tmp_path, work)


def test_pages_are_bounded_and_a_stopping_hall_has_none(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        paths = [(await shared(hall, 0)).json()["path"] for _ in range(MOST)]
        assert (await shared(hall, 0)).json()["code"] == "hall.busy"
        assert (await hall.client.get(paths[0])).status_code == 200
        hall.later(301)
        assert (await shared(hall, 0)).status_code == 201
        hall.shares.close()
        assert repr(hall.shares) == "Shares(0)"

    in_a_hall(tmp_path, work)


def test_what_a_library_says_is_text_and_never_markup(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        kind = Kind("1", "<script>alert(1)</script>", '"><img src=x>', "card", ())
        hall.library.kept = (Certificate(kind, "", "1", "<b>x", "1", "</main><script>"),)
        page = (await hall.client.get((await shared(hall, 0)).json()["path"])).text
        assert "<script" not in page
        assert page.count("<img") == 1

    in_a_hall(tmp_path, work)


def test_a_library_that_is_away_leaves_the_words_on_the_page(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        path = (await shared(hall, 0)).json()["path"]
        hall.library.trouble = AWAY
        assert (await hall.client.get(path)).status_code == 200
        face = await hall.client.get(f"{path}/0.png")
        assert (face.status_code, face.json()["code"]) == (424, "certificates.unreachable")

    in_a_hall(tmp_path, work)


def test_every_status_has_words_in_both_languages() -> None:
    from typing import get_args

    from hall.wire.messages import CertificateStatus

    assert set(STATUS) == set(get_args(CertificateStatus))
