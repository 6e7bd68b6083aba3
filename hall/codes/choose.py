"""Which verifier the settings ask for. The hall's own ``region`` stands in where no city is set."""

from datetime import datetime
from pathlib import Path

from config.codes import Codes
from hall.codes.embedded import EmbeddedVerifier, Issuer
from hall.codes.gateway import GatewayVerifier
from hall.codes.keys import CodeKeys
from hall.codes.port import CodeVerifier

KEYS_FILE = "code-keys.json"


def verifier(settings: Codes, region: str, data: Path, started: datetime) -> CodeVerifier:
    """``data``: the hall's own folder, for the embedded keys. Raises OSError, ValueError (a file is damaged)."""
    if settings.gateway is not None and settings.kind == "gateway":
        return GatewayVerifier(settings.gateway, settings.city or region)
    return embedded(settings, region, data, started)[1]


def embedded(settings: Codes, region: str, data: Path, started: datetime) -> tuple[Issuer, EmbeddedVerifier]:
    """The embedded pair over one ring of keys. Raises OSError, ValueError."""
    keys, city = CodeKeys(data / KEYS_FILE, settings.suite), settings.city or region
    keys.signing(started)  # made now if ever: a hall that can't keep its keys says so at its start
    return Issuer(keys, city), EmbeddedVerifier(keys, city, started, settings.skew_seconds)
