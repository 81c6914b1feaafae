"""The clocks of claims: every case, and what holds for any day."""

import tomllib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.scheme import deadlines
from portal.scheme.claim_words import Risk
from portal.scheme.deadlines import Deadline, WaitsFor
from tests.scheme.claims_invented import CLAIM_TERMS, calendar_of
from tests.scheme.invented import CASES

READ = tomllib.loads((CASES / "clocks.toml").read_text(encoding="utf-8"))
IS_WORKING = calendar_of(READ)
days = st.dates(date(2022, 1, 1), date(2030, 12, 31))


def _clock(case: dict[str, Any]) -> Deadline | None:
    start: date = case["from"]
    match case["clock"]:
        case "notice":
            return deadlines.notice_due(CLAIM_TERMS, start, IS_WORKING)
        case "waiting":
            risk = Risk(case.get("risk", "protracted_default"))
            return deadlines.waiting_ends(CLAIM_TERMS, risk, start, None, IS_WORKING).ends
        case "claim":
            return deadlines.claim_due(CLAIM_TERMS, start, case.get("waiting_until"), IS_WORKING)
        case "assessment":
            return deadlines.assessment_due(CLAIM_TERMS, start, IS_WORKING)
        case "payment":
            return deadlines.payment_due(CLAIM_TERMS, start, IS_WORKING)
        case "remit":
            return deadlines.remit_due(CLAIM_TERMS, start, IS_WORKING)
        case "repay":
            return deadlines.repay_due(CLAIM_TERMS, start, IS_WORKING)
    raise ValueError(case["clock"])


@pytest.mark.parametrize("case", READ["case"], ids=lambda case: case["name"])
def test_a_clock_ends_as_its_case_says(case: dict[str, Any]) -> None:
    found = _clock(case)
    assert found is not None
    assert (found.day, found.before_shift) == (case["day"], case.get("before_shift", case["day"]))
    assert found.provisional
    assert found.article


@pytest.mark.parametrize("case", READ["late"], ids=lambda case: case["name"])
def test_being_late_costs_the_points_of_its_case(case: dict[str, Any]) -> None:
    assert deadlines.late_points(CLAIM_TERMS, case["due"], case["done"]) == case["points"]


def test_of_several_delays_the_worst_one_counts_and_of_none_nothing() -> None:
    assert deadlines.points_counted(CLAIM_TERMS, [10, 30, 20]) == 30
    assert deadlines.points_counted(CLAIM_TERMS, []) == 0


def test_after_a_bankruptcy_nothing_is_waited_for() -> None:
    found = deadlines.waiting_ends(CLAIM_TERMS, Risk.BANKRUPTCY, date(2022, 9, 3), None, IS_WORKING)
    assert (found.waits_for, found.ends) == (WaitsFor.NOTHING, None)
    assert found.over_on(date(2022, 1, 1))


def test_after_a_rejection_the_disposal_of_the_goods_is_waited_for_and_nothing_after_it() -> None:
    due, sold = date(2022, 9, 3), date(2022, 12, 4)  # a Sunday: goods are disposed of when they are
    waiting = deadlines.waiting_ends(CLAIM_TERMS, Risk.REJECTION, due, None, IS_WORKING)
    assert (waiting.waits_for, waiting.ends) == (WaitsFor.DISPOSAL, None)
    assert not waiting.over_on(date(2029, 1, 1))
    over = deadlines.waiting_ends(CLAIM_TERMS, Risk.REJECTION, due, sold, IS_WORKING)
    assert over.ends is not None
    assert over.ends.day == sold
    assert [over.over_on(day) for day in (sold - timedelta(days=1), sold)] == [False, True]


def test_the_last_day_of_the_waiting_period_itself_is_waited() -> None:
    found = deadlines.waiting_ends(CLAIM_TERMS, Risk.PROTRACTED_DEFAULT, date(2022, 9, 3), None, IS_WORKING)
    assert [found.over_on(day) for day in (date(2023, 1, 3), date(2023, 1, 4))] == [False, True]


def test_a_calendar_without_working_days_is_an_error_not_an_endless_search() -> None:
    with pytest.raises(ValueError, match="no working day"):
        deadlines.next_working(date(2022, 1, 1), lambda _day: False)


@given(days, st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_months_last(day: date, months: int) -> None:
    later = deadlines.add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(days)
def test_a_last_day_is_worked_and_no_worked_day_was_passed_over(day: date) -> None:
    found = deadlines.notice_due(CLAIM_TERMS, day, IS_WORKING)
    assert IS_WORKING(found.day)
    between = (found.before_shift + timedelta(days=n) for n in range((found.day - found.before_shift).days))
    assert not any(map(IS_WORKING, between))


@given(days, days, days)
def test_a_claim_is_never_due_before_either_of_its_two_clocks(notified: date, waiting: date, later: date) -> None:
    found = deadlines.claim_due(CLAIM_TERMS, notified, waiting, IS_WORKING)
    assert found.day >= deadlines.add_months(notified, 6)
    assert found.day >= deadlines.add_months(waiting, 2)
    longer = deadlines.claim_due(CLAIM_TERMS, notified, max(waiting, later), IS_WORKING)
    assert longer.day >= found.day


@given(days, st.integers(-100, 400))
def test_a_day_later_never_costs_less(due: date, late: int) -> None:
    points = [deadlines.late_points(CLAIM_TERMS, due, due + timedelta(days=late + more)) for more in (0, 1)]
    assert points[0] <= points[1] <= 30
    assert (points[0] == 0) == (late <= 0)
