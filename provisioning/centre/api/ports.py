"""What the routes need from the rest of the centre, where they must not depend on how it is done."""

from typing import Protocol

from provisioning.centre.rights import Actor
from provisioning.centre.signing import Signer


class Session(Protocol):
    """Somebody who is signed in, and for how long the page is theirs."""

    @property
    def actor(self) -> Actor: ...
    @property
    def csrf(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def language(self) -> str: ...


class Sessions(Protocol):
    """Who is behind a token."""

    def session(self, token: str, *, active: bool = True) -> Session | None:
        """None: unknown, expired, or the account changed since. Not ``active``: nobody was there, a page asked."""


class Rotation(Protocol):
    """The signing keys, with the audit and the new documents that a change of them needs."""

    def active(self) -> Signer: ...
    def public(self) -> dict[str, str]: ...
    def rotate(self, actor: Actor) -> str: ...
    def revoke(self, actor: Actor, kid: str) -> None: ...
