"""Who showed a code or a card, and the certificates that came of it: in memory, for a few minutes, for one terminal.

A presentation is answered once: a retry with the same key joins the first one and gets its answer, since a code that
was verified would be refused as replayed. What a code was, and the number of a person, live as long as the question
to the verifier and the library; what stays is masked, and the certificates themselves. Leaving, time and the end of
the hall take those away too.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from math import inf

from hall.asking import log_mistake
from hall.certificates.port import CertificateLibrary
from hall.certificates.watermark import ON_TERMINAL
from hall.codes.port import CodeVerifier
from hall.enquiry import WITHIN, Enquiry, Rules
from hall.faces import Faces
from hall.problems import Refused
from hall.shown import Shown, summary
from hall.wire.identity import ASSURANCE, birth_in, masked_name, priority_of, pseudonym
from hall.wire.messages import CompanyView, DayKey, Present, PresentationView

RETRY = 30.0  # seconds that an answer without certificates is kept for a retry

Outcome = PresentationView | str  # a str is the code of a refusal


@dataclass(slots=True)
class _Entry:
    """One presentation, from the question on."""

    actor: str
    key: str
    mark: bytes  # keyed fingerprint of the request
    purpose: str
    answer: asyncio.Task[Outcome] | None = field(default=None, repr=False)
    until: float = inf
    id: str = field(default="", repr=False)
    shown: dict[str, Shown] = field(default_factory=dict, repr=False)
    end: asyncio.TimerHandle | None = None


class Presentations:
    """``clock`` is the hall's aware clock, ``monotonic`` measures lives. Belongs to the event loop's thread."""

    def __init__(
        self,
        verifier: CodeVerifier | None,
        library: CertificateLibrary | None,
        faces: Faces,
        rules: Rules,
        day_key: Callable[[], DayKey],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._enquiry = Enquiry(verifier, library, rules, clock, monotonic)
        self._faces, self._rules = faces, rules
        self._day_key, self._monotonic = day_key, monotonic
        self._secret = secrets.token_bytes(32)
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._by_id: dict[str, _Entry] = {}
        self._closed = False

    def __repr__(self) -> str:
        return f"Presentations({len(self._entries)} kept)"

    async def present(self, actor: str, key: str, request: Present, purpose: str = "") -> PresentationView:
        """Who it is; ``purpose`` is what it is for, in words for the watermark. Raises Refused."""
        self.sweep()
        mark = blake2b(request.model_dump_json().encode(), key=self._secret, digest_size=16).digest()
        entry = self._entries.get((actor, key))
        if entry is None:
            entry = self._begin(_Entry(actor, key, mark, purpose), request)
        elif not secrets.compare_digest(entry.mark, mark):
            raise Refused("idempotency.key_reused")
        assert entry.answer is not None
        outcome = await asyncio.shield(entry.answer)
        if isinstance(outcome, str):
            raise Refused(outcome)
        return outcome

    def chosen(self, actor: str, id: str, certificates: tuple[str, ...]) -> tuple[Shown, ...]:
        """Certificates of a presentation, each once, in the order asked for. Raises Refused."""
        entry = self._find(actor, id)
        if not entry.shown.keys() >= set(certificates):
            raise Refused("presentation.unknown")
        return tuple(entry.shown[one] for one in dict.fromkeys(certificates))

    def purpose(self, actor: str, id: str) -> str:
        """What the presentation is for, in words. Raises Refused."""
        return self._find(actor, id).purpose

    async def face(self, actor: str, id: str, certificate: str, where: str) -> bytes:
        """One certificate of a presentation as a PNG with the hall's watermark. Raises Refused."""
        (shown,) = self.chosen(actor, id, (certificate,))
        purpose = self.purpose(actor, id) or ON_TERMINAL
        return await self._faces.shown(shown.certificate, where, purpose)

    def leave(self, actor: str, id: str) -> None:
        """Forget a presentation now; one that is gone already is no mistake."""
        entry = self._by_id.get(id)
        if entry is not None and entry.actor == actor:
            self._wipe(entry)

    def sweep(self) -> None:
        """Forget what is over."""
        now = self._monotonic()
        for entry in [entry for entry in self._entries.values() if entry.until <= now]:
            self._wipe(entry)

    def close(self) -> None:
        """Forget everything; what is still being asked comes to nothing."""
        self._closed = True
        for entry in list(self._entries.values()):
            self._wipe(entry)
        self._enquiry.close()

    # -- one presentation ---------------------------------------------------------------------------------

    def _begin(self, entry: _Entry, request: Present) -> _Entry:
        if self._closed:
            raise Refused("hall.stopping")
        if len(self._entries) >= self._rules.most:
            raise Refused("hall.busy")
        if request.code is not None and self._enquiry.too_many(entry.actor):
            raise Refused("code.too_many")
        entry.answer = asyncio.get_running_loop().create_task(self._answer(entry, request))
        self._entries[entry.actor, entry.key] = entry
        return entry

    async def _answer(self, entry: _Entry, request: Present) -> Outcome:
        """Never raises: an exception that is kept for a retry keeps what it was about."""
        outcome: Outcome
        try:
            outcome = await self._ask(entry, request)
        except Refused as refused:
            outcome = refused.code
        except Exception as error:  # noqa: BLE001  see above
            log_mistake("presentation", error)
            outcome = "hall.internal"
        if self._closed:
            entry.shown.clear()
            return "hall.stopping"
        if outcome in ("hall.busy", "hall.stopping", "hall.internal"):  # the same key may try again
            self._wipe(entry)
            return outcome
        life = RETRY if isinstance(outcome, str) or not outcome.id else self._rules.seconds
        entry.until = self._monotonic() + life
        if entry.id:
            self._by_id[entry.id] = entry
        self._make_room(entry)
        entry.end = asyncio.get_running_loop().call_later(life + 0.1, self.sweep)
        return outcome

    async def _ask(self, entry: _Entry, request: Present) -> PresentationView:
        until = self._monotonic() + WITHIN
        holder, source = await self._enquiry.holder(entry.actor, request)
        code = ""
        if request.purpose == "certificates":
            entry.id = secrets.token_hex(16)
            code, certificates = await self._enquiry.certificates(holder, source, until - self._monotonic())
            for certificate in certificates:
                id = secrets.token_hex(8)
                entry.shown[id] = Shown(certificate, summary(id, certificate))
        key, company = self._day_key(), holder.company
        name = masked_name(holder.name)
        return PresentationView(
            id=entry.id,
            source=source,
            assurance=ASSURANCE[source],
            person=pseudonym(bytes.fromhex(key.key), holder.number),
            masked_name=name,
            priority=priority_of(holder.birth or birth_in(holder.number), key.day),
            seconds=self._rules.seconds if entry.id else 0,
            certificates=tuple(shown.view for shown in entry.shown.values()),
            certificates_code=code,
            company=company
            and CompanyView(
                name=company.name,
                code=company.code,
                agent=name,
                authority=company.authority,
                authority_until=company.authority_until,
            ),
        )

    # -- small steps --------------------------------------------------------------------------------------

    def _find(self, actor: str, id: str) -> _Entry:
        self.sweep()
        entry = self._by_id.get(id)
        if entry is None or entry.actor != actor:
            raise Refused("presentation.unknown")
        return entry

    def _make_room(self, new: _Entry) -> None:
        """For one that was answered now, however many were asked at once: what is over first goes first."""
        mine = [one for one in self._entries.values() if one.actor == new.actor and one.until < inf]
        others = sorted((one for one in mine if one is not new), key=lambda one: one.until)
        for one in others[: max(0, len(others) + 1 - self._rules.most_a_terminal)]:
            self._wipe(one)

    def _wipe(self, entry: _Entry) -> None:
        self._entries.pop((entry.actor, entry.key), None)
        self._by_id.pop(entry.id, None)
        entry.shown.clear()
        entry.answer = None
        if entry.end is not None:
            entry.end.cancel()  # most leave long before it: the loop would keep it for minutes
