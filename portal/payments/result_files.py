"""The paying bank's result file: its headings, and what a row of it must hold."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from portal.common.cells import amount, iso_date, optional, problem, show, text
from portal.common.problems import N_ as _n
from portal.common.problems import Sentence, add_sentences
from portal.common.workbook import Heading, Limits
from portal.ledger.rate_files import currency_code
from portal.reference.files import Reading, RowReader, read_rows

RESULT_HEADINGS = (
    Heading("参考号"),
    Heading("金额"),
    Heading("币种"),
    Heading("付款日期"),
    Heading("银行流水号"),
    Heading("结果"),
    Heading("备注", required=False),
)
RESULT_LIMITS = Limits(rows=20_000)
SUCCESS = frozenset({"成功", "付款成功", "已付", "已付款", "交易成功", "success", "successful", "paid", "ok"})
FAILURE = frozenset(
    {"失败", "付款失败", "未付", "退回", "退票", "退汇", "已退回", "failed", "failure", "returned", "rejected"}
)

add_sentences(
    {
        "result_unknown": Sentence(
            _n("%(value)s says neither that it was paid nor that it was not."),
            _n("Write 成功 or 失败 as the bank told it."),
        ),
        "paid_in_future": Sentence(
            _n("The 付款日期 (%(value)s) lies in the future."),
            _n("Correct the date: only what was paid can be reported."),
        ),
        "paid_without_serial": Sentence(
            _n("The payment has no 银行流水号."),
            _n("Fill in the bank's own number of the payment."),
        ),
        "paid_without_day": Sentence(
            _n("The payment has no 付款日期."),
            _n("Fill in the day on which the bank paid."),
        ),
    }
)


class ResultInput(NamedTuple):
    """What the bank says of one payment: the amount in minor units, whether it was paid, when, its own number."""

    row: int
    reference: str
    amount_minor: int
    currency: str
    paid: bool
    on: date | None
    bank_reference: str | None
    remark: str | None


def read_results(data: bytes, today: date) -> Reading[ResultInput]:
    """Read a result file; raises `WorkbookRefused` for one that cannot be read at all."""
    return read_rows(data, RESULT_HEADINGS, _row_reader(today), None, RESULT_LIMITS)


def _row_reader(today: date) -> Callable[[RowReader], ResultInput | None]:
    def read(cells: RowReader) -> ResultInput | None:
        reference = cells.take("参考号", _reference)
        currency = cells.take("币种", currency_code)
        minor = cells.take("金额", lambda v: amount(v, currency or "USD"))
        on = cells.take("付款日期", lambda v: optional(iso_date, v))
        serial = cells.take("银行流水号", lambda v: optional(_serial, v))
        paid = cells.take("结果", _result)
        remark = cells.take("备注", lambda v: optional(text, v))
        if not cells.problems and paid:
            if on is None:
                cells.refuse("付款日期", "paid_without_day")
            if serial is None:
                cells.refuse("银行流水号", "paid_without_serial")
        if on and on > today:
            cells.refuse("付款日期", "paid_in_future", value=on.isoformat())
        if cells.problems or reference is None or currency is None or minor is None or paid is None:
            return None
        return ResultInput(cells.row.number, reference, minor, currency, paid, on, serial, remark)

    return read


def _reference(value: object) -> str:
    return "".join(text(value, 40).upper().split())


def _serial(value: object) -> str:
    return text(value, 60)


def _result(value: object) -> bool:
    said = text(value, 40).casefold()
    if said in SUCCESS:
        return True
    if said in FAILURE:
        return False
    raise problem("result_unknown", value=show(value))
