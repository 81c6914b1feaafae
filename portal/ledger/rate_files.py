"""The file of exchange rates: its headings, and what a row of it must hold."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import is_currency

from portal.common.cells import is_blank, iso_date, optional, problem, show, text
from portal.common.problems import N_ as _n
from portal.common.problems import Sentence, add_sentences
from portal.common.workbook import Heading, Limits
from portal.reference.files import Reading, RowReader, read_rows

RATE_HEADINGS = (
    Heading("币种"),
    Heading("日期"),
    Heading("汇率"),
    Heading("折算币种", required=False),
    Heading("来源", required=False),
)
RATE_LIMITS = Limits(rows=100_000)
WRITTEN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,12})?")

add_sentences(
    {
        "currency_wrong": Sentence(
            _n("%(value)s is no currency code."),
            _n("Write the three letters of ISO 4217, such as EUR."),
        ),
        "currency_into_itself": Sentence(
            _n("A rate of %(value)s into itself says nothing."),
            _n("Name two currencies: 币种 and 折算币种."),
        ),
        "rate_wrong": Sentence(
            _n("%(value)s is no exchange rate."),
            _n("Write what one unit is worth, above 0 and with at most 12 decimals, such as 1.0815."),
        ),
        "rate_in_future": Sentence(
            _n("%(value)s lies in the future."),
            _n("Correct the date: a rate is known on its day at the earliest."),
        ),
        "rate_again": Sentence(
            _n("Row %(row)s has another rate of this currency for this day."),
            _n("Keep the row that is right and take the other out."),
        ),
    }
)


class RateInput(NamedTuple):
    """One rate: what one unit of `currency` is worth in `into` on `day`, as decimal text."""

    currency: str
    into: str
    day: date
    rate: str
    source: str | None


def read_rates(data: bytes, into: str, today: date) -> Reading[RateInput]:
    """Read a file of rates; `into` is the currency where 折算币种 is empty, a later day than `today` is rejected.

    The same rate twice counts once; two rates of one currency and day contradict each other, and the second is
    rejected. Raises `WorkbookRefused` for a file that cannot be read at all.
    """
    return read_rows(data, RATE_HEADINGS, _row_reader(into, today), None, RATE_LIMITS)


def _row_reader(into: str, today: date) -> Callable[[RowReader], RateInput | None]:
    seen: dict[tuple[str, str, date], tuple[int, str]] = {}

    def read(cells: RowReader) -> RateInput | None:
        currency = cells.take("币种", currency_code)
        day = cells.take("日期", iso_date)
        rate = cells.take("汇率", rate_text)
        target = cells.take("折算币种", lambda v: into if is_blank(v) else currency_code(v))
        source = cells.take("来源", lambda v: optional(text, v))
        if currency and currency == target:
            cells.refuse("折算币种", "currency_into_itself", value=currency)
        if day and day > today:
            cells.refuse("日期", "rate_in_future", value=day.isoformat())
        if cells.problems or currency is None or target is None or day is None or rate is None:
            return None
        number, said = seen.setdefault((currency, target, day), (cells.row.number, rate))
        if said != rate:
            cells.refuse(None, "rate_again", row=str(number))
            return None
        return RateInput(currency, target, day, rate, source)

    return read


def currency_code(value: object) -> str:
    """A cell that holds a currency of ISO 4217, in whatever case."""
    code = text(value, 20).upper()
    if not is_currency(code):
        raise problem("currency_wrong", value=show(value))
    return code


def rate_text(value: object) -> str:
    """A rate as plain decimal text without needless zeros: the same rate always gives the same text.

    A number counts with the 15 digits that Excel itself keeps.
    """
    # A small rate comes out of a number cell as 3.93e-05.
    written = f"{Decimal(format(value, '.15g')):f}" if isinstance(value, float) else text(value, 40)
    if not WRITTEN.fullmatch(written) or not Decimal(written):
        raise problem("rate_wrong", value=show(value))
    whole, _point, fraction = written.partition(".")
    fraction = fraction.rstrip("0")
    return f"{int(whole)}.{fraction}" if fraction else str(int(whole))
