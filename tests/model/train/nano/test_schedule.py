"""The learning rate and the end of a run."""

from datetime import datetime

import pytest

pytest.importorskip("torch")

from model.errors import InvalidRequest
from model.train.nano.schedule import minutes_until, rate_factor


def test_the_rate_warms_up_stays_and_cools_to_nothing() -> None:
    assert rate_factor(0, 100, 0.0, 0.2) == pytest.approx(0.01)
    assert rate_factor(500, 100, 0.5, 0.2) == rate_factor(500, 100, 0.8, 0.2) == 1
    assert 0 < rate_factor(500, 100, 0.9, 0.2) < 0.5
    assert rate_factor(500, 100, 1.0, 0.2) == pytest.approx(0, abs=1e-9)
    assert rate_factor(500, 100, 1.0, 0.0) == 1, "a run that is not the last does not cool"


def test_the_rate_before_the_cooldown_does_not_depend_on_the_length_of_the_run() -> None:
    assert {rate_factor(taken, 100, done, 0.2) for taken in (100, 900) for done in (0.0, 0.3, 0.79)} == {1.0}


def test_until_is_the_next_time_the_clock_shows_it() -> None:
    now = datetime(2026, 5, 1, 23, 30)
    assert minutes_until("23:45", now) == 15
    assert minutes_until("00:10", now) == 40
    assert minutes_until("23:30", now) == 24 * 60


@pytest.mark.parametrize("clock", ["25:00", "half past", "7"])
def test_a_time_that_is_none_is_refused_in_one_line(clock: str) -> None:
    with pytest.raises(InvalidRequest, match="HH:MM"):
        minutes_until(clock)
