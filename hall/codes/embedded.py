"""The embedded issuer and verifier: dynamic codes that work out of the box, without anybody's gateway.

What keeps a photographed code from being of use is time and memory: it lives a minute, each is good once, and what was
made before this process started is over (its memory of what was shown did not survive either). That last rule is exact
where issuer and verifier share a clock, as here; an issuer whose clock is ahead would need its lead added.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from heapq import heappop, heappush
from threading import Lock

from hall.codes.holders import BadHolder, pack, unpack
from hall.codes.keys import CodeKeys
from hall.codes.port import CodeRefused, CodeSource, Holder, Verified, VerifierAway
from hall.codes.suites import NONCE, SUITES
from hall.codes.token import LONGEST_LIFE, Token, decode, encode
from hall.wire.messages import OutsideView

MOST_SHOWN = 100_000  # codes remembered at once, some 10 MB; a hall shows one a second at its busiest


class Issuer:
    """Makes codes for holders. From any thread."""

    def __init__(self, keys: CodeKeys, city: str) -> None:
        self._keys, self.city = keys, city

    def issue(
        self,
        holder: Holder,
        source: CodeSource,
        now: datetime,
        seconds: int = 60,
        *,
        city: str | None = None,  # another one only to try what becomes of it
    ) -> str:
        """A code for ``holder``. Raises BadHolder: it doesn't fit, or the company is missing or too many."""
        if (holder.company is not None) != (source == "enterprise_code"):
            raise BadHolder("a company goes with an enterprise code, and only with one")
        if not 1 <= seconds <= LONGEST_LIFE:
            raise ValueError(f"a code lives 1 to {LONGEST_LIFE} seconds")
        key = self._keys.signing(now)
        suite = SUITES[key.suite]
        blank = Token(source, city or self.city, key.id, secrets.token_bytes(NONCE), _ms(now), seconds)
        sealed = replace(blank, sealed=suite.seal(key.seal, blank.id, pack(holder), blank.bound()))
        return encode(replace(sealed, signature=suite.sign(key.secret, sealed.signed())))


class EmbeddedVerifier:
    """A ``CodeVerifier`` for the codes of an ``Issuer`` with the same keys. ``skew``: seconds a code may be ahead."""

    def __init__(self, keys: CodeKeys, city: str, started: datetime, skew: float = 5.0) -> None:
        self._keys, self._city = keys, city
        self._skew = skew * 1000
        self._shown = Shown(_ms(started))

    def verify(self, code: str, now: datetime) -> Verified:
        token = decode(code)
        if token.city != self._city:
            raise CodeRefused("code.other_city", f"city={token.city}")
        key = self._keys.find(token.key)
        if key is None or not SUITES[key.suite].good(key.public, token.signed(), token.signature):
            raise CodeRefused("code.forged", f"key={token.key.hex()}")
        if token.issued > _ms(now) + self._skew:
            raise CodeRefused("code.not_yet", f"ahead={(token.issued - _ms(now)) / 1000:.0f}s")
        self._shown.take(token, _ms(now))
        packed = SUITES[key.suite].unseal(key.seal, token.id, token.sealed, token.bound())
        try:
            holder = unpack(packed or b"", token.source == "enterprise_code")
        except BadHolder:  # signed, and yet not ours: a key was used for something else
            raise CodeRefused("code.unknown", "signed but not sealed as ours") from None
        return Verified(holder, token.source)

    def state(self) -> OutsideView:
        return OutsideView(name="codes", kind="embedded", state="ok")

    def close(self) -> None:
        pass


class Shown:
    """Which codes were shown: bounded, and forgets a code when its time is over. From any thread.

    A wall clock that is set back cannot make a forgotten code good again: whatever would have been over when anything
    was forgotten stays over.
    """

    def __init__(self, started: int, most: int = MOST_SHOWN) -> None:
        self._started, self._most = started, most
        self._ids: set[bytes] = set()
        self._by_end: list[tuple[int, bytes]] = []  # a heap
        self._forgotten = 0  # the latest end among those forgotten
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._ids)

    def take(self, token: Token, now: int) -> None:
        """Note that ``token`` is shown. Raises CodeRefused (expired, replayed), VerifierAway (memory is full)."""
        with self._lock:
            while self._by_end and self._by_end[0][0] <= now:
                end, gone = heappop(self._by_end)
                self._ids.remove(gone)
                self._forgotten = max(self._forgotten, end)
            if token.expires <= max(now, self._forgotten):
                raise CodeRefused("code.expired", f"over={(now - token.expires) / 1000:.0f}s")
            if token.issued < self._started:
                raise CodeRefused("code.expired", "from before this start")
            if token.id in self._ids:
                raise CodeRefused("code.replayed")
            if len(self._ids) >= self._most:  # rather nobody than somebody twice
                raise VerifierAway("code.unreachable", f"remembers {self._most} codes already")
            self._ids.add(token.id)
            heappush(self._by_end, (token.expires, token.id))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
