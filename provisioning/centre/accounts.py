"""People of the centre: who they are, what they may, and their sessions.

A session's token is 256 random bits, made new at every sign-in and kept as its hash. It ends by signing out, after
30 minutes without a request, 12 hours after sign-in, and when the password, role, halls or permission change.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast, get_args

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, insert, select, update

from provisioning.centre import audit
from provisioning.centre.passwords import Passwords, require_strong
from provisioning.centre.registry import shown_as_written
from provisioning.centre.rights import CENTRE, Actor, Role
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import halls as halls_table
from provisioning.centre.store.tables import sessions, users
from provisioning.centre.throttle import Throttle

IDLE = 30 * 60.0
ABSOLUTE = 12 * 3600.0
SEEN_EVERY = 60.0  # a session's last use is written at most this often: reading a page is no write


class SignInRefused(Exception):
    """Name or password is wrong, or the account is disabled: which of them is not said."""

    code = "auth.sign_in"


class AccountRefused(Exception):
    """An account that cannot be so. ``code``: auth.{name,taken,unknown,role,halls,language,last_admin}."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Person:
    """An account. ``halls`` empty: all."""

    name: str
    shown: str
    role: Role
    halls: tuple[str, ...] = ()
    language: str = "zh"
    disabled: bool = False
    created: float = 0.0

    @property
    def actor(self) -> Actor:
        return Actor(self.name, self.role, self.halls)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. ``expires``: the end whatever happens, UTC seconds since 1970."""

    actor: Actor
    shown: str
    language: str
    csrf: str = field(repr=False)
    created: float
    seen: float
    expires: float


class Accounts:
    """``now``: UTC seconds since 1970."""

    def __init__(
        self, database: Database, now: Callable[[], float], passwords: Passwords | None = None
    ) -> None:
        self._database, self._now = database, now
        self._passwords = passwords or Passwords()
        self._throttle = Throttle(now)

    # -- sessions ---------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str, address: str) -> tuple[str, Session]:
        """A new token, to be given once, and its session. ``address``: where the request came from.

        Raises SignInRefused, Throttled.
        """
        with self._database.read() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).mappings().first()
        last = self._throttle.begin(name, address)
        # Outside any transaction: it takes its time on purpose, the same for a name that nobody has.
        fits = self._passwords.fits(password, row["password"] if row else None)
        if row is None or not fits or row["disabled"]:
            if last and row is not None:
                with self._database.write() as connection:
                    self._note(connection, CENTRE, "session.throttled", name, {"address": address})
            raise SignInRefused
        self._throttle.succeeded(name, address)
        outdated = self._passwords.outdated(row["password"])
        rehashed = self._passwords.hashed(password) if outdated else row["password"]
        token, now = secrets.token_urlsafe(32), self._now()
        person = _person(row)
        session = Session(
            person.actor, person.shown, person.language, secrets.token_urlsafe(32), now, now, now + ABSOLUTE
        )
        with self._database.write() as connection:
            same = (
                update(users)
                .where(users.c.id == row["id"], users.c.version == row["version"])
                .values(password=rehashed)
            )
            if connection.execute(same).rowcount != 1:  # changed while we were hashing
                raise SignInRefused
            connection.execute(delete(sessions).where(_ended(now)))
            connection.execute(
                insert(sessions).values(
                    token=_hashed(token),
                    user_id=row["id"],
                    user_version=row["version"],
                    csrf=session.csrf,
                    created=now,
                    seen=now,
                    expires=session.expires,
                )
            )
            self._note(connection, person.actor, "session.opened", name, {"address": address})
        return token, session

    def session(self, token: str, *, active: bool = True) -> Session | None:
        """The session of ``token``, as of now; None where there is none or it has ended.

        Not ``active``: a page that lies open asked by itself, and that keeps no session alive.
        """
        now, key = self._now(), _hashed(token)
        with self._database.read() as connection:
            row = (
                connection.execute(
                    select(users, sessions.c.csrf, sessions.c.seen, sessions.c.expires)
                    .add_columns(sessions.c.created.label("opened"))
                    .join(
                        users,
                        (users.c.id == sessions.c.user_id) & (users.c.version == sessions.c.user_version),
                    )
                    .where(sessions.c.token == key, ~_ended(now), users.c.disabled.is_(False))
                )
                .mappings()
                .first()
            )
        if row is None:
            return None
        if active and abs(now - row["seen"]) >= SEEN_EVERY:
            with self._database.write() as connection:
                connection.execute(update(sessions).where(sessions.c.token == key).values(seen=now))
        person = _person(row)
        return Session(
            person.actor, person.shown, person.language, row["csrf"], row["opened"], now, row["expires"]
        )

    def sign_out(self, token: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.token == _hashed(token)))

    # -- people -----------------------------------------------------------------------------------------

    def people(self, actor: Actor) -> tuple[Person, ...]:
        """Raises Forbidden."""
        actor.needs("admin")
        with self._database.read() as connection:
            rows = connection.execute(select(users).order_by(users.c.name)).mappings()
            return tuple(_person(row) for row in rows)

    def create(self, actor: Actor, person: Person, password: str) -> Person:
        """Raises Forbidden, AccountRefused, WeakPassword."""
        actor.needs("admin")
        require_strong(password, person.name)
        hashed = self._passwords.hashed(password)
        with self._database.write() as connection:
            self._sound(connection, person)
            if connection.scalar(select(users.c.id).where(users.c.name == person.name)) is not None:
                raise AccountRefused("auth.taken", person.name)
            return self._insert(connection, actor, person, hashed)

    def change(self, actor: Actor, person: Person) -> Person:
        """Make the account of that name be as ``person`` says. Its sessions end where its rights change.

        Raises Forbidden, AccountRefused; the last admin who could sign in stays one.
        """
        actor.needs("admin")
        with self._database.write() as connection:
            self._sound(connection, person)
            before = _found(connection, person.name)
            old = _person(before)
            rights = (old.role, set(old.halls), old.disabled) != (
                person.role,
                set(person.halls),
                person.disabled,
            )
            connection.execute(
                update(users)
                .where(users.c.id == before["id"])
                .values(
                    shown=person.shown,
                    role=person.role,
                    halls=list(person.halls),
                    language=person.language,
                    disabled=person.disabled,
                    version=before["version"] + rights,
                )
            )
            self._admin_left(connection)
            detail = {"role": person.role, "halls": list(person.halls), "disabled": person.disabled}
            self._note(connection, actor, "user.changed", person.name, detail)
        return replace(person, created=old.created)

    def set_language(self, actor: Actor, language: str) -> None:
        """The actor's own; it ends no session."""
        if language not in ("zh", "en"):
            raise AccountRefused("auth.language", language)
        with self._database.write() as connection:
            connection.execute(update(users).where(users.c.name == actor.name).values(language=language))

    def set_password(self, actor: Actor, name: str, password: str) -> None:
        """By an admin; every session of ``name`` ends. Raises Forbidden, AccountRefused, WeakPassword."""
        actor.needs("admin")
        self._set_password(actor, name, password, None)

    def change_password(self, actor: Actor, old: str, new: str, address: str) -> None:
        """The actor's own; every session ends, this one too. Raises SignInRefused, Throttled, WeakPassword."""
        with self._database.read() as connection:
            kept = connection.scalar(select(users.c.password).where(users.c.name == actor.name))
        self._throttle.begin(actor.name, address)
        if not self._passwords.fits(old, kept):
            raise SignInRefused
        self._throttle.undo(actor.name, address)
        self._set_password(actor, actor.name, new, kept)

    def ensure_admin(self, name: str, password: str) -> None:
        """The way in from the machine itself: ``name`` is an admin of all halls with this password from now on.

        Raises AccountRefused, WeakPassword.
        """
        require_strong(password, name)
        hashed = self._passwords.hashed(password)
        person = Person(name, name, "admin")
        with self._database.write() as connection:
            self._sound(connection, person)
            row = connection.execute(select(users.c.version).where(users.c.name == name)).first()
            if row is None:
                self._insert(connection, CENTRE, person, hashed)
                return
            connection.execute(
                update(users)
                .where(users.c.name == name)
                .values(password=hashed, role="admin", halls=[], disabled=False, version=row.version + 1)
            )
            self._note(connection, CENTRE, "user.reset", name, {"role": "admin"})

    # -- inside -----------------------------------------------------------------------------------------

    def _set_password(self, actor: Actor, name: str, password: str, kept: str | None) -> None:
        require_strong(password, name)
        hashed = self._passwords.hashed(password)
        with self._database.write() as connection:
            row = _found(connection, name)
            if kept is not None and row["password"] != kept:  # changed while we were hashing
                raise SignInRefused
            connection.execute(
                update(users)
                .where(users.c.id == row["id"])
                .values(password=hashed, version=row["version"] + 1)
            )
            self._note(connection, actor, "user.password", name)

    def _insert(self, connection: Connection, actor: Actor, person: Person, hashed: str) -> Person:
        made = replace(person, created=self._now())
        connection.execute(
            insert(users).values(
                name=made.name,
                shown=made.shown or made.name,
                password=hashed,
                role=made.role,
                halls=list(made.halls),
                language=made.language,
                disabled=made.disabled,
                created=made.created,
                version=1,
            )
        )
        self._note(
            connection, actor, "user.created", made.name, {"role": made.role, "halls": list(made.halls)}
        )
        return made

    def _note(
        self,
        connection: Connection,
        actor: Actor,
        action: str,
        name: str,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        audit.record(connection, actor, action, f"user {name}", detail=detail, at=self._now())

    @staticmethod
    def _sound(connection: Connection, person: Person) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,59}", person.name) or person.name == CENTRE.name:
            raise AccountRefused("auth.name", "2 to 60 of a-z, 0-9, dot, hyphen and underscore")
        if len(person.shown) > 60 or not shown_as_written(person.shown):
            raise AccountRefused("auth.name", "a shown name has up to 60 characters that can be seen")
        if person.role not in get_args(Role):
            raise AccountRefused("auth.role", person.role)
        if person.language not in ("zh", "en"):
            raise AccountRefused("auth.language", person.language)
        known = set(connection.scalars(select(halls_table.c.id).where(halls_table.c.id.in_(person.halls))))
        if missing := set(person.halls) - known:
            raise AccountRefused("auth.halls", ", ".join(sorted(missing)))
        if person.role == "admin" and person.halls:
            raise AccountRefused("auth.halls", "an admin is bound to no hall")

    @staticmethod
    def _admin_left(connection: Connection) -> None:
        able = select(func.count()).select_from(users)
        if not connection.scalar(able.where(users.c.role == "admin", users.c.disabled.is_(False))):
            raise AccountRefused("auth.last_admin")


def _found(connection: Connection, name: str) -> RowMapping:
    row = connection.execute(select(users).where(users.c.name == name)).mappings().first()
    if row is None:
        raise AccountRefused("auth.unknown", name)
    return row


def _person(row: RowMapping) -> Person:
    return Person(
        row["name"],
        row["shown"],
        cast(Role, row["role"]),
        tuple(row["halls"]),
        row["language"],
        row["disabled"],
        row["created"],
    )


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _ended(now: float) -> ColumnElement[bool]:
    return (sessions.c.expires <= now) | (sessions.c.seen <= now - IDLE)
