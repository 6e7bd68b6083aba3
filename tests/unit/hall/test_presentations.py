"""Showing who one is, over HTTP: once, for one terminal, for a while, and without a trace."""

import asyncio
import gc
import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from hall.certificates.port import LibraryAway
from hall.codes.port import CodeRefused, VerifierAway
from hall.enquiry import Rules
from hall.problems import CODES
from hall.wire.identity import birth_in, masked_number, pseudonym, well_formed
from hall.wire.messages import PresentationView
from tests.unit.hall.showing import (
    AGENT,
    AWAY,
    COMPANY_CODE,
    FACE,
    MARKS,
    NAME,
    NUMBER,
    Showing,
    certificate,
    in_a_hall,
)

HERE = "/v1/presentations"


def problem_of(answer: httpx.Response) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    code = str(answer.json()["code"])
    assert answer.status_code == CODES[code][0]
    return code


def by_code(code: str, purpose: str = "certificates", **more: str) -> dict[str, str]:
    return {"purpose": purpose, "code": code} | more


def by_document(source: str, purpose: str = "certificates", number: str = NUMBER) -> dict[str, Any]:
    return {"purpose": purpose, "document": {"source": source, "number": number, "name": NAME}}


# -- who it is --------------------------------------------------------------------------------------------


def test_a_code_becomes_a_masked_person_with_summaries_of_certificates(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        hall.library.kept = (certificate(1), certificate(2, "expired"))
        view = await hall.shown()
        assert (view.source, view.assurance, view.priority) == ("resident_code", "substantial", "elder")
        assert (view.masked_name, view.seconds, view.certificates_code) == ("龘*㼆", 300, "")
        assert view.person == pseudonym(bytes.fromhex("5a" * 32), NUMBER)
        first, second = view.certificates
        assert (first.name, first.holder, first.status) == ("驾驶证", "龘*㼆", "valid")
        assert (first.number, second.status) == (masked_number(NUMBER + "1"), "expired")
        assert len({view.id, first.id, second.id}) == 3
        assert len(view.id) == 32, "128 bits"

    in_a_hall(tmp_path, work)


def test_for_a_number_nothing_is_kept_and_no_certificates_are_looked_for(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        answer = await hall.post(HERE, by_code(hall.told("SECRET-CODE"), "number"))
        view = PresentationView.model_validate(answer.json())
        assert (view.id, view.certificates, view.seconds) == ("", (), 0)
        hall.later(31)
        hall.presentations.sweep()
        assert repr(hall.presentations) == "Presentations(0 kept)"

    in_a_hall(tmp_path, work)


def test_an_enterprise_code_names_the_company_and_masks_its_agent(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        answer = await hall.post(HERE, by_code(hall.told("SECRET-CODE", AGENT)))
        company = PresentationView.model_validate(answer.json()).company
        assert company is not None
        assert (company.code, company.agent, company.authority) == (COMPANY_CODE, "龘*㼆", "办理证照")

    in_a_hall(tmp_path, work)


@pytest.mark.parametrize(
    ("source", "assurance", "code", "found"),
    [
        ("id_card", "high", "", 3),
        ("social_card", "substantial", "", 3),
        ("typed", "low", "certificates.assurance", 0),
    ],
)
def test_a_card_shows_certificates_and_a_typed_number_does_not(
    tmp_path: Path, source: str, assurance: str, code: str, found: int
) -> None:
    async def work(hall: Showing) -> None:
        view = PresentationView.model_validate((await hall.post(HERE, by_document(source))).json())
        assert (view.assurance, view.certificates_code, len(view.certificates)) == (assurance, code, found)
        assert (view.priority, view.masked_name) == ("elder", "龘*㼆")

    in_a_hall(tmp_path, work)


def test_a_hall_may_ask_for_more_assurance(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        assert (await hall.shown()).certificates_code == "certificates.assurance"
        card = await hall.post(HERE, by_document("id_card"))
        assert len(card.json()["certificates"]) == 3

    in_a_hall(tmp_path, work, rules=Rules(assurance="high"))


def test_a_number_with_a_wrong_check_character_is_no_document(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        answer = await hall.post(
            HERE, by_document("typed", number=NUMBER[:-1] + ("X" if NUMBER[-1] != "X" else "1"))
        )
        assert problem_of(answer) == "request.invalid"

    in_a_hall(tmp_path, work)


def test_what_a_number_says_of_itself() -> None:
    assert well_formed("11010519491231002X")  # the standard's own example
    assert not well_formed("110105194912310021")
    assert not well_formed("1101051949123100²X")
    assert well_formed("USA123456789012")
    assert str(birth_in(NUMBER)) == "1940-01-01"
    assert birth_in("110105194913310021") is None
    assert birth_in("12345678") is None


# -- refusals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        *(
            (CodeRefused(f"code.{why}"), f"code.{why}")
            for why in ("expired", "forged", "other_city", "not_yet")
        ),
        (CodeRefused("code.of_a_newer_adapter"), "code.unknown"),
        *(
            (VerifierAway(f"code.{why}"), f"code.{why}")
            for why in ("unreachable", "garbled_answer", "resting")
        ),
        (RuntimeError(f"adapter broke on SECRET-CODE of {NAME}"), "code.unreachable"),
    ],
)
def test_a_refused_code_says_why_in_a_way_that_is_not_sent_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, trouble: Exception, code: str
) -> None:
    caplog.set_level(logging.DEBUG)

    async def work(hall: Showing) -> None:
        hall.verifier.codes["SECRET-CODE"] = trouble
        answer = await hall.post(HERE, by_code("SECRET-CODE"))
        assert problem_of(answer) == code
        assert answer.status_code < 500
        assert answer.status_code != 429

    in_a_hall(tmp_path, work)
    assert not any(mark in caplog.text for mark in MARKS)


def test_a_hall_without_these_services_says_so_once_and_for_all(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        assert problem_of(await hall.post(HERE, by_code("SECRET-CODE"))) == "code.not_here"
        view = (await hall.post(HERE, by_document("id_card"))).json()
        assert (view["certificates_code"], view["masked_name"]) == ("certificates.not_here", "龘*㼆")

    in_a_hall(tmp_path, work, here=False)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (AWAY, "certificates.unreachable"),
        (LibraryAway("certificates.resting"), "certificates.resting"),
        (ValueError(NAME), "certificates.unreachable"),
    ],
)
def test_who_it_is_is_known_although_the_library_is_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, trouble: Exception, code: str
) -> None:
    async def work(hall: Showing) -> None:
        hall.library.trouble = trouble
        view = await hall.shown()
        assert (view.certificates_code, view.certificates, view.masked_name) == (code, (), "龘*㼆")
        assert view.id != ""

    in_a_hall(tmp_path, work)
    assert NAME not in caplog.text


