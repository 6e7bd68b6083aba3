"""Pages that show chosen certificates to whoever scans their address, for five minutes, in memory.

The citizen may have left: what is on the counter clerk's phone outlives the visit, so it outlives the presentation.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hall.certificates.watermark import ON_PHONE
from hall.problems import Refused
from hall.shown import Shown
from hall.wire.messages import ShareView

SECONDS = 300
MOST = 128  # at once; each is shared by somebody who stands in the hall


@dataclass(frozen=True, slots=True)
class Share:
    """What one page shows, and until when."""

    shown: tuple[Shown, ...] = field(repr=False)
    where: str  # the terminal it was shared at
    purpose: str
    until: datetime
    ends: float = field(repr=False)  # the same, monotonic


class Shares:
    """By their tokens. Belongs to the event loop's thread."""

    def __init__(
        self, clock: Callable[[], datetime], monotonic: Callable[[], float], seconds: int = SECONDS
    ) -> None:
        self._clock, self._monotonic, self._seconds = clock, monotonic, seconds
        self._shares: dict[str, Share] = {}
        self._tokens: dict[tuple[str, str], str] = {}  # a retry gets the same page

    def __repr__(self) -> str:
        return f"Shares({len(self._shares)})"

    def share(self, actor: str, key: str, shown: tuple[Shown, ...], where: str, purpose: str) -> ShareView:
        """A page of ``shown``. Raises Refused when there are too many, or the key is another page's."""
        self.sweep()
        token = self._tokens.get((actor, key))
        if token is None:
            if len(self._shares) >= MOST:
                raise Refused("hall.busy")
            token = self._tokens[actor, key] = secrets.token_urlsafe(16)
            until = self._clock() + timedelta(seconds=self._seconds)
            ends = self._monotonic() + self._seconds
            self._shares[token] = Share(shown, where, purpose or ON_PHONE, until, ends)
            asyncio.get_running_loop().call_later(self._seconds + 0.1, self.sweep)
        elif self._shares[token].shown != shown:
            raise Refused("idempotency.key_reused")
        return ShareView(path=f"/c/{token}", seconds=self.left(self._shares[token]))

    def found(self, token: str) -> Share | None:
        self.sweep()
        return self._shares.get(token)

    def left(self, share: Share) -> int:
        """Whole seconds until the page is gone."""
        return max(0, round(share.ends - self._monotonic()))

    def sweep(self) -> None:
        """Forget what is over."""
        now = self._monotonic()
        self._shares = {token: share for token, share in self._shares.items() if share.ends > now}
        self._tokens = {key: token for key, token in self._tokens.items() if token in self._shares}

    def close(self) -> None:
        self._shares.clear()
        self._tokens.clear()
