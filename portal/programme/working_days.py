"""Working days, counted by the published calendar: holidays, and weekend days that are worked (调休)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.programme.records import CalendarDay, CalendarYear

SATURDAY = 5  # date.weekday()


class Due(NamedTuple):
    """A last day. It is `certain` when every day counted lies in a year whose calendar is published."""

    day: date
    certain: bool


def due(session: Session, start: date, days: int) -> Due:
    """The last of so many working days after `start`; the day itself does not count.

    In a year whose calendar is not published yet Monday to Friday are taken as worked, and the day is not certain.
    """
    if days < 0:
        raise ValueError(f"{days} working days")
    last = start + timedelta(days=2 * days + 30)  # no holidays are longer than that
    query = select(CalendarDay.day, CalendarDay.working).where(CalendarDay.day.between(start, last))
    named = {row.day: row.working for row in session.execute(query)}
    published = set(session.execute(select(CalendarYear.year)).scalars())
    day, certain = start, True
    while days:
        day += timedelta(days=1)
        certain = certain and day.year in published
        if named.get(day, day.weekday() < SATURDAY):
            days -= 1
    return Due(day, certain)


def working_days_between(session: Session, start: date, end: date) -> int:
    """How many working days come after `start` up to and with `end`; 0 when `end` is not later."""
    query = select(CalendarDay.day, CalendarDay.working).where(CalendarDay.day.between(start, end))
    named = {row.day: row.working for row in session.execute(query)}
    span = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(named.get(day, day.weekday() < SATURDAY) for day in span)


@dataclass(frozen=True)
class Calendar:
    """The whole calendar, read once: called with a day it says whether that day is worked, as the rules ask it."""

    named: Mapping[date, bool]
    published: frozenset[int]

    def __call__(self, day: date) -> bool:
        """Whether a day is worked; Monday to Friday where nothing else is said of it."""
        return self.named.get(day, day.weekday() < SATURDAY)

    def certain(self, day: date) -> bool:
        """Whether the holidays and make-up days of the day's year are published."""
        return day.year in self.published

    def between(self, start: date, end: date) -> int:
        """How many working days come after `start` up to and with `end`; 0 when `end` is not later."""
        return sum(self(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def calendar(session: Session) -> Calendar:
    """The calendar as it stands, in two queries."""
    named = {row.day: row.working for row in session.execute(select(CalendarDay.day, CalendarDay.working))}
    return Calendar(named, frozenset(session.execute(select(CalendarYear.year)).scalars()))
