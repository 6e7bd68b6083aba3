"""Who may do what in the centre. Every route names one right; roles are sets of rights, and nobody has others.

An approver approves what others have drafted and never the own draft; an operator drafts and commands. What a person
sees is bounded by the halls of the account: none named means all.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Right: TypeAlias = Literal[
    "see",  # everything shown about one's halls
    "draft",  # write, check, submit and discard drafts
    "approve",  # approve or return somebody else's draft; start its rollout
    "steer",  # pause, resume, abort, roll back
    "command",  # identify, test print, restart, reboot, resync, logs, screenshot
    "enrol",  # let terminals in, pre-authorise, change names and groups
    "alert",  # acknowledge, silence
    "retire",  # put a terminal out of service for good
    "admin",  # people, halls, keys, secrets, web-hooks
]
Role: TypeAlias = Literal["viewer", "operator", "approver", "admin"]

_VIEWER: frozenset[Right] = frozenset({"see"})
_OPERATOR: frozenset[Right] = _VIEWER | {"draft", "steer", "command", "enrol", "alert"}
_APPROVER: frozenset[Right] = _OPERATOR | {"approve", "retire"}
RIGHTS: dict[Role, frozenset[Right]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "approver": _APPROVER,
    "admin": _APPROVER | {"admin"},
}


class Forbidden(Exception):
    """Somebody asked for what their account may not do."""

    code = "auth.forbidden"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who is signed in. ``halls`` empty: all halls."""

    name: str
    role: Role
    halls: tuple[str, ...] = ()

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]

    def sees(self, hall: str) -> bool:
        """Whether ``hall`` (its id) is among those of the account."""
        return not self.halls or hall in self.halls

    def needs(self, right: Right, hall: str | None = None) -> None:
        """Raises Forbidden unless the account has ``right``, and ``hall`` where one is named."""
        if not self.may(right) or (hall is not None and not self.sees(hall)):
            raise Forbidden(right)


CENTRE = Actor("centre", "admin")
"""The centre itself, where it acts without a person: renewing, aborting, resolving."""
