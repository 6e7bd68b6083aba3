"""What citizens agreed to show at the window: certificates in memory; how many, and which were viewed, in the journal.

Released with the commit that ends the ticket or the day. After a restart of the hall the journal still knows that
something was agreed, and says so; the certificates are gone, and what was viewed stays viewed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hall.certificates.watermark import AT_WINDOW
from hall.faces import Faces
from hall.problems import Refused, Reply
from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import ENDED, TicketId, WindowId
from hall.service import Commit, Service
from hall.shown import Shown
from hall.wire.messages import AttachedView, WindowCertificate, WindowCertificates

RETRY = 10.0  # seconds in which whoever viewed may ask for the same picture with the same key: its answer was lost


@dataclass(frozen=True, slots=True)
class _Attached:
    shown: Shown = field(repr=False)
    purpose: str


class Attachments:
    """By ticket and place. Belongs to the event loop's thread; follows the commits of ``service``."""

    def __init__(self, service: Service, faces: Faces, monotonic: Callable[[], float]) -> None:
        self._service, self._faces, self._monotonic = service, faces, monotonic
        self._kept: dict[TicketId, dict[int, _Attached]] = {}
        self._viewed: dict[tuple[TicketId, int], tuple[str, float]] = {}  # by which key, and when
        service.subscribe(self._on_commit)

    def __repr__(self) -> str:
        return f"Attachments({len(self._kept)} tickets)"

    async def attach(
        self, actor: str, key: str, ticket: TicketId, shown: Sequence[Shown], purpose: str
    ) -> Reply:
        """Journal that ``shown`` may be seen by whoever serves ``ticket``, then keep it for them."""
        reply = await self._service.submit(key, actor, c.Attach(ticket, len(shown)))
        if reply.status == 200:
            last = AttachedView.model_validate_json(reply.body).count
            self._keep(ticket, last - len(shown) + 1, shown, purpose)
        return reply

    def at(self, window: WindowId) -> WindowCertificates:
        """What the citizen at ``window`` agreed to show."""
        state = self._service.state
        current = state.desk(window).current
        if current is None:
            return WindowCertificates(ticket=None)
        ticket, kept = state.tickets[current], self._kept.get(current, {})
        return WindowCertificates(
            ticket=current,
            certificates=tuple(
                WindowCertificate(certificate=kept[place].shown.view, viewed=place in ticket.viewed)
                for place in sorted(kept)
            ),
            gone=ticket.certificates > 0 and not kept,
        )

    async def view(self, actor: str, window: WindowId, key: str, id: str) -> bytes | Reply:
        """One picture for the window that serves its ticket: journalled, then shown. A Reply says why not.

        The picture is fetched before, so that a library that is away costs nobody the one view. Raises Refused.
        """
        current = self._service.state.desk(window).current
        if current is None:
            raise Refused("window.no_current", {"window": window})
        kept = self._kept.get(current, {})
        place = next((place for place, one in kept.items() if one.shown.view.id == id), 0)
        if not place:
            raise Refused("certificates.gone")
        if place in self._service.state.tickets[current].viewed and not self._may_repeat(current, place, key):
            raise Refused("certificates.viewed", {"place": str(place)})
        attached, sign = kept[place], self._service.plan.windows[window].name
        picture = await self._faces.shown(attached.shown.certificate, sign, attached.purpose or AT_WINDOW)
        reply = await self._service.submit(key, actor, c.ViewCertificate(window, current, place))
        if reply.status >= 400:
            return reply
        if place not in self._kept.get(current, {}):
            raise Refused("certificates.gone")  # released while it was written
        self._viewed.setdefault((current, place), (key, self._monotonic()))
        return picture

    def close(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._viewed.clear()

    def _keep(self, ticket: TicketId, first: int, shown: Sequence[Shown], purpose: str) -> None:
        """A retry finds its places taken."""
        found = self._service.state.tickets.get(ticket)
        if found is None or found.state in ENDED:  # it ended before this answer came
            return
        kept = self._kept.setdefault(ticket, {})
        for place, one in enumerate(shown, first):
            kept.setdefault(place, _Attached(one, purpose))

    def _may_repeat(self, ticket: TicketId, place: int, key: str) -> bool:
        by, at = self._viewed.get((ticket, place), ("", 0.0))
        return by == key and self._monotonic() - at < RETRY

    def _on_commit(self, commit: Commit) -> None:
        for event in commit.events:
            match event:
                case e.TicketFinished() | e.TicketAbandoned():
                    self._release(event.ticket)
                case e.DayOpened() | e.DayClosed():
                    self.close()

    def _release(self, ticket: TicketId) -> None:
        for place in self._kept.pop(ticket, {}):
            self._viewed.pop((ticket, place), None)
