"""Serials that are let in by themselves, from a table."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from provisioning.centre.placement import EnrolmentRefused, Placement
from provisioning.centre.preauthorise import TableRefused, read
from provisioning.centre.registry import Group, save_group
from provisioning.centre.rights import CENTRE, Actor, Forbidden
from provisioning.centre.store import tables as t
from tests.unit.provisioning.centre.api.browsing import Browser
from tests.unit.provisioning.centre.api.centre_world import Centre, Machine, browser, code, place, sign_in

OPER = Actor("oper", "operator", ("qy",))
HEAD = "serial,terminal,hall,role,name,groups\n"


@pytest.fixture
def net(centre: Centre) -> Iterator[Browser]:
    with browser(centre.app()) as net:
        yield net


def ask(centre: Centre, net: Browser, machine: Machine) -> tuple[str, str | None]:
    id = net.post("/v1/enrolments", json=machine.request.model_dump()).json()["id"]
    proof = machine.proof("enrolment", id, centre.time.moment)
    said = net.get(f"/v1/enrolments/{id}", headers=proof).json()
    return said["state"], said["grant"]["device"] if said["grant"] else None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_serial_of_the_table_is_let_in_by_itself_once(centre: Centre, net: Browser, encoding: str) -> None:
    centre.hire("oper", "operator", "qy")
    with centre.database.write() as db:
        save_group(db, CENTRE, Group("pilot", "试点"), at=0)
    table = (HEAD + "SN-7,qy-k07,qy,terminal,七号机,pilot\nSN-8,qy-k08,qy,terminal,八号机,\n").encode(
        encoding
    )
    csrf = sign_in(net, "oper")
    taken = net.post("/v1/preauthorised", files={"table": table}, headers=csrf)
    assert (taken.status_code, taken.json()) == (201, {"count": 2})
    assert ask(centre, net, Machine("SN-7")) == ("approved", "qy-k07")
    assert ask(centre, net, Machine("SN-7")) == ("pending", None)
    assert ask(centre, net, Machine("SN-9")) == ("pending", None)
    with centre.database.read() as db:
        row = db.execute(select(t.terminals)).one()
    assert (row.name, row.groups) == ("七号机", ["pilot"])
    assert {one["serial"]: bool(one["used"]) for one in net.get("/v1/preauthorised").json()} == {
        "SN-7": True,
        "SN-8": False,
    }


def test_a_serial_is_forgotten_on_request(centre: Centre, net: Browser) -> None:
    centre.expected.take(OPER, (HEAD + "SN-7,qy-k07,qy,terminal,七号机,\n").encode())
    with pytest.raises(EnrolmentRefused):
        centre.expected.forget(Actor("far", "operator", ("ly",)), "SN-7")
    centre.expected.forget(OPER, "SN-7")
    assert ask(centre, net, Machine("SN-7")) == ("pending", None)


def test_a_serial_of_another_hall_is_not_brought_into_the_own_one(centre: Centre, net: Browser) -> None:
    """Neither one that is waited for there, nor one that serves there."""
    centre.expected.take(CENTRE, (HEAD + "SN-7,ly-k07,ly,terminal,七号机,\n").encode())
    asked = net.post("/v1/enrolments", json=Machine("SN-8").request.model_dump()).json()
    centre.enrolments.approve(CENTRE, asked["code"], Placement.model_validate(place("ly-k08", "ly")))
    for serial in ("SN-7", "SN-8"):
        with pytest.raises(TableRefused) as refused:
            centre.expected.take(OPER, (HEAD + f"{serial},qy-k09,qy,terminal,九号机,\n").encode())
        assert [(one.column, one.code) for one in refused.value.faults] == [("serial", "registry.taken")]
    assert ask(centre, net, Machine("SN-7")) == ("approved", "ly-k07")


def test_an_expected_terminal_whose_id_was_taken_meanwhile_waits_for_people(
    centre: Centre, net: Browser
) -> None:
    centre.expected.take(OPER, (HEAD + "SN-7,qy-k07,qy,terminal,七号机,\n").encode())
    other = net.post("/v1/enrolments", json=Machine("SN-1").request.model_dump()).json()
    centre.enrolments.approve(CENTRE, other["code"], Placement.model_validate(place("qy-k07")))
    assert ask(centre, net, Machine("SN-7")) == ("pending", None)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("SN-1,qy-k01,qy,terminal,一号机,\nSN-2,qy-k02,ly,terminal,二号机,\n", (3, "hall", "auth.forbidden")),
        ("SN-1,qy-k01,no,terminal,一号机,\n", (2, "hall", "auth.forbidden")),
        ("SN-1,centre,qy,terminal,一号机,\n", (2, "terminal", "enrolment.name_reserved")),
        ("SN-1,qy-k01,qy,terminal,一号机,none\n", (2, "groups", "registry.group")),
        ("SN-1,qy-k01,qy,caller,一号机,\n", (2, "window", "registry.window")),
        ("SN-1,qy-k01,qy,robot,一号机,\n", (2, "role", "csv.value")),
        ("SN 1,qy-k01,qy,terminal,一号机,\n", (2, "serial", "csv.value")),
        ("SN-1,QY,qy,terminal,一号机,\n", (2, "terminal", "csv.value")),
        ("SN-1,qy-k01,qy,terminal,,\n", (2, "name", "csv.value")),
        ("SN-1,qy-k01,qy,terminal,a,\nSN-1,qy-k02,qy,terminal,b,\n", (3, "serial", "csv.twice")),
        ("SN-1,qy-k01,qy,terminal,a,\nSN-2,qy-k01,qy,terminal,b,\n", (3, "terminal", "csv.twice")),
        ("SN-1,qy-k01,qy,terminal,a,,more\n", (2, "", "csv.columns")),
    ],
)
def test_a_table_with_a_fault_is_refused_whole_and_the_line_is_named(
    centre: Centre, lines: str, fault: tuple[int, str, str]
) -> None:
    with pytest.raises(TableRefused) as refused:
        centre.expected.take(OPER, (HEAD + lines).encode())
    found = refused.value.faults[0]
    assert (found.line, found.column, found.code) == fault
    assert centre.expected.all(OPER) == ()


def test_a_table_without_a_needed_or_with_an_unknown_column_is_refused() -> None:
    for head in ("serial,terminal,hall,role\n", HEAD.strip() + ",pass\n", "", "\x00"):
        with pytest.raises(TableRefused) as refused:
            read(head.encode())
        assert refused.value.faults[0].code == "csv.columns"


def test_only_who_may_enrol_pre_authorises(centre: Centre, net: Browser) -> None:
    with pytest.raises(Forbidden):
        centre.expected.take(Actor("view", "viewer"), HEAD.encode())
    centre.hire("oper", "operator", "qy")
    csrf = sign_in(net, "oper")
    faulty = net.post("/v1/preauthorised", files={"table": b"x"}, headers=csrf)
    assert code(faulty) == "422 csv.refused"


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: (HEAD + text).encode())))
@example(b'"')
def test_any_bytes_are_a_table_or_are_refused(raw: bytes) -> None:
    try:
        found = [*read(raw)[0], *read(raw)[1]]
    except TableRefused as error:
        found = [*error.faults]
    assert found
