"""Which scheme holds on a day."""

from datetime import date

import pytest

from portal.programme.current import current_scheme
from portal.scheme.terms import BeforeFirstTerms


@pytest.mark.parametrize(
    ("day", "key"),
    [
        (date(2021, 12, 31), "xiamen-2021"),
        (date(2022, 1, 1), "xiamen-2022"),
        (date(2023, 12, 31), "xiamen-2022"),
        (date(2024, 1, 1), "xiamen-continued"),
        (date(2031, 5, 5), "xiamen-continued"),
    ],
)
def test_the_scheme_that_covers_the_day_is_the_current_one(day: date, key: str) -> None:
    assert current_scheme(day).key == key


def test_before_any_scheme_there_is_none() -> None:
    with pytest.raises(BeforeFirstTerms):
        current_scheme(date(2020, 12, 31))
