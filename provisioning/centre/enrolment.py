"""Letting terminals in, and out for good.

A terminal makes its keys and asks; its screen shows a code; whoever stands before it types the code here (or its
serial was pre-authorised). It then gets an identity, the trust anchor, the broker's address, secrets sealed to its key
and its first signed document. A code is good once and for 15 minutes. Knowing who asks is not enough to let one in.

The broker's password exists in clear only while it is sealed; kept are the broker's hash and, until the terminal says
it has it, the sealed form, which nobody but the terminal can open.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from provisioning.broker import passwords
from provisioning.centre import audit, layers, placings, registry
from provisioning.centre.documents import Documents, Issued, settings_of
from provisioning.centre.enrolment_codes import hashed, new_code
from provisioning.centre.enrolment_rows import Asker, admit, decide, revoke, seen, shown, tidy
from provisioning.centre.layers import LayerChange, effective, problems_of
from provisioning.centre.placement import EnrolmentRefused, Placement
from provisioning.centre.rights import CENTRE, Actor
from provisioning.centre.secrets_kept import KeptSecrets
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import enrolments, halls, preauthorised, streams, terminals
from provisioning.centre.store.tables import secrets as kept_secrets
from provisioning.wire.documents import fingerprint, seal, sign_command
from provisioning.wire.messages import (
    BrokerAccess,
    Command,
    EnrolAnswer,
    EnrolRequest,
    EnrolTicket,
    Grant,
    Secrets,
)

log = logging.getLogger(__name__)

GOOD_FOR = 15 * 60.0
EXPECTED_FOR = 30 * 86400.0  # seconds: a serial is no secret, and whoever says it first is let in
PER_ADDRESS = 100  # pending at once: a hall's terminals may share one address
IN_ALL = 10_000


class Surroundings(Protocol):
    """What the rest of the centre does when a terminal comes or goes."""

    def first(self, connection: Connection, terminal: str) -> Issued:
        """Resolve and issue its first document, in this transaction."""

    def enrolled(self, issued: Issued) -> None:
        """It is committed: know the terminal, publish its document, let the broker have its account."""

    def retired(self, terminal: str) -> None:
        """It is committed: order it to wipe itself, erase its retained topics, throw it out of the broker."""

    def password_changed(self, terminal: str) -> None:
        """It is committed: let the broker have its new account."""


class Enrolments:
    """``now``: UTC seconds since 1970; ``url``: the centre's public address; ``brokers``: by ``halls.broker``."""

    def __init__(
        self,
        database: Database,
        keys: SigningKeys,
        documents: Documents,
        kept: KeptSecrets,
        brokers: Mapping[str, BrokerAccess],
        around: Surroundings,
        now: Callable[[], float],
        *,
        url: str,
        per_address: int = PER_ADDRESS,
        in_all: int = IN_ALL,
    ) -> None:
        self._database, self._keys, self._documents, self._kept = database, keys, documents, kept
        self._brokers, self._around, self._now = brokers, around, now
        self._url, self._per_address, self._in_all = url.rstrip("/"), per_address, in_all

    # -- the terminal's side ------------------------------------------------------------------------------

    def request(self, asked: EnrolRequest, address: str) -> EnrolTicket:
        """A new code; an earlier one of the same key is dead. Raises EnrolmentRefused."""
        try:
            seal(b"", asked.seal_key)
        except ValueError as error:
            raise EnrolmentRefused("enrolment.key", "not a key one can seal to") from error
        now, id_, code = self._now(), secrets.token_hex(16), new_code()
        with self._database.write() as connection:
            tidy(connection, now)
            pending = enrolments.c.state == "pending"
            connection.execute(
                update(enrolments)
                .where(enrolments.c.public_key == asked.public_key, pending)
                .values(state="expired")
            )
            count = select(func.count()).select_from(enrolments).where(pending)
            from_there = count.where(enrolments.c.facts["address"].as_string() == address)
            if (connection.scalar(from_there) or 0) >= self._per_address or (
                connection.scalar(count) or 0
            ) >= self._in_all:
                raise EnrolmentRefused("enrolment.too_many", "let in or refuse those that wait")
            connection.execute(
                insert(enrolments).values(
                    id=id_,
                    code=hashed(code),
                    public_key=asked.public_key,
                    seal_key=asked.seal_key,
                    serial=asked.serial,
                    facts={"app": asked.app, "os": asked.os, "model": asked.model, "address": address},
                    created=now,
                    expires=now + GOOD_FOR,
                    state="pending",
                    by="",
                )
            )
        self._expected(id_)
        return EnrolTicket(
            id=id_,
            code=code,
            expires=datetime.fromtimestamp(now + GOOD_FOR, UTC),
            url=f"{self._url}/enrolment?code={code}",
        )

    def key_of(self, id_: str) -> str | None:
        """The public key that proofs about this enrolment are checked with."""
        with self._database.read() as connection:
            return connection.scalar(select(enrolments.c.public_key).where(enrolments.c.id == id_))

    def answer(self, id_: str) -> EnrolAnswer:
        """How it stands; with the grant once it is approved and until it is claimed. Raises EnrolmentRefused."""
        now = self._now()
        with self._database.read() as connection:
            row = connection.execute(select(enrolments).where(enrolments.c.id == id_)).first()
            if row is None:
                raise EnrolmentRefused("enrolment.unknown")
            state = "expired" if row.state == "pending" and row.expires <= now else row.state
            grant = self._grant(connection, row) if state == "approved" else None
        return EnrolAnswer(state=state, grant=grant, at=datetime.fromtimestamp(now, UTC))

    def claimed(self, id_: str) -> EnrolAnswer:
        """The terminal has it on disk: nobody gets it again. Saying so twice is the same as once."""
        with self._database.write() as connection:
            row = connection.execute(select(enrolments).where(enrolments.c.id == id_)).first()
            if row is None or row.state not in ("approved", "claimed"):
                raise EnrolmentRefused("enrolment.not_approved")
            facts = {name: fact for name, fact in row.facts.items() if name != "sealed"}
            done = update(enrolments).where(enrolments.c.id == id_, enrolments.c.state == "approved")
            if connection.execute(done.values(state="claimed", facts=facts)).rowcount:
                log.info("terminal=%s enrolment=claimed", row.terminal)
        return EnrolAnswer(state="claimed", at=datetime.fromtimestamp(self._now(), UTC))

    def key_of_terminal(self, terminal: str) -> str | None:
        """The public key of a terminal, also of a retired one: it may learn that it is."""
        with self._database.read() as connection:
            return connection.scalar(select(terminals.c.public_key).where(terminals.c.id == terminal))

    def secrets_again(self, terminal: str) -> str:
        """All its secrets as they are now, with a new broker password, sealed to its key.

        Raises EnrolmentRefused (enrolment.retired) when it is out of service: it is to wipe itself.
        """
        with self._database.write() as connection:
            row = connection.execute(select(terminals).where(terminals.c.id == terminal)).one()
            if row.state != "enrolled":
                raise EnrolmentRefused("enrolment.retired")
            password = _new_password()
            connection.execute(
                update(terminals)
                .where(terminals.c.id == terminal)
                .values(password=passwords.hashed(password))
            )
            sealed = self._sealed(connection, terminal, row.rev, row.seal_key, password)
            subject = f"terminal {terminal}"
            audit.record(connection, CENTRE, "terminal.secrets", subject, row.hall, at=self._now())
        self._around.password_changed(terminal)
        return sealed

    def desired(self, terminal: str) -> bytes:
        """Its newest document, for one that does not find its broker: it says where that is by now.

        Raises EnrolmentRefused (enrolment.retired) when it is out of service: it is to wipe itself.
        """
        with self._database.read() as connection:
            state = connection.scalar(select(terminals.c.state).where(terminals.c.id == terminal))
            envelope = self._documents.envelope(connection, terminal)
        if state != "enrolled" or envelope is None:
            raise EnrolmentRefused("enrolment.retired")
        return envelope

    def order_to_wipe(self, terminal: str) -> bytes:
        """What a retired terminal believes: anybody on the way could say that it is retired."""
        signer, at = self._keys.active(), datetime.fromtimestamp(self._now(), UTC)
        body = Command(
            id=secrets.token_hex(16), device=terminal, verb="wipe", issued=at, expires=at + timedelta(days=1)
        )
        return sign_command(body, signer.kid, signer.key, signer.hand_overs)

    # -- the people's side --------------------------------------------------------------------------------

    def look(self, actor: Actor, code: str) -> Asker:
        """Who shows ``code``. Raises Forbidden, EnrolmentRefused."""
        actor.needs("enrol")
        with self._database.read() as connection:
            return seen(connection, shown(connection, code, self._now()), actor)

    def waiting(self, actor: Actor) -> tuple[Asker, ...]:
        """All that wait, the newest first; letting one in still needs its code. Raises Forbidden."""
        actor.needs("enrol")
        with self._database.read() as connection:
            question = select(enrolments).where(
                enrolments.c.state == "pending", enrolments.c.expires > self._now()
            )
            rows = connection.execute(question.order_by(enrolments.c.created.desc()).limit(200)).all()
            return tuple(seen(connection, row, actor) for row in rows)

    def approve(self, actor: Actor, code: str, place: Placement, *, again: bool = False) -> Issued:
        """Let in whoever shows ``code`` as ``place`` says. ``again``: it takes the id of a terminal there was.

        Raises Forbidden, EnrolmentRefused, RegistryRefused; of two who approve at once one is refused.
        """
        actor.needs("enrol", place.hall)
        with self._database.write() as connection:
            row = shown(connection, code, self._now())
            issued = self._let_in(connection, actor, row, place, actor.name, again=again)
        self._around.enrolled(issued)
        return issued

    def refuse(self, actor: Actor, code: str) -> None:
        """Raises Forbidden, EnrolmentRefused."""
        actor.needs("enrol")
        with self._database.write() as connection:
            row = shown(connection, code, self._now())
            decide(connection, row, state="refused", by=actor.name)
            audit.record(connection, actor, "enrolment.refused", f"serial {row.serial}", at=self._now())

    def retire(self, actor: Actor, terminal: str) -> None:
        """Out of service for good: the credential is dead, its topics and data are to be erased.

        Raises Forbidden, RegistryRefused.
        """
        with self._database.read() as connection:
            found = registry.terminal(connection, actor, terminal)
        actor.needs("retire", found.hall)
        with self._database.write() as connection:
            out = update(terminals).where(terminals.c.id == terminal, terminals.c.state == "enrolled")
            gone = {"state": "retired", "retired": self._now(), "password": "", "online": False}
            if not connection.execute(out.values(**gone)).rowcount:
                raise registry.RegistryRefused("registry.retired", f"terminal {terminal}")
            connection.execute(delete(kept_secrets).where(kept_secrets.c.scope == f"terminal:{terminal}"))
            if (own := layers.read(connection, "terminal", terminal)).values:
                empty = LayerChange("terminal", terminal, own.version, {})
                layers.write(connection, actor, empty, at=self._now())
            nowhere = {terminal: replace(found.placing, groups=())}
            placings.write(connection, actor.name, nowhere, at=self._now())
            revoke(connection, terminal)
            detail, subject = {"serial": found.serial}, f"terminal {terminal}"
            audit.record(connection, actor, "terminal.retired", subject, found.hall, detail, at=self._now())
        log.info("terminal=%s state=retired", terminal)
        self._around.retired(terminal)

    # -- inside -------------------------------------------------------------------------------------------

    def _expected(self, id_: str) -> None:
        """Let in by itself whose serial was pre-authorised; where that cannot be, people decide."""
        with self._database.read() as connection:
            if self._authorised(connection, id_) is None:
                return
        try:
            with self._database.write() as connection:
                row = connection.execute(select(enrolments).where(enrolments.c.id == id_)).one()
                if (expected := self._authorised(connection, id_)) is None:
                    return
                used = update(preauthorised).where(
                    preauthorised.c.serial == row.serial, preauthorised.c.used.is_(None)
                )
                if not connection.execute(used.values(used=self._now())).rowcount:
                    return
                place = Placement(
                    terminal=expected.terminal,
                    hall=expected.hall,
                    role=expected.role,
                    name=expected.name,
                    name_en=expected.name_en,
                    groups=tuple(expected.groups),
                    window=expected.window,
                )
                issued = self._let_in(connection, CENTRE, row, place, expected.by, again=False)
        except (EnrolmentRefused, registry.RegistryRefused) as error:
            log.warning("enrolment=%s preauthorised=refused code=%s", id_, error.code)
            return
        self._around.enrolled(issued)

    def _authorised(self, connection: Connection, id_: str) -> Row[Any] | None:
        return connection.execute(
            select(preauthorised)
            .join(enrolments, enrolments.c.serial == preauthorised.c.serial)
            .where(enrolments.c.id == id_, preauthorised.c.used.is_(None))
            .where(preauthorised.c.at > self._now() - EXPECTED_FOR)
        ).first()

    def _let_in(
        self, connection: Connection, actor: Actor, row: Row[Any], place: Placement, by: str, *, again: bool
    ) -> Issued:
        decide(connection, row, state="approved", terminal=place.terminal, by=by)
        password, now = _new_password(), self._now()
        admit(connection, actor, place, row, passwords.hashed(password), now, again=again)
        holds = effective(
            connection, connection.execute(select(terminals).where(terminals.c.id == place.terminal)).one()
        )
        if problems := problems_of(holds):
            raise EnrolmentRefused("enrolment.settings", str(problems[0]))
        issued = self._around.first(connection, place.terminal)
        sealed = self._sealed(connection, place.terminal, issued.rev, row.seal_key, password)
        connection.execute(
            update(enrolments).where(enrolments.c.id == row.id).values(facts={**row.facts, "sealed": sealed})
        )
        detail = {"serial": row.serial, "fingerprint": fingerprint(row.public_key), "again": again, "by": by}
        subject = f"terminal {place.terminal}"
        audit.record(connection, actor, "terminal.enrolled", subject, place.hall, detail, at=now)
        log.info("terminal=%s hall=%s state=enrolled", place.terminal, place.hall)
        return issued

    def _sealed(self, connection: Connection, terminal: str, rev: int, seal_key: str, password: str) -> str:
        wanted = (settings_of(connection, terminal, rev) or {}).get("secrets", ())
        named = dict(self._kept.of(connection, terminal, wanted))
        body = Secrets(broker_password=password, named=named)
        return seal(body.model_dump_json().encode(), seal_key)

    def _grant(self, connection: Connection, row: Row[Any]) -> Grant:
        hall = connection.execute(
            select(halls.c.id, halls.c.broker)
            .join(terminals, terminals.c.hall == halls.c.id)
            .where(terminals.c.id == row.terminal)
        ).one()
        envelope = self._documents.envelope(connection, row.terminal)
        assert envelope is not None, "approved together with its first document"
        return Grant(
            device=row.terminal,
            hall=hall.id,
            keys=self._keys.public(),
            broker=self._brokers[hall.broker or "main"],
            sealed=row.facts["sealed"],
            desired=envelope.decode(),
            events=self._numbered(connection, row.terminal),
        )

    @staticmethod
    def _numbered(connection: Connection, terminal: str) -> int:
        """How far its events are: those of a new machine under an old id are numbered on from there."""
        of = (streams.c.terminal == terminal) & (streams.c.stream == "agent")
        return connection.scalar(select(streams.c.acked).where(of)) or 0


def _new_password() -> str:
    """For the broker: 192 random bits."""
    return secrets.token_urlsafe(24)
