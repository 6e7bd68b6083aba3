"""Orders: signed, for those one may command, ended by one answer or a time-out; results come in once."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select

from provisioning.centre.commands import CommandRefused, Commands
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.wire import topics
from provisioning.wire.documents import open_command, sign_command
from provisioning.wire.messages import Answer, Command
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal, fails, open_alerts

OPERATOR = Actor("陈工", "operator")
KEY = Ed25519PrivateKey.generate()
RING = {"a": KEY.public_key().public_bytes_raw().hex()}
PNG = b"\x89PNG\r\n\x1a\n..."


class Office:
    def __init__(self, database: Database) -> None:
        self.now, self.said = 1_000_000.0, list[tuple[str, str, bytes]]()
        add_hall(database, "qy")
        add_hall(database, "ls")
        for terminal, hall in (("qy-k1", "qy"), ("qy-k2", "qy"), ("ls-k1", "ls")):
            add_terminal(database, terminal, hall)
        add_terminal(database, "old", "qy", state="retired")
        self.database = database
        self.commands = self.fresh()

    def fresh(self) -> Commands:
        return Commands(self.database, lambda: self.now, lambda body: sign_command(body, "a", KEY), self.say)

    def say(self, device: str, topic: str, payload: bytes) -> bool:
        self.said.append((device, topic, payload))
        return True

    def told(self, place: int = -1) -> Command:
        device, topic, payload = self.said[place]
        assert topic == topics.command(device)
        return open_command(payload, RING, device, datetime.fromtimestamp(self.now, UTC))

    def answer(self, order: Command, *, ok: bool = True, code: str = "") -> bool:
        said = Answer(id=order.id, ok=ok, code=code, at=datetime.fromtimestamp(self.now, UTC))
        return bool(self.commands.answered(order.device, said))

    def states(self) -> list[tuple[str, str]]:
        return [(row["state"], row["code"]) for row in self.commands.listed(OPERATOR)]


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_an_order_is_signed_for_its_terminal_and_its_answer_ends_it(office: Office) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "identify", {"seconds": "20"})
    order = office.told()
    assert (order.device, order.verb, order.args) == ("qy-k1", "identify", {"seconds": "20"})
    assert office.states() == [("sent", "")]
    assert [office.answer(order), office.answer(order, ok=False)] == [True, False]
    assert office.states() == [("done", "")]


def test_an_order_that_fails_says_why(office: Office) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "test_print")
    office.answer(office.told(), ok=False, code="fault.paper_out")
    assert office.states() == [("failed", "fault.paper_out")]


def test_an_order_to_many_is_one_entry_of_the_audit(office: Office) -> None:
    batch = office.commands.send(OPERATOR, ["qy-k1", "qy-k2", "ls-k1"], "resync")
    assert batch.sent == 3
    with office.database.read() as db:
        entries = db.execute(select(t.audit.c.action, t.audit.c.subject)).all()
    assert [tuple(entry) for entry in entries] == [("command.resync", "3 terminals")]
    assert len(office.commands.listed(OPERATOR, batch=batch.id)) == 3


def test_an_order_nobody_answers_times_out_and_a_late_answer_still_counts(office: Office) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "identify")
    order = office.told()
    office.commands.sweep()
    assert open_alerts(office.database) == []
    office.now += 31
    office.commands.sweep()
    office.commands.sweep()
    told = {"verb": "identify", "terminals": ["qy-k1"]}
    assert open_alerts(office.database) == [("qy-k1", "qy", "command.timeout", told)]
    assert office.states() == [("timeout", "command.timeout")]
    assert office.answer(order)
    assert office.states() == [("done", "")]


def test_a_centre_that_was_away_still_ends_its_orders(office: Office) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "identify")
    again = office.fresh()
    again.load()
    office.now += 31
    again.sweep()
    assert [subject for subject, *_ in open_alerts(office.database)] == ["qy-k1"]


def test_an_order_to_several_that_nobody_answers_is_one_alert(office: Office) -> None:
    batch = office.commands.send(OPERATOR, ["qy-k1", "ls-k1"], "identify")
    office.now += 31
    office.commands.sweep()
    told = {"verb": "identify", "terminals": ["ls-k1", "qy-k1"]}
    assert open_alerts(office.database) == [(batch.id, "", "command.timeout", told)]


def test_a_time_out_that_could_not_be_told_is_none_yet(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "identify")
    office.now += 31
    with monkeypatch.context() as broken:
        broken.setattr("provisioning.centre.commands.note", fails)
        with pytest.raises(StoreFailed):
            office.commands.sweep()
    assert office.states() == [("sent", "")]
    again = office.fresh()  # the centre starts anew
    again.load()
    again.sweep()
    assert [subject for subject, *_ in open_alerts(office.database)] == ["qy-k1"]
    assert office.states() == [("timeout", "command.timeout")]


def test_another_terminal_cannot_answer(office: Office) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "identify")
    said = Answer(id=office.told().id, ok=True, at=datetime.fromtimestamp(office.now, UTC))
    assert not office.commands.answered("qy-k2", said)
    assert office.states() == [("sent", "")]


@pytest.mark.parametrize(
    ("terminals", "verb", "code"),
    [
        (["qy-k1"], "shell", "command.unknown"),
        ([], "identify", "command.nobody"),
        (["qy-k1", "nobody"], "identify", "terminal.unknown"),
        (["old"], "identify", "terminal.unknown"),
    ],
)
def test_an_order_that_makes_no_sense_reaches_nobody(
    office: Office, terminals: list[str], verb: str, code: str
) -> None:
    with pytest.raises(CommandRefused) as refused:
        office.commands.send(OPERATOR, terminals, verb)
    assert (refused.value.code, office.said, office.states()) == (code, [], [])


@pytest.mark.parametrize(
    ("actor", "terminals", "verb"),
    [
        (Actor("看", "viewer"), ["qy-k1"], "identify"),
        (Actor("李", "operator", ("ls",)), ["qy-k1"], "identify"),
        (Actor("李", "operator", ("ls",)), ["ls-k1", "qy-k1"], "identify"),
        (OPERATOR, ["qy-k1"], "wipe"),
    ],
)
def test_who_may_not_command_reaches_nobody(
    office: Office, actor: Actor, terminals: list[str], verb: str
) -> None:
    with pytest.raises(Forbidden):
        office.commands.send(actor, terminals, verb)
    assert office.said == []


def taken_away(office: Office, verb: str = "screenshot") -> str:
    office.commands.send(OPERATOR, ["qy-k1"], verb)
    return office.told().args["put"].removeprefix("/v1/artefacts/")


def test_a_result_comes_in_once_and_is_seen_by_whoever_sees_its_terminal(office: Office) -> None:
    token = taken_away(office)
    office.commands.keep(token, PNG, masked=True)
    with pytest.raises(CommandRefused):
        office.commands.keep(token, PNG)
    command = office.commands.last_artefact(OPERATOR, "qy-k1", "screenshot")
    found = office.commands.artefact(OPERATOR, command or "")
    assert found is not None
    assert (bytes(found["content"]), found["masked"]) == (PNG, True)
    with pytest.raises(Forbidden):
        office.commands.artefact(Actor("李", "viewer", ("ls",)), command or "")


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x1f\x8b gzip", PNG + b"0" * 4 * 2**20])
def test_what_is_not_the_result_that_was_asked_for_is_refused_and_the_address_used_up(
    office: Office, content: bytes
) -> None:
    token = taken_away(office)
    for _ in range(2):
        with pytest.raises(CommandRefused):
            office.commands.keep(token, content)
    assert office.commands.last_artefact(OPERATOR, "qy-k1", "screenshot") is None


def test_an_address_is_worth_nothing_after_its_time(office: Office) -> None:
    token = taken_away(office, "logs")
    office.now += 121
    with pytest.raises(CommandRefused):
        office.commands.keep(token, b"\x1f\x8b")


def test_the_token_of_an_address_stands_nowhere_in_the_database(office: Office) -> None:
    token = taken_away(office)
    with office.database.read() as db:
        for table in t.metadata.sorted_tables:
            assert token not in str(db.execute(select(table)).all())


def test_a_result_is_thrown_away_after_its_time_though_no_order_is_late(office: Office) -> None:
    office.commands.keep(taken_away(office), PNG)
    office.answer(office.told())
    office.commands.sweep()
    office.now += 8 * 86_400
    office.commands.sweep()
    with office.database.read() as db:
        assert db.execute(select(t.artefacts)).all() == []


def test_more_time_outs_than_a_statement_has_room_for_end_at_once(office: Office, database: Database) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "identify")
    many = 33_000  # SQLite binds 32,766 values
    with database.write() as db:
        row = dict(db.execute(select(t.commands)).mappings().one())
        db.execute(insert(t.commands), [row | {"id": f"{n:032x}"} for n in range(many)])
    office.commands = office.fresh()
    office.commands.load()
    office.now += 3600
    office.commands.sweep()
    ((_, _, code, detail),) = open_alerts(database)
    assert (code, len(detail["terminals"])) == ("command.timeout", 20)
    assert {row["state"] for row in office.commands.listed(OPERATOR, limit=many + 1)} == {"timeout"}
