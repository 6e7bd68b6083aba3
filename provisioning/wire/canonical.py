"""Bytes that are the same for the same value: what is hashed and signed."""

import json


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8. Raises ValueError for NaN, TypeError for what JSON has not."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()
