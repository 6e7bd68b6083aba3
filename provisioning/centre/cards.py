"""The brokers' health cards: probed at the start and again when somebody asks; kept in memory."""

import logging
import secrets
import threading
from collections.abc import Callable, Container, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.broker.access import PROBES
from provisioning.broker.accounts import BrokerAccounts
from provisioning.broker.card import Card, fit_for_production
from provisioning.broker.probe import Access, credentials, examine

log = logging.getLogger(__name__)

AT_ONCE = 8  # brokers probed beside each other: nearly all of it is waiting


class BrokerLeaks(Exception):
    """A broker that is not fit for production; the message says what leaks and what to do."""

    code = "broker.leaks"


@dataclass(frozen=True, slots=True)
class Reached:
    """How the centre itself signs in at a broker, and what it and the probe's two names show there."""

    url: str = field(repr=False)
    ca: Path | None = None
    shown: tuple[Path, Path] | None = None
    probes: tuple[Path, Path] | None = None


class Cards:
    """``probe`` takes some seconds, and takes its turn."""

    def __init__(
        self, brokers: Mapping[str, Reached], accounts: BrokerAccounts, now: Callable[[], float], *, many: int
    ) -> None:
        self._brokers, self._accounts, self._now, self._many = brokers, accounts, now, many
        self._cards: dict[str, Card] = {}
        self._turn = threading.Lock()

    def cards(self) -> dict[str, Card]:
        """The last card of each broker that was probed."""
        return dict(self._cards)

    def probe(self, connected: Container[str] = ()) -> dict[str, Card]:
        """Try every broker now, with two guests of its own that are thrown out afterwards.

        At those where the centre is ``connected`` not with its own name too: it would throw itself out.
        """
        with self._turn:
            words = tuple(secrets.token_urlsafe(24) for _ in PROBES)
            self._accounts.guests(dict(zip(PROBES, words, strict=True)))
            try:
                accesses: dict[str, Access] = {}
                for name, reached in self._brokers.items():
                    bare, own = credentials(reached.url)
                    own = None if name in connected else own
                    accesses[name] = Access(
                        bare, (words[0], words[1]), own, reached.ca, reached.shown, reached.probes
                    )
                with ThreadPoolExecutor(AT_ONCE, "probe") as pool:
                    for card in pool.map(self._examined, accesses, accesses.values()):
                        self._cards[card.broker] = card
                        log.info("broker=%s card=%s", card.broker, card.grade)
            finally:
                self._accounts.guests({})
            return self.cards()

    def _examined(self, name: str, access: Access) -> Card:
        return examine(access, name, self._now, many=self._many)

    def demand_fit(self) -> None:
        """Raises BrokerLeaks unless every broker's card is fit for production."""
        lines = [
            f"{name}: {check.words('en')} — no ({check.code} {check.measured})"
            for name, card in self._cards.items()
            for check in fit_for_production(card)
        ]
        if missing := sorted(self._brokers.keys() - self._cards.keys()):
            lines += [f"{name}: was not probed" for name in missing]
        if lines:
            raise BrokerLeaks(
                "not proven fit for production:\n  "
                + "\n  ".join(lines)
                + "\nSee that it runs, write its configuration with `tongyuan fleet broker-config`,"
                + " or set production = false to try."
            )
