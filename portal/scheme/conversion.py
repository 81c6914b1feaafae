"""Exchange rates: of which day, and never a guess.

[provisional] Each invoice converts at the rate of its due date or of the assessment date, whichever is earlier;
its payments, resale and credits at the same rate; a recovery at that of its receipt date. Where that day has no
rate the last one within the days of the terms is taken, else it is an error, and never 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from portal.scheme.money import CurrencyMismatch, Money


class NoRate(LookupError):
    """No rate of this currency on this day, nor within the days before it that the terms allow."""

    def __init__(self, currency: str, day: date) -> None:
        """Keep currency and day for whoever words it for people."""
        super().__init__(f"no rate of {currency} for {day}")
        self.currency, self.day = currency, day


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of ``currency`` is worth in ``into`` by the rate of ``day``; above zero."""

    currency: str
    into: str
    day: date
    value: Decimal

    def __post_init__(self) -> None:
        """Refuse what is no rate."""
        if not isinstance(self.value, Decimal):
            raise TypeError(f"a rate is a Decimal, not {type(self.value).__name__}")
        if not self.value.is_finite() or self.value <= 0 or self.currency == self.into:
            raise ValueError(f"{self.value} is no rate of {self.currency} into {self.into}")

    def convert(self, amount: Money) -> Money:
        """The exact amount in ``into``, fractions of a cent and all.

        ``CurrencyMismatch`` for an amount that is not in ``currency``.
        """
        if amount.currency != self.currency:
            raise CurrencyMismatch(f"{amount} does not convert at a rate of {self.currency}")
        return Money(amount.times(self.value).amount, self.into)


def rate_day(due_on: date, assessed_on: date) -> date:
    """The day whose rate an invoice converts at: due date or assessment date, whichever is earlier."""
    return min(due_on, assessed_on)


def pick_rate(rates: Mapping[date, Decimal], currency: str, into: str, day: date, lookback: int) -> Rate:
    """The rate of ``day``, else the last one of at most ``lookback`` days before it; :class:`NoRate` otherwise.

    The rate says its own day, so that a worksheet tells which one was taken.
    """
    for back in range(lookback + 1):
        found = day - timedelta(days=back)
        if found in rates:
            return Rate(currency, into, found, rates[found])
    raise NoRate(currency, day)
