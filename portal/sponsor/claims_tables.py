"""The tables of the claims overview: the same rows for the page and for its workbooks, and the drawings above."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from portal.claims.names import RISK_NAMES
from portal.common import drawing, formats
from portal.common.table_sheet import Column
from portal.obligors.identifiers import country_name
from portal.scheme import stages
from portal.sponsor.claims_overview import ClaimSums, Sums

MONTH, STATE, RISK, COUNTRY = "month", "state", "risk", "country"
TABLES = (MONTH, STATE, RISK, COUNTRY)
MOST_DRAWN = 8  # countries in the drawing; the table has all of them
STATE_NAMES: dict[str, LazyString] = {
    stages.PREPARING: _l("The firm gathers documents"),
    stages.ASSESSING: _l("Being assessed"),
    stages.ASKED: _l("The firm was asked for more"),
    stages.SUSPENDED: _l("Waiting for a judgment"),
    stages.PROPOSED: _l("With a second person"),
    stages.APPROVED: _l("Approved, the firm answers"),
    stages.OBJECTED: _l("Objection being looked at"),
    stages.AGREED: _l("Agreed, to be paid"),
    stages.PAYING: _l("Payment on its way"),
    stages.PAID: _l("Paid"),
    stages.CLOSED: _l("Closed"),
    stages.WITHDRAWN: _l("Withdrawn"),
}
"""Every state of a claim, as staff and sponsors read it, in the order of a claim's life."""


@dataclass(frozen=True)
class Row:
    """One line: its name, and its values as the columns say (counts, or amounts in cents)."""

    name: str
    values: tuple[int, ...]
    share: Decimal | None = None  # of all claims, for the bar


@dataclass(frozen=True)
class Table:
    """One table as the page shows it and as its workbook holds it; the last row is the total."""

    key: str
    title: str
    first: str
    headings: tuple[tuple[str, Literal["count", "amount"]], ...]
    rows: tuple[Row, ...]
    total: Row

    @property
    def columns(self) -> list[Column]:
        """The columns of the workbook."""
        return [Column(self.first, "text", 34), *(Column(name, kind, 18) for name, kind in self.headings)]

    @property
    def lines(self) -> list[list[str | int]]:
        """The rows of the workbook, the total last."""
        return [[row.name, *row.values] for row in (*self.rows, self.total)]


Measure = tuple[str, Literal["count", "amount"], Callable[[Sums], int]]


def table(sums: ClaimSums, key: str) -> Table:
    """One of the tables; `KeyError` for another key."""
    return {MONTH: _months, STATE: _states, RISK: _risks, COUNTRY: _countries}[key](sums)


def _months(sums: ClaimSums) -> Table:
    rows = [(month_name(month), sums.by_month.get(month, Sums())) for month in sums.months()]
    opened: Measure = (_("Claims opened"), "count", lambda one: one.claims)
    return _table(
        MONTH, _("By month"), _("Month"), [opened, _claimed(), *_money(outstanding=False)], rows, sums.total
    )


def _states(sums: ClaimSums) -> Table:
    rows = [(str(name), sums.by_state[state]) for state, name in STATE_NAMES.items() if state in sums.by_state]
    everything = [_claims(), _claimed()]
    # Withdrawn claims stand here and nowhere else, so the foot of this table counts them too.
    foot = Sums(sum(one.claims for _name, one in rows), sum(one.claimed for _name, one in rows))
    return _table(STATE, _("By state"), _("State"), everything, rows, foot)


def _risks(sums: ClaimSums) -> Table:
    rows = [(str(name), sums.by_risk[risk]) for risk, name in RISK_NAMES.items() if risk in sums.by_risk]
    return _table(RISK, _("By risk"), _("What happened"), [_claims(), _claimed(), *_money()], rows, sums.total)


def _countries(sums: ClaimSums) -> Table:
    rows = [(country_name(code), one) for code, one in countries(sums)]
    return _table(COUNTRY, _("By country"), _("Country"), [_claims(), _claimed(), *_money()], rows, sums.total)


def countries(sums: ClaimSums) -> list[tuple[str, Sums]]:
    """The countries of the buyers and banks, the one with the highest indemnity first."""
    return sorted(sums.by_country.items(), key=lambda pair: (-pair[1].approved, -pair[1].claims, pair[0]))


def month_name(month: tuple[int, int]) -> str:
    """A month as the reader writes it."""
    year, number = month
    return f"{year}-{number:02d}" if formats.in_chinese() else f"{formats.ENGLISH_MONTHS[number - 1]} {year}"


def _claims() -> Measure:
    return _("Claims"), "count", lambda one: one.claims


def _claimed() -> Measure:
    return _("Claimed"), "amount", lambda one: one.claimed


def _money(outstanding: bool = True) -> list[Measure]:
    found: list[Measure] = [
        (_("Indemnity"), "amount", lambda one: one.approved),
        (_("Paid"), "amount", lambda one: one.paid),
        (_("Recovered"), "amount", lambda one: one.recovered),
    ]
    if outstanding:
        found.insert(2, (_("Outstanding"), "amount", lambda one: one.outstanding))
    return found


def _table(
    key: str, title: str, first: str, measures: Sequence[Measure], rows: Sequence[tuple[str, Sums]], total: Sums
) -> Table:
    def values(one: Sums) -> tuple[int, ...]:
        return tuple(measure(one) for _name, _kind, measure in measures)

    return Table(
        key=key,
        title=title,
        first=first,
        headings=tuple((name, kind) for name, kind, _measure in measures),
        rows=tuple(
            Row(name, values(one), Decimal(one.claims) / total.claims if total.claims else None)
            for name, one in rows
        ),
        total=Row(_("Total"), values(total)),
    )


def opened_drawn(sums: ClaimSums) -> drawing.Columns:
    """How many claims were opened, by month."""
    months = sums.months()
    values = [sums.by_month.get(month, Sums()).claims for month in months]
    return drawing.column_chart([month_name(month) for month in months], [values])


def busiest_month(sums: ClaimSums) -> tuple[str, int] | None:
    """The month in which most claims were opened, the first of several, and how many; None without any."""
    most = max(sums.months(), key=lambda month: sums.by_month.get(month, Sums()).claims, default=None)
    return (month_name(most), sums.by_month[most].claims) if most in sums.by_month and most else None


def months_drawn(sums: ClaimSums) -> drawing.Columns:
    """What the bank paid, by month, in whole units of the currency."""
    months = sums.months()
    values = [max(0, sums.by_month.get(month, Sums()).paid) // 100 for month in months]
    return drawing.column_chart([month_name(month) for month in months], [values])


def countries_drawn(sums: ClaimSums) -> drawing.Columns:
    """Indemnity by country, in whole units of the currency: the highest ones, all others together."""
    found = [pair for pair in countries(sums) if pair[1].approved > 0]
    shown, others = found[:MOST_DRAWN], found[MOST_DRAWN:]
    labels = [country_name(code) for code, _one in shown]
    values = [one.approved // 100 for _code, one in shown]
    if others:
        labels.append(_("Others"))
        values.append(sum(one.approved for _code, one in others) // 100)
    return drawing.column_chart(labels, [values])
