"""The exchange rates as staff see them: those that stand, those that were replaced, and the imports."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.ledger.records import ExchangeRate, RateVersion
from portal.reference.queries import clamped

PER_PAGE = 50
SORTS = {"day": ExchangeRate.day, "currency": ExchangeRate.currency}
NEWEST_IMPORTS = 10


class RatePage(NamedTuple):
    """One page of rates."""

    rows: list[ExchangeRate]
    total: int
    number: int


def rates_page(session: Session, currency: str, replaced: bool, sort: str, page: int) -> RatePage:
    """Rates of one currency (of all, if empty), those that stand or those that were replaced.

    `sort` is one of `SORTS`, with a leading "-" when descending; anything else sorts by day, newest first.
    """
    query = select(ExchangeRate)
    gone = ExchangeRate.replaced_version
    query = query.where(gone.is_not(None) if replaced else gone.is_(None))
    if currency:
        query = query.where(ExchangeRate.currency == currency)
    total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    page = clamped(page, total, PER_PAGE)
    column = SORTS.get(sort.removeprefix("-"), ExchangeRate.day)
    first = column.asc() if sort.removeprefix("-") in SORTS and not sort.startswith("-") else column.desc()
    ordered = query.order_by(first, ExchangeRate.day.desc(), ExchangeRate.currency, ExchangeRate.id)
    rows = session.execute(ordered.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).scalars()
    return RatePage(list(rows), total, page)


def currencies(session: Session) -> list[str]:
    """The currencies that have a rate, in their order."""
    return list(
        session.execute(select(ExchangeRate.currency).distinct().order_by(ExchangeRate.currency)).scalars()
    )


def newest_imports(session: Session) -> list[RateVersion]:
    """The latest imports, newest first."""
    query = select(RateVersion).order_by(RateVersion.id.desc()).limit(NEWEST_IMPORTS)
    return list(session.execute(query).scalars())
