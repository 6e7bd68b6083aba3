"""How terminals are to reach centre and brokers, as the settings say it now, and how many of them do.

Every document tells it (``provisioning.wire.messages.Access``). It is made once for each start of the centre: a later
one takes the place of an earlier one at the terminals.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from provisioning.broker.access import CENTRE, PROBES
from provisioning.broker.card import Card, Check
from provisioning.broker.configuration import BrokerRefused
from provisioning.broker.settings import pair_problems
from provisioning.centre.live import Live
from provisioning.centre.settings import Broker, Centre
from provisioning.wire.documents import access_tag
from provisioning.wire.messages import MOST_PEM, Access, BrokerAccess

log = logging.getLogger(__name__)

ACCESS = "broker.access"


class Accesses:
    """By the broker's name. Raises BrokerRefused where a file of the settings cannot be used."""

    def __init__(self, settings: Centre, at: float) -> None:
        problems = [text for broker in settings.brokers for text in _problems(broker)]
        centre_ca = _read(settings.ca, problems)
        cas = {broker.name: _read(broker.ca, problems) for broker in settings.brokers}
        if problems:
            raise BrokerRefused(tuple(problems))
        since = datetime.fromtimestamp(at, UTC)
        self.brokers = {b.name: BrokerAccess(url=b.url, ca=cas[b.name]) for b in settings.brokers}
        """What a newcomer is given, of any size."""
        self.told: dict[str, Access] = {}
        self._too_large: dict[str, int] = {}
        for broker in settings.brokers:
            ca = cas[broker.name]
            if (size := max(len(ca or ""), len(centre_ca or ""))) > MOST_PEM:
                log.warning("broker=%s access=not_told letters=%d most=%d", broker.name, size, MOST_PEM)
                self._too_large[broker.name] = size
                continue
            self.told[broker.name] = Access(since=since, url=broker.url, ca=ca, centre_ca=centre_ca)

    def beside(self, cards: Mapping[str, Card], fleet: Iterable[Live]) -> dict[str, Card]:
        """``cards``, each with how many of its terminals have proven the way that they are told."""
        some = [live for live in fleet if live.kind == "terminal" and live.rev]
        return {
            name: replace(card, checks=(*card.checks, *self._check(name, some)))
            for name, card in cards.items()
        }

    def _check(self, name: str, some: Iterable[Live]) -> tuple[Check, ...]:
        if name in self._too_large:
            return (Check(ACCESS, "warn", f"not told: {self._too_large[name]} letters, most {MOST_PEM}"),)
        said = [live.access for live in some if live.broker == name]
        if name not in self.told or not said:
            return ()
        access = self.told[name]
        here, silent = said.count(access_tag(access.broker, access.centre_ca)), said.count("")
        counted = f"{here} of {len(said)}" + (f", {silent} do not say" if silent else "")
        return (Check(ACCESS, "ok" if here + silent == len(said) else "warn", counted),)


def _read(file: Path | None, problems: list[str]) -> str | None:
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8")
        found = x509.load_pem_x509_certificates(text.encode())
    except (OSError, ValueError) as error:
        problems.append(f"the certificates {file} cannot be read: {type(error).__name__}")
        return None
    problems += [
        f"{file}: two authorities are called {one.subject.rfc4514_string()} and have no key identifiers: "
        "only the first would ever be found (openssl-verification-options(1)); give the new one another name"
        for one, other in combinations(found, 2)
        if one.subject == other.subject
        and one.public_key() != other.public_key()
        and not _told_apart(one, other)
    ]
    return text


def _told_apart(*some: x509.Certificate) -> bool:
    try:
        return all(one.extensions.get_extension_for_class(x509.SubjectKeyIdentifier) for one in some)
    except x509.ExtensionNotFound:
        return False


def _problems(broker: Broker) -> Iterable[str]:
    """What is wrong with what centre and probe show."""
    if broker.client_files is None or broker.probes is None:
        return
    shown = ((CENTRE, *broker.client_files), *((n, f, f) for n, f in zip(PROBES, broker.probes, strict=True)))
    for name, certificate, key in shown:
        if wrong := list(pair_problems(certificate, key)):
            yield from wrong
        elif name not in (names := _common_names(certificate)):
            yield f"the certificate {certificate} is of {', '.join(names) or 'nobody'}: its CN must be {name}"


def _common_names(certificate: Path) -> list[str]:
    subject = x509.load_pem_x509_certificate(certificate.read_bytes()).subject
    return [str(name.value) for name in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
