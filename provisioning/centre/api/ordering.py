"""Orders to terminals and what comes back, alerts, silences."""

from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping
from starlette.concurrency import run_in_threadpool

from provisioning.centre.alerts import Alerts
from provisioning.centre.api.door import Door, Who
from provisioning.centre.api.enrolling import Counted
from provisioning.centre.api.people import Said
from provisioning.centre.api.problems import Rejected
from provisioning.centre.commands import MOST_ARTEFACT, Batch, Commands
from provisioning.wire.messages import DeviceId

TYPES = {"screenshot": "image/png", "logs": "application/gzip"}
MASKED = "x-tongyuan-masked"
"""Header of an upload: "1" where the picture shows no more than its frame."""

OrderedVerb = Literal[
    "identify", "test_print", "restart_app", "reboot", "resync", "rollback", "logs", "screenshot"
]


class NewOrder(Said):
    terminals: tuple[DeviceId, ...] = Field(min_length=1, max_length=10_000)
    verb: OrderedVerb
    args: dict[Annotated[str, Field(max_length=20)], Annotated[str, Field(max_length=64)]] = Field(default={})


class Order(BaseModel):
    id: str
    batch: str
    terminal: str
    verb: str
    args: dict[str, Any]
    by: str
    issued: float
    expires: float
    state: str
    code: str
    text: str
    answered: float | None


class Alert(BaseModel):
    id: int
    terminal: str
    hall: str
    kind: str
    severity: str
    code: str
    detail: dict[str, Any]
    opened: float
    seen: float
    resolved: float | None
    acknowledged: float | None
    acknowledged_by: str
    silenced: bool


class Ids(Said):
    ids: tuple[int, ...] = Field(min_length=1, max_length=1000)


class NewSilence(Said):
    scope: Literal["fleet", "hall", "group", "terminal"]
    key: str = Field(default="", max_length=32)
    kind: str = Field(default="", max_length=20)
    begins: float
    ends: float
    daily: bool = False
    why: str = Field(max_length=200)


class Silence(NewSilence):
    id: int
    by: str


class Made(BaseModel):
    id: int


def add_orders(door: Door, commands: Commands) -> None:
    @door.post("/v1/commands", "command", status_code=201)
    def command_send(said: NewOrder, who: Who) -> Batch:
        """Order one thing of some terminals."""
        return commands.send(who, said.terminals, said.verb, said.args)

    @door.get("/v1/commands", "see", response_model=list[Order])
    def commands_listed(who: Who, terminal: str = "", batch: str = "", limit: int = 50) -> list[RowMapping]:
        """Orders and how they ended, newest first."""
        return commands.listed(who, terminal=terminal, batch=batch, limit=max(1, min(limit, 500)))

    @door.get("/v1/commands/{command}/artefact", "see", response_class=Response)
    def artefact(command: str, who: Who) -> Response:
        """The picture or the logs that an order brought."""
        found = commands.artefact(who, command)
        if found is None:
            raise Rejected("artefact.unknown")
        name = "screen.png" if found["kind"] == "screenshot" else "log.gz"
        how = "inline" if found["kind"] == "screenshot" else "attachment"
        headers = {"Content-Disposition": f'{how}; filename="{found["terminal"]}-{name}"'}
        return Response(found["content"], media_type=TYPES[found["kind"]], headers=headers)

    # not yet bound: in the OpenAPI document's making there are no parts
    @door.put(
        "/v1/artefacts/{token}",
        "token",
        token=lambda token: commands.awaits(token),
        most=MOST_ARTEFACT,
        status_code=204,
    )
    async def artefact_put(token: str, request: Request) -> None:
        """A terminal brings what it was asked for, once."""
        content = await request.body()
        masked = request.headers.get(MASKED) == "1"
        await run_in_threadpool(commands.keep, token, content, masked=masked)


def add_alerts(door: Door, alerts: Alerts) -> None:
    @door.get("/v1/alerts", "see", response_model=list[Alert])
    def alerts_listed(
        who: Who,
        state: Literal["open", "unseen", "all"] = "open",
        hall: str = "",
        terminal: str = "",
        kind: str = "",
        limit: int = 200,
    ) -> list[RowMapping]:
        """Alerts, the worst first."""
        most = max(1, min(limit, 1000))
        return alerts.listed(who, state=state, hall=hall, terminal=terminal, kind=kind, limit=most)

    @door.post("/v1/alerts/acknowledge", "alert")
    def alerts_acknowledge(said: Ids, who: Who) -> Counted:
        """Somebody takes care of these."""
        return Counted(count=alerts.acknowledge(who, said.ids))

    @door.post("/v1/alerts/unacknowledge", "alert")
    def alerts_unacknowledge(said: Ids, who: Who) -> Counted:
        """Nobody takes care of these after all."""
        return Counted(count=alerts.unacknowledge(who, said.ids))

    @door.get("/v1/silences", "see", response_model=list[Silence])
    def silences(who: Who) -> list[RowMapping]:
        """Silences that are not over."""
        return alerts.silences(who)

    @door.post("/v1/silences", "alert", status_code=201)
    def silence_new(said: NewSilence, who: Who) -> Made:
        """Tell nobody of such alerts for a time."""
        made = alerts.silence(
            who, said.scope, said.key, said.kind, said.begins, said.ends, said.why, daily=said.daily
        )
        return Made(id=made)

    @door.delete("/v1/silences/{silence}", "alert", status_code=204)
    def silence_end(silence: int, who: Who) -> None:
        """End a silence now."""
        alerts.unsilence(who, silence)