def test_a_verifier_that_says_nothing_is_given_up_and_the_answer_is_for_its_retry_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hall.enquiry.WITHIN", 0.01)

    async def work(hall: Showing) -> None:
        hall.verifier.answer.clear()
        body = by_code(hall.told("SECRET-CODE"))
        assert problem_of(await hall.post(HERE, body, key="once")) == "code.unreachable"
        hall.verifier.answer.set()
        assert problem_of(await hall.post(HERE, body, key="once")) == "code.unreachable"
        assert hall.verifier.asked == ["SECRET-CODE"]

    in_a_hall(tmp_path, work)


def test_too_many_refused_codes_make_one_terminal_wait_a_minute(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        for n in range(30):
            assert problem_of(await hall.post(HERE, by_code(f"noise{n}"))) == "code.unknown"
        asked = len(hall.verifier.asked)
        assert problem_of(await hall.post(HERE, by_code(hall.told("good")))) == "code.too_many"
        assert len(hall.verifier.asked) == asked, "the verifier is left in peace"
        assert (await hall.post(HERE, by_document("id_card"))).status_code == 201
        assert (await hall.post(HERE, by_code("good"), by="neighbour")).status_code == 201
        hall.later(61)
        assert (await hall.post(HERE, by_code(hall.told("good2")))).status_code == 201

    in_a_hall(tmp_path, work)


def test_four_thousand_signs_of_noise_reach_the_verifier_and_a_body_beyond_that_does_not(
    tmp_path: Path,
) -> None:
    async def work(hall: Showing) -> None:
        assert problem_of(await hall.post(HERE, by_code("龘" * 4096))) == "code.unknown"
        assert problem_of(await hall.post(HERE, by_code("龘" * 4097))) == "request.invalid"
        assert problem_of(await hall.post(HERE, by_code("龘" * 9999))) == "request.too_large"
        assert len(hall.verifier.asked) == 1

    in_a_hall(tmp_path, work)


@pytest.mark.parametrize("by", ["window", "reader"])
def test_only_terminals_present(tmp_path: Path, by: str) -> None:
    async def work(hall: Showing) -> None:
        view = await hall.shown()
        assert problem_of(await hall.post(HERE, by_code("x"), by)) == "auth.forbidden"
        for tail in ("share", "attach", "leave"):
            assert problem_of(await hall.post(f"{HERE}/{view.id}/{tail}", {}, by)) == "auth.forbidden"
        path = f"{HERE}/{view.id}/certificates/{view.certificates[0].id}/face"
        assert problem_of(await hall.get(path, by)) == "auth.forbidden"

    in_a_hall(tmp_path, work)


# -- once -------------------------------------------------------------------------------------------------


def test_a_retry_gets_the_first_answer_also_while_it_is_being_worked_out(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        hall.verifier.answer.clear()
        body = by_code(hall.told("SECRET-CODE"))
        asking = [asyncio.create_task(hall.post(HERE, body, key="once")) for _ in range(5)]
        while not hall.verifier.asked:
            await asyncio.sleep(0)
        asking[0].cancel()  # one who gives up takes the answer away from nobody
        hall.verifier.answer.set()
        answers = [*await asyncio.gather(*asking[1:]), await hall.post(HERE, body, key="once")]
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert hall.verifier.asked == ["SECRET-CODE"]

    in_a_hall(tmp_path, work)


def test_a_refusal_is_remembered_for_its_key_too(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        for _ in range(3):
            assert problem_of(await hall.post(HERE, by_code("x"), key="once")) == "code.unknown"
        assert hall.verifier.asked == ["x"]

    in_a_hall(tmp_path, work)


def test_a_key_is_for_one_request_of_one_terminal(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        await hall.post(HERE, by_code(hall.told("a")), key="once")
        assert (
            problem_of(await hall.post(HERE, by_code(hall.told("b")), key="once")) == "idempotency.key_reused"
        )
        other = await hall.post(HERE, by_code("b"), by="neighbour", key="once")
        assert other.status_code == 201

    in_a_hall(tmp_path, work)


def test_when_too_much_is_asked_at_once_the_rest_is_told_to_come_again_and_numbers_go_on(
    tmp_path: Path,
) -> None:
    async def work(hall: Showing) -> None:
        hall.verifier.answer.clear()
        asking = [
            asyncio.create_task(hall.post(HERE, by_code(hall.told(f"c{n}")), key=f"p{n}")) for n in range(40)
        ]
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        assert {problem_of(task.result()) for task in done} == {"hall.busy"}
        assert await hall.ticket() == "20261123-A01"
        hall.verifier.answer.set()
        answers = [task.result() for task in (await asyncio.wait(asking))[0]]
        assert sorted({answer.status_code for answer in answers}) == [201, 503]
        again = [await hall.post(HERE, by_code(f"c{n}"), key=f"p{n}") for n in range(32, 40)]
        assert {answer.status_code for answer in again} == {201}

    in_a_hall(tmp_path, work, rules=Rules(most_a_terminal=64))


# -- what is kept -----------------------------------------------------------------------------------------


def test_a_face_carries_the_halls_watermark_and_may_not_be_stored(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        view = await hall.shown(item="0107")
        face = await hall.get(f"{HERE}/{view.id}/certificates/{view.certificates[1].id}/face")
        assert (face.headers["Content-Type"], face.headers["Cache-Control"]) == ("image/png", "no-store")
        assert face.content.startswith(FACE + b"1|")
        assert face.content.decode("utf-8", "replace").endswith(
            "小厅 · k1 · 2026-11-23 09:30:00 · 仅用于办理 补领结婚证"
        )

    in_a_hall(tmp_path, work)


def test_nobody_else_may_use_a_presentation(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        view = await hall.shown()
        certificate = view.certificates[0].id
        ticket = await hall.ticket()
        asked = {"certificates": [certificate]}
        assert problem_of(
            await hall.get(f"{HERE}/{view.id}/certificates/{certificate}/face", "neighbour")
        ) == ("presentation.unknown")
        for tail, body in (("share", asked), ("attach", asked | {"ticket": ticket})):
            answer = await hall.post(f"{HERE}/{view.id}/{tail}", body, "neighbour")
            assert problem_of(answer) == "presentation.unknown"
        assert (await hall.post(f"{HERE}/{view.id}/leave", by="neighbour")).status_code == 204
        assert (await hall.get(f"{HERE}/{view.id}/certificates/{certificate}/face")).status_code == 200
        for body in ({"certificates": ["0" * 16]}, {"certificates": [certificate, "0" * 16]}):
            assert problem_of(await hall.post(f"{HERE}/{view.id}/share", body)) == "presentation.unknown"
        assert (
            problem_of(await hall.post(f"{HERE}/{view.id}/share", {"certificates": []})) == "request.invalid"
        )

    in_a_hall(tmp_path, work)


def _shown() -> list[object]:
    return [one for one in gc.get_objects() if type(one).__name__ in ("Shown", "PresentationView")]


@pytest.mark.parametrize("end", ["leave", "time", "stop", "others"])
def test_after_the_end_nothing_of_the_person_is_in_memory(tmp_path: Path, end: str) -> None:
    others = _shown()  # what other tests' modules hold of their own people

    async def work(hall: Showing) -> None:
        view = await hall.shown()
        path = f"{HERE}/{view.id}/certificates/{view.certificates[0].id}/face"
        match end:
            case "leave":
                for _ in range(2):
                    assert (await hall.post(f"{HERE}/{view.id}/leave")).status_code == 204
            case "time":
                hall.later(299)
                assert (await hall.get(path)).status_code == 200
                hall.later(1)
            case "stop":
                hall.presentations.close()
            case "others":
                for _ in range(8):
                    await hall.shown()
                for one in [
                    *hall.presentations._by_id.values()
                ]:  # their ids are nobody's business but a test's
                    hall.presentations.leave(one.actor, one.id)
        assert problem_of(await hall.get(path)) == "presentation.unknown"
        del view
        hall.bodies.clear()
        await asyncio.sleep(0)  # the loop still holds the step that this is a part of
        gc.collect()
        assert [one for one in _shown() if not any(one is other for other in others)] == []
        assert repr(hall.presentations) == "Presentations(0 kept)"

    in_a_hall(tmp_path, work)


def test_a_picture_that_cannot_be_had_says_so(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        hall.library.kept = (certificate(1, "revoked"), certificate(2))
        view = await hall.shown()
        paths = [f"{HERE}/{view.id}/certificates/{one.id}/face" for one in view.certificates]
        assert problem_of(await hall.get(paths[0])) == "certificates.no_face"
        hall.library.trouble = AWAY
        assert problem_of(await hall.get(paths[1])) == "certificates.unreachable"

    in_a_hall(tmp_path, work)


def test_a_watermark_that_cannot_be_drawn_shows_nothing_and_says_nothing_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(face: bytes, mark: object) -> bytes:
        raise OSError(NAME)

    async def work(hall: Showing) -> None:
        view = await hall.shown()
        answer = await hall.get(f"{HERE}/{view.id}/certificates/{view.certificates[0].id}/face")
        assert problem_of(answer) == "certificates.no_face"

    in_a_hall(tmp_path, work, draw=broken)
    assert "OSError" in caplog.text
    assert NAME not in caplog.text


def test_nothing_personal_is_in_a_log_an_answer_or_a_repr(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    view_id: list[str] = []

    async def work(hall: Showing) -> None:
        view = await hall.shown()
        said.extend(map(repr, (view, hall.presentations, hall.presentations._entries)))
        chosen = {"certificates": [one.id for one in view.certificates]}
        ticket = await hall.ticket()
        await hall.post(f"{HERE}/{view.id}/share", chosen)
        await hall.post(f"{HERE}/{view.id}/attach", chosen | {"ticket": ticket})
        said.extend(map(repr, (hall.attachments, hall.attachments._kept, hall.shares, hall.shares._shares)))
        view_id.append(view.id)
        said.extend(body.decode() for body in hall.bodies)
        said.extend(record.body.decode() for record in hall.service.records(0, 100))
        await hall.post(
            HERE, {"purpose": "certificates", "code": "SECRET-CODE", "document": {"number": NUMBER}}
        )
        said.append(hall.bodies[-1].decode())

    in_a_hall(tmp_path, work)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("hall"))
    assert "route=/v1/presentations/{id}/share " in ours
    assert [mark for mark in MARKS if mark in "\n".join([*said, caplog.text])] == []
    assert view_id[0] not in ours


def test_operations_see_how_the_services_outside_stand(tmp_path: Path) -> None:
    async def work(hall: Showing) -> None:
        answer = await hall.get("/v1/outsides", "reader")
        assert [(one["name"], one["state"]) for one in answer.json()["services"]] == [
            ("codes", "ok"),
            ("certificates", "resting"),
        ]
        assert problem_of(await hall.get("/v1/outsides", "terminal")) == "auth.forbidden"

    in_a_hall(tmp_path, work)
