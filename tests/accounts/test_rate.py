"""Counting attempts in windows of time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.common import clock, rate
from portal.common.instance import Instance
from portal.common.rate import RateCounter
from tests.conftest import A_MORNING


def rows(instance: Instance) -> int:
    with instance.database.reading() as session:
        return session.execute(select(func.count()).select_from(RateCounter)).scalar_one()


def test_attempts_are_allowed_up_to_the_limit_of_a_window(either_instance: Instance) -> None:
    states = [rate.count(either_instance.database, "k", 3, 60) for _time in range(4)]
    assert [state.allowed for state in states] == [True, True, True, False]
    assert [state.number for state in states] == [1, 2, 3, 4]


def test_a_new_window_counts_anew_and_says_how_long_until_then(either_instance: Instance) -> None:
    with clock.fixed(A_MORNING + timedelta(seconds=40)):
        assert rate.count(either_instance.database, "k", 1, 60).retry_after == 20
        assert not rate.count(either_instance.database, "k", 1, 60).allowed
    with clock.fixed(A_MORNING + timedelta(seconds=60)):
        assert rate.count(either_instance.database, "k", 1, 60).allowed


def test_keys_are_counted_apart(either_instance: Instance) -> None:
    assert rate.count(either_instance.database, "one", 1, 60).allowed
    assert rate.count(either_instance.database, "other", 1, 60).allowed


def test_windows_that_have_passed_are_swept_out(either_instance: Instance) -> None:
    for number in range(5):
        rate.count(either_instance.database, f"k{number}", 1, 60)
    assert rows(either_instance) == 5
    with clock.fixed(A_MORNING + timedelta(minutes=2)):
        rate.count(either_instance.database, "later", 1, 60)
    assert rows(either_instance) == 1


def test_an_attempt_given_back_does_not_count(either_instance: Instance) -> None:
    rate.count(either_instance.database, "k", 1, 60)
    rate.give_back(either_instance.database, "k", 60)
    assert rate.count(either_instance.database, "k", 1, 60).allowed


def test_two_at_the_same_moment_are_both_counted(either_instance: Instance) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _n: rate.count(either_instance.database, "k", 1, 60).number, range(40)))
    assert sorted(numbers) == list(range(1, 41))


@pytest.mark.parametrize("seconds", [0, 30, 90, -60])
def test_a_window_is_a_whole_number_of_minutes(either_instance: Instance, seconds: int) -> None:
    with pytest.raises(ValueError, match="whole number of minutes"):
        rate.count(either_instance.database, "k", 1, seconds)
