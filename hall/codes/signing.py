"""How questions to a gateway and its answers are signed. Pure; shared by the client and its simulator.

A question is signed over ``METHOD \\n path \\n app \\n timestamp \\n nonce \\n hex(digest(body))``, an answer over
``status \\n timestamp \\n nonce of the question \\n hex(digest(body))``: an answer fits one question only. The digest
is SHA-256 or SM3, as the MAC. Cities differ; where yours signs otherwise this module is the one to change.
"""

import hashlib
import hmac

from hall.codes.national import sm3
from hall.codes.suites import MacName, mac


def question_signature(
    name: MacName, secret: bytes, method: str, path: str, app: str, timestamp: str, nonce: str, body: bytes
) -> str:
    return _signed(name, secret, (method, path, app, timestamp, nonce), body)


def answer_signature(
    name: MacName, secret: bytes, status: int, timestamp: str, nonce: str, body: bytes
) -> str:
    return _signed(name, secret, (str(status), timestamp, nonce), body)


def same(one: str, other: str) -> bool:
    """In constant time, and whatever somebody sent."""
    return hmac.compare_digest(one.lower().encode(), other.lower().encode())


def _signed(name: MacName, secret: bytes, lines: tuple[str, ...], body: bytes) -> str:
    digest = hashlib.sha256(body).hexdigest() if name == "hmac-sha256" else sm3(body).hex()
    return mac(name, secret, "\n".join((*lines, digest)).encode()).hex()
