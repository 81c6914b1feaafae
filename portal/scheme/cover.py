"""When cover begins and ends, and the part of the policy year that it leaves out."""

from datetime import date, timedelta
from typing import NamedTuple, assert_never

from portal.scheme.terms import AfterCrossingCap, CoverStarts, Terms, TermsOnDate


class IssuedBeforeApplication(ValueError):
    """A policy cannot be issued on an earlier day than its application."""


class Lapsed(ValueError):
    """The policy year of the application ended before the day of issue."""


class Cover(NamedTuple):
    """The days of cover, both inclusive, and the uninsured gap before them, if any (both inclusive)."""

    starts_on: date
    ends_on: date
    gap_from: date | None
    gap_to: date | None
    gap_days: int


def cover_period(terms: Terms, issued_on: date, applied_on: date) -> Cover:
    """The cover of a policy issued on ``issued_on`` for an application of ``applied_on``.

    The terms of the day of application say from when cover runs and whether it outlasts the crossing of the
    cap; it ends with the policy year of the application. The gap runs from that policy year's first day to
    the day before cover starts. Raises :class:`IssuedBeforeApplication`, :class:`Lapsed`, and
    :class:`portal.scheme.terms.BeforeFirstTerms` for the day of application.
    """
    if issued_on < applied_on:
        raise IssuedBeforeApplication(f"issued on {issued_on}, before the application of {applied_on}")
    period = terms.on(applied_on)
    if issued_on > period.period_end:
        raise Lapsed(f"policy year {period.policy_year} ended on {period.period_end}, before issue on {issued_on}")
    starts_on, ends_on = _first_day(period, issued_on), _last_day(period)
    gap_days = (starts_on - period.period_start).days
    if gap_days == 0:
        return Cover(starts_on, ends_on, None, None, 0)
    return Cover(starts_on, ends_on, period.period_start, starts_on - timedelta(days=1), gap_days)


# A word of the terms without a case here is an error, not a silent default.
def _first_day(period: TermsOnDate, issued_on: date) -> date:
    match period.cover_starts:
        case CoverStarts.DAY_OF_ISSUE:
            return issued_on
        case unknown:
            assert_never(unknown)


def _last_day(period: TermsOnDate) -> date:
    match period.after_crossing_cap:
        case AfterCrossingCap.CONTINUES:
            return period.period_end
        case unknown:
            assert_never(unknown)
