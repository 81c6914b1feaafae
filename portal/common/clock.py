"""The one clock. Nothing else in the portal asks the machine for the time.

Tests set it with `clock.fixed(moment)`; days are counted in Asia/Shanghai, moments are kept in UTC.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC as UTC
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

_fixed: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _fixed if _fixed is not None else datetime.now(UTC)


def today() -> date:
    """The present day as a clerk in the municipality reads it from the wall (Asia/Shanghai)."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The Asia/Shanghai day on which an aware moment falls."""
    return moment.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """The first moment after a day in Asia/Shanghai."""
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


class InTheFuture(ValueError):
    """A day that has not come yet, where only a day up to today makes sense."""


def refuse_future(day: date) -> None:
    """Raise `InTheFuture` for a day after today."""
    if day > today():
        raise InTheFuture(f"{day.isoformat()} has not come yet: today is {today().isoformat()}")


@contextmanager
def fixed(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` (aware) while the block runs; for tests and the demonstration."""
    global _fixed
    if moment.tzinfo is None:
        raise ValueError("the clock takes an aware moment")
    before, _fixed = _fixed, moment.astimezone(UTC)
    try:
        yield
    finally:
        _fixed = before
