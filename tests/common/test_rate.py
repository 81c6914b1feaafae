"""Counting attempts in windows of time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from portal.common import clock, rate
from portal.common.database import Database
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


def test_two_at_the_same_moment_are_both_counted(
    either_instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "WAITS", 60_000)  # a busy machine may take longer than a page would wait
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _n: rate.count(either_instance.database, "k", 40, 60).number, range(40)))
    assert sorted(numbers) == list(range(1, 41))


def test_nothing_is_written_any_more_once_the_limit_was_passed(either_instance: Instance) -> None:
    for _time in range(5):
        rate.count(either_instance.database, "k", 2, 60)
    with either_instance.database.reading() as session:
        assert session.execute(select(RateCounter.count)).scalar_one() == 3


@contextmanager
def somebody_writing(database: Database, key: str) -> Iterator[None]:
    """Somebody has written to the row of this key, which on SQLite is all of the database, and goes on."""
    with database.engine.connect() as other, other.begin() as writing:
        window = rate._window(60)[0]
        other.execute(insert(RateCounter).values(key=key, window=window, count=1))
        yield
        writing.rollback()


def test_a_limit_holds_while_somebody_else_writes_and_nobody_waits_for_it(either_instance: Instance) -> None:
    database = either_instance.database
    rate.count(database, "other", 3, 60)
    before = monotonic()
    with somebody_writing(database, "k"):
        states = [rate.count(database, "k", 3, 60) for _time in range(5)]
        assert rate.count(database, "other", 3, 60).number == 2
    assert monotonic() - before < 10, "the wait must be short, whatever else is going on"
    assert [state.allowed for state in states] == [True, True, True, False, False]
    assert [state.number for state in states] == [1, 2, 3, 4, 5]


def test_what_was_counted_meanwhile_still_counts_afterwards(either_instance: Instance) -> None:
    database = either_instance.database
    with somebody_writing(database, "k"):
        rate.count(database, "k", 3, 60)
        rate.count(database, "k", 3, 60)
        rate.give_back(database, "k", 60)
    assert [rate.count(database, "k", 3, 60).number for _time in range(2)] == [2, 3]
    with clock.fixed(A_MORNING + timedelta(minutes=1)):
        assert rate.count(database, "k", 3, 60).number == 1


def test_an_attempt_that_cannot_be_given_back_in_time_stays_counted(either_instance: Instance) -> None:
    database = either_instance.database
    rate.count(database, "k", 3, 60)
    with database.engine.connect() as other, other.begin() as writing:
        other.execute(update(RateCounter).values(count=RateCounter.count))
        rate.give_back(database, "k", 60)
        writing.rollback()
    assert rate.count(database, "k", 3, 60).number == 2


def test_counting_fails_aloud_when_the_database_is_broken(instance: Instance) -> None:
    with instance.database.engine.begin() as connection:
        connection.execute(text("DROP TABLE rate_counters"))
    with pytest.raises(OperationalError, match="no such table"):
        rate.count(instance.database, "k", 1, 60)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_what_counts_as_one_asker(address: str | None, counted: str) -> None:
    assert rate.client_network(address) == counted


@pytest.mark.parametrize("seconds", [0, 30, 90, -60])
def test_a_window_is_a_whole_number_of_minutes(either_instance: Instance, seconds: int) -> None:
    with pytest.raises(ValueError, match="whole number of minutes"):
        rate.count(either_instance.database, "k", 1, seconds)
