"""Appointments over HTTP: handed over by the booking system, looked up by terminals; checking in takes a number."""

from datetime import date
from functools import partial

import anyio.to_thread
from fastapi import FastAPI, Request, Response

from config.appointments import Appointments
from hall.api.gate import Gate
from hall.api.guides import Guides
from hall.api.presentations import careful
from hall.api.routes import post
from hall.appointments.book import AppointmentBook
from hall.appointments.rules import Appointment, Standing, standing
from hall.keys import Keys
from hall.problems import Reply, problem
from hall.queue import commands as c
from hall.queue.model import QueueId
from hall.service import Service
from hall.wire import messages as m
from hall.wire.identity import pseudonym

NO_STORE = {"Cache-Control": "no-store"}


class CheckIn:
    """Which appointments there are and how they stand now."""

    def __init__(
        self, book: AppointmentBook, service: Service, keys: Keys, guides: Guides, policy: Appointments
    ) -> None:
        self._book, self._service, self._keys = book, service, keys
        self._guides, self._policy = guides, policy

    def put(self, message: m.BookAppointments) -> m.BookedView:
        """Take appointments over; the numbers in ``message`` end here."""
        rows: list[tuple[date, Appointment]] = []
        plan = self._service.plan
        for one in message.appointments:
            day = plan.local(one.starts).date()
            if (key := self._keys.key_ahead(day)) is not None:
                rows.append((day, _kept(one, pseudonym(key, one.person), plan.hall.id)))
        return m.BookedView(booked=self._book.put(rows), over=len(message.appointments) - len(rows))

    def find(self, wanted: m.FindAppointments) -> m.AppointmentsView:
        if wanted.person is not None:
            found = self._book.of(wanted.person)
        else:
            one = self._book.numbered(wanted.number or "")
            found = (one,) if one is not None else ()
        return m.AppointmentsView(appointments=tuple(map(self._view, found)))

    def command(self, message: m.TakeTicket) -> c.Take | Reply:
        """The number that ``message.appointment`` is checked in with; the problem where it cannot be now."""
        appointment = self._book.numbered(message.appointment or "")
        if appointment is None:
            return problem("appointment.unknown")
        now = self._standing(appointment)
        if now.state not in (
            "ready",
            "checked_in",
        ):  # the queue's own rule speaks of those checked in already
            return problem(f"appointment.{now.state}", _facts(appointment, now, self._service))
        item = appointment.item or message.item
        return c.Take(
            QueueId(appointment.queue),
            "appointment",
            message.person or appointment.person,
            message.paper,
            item,
            message.catalogue,
            self._guides.name_of(item),
            appointment=appointment.id,
        )

    def forget_old(self) -> None:
        """Appointments of days that are over are of no use."""
        self._book.forget_before(self._service.plan.day(self._service.clock()))

    def _standing(self, appointment: Appointment) -> Standing:
        state, plan = self._service.state, self._service.plan
        ticket = state.appointments.get(appointment.id)
        return standing(
            appointment,
            plan.local(self._service.clock()),
            hall=plan.hall.id,
            number=state.tickets[ticket].number if ticket else "",
            policy=self._policy,
        )

    def _view(self, appointment: Appointment) -> m.AppointmentView:
        now, plan = self._standing(appointment), self._service.plan
        queue = plan.queues.get(QueueId(appointment.queue))
        return m.AppointmentView(
            id=appointment.id,
            state=now.state,
            queue=appointment.queue,
            queue_name=queue.name if queue else "",
            queue_name_en=queue.name_en if queue else "",
            item_name=self._guides.name_of(appointment.item or None) or "",
            starts=plan.local(appointment.starts),
            ends=plan.local(appointment.ends),
            opens=now.opens and plan.local(now.opens),
            hall_name=appointment.hall_name if now.state == "wrong_hall" else "",
            number=now.number,
        )


def add_appointments(app: FastAPI, gate: Gate, desk: CheckIn) -> None:
    async def book(request: Request) -> Response:
        """Take over appointments from the booking system."""
        _, _, message = await gate.command(request, m.BookAppointments, ("manager",))
        return _json(await anyio.to_thread.run_sync(partial(desk.put, message)))

    async def find(request: Request) -> Response:
        """Appointments of a person, by today's pseudonym, or the one with a number."""
        _, _, message = await gate.command(request, m.FindAppointments, ("terminal",))
        return _json(desk.find(message))

    post(app, "/v1/appointments", careful(book), m.BookAppointments, 200, m.BookedView)
    post(app, "/v1/appointments/find", careful(find), m.FindAppointments, 200, m.AppointmentsView)


def _json(view: m.Answer) -> Response:
    return Response(view.model_dump_json(), 200, NO_STORE, "application/json")


def _kept(one: m.BookedAppointment, person: str, here: str) -> Appointment:
    return Appointment(
        id=one.id,
        hall=one.hall or here,
        queue=one.queue,
        starts=one.starts,
        ends=one.ends,
        person=person,
        item=one.item or "",
        hall_name=one.hall_name,
        cancelled=one.cancelled,
    )


def _facts(appointment: Appointment, now: Standing, service: Service) -> dict[str, str]:
    plan = service.plan
    facts = {
        "starts": f"{plan.local(appointment.starts):%H:%M}",
        "ends": f"{plan.local(appointment.ends):%H:%M}",
        "day": f"{plan.local(appointment.starts):%Y-%m-%d}",
    }
    if now.opens is not None:
        facts["opens"] = f"{plan.local(now.opens):%H:%M}"
    return facts | ({"hall": appointment.hall_name} if appointment.hall_name else {})
