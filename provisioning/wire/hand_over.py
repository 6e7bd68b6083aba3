"""How one of the centre's keys hands over to the next, so that a terminal finds its way through missed rotations.

A hand-over says, signed by a key, that another one follows it. A terminal walks from a key it trusts to the one that
signs. The list of keys it has is the last word on all keys made until that list: one that was made by then and is not
on it was revoked, and no hand-over leads there.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime

from provisioning.wire.canonical import canonical
from provisioning.wire.messages import Hex32, Said, Short

WORD = b"tongyuan/hand-over/1\n"
STEPS = 16
"""Most hand-overs beside one document, and so the rotations that a terminal may miss after the one it knows of."""
STEP_BYTES = 400  # of one, at most: ids, a key, a time, a signature


class HandOver(Said):
    """``by`` says that the key ``public``, called ``kid``, follows it."""

    by: Short
    kid: Short
    public: Hex32
    made: AwareDatetime  # when that key was
    sig: Short = ""  # base64 of Ed25519 over the rest


def hand_over(by: str, key: Ed25519PrivateKey, kid: str, public: str, made: datetime) -> HandOver:
    """Signed by ``key``, which is called ``by``."""
    step = HandOver(by=by, kid=kid, public=public, made=made)
    return step.model_copy(update={"sig": base64.b64encode(key.sign(_said(step))).decode("ascii")})


def walked(keys: Mapping[str, str], until: datetime | None, steps: Sequence[HandOver]) -> dict[str, str]:
    """``keys`` (hex, by id) and those that ``steps``, oldest first, lead to from them.

    ``until``: when the newest key was made of those that the list ``keys`` was chosen from; None: not known, and so
    nobody knows what was revoked, and nothing is added.
    """
    known = dict(keys)
    if until is None:
        return known
    for step in steps:
        public = known.get(step.by)
        if step.kid not in known and step.made > until and public is not None and _signed(step, public):
            known[step.kid] = step.public
    return known


def _said(step: HandOver) -> bytes:
    return WORD + canonical(step.model_dump(mode="json", exclude={"sig"}))


def _signed(step: HandOver, public: str) -> bool:
    try:
        signature = base64.b64decode(step.sig, validate=True)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, _said(step))
    except (InvalidSignature, ValueError):
        return False
    return True
