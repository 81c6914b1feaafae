"""The calendar of working days and the service levels: seeding, correcting a day, publishing a year, setting."""

from collections.abc import Mapping
from datetime import date

from chinese_calendar.constants import holidays, workdays
from sqlalchemy import select
from ulid import ULID

from portal.common import audit, clock, roles
from portal.common.instance import Instance
from portal.common.roles import Actor
from portal.programme.records import CalendarDay, CalendarYear, ServiceLevel
from portal.programme.service_levels import LEVELS, SEVERAL, UNITS
from portal.programme.working_days import SATURDAY

SEEDED_FROM = 2021  # the year before the first scheme: nothing is counted in earlier ones
SEED_SOURCE = "国务院办公厅节假日安排 (chinesecalendar 1.11)"
LONGEST_LEVEL = 366  # days
LARGEST_SUM = 1_000_000  # whole units of a currency


class NotALevel(ValueError):
    """This is no value for a service level; `code` is `number`, `numbers` or `sum`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def seed_calendar(instance: Instance, who: Actor) -> int:
    """Put in the published holidays and make-up days of every year not yet there; how many years were new.

    What an administrator entered stays: a year that is there is never touched again.
    """
    roles.require(who, roles.MANAGES_TERMS, "seed the calendar")
    published = {day.year for day in (*holidays, *workdays) if day.year >= SEEDED_FROM}
    with instance.database.locked() as session:
        fresh = sorted(published - set(session.execute(select(CalendarYear.year)).scalars()))
        if not fresh:
            return 0
        entered = set(session.execute(select(CalendarDay.day)).scalars())
        with audit.audited(session, who, "programme.seed_calendar", "calendar", years=fresh):
            rows = [
                {"day": day, "working": working, "source": SEED_SOURCE}
                for day, working in sorted(_named_days().items())
                if day.year in fresh and day not in entered
            ]
            audit.insert_many(session, CalendarYear, [{"year": year, "source": SEED_SOURCE} for year in fresh])
            audit.insert_many(session, CalendarDay, rows)
        return len(fresh)


def _named_days() -> Mapping[date, bool]:
    """Days that are not what their weekday says, and whether they are worked."""
    off = {day: False for day in holidays if day.weekday() < SATURDAY}
    return off | dict.fromkeys(workdays, True)


def set_day(instance: Instance, who: Actor, day: date, working: bool | None, source: str) -> None:
    """Say whether a day is worked, with what says so; None: as its weekday. Doing it again changes nothing."""
    roles.require(who, roles.SETS_SERVICE_LEVELS, "change the calendar")
    with audit.write(instance.database, who, "programme.set_day", f"calendar {day.isoformat()}") as session:
        known = session.get(CalendarDay, day)
        if working is None or working == (day.weekday() < SATURDAY):
            if known is not None:
                session.delete(known)
        elif known is None:
            session.add(CalendarDay(day=day, working=working, source=source))
        elif known.working != working:
            known.working, known.source = working, source


def publish_year(instance: Instance, who: Actor, year: int, source: str) -> None:
    """Say that every holiday and make-up day of a year is entered: from now on its days count as certain."""
    roles.require(who, roles.SETS_SERVICE_LEVELS, "change the calendar")
    with audit.write(instance.database, who, "programme.publish_year", f"calendar {year}") as session:
        if session.get(CalendarYear, year) is None:
            session.add(CalendarYear(year=year, source=source))


def set_level(instance: Instance, who: Actor, key: str, value: str, starts_on: date, reference: str) -> None:
    """Set a service level from a day on, not before today: what was promised until then stays promised.

    Raises `NotALevel`, `LookupError` for a key that there is not, `clock.InThePast`.
    """
    roles.require(who, roles.SETS_SERVICE_LEVELS, "set a service level")
    if key not in LEVELS:
        raise LookupError(key)
    tidy = checked_level(key, value)
    if starts_on < clock.today():
        raise InThePast(starts_on)
    with audit.write(instance.database, who, "programme.set_level", f"level {key}", value=tidy) as session:
        session.add(
            ServiceLevel(
                id=str(ULID()),
                key=key,
                starts_on=starts_on,
                value=tidy,
                reference=reference,
                set_by=who.id,
                set_at=clock.now(),
            )
        )


class InThePast(ValueError):
    """A service level holds from today on at the earliest."""


def checked_level(key: str, value: str) -> str:
    """The value in the one form that is kept: days, or whole units of a currency, as plain rising numbers."""
    kind = LEVELS[key].kind
    several = kind == SEVERAL
    words = value.replace(",", "" if kind == UNITS else " ").replace("，", " ").replace("、", " ").split()
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        raise NotALevel("numbers" if several else "number")
    numbers = [int(word) for word in words]
    rising = numbers == sorted(set(numbers))
    most = LARGEST_SUM if kind == UNITS else LONGEST_LEVEL
    if not rising or numbers[0] < 1 or numbers[-1] > most or (len(numbers) > 1 and not several):
        raise NotALevel("numbers" if several else "sum" if kind == UNITS else "number")
    return " ".join(str(number) for number in numbers)
