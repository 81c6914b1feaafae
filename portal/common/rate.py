"""Counting attempts in windows of time, in the database, so that every worker process counts together."""

from math import floor
from typing import NamedTuple

from sqlalchemy import Integer, String, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from portal.common import clock
from portal.common.database import Database
from portal.common.types import Base

MINUTE = 60


class RateCounter(Base):
    """How often something was tried in one window of time.

    Not audited: it counts attempts, also harmless ones, and is emptied as windows pass; a failed sign-in
    is an audit entry of its own.
    """

    __tablename__ = "rate_counters"
    __audited__ = False

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    window: Mapped[int] = mapped_column(Integer, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class RateState(NamedTuple):
    """What one attempt found: whether it is allowed, its number, and seconds until counting anew."""

    allowed: bool
    number: int
    retry_after: int


def count(database: Database, key: str, limit: int, seconds: int) -> RateState:
    """Count one attempt under `key`; allowed while no more than `limit` fall into one window of `seconds`.

    `seconds` is a whole number of minutes, else `ValueError`. One short transaction of its own, which does
    not take the portal's write lock on PostgreSQL. The first attempt of a window sweeps out what has passed.
    """
    end, left = _window(seconds)
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    statement = insert(RateCounter).values(key=key, window=end, count=1)
    counted = statement.on_conflict_do_update(
        index_elements=[RateCounter.key, RateCounter.window], set_={"count": RateCounter.count + 1}
    ).returning(RateCounter.count)
    with database.engine.begin() as connection:
        number = int(connection.execute(counted).scalar_one())
        if number == 1:
            connection.execute(delete(RateCounter).where(RateCounter.window <= _minute()))
    return RateState(number <= limit, number, left)


def give_back(database: Database, key: str, seconds: int) -> None:
    """Take one attempt off again: it turned out to be a good one, and only bad ones are to be limited."""
    end, _left = _window(seconds)
    statement = (
        update(RateCounter)
        .where(RateCounter.key == key, RateCounter.window == end, RateCounter.count > 0)
        .values(count=RateCounter.count - 1)
    )
    with database.engine.begin() as connection:
        connection.execute(statement)


def _minute() -> int:
    return floor(clock.now().timestamp()) // MINUTE


def _window(seconds: int) -> tuple[int, int]:
    """The minute (since 1970) in which the present window ends, and the seconds left until then."""
    if seconds < MINUTE or seconds % MINUTE:
        raise ValueError(f"a window is a whole number of minutes, not {seconds} seconds")
    moment = floor(clock.now().timestamp())
    end = (moment // seconds + 1) * seconds
    return end // MINUTE, end - moment
