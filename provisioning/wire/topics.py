"""The topic tree of the fleet (``k/1``: product and protocol version). Nobody spells a topic anywhere else.

``device`` is the identity of the credential a client signs in with, and its client id. A broker's access list is
made of these patterns with ``%u`` in its place (provisioning.broker).
"""

ROOT = "k/1"
CENTRE_STATE = f"{ROOT}/centre/state"
"""Retained ``CentreState``, also the centre's last will: terminals serve on without it, and know."""


def desired(device: str) -> str:
    """Retained signed document (``documents.Envelope``), whole. Empty: no instruction, never "erase"."""
    return f"{ROOT}/d/{device}/desired"


def reported(device: str) -> str:
    """Retained ``Reported``: what the terminal runs and how it stands with what is desired."""
    return f"{ROOT}/d/{device}/reported"


def status(device: str) -> str:
    """Retained ``Presence``, also the terminal's last will."""
    return f"{ROOT}/d/{device}/status"


def health(device: str) -> str:
    """``Health``, QoS 0, not retained, every 30 s."""
    return f"{ROOT}/d/{device}/health"


def events(device: str) -> str:
    """``EventBatch`` from a durable outbox, QoS 1, not retained."""
    return f"{ROOT}/d/{device}/event"


def ack(device: str) -> str:
    """``Ack`` of events, cumulative, QoS 1, not retained."""
    return f"{ROOT}/d/{device}/ack"


def command(device: str) -> str:
    """Signed ``Command``, QoS 1, never retained."""
    return f"{ROOT}/d/{device}/cmd"


def answer(device: str) -> str:
    """``Answer`` to a command, QoS 1, not retained."""
    return f"{ROOT}/d/{device}/rsp"


RETAINED = (desired, reported, status)
"""Every retained topic of a device: retiring it tombstones all of them."""

PROBE = f"{ROOT}/probe"
"""Under it the probe tries a broker out, and clears up behind itself (provisioning.broker.probe)."""

BROKER_VERSION = "$SYS/broker/version"
"""Where mosquitto says what it is."""

TO_DEVICE = (desired, ack, command)
FROM_DEVICE = (reported, status, health, events, answer)


def device_of(topic: str) -> tuple[str, str] | None:
    """``(device, last part)`` of a device's topic; None for any other topic."""
    parts = topic.split("/")
    if len(parts) == 5 and "/".join(parts[:2]) == ROOT and parts[2] == "d":
        return parts[3], parts[4]
    return None
