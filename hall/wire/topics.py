"""The topic tree of a hall (``k/1``: product and protocol version). Nobody spells a topic anywhere else."""

ROOT = "k/1"


def hall_state(hall: str) -> str:
    """Retained ``ServiceState``, also the hall process's last will."""
    return f"{ROOT}/h/{hall}/state"


def hall_view(hall: str) -> str:
    """Retained ``HallView``: queues, counts and the last calls. A board that starts late is right at once."""
    return f"{ROOT}/h/{hall}/board"


def calls(hall: str) -> str:
    """Live ``Call`` events, QoS 1, not retained: nobody may hear an old call."""
    return f"{ROOT}/h/{hall}/call"


def window(hall: str, window_id: str) -> str:
    """Retained ``WindowView`` of one window, for its caller pad and window board."""
    return f"{ROOT}/h/{hall}/w/{window_id}"


def ping(client_id: str) -> str:
    """Where a link's own watchdog speaks to itself."""
    return f"{ROOT}/ping/{client_id}"
