"""Signed whole documents: what a terminal is told, and nothing that is not meant for it, now, by the centre.

An envelope is JSON ``{"v": 1, "kid", "sig", "doc"}``; ``doc`` is base64 of the canonical body (sorted keys, no spaces,
UTF-8), ``sig`` the Ed25519 signature (RFC 8032) of its bytes behind a word that tells documents from commands. Beside
them ``hand_overs``, signed each by itself, may lead from earlier keys to ``kid``. Sealing of secrets is X25519 +
HKDF-SHA256 + ChaCha20-Poly1305 (RFC 7748, 5869, 8439).
"""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AwareDatetime, Field, StringConstraints, ValidationError

from provisioning.wire.canonical import canonical as canonical
from provisioning.wire.hand_over import STEP_BYTES, STEPS, HandOver, walked
from provisioning.wire.messages import MOST_PEM, Access, BrokerAccess, Command, DeviceId, Hex32, Said, Short

MOST = 64 * 1024  # bytes of an envelope without its hand-overs and access
ACCESS_BYTES = 3 * MOST_PEM  # that an access may add: two times PEM in JSON, in base64
LONGEST = MOST + STEPS * STEP_BYTES + ACCESS_BYTES
DOCUMENT, COMMAND, PROOF = b"tongyuan/document/1\n", b"tongyuan/command/1\n", b"tongyuan/proof/1\n"


class Refused(Exception):
    """A document or command that must not be followed. ``code`` is one of ``CODES``; ``path``: the settings key."""

    def __init__(self, code: str, text: str = "", path: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code, self.text, self.path = code, text, path


CODES = (
    "config.too_large",
    "config.malformed",
    "config.unsigned",
    "config.unknown_key",
    "config.bad_signature",
    "config.wrong_device",
    "config.old_revision",
    "config.expired",
    "config.schema",
)


class Apply(Said):
    """When a terminal changes over. ``window`` is local time "22:00-05:00", over midnight allowed."""

    when: Literal["idle", "window", "now"] = "idle"
    window: Annotated[str, StringConstraints(pattern=r"^$|^\d\d:\d\d-\d\d:\d\d$")] = ""
    probation_seconds: float = Field(default=60, gt=0, le=900, description="Healthy this long: confirmed")
    deadline_seconds: float = Field(default=180, gt=0, le=1800, description="Not healthy by then: falls back")
    idle_seconds: float = Field(
        default=10, ge=0, le=600, description="Nobody at the glass for this long is idle"
    )


class Document(Said):
    """The body: everything a terminal is told, resolved. ``settings`` is checked by config.settings, not here."""

    v: int = 1
    device: DeviceId
    rev: int = Field(ge=1)
    etag: Short = Field(description="Of ``settings``, see ``etag``")
    issued: AwareDatetime
    expires: AwareDatetime
    apply: Apply = Apply()
    settings: dict[str, Any]
    rollout: Short = ""
    keys: dict[Short, Hex32] = Field(default={}, description="All keys that are good from now on, by id")
    keys_until: AwareDatetime | None = Field(
        default=None,
        description="When the newest key was made, revoked ones too: of keys made by then no other is good",
    )
    access: Access | None = Field(
        default=None, description="Tried beside the one that works, and kept where it proves itself"
    )


class _Envelope(Said):
    v: Literal[1]
    kid: Short
    sig: str = ""
    doc: str
    hand_overs: tuple[HandOver, ...] = Field(default=(), max_length=STEPS)


def etag(settings: Mapping[str, Any]) -> str:
    """Hash of resolved settings: the first 16 hex digits of SHA-256 of their canonical form."""
    return hashlib.sha256(canonical(settings)).hexdigest()[:16]


def access_tag(broker: BrokerAccess, centre_ca: str | None) -> str:
    """Name of a way to broker and centre, made as an ``etag``."""
    return etag({"url": broker.url, "ca": broker.ca, "centre_ca": centre_ca})


def fingerprint(public_key: str) -> str:
    """What people compare on the glass and in the console: 16 hex digits of SHA-256 of the raw key, in fours."""
    digest = hashlib.sha256(bytes.fromhex(public_key)).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def sign_document(
    body: Document, kid: str, key: Ed25519PrivateKey, hand_overs: Sequence[HandOver] = ()
) -> bytes:
    """The envelope to publish; ``hand_overs`` lead to ``kid``. Raises ValueError when it is larger than ``MOST``.

    What its access adds does not count: settings that fit must not cease to when an authority changes.
    """
    added = 0 if body.access is None else len(_b64(canonical(body.access.model_dump(mode="json"))))
    return _signed(body, DOCUMENT, kid, key, hand_overs, most=MOST + added)


def sign_command(
    body: Command, kid: str, key: Ed25519PrivateKey, hand_overs: Sequence[HandOver] = ()
) -> bytes:
    """The envelope of an order."""
    return _signed(body, COMMAND, kid, key, hand_overs)


def open_document(
    payload: bytes,
    keys: Mapping[str, str],
    device: str,
    highest: int,
    now: datetime,
    keys_until: datetime | None = None,
) -> Document:
    """The document in ``payload``, if it is for ``device``, not older than ``highest``, signed by a key, in time.

    The key is one of ``keys``, or was handed over to from one of them after ``keys_until``. ``highest`` itself passes:
    the same document may come again, and the caller compares the etag. Settings are not looked at. Raises Refused.
    """
    try:
        body = Document.model_validate_json(_verified(payload, DOCUMENT, keys, keys_until))
    except ValidationError as error:
        raise Refused("config.malformed", f"{error.error_count()} faults in the document") from error
    if body.device != device:
        raise Refused("config.wrong_device", f"for {body.device}")
    if body.rev < highest:
        raise Refused("config.old_revision", f"{body.rev} is older than {highest}")
    if body.expires <= now:
        raise Refused("config.expired", f"since {body.expires.isoformat()}")
    if body.etag != etag(body.settings):
        raise Refused("config.malformed", "the etag is not that of the settings")
    return body


def open_command(
    payload: bytes,
    keys: Mapping[str, str],
    device: str,
    now: datetime,
    keys_until: datetime | None = None,
) -> Command:
    """The order in ``payload``. Whether its id was used is the caller's to know. Raises Refused."""
    try:
        body = Command.model_validate_json(_verified(payload, COMMAND, keys, keys_until))
    except ValidationError as error:
        raise Refused("config.malformed", f"{error.error_count()} faults in the command") from error
    if body.device != device:
        raise Refused("config.wrong_device", f"for {body.device}")
    if body.expires <= now:
        raise Refused("config.expired", f"since {body.expires.isoformat()}")
    return body


def _signed(
    body: Said,
    word: bytes,
    kid: str,
    key: Ed25519PrivateKey,
    hand_overs: Sequence[HandOver],
    *,
    most: int = MOST,
) -> bytes:
    raw = canonical(body.model_dump(mode="json"))
    envelope = {"v": 1, "kid": kid, "sig": _b64(key.sign(word + raw)), "doc": _b64(raw)}
    payload = canonical(envelope)
    if len(payload) > most:
        raise ValueError(f"the document has {len(payload)} bytes, {most} are allowed")
    if hand_overs:
        payload = canonical(envelope | {"hand_overs": [step.model_dump(mode="json") for step in hand_overs]})
    return payload


def _verified(payload: bytes, word: bytes, keys: Mapping[str, str], keys_until: datetime | None) -> bytes:
    if len(payload) > LONGEST:
        raise Refused("config.too_large", f"{len(payload)} bytes, {LONGEST} are allowed")
    try:
        envelope = _Envelope.model_validate_json(payload)
        raw, signature = (
            base64.b64decode(envelope.doc, validate=True),
            base64.b64decode(envelope.sig, validate=True),
        )
    except (ValidationError, ValueError) as error:
        raise Refused("config.malformed", "not an envelope") from error
    if not signature:
        raise Refused("config.unsigned")
    if envelope.kid not in keys:
        keys = walked(keys, keys_until, envelope.hand_overs)
    if (public := keys.get(envelope.kid)) is None:
        raise Refused("config.unknown_key", envelope.kid)
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, word + raw)
    except (InvalidSignature, ValueError) as error:
        raise Refused("config.bad_signature") from error
    return raw


