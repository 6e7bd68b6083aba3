"""What the routes need from the rest of the centre, where they must not depend on how it is done."""

from typing import Protocol

from provisioning.centre.rights import Actor


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

    def session(self, token: str) -> Session | None:
        """None: unknown, expired, or the account changed since."""
