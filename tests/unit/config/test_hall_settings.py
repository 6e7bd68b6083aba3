"""The hall's settings: what is refused, in which words, and when the doors are open."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.hall import Hall
from config.kiosk import Kiosk
from config.load import ConfigError, load

SAMPLE = Path(__file__).parents[3] / "config" / "sites" / "qingyuan" / "hall.toml"
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def hall() -> Hall:
    return load(SAMPLE, Hall)


def test_the_sample_hall_is_true_to_life(hall: Hall) -> None:
    assert len(hall.windows) >= 24
    assert len(hall.queues) >= 12
    assert len({q.prefix for q in hall.queues}) == len(hall.queues)
    assert any(len(w.serves) > 1 for w in hall.windows), "tidal windows"


@pytest.mark.parametrize(
    ("local", "open_now"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00:00", True),
        ("2026-11-23T12:00:00", False),
        ("2026-11-23T13:00:00", True),
        ("2026-11-23T17:00:00", False),
        ("2026-11-22T10:00:00", False),  # a Sunday
        ("2026-10-01T10:00:00", False),  # a holiday
        ("2026-10-10T10:00:00", True),  # a working Saturday
    ],
)
def test_the_doors_open_by_the_halls_own_clock(hall: Hall, local: str, open_now: bool) -> None:
    assert hall.open_at(datetime.fromisoformat(local).replace(tzinfo=ZONE)) is open_now


def test_a_queue_may_work_through_lunch(hall: Hall) -> None:
    lunch = datetime(2026, 11, 23, 12, 30, tzinfo=ZONE)
    assert hall.open_at(lunch, hall.queue("social"))
    assert not hall.open_at(lunch, hall.queue("property"))


@given(st.integers(0, 60 * 24 * 60))
def test_when_closed_the_next_opening_is_the_first_open_minute(minutes: int) -> None:
    hall = load(SAMPLE, Hall)
    now = datetime(2026, 9, 20, tzinfo=ZONE) + timedelta(minutes=minutes)
    opening = hall.next_opening(now)
    assert opening is not None
    assert opening > now
    assert hall.open_at(opening)
    if not hall.open_at(now):
        assert not hall.open_at(opening - timedelta(minutes=1))


def broken(tmp_path: Path, old: str, new: str) -> ConfigError:
    text = SAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "hall.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load(path, Hall)
    return error.value


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('time_zone = "Asia/Shanghai"', 'time_zone = "Asia/Jinan"', "tz database"),
        ('prefix = "B"', 'prefix = "A"', "number prefix A is there twice"),
        ('serves = ["social"]', 'serves = ["sociel"]', "unknown queue sociel"),
        ("service_minutes = 7", "service_minutes = -7", "queues.0.service_minutes"),
        ("priority_streak = 2", "priority_strek = 2", "policy.priority_strek"),
        ('id = "qingyuan"', "id = ", "is not TOML"),
    ],
)
def test_a_mistake_is_named_by_key_value_and_reason(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in str(broken(tmp_path, old, new))


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml", Hall)


KIOSK = """
role = "terminal"
id = "k01"
name = "1 号自助终端"
state_dir = "/var/lib/tongyuan"
[source]
hall = "qingyuan"
url = "http://127.0.0.1:8080"
token_file = "token"
broker_file = "broker"
"""


def test_demo_conveniences_cannot_be_switched_on_in_production(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(KIOSK + '[demo]\npane = "/tmp/pane"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be switched on in production"):
        load(path, Kiosk)
    path.write_text("production = false\n" + KIOSK + '[demo]\npane = "/tmp/pane"\n', encoding="utf-8")
    assert load(path, Kiosk).demo.pane == Path("/tmp/pane")


def test_a_caller_pad_needs_its_window(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(KIOSK.replace('"terminal"', '"caller"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="role caller needs a window"):
        load(path, Kiosk)
