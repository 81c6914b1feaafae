"""The made-up files of claims: exchange rates, exclusions, and what the paying bank says of a batch."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from portal.demo.sample import workbook
from portal.ledger.rate_files import RATE_HEADINGS
from portal.obligors.exclusion_files import EXCLUSION_HEADINGS
from portal.payments.queries import OrderedLine
from portal.payments.result_files import RESULT_HEADINGS

SOURCE = "示例"
RATES = {"EUR": Decimal("1.0712"), "GBP": Decimal("1.2458"), "AUD": Decimal("0.6574"), "CNY": Decimal("0.1389")}
STEPS = (0, 7, 12, 9, 3, -4, -11, -8, -2, 5)  # thousandths of the rate, so that it moves and comes back
WEEK = timedelta(days=7)
SANCTIONED_PARTY = "Orvelle Mercantile FZE"


def rates_file(since: date, until: date) -> bytes:
    """One rate a week and currency, on Mondays: a day between finds the last one within seven days."""
    rows: list[Sequence[object]] = [[one.name for one in RATE_HEADINGS]]
    monday = since - timedelta(days=since.weekday())
    while monday <= until:
        moved = 1 + Decimal(STEPS[monday.toordinal() // 7 % len(STEPS)]) / 1000
        for currency, rate in RATES.items():
            rows.append((currency, monday, str((rate * moved).quantize(Decimal("0.0001"))), "USD", SOURCE))
        monday += WEEK
    return workbook("汇率", rows)


def exclusions_file(scheme: str, since: date, party_since: date | None = None) -> bytes:
    """What the underwriter does not cover: two countries, and later one party under sanctions."""
    rows: list[Sequence[object]] = [
        [one.name for one in EXCLUSION_HEADINGS],
        (scheme, "国家", "KP", None, None, "制裁", since, None, SOURCE),
        (scheme, "国家", "SO", None, None, "不承保", since, None, SOURCE),
    ]
    if party_since is not None:
        rows.append((scheme, "当事方", "AE", SANCTIONED_PARTY, None, "制裁", party_since, None, SOURCE))
    return workbook("不承保", rows)


def results_file(lines: Iterable[OrderedLine], paid_on: date) -> bytes:
    """The bank's answer to a batch: everything was paid on this day."""
    rows: list[Sequence[object]] = [[one.name for one in RESULT_HEADINGS]]
    for one in lines:
        amount = Decimal(one.line.amount_minor) / 100
        serial = f"BK{paid_on:%y%m%d}{one.line.position:04d}"
        rows.append((one.line.reference, amount, one.line.currency, paid_on, serial, "成功", None))
    return workbook("付款结果", rows)
