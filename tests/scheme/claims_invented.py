"""What the tests of claims share: articles, amounts and the calendar of the case files."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from portal.scheme.cited import Articles
from portal.scheme.claim_terms import load_claim_terms, worksheet_articles
from portal.scheme.money import Money
from portal.scheme.terms import load_terms

DAY = date(2022, 8, 15)
TERMS = load_terms("xiamen-2022").on(DAY)
CLAIM_TERMS = load_claim_terms("xiamen-2022").on(DAY)
ARTICLES: Articles = worksheet_articles(load_terms("xiamen-2022"), CLAIM_TERMS, DAY)
RATIO = TERMS.indemnity_ratio
CAP = TERMS.obligor_cap
SATURDAY = 5


def usd(text: str) -> Money:
    """An amount in the scheme's currency."""
    return Money.of(text, "USD")


def cents(minor: int, currency: str = "USD") -> Money:
    """An amount of whole cents."""
    return Money.from_minor(minor, currency)


def calendar_of(raw: Mapping[str, Any]) -> Callable[[date], bool]:
    """Whether a day is worked, by the holidays and make-up days that a case file names."""
    holidays, makeup = set(raw["holidays"]), set(raw["makeup_days"])
    return lambda day: day in makeup or (day.weekday() < SATURDAY and day not in holidays)
