"""What a hall is: its zones, queues, windows, hours and written queue policy, as one checked value.

Read by the hall itself and by nothing else: terminals and boards learn of it from the hall.
"""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator

from config.appointments import Appointments
from config.certificates import Certificates
from config.codes import Codes
from config.part import Id, Part, Text, TimeZone

Identity = Literal["none", "optional", "required"]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Shift(Part):
    """One stretch of opening, ``opens`` included, ``closes`` not, in the hall's own time zone."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _forward(self) -> "Shift":
        if self.opens >= self.closes:
            raise ValueError(f"closes {self.closes:%H:%M} is not after opens {self.opens:%H:%M}")
        return self


class Hours(Part):
    """Shifts that hold on the named days."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(
        description="Days of the week"
    )
    shifts: tuple[Shift, ...]


class Zone(Part):
    """A part of the hall with its own boards and loudspeakers."""

    id: Id
    name: Text
    name_en: Text


class Queue(Part):
    """One line of business: what a citizen chooses, what a number's letter means."""

    id: Id
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}$")] = Field(
        description="Letter of its numbers"
    )
    name: Text
    name_en: Text
    about: Text = Field(description="One plain line: what people come here for")
    about_en: Text
    icon: Text = Field(default="ticket-confirmation-outline", description="Name in Material Design Icons")
    zone: Id
    identity: Identity = Field(default="optional", description="Whether an ID card is asked for")
    digits: int = Field(default=3, ge=2, le=5, description="Digits of a number, A001 has three")
    quota: int | None = Field(default=None, ge=0, description="Most numbers a day; unset: no limit")
    service_minutes: float = Field(
        default=8.0, gt=0, description="Usual handling time before any is measured"
    )
    hours: tuple[Hours, ...] | None = Field(default=None, description="Own hours; unset: those of the hall")


class Window(Part):
    """A counter with a number over it."""

    id: Id
    name: Text
    name_en: Text
    zone: Id
    serves: Annotated[tuple[Id, ...], Field(min_length=1, description="Queues it may call, by id")]


class Policy(Part):
    """The written rules of the queue."""

    priority_streak: int = Field(
        default=2, ge=0, description="Most priority tickets called in a row while an ordinary one waits"
    )
    return_after: int = Field(
        default=3, ge=0, description="A missed ticket that comes back stands behind this many others"
    )
    max_recalls: int = Field(default=3, ge=0, description="Recalls of one call before only a miss is allowed")
    one_per_person: bool = Field(
        default=True, description="One waiting ticket per person and queue, where the person is known"
    )
    last_number_minutes: int = Field(
        default=0, ge=0, description="Numbers end this many minutes before the last shift closes"
    )


class Notice(Part):
    zh: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    en: Annotated[str, StringConstraints(max_length=300)] = ""


class Hall(Part):
    """A whole hall. Everything refers to something that exists, or it is refused."""

    id: Id
    name: Text
    name_en: Text
    region: Annotated[str, StringConstraints(pattern=r"^\d{6}$")] = Field(description="GB/T 2260 code")
    time_zone: TimeZone = Field(default="Asia/Shanghai", description="tz database name; days begin by it")
    hours: Annotated[tuple[Hours, ...], Field(min_length=1)]
    holidays: tuple[date, ...] = Field(default=(), description="Closed although the week says open")
    extra_days: tuple[date, ...] = Field(
        default=(), description="Open as on a Monday although the week says closed"
    )
    zones: Annotated[tuple[Zone, ...], Field(min_length=1)]
    queues: Annotated[tuple[Queue, ...], Field(min_length=1)]
    windows: Annotated[tuple[Window, ...], Field(min_length=1)]
    policy: Policy = Field(default=Policy(), description="The usual one, named standard")
    policies: dict[Id, Policy] = Field(
        default={}, description="Others to choose from, by name: [policies.market-day]"
    )
    notices: tuple[Notice, ...] = ()
    codes: Codes | None = Field(default=None, description="Unset: this hall reads no codes")
    certificates: Certificates | None = Field(default=None, description="Unset: it shows no certificates")
    appointments: Appointments = Appointments()

    @model_validator(mode="after")
    def _whole(self) -> "Hall":
        for what, ids in (
            ("zone", [z.id for z in self.zones]),
            ("queue", [q.id for q in self.queues]),
            ("window", [w.id for w in self.windows]),
            ("number prefix", [q.prefix for q in self.queues]),
        ):
            if twice := sorted({i for i in ids if ids.count(i) > 1}):
                raise ValueError(f"{what} {', '.join(twice)} is there twice")
        zones, queues = {z.id for z in self.zones}, {q.id for q in self.queues}
        placed = [(q.id, q.zone) for q in self.queues] + [(w.id, w.zone) for w in self.windows]
        for name, zone in placed:
            if zone not in zones:
                raise ValueError(f"{name}: zone {zone!r} does not exist")
        if "standard" in self.policies:
            raise ValueError("policies: standard is the name of the usual one, which stands under policy")
        for window in self.windows:
            if unknown := set(window.serves) - queues:
                raise ValueError(f"window {window.id} serves unknown queue {', '.join(sorted(unknown))}")
        if unserved := queues - {q for w in self.windows for q in w.serves}:
            raise ValueError(f"no window serves {', '.join(sorted(unserved))}")
        return self

    def queue(self, queue_id: str) -> Queue | None:
        return next((q for q in self.queues if q.id == queue_id), None)

    def window(self, window_id: str) -> Window | None:
        return next((w for w in self.windows if w.id == window_id), None)

    def under(self, policy: str) -> "Hall":
        """This hall with the queue policy of that name as the usual one. Raises KeyError, if it has none such."""
        return self if policy == "standard" else self.model_copy(update={"policy": self.policies[policy]})

    def local(self, now: datetime) -> datetime:
        """``now`` on the hall's own wall clock; ``now`` must be aware."""
        return now.astimezone(ZoneInfo(self.time_zone))

    def shifts_on(self, day: date, queue: Queue | None = None) -> tuple[Shift, ...]:
        """The shifts of ``day``, earliest first; empty on a day off."""
        if day in self.holidays:
            return ()
        name = "mon" if day in self.extra_days else DAYS[day.weekday()]
        hours = queue.hours if queue is not None and queue.hours is not None else self.hours
        return tuple(sorted((s for h in hours if name in h.days for s in h.shifts), key=lambda s: s.opens))

    def open_at(self, local: datetime, queue: Queue | None = None) -> bool:
        """Whether numbers are given at this local time (see ``Policy.last_number_minutes``)."""
        shifts = self.shifts_on(local.date(), queue)
        if not shifts:
            return False
        last = datetime.combine(local.date(), shifts[-1].closes) - timedelta(
            minutes=self.policy.last_number_minutes
        )
        return local.replace(tzinfo=None) < last and any(s.opens <= local.time() < s.closes for s in shifts)

    def next_opening(self, local: datetime, queue: Queue | None = None) -> datetime | None:
        """When numbers are next given, on the hall's wall clock; None within a month: never."""
        for ahead in range(31):
            day = local.date() + timedelta(days=ahead)
            for shift in self.shifts_on(day, queue):
                opening = datetime.combine(day, shift.opens, tzinfo=local.tzinfo)
                if opening > local:
                    return opening
        return None
