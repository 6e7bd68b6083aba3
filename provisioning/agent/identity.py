"""Who this terminal is: its keys, its place in the fleet, its secrets. Files of this account only (0600)."""

import os
import shutil
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import Field, ValidationError
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from provisioning.agent.vault import Folder
from provisioning.wire.documents import unseal
from provisioning.wire.messages import BrokerAccess, DeviceId, Grant, Hex32, Said, Secrets, Short

SIGNING, SEALING, MEMBER = "signing.key", "sealing.key", "member.json"


class IdentityBroken(Exception):
    """A file of the identity is there and cannot be used: nothing is overwritten, somebody has to look."""

    code = "agent.identity"


class Member(Said):
    """A place in the fleet: what the grant said, with its secrets opened."""

    device: DeviceId
    hall: DeviceId
    keys: dict[Short, Hex32]
    broker: BrokerAccess
    broker_password: str = Field(repr=False)
    desired: str = Field(repr=False, description="The first document, until the vault has it")
    events: int = Field(default=0, ge=0, description="Last event of an earlier machine of this id")


class Identity:
    """``path``: a folder of its own. Keys are made at first. Raises IdentityBroken, OSError."""

    def __init__(self, path: Path) -> None:
        self._gone = path.with_name(f"{path.name}.gone")
        if self._gone.exists():  # an erasure that was cut short
            _scrub(self._gone)
        self._path, self._disk = path, Folder(path)
        self.signing = Ed25519PrivateKey.from_private_bytes(self._key(SIGNING))
        self.sealing = X25519PrivateKey.from_private_bytes(self._key(SEALING))

    @property
    def public_key(self) -> str:
        return self.signing.public_key().public_bytes_raw().hex()

    @property
    def seal_key(self) -> str:
        return self.sealing.public_key().public_bytes_raw().hex()

    def member(self) -> Member | None:
        """None: not enrolled yet. Raises IdentityBroken."""
        if (raw := self._disk.read(MEMBER)) is None:
            return None
        try:
            return Member.model_validate_json(raw)
        except ValidationError as error:
            raise IdentityBroken(f"{self._path / MEMBER} is damaged") from error

    def admit(self, grant: Grant) -> Member:
        """Keep a grant, durably: secrets first, so that a member always has them. Raises Refused, OSError."""
        secrets = self._secrets(grant.sealed)
        member = Member(
            device=grant.device,
            hall=grant.hall,
            keys=grant.keys,
            broker=grant.broker,
            broker_password=secrets.broker_password,
            desired=grant.desired,
            events=grant.events,
        )
        self._disk.replace(MEMBER, member.model_dump_json().encode())
        return member

    def renew(self, member: Member, sealed: str) -> Member:
        """Secrets as they are now. Raises Refused, OSError."""
        renewed = member.model_copy(update={"broker_password": self._secrets(sealed).broker_password})
        self._disk.replace(MEMBER, renewed.model_dump_json().encode())
        return renewed

    def secret_file(self, name: str) -> Path:
        """Where the secret called ``name`` lies, or would."""
        return self._path / f"secret-{name}"

    def ca_file(self, broker: BrokerAccess) -> Path | None:
        """The certificates that the broker's must come from, as a file. Raises OSError."""
        return self._pem("broker-ca.pem", broker.ca) if broker.ca else None

    def centre_ca_file(self, own: Path | None, told: str | None) -> Path | None:
        """Those of the centre: what this machine trusts (``own``; None: the public ones), and what the centre told.

        ``own`` where nothing was told. Raises OSError.
        """
        if told is None:
            return own
        return self._pem("centre-ca.pem", f"{(own or Path(DEFAULT_CA_BUNDLE_PATH)).read_text()}\n{told}")

    def erase(self) -> None:
        """Everything, and in one step: power cut in the midst leaves no half of an identity behind."""
        self._path.rename(self._gone)
        _scrub(self._gone)

    def _secrets(self, sealed: str) -> Secrets:
        secrets = Secrets.model_validate_json(unseal(sealed, self.sealing))
        for name, value in secrets.named.items():
            if not name.replace("-", "").isalnum():
                raise IdentityBroken("a secret with an impossible name")
            self._disk.replace(f"secret-{name}", value.encode())
        return secrets

    def _pem(self, name: str, text: str) -> Path:
        self._disk.replace(name, text.encode())
        return self._path / name

    def _key(self, name: str) -> bytes:
        raw = self._disk.read(name)
        if raw is None:
            if self._disk.read(MEMBER) is not None:
                raise IdentityBroken(f"{self._path / name} is missing and this terminal is enrolled")
            raw = os.urandom(32)
            self._disk.replace(name, raw)
        if len(raw) != 32:
            raise IdentityBroken(f"{self._path / name} is damaged")
        return raw


def _scrub(folder: Path) -> None:
    """Remove ``folder``; what stood on the disk is written over first, for what that is worth on flash."""
    for file in folder.glob("*"):
        with open(file, "r+b") as old:
            old.write(os.urandom(file.stat().st_size))
            old.flush()
            os.fsync(old.fileno())
    shutil.rmtree(folder)
