"""Counting attempts in windows of time, in the database, so that every worker process counts together.

Counting never waits for a long piece of work: while the database cannot be written, each process counts for
itself, so that a limit holds then too.
"""

from ipaddress import IPv6Address, ip_address, ip_network
from math import floor
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Integer, String, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from portal.common import clock
from portal.common.database import Database, was_busy
from portal.common.types import Base

MINUTE = 60
WAITS = 250  # milliseconds for whoever writes at the moment


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


class _OwnCounts:
    """What this process could not count in the database, added to what stands there."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[tuple[str, int], int] = {}

    def number(self, key: str, end: int) -> int:
        return self._counts.get((key, end), 0)

    def add(self, key: str, end: int) -> int:
        with self._lock:
            now = _minute()
            for passed in [known for known in self._counts if known[1] <= now]:
                del self._counts[passed]
            number = self._counts.get((key, end), 0) + 1
            self._counts[key, end] = number
            return number

    def take(self, key: str, end: int) -> bool:
        """Take one off, if there is one."""
        with self._lock:
            number = self._counts.get((key, end), 0)
            if number:
                self._counts[key, end] = number - 1
            return number > 0


_own: WeakKeyDictionary[Database, _OwnCounts] = WeakKeyDictionary()


def count(database: Database, key: str, limit: int, seconds: int) -> RateState:
    """Count one attempt under `key`; allowed while no more than `limit` fall into one window of `seconds`.

    `seconds` is a whole number of minutes, else `ValueError`. Waits at most a quarter of a second to write,
    never takes the portal's write lock on PostgreSQL, and writes no more once an attempt of this window was
    refused, whose number is `limit + 1`. The first attempt of a window sweeps out what has passed.
    """
    end, left = _window(seconds)
    own = _own_counts(database)
    stored = _stored(database, key, end)
    if stored + own.number(key, end) > limit:
        return RateState(False, stored + own.number(key, end) + 1, left)
    try:
        stored = _count_one(database, key, end)
        number = stored + own.number(key, end)
    except OperationalError as error:
        if not was_busy(error):
            raise
        return _state(stored + own.add(key, end), limit, left)
    if stored == 1:
        _sweep(database)
    return _state(number, limit, left)


def give_back(database: Database, key: str, seconds: int) -> None:
    """Take one attempt off again: it turned out to be a good one, and only bad ones are to be limited.

    An attempt that cannot be taken off in time stays counted: that errs on the strict side.
    """
    end, _left = _window(seconds)
    if _own_counts(database).take(key, end):
        return
    statement = (
        update(RateCounter)
        .where(RateCounter.key == key, RateCounter.window == end, RateCounter.count > 0)
        .values(count=RateCounter.count - 1)
    )
    try:
        with database.beside(WAITS) as connection:
            connection.execute(statement)
    except OperationalError as error:
        if not was_busy(error):
            raise


def client_network(address: str | None) -> str:
    """What is counted as one asker: an IPv4 address, or the /64 network that an IPv6 customer is given."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return "unknown"  # no address, as behind a local socket: all of them are counted as one
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ip_network((int(ip), 64), strict=False))
    return str(ip)


def _state(number: int, limit: int, left: int) -> RateState:
    return RateState(number <= limit, number, left)


def _own_counts(database: Database) -> _OwnCounts:
    return _own.setdefault(database, _OwnCounts())


def _stored(database: Database, key: str, end: int) -> int:
    query = select(RateCounter.count).where(RateCounter.key == key, RateCounter.window == end)
    with database.engine.connect() as connection:
        return connection.execute(query).scalar_one_or_none() or 0


def _count_one(database: Database, key: str, end: int) -> int:
    insert = sqlite.insert if database.is_sqlite else postgresql.insert
    statement = insert(RateCounter).values(key=key, window=end, count=1)
    counted = statement.on_conflict_do_update(
        index_elements=[RateCounter.key, RateCounter.window], set_={"count": RateCounter.count + 1}
    ).returning(RateCounter.count)
    with database.beside(WAITS) as connection:
        return int(connection.execute(counted).scalar_one())


def _sweep(database: Database) -> None:
    """Delete the counters of windows that have passed; what cannot be now, the next window's first one does."""
    try:
        with database.beside(WAITS) as connection:
            connection.execute(delete(RateCounter).where(RateCounter.window <= _minute()))
    except OperationalError as error:
        if not was_busy(error):
            raise


def _minute() -> int:
    return floor(clock.now().timestamp()) // MINUTE


def _window(seconds: int) -> tuple[int, int]:
    """The minute (since 1970) in which the present window ends, and the seconds left until then."""
    if seconds < MINUTE or seconds % MINUTE:
        raise ValueError(f"a window is a whole number of minutes, not {seconds} seconds")
    moment = floor(clock.now().timestamp())
    end = (moment // seconds + 1) * seconds
    return end // MINUTE, end - moment
