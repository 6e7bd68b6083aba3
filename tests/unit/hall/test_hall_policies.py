"""A hall has several written queue policies and serves under the one it is told."""

from pathlib import Path

import pytest

from config.hall import Hall, Policy
from config.load import ConfigError
from hall import serve
from tests.unit.hall.small_hall import hall_settings

FAIR = Policy(priority_streak=0)


def test_the_chosen_policy_is_the_one_that_holds() -> None:
    hall = Hall.model_validate(hall_settings(policies={"fair": {"priority_streak": 0}}))
    assert hall.under("fair").policy == FAIR
    assert hall.under("standard") == hall


def test_an_unknown_policy_stops_the_hall_before_it_serves(tmp_path: Path) -> None:
    sample = Path(serve.__file__).parents[1] / "config" / "sites" / "qingyuan" / "hall.toml"
    with pytest.raises(ConfigError, match="there is none named 'no-such'"):
        serve.run(sample, tmp_path, "127.0.0.1", 0, None, font=Path("none"), policy="no-such")
