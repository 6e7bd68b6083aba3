"""Terminals come in over HTTP, with their own keys, against a real database."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text

from provisioning.broker import passwords
from provisioning.centre.api.limits import Rate, Rates
from provisioning.centre.enrolment_codes import ALPHABET, hashed, new_code
from provisioning.centre.layers import LayerChange, read, write
from provisioning.centre.placement import EnrolmentRefused, Placement
from provisioning.centre.registry import RegistryRefused
from provisioning.centre.rights import CENTRE, Actor, Forbidden
from provisioning.centre.store import tables as t
from provisioning.wire.documents import Refused, fingerprint, open_document
from provisioning.wire.messages import EnrolTicket, Grant, Presence
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import (
    OPEN,
    Centre,
    Machine,
    browser,
    code,
    place,
    sign_in,
)

OPER = Actor("oper", "operator", ("qy",))


@pytest.fixture
def net(centre: Centre) -> Iterator[Browser]:
    with browser(centre.app()) as net:
        yield net


def ask(net: Browser, machine: Machine) -> EnrolTicket:
    answer = net.post("/v1/enrolments", json=machine.request.model_dump())
    assert answer.status_code == 201, answer.text
    return EnrolTicket.model_validate_json(answer.content)


def state(centre: Centre, net: Browser, machine: Machine, id: str) -> dict[str, Any]:
    answer = net.get(f"/v1/enrolments/{id}", headers=machine.proof("enrolment", id, centre.time.moment))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def let_in(centre: Centre, net: Browser, machine: Machine, terminal: str = "qy-k01", **more: Any) -> Grant:
    ticket = ask(net, machine)
    centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place(terminal)), **more)
    return Grant.model_validate(state(centre, net, machine, ticket.id)["grant"])


def kept(centre: Centre, column: Any, **where: Any) -> Any:
    table = column.table
    with centre.database.read() as db:
        return db.scalar(select(column).where(*(table.c[name] == value for name, value in where.items())))


def everything(centre: Centre) -> str:
    """All rows of all tables, as text."""
    with centre.database.read() as db:
        names = list(t.metadata.tables)
        return "\n".join(str(row) for name in names for row in db.execute(text(f'SELECT * FROM "{name}"')))


def test_a_terminal_is_let_in_by_the_code_on_its_screen(centre: Centre, net: Browser) -> None:
    centre.hire("oper", "operator", "qy")
    centre.kept.put(CENTRE, "hall", "qy", "hall-token", "token-of-the-hall")
    machine = Machine()
    ticket = ask(net, machine)
    assert state(centre, net, machine, ticket.id)["state"] == "pending"

    with browser(centre.app()) as desk:
        csrf = sign_in(desk, "oper")
        typed = f"{ticket.code[:4].lower()} - {ticket.code[4:]}"
        seen = desk.post("/v1/enrolment/look", json={"code": typed}, headers=csrf).json()
        assert seen["fingerprint"] == fingerprint(machine.request.public_key)
        assert (seen["serial"], seen["model"], seen["address"]) == ("SN-1", "KT-80", "192.0.2.1")
        approved = desk.post("/v1/enrolment/approve", json={"code": typed, "place": place()}, headers=csrf)
        assert (approved.status_code, approved.json()) == (201, {"terminal": "qy-k01", "rev": 1})

    said = state(centre, net, machine, ticket.id)
    grant = Grant.model_validate(said["grant"])
    assert (said["state"], grant.device, grant.hall) == ("approved", "qy-k01", "qy")
    assert grant.broker.url == "mqtts://broker.test:8883"
    document = open_document(grant.desired.encode(), grant.keys, "qy-k01", 0, centre.time.moment)
    assert (document.rev, document.settings["role"]) == (1, "terminal")
    told = machine.unsealed(grant.sealed)
    assert told.named == {"hall-token": "token-of-the-hall"}
    assert passwords.matches(told.broker_password, kept(centre, t.terminals.c.password, id="qy-k01"))
    assert centre.published == ["qy-k01"]

    claimed = net.post(
        f"/v1/enrolments/{ticket.id}/claimed", headers=machine.proof("claimed", ticket.id, centre.time.moment)
    )
    assert claimed.json()["state"] == "claimed"
    after = state(centre, net, machine, ticket.id)
    assert (after["state"], after["grant"]) == ("claimed", None)
    assert grant.sealed not in everything(centre)  # nothing sealed is kept


def test_a_code_is_good_once(centre: Centre, net: Browser) -> None:
    ticket = ask(net, Machine())
    centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()))
    with pytest.raises(EnrolmentRefused) as refused:
        centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place("qy-k02")))
    assert refused.value.code == "enrolment.decided"
    assert kept(centre, t.terminals.c.id, id="qy-k02") is None


def test_a_code_is_good_for_a_quarter_of_an_hour(centre: Centre, net: Browser) -> None:
    machine = Machine()
    ticket = ask(net, machine)
    centre.time.at += 899
    assert centre.enrolments.look(CENTRE, ticket.code).state == "pending"
    centre.time.at += 1
    with pytest.raises(EnrolmentRefused) as refused:
        centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()))
    assert refused.value.code == "enrolment.expired"
    assert state(centre, net, machine, ticket.id)["state"] == "expired"


def test_a_terminal_that_asks_again_has_one_good_code(centre: Centre, net: Browser) -> None:
    machine = Machine()
    first, second = ask(net, machine), ask(net, machine)
    with pytest.raises(EnrolmentRefused):
        centre.enrolments.look(CENTRE, first.code)
    assert centre.enrolments.look(CENTRE, second.code).id == second.id
    assert [asker.id for asker in centre.enrolments.waiting(CENTRE)] == [second.id]


def test_of_two_who_approve_at_once_one_is_refused(centre: Centre, net: Browser) -> None:
    ticket = ask(net, Machine())

    def approve(terminal: str) -> str:
        try:
            return centre.enrolments.approve(
                CENTRE, ticket.code, Placement.model_validate(place(terminal))
            ).terminal
        except EnrolmentRefused as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(approve, [f"qy-k0{n}" for n in range(4)]))
    assert sorted(said)[:3] == ["enrolment.decided"] * 3
    with centre.database.read() as db:
        assert list(db.scalars(select(t.terminals.c.id))) == [sorted(said)[3]]


def test_only_the_terminal_itself_hears_how_it_stands(centre: Centre, net: Browser) -> None:
    machine, other = Machine(), Machine("SN-2")
    ticket, theirs = ask(net, machine), ask(net, other)
    centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()))
    at, path = centre.time.moment, f"/v1/enrolments/{ticket.id}"
    for headers in (
        {},
        other.proof("enrolment", ticket.id, at),
        machine.proof("enrolment", theirs.id, at),
        machine.proof("claimed", ticket.id, at),
    ):
        assert code(net.get(path, headers=headers)) == "401 auth.proof"
    old = machine.proof("enrolment", ticket.id, at)
    centre.time.at += 301
    assert code(net.get(path, headers=old)) == "401 auth.proof"


def test_a_claim_is_heard_once_by_each_proof_and_only_after_the_approval(
    centre: Centre, net: Browser
) -> None:
    machine = Machine()
    ticket = ask(net, machine)
    path = f"/v1/enrolments/{ticket.id}/claimed"
    early = machine.proof("claimed", ticket.id, centre.time.moment)
    assert code(net.post(path, headers=early)) == "409 enrolment.not_approved"
    centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()))
    assert code(net.post(path, headers=early)) == "401 auth.replayed"
    centre.time.at += 1
    for _ in range(2):  # its first answer may be lost on the way
        centre.time.at += 1
        claim = net.post(path, headers=machine.proof("claimed", ticket.id, centre.time.moment))
        assert claim.json()["state"] == "claimed"
        assert claim.json()["grant"] is None


def test_a_grant_opens_for_no_other_key(centre: Centre, net: Browser) -> None:
    grant = let_in(centre, net, Machine())
    with pytest.raises(Refused):
        Machine().unsealed(grant.sealed)


def test_nearer_secrets_hide_farther_ones(centre: Centre, net: Browser) -> None:
    for scope, key in (("hall", "qy"), ("serial", "SN-1"), ("terminal", "qy-k01")):
        centre.kept.put(CENTRE, scope, key, "hall-token", f"by-{scope}")  # type: ignore[arg-type]
    centre.kept.put(CENTRE, "hall", "qy", "hall-broker", "by-hall")
    centre.kept.put(CENTRE, "hall", "ly", "hall-broker", "of-another-hall")
    machine = Machine()
    told = machine.unsealed(let_in(centre, net, machine).sealed)
    assert told.named == {"hall-token": "by-terminal", "hall-broker": "by-hall"}
    centre.kept.put(CENTRE, "terminal", "qy-k01", "hall-token", "")
    sealed = net.post(
        "/v1/secrets/qy-k01", headers=machine.proof("secrets", "qy-k01", centre.time.moment)
    ).json()
    assert machine.unsealed(sealed["sealed"]).named["hall-token"] == "by-serial"


def test_secrets_come_again_with_a_new_password(centre: Centre, net: Browser) -> None:
    machine = Machine()
    first = machine.unsealed(let_in(centre, net, machine).sealed).broker_password
    changed = centre.accounts_changed
    answer = net.post("/v1/secrets/qy-k01", headers=machine.proof("secrets", "qy-k01", centre.time.moment))
    second = machine.unsealed(answer.json()["sealed"]).broker_password
    now = kept(centre, t.terminals.c.password, id="qy-k01")
    assert passwords.matches(second, now)
    assert not passwords.matches(first, now)
    assert centre.accounts_changed == changed + 1
    wrong = Machine().proof("secrets", "qy-k01", centre.time.moment)
    assert code(net.post("/v1/secrets/qy-k01", headers=wrong)) == "401 auth.proof"


def test_one_that_does_not_find_its_broker_gets_its_document_by_its_key(centre: Centre, net: Browser) -> None:
    machine = Machine()
    grant = let_in(centre, net, machine)
    proof = machine.proof("desired", "qy-k01", centre.time.moment)
    assert net.get("/v1/desired/qy-k01", headers=proof).content == grant.desired.encode()
    for wrong in (machine.proof("secrets", "qy-k01", centre.time.moment), {}):
        assert code(net.get("/v1/desired/qy-k01", headers=wrong)) == "401 auth.proof"


def test_a_retired_terminal_has_no_credential_and_learns_it(centre: Centre, net: Browser) -> None:
    machine = Machine()
    let_in(centre, net, machine)
    centre.kept.put(CENTRE, "terminal", "qy-k01", "hall-token", "mine")
    with pytest.raises(RegistryRefused):
        centre.enrolments.retire(Actor("far", "approver", ("ly",)), "qy-k01")
    with pytest.raises(Forbidden):
        centre.enrolments.retire(OPER, "qy-k01")
    centre.enrolments.retire(Actor("near", "approver", ("qy",)), "qy-k01")
    assert kept(centre, t.terminals.c.password, id="qy-k01") == ""
    assert kept(centre, t.terminals.c.state, id="qy-k01") == "retired"
    assert kept(centre, t.secrets.c.name, scope="terminal:qy-k01") is None
    assert centre.gone == ["qy-k01"]
    proof = machine.proof("secrets", "qy-k01", centre.time.moment)
    assert code(net.post("/v1/secrets/qy-k01", headers=proof)) == "410 enrolment.retired"
    proof = machine.proof("desired", "qy-k01", centre.time.moment)
    assert code(net.get("/v1/desired/qy-k01", headers=proof)) == "410 enrolment.retired"
    with pytest.raises(RegistryRefused):
        centre.enrolments.retire(CENTRE, "qy-k01")


def test_a_grant_that_nobody_claimed_dies_with_the_terminal(centre: Centre, net: Browser) -> None:
    machine = Machine()
    ticket = ask(net, machine)
    centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()))
    centre.enrolments.retire(CENTRE, "qy-k01")
    said = state(centre, net, machine, ticket.id)
    assert (said["state"], said["grant"]) == ("refused", None)


def test_the_same_hardware_keeps_its_id_and_its_revisions_go_on(centre: Centre, net: Browser) -> None:
    old = Machine()
    first = let_in(centre, net, old)
    new = Machine(old.serial)
    ticket = ask(net, new)
    assert centre.enrolments.look(OPER, ticket.code).same == ("qy-k01",)
    assert centre.enrolments.look(Actor("far", "operator", ("ly",)), ticket.code).same == ()
    with pytest.raises(RegistryRefused) as refused:
        centre.enrolments.approve(OPER, ticket.code, Placement.model_validate(place()))
    assert refused.value.code == "registry.taken"
    issued = centre.enrolments.approve(OPER, ticket.code, Placement.model_validate(place()), again=True)
    assert issued.rev == 2
    grant = Grant.model_validate(state(centre, net, new, ticket.id)["grant"])
    password = kept(centre, t.terminals.c.password, id="qy-k01")
    assert passwords.matches(new.unsealed(grant.sealed).broker_password, password)
    assert not passwords.matches(old.unsealed(first.sealed).broker_password, password)
    proof = old.proof("secrets", "qy-k01", centre.time.moment)
    assert code(net.post("/v1/secrets/qy-k01", headers=proof)) == "401 auth.proof"


def test_nobody_takes_the_id_of_a_machine_that_serves_but_who_may_retire_it(
    centre: Centre, net: Browser
) -> None:
    """A serial number can be claimed by anybody who can reach the centre."""
    let_in(centre, net, Machine())
    centre.fleet.refresh(["qy-k01"])
    now = centre.time.moment
    centre.fleet.heard_presence("qy-k01", Presence(on=True, sid="s", boot=1, at=now))
    centre.fleet.flush()
    password = kept(centre, t.terminals.c.password, id="qy-k01")
    ticket = ask(net, Machine())
    again = Placement.model_validate(place())
    with pytest.raises(Forbidden):
        centre.enrolments.approve(OPER, ticket.code, again, again=True)
    assert kept(centre, t.terminals.c.password, id="qy-k01") == password
    centre.enrolments.approve(Actor("wu", "approver", ("qy",)), ticket.code, again, again=True)
    assert kept(centre, t.terminals.c.password, id="qy-k01") != password


def test_what_was_said_of_a_terminal_goes_with_it_and_its_versions_stay(centre: Centre, net: Browser) -> None:
    let_in(centre, net, Machine())
    said = LayerChange("terminal", "qy-k01", 0, {"voice": {"volume": 5}})
    with centre.database.write() as connection:
        write(connection, CENTRE, said, at=1.0)
    centre.enrolments.retire(CENTRE, "qy-k01")
    ticket = ask(net, Machine())
    centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()), again=True)
    with centre.database.write() as connection:
        now = read(connection, "terminal", "qy-k01")
        assert (now.version, now.values) == (2, {})
        assert write(connection, CENTRE, replace(said, base=now.version), at=1.0) == 3


def test_a_new_machine_under_an_old_id_is_told_where_its_events_begin(centre: Centre, net: Browser) -> None:
    old = Machine()
    assert let_in(centre, net, old).events == 0
    with centre.database.write() as connection:
        for stream, acked in (("agent", 57), ("journal", 99)):
            row = {"terminal": "qy-k01", "stream": stream, "acked": acked, "lost": 0, "at": 0.0}
            connection.execute(insert(t.streams).values(row))
    new = Machine(old.serial)
    ticket = ask(net, new)
    centre.enrolments.approve(OPER, ticket.code, Placement.model_validate(place()), again=True)
    assert Grant.model_validate(state(centre, net, new, ticket.id)["grant"]).events == 57


def test_other_hardware_does_not_get_a_used_id(centre: Centre, net: Browser) -> None:
    let_in(centre, net, Machine())
    ticket = ask(net, Machine("SN-2"))
    with pytest.raises(EnrolmentRefused) as refused:
        centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()), again=True)
    assert refused.value.code == "enrolment.other_machine"
    assert centre.enrolments.look(CENTRE, ticket.code).state == "pending"


def test_an_operator_lets_in_only_in_the_own_halls(centre: Centre, net: Browser) -> None:
    ticket = ask(net, Machine())
    with pytest.raises(Forbidden):
        centre.enrolments.approve(OPER, ticket.code, Placement.model_validate(place(hall="ly")))
    with pytest.raises(Forbidden):
        centre.enrolments.look(Actor("view", "viewer"), ticket.code)
    assert kept(centre, t.enrolments.c.state, id=ticket.id) == "pending"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"terminal": "centre"}, "enrolment.name_reserved"),
        ({"hall": "nowhere"}, "registry.hall"),
        ({"groups": ["none"]}, "registry.group"),
        ({"role": "caller"}, "registry.window"),
        ({"role": "enrol"}, "registry.role"),
    ],
)
def test_a_place_that_cannot_be_leaves_everything_as_it_was(
    centre: Centre, net: Browser, change: dict[str, Any], refusal: str
) -> None:
    ticket = ask(net, Machine())
    with pytest.raises((EnrolmentRefused, RegistryRefused)) as refused:
        centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place() | change))
    assert isinstance(refused.value, EnrolmentRefused | RegistryRefused)
    assert refused.value.code == refusal
    assert centre.enrolments.look(CENTRE, ticket.code).state == "pending"
    with centre.database.read() as db:
        assert db.execute(select(t.terminals)).first() is None


def test_a_terminal_whose_layers_do_not_say_enough_is_not_let_in(centre: Centre, net: Browser) -> None:
    with centre.database.write() as db:
        db.execute(delete(t.layers))
    ticket = ask(net, Machine())
    with pytest.raises(EnrolmentRefused, match=r"source\.url") as refused:
        centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()))
    assert refused.value.code == "enrolment.settings"
    assert centre.enrolments.look(CENTRE, ticket.code).state == "pending"


def test_a_refused_terminal_hears_it(centre: Centre, net: Browser) -> None:
    machine = Machine()
    ticket = ask(net, machine)
    centre.enrolments.refuse(OPER, ticket.code)
    assert state(centre, net, machine, ticket.id)["state"] == "refused"


def test_one_address_cannot_fill_the_waiting_room(centre: Centre, net: Browser) -> None:
    for number in range(20):
        ask(net, Machine(f"SN-{number}"))
    more = net.post("/v1/enrolments", json=Machine("SN-21").request.model_dump())
    assert code(more) == "429 enrolment.too_many"
    with browser(centre.app(), "192.0.2.9") as elsewhere:
        ask(elsewhere, Machine("SN-22"))
    centre.time.at += 900
    ask(net, Machine("SN-23"))


def test_codes_cannot_be_guessed_for_long(centre: Centre) -> None:
    centre.hire("oper", "operator", "qy")
    with browser(centre.app(Rates(OPEN, OPEN, OPEN, Rate(5, 0.1)))) as desk:
        csrf = sign_in(desk, "oper")
        said = [
            code(desk.post("/v1/enrolment/look", json={"code": new_code()}, headers=csrf)) for _ in range(7)
        ]
    assert said == ["404 enrolment.unknown"] * 5 + ["429 request.too_often"] * 2


def test_a_key_that_nothing_can_be_sealed_to_is_refused(net: Browser) -> None:
    asked = Machine().request.model_dump() | {"seal_key": "0" * 64}
    assert code(net.post("/v1/enrolments", json=asked)) == "422 enrolment.key"


def test_secrets_stand_in_no_log_answer_row_or_repr(
    centre: Centre, net: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    centre.hire("admin", "admin")
    with browser(centre.app()) as desk:
        csrf = sign_in(desk, "admin")
        put = desk.put("/v1/secrets/hall/qy/hall-token", json={"value": "token-of-the-hall"}, headers=csrf)
        assert put.status_code == 204
        trail = desk.get("/v1/audit").text
    machine = Machine()
    ticket = ask(net, machine)
    issued = centre.enrolments.approve(CENTRE, ticket.code, Placement.model_validate(place()))
    said = state(centre, net, machine, ticket.id)
    secret = machine.unsealed(said["grant"]["sealed"])
    assert secret.named == {"hall-token": "token-of-the-hall"}
    proof = machine.proof("secrets", "qy-k01", centre.time.moment)
    net.post("/v1/secrets/qy-k01", headers=proof)
    places = (
        caplog.text,
        json.dumps(said),
        trail,
        everything(centre),
        repr(issued),
        repr(secret),
        repr(ticket),
    )
    for hidden in (secret.broker_password, "token-of-the-hall", ticket.code):
        assert [hidden in text for text in places] == [False] * len(places)
    assert proof["Authorization"] not in caplog.text


def test_codes_have_no_look_alikes_and_survive_typing() -> None:
    assert not set("0O1IL2Z5S8B") & set(ALPHABET)
    shown = new_code()
    assert len(shown) == 8
    assert hashed(f" {shown[:4].lower()}-{shown[4:]} ") == hashed(shown)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in shown)
    assert hashed(wide) == hashed(shown)
