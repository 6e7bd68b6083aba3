"""What the doctor finds between a terminal and the places it needs: the fleet's centre, and its hall."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests

from config.kiosk import Kiosk
from tongyuan.finding import Finding

SKEW, CERTIFICATE_DAYS = 60.0, 30.0
PATIENCE = 3.0  # seconds for one answer over the network


def network(centre: str, ca: Path | None = None) -> Iterator[Finding]:
    """The way to the centre: name, port, certificate, answer, clock. ``ca``: as ``ca_file`` of the agent."""
    if not centre:
        yield Finding("centre", "skip", "no centre is named")
        return
    parts = urlsplit(centre)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except socket.gaierror:
        yield Finding(
            "network", "bad", f"{host} has no address", "check the cable and the name server (resolvectl)"
        )
        return
    except OSError as error:
        yield Finding(
            "network",
            "bad",
            f"{host}:{port} cannot be reached: {error}",
            "check the cable, the route, the firewall",
        )
        return
    yield Finding("network", "ok", f"{host}:{port} answers")
    if parts.scheme == "https":
        yield _certificate(host, port, ca)
    yield from _clock(centre, ca)


def _certificate(host: str, port: int, ca: Path | None) -> Finding:
    """How long the centre's certificate is good, and whether this machine trusts it."""
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            ssl.create_default_context(cafile=ca).wrap_socket(plain, server_hostname=host) as tls,
        ):
            ends = str((tls.getpeercert() or {}).get("notAfter", ""))
    except ssl.SSLError as error:
        return Finding(
            "certificate",
            "bad",
            f"{error.reason}",
            "install the issuing CA, or name it (--ca); or set the clock right",
        )
    except OSError as error:
        return Finding(
            "certificate", "bad", str(error), "is there something between this machine and the centre?"
        )
    days = (ssl.cert_time_to_seconds(ends) - time.time()) / 86_400
    if days < CERTIFICATE_DAYS:
        return Finding(
            "certificate", "warn", f"ends in {days:.0f} days", "tell the centre's people to renew it"
        )
    return Finding("certificate", "ok", f"good for {days:.0f} days")


def _clock(centre: str, ca: Path | None) -> Iterator[Finding]:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(ca) if ca is not None else True
    try:
        answer = session.get(f"{centre.rstrip('/')}/healthz", timeout=PATIENCE)
    except requests.RequestException as error:
        yield Finding("centre", "bad", type(error).__name__, "the address answers but is it the centre's?")
        return
    yield Finding("centre", "ok" if answer.ok else "bad", f"answers {answer.status_code}")
    with suppress(KeyError, ValueError):
        ahead = (datetime.now(UTC) - parsedate_to_datetime(answer.headers["Date"])).total_seconds()
        if abs(ahead) > SKEW:
            text = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the centre's"
            yield Finding(
                "clock", "bad", text, "timedatectl set-ntp true; replace the battery if it comes back"
            )
        else:
            yield Finding("clock", "ok", f"within {abs(ahead):.0f} s of the centre's")


def hall(settings: Kiosk) -> Iterator[Finding]:
    """The hall's own address, and the secrets that open it."""
    for name, file in (
        ("hall token", settings.source.token_file),
        ("hall broker", settings.source.broker_file),
    ):
        if file is None:
            continue
        if not file.exists():
            yield Finding(
                name, "bad", f"{file} is not there", "enrol this terminal; its secrets come with that"
            )
        elif file.stat().st_mode & 0o077:
            yield Finding(name, "warn", f"others can read {file}", f"chmod 600 {file}")
    if not settings.source.url:
        return
    session = requests.Session()
    session.trust_env = False
    try:
        fine = session.get(f"{settings.source.url}/healthz", timeout=PATIENCE).ok
    except requests.RequestException as error:
        yield Finding(
            "hall",
            "bad",
            f"{settings.source.url}: {type(error).__name__}",
            "is the hall's server on? guides still work, numbers do not",
        )
        return
    yield Finding("hall", "ok" if fine else "bad", settings.source.url)
