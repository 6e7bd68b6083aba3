"""Asking a service outside the hall over HTTP: the session, and the headers that carry signatures."""

import ssl
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

from config.service import OutsideService
from hall.codes.signing import answer_signature, question_signature, same
from hall.codes.suites import MacName


def new_session(settings: OutsideService, at_once: int) -> requests.Session:
    """For ``at_once`` threads. Raises OSError where a file is no good."""
    session = requests.Session()
    session.trust_env = False  # no proxy, no netrc, no CA bundle from the environment
    # There is no setting that turns this off; the context is only to hear of a bad file now, not from a citizen.
    session.verify = str(settings.ca_file) if settings.ca_file else True
    files = ssl.create_default_context(cafile=settings.ca_file)
    if settings.certificate_file and settings.key_file:
        files.load_cert_chain(settings.certificate_file, settings.key_file)
        session.cert = (str(settings.certificate_file), str(settings.key_file))
    # A fresh connection for each question: one that was dropped while idle shows only after it is sent.
    session.headers["Connection"] = "close"
    session.headers["Content-Type"] = "application/json"
    session.headers["Accept-Encoding"] = "identity"  # what is signed and counted is what was sent
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))  # threads share the session
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=at_once))
    return session


def signed(
    settings: OutsideService, mac: MacName, secret: bytes, path: str, timestamp: str, nonce: str, body: bytes
) -> dict[str, str]:
    """The headers of a question that is posted to ``path``."""
    names = settings.headers
    signature = question_signature(mac, secret, "POST", path, settings.app_id, timestamp, nonce, body)
    return {
        names.app: settings.app_id,
        names.timestamp: timestamp,
        names.nonce: nonce,
        names.signature: signature,
    }


def rightly_signed(
    settings: OutsideService,
    mac: MacName,
    secret: bytes,
    nonce: str,
    answer: requests.Response,
    content: bytes,
) -> bool:
    """Whether ``answer`` is signed over the question's nonce, where answers are signed at all."""
    if not settings.signed_answers:
        return True
    given = answer.headers.get(settings.headers.signature, "")
    at = answer.headers.get(settings.headers.timestamp, "")
    return same(given, answer_signature(mac, secret, answer.status_code, at, nonce, content))
