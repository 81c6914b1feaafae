"""The workbook for the paying bank: one line a payment, and a sheet with the totals and the check hash."""

from collections.abc import Sequence
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from portal.common.people import People
from portal.common.safe_cells import text_cell
from portal.payments.queries import OrderedLine
from portal.payments.records import Batch, PaymentLine

HEADINGS = (
    ("参考号", 20),
    ("收款人", 34),
    ("开户银行", 34),
    ("行号", 18),
    ("账号", 28),
    ("金额", 16),
    ("币种", 8),
    ("用途", 24),
)
PURPOSE = "出口信用保险赔款"
LEFT_OUT = "收款账户已随个人信息删除，不在本单内付款"
BOLD = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="E9E8E3")


class PayeeUnreadable(Exception):
    """No account of the batch can be read any more: their people were erased. Nothing is left for the bank."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


def write_order(out: IO[bytes], batch: Batch, lines: Sequence[OrderedLine], people: People) -> int:
    """Write the order of a batch; gives how many payments it has. In Chinese, as the paying bank reads it.

    Whatever people typed stays text, account numbers keep every digit, amounts are real numbers. A payment whose
    account went with the erased person who gave it is left out and named on the second sheet; it is settled by
    hand. Raises `PayeeUnreadable` where that is all of them.
    """
    people.load(one.payee.person_id for one in lines)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("付款")
    sheet.freeze_panes = "A2"
    for place, (_heading, width) in enumerate(HEADINGS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.append([text_cell(sheet, heading, font=BOLD, fill=HEAD_FILL) for heading, _width in HEADINGS])
    left_out: list[PaymentLine] = []
    for one in lines:
        fields = people.read(one.payee.person_id, one.payee.sealed)
        if not fields.get("account"):
            left_out.append(one.line)
            continue
        sheet.append(
            [
                text_cell(sheet, one.line.reference),
                text_cell(sheet, fields.get("holder")),
                text_cell(sheet, fields.get("bank")),
                text_cell(sheet, fields.get("bank_code")),
                text_cell(sheet, fields["account"]),
                _amount(sheet, one.line.amount_minor),
                text_cell(sheet, one.line.currency),
                text_cell(sheet, f"{PURPOSE} {one.claim.number}"),
            ]
        )
    if left_out and len(left_out) == len(lines):
        raise PayeeUnreadable(left_out[0].reference)
    totals = book.create_sheet("核对")
    totals.column_dimensions["A"].width, totals.column_dimensions["B"].width = 16, 70
    for label, value in (
        ("批次", text_cell(totals, batch.number)),
        ("笔数", len(lines) - len(left_out)),
        ("合计", _amount(totals, batch.total_minor - sum(one.amount_minor for one in left_out))),
        ("币种", text_cell(totals, batch.currency)),
        ("核对码", text_cell(totals, batch.content_sha256)),
        *(("未列入", text_cell(totals, f"{one.reference} {LEFT_OUT}")) for one in left_out),
    ):
        totals.append([text_cell(totals, label, font=BOLD), value])
    book.save(out)
    return len(lines) - len(left_out)


def _amount(sheet: Any, minor: int) -> Any:
    cell: Any = WriteOnlyCell(sheet, minor / 100)
    cell.number_format = "#,##0.00"
    return cell
