"""Signing in and out, and the accounts."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from provisioning.centre.accounts import Accounts, Person
from provisioning.centre.api.door import Call, Door, Entered, Who
from provisioning.centre.api.ports import Session
from provisioning.centre.rights import RIGHTS, Right, Role

Password = Annotated[str, StringConstraints(max_length=200)]
Named = Annotated[str, StringConstraints(max_length=60)]


class Said(BaseModel):
    """Base of what is sent here. What is in it never stands in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SignIn(Said):
    name: Named
    password: Password = Field(repr=False)


class Me(BaseModel):
    """Who is signed in. ``csrf`` goes with every request that changes something, as X-CSRF-Token."""

    name: str
    shown: str
    role: Role
    rights: list[Right]
    halls: tuple[str, ...]
    language: str
    csrf: str = Field(repr=False)


class NewPerson(Said):
    name: Named
    shown: Named = ""
    role: Role
    halls: tuple[str, ...] = ()
    language: str = "zh"
    password: Password = Field(repr=False)


class ChangedPerson(Said):
    shown: Named
    role: Role
    halls: tuple[str, ...] = ()
    language: str = "zh"
    disabled: bool = False


class NewPassword(Said):
    password: Password = Field(repr=False)


class OwnPassword(Said):
    old: Password = Field(repr=False)
    new: Password = Field(repr=False)


def sign_in(
    door: Door, accounts: Accounts, call: Call, name: str, password: str
) -> tuple[Session, Callable[[Response], None]]:
    """A new session, and what gives it to the browser; the one that came with the request ends. For pages too.

    Raises SignInRefused, Throttled.
    """
    token, session = accounts.sign_in(name, password, call.address)
    if before := door.facing.token(call.request):
        accounts.sign_out(before)
    return session, lambda response: door.facing.let_in(response, token)


def sign_out(door: Door, accounts: Accounts, call: Call, response: Response) -> None:
    """The session is over, here and in the browser."""
    accounts.sign_out(door.facing.token(call.request))
    door.facing.let_out(response)


def add_people(door: Door, accounts: Accounts) -> None:
    @door.post("/v1/session", "public", limit="sign_in", status_code=204)
    def session_begin(said: SignIn, call: Entered, response: Response) -> None:
        """Sign in: the answer sets the session's cookie."""
        _, let_in = sign_in(door, accounts, call, said.name, said.password)
        let_in(response)

    @door.get("/v1/session", "see")
    def session(call: Entered) -> Me:
        """Who is signed in, what they may, and the token for changes."""
        assert call.session is not None
        actor = call.actor
        return Me(
            name=actor.name,
            shown=call.session.shown,
            role=actor.role,
            rights=sorted(RIGHTS[actor.role]),
            halls=actor.halls,
            language=call.session.language,
            csrf=call.session.csrf,
        )

    @door.delete("/v1/session", "see", status_code=204)
    def session_end(call: Entered, response: Response) -> None:
        """Sign out."""
        sign_out(door, accounts, call, response)

    @door.put("/v1/session/password", "see", status_code=204)
    def own_password(said: OwnPassword, call: Entered, response: Response) -> None:
        """Change the own password; all own sessions end."""
        accounts.change_password(call.actor, said.old, said.new, call.address)
        door.facing.let_out(response)

    @door.get("/v1/people", "admin")
    def people(who: Who) -> tuple[Person, ...]:
        """All accounts."""
        return accounts.people(who)

    @door.post("/v1/people", "admin", status_code=201)
    def person_new(said: NewPerson, who: Who) -> Person:
        """A new account."""
        person = Person(said.name, said.shown or said.name, said.role, said.halls, said.language)
        return accounts.create(who, person, said.password)

    @door.put("/v1/people/{name}", "admin")
    def person_change(name: str, said: ChangedPerson, who: Who) -> Person:
        """Change what somebody may; their sessions end where rights change."""
        person = Person(name, said.shown, said.role, said.halls, said.language, said.disabled)
        return accounts.change(who, person)

    @door.put("/v1/people/{name}/password", "admin", status_code=204)
    def person_password(name: str, said: NewPassword, who: Who) -> None:
        """Set somebody's password; their sessions end."""
        accounts.set_password(who, name, said.password)
