"""Recognising bytes that were seen before without keeping them."""

import hashlib
import os


class Digester:
    """Digests under a key that lives as long as this object, so that they say nothing to anybody else."""

    def __init__(self) -> None:
        self._key = os.urandom(16)

    def of(self, data: bytes) -> bytes:
        return hashlib.blake2b(data, key=self._key, digest_size=16).digest()
