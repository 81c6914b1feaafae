"""Cover and the gap before it."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.scheme.cover import Cover, IssuedBeforeApplication, Lapsed, cover_period
from portal.scheme.terms import BeforeFirstTerms, load_terms, parse_terms, terms_text

TERMS = load_terms("xiamen-2022")


def test_cover_starts_on_the_day_of_issue_and_ends_with_the_policy_year() -> None:
    assert cover_period(TERMS, issued_on=date(2022, 5, 23), applied_on=date(2022, 5, 18)) == Cover(
        date(2022, 5, 23), date(2022, 12, 31), date(2022, 1, 1), date(2022, 5, 22), 142
    )


def test_a_policy_issued_on_the_first_day_leaves_no_gap() -> None:
    assert cover_period(TERMS, date(2022, 1, 1), date(2022, 1, 1)) == Cover(
        date(2022, 1, 1), date(2022, 12, 31), None, None, 0
    )


def test_a_policy_issued_on_the_second_day_leaves_a_gap_of_one_day() -> None:
    cover = cover_period(TERMS, date(2022, 1, 2), date(2022, 1, 1))
    assert (cover.gap_from, cover.gap_to, cover.gap_days) == (date(2022, 1, 1), date(2022, 1, 1), 1)


def test_the_last_day_of_the_policy_year_still_issues_and_the_next_has_lapsed() -> None:
    assert cover_period(TERMS, date(2022, 12, 31), date(2022, 12, 1)).starts_on == date(2022, 12, 31)
    with pytest.raises(Lapsed, match=r"2022 ended on 2022-12-31.*2023-01-01"):
        cover_period(TERMS, date(2023, 1, 1), date(2022, 12, 1))


def test_a_policy_is_never_issued_before_its_application() -> None:
    with pytest.raises(IssuedBeforeApplication):
        cover_period(TERMS, date(2022, 2, 28), date(2022, 3, 1))


def test_an_application_before_the_scheme_has_no_cover() -> None:
    with pytest.raises(BeforeFirstTerms):
        cover_period(TERMS, date(2022, 2, 28), date(2021, 12, 1))


@pytest.mark.parametrize("changed", [{"cover_starts": "some_day"}, {"after_crossing_cap": "somehow"}])
def test_cover_follows_the_terms_and_never_guesses_what_they_mean(changed: dict[str, Any]) -> None:
    terms, day = parse_terms(terms_text("xiamen-2022")), date(2022, 3, 1)
    terms._resolved[day] = replace(terms.on(day), **changed)
    with pytest.raises(AssertionError, match=next(iter(changed.values()))):
        cover_period(terms, day, day)


@given(st.dates(date(2022, 1, 1), date(2023, 12, 31)))
def test_gap_and_cover_make_up_the_policy_year_exactly(day: date) -> None:
    cover = cover_period(TERMS, day, day)
    covered = (cover.ends_on - cover.starts_on).days + 1
    assert cover.gap_days + covered == 365
    if cover.gap_to:
        assert cover.gap_to + timedelta(days=1) == cover.starts_on
