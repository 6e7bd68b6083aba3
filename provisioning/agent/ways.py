"""Which way to the broker is taken: the good one, or one that came with a document and has yet to prove itself.

The rules, and why:

- A way is proven by a connection and the centre's acknowledgement on it: a broker alone, with nobody behind it, is not
  where we are wanted.
- Both are kept until then, so neither a wrong address nor a wrong authority cuts a terminal off: what is in use and
  does not connect gives its place to the other, for ever.
- While the good one works, the other is tried for less time than the centre takes to call a terminal offline, never
  during a probation (which needs the broker), and each terminal in its own moment.
- What is trusted for the centre itself is only added to: that cannot cut off.
"""

import hashlib
from urllib.parse import urlsplit

from cryptography import x509

from provisioning.agent.changeover import Changeover
from provisioning.agent.effects import Publish, Reach
from provisioning.agent.turn import Turn
from provisioning.wire import topics
from provisioning.wire.documents import access_tag
from provisioning.wire.messages import Access, BrokerAccess, EventBatch

TRY = 45.0  # seconds for one way; the centre calls a terminal offline after 90
SPREAD = 60.0  # seconds over which terminals that were told in the same moment try
PAUSE = (300.0, 3600.0)  # until what failed is tried again beside a good way that works, doubling
NOTED = 5  # failures of one way that are told: a broker that is down for days must not fill the outbox
ASK = 10.0  # seconds between two questions whether the centre is there
NEVER = float("inf")


class Ways:
    """``enrolled``: the way that came with enrolment; None: it is not ours to change, and nothing is done here."""

    def __init__(self, device: str, changeover: Changeover, enrolled: BrokerAccess | None) -> None:
        self._device, self._changeover, self._enrolled = device, changeover, enrolled
        self._trying = self._connected = False
        self._until = 0.0  # what is in use has this long
        self._try_at, self._failures = 0.0, 0
        self._ask_at = 0.0

    @property
    def broker(self) -> BrokerAccess | None:
        """What to connect with now."""
        way = self._changeover.kept.way
        return way.wanted if self._trying and way.wanted is not None else way.good or self._enrolled

    @property
    def tag(self) -> str:
        """Of what is proven; "" before anything was told."""
        way = self._changeover.kept.way
        good = way.good or self._enrolled
        return access_tag(good, way.centre_ca) if good is not None and way.since is not None else ""

    @property
    def centre_ca(self) -> str | None:
        """Certificates (PEM) that the centre's may come from, besides the machine's own."""
        return self._changeover.kept.way.centre_ca

    # -- inputs -------------------------------------------------------------------------------------------

    def boot(self, turn: Turn) -> None:
        self._until, self._try_at = turn.mono + TRY, turn.mono + self._moment()

    def connected(self, turn: Turn) -> None:
        self._connected, self._ask_at = True, turn.mono

    def disconnected(self, turn: Turn) -> None:
        if self._connected and not self._trying:
            self._until = turn.mono + TRY
        self._connected = False

    def acknowledged(self, turn: Turn) -> None:
        """The centre answered on the connection that stands."""
        way = self._changeover.kept.way
        if not self._trying or not self._connected or way.wanted is None:
            return
        if self._keep(turn, good=way.wanted, wanted=None):
            self._trying, self._failures = False, 0
            turn.note("access.taken", url=way.wanted.url)
            turn.report = True

    def tend(self, turn: Turn) -> bool:
        """After every input. True: the way has changed, nothing stands any more."""
        if self._enrolled is None:
            return False
        if turn.access is not None and self._told(turn, turn.access) and self._trying:
            return self._use(turn, trying=False)  # what is in use is neither of the two any more
        if (wanted := self._changeover.kept.way.wanted) is None:
            return False
        if self._trying and turn.mono >= self._until:
            self._try_at = turn.mono + min(PAUSE[0] * 2 ** min(self._failures, 10), PAUSE[1])
            self._failures += 1
            if self._failures <= NOTED:
                turn.note("access.unproven", url=wanted.url, connected=self._connected)
            return self._use(turn, trying=False)
        if not self._trying and turn.mono >= (self._try_at if self._connected else self._until):
            if self._connected and self._changeover.kept.trial is not None:
                return False
            return self._use(turn, trying=True)
        if self._trying and self._connected and turn.mono >= self._ask_at:
            self._ask_at = turn.mono + ASK
            asking = EventBatch(stream="agent").model_dump_json().encode()
            turn.effects.append(Publish(topics.events(self._device), asking))
        return False

    @property
    def due(self) -> float:
        """Monotonic time of the next thing that only time brings about."""
        way = self._changeover.kept.way
        if way.wanted is None:
            return NEVER
        if self._trying:
            return min(self._until, self._ask_at if self._connected else NEVER)
        if not self._connected:
            return self._until
        return self._try_at if self._changeover.kept.trial is None else NEVER

    # -- inside -------------------------------------------------------------------------------------------

    def _told(self, turn: Turn, access: Access) -> bool:
        """Whether another way is wanted now, or none."""
        way = self._changeover.kept.way
        if way.since is not None and access.since < way.since:
            return False  # said again by somebody who kept it
        good, broker = way.good or self._enrolled, access.broker
        wanted = None if broker == good else broker
        if way.since is not None and (wanted, access.centre_ca) == (way.wanted, way.centre_ca):
            return False
        if fault := _unusable(access):
            turn.note("access.unusable", url=access.url, reason=fault)
            return False
        # a clock of theirs that ran ahead for an hour must not make all that follows too old
        since = min(access.since, self._changeover.at_least(turn))
        if not self._keep(turn, since=since, wanted=wanted, centre_ca=access.centre_ca):
            return False  # told again with the next connection
        turn.report = True
        if wanted == way.wanted:
            return False
        self._try_at, self._failures = turn.mono + self._moment(), 0
        return True

    def _use(self, turn: Turn, *, trying: bool) -> bool:
        self._trying, self._connected = trying, False
        self._until = turn.mono + TRY
        turn.effects.append(Reach())
        return True

    def _keep(self, turn: Turn, **changes: object) -> bool:
        return self._changeover.save(turn, way=self._changeover.kept.way.model_copy(update=changes))

    def _moment(self) -> float:
        """Ours among all terminals'."""
        return int(hashlib.sha256(self._device.encode()).hexdigest()[:8], 16) / 2**32 * SPREAD


def _unusable(access: Access) -> str:
    """What of it nobody could connect with: it would end the whole agent, not one attempt. "" where all is well."""
    parts = urlsplit(access.url)
    try:
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.port == 0:
            return "url"
    except ValueError:  # a port that is none
        return "url"
    for name, pem in (("ca", access.ca), ("centre_ca", access.centre_ca)):
        try:
            if pem is not None and not x509.load_pem_x509_certificates(pem.encode()):
                return name
        except ValueError:
            return name
    return ""
