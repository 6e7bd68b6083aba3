"""Who may read and write which topic, as mosquitto's access list: patterns, so no terminal needs a line of its own.

``%u`` is the name a client signed in with. mosquitto checks reading at delivery: a terminal may subscribe to
everything and still hears only what is its own (2.0.11 and 2.1).
"""

from hall.wire.topics import ping
from provisioning.wire import topics

CENTRE = "centre"
"""The service's user at every broker."""

PROBES = ("probe_a", "probe_b")
"""Names the probe signs in with for a minute. The underscore keeps them apart from every terminal's id."""

RESERVED = (CENTRE, *PROBES)


def rules() -> str:
    """The whole access list."""
    anyone = "+"
    both = [
        topic(anyone) for topic in topics.RETAINED
    ]  # written by the other side, erased when one is retired
    write = [topic(anyone) for topic in topics.TO_DEVICE if topic not in topics.RETAINED]
    read = [topic(anyone) for topic in topics.FROM_DEVICE if topic not in topics.RETAINED]
    return "\n".join(
        (
            "# Made by tongyuan from its own topics: changes made here are lost.",
            f"user {CENTRE}",
            f"topic readwrite {topics.CENTRE_STATE}",
            *(f"topic readwrite {topic}" for topic in both),
            *(f"topic write {topic}" for topic in write),
            *(f"topic read {topic}" for topic in read),
            f"topic read {topics.BROKER_VERSION}",
            *(
                line
                for probe in PROBES
                for line in (
                    "",
                    f"user {probe}",
                    f"topic readwrite {topics.PROBE}/#",
                    f"topic read {topics.BROKER_VERSION}",
                )
            ),
            "",
            f"pattern read {topics.CENTRE_STATE}",
            *(f"pattern read {topic('%u')}" for topic in topics.TO_DEVICE),
            *(f"pattern write {topic('%u')}" for topic in topics.FROM_DEVICE),
            f"pattern readwrite {ping('%c')}",
            "",
        )
    )
