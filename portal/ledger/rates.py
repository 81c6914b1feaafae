"""The rate that a conversion uses: of a day, else the last one shortly before it, else an error, and never 1."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.ledger.records import ExchangeRate
from portal.scheme.conversion import NoRate, Rate, pick_rate

__all__ = ["NoRate", "Rate", "rate", "rates_before"]


def rate(session: Session, currency: str, into: str, day: date, lookback: int) -> Rate:
    """What one unit of `currency` was worth in `into` on a day, by the rates that stand now.

    Without a rate of that day it is the last one of at most `lookback` days before it; `NoRate` when there is
    none. ``ValueError`` for a currency into itself: that needs no rate.
    """
    if currency == into:
        raise ValueError(f"{currency} into itself needs no rate")
    return pick_rate(rates_before(session, currency, into, day, lookback), currency, into, day, lookback)


def rates_before(session: Session, currency: str, into: str, day: date, lookback: int) -> dict[date, Decimal]:
    """The rates that stand of a day and of the `lookback` days before it."""
    query = select(ExchangeRate.day, ExchangeRate.rate).where(
        ExchangeRate.currency == currency,
        ExchangeRate.into == into,
        ExchangeRate.day <= day,
        ExchangeRate.day >= day - timedelta(days=lookback),
        ExchangeRate.replaced_version.is_(None),
    )
    return {found: Decimal(value) for found, value in session.execute(query)}
