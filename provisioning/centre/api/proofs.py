"""Proofs by key: a terminal shows with each request that it holds the key it was enrolled with."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from provisioning.centre.api.problems import Rejected
from provisioning.wire.documents import proven

SCHEME = "Proof "
WITHIN = 300.0  # seconds a clock may be wrong
MOST_USED = 50_000


@dataclass(frozen=True, slots=True)
class Proof:
    """What a terminal proves: ``about`` is the path's parameter, ``key_of`` gives the public key behind it (hex)."""

    purpose: str
    about: str
    key_of: Callable[[str], str | None]


class Proofs:
    """Checks them; one that changes something is good once. ``now``: UTC seconds since 1970.

    Of each subject the last second that was used is remembered, so nobody fills the memory with proofs of their own.
    What was proven before this process began may have been used before it.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._began = now, int(now())
        self._used: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    async def check(self, proof: Proof, request: Request, *, once: bool) -> None:
        """Raises Rejected. An unknown subject is answered as a wrong proof is: nobody learns which there are."""
        said = request.headers.get("authorization", "")
        about = request.path_params[proof.about]
        if not said.startswith(SCHEME):
            raise Rejected("auth.proof")
        public = await run_in_threadpool(proof.key_of, about)
        now, said = self._now(), said[len(SCHEME) :]
        if public is None or not proven(
            said, public, proof.purpose, about, datetime.fromtimestamp(now, UTC), within=WITHIN
        ):
            raise Rejected("auth.proof")
        # by what was proven, not by how it is written: base64 has several spellings of the same signature
        if once and not self._first((proof.purpose, about), int(said.partition(".")[0]), now):
            raise Rejected("auth.replayed")

    def _first(self, subject: tuple[str, str], seconds: int, now: float) -> bool:
        """Whether it is newer than all before it. The oldest are forgotten once they would be too old anyway."""
        with self._lock:
            while self._used and next(iter(self._used.values()))[1] < now - 2 * WITHIN:
                self._used.popitem(last=False)
            if seconds < self._began or seconds <= self._used.get(subject, (0, 0.0))[0]:
                return False
            if subject not in self._used and len(self._used) >= MOST_USED:
                raise Rejected("request.too_often", facts={"seconds": str(int(WITHIN))})
            self._used.pop(subject, None)
            self._used[subject] = seconds, now
            return True
