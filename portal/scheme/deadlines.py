"""The clocks of notices and claims; every number of days and months comes from the claim terms [provisional].

Notice: so many days after the due date. Waiting: so many months from the latest due date in the claim; after a
rejection only until the goods are disposed of, after a bankruptcy not at all. Claim: so many months after
notice or after the waiting period, whichever is later. Assessment and payment: the 30 and 10 days of the
Insurance Law. Months end where the shorter month ends; a last day that is no working day moves to the next one.
Being late lowers the ratio by points, the worst delay only, unless a person excuses it; it is never by itself a
rejection.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.scheme.cited import Cited
from portal.scheme.claim_terms import ClaimTermsOnDate
from portal.scheme.claim_words import LateCounts, Risk

IsWorking = Callable[[date], bool]
"""Whether a day is worked, by the published calendar with its holidays and make-up days."""
_LONGEST_HOLIDAY = 60


@dataclass(frozen=True, slots=True)
class Deadline:
    """A last day, inclusive; ``before_shift`` is where it fell before it moved to a working day."""

    day: date
    before_shift: date
    article: str
    provisional: bool


class WaitsFor(StrEnum):
    """What a claim has to wait for."""

    NOTHING = "nothing"
    MONTHS = "months"
    DISPOSAL = "disposal"


@dataclass(frozen=True, slots=True)
class WaitingPeriod:
    """Until when a claim has to wait, and what for; goods that are not disposed of yet have no such day."""

    waits_for: WaitsFor
    ends: Deadline | None
    article: str
    provisional: bool

    def over_on(self, day: date) -> bool:
        """Whether nothing is waited for any more on ``day``; the last day of the months themselves is waited."""
        match self.waits_for:
            case WaitsFor.NOTHING:
                return True
            case WaitsFor.MONTHS:
                return self.ends is not None and day > self.ends.day
            case WaitsFor.DISPOSAL:
                return self.ends is not None and day >= self.ends.day


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_working(day: date, is_working: IsWorking) -> date:
    """``day`` itself if it is worked, else the first worked day after it; ``ValueError`` if none comes."""
    for later in range(_LONGEST_HOLIDAY + 1):
        if is_working(day + timedelta(days=later)):
            return day + timedelta(days=later)
    raise ValueError(f"no working day within {_LONGEST_HOLIDAY} days of {day}")


def notice_due(terms: ClaimTermsOnDate, due_on: date, is_working: IsWorking) -> Deadline:
    """Until when trouble with an invoice due on ``due_on`` is notified; give the earliest due date unpaid."""
    return _deadline(due_on + timedelta(days=terms.notice_days), terms.cited("notice_days"), is_working)


def waiting_ends(
    terms: ClaimTermsOnDate, risk: Risk, latest_due_on: date, disposed_on: date | None, is_working: IsWorking
) -> WaitingPeriod:
    """The waiting period from the latest due date in the claim; ``disposed_on`` is of rejected goods."""
    rule, cited = terms.waiting[risk], terms.cited(f"waiting_{risk}")
    if rule.until_disposal:
        ends = None if disposed_on is None else Deadline(disposed_on, disposed_on, *cited)
        return WaitingPeriod(WaitsFor.DISPOSAL, ends, *cited)
    if rule.months == 0:
        return WaitingPeriod(WaitsFor.NOTHING, None, *cited)
    ends = _deadline(add_months(latest_due_on, rule.months), cited, is_working)
    return WaitingPeriod(WaitsFor.MONTHS, ends, *cited)


def claim_due(
    terms: ClaimTermsOnDate, notified_on: date, waiting_until: date | None, is_working: IsWorking
) -> Deadline:
    """Until when a claim is filed: after notice or after the waiting period's last day, whichever is later.

    While rejected goods are not disposed of there is no such day yet, and notice alone counts until there is.
    """
    by_notice = _deadline(
        add_months(notified_on, terms.claim_months_after_notice),
        terms.cited("claim_months_after_notice"),
        is_working,
    )
    if waiting_until is None:
        return by_notice
    by_waiting = _deadline(
        add_months(waiting_until, terms.claim_months_after_waiting),
        terms.cited("claim_months_after_waiting"),
        is_working,
    )
    return max(by_notice, by_waiting, key=lambda one: one.day)


def assessment_due(terms: ClaimTermsOnDate, complete_on: date, is_working: IsWorking) -> Deadline:
    """Until when a claim is assessed whose documents were complete on ``complete_on``."""
    cited = terms.cited("assessment_days")
    return _deadline(complete_on + timedelta(days=terms.assessment_days), cited, is_working)


def payment_due(terms: ClaimTermsOnDate, agreed_on: date, is_working: IsWorking) -> Deadline:
    """Until when an indemnity is paid to which the firm agreed on ``agreed_on``."""
    return _deadline(agreed_on + timedelta(days=terms.payment_days), terms.cited("payment_days"), is_working)


def remit_due(terms: ClaimTermsOnDate, recorded_on: date, is_working: IsWorking) -> Deadline:
    """Until when a firm remits the underwriter's share of a recovery that it holds."""
    return _deadline(recorded_on + timedelta(days=terms.remit_days), terms.cited("remit_days"), is_working)


def repay_due(terms: ClaimTermsOnDate, booked_on: date, is_working: IsWorking) -> Deadline:
    """Until when a firm pays back what an indemnity went down by on ``booked_on``, after it was paid."""
    return _deadline(booked_on + timedelta(days=terms.repay_days), terms.cited("repay_days"), is_working)


def late_points(terms: ClaimTermsOnDate, due_on: date, done_on: date) -> int:
    """Hundredths off the ratio for doing on ``done_on`` what was due on ``due_on``: so many per started period."""
    days = (done_on - due_on).days
    if days <= 0:
        return 0
    periods = -(-days // terms.late_period_days)
    return min(periods * terms.late_points_per_period, terms.late_points_most)


def points_counted(terms: ClaimTermsOnDate, delays: Iterable[int]) -> int:
    """The points that count of several delays, those excused left out by the caller: the worst one only."""
    match terms.late_counts:
        case LateCounts.WORST_ONLY:
            return max(delays, default=0)


def _deadline(day: date, cited: Cited, is_working: IsWorking) -> Deadline:
    return Deadline(next_working(day, is_working), day, *cited)
