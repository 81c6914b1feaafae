"""The overview put together: which year and period, the drawing, the table under it, and the figures above."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.applications.names import STATE_NAMES
from portal.common import drawing, formats
from portal.programme.current import current_scheme
from portal.scheme import stages
from portal.scheme.terms import Terms, load_terms
from portal.sponsor import queries
from portal.sponsor.queries import Course, Oldest, PolicyCounts, YearOfScheme

MOST_DAYS = 62  # a longer period is drawn by weeks, and one of more weeks by months
LEAST_DAYS = 7  # a single day would be one column as wide as the page
STATES: tuple[str, ...] = tuple(STATE_NAMES)
GROUPS: tuple[tuple[str, ...], ...] = (
    (stages.ELIGIBLE, stages.CLEARED, stages.ISSUED),
    (stages.REFERRED, stages.ASKED),
    (stages.INELIGIBLE, stages.REJECTED),
    (stages.AWAITING_SOURCE, stages.LAPSED, stages.WITHDRAWN, stages.ANNULLED),
)
"""The four parts of a column: more could not be told apart. The table has every state."""


@dataclass(frozen=True)
class Chosen:
    """The scheme and policy year that are shown, and the period of the drawing and its table.

    `year` is None where they have no applications; then there is no period either.
    """

    terms: Terms
    policy_year: int
    year: YearOfScheme | None
    first: date
    last: date

    @property
    def day(self) -> date:
        """A day of the policy year: its terms are those of an application made on it."""
        return self.year.last if self.year else max(self.first, self.terms.first_date)


def choose(
    years: Sequence[YearOfScheme],
    today: date,
    scheme: str | None,
    policy_year: int | None,
    first: date | None,
    last: date | None,
) -> Chosen:
    """What an address asks for. Left open: the present scheme and year, or the last one with applications."""
    current = current_scheme(today)
    if scheme is None and policy_year is None:
        now = (current.key, current.on(today).policy_year)
        year = next((one for one in years if one[:2] == now), None) or (years[-1] if years else None)
        scheme, policy_year = year[:2] if year else now
    terms = load_terms(scheme) if scheme else current
    if policy_year is None:
        of_scheme = [one.policy_year for one in years if one.scheme == terms.key]
        policy_year = max(of_scheme, default=terms.on(max(today, terms.first_date)).policy_year)
    found = next((one for one in years if one[:2] == (terms.key, policy_year)), None)
    if found is None:
        return Chosen(terms, policy_year, None, first or today, last or today)
    # Days before the first application and after the last one hold nothing and are not drawn.
    earliest = min(found.first, found.last - timedelta(days=LEAST_DAYS - 1))
    until = min(last or found.last, found.last)
    since = max(first, earliest) if first else max(earliest, until - timedelta(days=MOST_DAYS - 1))
    return Chosen(terms, policy_year, found, since, until)


@dataclass(frozen=True)
class Drawn:
    """The drawing: columns, what one column stands for (`day`, `week`, `month`), and totals by group."""

    chart: drawing.Columns
    step: str
    groups: tuple[int, ...]
    total: int


def draw(days: Mapping[date, Mapping[str, int]], first: date, last: date) -> Drawn:
    """Stack the four groups of states over the period, each day in it drawn, with applications or without."""
    step = _step(first, last)
    starts = list(_starts(first, last, step))
    sums = {start: [0] * len(GROUPS) for start in starts}
    for day, states in days.items():
        column = sums[max(_start(day, step), first)]
        for index, group in enumerate(GROUPS):
            column[index] += sum(states.get(state, 0) for state in group)
    series = [[sums[start][index] for start in starts] for index in range(len(GROUPS))]
    totals = tuple(sum(values) for values in series)
    return Drawn(
        drawing.column_chart([_label(start, step) for start in starts], series), step, totals, sum(totals)
    )


def _step(first: date, last: date) -> str:
    days = (last - first).days + 1
    if days <= MOST_DAYS:
        return "day"
    return "week" if days <= MOST_DAYS * 7 else "month"


def _start(day: date, step: str) -> date:
    if step == "day":
        return day
    return day - timedelta(days=day.weekday()) if step == "week" else day.replace(day=1)


def _starts(first: date, last: date, step: str) -> Iterator[date]:
    """The first day of every column; that of the first one is the period's, in mid-week too."""
    day = first
    while day <= last:
        yield day
        if step == "day":
            day += timedelta(days=1)
        elif step == "week":
            day = _start(day, step) + timedelta(days=7)
        else:
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _label(day: date, step: str) -> str:
    if step != "month":
        return formats.short_day(day)
    return f"{day:%Y-%m}" if formats.in_chinese() else f"{formats.ENGLISH_MONTHS[day.month - 1]} {day.year}"


def group_names() -> list[str]:
    """The names of the four groups, for the legend."""
    return [
        _("Eligible, cleared or insured"),
        _("A person must look"),
        _("Not eligible or rejected"),
        _("Waiting for a source, lapsed, withdrawn or annulled"),
    ]


@dataclass(frozen=True)
class Figures:
    """What the figures are made of."""

    course: Course
    policies: PolicyCounts
    oldest: Oldest | None

    @property
    def unaided_share(self) -> Decimal | None:
        """The share of decided applications in which no person had a part."""
        return share(self.course.unaided, self.course.decided)

    @property
    def uptake(self) -> Decimal | None:
        """Enrolled ÷ eligible firms."""
        return share(self.policies.enrolled_firms, self.course.eligible_firms)

    @property
    def acknowledged_share(self) -> Decimal | None:
        """The share of enrolled firms' policies that are acknowledged."""
        return share(self.policies.acknowledged, self.policies.enrolled_firms)


def figures_of(session: Session, chosen: Chosen, today: date) -> Figures:
    """Everything the figures need, in three queries."""
    key, year = chosen.terms.key, chosen.policy_year
    return Figures(
        queries.course_of(session, key, year),
        queries.policy_counts(session, key, year, today),
        queries.oldest_waiting(session, key, year),
    )


def share(part: int, whole: int) -> Decimal | None:
    """A share of one; None of nothing."""
    return Decimal(part) / whole if whole else None
