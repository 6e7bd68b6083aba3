"""Topics of the fleet: every one leads back to its device, and nothing else does."""

import pytest

from provisioning.wire import topics


@pytest.mark.parametrize("topic", [*topics.TO_DEVICE, *topics.FROM_DEVICE])
def test_a_device_topic_leads_back_to_its_device(topic) -> None:
    device, last = topics.device_of(topic("qy-k01")) or ("", "")
    assert (device, topic(device).rpartition("/")[2]) == ("qy-k01", last)


@pytest.mark.parametrize(
    "topic",
    ["", "k/1/d", "k/1/d/qy", "k/1/d/qy/a/b", "k/1/h/qy/board", "x/1/d/qy/status", topics.CENTRE_STATE],
)
def test_other_topics_belong_to_no_device(topic: str) -> None:
    assert topics.device_of(topic) is None


def test_no_two_topics_of_a_device_are_the_same() -> None:
    names = [topic("a") for topic in (*topics.TO_DEVICE, *topics.FROM_DEVICE)]
    assert len(set(names)) == len(names)