# -- secrets and proofs -----------------------------------------------------------------------------------


def seal(secret: bytes, seal_key: str) -> str:
    """``secret`` for whoever has the X25519 key behind the public one ``seal_key`` (hex): base64."""
    ours = X25519PrivateKey.generate()
    public = ours.public_key().public_bytes_raw()
    nonce = os.urandom(12)
    shared = ours.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(seal_key)))
    return _b64(public + nonce + ChaCha20Poly1305(_derived(shared, public)).encrypt(nonce, secret, public))


def unseal(sealed: str, key: X25519PrivateKey) -> bytes:
    """The other side of ``seal``. Raises Refused."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        public, nonce, body = raw[:32], raw[32:44], raw[44:]
        shared = key.exchange(X25519PublicKey.from_public_bytes(public))
        return ChaCha20Poly1305(_derived(shared, public)).decrypt(nonce, body, public)
    except (ValueError, InvalidTag) as error:
        raise Refused("config.bad_signature", "not sealed for this terminal") from error


def _derived(shared: bytes, public: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=public, info=b"tongyuan/seal/1").derive(shared)


def prove(key: Ed25519PrivateKey, purpose: str, about: str, at: datetime) -> str:
    """Header value by which a terminal shows that it holds its key: ``<seconds>.<signature>``."""
    seconds = str(int(at.timestamp()))
    return f"{seconds}.{_b64(key.sign(PROOF + canonical([purpose, about, seconds])))}"


def proven(
    proof: str, public_key: str, purpose: str, about: str, now: datetime, *, within: float = 300.0
) -> bool:
    """Whether ``proof`` is by the key and not older (or newer) than ``within`` seconds."""
    seconds, _, signature = proof.partition(".")
    try:
        if len(seconds) > 15 or abs(int(seconds) - now.timestamp()) > within:
            return False
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
            base64.b64decode(signature, validate=True), PROOF + canonical([purpose, about, seconds])
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
