"""Keeps secrets that must be used again: sealed with a key that lies beside the database and never in it."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


class VaultBroken(Exception):
    """The key file is missing, too open, or not the one that sealed this."""

    code = "centre.vault"


class Vault:
    """``path`` is the key file, made at first (32 random bytes, 0600). Raises VaultBroken."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(ChaCha20Poly1305.generate_key())
                    file.flush()
                    os.fsync(file.fileno())
            except FileExistsError:
                if path.stat().st_mode & 0o077:
                    raise VaultBroken(
                        f"others can read {path}: chmod 600 it and replace its secrets"
                    ) from None
            self._cipher = ChaCha20Poly1305(path.read_bytes())
        except (OSError, ValueError) as error:
            raise VaultBroken(f"the centre's key {path} cannot be used: {error}") from error

    def seal(self, secret: bytes, about: str) -> bytes:
        """``about`` says what it is, e.g. "signing 2026a"; the same is needed to open it."""
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, secret, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """Raises VaultBroken."""
        try:
            return self._cipher.decrypt(sealed[:12], sealed[12:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise VaultBroken(f"the centre's key does not open {about}") from error
