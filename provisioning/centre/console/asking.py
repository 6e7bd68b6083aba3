"""What pages share: forms as they came, and changes that end on a page which says how they ended."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData, UploadFile

from provisioning.centre.api.bodies import MOST_TYPED
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.frame import back
from provisioning.centre.rights import Forbidden
from provisioning.centre.store.database import StoreFailed
from provisioning.centre.vault import VaultBroken

KEPT = "k:"
"""How names begin that the page for signing in carries for another form."""


async def _posted(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_fields=MOST_TYPED + 10) as form:
        yield form


Form = Annotated[FormData, Depends(_posted)]


def text(form: FormData, name: str, most: int = 200) -> str:
    """One field, trimmed; "" where it is not there. Raises Rejected when it is longer than ``most``."""
    value = form.get(name, "")
    if isinstance(value, UploadFile) or len(value) > most:
        raise Rejected("request.invalid", facts={"field": name})
    return value.strip()


def several(form: FormData, name: str) -> list[str]:
    """All values of one field, each once, in order."""
    return list(dict.fromkeys(value for value in form.getlist(name) if isinstance(value, str) and value))


def number(form: FormData, name: str) -> int:
    """Raises Rejected."""
    value = text(form, name, 12)
    if not (value.isascii() and value.isdigit()):
        raise Rejected("request.invalid", facts={"field": name})
    return int(value)


def unfinished(form: FormData) -> tuple[tuple[str, str], ...]:
    """What somebody wanted to send when the session had ended, as the page for signing in carries it."""
    return tuple(
        (name.removeprefix(KEPT), value)
        for name, value in form.multi_items()
        if name.startswith(KEPT) and isinstance(value, str)
    )


def done(to: str, told: str, act: Callable[[], Any], failed: str = "", **facts: object) -> Response:
    """Do it, then show ``to`` with the sentence ``told``; a refusal with a code is said there (or at ``failed``).

    Not having the right, and a centre that is ill, are said by the door.
    """
    try:
        act()
    except (Forbidden, StoreFailed, VaultBroken, Rejected):
        raise
    except Exception as error:
        code = getattr(error, "code", "")
        if not isinstance(code, str) or not code:
            raise
        return back(failed or to, fault=code)
    return back(to, told, fault="", **facts)
